//! From theme files to the one resolved [`Theme`] that drawing looks things up in.

use super::color::{Color, Depth};
use super::file::{
    Appearance, Background, ColorRef, PaletteEntry, StyleSpec, ThemeError, ThemeFile, ThemeProblem,
};
use super::glyph::{Charset, Glyph};
use super::role::{Mods, Role, Style};
use super::{Mod, Stroke};

/// How many `inherits` may follow each other.
const MAX_DEPTH: usize = 8;

/// The name that means: by the terminal's ground.
pub const AUTO: &str = "auto";

const BUILTIN: [(&str, &str); 6] = [
    ("default", include_str!("../../../themes/default.toml")),
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    (
        "colourblind",
        include_str!("../../../themes/colourblind.toml"),
    ),
    ("contrast", include_str!("../../../themes/contrast.toml")),
    ("mono", include_str!("../../../themes/mono.toml")),
];

/// The text of a built-in theme.
pub fn builtin(name: &str) -> Option<&'static str> {
    BUILTIN
        .iter()
        .find(|(n, _)| *n == name)
        .map(|(_, text)| *text)
}

/// The names of the built-in themes.
pub fn names() -> impl Iterator<Item = &'static str> {
    BUILTIN.iter().map(|(name, _)| *name)
}

/// A theme ready for drawing: every role and symbol has its final look for this terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    styles: Vec<Style>,
    glyphs: Vec<String>,
    strokes: [Stroke; 2],
    charset: Charset,
    depth: Depth,
    appearance: Appearance,
    background: Background,
    min_colors: Depth,
}

impl Theme {
    /// Resolves theme `name`. `library` finds the text of a theme by name; usually the user's folder, then [`builtin`].
    /// Without colours (`NO_COLOR`) it is `mono` that is resolved.
    pub fn load<'t, L>(
        name: &str,
        library: &L,
        depth: Depth,
        charset: Charset,
    ) -> Result<Self, ThemeError>
    where
        L: Fn(&str) -> Option<std::borrow::Cow<'t, str>>,
    {
        let name = if depth == Depth::None { "mono" } else { name };
        let merged = merge(chain(name, library)?);
        resolve(&merged, depth, charset)
    }

    /// Resolves a built-in theme; an unknown name is an error that lists the known ones.
    pub fn load_builtin(name: &str, depth: Depth, charset: Charset) -> Result<Self, ThemeError> {
        Self::load(
            name,
            &|n| builtin(n).map(std::borrow::Cow::Borrowed),
            depth,
            charset,
        )
    }

    /// The look of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }

    /// The form of a symbol.
    pub fn glyph(&self, glyph: Glyph) -> &str {
        self.glyphs.get(glyph as usize).map_or("?", String::as_str)
    }

    /// How the canary's line is drawn.
    pub fn canary_stroke(&self) -> Stroke {
        self.strokes[0]
    }

    /// How stable's line is drawn.
    pub fn stable_stroke(&self) -> Stroke {
        self.strokes[1]
    }

    /// Unicode or ASCII.
    pub fn charset(&self) -> Charset {
        self.charset
    }

    /// The colours it was reduced to.
    pub fn depth(&self) -> Depth {
        self.depth
    }

    /// The ground it was made for.
    pub fn appearance(&self) -> Appearance {
        self.appearance
    }

    /// Whose background is drawn.
    pub fn background(&self) -> Background {
        self.background
    }

    /// The fewest colours it was made for.
    pub fn min_colors(&self) -> Depth {
        self.min_colors
    }
}

fn problem(theme: &str, line: usize, what: String) -> ThemeError {
    ThemeError {
        problems: vec![ThemeProblem {
            theme: theme.to_owned(),
            line,
            what,
        }],
    }
}

/// The theme and those it inherits from, itself first.
fn chain<'t, L>(name: &str, library: &L) -> Result<Vec<ThemeFile>, ThemeError>
where
    L: Fn(&str) -> Option<std::borrow::Cow<'t, str>>,
{
    let mut seen: Vec<String> = Vec::new();
    let mut files = Vec::new();
    let mut next = Some((name.to_owned(), (name.to_owned(), 1)));
    while let Some((wanted, (from, line))) = next {
        if seen.contains(&wanted) {
            return Err(problem(
                &from,
                line,
                format!("`{wanted}` inherits from itself"),
            ));
        }
        if seen.len() > MAX_DEPTH {
            return Err(problem(
                &from,
                line,
                format!("more than {MAX_DEPTH} themes inherit from each other"),
            ));
        }
        let Some(text) = library(&wanted) else {
            let known = names().collect::<Vec<_>>().join(", ");
            return Err(problem(
                &from,
                line,
                format!("no theme `{wanted}`; built in are {known}"),
            ));
        };
        let file = ThemeFile::parse(&wanted, &text)?;
        next = file
            .inherits
            .clone()
            .map(|(parent, line)| (parent, (wanted.clone(), line)));
        seen.push(wanted);
        files.push(file);
    }
    Ok(files)
}

