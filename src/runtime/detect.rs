//! What the terminal can show, as the environment tells it.

use crate::config::settings::{ColorDepth, Glyphs};
use crate::config::theme::{Charset, Depth};
use std::io::{IsTerminal as _, stdin, stdout};

/// Colours: what was chosen, else what `NO_COLOR`, `COLORTERM` and `TERM` say.
pub fn depth(chosen: ColorDepth) -> Depth {
    match chosen {
        ColorDepth::Auto => Depth::detect(
            variable("NO_COLOR").as_deref(),
            variable("COLORTERM").as_deref(),
            variable("TERM").as_deref(),
        ),
        ColorDepth::Truecolor => Depth::TrueColor,
        ColorDepth::Indexed => Depth::Indexed256,
        ColorDepth::Sixteen => Depth::Ansi16,
        ColorDepth::Never => Depth::None,
    }
}

/// Symbols: what was chosen, else what the locale says.
pub fn charset(chosen: Glyphs) -> Charset {
    match chosen {
        Glyphs::Auto => {
            let names = ["LC_ALL", "LC_CTYPE", "LANG"].map(variable);
            Charset::detect(
                [
                    names[0].as_deref(),
                    names[1].as_deref(),
                    names[2].as_deref(),
                ],
                variable("TERM").as_deref(),
            )
        }
        Glyphs::Unicode => Charset::Unicode,
        Glyphs::Ascii => Charset::Ascii,
    }
}

/// Whether a screen can be drawn at all.
pub fn has_screen() -> bool {
    let dumb = variable("TERM").is_none_or(|term| term == "dumb");
    !dumb && stdin().is_terminal() && stdout().is_terminal()
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
