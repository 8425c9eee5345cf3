//! What the terminal can show.

use super::{Area, Finding};
use crate::config::settings::{ColorDepth, Glyphs, Ui};
use crate::config::theme::{Charset, Depth};
use crate::runtime::{detect, identity};
use std::io::{IsTerminal as _, stdin, stdout};

/// The smallest screen with everything on it.
const ROOM: (u16, u16) = (80, 24);

/// Looks at the terminal, with the looks that were chosen where any were.
pub fn terminal(ui: Option<&Ui>) -> Vec<Finding> {
    let color = ui.map_or(ColorDepth::Auto, |ui| ui.color);
    let glyphs = ui.map_or(Glyphs::Auto, |ui| ui.glyphs);
    let term = std::env::var("TERM").unwrap_or_default();
    vec![
        screen(&term),
        colours(color),
        symbols(glyphs),
        size(),
        way(),
    ]
}

fn screen(term: &str) -> Finding {
    let name = "TERM";
    let finding = |text: &str| Finding::well(Area::Terminal, name, text);
    match term {
        "" => finding("not set: no screen can be drawn, the commands work")
            .unknown()
            .cure("set TERM to what the terminal is, such as xterm-256color"),
        "dumb" => finding("dumb: no screen can be drawn, the commands work").unknown(),
        _ if stdin().is_terminal() && stdout().is_terminal() => finding(term),
        other => finding(&format!(
            "{other}; input or output is no terminal, so no screen is drawn"
        ))
        .unknown(),
    }
}

fn colours(chosen: ColorDepth) -> Finding {
    let finding = |text: &str| Finding::well(Area::Terminal, "colours", text);
    match detect::depth(chosen) {
        Depth::TrueColor => finding("24 bit"),
        Depth::Indexed256 => finding("256"),
        Depth::Ansi16 => finding("16").cure("where the terminal can do more: COLORTERM=truecolor"),
        Depth::None => finding("none: everything is told by words and symbols"),
    }
}

fn symbols(chosen: Glyphs) -> Finding {
    let finding = |text: &str| Finding::well(Area::Terminal, "symbols", text);
    match detect::charset(chosen) {
        Charset::Unicode => finding("Unicode"),
        Charset::Ascii => {
            finding("ASCII").cure("for Unicode: a UTF-8 locale in LANG, or ui.glyphs = \"unicode\"")
        }
    }
}

fn size() -> Finding {
    let (columns, rows) = ROOM;
    match crossterm::terminal::size() {
        Ok((width, height)) if width >= columns && height >= rows => {
            Finding::well(Area::Terminal, "size", format!("{width}x{height}"))
        }
        Ok((width, height)) => Finding::well(Area::Terminal, "size", format!("{width}x{height}"))
            .unknown()
            .cure(format!(
                "{columns}x{rows} shows everything, less leaves panes out"
            )),
        Err(_) => Finding::well(Area::Terminal, "size", "not told: there is no terminal").unknown(),
    }
}

fn way() -> Finding {
    let text = match identity::person().ssh {
        Some(from) => format!("from {}; the screen is drawn less often", from.shown()),
        None => "no".to_owned(),
    };
    Finding::well(Area::Terminal, "SSH", text)
}
