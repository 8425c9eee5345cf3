//! The theme in the drawing library's terms: one lookup by enum for each style and symbol, made once at start.

use jiff::tz::TimeZone;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Span;

use crate::config::theme::{
    self, Appearance, Background, Charset, Depth, Glyph, Mod, Role, Stroke, Theme,
};

/// Styles and symbols for drawing.
#[derive(Debug, Clone)]
pub struct Paint {
    styles: Vec<Style>,
    theme: Theme,
    zone: TimeZone,
}

impl Paint {
    /// Translates a resolved theme.
    pub fn new(theme: &Theme) -> Self {
        let styles = Role::ALL
            .iter()
            .map(|role| style(theme.style(*role)))
            .collect();
        Self {
            styles,
            theme: theme.clone(),
            zone: TimeZone::UTC,
        }
    }

    /// With the zone in which local times are written.
    #[must_use]
    pub fn with_zone(mut self, zone: TimeZone) -> Self {
        self.zone = zone;
        self
    }

    /// The zone in which local times are written.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }

    /// The symbol in the terminal's character set.
    pub fn glyph(&self, glyph: Glyph) -> &str {
        self.theme.glyph(glyph)
    }

    /// Text in a role's style.
    pub fn span<'t>(&self, role: Role, text: impl Into<std::borrow::Cow<'t, str>>) -> Span<'t> {
        Span::styled(text, self.style(role))
    }

    /// How the canary's and stable's lines are drawn.
    pub fn strokes(&self) -> (Stroke, Stroke) {
        (self.theme.canary_stroke(), self.theme.stable_stroke())
    }

    /// The ground that the theme is made for.
    pub fn appearance(&self) -> Appearance {
        self.theme.appearance()
    }

    /// Unicode or ASCII.
    pub fn charset(&self) -> Charset {
        self.theme.charset()
    }

    /// Whether the lines end in the letters `c` and `s`, because colour cannot tell them apart.
    pub fn names_lines(&self) -> bool {
        self.theme.depth() <= Depth::Ansi16
    }

    /// The style of the whole ground, where the theme paints it.
    pub fn ground(&self) -> Option<Style> {
        (self.theme.background() == Background::Painted).then(|| self.style(Role::Text))
    }
}

fn style(style: theme::Style) -> Style {
    let mut out = Style::new();
    out.fg = style.fg.map(color);
    out.bg = style.bg.map(color);
    Mod::ALL
        .into_iter()
        .filter(|m| style.mods.has(*m))
        .fold(out, |out, m| out.add_modifier(modifier(m)))
}

fn modifier(modifier: Mod) -> Modifier {
    match modifier {
        Mod::Bold => Modifier::BOLD,
        Mod::Dim => Modifier::DIM,
        Mod::Italic => Modifier::ITALIC,
        Mod::Underline => Modifier::UNDERLINED,
        Mod::Reverse => Modifier::REVERSED,
    }
}

fn color(color: theme::Color) -> Color {
    match color {
        theme::Color::Terminal => Color::Reset,
        theme::Color::Ansi(0) => Color::Black,
        theme::Color::Ansi(1) => Color::Red,
        theme::Color::Ansi(2) => Color::Green,
        theme::Color::Ansi(3) => Color::Yellow,
        theme::Color::Ansi(4) => Color::Blue,
        theme::Color::Ansi(5) => Color::Magenta,
        theme::Color::Ansi(6) => Color::Cyan,
        theme::Color::Ansi(7) => Color::Gray,
        theme::Color::Ansi(8) => Color::DarkGray,
        theme::Color::Ansi(9) => Color::LightRed,
        theme::Color::Ansi(10) => Color::LightGreen,
        theme::Color::Ansi(11) => Color::LightYellow,
        theme::Color::Ansi(12) => Color::LightBlue,
        theme::Color::Ansi(13) => Color::LightMagenta,
        theme::Color::Ansi(14) => Color::LightCyan,
        theme::Color::Ansi(_) => Color::White,
        theme::Color::Indexed(i) => Color::Indexed(i),
        theme::Color::Rgb(r, g, b) => Color::Rgb(r, g, b),
    }
}
