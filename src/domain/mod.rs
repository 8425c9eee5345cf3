//! The nouns: pure values shared by every other module.

mod cleaning;
pub mod counters;
mod escapes;
pub mod goals;
pub mod metric_names;
pub mod text;
