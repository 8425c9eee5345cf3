//! The local journal: the append-only record of plans, steps and outcomes on this machine.
//!
//! Invariants: what was appended is on the disk when [`journal::Journal::append`] answers; nothing that was appended is ever
//! rewritten, and only a whole older file goes to make room; a line that cannot be read hides no other line.

pub mod alive;
pub mod black_box;
pub mod entry;
mod file;
pub mod journal;
pub(crate) mod private;
pub mod replay;
