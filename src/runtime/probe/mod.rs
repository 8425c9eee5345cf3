//! Looks at what the program rests on, one question at a time, each answer with the cure for what fails.
//!
//! Invariants: nothing is changed; what could not be asked is unknown, never well.

mod cluster;
mod metrics;
mod recorded;
mod terminal;

pub use cluster::environment;
pub use terminal::terminal;

use crate::domain::notice::{Notice, NoticeKind};
use crate::domain::text::Text;
use jiff::SignedDuration;

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// What the terminal can show.
    Terminal,
    /// The configuration.
    Config,
    /// Whether the cluster answers, and to whom.
    Cluster,
    /// What this identity may do.
    Rights,
    /// What the strategy names.
    Objects,
    /// Where the numbers come from.
    Metrics,
}

impl Area {
    /// The word in text and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Config => "config",
            Self::Cluster => "cluster",
            Self::Rights => "rights",
            Self::Objects => "objects",
            Self::Metrics => "metrics",
        }
    }
}

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Well,
    /// Not known, or nothing that stops anything.
    Unknown,
    /// It fails; the kind decides the exit code.
    Failed(NoticeKind),
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What about.
    pub area: Area,
    /// What was asked: a variable, a right, an object.
    pub name: String,
    /// How it stands.
    pub state: State,
    /// What was found.
    pub text: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The query that it is about.
    pub query: Option<Query>,
}

/// A query to who recorded the metrics, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Its text.
    pub asked: String,
    /// How many series came.
    pub series: usize,
    /// The labels of one of them, or of one that is there instead.
    pub labels: Text,
    /// The age of the newest sample; `None` where it is not known.
    pub age: Option<SignedDuration>,
}

impl Query {
    /// One that was not answered.
    fn unanswered(asked: &str) -> Self {
        Self {
            asked: asked.to_owned(),
            series: 0,
            labels: Text::default(),
            age: None,
        }
    }
}

impl Finding {
    /// Something that is as it should be.
    pub fn well(area: Area, name: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            area,
            name: name.into(),
            state: State::Well,
            text: text.into(),
            hint: None,
            query: None,
        }
    }

    /// The same, not known.
    #[must_use]
    pub fn unknown(self) -> Self {
        Self {
            state: State::Unknown,
            ..self
        }
    }

    /// The same, failed.
    #[must_use]
    pub fn failed(self, kind: NoticeKind) -> Self {
        Self {
            state: State::Failed(kind),
            ..self
        }
    }

    /// Adds the cure.
    #[must_use]
    pub fn cure(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    /// Adds the query.
    #[must_use]
    fn asked(self, query: Query) -> Self {
        Self {
            query: Some(query),
            ..self
        }
    }

    /// A trouble, with its causes in one line.
    pub fn trouble(area: Area, name: impl Into<String>, notice: &Notice) -> Self {
        let mut text = notice.summary.clone();
        for cause in &notice.chain {
            text.push_str(": ");
            text.push_str(cause);
        }
        let finding = Self::well(area, name, text).failed(notice.kind);
        match &notice.hint {
            Some(hint) => finding.cure(hint.clone()),
            None => finding,
        }
    }
}
