//! Reading one theme file: every mistake is told at once, with its line and the nearest known word.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::color::{Color, Depth};
use super::glyph::Glyph;
use super::role::{Mod, Mods, Role};
use super::{Charset, Stroke};
use crate::config::fault::nearest;

/// The ground a theme is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Appearance {
    /// Either.
    #[default]
    Any,
    /// A dark ground.
    Dark,
    /// A light ground.
    Light,
}

/// Whose background is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Background {
    /// The terminal's own.
    #[default]
    Terminal,
    /// The background of role `text`, over the whole screen.
    Painted,
}

/// One mistake in a theme file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("theme `{theme}`, line {line}: {what}")]
pub struct ThemeProblem {
    /// The theme's name.
    pub theme: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong and what would be right.
    pub what: String,
}

/// Why a theme cannot be used: at least one problem.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct ThemeError {
    /// All of them, in the order of the file.
    pub problems: Vec<ThemeProblem>,
}

/// A reference to a colour, by palette name or literally, with the line it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ColorRef {
    pub(super) text: String,
    pub(super) theme: String,
    pub(super) line: usize,
}

/// A role's look before the palette is applied.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct StyleSpec {
    pub(super) fg: Option<ColorRef>,
    pub(super) bg: Option<ColorRef>,
    pub(super) mods: Mods,
}

/// A palette entry: one colour for all depths, or one for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PaletteEntry {
    pub(super) rgb: Color,
    pub(super) c256: Color,
    pub(super) c16: Color,
}

/// One parsed theme file, before `inherits` is followed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ThemeFile {
    pub(super) inherits: Option<(String, usize)>,
    pub(super) appearance: Appearance,
    pub(super) background: Option<Background>,
    pub(super) min_colors: Option<Depth>,
    pub(super) palette: BTreeMap<String, PaletteEntry>,
    pub(super) roles: BTreeMap<usize, StyleSpec>,
    pub(super) glyphs: BTreeMap<usize, [String; 2]>,
    pub(super) strokes: [Option<Stroke>; 2],
}

impl ThemeFile {
    /// Reads the text of theme `name`.
    pub fn parse(name: &str, text: &str) -> Result<Self, ThemeError> {
        let mut reader = Reader {
            name,
            text,
            file: Self::default(),
            problems: Vec::new(),
        };
        match DeTable::parse(text) {
            Ok(table) => reader.top(table.get_ref()),
            Err(error) => {
                let at = error.span().map_or(0, |s| s.start);
                reader.problem(at, error.message().to_owned());
            }
        }
        if reader.problems.is_empty() {
            Ok(reader.file)
        } else {
            Err(ThemeError {
                problems: reader.problems,
            })
        }
    }
}

type Value<'i> = Spanned<DeValue<'i>>;

const TOP: [&str; 9] = [
    "name",
    "inherits",
    "appearance",
    "min_colors",
    "background",
    "palette",
    "roles",
    "glyphs",
    "charts",
];

struct Reader<'t> {
    name: &'t str,
    text: &'t str,
    file: ThemeFile,
    problems: Vec<ThemeProblem>,
}

