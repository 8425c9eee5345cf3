//! The pilot: what is to be done next without a person, decided from one observation.
//!
//! Invariants: traffic is raised only by a live verdict that says promote, or where the team wrote down that it goes on without
//! one; a promote that was cut off is carried on where the data is not enough too, since it began rightly, but never against a
//! verdict; nothing is raised while anything that must be known is not; a freeze, a silence or a doubt never keeps traffic on a bad
//! release; what serves is never replaced.

mod decide;
mod decision;
mod lease;
mod observation;

pub use decide::decide;
pub use decision::{Decision, Topic, Wait};
pub use lease::{LeaseWatch, Wish};
pub use observation::{Claimed, Held, Observation};
