//! What the terminal can show, as the environment tells it.

use crate::config::settings::{ColorDepth, Glyphs};
use crate::config::theme::{Charset, Depth};
use jiff::tz::TimeZone;
use std::io::{IsTerminal as _, stdin, stdout};
use std::path::Path;

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

/// The theme for the ground that the terminal tells in `COLORFGBG`; where it tells none, the one that fits any.
pub fn theme() -> &'static str {
    let told = variable("COLORFGBG");
    let ground = told
        .as_deref()
        .and_then(|told| told.rsplit(';').next()?.parse::<u8>().ok());
    match ground {
        Some(7 | 15) => "light",
        Some(0..=6 | 8) => "dark",
        Some(_) | None => "default",
    }
}

/// Where the system keeps what is known of time zones.
const ZONES: &str = "/usr/share/zoneinfo";

/// The zone of this machine: that of `TZ` where it names one, else the system's.
pub fn zone() -> TimeZone {
    variable("TZ")
        .and_then(|name| named_zone(name.trim_start_matches(':')))
        .unwrap_or_else(TimeZone::system)
}

/// A zone by its name, such as `Europe/Berlin`.
pub fn named_zone(name: &str) -> Option<TimeZone> {
    let plain = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_+-".contains(c))
    };
    if !name.split('/').all(plain) {
        return None;
    }
    let known = std::fs::read(Path::new(ZONES).join(name)).ok()?;
    TimeZone::tzif(name, &known).ok()
}
