//! What a person may write, and what the program uses of it.
//!
//! Two families of types, never one: what may stand in a file (all optional, unknown keys refused) and [`settings::Settings`]
//! (complete and valid).

pub mod settings;
pub mod theme;
