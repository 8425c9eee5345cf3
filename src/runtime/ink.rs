//! Changed cells as bytes, as few as a terminal understands.
//!
//! The drawing library's own writer names all four parts of a style at each end, writes the 16 colours in their long form,
//! and addresses every cell by row and column: over a slow line that is a third of all bytes. Every frame begins and ends in
//! the plain style, so that nothing outside a frame depends on one. Positions are absolute.

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};
use std::io::{self, Write};

/// Each modifier and its number.
const MODIFIERS: [(Modifier, u8); 9] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::SLOW_BLINK, 5),
    (Modifier::RAPID_BLINK, 6),
    (Modifier::REVERSED, 7),
    (Modifier::HIDDEN, 8),
    (Modifier::CROSSED_OUT, 9),
];

/// Which ground a colour is for: the base of its numbers.
#[derive(Clone, Copy)]
enum Ground {
    Fore = 30,
    Back = 40,
}

/// A style as the terminal has it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

const PLAIN: Look = Look {
    fg: Color::Reset,
    bg: Color::Reset,
    modifier: Modifier::empty(),
};

/// Writes cells, in the order of their rows and columns.
pub fn write<'c>(
    out: &mut impl Write,
    cells: impl Iterator<Item = (u16, u16, &'c Cell)>,
) -> io::Result<()> {
    let mut pen: Option<(u16, u16)> = None;
    let mut look = PLAIN;
    for (x, y, cell) in cells {
        match pen {
            Some(at) if at == (x, y) => {}
            Some((_, row)) if row == y => write!(out, "\x1b[{}G", x + 1)?,
            Some(_) | None => write!(out, "\x1b[{};{}H", y + 1, x + 1)?,
        }
        let wanted = Look {
            fg: cell.fg,
            bg: cell.bg,
            modifier: cell.modifier,
        };
        change(out, look, wanted)?;
        look = wanted;
        out.write_all(cell.symbol().as_bytes())?;
        // Behind a wide character this is its second half, which is never written: the next cell gets its address.
        pen = Some((x.saturating_add(1), y));
    }
    change(out, look, PLAIN)
}

fn change(out: &mut impl Write, from: Look, to: Look) -> io::Result<()> {
    if from == to {
        return Ok(());
    }
    if to == PLAIN {
        return out.write_all(b"\x1b[m");
    }
    let mut numbers = Vec::with_capacity(32);
    // A single modifier cannot be taken back in a way that all terminals share.
    let from = if to.modifier.contains(from.modifier) {
        from
    } else {
        numbers.extend(b"0;");
        PLAIN
    };
    for (modifier, number) in MODIFIERS {
        if to.modifier.contains(modifier) && !from.modifier.contains(modifier) {
            write!(numbers, "{number};")?;
        }
    }
    if from.fg != to.fg {
        color(&mut numbers, to.fg, Ground::Fore)?;
    }
    if from.bg != to.bg {
        color(&mut numbers, to.bg, Ground::Back)?;
    }
    numbers.pop();
    out.write_all(b"\x1b[")?;
    out.write_all(&numbers)?;
    out.write_all(b"m")
}

fn color(out: &mut Vec<u8>, color: Color, ground: Ground) -> io::Result<()> {
    let base = ground as u8;
    let named = |number: u8| base + number;
    let bright = |number: u8| base + 60 + number;
    let number = match color {
        Color::Reset => named(9),
        Color::Black => named(0),
        Color::Red => named(1),
        Color::Green => named(2),
        Color::Yellow => named(3),
        Color::Blue => named(4),
        Color::Magenta => named(5),
        Color::Cyan => named(6),
        Color::Gray => named(7),
        Color::DarkGray => bright(0),
        Color::LightRed => bright(1),
        Color::LightGreen => bright(2),
        Color::LightYellow => bright(3),
        Color::LightBlue => bright(4),
        Color::LightMagenta => bright(5),
        Color::LightCyan => bright(6),
        Color::White => bright(7),
        Color::Indexed(index) => return write!(out, "{};5;{index};", named(8)),
        Color::Rgb(red, green, blue) => {
            return write!(out, "{};2;{red};{green};{blue};", named(8));
        }
    };
    write!(out, "{number};")
}
