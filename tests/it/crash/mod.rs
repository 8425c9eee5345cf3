//! A program that is killed in the middle of a plan: the next one takes the plan up, or takes it back.

mod bench;
pub mod cluster;
pub mod dice;
mod others;
mod pulse;
mod races;
mod record;
mod schedules;
mod sweep;
