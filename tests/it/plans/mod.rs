//! Plans: cases as data (what is observed, the goal, the policy, and the plan or refusal that must come of it), and properties.

mod cases;
mod folds;
mod properties;
mod reading;
mod rolling;
mod taken_up;
pub mod world;
