//! The black box of the cockpit: recent events with the model they began from.
//!
//! Folding the events into the model again gives the picture that was on the screen.

use crate::app::event::Stamped;
use crate::app::model::Model;
use crate::domain::notice::{Notice, NoticeKind};
use serde::Serialize;
use serde_json::Value;
use std::collections::VecDeque;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Events in one part; the older of two parts is dropped when the newer is full.
const PART: usize = 300;

/// Events and the model they began from.
#[derive(Debug, Serialize)]
struct Part {
    model: Model,
    events: Vec<Stamped>,
}

/// The ring.
#[derive(Debug)]
pub struct Ring {
    dir: PathBuf,
    parts: VecDeque<Part>,
}

#[derive(Serialize)]
struct Recording<'a> {
    schema: &'static str,
    version: &'static str,
    model: &'a Model,
    events: Vec<&'a Stamped>,
}

impl Ring {
    /// An empty ring; recordings go below `data_dir`.
    pub fn new(data_dir: &Path) -> Self {
        Self {
            dir: data_dir.join("recordings"),
            parts: VecDeque::new(),
        }
    }

    /// Takes an event before it is folded into `model`.
    pub fn push(&mut self, model: &Model, event: &Stamped) {
        if self
            .parts
            .back()
            .is_none_or(|part| part.events.len() >= PART)
        {
            if self.parts.len() == 2 {
                self.parts.pop_front();
            }
            self.parts.push_back(Part::begin(model));
        }
        if let Some(part) = self.parts.back_mut() {
            part.events.push(event.clone());
        }
    }

    /// Writes the recording to a new file that only its owner can read; answers its path.
    pub fn save(&self) -> Result<PathBuf, Notice> {
        self.write().map_err(|error| {
            Notice::new(
                NoticeKind::Internal,
                format!("cannot write a recording to {}", self.dir.display()),
            )
            .caused_by(&error)
        })
    }

    fn write(&self) -> io::Result<PathBuf> {
        let Some(first) = self.parts.front() else {
            return Err(io::Error::other("nothing was recorded"));
        };
        let recording = Recording {
            schema: "flightdeck.recording/1",
            version: env!("CARGO_PKG_VERSION"),
            model: &first.model,
            events: self.parts.iter().flat_map(|part| &part.events).collect(),
        };
        let mut value = serde_json::to_value(&recording)?;
        leave_out_environments(&mut value);
        std::fs::create_dir_all(&self.dir)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.dir)?;
        file.write_all(&serde_json::to_vec(&value)?)?;
        file.as_file().sync_all()?;
        let written = super::clock::now().strftime("%Y%m%dT%H%M%SZ");
        let path = self
            .dir
            .join(format!("{written}-{}.json", std::process::id()));
        file.persist(&path)?;
        Ok(path)
    }
}

impl Part {
    fn begin(model: &Model) -> Self {
        Self {
            model: model.clone(),
            events: Vec::new(),
        }
    }
}

/// Pod templates hold the values of environment variables, and these can be secrets.
fn leave_out_environments(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                match (name.as_str(), field) {
                    ("env", Value::Array(variables)) => {
                        variables.iter_mut().for_each(leave_out_value);
                    }
                    (_, field) => leave_out_environments(field),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out_environments),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn leave_out_value(variable: &mut Value) {
    if let Some(value) = variable.get_mut("value") {
        *value = Value::from("(left out)");
    }
}
