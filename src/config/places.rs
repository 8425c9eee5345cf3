//! Where a config is looked for, and reading it: the only part of this module that touches the disk.

use super::document::Written;
use super::fault::{Fault, Faults, nearest};
use super::file::File;
use super::layer::{Layered, Overrides, Surroundings, layer};
use super::settings::Origin;
use super::theme;
use directories::{BaseDirs, ProjectDirs};
use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Names the config where `--config` does not.
pub const VARIABLE: &str = "FLIGHTDECK_CONFIG";

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// None of the places has one.
    #[error("there is no config; looked for {}", list(.0))]
    Nowhere(Vec<PathBuf>),
    /// It is there, or was named, and cannot be read.
    #[error("the config {path} cannot be read", path = .0.display())]
    Unreadable(PathBuf, #[source] io::Error),
    /// What stands in it is not a config.
    #[error(transparent)]
    Wrong(#[from] Faults),
    /// The platform tells no home directory, so that there is no place for data.
    #[error(
        "there is no home directory, so no place for data; set data.dir in the config and name it with --config"
    )]
    Homeless,
}

/// Reads the config: the named one (by flag or [`VARIABLE`]), else that of the platform's directory.
pub fn load(named: Option<&Path>, over: &Overrides) -> Result<Layered, ConfigError> {
    let path = locate(named)?;
    read(Origin::File(absolute(&path)), over)
}

/// Reads the demo world's config: nothing of the user's is looked at.
pub fn load_demo(path: &Path, over: &Overrides) -> Result<Layered, ConfigError> {
    read(Origin::Demo(absolute(path)), over)
}

/// The themes of the folder `themes` beside the config, by name; of the demo world none.
pub fn themes(origin: &Origin) -> BTreeMap<String, String> {
    let Some(files) = beside(origin, "themes").and_then(|dir| std::fs::read_dir(dir).ok()) else {
        return BTreeMap::new();
    };
    let theme = |path: PathBuf| {
        let name = path
            .file_name()?
            .to_str()?
            .strip_suffix(".toml")?
            .to_owned();
        Some((name, std::fs::read_to_string(path).ok()?))
    };
    files.filter_map(|file| theme(file.ok()?.path())).collect()
}

/// The text of `keys.toml` beside the config and its place; `None` where there is none, as in the demo world.
pub fn keys(origin: &Origin) -> Result<Option<(PathBuf, String)>, (PathBuf, io::Error)> {
    let Some(path) = beside(origin, super::keys::FILE) else {
        return Ok(None);
    };
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some((path, text))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err((path, error)),
    }
}

fn beside(origin: &Origin, name: &str) -> Option<PathBuf> {
    match origin {
        // A guess counts as lying where it would be written.
        Origin::File(path) | Origin::Guessed(path) => Some(path.parent()?.join(name)),
        Origin::Demo(_) => None,
    }
}

/// Reads `text`, which nobody has written down yet; paths in it would be relative to where it would lie.
pub fn load_guessed(text: &str, over: &Overrides) -> Result<Layered, ConfigError> {
    let path = usual().ok_or(ConfigError::Homeless)?;
    take(Origin::Guessed(path), text, over)
}

/// The config of the platform's directory, whether it exists or not.
pub fn usual() -> Option<PathBuf> {
    project().map(|dirs| dirs.config_dir().join("config.toml"))
}

/// Writes a first config, making its directory; never over a file that is there.
pub fn write_first(path: &Path, text: &str) -> io::Result<()> {
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    let mut file = std::fs::File::create_new(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn read(origin: Origin, over: &Overrides) -> Result<Layered, ConfigError> {
    let path = origin.path();
    let text = std::fs::read_to_string(path)
        .map_err(|error| ConfigError::Unreadable(path.to_owned(), error))?;
    take(origin, &text, over)
}

fn take(origin: Origin, text: &str, over: &Overrides) -> Result<Layered, ConfigError> {
    let file = File::parse(origin.path(), text)?;
    if let Some(theme) = &file.ui.theme {
        known_theme(&origin, text, theme)?;
    }
    let data_dir = match (
        project().map(|dirs| dirs.data_dir().to_owned()),
        &file.data_dir,
    ) {
        (Some(dir), _) => dir,
        (None, Some(_)) => PathBuf::new(),
        (None, None) => return Err(ConfigError::Homeless),
    };
    let around = Surroundings {
        home: BaseDirs::new().map(|dirs| dirs.home_dir().to_owned()),
        data_dir,
        origin,
    };
    Ok(layer(&file, over, &around))
}

/// A theme that is neither compiled in nor in the folder is a mistake of the config.
fn known_theme(origin: &Origin, text: &str, wanted: &Written<String>) -> Result<(), Faults> {
    let path = origin.path();
    let own = themes(origin);
    let shipped = theme::names().chain([theme::AUTO]).map(str::to_owned);
    let known: Vec<String> = shipped.chain(own.into_keys()).collect();
    if known.contains(&wanted.value) {
        return Ok(());
    }
    let near = nearest(&wanted.value, known.iter().map(String::as_str))
        .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    let fault = Fault {
        at: wanted.at,
        key: "ui.theme".to_owned(),
        text: format!(
            "there is no theme \"{}\"{near}; there are {}",
            wanted.value,
            known.join(", ")
        ),
    };
    Err(Faults::new(path, text, vec![fault]))
}

/// Where the config is or would be, for what lies beside it.
pub fn origin(named: Option<&Path>) -> Option<Origin> {
    let path = match named {
        Some(path) => path.to_owned(),
        None => project()?.config_dir().join("config.toml"),
    };
    Some(Origin::File(absolute(&path)))
}

fn locate(named: Option<&Path>) -> Result<PathBuf, ConfigError> {
    if let Some(path) = named.filter(|path| !path.as_os_str().is_empty()) {
        return Ok(path.to_owned());
    }
    match usual() {
        Some(path) if path.exists() => Ok(path),
        path => Err(ConfigError::Nowhere(path.into_iter().collect())),
    }
}

fn project() -> Option<ProjectDirs> {
    ProjectDirs::from("dev", "flightdeck", "flightdeck")
}

/// Lines of the log and errors name a place that holds in any directory.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

fn list(searched: &[PathBuf]) -> String {
    let mut places = vec!["--config FILE".to_owned(), format!("${VARIABLE}")];
    places.extend(searched.iter().map(|path| path.display().to_string()));
    places.join(", ")
}
