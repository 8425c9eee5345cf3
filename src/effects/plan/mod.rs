//! The life of a plan: journal, claim, steps, checks, record, Event, outcome.
//!
//! Invariants: each part begins only when the one before it is done; whatever halts a plan, its claim is given back, its end
//! is journaled, and its outcome is told last.

mod checks;
mod end;
mod life;
mod steps;

pub(super) use life::{Halts, Life};
