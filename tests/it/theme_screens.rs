//! Every screen and overlay in every theme: which styles each uses, and that all that is drawn can be read.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use flightdeck::config::theme::{Charset, Color as Own, Depth, Theme};
use flightdeck::view::Paint;
use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

use crate::screens::{frame, states};
use crate::theme::{CONTRAST, contrast};

const SIZE: (u16, u16) = (80, 24);

/// `#RRGGBB`, or `-` for what the terminal has.
fn word(color: Color) -> String {
    match color {
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        Color::Reset => "-".to_owned(),
        other => format!("{other:?}"),
    }
}

fn style(cell: &Cell) -> String {
    let mut text = format!("{}/{}", word(cell.fg), word(cell.bg));
    let marks = [
        (Modifier::BOLD, 'b'),
        (Modifier::DIM, 'd'),
        (Modifier::ITALIC, 'i'),
        (Modifier::UNDERLINED, 'u'),
        (Modifier::REVERSED, 'r'),
    ];
    text.extend(
        marks
            .iter()
            .filter(|(mark, _)| cell.modifier.contains(*mark))
            .map(|(_, c)| c),
    );
    text
}

/// The contrast of what a cell shows; `None` where it shows nothing.
fn ratio(cell: &Cell, ground: &str) -> Option<f64> {
    let is_blank = cell.symbol().trim().is_empty();
    if is_blank {
        return None;
    }
    let or = |color, other: &str| match word(color).as_str() {
        "-" => other.to_owned(),
        own => own.to_owned(),
    };
    let own = |text: &str| Own::parse(text).expect("a colour");
    // A terminal's own text stands out from the ground that it was chosen for.
    let text = if contrast(own(ground), own("#ffffff")) > contrast(own(ground), own("#000000")) {
        "#ffffff"
    } else {
        "#000000"
    };
    Some(contrast(own(&or(cell.fg, text)), own(&or(cell.bg, ground))))
}

#[test]
fn every_screen_in_every_theme() {
    for name in flightdeck::config::theme::names() {
        let theme = Theme::load_builtin(name, Depth::TrueColor, Charset::Unicode).expect(name);
        let paint = Paint::new(&theme);
        let ground = CONTRAST
            .iter()
            .find(|(known, ..)| *known == name)
            .map(|(_, ground, _)| *ground);
        let least = if name == "contrast" { 7.0 } else { 4.5 };
        let mut table = String::new();
        for (state, model) in states() {
            let buffer = frame(&model, SIZE, &paint);
            let mut styles: BTreeMap<String, usize> = BTreeMap::new();
            for cell in buffer.content() {
                *styles.entry(style(cell)).or_default() += 1;
                if let Some(ratio) = ground.and_then(|ground| ratio(cell, ground)) {
                    assert!(
                        ratio >= least,
                        "{name}, {state}: {:?} in {} has a contrast of {ratio:.2}, promised are {least}",
                        cell.symbol(),
                        style(cell)
                    );
                }
            }
            let used: Vec<String> = styles
                .iter()
                .map(|(style, cells)| format!("{style} {cells}"))
                .collect();
            writeln!(table, "{state}: {}", used.join(", ")).unwrap();
        }
        insta::assert_snapshot!(format!("styles_{name}"), table);
    }
}

#[test]
fn without_colour_nothing_is_coloured() {
    let theme = Theme::load_builtin("mono", Depth::TrueColor, Charset::Unicode).expect("mono");
    for (state, model) in states() {
        let buffer = frame(&model, SIZE, &Paint::new(&theme));
        let coloured = buffer
            .content()
            .iter()
            .find(|cell| (cell.fg, cell.bg) != (Color::Reset, Color::Reset));
        assert_eq!(coloured, None, "{state}");
    }
}
