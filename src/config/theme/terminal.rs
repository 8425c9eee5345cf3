//! From what a person set and what the terminal tells to the theme that is drawn.

use super::color::Depth;
use super::file::ThemeError;
use super::glyph::Charset;
use super::load::Theme;
use crate::config::settings::{ColorDepth, Glyphs, Ui};

/// What the environment tells of the terminal: values of its variables, read at the edge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terminal {
    /// `NO_COLOR`.
    pub no_color: Option<String>,
    /// `COLORTERM`.
    pub colorterm: Option<String>,
    /// `TERM`.
    pub term: Option<String>,
    /// `LC_ALL`, `LC_CTYPE` and `LANG`, in this order of precedence.
    pub locales: [Option<String>; 3],
}

impl Terminal {
    /// The colours to be used: as set, else as the terminal promises.
    pub fn depth(&self, set: ColorDepth) -> Depth {
        match set {
            ColorDepth::Auto => Depth::detect(self.no_color.as_deref(), self.colorterm.as_deref(), self.term.as_deref()),
            ColorDepth::Truecolor => Depth::TrueColor,
            ColorDepth::Indexed => Depth::Indexed256,
            ColorDepth::Sixteen => Depth::Ansi16,
            ColorDepth::Never => Depth::None,
        }
    }

    /// The symbols to be used: as set, else as the locale allows.
    pub fn charset(&self, set: Glyphs) -> Charset {
        match set {
            Glyphs::Auto => Charset::detect(self.locales.each_ref().map(Option::as_deref), self.term.as_deref()),
            Glyphs::Unicode => Charset::Unicode,
            Glyphs::Ascii => Charset::Ascii,
        }
    }

    /// The built-in theme that these settings ask for.
    pub fn theme(&self, ui: &Ui) -> Result<Theme, ThemeError> {
        Theme::load_builtin(&ui.theme, self.depth(ui.color), self.charset(ui.glyphs))
    }
}
