//! Effects: what the core wants done in the world, carried out.
//!
//! A plan lives here from its confirmation to its outcome: the journal is flushed, the claim is written, each step is done
//! with its guard, the effect is looked at, the record is brought up to date.
//!
//! Invariants: nothing is written to the cluster before the journal is on the disk or its failure was told; every write to
//! an existing object carries a guard that the server tests; a lost answer is settled by reading the object, never by
//! sending again blindly; an answer 200 proves nothing, what the pods' counters and the endpoints show does; what could not
//! be known is told as unknown.

mod amend;
mod announce;
mod aside;
mod black_box;
mod carrier;
mod checks;
mod claim;
mod context;
mod counters;
mod errors;
mod fence;
mod guard;
mod halt;
mod judgement;
mod lease;
mod notify;
mod objects;
mod pilot_note;
mod pipeline;
mod plan;
mod ran;
mod record_object;
mod recorded;
mod report;
mod runner;
mod step;
mod traffic;
mod tried;
mod voice;
mod wait;
mod words;
mod write;

pub use context::Context;
pub use errors::EffectError;
pub use notify::Messages;
pub use runner::Effects;
