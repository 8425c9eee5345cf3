//! `theme list`, `theme check` and `theme preview`.

use super::exit;
use super::output::Output;
use crate::config::theme::{
    Appearance, Charset, Color, Depth, Mod, Role, Style, Theme, ThemeError, builtin, names,
};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

/// The texts of a person's own themes, by name.
type Own = BTreeMap<String, String>;

/// `flightdeck.themes/1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ThemesDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// The themes.
    pub themes: Vec<ThemeEntry>,
}

/// A theme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ThemeEntry {
    /// Its name.
    pub name: String,
    /// Whether it is a file of the person's own.
    pub own: bool,
    /// The ground it is made for: `any`, `dark` or `light`; `null` where it has mistakes.
    pub ground: Option<&'static str>,
    /// Its mistakes, with their lines.
    pub mistakes: Vec<String>,
}

/// `flightdeck.theme/1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ThemeDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// Its name.
    pub name: String,
    /// Every role with its look: `#rrggbb`, an index, or a name, then what else it has.
    pub roles: BTreeMap<&'static str, String>,
}

/// Prints the themes that there are.
pub fn list(own: &Own, output: &mut Output<'_>) -> io::Result<u8> {
    let all = names()
        .map(str::to_owned)
        .filter(|name| !own.contains_key(name))
        .chain(own.keys().cloned());
    let document = document(all.map(|name| entry(own, name)).collect());
    output.print(&document, |document| {
        let line = |entry: &ThemeEntry| {
            let from = if entry.own { "your own" } else { "built in" };
            let ground = entry.ground.map_or_else(
                || "with mistakes: see theme check".to_owned(),
                |ground| format!("for {ground} grounds"),
            );
            format!("{:<14} {from:<9} {ground}", entry.name)
        };
        document.themes.iter().map(line).collect()
    })?;
    Ok(exit::DONE)
}

/// Tells every mistake of one theme, or of all of a person's own; exit code 3 where there is one.
pub fn check(own: &Own, name: Option<&str>, output: &mut Output<'_>) -> io::Result<u8> {
    let checked: Vec<String> = match name {
        Some(name) => vec![name.to_owned()],
        None => own.keys().cloned().collect(),
    };
    let document = document(checked.into_iter().map(|name| entry(own, name)).collect());
    let wrong = document
        .themes
        .iter()
        .any(|entry| !entry.mistakes.is_empty());
    output.print(&document, |document| {
        let mistakes: Vec<String> = document
            .themes
            .iter()
            .flat_map(|entry| entry.mistakes.clone())
            .collect();
        match (mistakes.is_empty(), document.themes.len()) {
            (false, _) => mistakes,
            (true, 0) => vec!["there are no themes of your own".to_owned()],
            (true, 1) => vec!["the theme has no mistake".to_owned()],
            (true, count) => vec![format!("{count} themes have no mistake")],
        }
    })?;
    Ok(if wrong { exit::CONFIG } else { exit::DONE })
}

/// Prints every role as it looks at `depth`.
pub fn preview(own: &Own, name: &str, depth: Depth, output: &mut Output<'_>) -> io::Result<u8> {
    let Ok(theme) = load(own, name, depth) else {
        return check(own, Some(name), output);
    };
    let document = ThemeDocument {
        schema: "flightdeck.theme/1",
        name: name.to_owned(),
        roles: Role::ALL
            .iter()
            .map(|role| (role.name(), written(theme.style(*role))))
            .collect(),
    };
    let line = |role: &Role| {
        let style = theme.style(*role);
        format!(
            "{}{:<20}\u{1b}[0m {}",
            escape(style),
            role.name(),
            written(style)
        )
    };
    output.coloured(&document, Role::ALL.iter().map(line))?;
    Ok(exit::DONE)
}

fn load(own: &Own, name: &str, depth: Depth) -> Result<Theme, ThemeError> {
    let library = |name: &str| match own.get(name) {
        Some(text) => Some(Cow::Borrowed(text.as_str())),
        None => builtin(name).map(Cow::Borrowed),
    };
    Theme::load(name, &library, depth, Charset::Unicode)
}

fn entry(own: &Own, name: String) -> ThemeEntry {
    let (ground, mistakes) = match load(own, &name, Depth::TrueColor) {
        Ok(theme) => (Some(ground(theme.appearance())), Vec::new()),
        Err(error) => (
            None,
            error.problems.iter().map(ToString::to_string).collect(),
        ),
    };
    ThemeEntry {
        own: own.contains_key(&name),
        name,
        ground,
        mistakes,
    }
}

fn ground(appearance: Appearance) -> &'static str {
    match appearance {
        Appearance::Any => "any",
        Appearance::Dark => "dark",
        Appearance::Light => "light",
    }
}

fn document(themes: Vec<ThemeEntry>) -> ThemesDocument {
    ThemesDocument {
        schema: "flightdeck.themes/1",
        themes,
    }
}

/// A look in words.
fn written(style: Style) -> String {
    let colour = |color: Color| match color {
        Color::Terminal => "terminal".to_owned(),
        Color::Ansi(index) => format!("ansi {index}"),
        Color::Indexed(index) => index.to_string(),
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
    };
    let mut words: Vec<String> = style.fg.map(colour).into_iter().collect();
    words.extend(style.bg.map(|bg| format!("on {}", colour(bg))));
    words.extend(
        Mod::ALL
            .into_iter()
            .filter(|one| style.mods.has(*one))
            .map(|one| one.name().to_owned()),
    );
    words.join(" ")
}

/// A look as the terminal takes it.
fn escape(style: Style) -> String {
    let mut codes = String::from("0");
    for (color, base) in style
        .fg
        .map(|fg| (fg, 30))
        .into_iter()
        .chain(style.bg.map(|bg| (bg, 40)))
    {
        // A String takes whatever is written to it.
        let _: std::fmt::Result = match color {
            Color::Terminal => write!(codes, ";{}", base + 9),
            Color::Ansi(index @ 0..=7) => write!(codes, ";{}", base + u32::from(index)),
            Color::Ansi(index) => write!(codes, ";{}", base + 52 + u32::from(index & 15)),
            Color::Indexed(index) => write!(codes, ";{};5;{index}", base + 8),
            Color::Rgb(r, g, b) => write!(codes, ";{};2;{r};{g};{b}", base + 8),
        };
    }
    for one in Mod::ALL.into_iter().filter(|one| style.mods.has(*one)) {
        codes.push_str(match one {
            Mod::Bold => ";1",
            Mod::Dim => ";2",
            Mod::Italic => ";3",
            Mod::Underline => ";4",
            Mod::Reverse => ";7",
        });
    }
    format!("\u{1b}[{codes}m")
}