impl Reader<'_> {
    fn line(&self, at: usize) -> usize {
        1 + self
            .text
            .get(..at)
            .unwrap_or(self.text)
            .matches('\n')
            .count()
    }

    fn problem(&mut self, at: usize, what: String) {
        let line = self.line(at);
        self.problems.push(ThemeProblem {
            theme: self.name.to_owned(),
            line,
            what,
        });
    }

    fn unknown<'w>(
        &mut self,
        at: usize,
        what: &str,
        word: &str,
        known: impl IntoIterator<Item = &'w str>,
    ) {
        let near = nearest(word, known)
            .map(|n| format!("; did you mean `{n}`?"))
            .unwrap_or_default();
        self.problem(at, format!("unknown {what} `{word}`{near}"));
    }

    fn wanted(&mut self, value: &Value<'_>, wanted: &str) {
        let got = value.get_ref().type_str();
        self.problem(
            value.span().start,
            format!("expected {wanted}, found {got}"),
        );
    }

    fn string<'v>(&mut self, value: &'v Value<'_>, wanted: &str) -> Option<&'v str> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.wanted(value, wanted);
        }
        text
    }

    fn choice<T: Copy>(
        &mut self,
        value: &Value<'_>,
        what: &str,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let word = self.string(value, what)?;
        let found = choices
            .iter()
            .find(|(name, _)| *name == word)
            .map(|(_, v)| *v);
        if found.is_none() {
            let list = choices
                .iter()
                .map(|(n, _)| format!("`{n}`"))
                .collect::<Vec<_>>()
                .join(", ");
            self.problem(
                value.span().start,
                format!("unknown {what} `{word}`; one of {list}"),
            );
        }
        found
    }

    fn top(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "name" => {
                    self.string(value, "a name");
                }
                "inherits" => {
                    let line = self.line(value.span().start);
                    self.file.inherits = self
                        .string(value, "a theme's name")
                        .map(|n| (n.to_owned(), line));
                }
                "appearance" => self.appearance(value),
                "background" => {
                    let choices = [
                        ("terminal", Background::Terminal),
                        ("painted", Background::Painted),
                    ];
                    self.file.background = self.choice(value, "background", &choices);
                }
                "min_colors" => self.min_colors(value),
                "palette" => self.entries(value, Self::palette_entry),
                "roles" => self.entries(value, Self::role),
                "glyphs" => self.entries(value, Self::glyph),
                "charts" => self.entries(value, Self::chart),
                other => self.unknown(key.span().start, "key", other, TOP),
            }
        }
    }

    fn appearance(&mut self, value: &Value<'_>) {
        let choices = [
            ("any", Appearance::Any),
            ("dark", Appearance::Dark),
            ("light", Appearance::Light),
        ];
        if let Some(appearance) = self.choice(value, "appearance", &choices) {
            self.file.appearance = appearance;
        }
    }

    fn min_colors(&mut self, value: &Value<'_>) {
        self.file.min_colors = integer(value).and_then(Depth::from_count);
        if self.file.min_colors.is_none() {
            self.problem(
                value.span().start,
                "min_colors is one of 0, 16, 256, 16777216".to_owned(),
            );
        }
    }

    fn entries(&mut self, value: &Value<'_>, entry: fn(&mut Self, &str, usize, &Value<'_>)) {
        let Some(table) = value.get_ref().as_table() else {
            return self.wanted(value, "a table");
        };
        for (key, value) in table {
            entry(self, key.get_ref(), key.span().start, value);
        }
    }

    fn palette_entry(&mut self, name: &str, at: usize, value: &Value<'_>) {
        let entry = match value.get_ref().as_table() {
            None => self.literal(value).map(|c| PaletteEntry {
                rgb: c,
                c256: c,
                c16: c,
            }),
            Some(table) => self.depths(at, table),
        };
        if let Some(entry) = entry {
            self.file.palette.insert(name.to_owned(), entry);
        }
    }

    fn depths(&mut self, at: usize, table: &DeTable<'_>) -> Option<PaletteEntry> {
        let mut found = [None; 3];
        let names = ["rgb", "c256", "c16"];
        for (key, value) in table {
            match names.iter().position(|n| *n == key.get_ref().as_ref()) {
                Some(i) => found[i] = self.literal(value),
                None => self.unknown(key.span().start, "key", key.get_ref(), names),
            }
        }
        let [Some(rgb), Some(c256), Some(c16)] = found else {
            self.problem(
                at,
                "a palette table gives `rgb`, `c256` and `c16`".to_owned(),
            );
            return None;
        };
        Some(PaletteEntry { rgb, c256, c16 })
    }

    fn literal(&mut self, value: &Value<'_>) -> Option<Color> {
        let color = match value.get_ref() {
            DeValue::String(text) => Color::parse(text),
            _ => integer(value)
                .and_then(|i| u8::try_from(i).ok())
                .map(Color::Indexed),
        };
        if color.is_none() {
            let what =
                "expected a colour: \"#rrggbb\", an ANSI name such as \"bright-red\", or 0 to 255";
            self.problem(value.span().start, what.to_owned());
        }
        color
    }

    fn role(&mut self, name: &str, at: usize, value: &Value<'_>) {
        let Some(role) = Role::parse(name) else {
            return self.unknown(at, "role", name, Role::ALL.iter().map(|r| r.name()));
        };
        let style = match value.get_ref().as_table() {
            None => StyleSpec {
                fg: self.color_ref(value),
                ..StyleSpec::default()
            },
            Some(table) => self.style(table),
        };
        self.file.roles.insert(role as usize, style);
    }

    fn style(&mut self, table: &DeTable<'_>) -> StyleSpec {
        let mut style = StyleSpec::default();
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "fg" => style.fg = self.color_ref(value),
                "bg" => style.bg = self.color_ref(value),
                "mods" => style.mods = self.mods(value),
                other => self.unknown(key.span().start, "key", other, ["fg", "bg", "mods"]),
            }
        }
        style
    }

    fn color_ref(&mut self, value: &Value<'_>) -> Option<ColorRef> {
        let text = match value.get_ref() {
            DeValue::String(text) => text.clone().into_owned(),
            DeValue::Integer(number) => number.to_string(),
            _ => {
                self.wanted(value, "a colour or a palette name");
                return None;
            }
        };
        Some(ColorRef {
            text,
            theme: self.name.to_owned(),
            line: self.line(value.span().start),
        })
    }

    fn mods(&mut self, value: &Value<'_>) -> Mods {
        let Some(list) = value.get_ref().as_array() else {
            self.wanted(value, "a list such as [\"bold\"]");
            return Mods::default();
        };
        let choices = Mod::ALL.map(|m| (m.name(), m));
        let mut mods = Mods::default();
        for item in list {
            mods = self
                .choice(item, "modifier", &choices)
                .map_or(mods, |m| mods.with(m));
        }
        mods
    }

    fn glyph(&mut self, name: &str, at: usize, value: &Value<'_>) {
        let Some(glyph) = Glyph::parse(name) else {
            return self.unknown(at, "glyph", name, Glyph::ALL.iter().map(|g| g.name()));
        };
        let Some(table) = value.get_ref().as_table() else {
            return self.wanted(value, "a table { unicode = \"…\", ascii = \"…\" }");
        };
        let mut forms = [Charset::Unicode, Charset::Ascii].map(|c| glyph.form(c).to_owned());
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "unicode" => self.form(value, Charset::Unicode, &mut forms[0]),
                "ascii" => self.form(value, Charset::Ascii, &mut forms[1]),
                other => self.unknown(key.span().start, "key", other, ["unicode", "ascii"]),
            }
        }
        self.file.glyphs.insert(glyph as usize, forms);
    }

    fn form(&mut self, value: &Value<'_>, charset: Charset, form: &mut String) {
        let Some(text) = self.string(value, "a symbol") else {
            return;
        };
        let ascii = text.chars().all(|c| c.is_ascii_graphic());
        // The built-in forms fix the width: drawing counts on it.
        let fits = unicode_width::UnicodeWidthStr::width(text)
            == unicode_width::UnicodeWidthStr::width(form.as_str());
        let clean = !text.chars().any(char::is_control);
        if fits && clean && (charset == Charset::Unicode || ascii) {
            text.clone_into(form);
        } else {
            let kind = if charset == Charset::Ascii {
                "printable ASCII "
            } else {
                ""
            };
            self.problem(
                value.span().start,
                format!("expected a {kind}symbol as wide as `{form}`"),
            );
        }
    }

    fn chart(&mut self, name: &str, at: usize, value: &Value<'_>) {
        let strokes = [
            ("braille", Stroke::Line),
            ("dots", Stroke::Dots),
            ("ascii", Stroke::Ascii),
        ];
        match name {
            "canary" => self.file.strokes[0] = self.choice(value, "marker", &strokes),
            "stable" => self.file.strokes[1] = self.choice(value, "marker", &strokes),
            other => self.unknown(at, "series", other, ["canary", "stable"]),
        }
    }
}

fn integer(value: &Value<'_>) -> Option<i64> {
    let number = value.get_ref().as_integer()?;
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}
