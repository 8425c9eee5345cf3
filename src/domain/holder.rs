//! Whether the program that holds a claim still lives, as far as this machine can tell.

use serde::{Deserialize, Serialize};

/// The holder of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// A program of this machine that runs.
    Lives,
    /// A program of this machine that has ended without giving the claim back.
    Gone,
    /// Not a program of this machine: only its heartbeat tells.
    Elsewhere,
}