/// One file out of a chain: what is nearer to the front wins.
fn merge(files: Vec<ThemeFile>) -> ThemeFile {
    let mut merged = ThemeFile::default();
    for file in files.into_iter().rev() {
        merged.palette.extend(file.palette);
        merged.roles.extend(file.roles);
        merged.glyphs.extend(file.glyphs);
        merged.appearance = file.appearance;
        merged.background = file.background.or(merged.background);
        merged.min_colors = file.min_colors.or(merged.min_colors);
        for (slot, stroke) in merged.strokes.iter_mut().zip(file.strokes) {
            *slot = stroke.or(*slot);
        }
    }
    merged
}

fn resolve(file: &ThemeFile, depth: Depth, charset: Charset) -> Result<Theme, ThemeError> {
    let mut problems = Vec::new();
    let styles = Role::ALL
        .iter()
        .map(|role| {
            style_of(*role, file).map_or(Style::default(), |spec| {
                paint(spec, file, depth, &mut problems)
            })
        })
        .collect();
    if !problems.is_empty() {
        problems.dedup();
        return Err(ThemeError { problems });
    }
    let glyphs = Glyph::ALL.iter().map(|g| form(*g, file, charset)).collect();
    // One character a cell is all that ASCII has.
    let stroke = |i: usize, default| {
        if charset == Charset::Ascii {
            Stroke::Ascii
        } else {
            file.strokes[i].unwrap_or(default)
        }
    };
    // With few colours the lines are told apart by their shape.
    let stable = if depth <= Depth::Ansi16 {
        Stroke::Dots
    } else {
        Stroke::Line
    };
    Ok(Theme {
        styles,
        glyphs,
        strokes: [stroke(0, Stroke::Line), stroke(1, stable)],
        charset,
        depth,
        appearance: file.appearance,
        background: file.background.unwrap_or_default(),
        min_colors: file.min_colors.unwrap_or(Depth::None),
    })
}

/// The role's own look, or the first that its fallbacks give.
fn style_of(role: Role, file: &ThemeFile) -> Option<&StyleSpec> {
    let mut role = Some(role);
    while let Some(r) = role {
        if let Some(spec) = file.roles.get(&(r as usize)) {
            return Some(spec);
        }
        role = r.fallback();
    }
    None
}

fn paint(
    spec: &StyleSpec,
    file: &ThemeFile,
    depth: Depth,
    problems: &mut Vec<ThemeProblem>,
) -> Style {
    let mut color = |reference: &Option<ColorRef>| {
        let reference = reference.as_ref()?;
        match look_up(reference, file, depth) {
            Ok(color) => color.reduce(depth),
            Err(problem) => {
                problems.push(problem);
                None
            }
        }
    };
    let (fg, bg) = (color(&spec.fg), color(&spec.bg));
    Style {
        fg,
        bg,
        mods: mods(spec, depth),
    }
}

/// Without colours a background is shown as reverse: the one thing left that marks a ground.
fn mods(spec: &StyleSpec, depth: Depth) -> Mods {
    if depth == Depth::None && spec.bg.is_some() {
        spec.mods.with(Mod::Reverse)
    } else {
        spec.mods
    }
}

fn look_up(reference: &ColorRef, file: &ThemeFile, depth: Depth) -> Result<Color, ThemeProblem> {
    if let Some(entry) = file.palette.get(&reference.text) {
        return Ok(at_depth(entry, depth));
    }
    let literal = reference.text.parse::<u8>().map(Color::Indexed).ok();
    literal
        .or_else(|| Color::parse(&reference.text))
        .ok_or_else(|| ThemeProblem {
            theme: reference.theme.clone(),
            line: reference.line,
            what: format!(
                "unknown colour `{}`: neither in the palette nor a colour",
                reference.text
            ),
        })
}

fn at_depth(entry: &PaletteEntry, depth: Depth) -> Color {
    match depth {
        Depth::TrueColor => entry.rgb,
        Depth::Indexed256 => entry.c256,
        Depth::Ansi16 | Depth::None => entry.c16,
    }
}

fn form(glyph: Glyph, file: &ThemeFile, charset: Charset) -> String {
    let index = usize::from(charset == Charset::Ascii);
    match file.glyphs.get(&(glyph as usize)) {
        Some(forms) => forms[index].clone(),
        None => glyph.form(charset).to_owned(),
    }
}
