//! A trouble.

use crate::domain::notice::{Notice, NoticeKind};
use crate::headless::exit;
use serde::Serialize;

/// `flightdeck.error/1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// What kind of trouble.
    pub kind: NoticeKind,
    /// One sentence.
    pub summary: String,
    /// The causes, outermost first.
    pub chain: Vec<String>,
    /// What to do next.
    pub hint: Option<String>,
    /// The exit code that goes with it.
    pub exit_code: u8,
}

impl ErrorDocument {
    /// The document of a trouble.
    pub fn new(notice: &Notice) -> Self {
        Self {
            schema: "flightdeck.error/1",
            kind: notice.kind,
            summary: notice.summary.clone(),
            chain: notice.chain.clone(),
            hint: notice.hint.clone(),
            exit_code: exit::of_notice(notice.kind),
        }
    }
}
