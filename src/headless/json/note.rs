//! A remark that was added.

use crate::domain::ids::Target;
use serde::Serialize;

/// `flightdeck.note/1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NoteDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// The service.
    pub service: String,
    /// The environment.
    pub environment: String,
    /// What people call the release that bears it.
    pub tag: String,
    /// The remark.
    pub text: String,
}

impl NoteDocument {
    /// A remark on the release with this tag.
    pub fn new(target: &Target, tag: &str, text: &str) -> Self {
        Self {
            schema: "flightdeck.note/1",
            service: target.service.to_string(),
            environment: target.environment.to_string(),
            tag: tag.to_owned(),
            text: text.to_owned(),
        }
    }
}
