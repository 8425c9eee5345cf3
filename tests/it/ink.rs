//! Cells as bytes: whatever changes, a terminal shows exactly the frame that was drawn.

use flightdeck::runtime::screen::Screen;
use proptest::prelude::*;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier, Style};
use std::io::{self, Write};
use std::num::NonZeroU16;
use std::sync::{Arc, Mutex};
use vt100::Parser;

const SIZE: (u16, u16) = (24, 6);

/// A terminal that takes what a screen writes.
#[derive(Clone)]
struct Wire(Arc<Mutex<Parser>>);

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().process(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A piece of text somewhere in a row.
#[derive(Clone, Debug)]
struct Piece {
    column: u16,
    text: String,
    style: Style,
}

fn color() -> impl Strategy<Value = Color> {
    prop_oneof![
        Just(Color::Reset),
        (0_u8..16).prop_map(named),
        any::<u8>().prop_map(Color::Indexed),
        any::<(u8, u8, u8)>().prop_map(|(r, g, b)| Color::Rgb(r, g, b)),
    ]
}

fn named(number: u8) -> Color {
    [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ][usize::from(number)]
}

fn modifiers() -> impl Strategy<Value = Modifier> {
    let all = [
        Modifier::BOLD,
        Modifier::DIM,
        Modifier::ITALIC,
        Modifier::UNDERLINED,
        Modifier::REVERSED,
    ];
    proptest::sample::subsequence(all.to_vec(), 0..=all.len())
        .prop_map(|chosen| chosen.into_iter().collect())
}

fn piece() -> impl Strategy<Value = Piece> {
    let text = "[a-z \u{2800}-\u{28ff}\u{6f22}\u{5b57}\u{2500}]{0,9}";
    (0..SIZE.0, text, color(), color(), modifiers()).prop_map(|(column, text, fg, bg, modifier)| {
        Piece {
            column,
            text,
            style: Style::new().fg(fg).bg(bg).add_modifier(modifier),
        }
    })
}

/// One piece a row: half of a wide character under another one is no frame that anybody draws.
fn draw(pieces: &[Piece], buffer: &mut Buffer) {
    for (row, piece) in (0..SIZE.1).zip(pieces) {
        buffer.set_string(piece.column, row, &piece.text, piece.style);
    }
}

fn told(color: Color) -> vt100::Color {
    match color {
        Color::Reset => vt100::Color::Default,
        Color::Indexed(index) => vt100::Color::Idx(index),
        Color::Rgb(r, g, b) => vt100::Color::Rgb(r, g, b),
        other => {
            let number = (0..16).find(|number| named(*number) == other).unwrap();
            vt100::Color::Idx(number)
        }
    }
}

/// What is wrong with a cell on the terminal; `None` where it is as drawn.
fn wrong(drawn: &Cell, shown: &vt100::Cell) -> Option<String> {
    let symbol = match shown.contents() {
        "" => " ",
        symbol => symbol,
    };
    let looks = |modifier| drawn.modifier.contains(modifier);
    let both = looks(Modifier::BOLD) && looks(Modifier::DIM);
    let same = symbol == drawn.symbol()
        && shown.fgcolor() == told(drawn.fg)
        && shown.bgcolor() == told(drawn.bg)
        // This terminal has one weight at a time, others mix them.
        && (both || shown.bold() == looks(Modifier::BOLD))
        && (both || shown.dim() == looks(Modifier::DIM))
        && shown.italic() == looks(Modifier::ITALIC)
        && shown.underline() == looks(Modifier::UNDERLINED)
        && shown.inverse() == looks(Modifier::REVERSED);
    (!same).then(|| format!("{drawn:?} is shown as {shown:?}"))
}

proptest! {
    #[test]
    fn a_terminal_shows_each_frame_as_it_was_drawn(
        frames in proptest::collection::vec(proptest::collection::vec(piece(), 0..8), 1..5),
    ) {
        let number = |n| NonZeroU16::new(n).unwrap();
        let parser = Parser::new(number(SIZE.1), number(SIZE.0), 0);
        let wire = Wire(Arc::new(Mutex::new(parser)));
        let mut screen = Screen::new(wire.clone());
        for pieces in &frames {
            screen.frame(SIZE, |buffer| draw(pieces, buffer)).unwrap();
            let mut drawn = Buffer::empty(ratatui::layout::Rect::new(0, 0, SIZE.0, SIZE.1));
            draw(pieces, &mut drawn);
            let terminal = wire.0.lock().unwrap();
            for y in 0..SIZE.1 {
                let mut covered = 0;
                for x in 0..SIZE.0 {
                    let cell = drawn.cell((x, y)).unwrap();
                    if x < covered {
                        continue;
                    }
                    let width = u16::try_from(unicode_width::UnicodeWidthStr::width(cell.symbol()));
                    covered = x + width.unwrap();
                    let shown = terminal.screen().cell(y, x).unwrap();
                    prop_assert_eq!(wrong(cell, shown), None, "at {}, {}", x, y);
                }
            }
        }
    }
}
