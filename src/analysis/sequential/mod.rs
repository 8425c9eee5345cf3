//! Evidence of harm that may be looked at as often as one likes.
//!
//! Evidence E says how many times more the counts speak for "worse than tolerated" than a tolerated canary would let them;
//! it is kept as ln E. Invariants: for a canary within the tolerances its expected value never exceeds 1, whenever one looks,
//! so that the chance that it *ever* reaches 1/alpha is at most alpha (Ville's inequality); requests that were not answered
//! add nothing; only the requests that each version really served enter, so that any split of the traffic is right.
//!
//! Sources: Lindon, Sanden, Shirikian, *Rapid Regression Detection in Software Deployments through Sequential Testing* (KDD
//! 2022); Turner, Ly, Grünwald, *Generic E-variables for exact sequential k-sample tests* (2024); Shin, Ramdas, Rinaldo,
//! *E-detectors* (2023); Vovk, Wang, *E-values* (2021).

pub mod burst;
pub mod cpu;
pub mod detect;
pub mod evidence;
pub mod finding;
mod growth;
pub mod judge;
pub mod known;
pub mod missing;
mod onset;
pub mod params;
mod pieces;
pub mod recorded;
pub mod sentence;
pub mod turn;
pub mod watched;

pub use onset::{ALTERNATIVES, Onset};
