//! What a person may write, and what the program uses of it.

pub mod theme;
