//! A frame as an SVG picture.
//!
//! Text runs stand on a fixed grid; Braille, box lines and blocks are drawn as shapes, because fonts disagree on them.
//! The picture has a dark ground of its own and needs nothing but a monospace font.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use crate::config::theme;

/// A cell's width and height, and the baseline of its text, in pixels.
const WIDTH: f64 = 8.43;
const HEIGHT: f64 = 18.0;
const BASELINE: f64 = 13.5;
const MARGIN: f64 = 12.0;

const GROUND: &str = "#14181d";
const TEXT: &str = "#d6dbe1";

/// The sixteen named colours on that ground.
const ANSI: [&str; 16] = [
    "#14181d", "#f2695c", "#6cc26c", "#e3b341", "#5aa9f0", "#a48cf0", "#5bb8c9", "#d6dbe1", //
    "#7d8793", "#ff8b80", "#8fdc8f", "#f5cf6b", "#86c3ff", "#c0adff", "#7fd6e6", "#ffffff",
];

/// The buffer as a complete SVG document, titled `title`.
pub fn render(buf: &Buffer, title: &str) -> String {
    let (columns, rows) = (f64::from(buf.area.width), f64::from(buf.area.height));
    let (width, height) = (columns * WIDTH + 2.0 * MARGIN, rows * HEIGHT + 2.0 * MARGIN);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.1} {height:.1}\" \
         role=\"img\">\n<title>{}</title>\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{GROUND}\"/>\n\
         <g font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"14\" xml:space=\"preserve\">\n",
        escape(title)
    );
    for y in buf.area.top()..buf.area.bottom() {
        row(&mut out, buf, y);
    }
    out.push_str("</g>\n</svg>\n");
    out
}

/// How a cell looks once reverse and dim are worked in.
#[derive(Debug, Clone, PartialEq)]
struct Ink {
    fg: String,
    bg: Option<String>,
    mods: Modifier,
}

impl Ink {
    fn of(cell: &Cell) -> Self {
        let (mut fg, mut bg) = (colour(cell.fg, TEXT), colour(cell.bg, GROUND));
        if cell.modifier.contains(Modifier::REVERSED) {
            std::mem::swap(&mut fg, &mut bg);
        }
        let mods = cell.modifier
            & (Modifier::BOLD | Modifier::DIM | Modifier::ITALIC | Modifier::UNDERLINED);
        Self {
            fg,
            bg: (bg != GROUND).then_some(bg),
            mods,
        }
    }

    fn opacity(&self) -> &'static str {
        if self.mods.contains(Modifier::DIM) {
            " opacity=\"0.6\""
        } else {
            ""
        }
    }
}

fn row(out: &mut String, buf: &Buffer, y: u16) {
    let top = MARGIN + f64::from(y - buf.area.y) * HEIGHT;
    let mut x = buf.area.left();
    while x < buf.area.right() {
        let ink = Ink::of(&buf[(x, y)]);
        let mut end = x + 1;
        while end < buf.area.right() && Ink::of(&buf[(end, y)]) == ink {
            end += 1;
        }
        let place = Place {
            x: MARGIN + f64::from(x - buf.area.x) * WIDTH,
            y: top,
        };
        run(out, (x..end).map(|x| buf[(x, y)].symbol()), place, &ink);
        x = end;
    }
}

/// The top left corner of a cell, in pixels.
#[derive(Debug, Clone, Copy)]
struct Place {
    x: f64,
    y: f64,
}

impl Place {
    fn right(self, cells: usize) -> Self {
        Self {
            x: self.x + float(cells) * WIDTH,
            ..self
        }
    }
}

fn run<'b>(out: &mut String, symbols: impl Iterator<Item = &'b str>, place: Place, ink: &Ink) {
    let symbols: Vec<&str> = symbols.collect();
    if let Some(bg) = &ink.bg {
        rect(
            out,
            place,
            (0.0, 0.0, float(symbols.len()) * WIDTH, HEIGHT),
            bg,
        );
    }
    let mut at = 0;
    while at < symbols.len() {
        let plain = symbols[at..]
            .iter()
            .take_while(|s| s.bytes().all(|b| b.is_ascii_graphic()))
            .count();
        if plain > 0 {
            text(
                out,
                &symbols[at..at + plain].concat(),
                plain,
                place.right(at),
                ink,
            );
            at += plain;
        } else {
            shape(out, symbols[at], place.right(at), ink);
            at += 1;
        }
    }
}

fn text(out: &mut String, symbols: &str, cells: usize, place: Place, ink: &Ink) {
    let mut style = ink.opacity().to_owned();
    for (modifier, attribute) in [
        (Modifier::BOLD, " font-weight=\"bold\""),
        (Modifier::ITALIC, " font-style=\"italic\""),
        (Modifier::UNDERLINED, " text-decoration=\"underline\""),
    ] {
        if ink.mods.contains(modifier) {
            style.push_str(attribute);
        }
    }
    let (x, y, length) = (place.x, place.y + BASELINE, float(cells) * WIDTH);
    emit(
        out,
        format_args!(
            "<text x=\"{x:.2}\" y=\"{y:.2}\" textLength=\"{length:.2}\" fill=\"{}\"{style}>{}</text>\n",
            ink.fg,
            escape(symbols)
        ),
    );
}

