//! From model to frame.
//!
//! Everything here is a pure function of plain data: the same model draws the same frame. Text from outside arrives only in
//! its cleaned form, cells are only written through ratatui's `set_string` family, and no size, however small, panics.

#![deny(clippy::disallowed_methods)]

pub mod paint;
pub mod screens;
pub mod svg;
pub mod text;
pub mod widgets;

pub use paint::Paint;
pub use screens::{draw, spots};
