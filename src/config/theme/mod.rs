//! Themes: what each role looks like, resolved once at start.
//!
//! A theme file (`themes/NAME.toml`) gives roles their colours and the symbol set its overrides. Loading parses it, follows
//! `inherits`, fills roles from their fallbacks and reduces colours to what the terminal can show, so that drawing is a
//! plain lookup by enum. Colour never carries meaning alone: every state also has its own glyph and word.

mod color;
mod file;
mod glyph;
mod load;
mod role;

pub use color::{Color, Depth};
pub use file::{Appearance, Background, ThemeError, ThemeFile, ThemeProblem};
pub use glyph::{Charset, Glyph};
pub use load::{AUTO, Theme, builtin, names};
pub use role::{Mod, Mods, Role, Style};

/// How a series is drawn: by shape first, colour second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stroke {
    /// A joined line of Braille dots.
    Line,
    /// Unjoined Braille dots, every other column.
    Dots,
    /// One character a cell.
    Ascii,
}
