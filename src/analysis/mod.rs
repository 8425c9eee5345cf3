//! Statistics and verdicts: pure functions over counts.
