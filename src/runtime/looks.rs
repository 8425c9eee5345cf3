//! The themes of this run, each made ready for this terminal once.

use super::detect;
use crate::config::places;
use crate::config::settings::Settings;
use crate::config::theme::{AUTO, Appearance, Theme, ThemeError, builtin, names};
use crate::domain::notice::{Notice, NoticeKind};
use crate::view::Paint;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The themes, ready for drawing.
pub struct Looks {
    paints: BTreeMap<String, Paint>,
    chosen: String,
    fallback: Paint,
}

impl Looks {
    /// Makes all of them ready. The chosen one must be without mistakes; others with mistakes are left out.
    pub fn load(settings: &Settings) -> Result<Self, Notice> {
        let own = places::themes(&settings.origin);
        let ui = &settings.ui;
        let (depth, charset) = (detect::depth(ui.color), detect::charset(ui.glyphs));
        let library = |name: &str| match own.get(name) {
            Some(text) => Some(Cow::Borrowed(text.as_str())),
            None => builtin(name).map(Cow::Borrowed),
        };
        let zone = detect::zone();
        let paint = |name: &str| -> Result<Paint, ThemeError> {
            let theme = Theme::load(name, &library, depth, charset)?;
            Ok(Paint::new(&theme).with_zone(zone.clone()))
        };
        let chosen = if ui.theme == AUTO {
            detect::theme()
        } else {
            &ui.theme
        };
        let fallback = paint(chosen).map_err(|error| cannot_use(chosen, &error))?;
        let mut paints = BTreeMap::new();
        for name in names().map(str::to_owned).chain(own.keys().cloned()) {
            match paint(&name) {
                Ok(paint) => drop(paints.insert(name, paint)),
                Err(error) => tracing::warn!(%error, "a theme is left out"),
            }
        }
        Ok(Self {
            paints,
            chosen: chosen.to_owned(),
            fallback,
        })
    }

    /// The name of the theme to begin with.
    pub fn chosen(&self) -> &str {
        &self.chosen
    }

    /// All names.
    pub fn names(&self) -> Vec<String> {
        self.paints.keys().cloned().collect()
    }

    /// The theme for a picture, which has a dark ground of its own: one made for a light ground gives way.
    pub fn on_dark(&self, name: &str) -> &Paint {
        let wanted = self.paint(name);
        match wanted.appearance() {
            Appearance::Any | Appearance::Dark => wanted,
            Appearance::Light => self.paint("dark"),
        }
    }

    /// A theme; the chosen one where there is none of that name.
    pub fn paint(&self, name: &str) -> &Paint {
        self.paints.get(name).unwrap_or(&self.fallback)
    }
}

fn cannot_use(name: &str, error: &ThemeError) -> Notice {
    Notice::new(
        NoticeKind::Config,
        format!("the theme `{name}` cannot be used"),
    )
    .caused_by(error)
    .hint("see what there is with: flightdeck theme list")
}
