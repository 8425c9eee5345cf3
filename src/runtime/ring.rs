//! The black box of the cockpit: recent events with the model they began from.
//!
//! Folding the events into the model again gives the picture that was on the screen.

use super::recording::{SCHEMA, VERSION, Written};
use crate::app::event::{Event, Stamped};
use crate::app::model::Model;
use crate::domain::event::SourceEvent;
use crate::domain::notice::{Notice, NoticeKind};
use crate::domain::pod_log::PodLogPiece;
use serde_json::Value;
use std::collections::{HashMap, VecDeque};
use std::io::{self, Write as _};
use std::path::PathBuf;

/// Events in one part; the older of two parts is dropped when the newer is full.
const PART: usize = 300;

/// Events and the model they began from.
#[derive(Debug)]
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

impl Ring {
    /// An empty ring; recordings go to `dir`.
    pub fn new(dir: PathBuf) -> Self {
        Self {
            dir,
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
            part.events.push(kept(event));
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
        let recording = Written {
            schema: SCHEMA,
            version: VERSION,
            model: &first.model,
            events: self.parts.iter().flat_map(|part| &part.events).collect(),
        };
        let mut value = serde_json::to_value(&recording)?;
        Omission::default().environments(&mut value);
        std::fs::create_dir_all(&self.dir)?;
        let name = super::clock::now().strftime("flightdeck-%Y%m%dT%H%M%SZ-");
        let mut file = tempfile::Builder::new()
            .prefix(&name.to_string())
            .suffix(".json")
            .tempfile_in(&self.dir)?;
        file.write_all(&serde_json::to_vec(&value)?)?;
        file.as_file().sync_all()?;
        let (_, path) = file.keep()?;
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

/// A paste never does anything: what was in somebody's clipboard is not kept. What a service prints is its own, and may hold
/// anything.
fn kept(event: &Stamped) -> Stamped {
    match &event.event {
        Event::Pasted(_) => Event::Pasted(String::new()).at(event.at),
        Event::Source(SourceEvent::PodLogRead(target, focus, Ok(piece))) => {
            let unread = PodLogPiece {
                lines: Vec::new(),
                others: Vec::new(),
                ..piece.clone()
            };
            let read = SourceEvent::PodLogRead(target.clone(), *focus, Ok(unread));
            Event::Source(read).at(event.at)
        }
        Event::Ticked
        | Event::KeyPressed(_)
        | Event::Resized(..)
        | Event::ScreenSpoilt
        | Event::Wanted(_)
        | Event::Source(_)
        | Event::Effect(_) => event.clone(),
    }
}

/// Pod templates hold the values of environment variables, and these can be secrets. Each value gets a number in its place,
/// equal ones the same: two templates that differed still do.
#[derive(Default)]
struct Omission {
    numbers: HashMap<String, usize>,
}

impl Omission {
    fn environments(&mut self, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, field) in fields.iter_mut() {
                    match (name.as_str(), field) {
                        ("env", Value::Array(variables)) => {
                            for variable in variables {
                                self.variable(variable);
                            }
                        }
                        (_, field) => self.environments(field),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.environments(item)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn variable(&mut self, variable: &mut Value) {
        if let Some(value) = variable.get_mut("value") {
            let next = self.numbers.len() + 1;
            let number = *self.numbers.entry(value.to_string()).or_insert(next);
            *value = Value::from(format!("(left out {number})"));
        }
    }
}
