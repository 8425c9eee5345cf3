//! The symbol set, in a Unicode and an ASCII form.
//!
//! Only characters without an emoji form and without private-use icons, so that every font and width table agrees; the
//! ASCII form serves terminals that cannot.

/// Which form of the symbols is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// Braille, box lines and geometric shapes.
    Unicode,
    /// Printable ASCII only.
    Ascii,
}

impl Charset {
    /// What a locale can show, from `LC_ALL`, `LC_CTYPE`, `LANG` in that order of precedence, and `TERM`.
    pub fn detect(locales: [Option<&str>; 3], term: Option<&str>) -> Self {
        let locale = locales
            .into_iter()
            .flatten()
            .find(|l| !l.is_empty())
            .unwrap_or_default();
        let locale = locale.to_ascii_lowercase();
        let utf8 = locale.contains("utf-8") || locale.contains("utf8");
        // The Linux console's font has no Braille.
        if utf8 && term != Some("linux") {
            Self::Unicode
        } else {
            Self::Ascii
        }
    }
}

macro_rules! glyphs {
    ($($variant:ident = $name:literal, $unicode:literal, $ascii:literal, $doc:literal;)*) => {
        /// A symbol of the screen.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Glyph { $(#[doc = $doc] $variant,)* }

        impl Glyph {
            /// All symbols, in their order; `ALL[glyph as usize] == glyph`.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name that theme files use.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The built-in form.
            pub fn form(self, charset: Charset) -> &'static str {
                match (self, charset) {
                    $((Self::$variant, Charset::Unicode) => $unicode,
                    (Self::$variant, Charset::Ascii) => $ascii,)*
                }
            }

            /// The symbol of that name.
            pub fn parse(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

glyphs! {
    Ok = "ok", "✓", "+", "Done.";
    Fail = "fail", "✗", "x", "Failed.";
    Running = "running", "►", ">", "Under way.";
    Waiting = "waiting", "◷", "@", "Waits for a person.";
    Pending = "pending", "○", "o", "Not begun.";
    Next = "next", "·", ".", "A step still to come.";
    Paused = "paused", "■", "=", "Held.";
    Warn = "warn", "▲", "!", "Wants a look.";
    Unknown = "unknown", "?", "?", "Not known.";
    Skipped = "skipped", "–", "-", "Left out.";
    Canary = "canary", "◆", "*", "The candidate.";
    Stable = "stable", "●", ".", "The release that serves.";
    Both = "both", "◆", "#", "Both series in one cell.";
    Limit = "limit", "┄", "-", "A limit line.";
    Gap = "gap", "░", ":", "A time without data.";
    GapAxis = "gap-axis", "╌", "?", "The axis below it.";
    Peak = "peak", "↑", "^", "A value above the chart.";
    Arrow = "arrow", "→", "->", "From one to another.";
    Advice = "advice", "→", "->", "What to do.";
    GaugeFull = "gauge-full", "█", "#", "The filled part of a gauge.";
    GaugeEmpty = "gauge-empty", "░", ".", "The empty part of a gauge.";
    Cut = "cut", "…", "~", "Text was cut here.";
    Cursor = "cursor", "▏", "_", "Where typing goes.";
    Rule = "rule", "─", "-", "A pane's top rule.";
    AxisV = "axis-v", "│", "|", "The value axis.";
    AxisH = "axis-h", "─", "-", "The time axis.";
    AxisTick = "axis-tick", "┤", "+", "A number's place on the value axis.";
    AxisCorner = "axis-corner", "└", "+", "Where the axes meet.";
    BoxH = "box-h", "─", "-", "A pane's side.";
    BoxV = "box-v", "│", "|", "A pane's side.";
    BoxTopLeft = "box-top-left", "┌", "+", "A pane's corner.";
    BoxTopRight = "box-top-right", "┐", "+", "A pane's corner.";
    BoxBottomLeft = "box-bottom-left", "└", "+", "A pane's corner.";
    BoxBottomRight = "box-bottom-right", "┘", "+", "A pane's corner.";
    DialogH = "dialog-h", "═", "=", "A question's side.";
    DialogV = "dialog-v", "║", "|", "A question's side.";
    DialogTopLeft = "dialog-top-left", "╔", "+", "A question's corner.";
    DialogTopRight = "dialog-top-right", "╗", "+", "A question's corner.";
    DialogBottomLeft = "dialog-bottom-left", "╚", "+", "A question's corner.";
    DialogBottomRight = "dialog-bottom-right", "╝", "+", "A question's corner.";
}
