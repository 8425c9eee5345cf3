//! `config print` and `config check`.

use super::exit;
use super::output::Output;
use crate::config::layer::{Effective, Layered};
use crate::config::settings::Origin;
use serde::Serialize;
use std::io;

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

fn document(layered: &Layered, values: &[Effective]) -> ConfigDocument {
    let (Origin::File(path) | Origin::Demo(path)) = &layered.settings.origin;
    ConfigDocument {
        schema: "flightdeck.config/1",
        file: path.display().to_string(),
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
