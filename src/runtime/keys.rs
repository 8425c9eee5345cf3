//! The keys in effect: as shipped, with those of `keys.toml` in their place.

use crate::app::keymap::Keymap;
use crate::app::remap::parse;
use crate::config::places;
use crate::config::settings::Origin;

/// Why a `keys.toml` is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place} has {}", mistakes(.lines.len()))]
pub struct KeysFault {
    /// The file.
    pub place: String,
    /// Every mistake, with its line.
    pub lines: Vec<String>,
}

/// Reads the `keys.toml` beside the config, where there is one.
pub fn load(origin: &Origin) -> Result<Keymap, KeysFault> {
    match places::keys(origin) {
        Ok(None) => Ok(Keymap::default()),
        Ok(Some((path, text))) => parse(&text).map_err(|faults| KeysFault {
            place: path.display().to_string(),
            lines: faults.iter().map(ToString::to_string).collect(),
        }),
        Err((path, error)) => Err(KeysFault {
            place: path.display().to_string(),
            lines: vec![format!("cannot be read: {error}")],
        }),
    }
}

fn mistakes(count: usize) -> String {
    if count == 1 {
        "a mistake".to_owned()
    } else {
        format!("{count} mistakes")
    }
}
