//! Statistics and verdicts: pure functions over counts.
//!
//! Readings become closed intervals ([`series`]), intervals a window with totals and chart points ([`window`]), totals a
//! verdict ([`limits`], [`verdict`]). Time is data throughout. Zero requests is "no requests", never a share of 0; what
//! could not be read is a gap, never healthy.

#![deny(clippy::disallowed_methods)]

pub mod black_box;
pub mod bursts;
pub mod canary;
pub mod composed;
pub mod counts;
pub mod gates;
pub mod good;
pub mod harm;
pub mod latency;
pub mod limits;
pub mod log_lines;
mod memory;
pub mod preflight;
pub mod promql;
pub mod proving;
pub mod ratio;
mod sentence;
pub mod sequential;
pub mod series;
pub mod share;
pub mod signals;
pub mod verdict;
pub mod watched;
pub mod window;
mod wording;