/// One symbol that is not plain ASCII.
fn shape(out: &mut String, symbol: &str, place: Place, ink: &Ink) {
    let Some(c) = symbol.chars().next() else {
        return;
    };
    match c {
        ' ' => {}
        '\u{2800}'..='\u{28ff}' => braille(out, u32::from(c) - 0x2800, place, ink),
        '█' => rect(out, place, (0.0, 0.0, WIDTH, HEIGHT), &ink.fg),
        '░' => shade(out, place, ink),
        '─' | '│' | '┌' | '┐' | '└' | '┘' | '┤' | '├' => {
            strokes(out, light(c), place, ink, 0.0);
        }
        '═' | '║' | '╔' | '╗' | '╚' | '╝' => {
            strokes(out, light(c), place, ink, -1.5);
            strokes(out, light(c), place, ink, 1.5);
        }
        '┄' | '╌' => dashes(out, place, ink),
        '▏' => rect(out, place, (0.5, 1.0, 1.4, HEIGHT - 2.0), &ink.fg),
        _ => centred(out, symbol, place, ink),
    }
}

fn centred(out: &mut String, symbol: &str, place: Place, ink: &Ink) {
    let weight = if ink.mods.contains(Modifier::BOLD) {
        " font-weight=\"bold\""
    } else {
        ""
    };
    emit(
        out,
        format_args!(
            "<text x=\"{:.2}\" y=\"{:.2}\" text-anchor=\"middle\" fill=\"{}\"{weight}{}>{}</text>\n",
            place.x + WIDTH / 2.0,
            place.y + BASELINE,
            ink.fg,
            ink.opacity(),
            escape(symbol)
        ),
    );
}

fn braille(out: &mut String, bits: u32, place: Place, ink: &Ink) {
    // Bits by row, left dot then right dot.
    const ROWS: [(u32, u32); 4] = [(0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80)];
    let radius = if ink.mods.contains(Modifier::BOLD) {
        1.55
    } else {
        1.3
    };
    for (row, (left, right)) in ROWS.into_iter().enumerate() {
        for (bit, x) in [(left, 0.25), (right, 0.75)] {
            if bits & bit != 0 {
                let (x, y) = (
                    place.x + x * WIDTH,
                    place.y + (float(row) + 0.5) * HEIGHT / 4.0,
                );
                emit(
                    out,
                    format_args!(
                        "<circle cx=\"{x:.2}\" cy=\"{y:.2}\" r=\"{radius}\" fill=\"{}\"{}/>\n",
                        ink.fg,
                        ink.opacity()
                    ),
                );
            }
        }
    }
}

/// Which arms a line symbol has: left, right, up, down.
fn light(c: char) -> [bool; 4] {
    match c {
        '─' | '═' => [true, true, false, false],
        '│' | '║' => [false, false, true, true],
        '┌' | '╔' => [false, true, false, true],
        '┐' | '╗' => [true, false, false, true],
        '└' | '╚' => [false, true, true, false],
        '┘' | '╝' => [true, false, true, false],
        '┤' => [true, false, true, true],
        _ => [false, true, true, true],
    }
}

fn strokes(out: &mut String, arms: [bool; 4], place: Place, ink: &Ink, shift: f64) {
    let (x, y) = (WIDTH / 2.0 + shift, HEIGHT / 2.0 + shift);
    let reach = |on: bool, far: f64, near: f64| if on { far } else { near };
    if arms[0] || arms[1] {
        let (from, to) = (reach(arms[0], 0.0, x), reach(arms[1], WIDTH, x));
        rect(
            out,
            place,
            (from - 0.5, y - 0.5, to - from + 1.0, 1.0),
            &ink.fg,
        );
    }
    if arms[2] || arms[3] {
        let (from, to) = (reach(arms[2], 0.0, y), reach(arms[3], HEIGHT, y));
        rect(
            out,
            place,
            (x - 0.5, from - 0.5, 1.0, to - from + 1.0),
            &ink.fg,
        );
    }
}

fn dashes(out: &mut String, place: Place, ink: &Ink) {
    for from in [0.8, 5.0] {
        rect(out, place, (from, HEIGHT / 2.0 - 0.6, 2.6, 1.2), &ink.fg);
    }
}

fn shade(out: &mut String, place: Place, ink: &Ink) {
    let (x, y) = (place.x, place.y);
    emit(
        out,
        format_args!(
            "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{:.2}\" height=\"{HEIGHT}\" fill=\"{}\" opacity=\"0.25\"/>\n",
            WIDTH + 0.05,
            ink.fg
        ),
    );
}

/// A rectangle given by its offset in the cell, width and height.
fn rect(out: &mut String, place: Place, (x, y, width, height): (f64, f64, f64, f64), fill: &str) {
    let (x, y) = (place.x + x, place.y + y);
    emit(
        out,
        format_args!(
            "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\" fill=\"{fill}\"/>\n"
        ),
    );
}

fn emit(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a string cannot fail.
    let _ = out.write_fmt(text);
}

fn float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

fn colour(color: Color, default: &str) -> String {
    let named = |i: usize| ANSI[i].to_owned();
    match color {
        Color::Reset => default.to_owned(),
        Color::Black => named(0),
        Color::Red => named(1),
        Color::Green => named(2),
        Color::Yellow => named(3),
        Color::Blue => named(4),
        Color::Magenta => named(5),
        Color::Cyan => named(6),
        Color::Gray => named(7),
        Color::DarkGray => named(8),
        Color::LightRed => named(9),
        Color::LightGreen => named(10),
        Color::LightYellow => named(11),
        Color::LightBlue => named(12),
        Color::LightMagenta => named(13),
        Color::LightCyan => named(14),
        Color::White => named(15),
        Color::Indexed(i) if i < 16 => named(usize::from(i)),
        Color::Indexed(i) => theme::Color::Indexed(i)
            .rgb()
            .map_or(default.to_owned(), hex),
        Color::Rgb(r, g, b) => hex((r, g, b)),
    }
}

fn hex((r, g, b): (u8, u8, u8)) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
