//! Statistics and verdicts: pure functions over counts.

pub mod series;
pub mod verdict;
