//! `config print`, `config check` and `config init`.

use super::exit;
use super::output::Output;
use crate::config::guess::{Guess, written};
use crate::config::layer::{Effective, Layered};
use crate::config::places;
use serde::Serialize;
use std::io;
use std::path::{Path, PathBuf};

/// `flightdeck.config/1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConfigDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// The file.
    pub file: String,
    /// Every value in effect; of `config check`: none.
    pub values: Vec<ConfigValue>,
}

/// A value in effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConfigValue {
    /// The key's path.
    pub key: String,
    /// As it would be written in the file.
    pub value: Option<String>,
    /// `default`, `file`, or the flag or variable that set it.
    pub from: &'static str,
}

/// Prints each value and where it came from.
pub fn print(layered: &Layered, output: &mut Output<'_>) -> io::Result<u8> {
    let document = document(layered, &layered.values);
    output.print(&document, |document| {
        let mut lines = vec![format!("# {}", document.file)];
        lines.extend(document.values.iter().map(|value| match &value.value {
            Some(text) => format!("{} = {text}  # {}", value.key, value.from),
            None => format!("# {} is not set", value.key),
        }));
        lines
    })?;
    Ok(exit::DONE)
}

/// Says that a config that was read has no mistake.
pub fn check(layered: &Layered, output: &mut Output<'_>) -> io::Result<u8> {
    let targets = layered.settings.targets().count();
    output.print(&document(layered, &[]), |document| {
        vec![format!(
            "{} is well formed: {targets} environments",
            document.file
        )]
    })?;
    Ok(exit::DONE)
}

/// Writes `guess` down as the config at `path`, where none is yet.
pub fn init(path: &Path, guess: &Guess, output: &mut Output<'_>) -> Result<u8, InitError> {
    let text = written(std::slice::from_ref(guess));
    places::write_first(path, &text).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => InitError::There(path.to_owned()),
        _ => InitError::Unwritten(path.to_owned(), error),
    })?;
    let document = InitDocument {
        schema: "flightdeck.config/1",
        file: path.display().to_string(),
        service: guess.service.clone(),
        environment: guess.environment.clone(),
    };
    output.print(&document, |document| {
        vec![
            format!("{} written", document.file),
            format!(
                "read it, then: flightdeck doctor {} -e {}",
                document.service, document.environment
            ),
        ]
    })?;
    Ok(exit::DONE)
}

/// What `config init` wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InitDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// The file.
    pub file: String,
    /// The service in it.
    pub service: String,
    /// Its environment.
    pub environment: String,
}

/// Why no config was written.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// One is there.
    #[error("there is a config already at {}; nothing was written", .0.display())]
    There(PathBuf),
    /// The place refused it.
    #[error("the config cannot be written to {}", .0.display())]
    Unwritten(PathBuf, #[source] io::Error),
    /// It was written, and nobody reads the output.
    #[error(transparent)]
    Output(#[from] io::Error),
}

fn document(layered: &Layered, values: &[Effective]) -> ConfigDocument {
    ConfigDocument {
        schema: "flightdeck.config/1",
        file: layered.settings.origin.path().display().to_string(),
        values: values
            .iter()
            .map(|value| ConfigValue {
                key: value.key.clone(),
                value: value.value.clone(),
                from: value.from,
            })
            .collect(),
    }
}
