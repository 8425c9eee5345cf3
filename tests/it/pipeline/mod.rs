//! The pipeline: its states, its providers, its screens.

mod folding;
