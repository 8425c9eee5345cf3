//! Colours and their reduction: truecolour to 256 to 16 to none.
//!
//! The sixteen named colours are the terminal's own and are never converted upwards; their values here only measure
//! distance when something finer is reduced to them.

/// A colour as a theme gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    /// The terminal's own foreground or background.
    Terminal,
    /// One of the sixteen named colours, 0 (black) to 15 (bright white).
    Ansi(u8),
    /// An entry of the 256-colour palette.
    Indexed(u8),
    /// Red, green and blue.
    Rgb(u8, u8, u8),
}

/// How many colours the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None: bold, reverse and underline only.
    None,
    /// The sixteen named ones.
    Ansi16,
    /// The 256-colour palette.
    Indexed256,
    /// Any.
    TrueColor,
}

/// Typical values of the sixteen named colours, in their order.
const ANSI: [(u8, u8, u8); 16] = [
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
];

/// Names accepted in theme files, in the order of the sixteen.
const NAMES: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "white",
    "bright-black",
    "bright-red",
    "bright-green",
    "bright-yellow",
    "bright-blue",
    "bright-magenta",
    "bright-cyan",
    "bright-white",
];

/// The six levels of a channel in the 256-colour cube.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

impl Depth {
    /// What a terminal shows, from `NO_COLOR`, `COLORTERM` and `TERM`. Where nothing is promised, the sixteen.
    pub fn detect(no_color: Option<&str>, colorterm: Option<&str>, term: Option<&str>) -> Self {
        let term = term.unwrap_or_default();
        if no_color.is_some_and(|v| !v.is_empty()) || term == "dumb" {
            return Self::None;
        }
        match colorterm {
            Some("truecolor" | "24bit") => Self::TrueColor,
            _ if term.contains("256") || term.contains("direct") => Self::Indexed256,
            _ => Self::Ansi16,
        }
    }

    /// The depth for a count of colours as theme files write it: 0, 16, 256, 16777216.
    pub fn from_count(count: i64) -> Option<Self> {
        match count {
            0 => Some(Self::None),
            16 => Some(Self::Ansi16),
            256 => Some(Self::Indexed256),
            16_777_216 => Some(Self::TrueColor),
            _ => None,
        }
    }
}

impl Color {
    /// A colour from `#rrggbb`, or one of the sixteen names (`gray` is `bright-black`), or `terminal`.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(hex) = text.strip_prefix('#') {
            return parse_hex(hex);
        }
        match text {
            "terminal" => Some(Self::Terminal),
            "gray" | "grey" => Some(Self::Ansi(8)),
            _ => NAMES
                .iter()
                .position(|n| *n == text)
                .and_then(|i| u8::try_from(i).ok())
                .map(Self::Ansi),
        }
    }

    /// The nearest colour that `depth` can show; `None` where it shows none.
    #[must_use]
    pub fn reduce(self, depth: Depth) -> Option<Self> {
        let color = match (depth, self) {
            (Depth::None, _) => return None,
            (_, Self::Terminal | Self::Ansi(_))
            | (Depth::TrueColor, _)
            | (Depth::Indexed256, Self::Indexed(_)) => self,
            (Depth::Indexed256, Self::Rgb(r, g, b)) => Self::Indexed(nearest_indexed((r, g, b))),
            (Depth::Ansi16, Self::Rgb(r, g, b)) => Self::Ansi(nearest_ansi((r, g, b))),
            (Depth::Ansi16, Self::Indexed(i)) => Self::Ansi(nearest_ansi(indexed_rgb(i))),
        };
        Some(color)
    }

    /// Red, green and blue, the named ones at their typical values; `None` for the terminal's own.
    pub fn rgb(self) -> Option<(u8, u8, u8)> {
        match self {
            Self::Terminal => None,
            Self::Ansi(i) => Some(ANSI[usize::from(i & 15)]),
            Self::Indexed(i) => Some(indexed_rgb(i)),
            Self::Rgb(r, g, b) => Some((r, g, b)),
        }
    }
}

fn parse_hex(hex: &str) -> Option<Color> {
    if hex.len() != 6 || !hex.is_ascii() {
        return None;
    }
    let channel = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    Some(Color::Rgb(channel(0)?, channel(2)?, channel(4)?))
}

fn distance(a: (u8, u8, u8), b: (u8, u8, u8)) -> u32 {
    let square = |x: u8, y: u8| u32::from(x.abs_diff(y)).pow(2);
    // The eye weighs green most and blue least.
    3 * square(a.0, b.0) + 4 * square(a.1, b.1) + 2 * square(a.2, b.2)
}

fn indexed_rgb(index: u8) -> (u8, u8, u8) {
    match index {
        0..=15 => ANSI[usize::from(index)],
        16..=231 => {
            let i = usize::from(index - 16);
            (CUBE[i / 36], CUBE[i / 6 % 6], CUBE[i % 6])
        }
        232..=255 => {
            let level = 8 + 10 * (index - 232);
            (level, level, level)
        }
    }
}

fn nearest_indexed(rgb: (u8, u8, u8)) -> u8 {
    // The first sixteen are the user's own and may be anything.
    (16..=255)
        .min_by_key(|i| distance(indexed_rgb(*i), rgb))
        .unwrap_or(16)
}

fn nearest_ansi(rgb: (u8, u8, u8)) -> u8 {
    (0..16)
        .min_by_key(|i| distance(ANSI[usize::from(*i)], rgb))
        .unwrap_or(7)
}
