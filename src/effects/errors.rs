//! What can go wrong while acting, and what it means for the plan.

use crate::domain::notice::{Notice, NoticeKind};
use crate::domain::outcome::End;
use crate::domain::text::Text;
use crate::record::journal::JournalError;
use crate::sources::cluster::ClusterError;
use crate::sources::cluster::errors::{Attempt, Cause};
use std::error::Error;

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub enum EffectError {
    /// A call to the API server failed.
    #[error("{}", call_words(.attempt, .who, .source))]
    Call {
        /// What was attempted.
        attempt: Box<Attempt>,
        /// As whom.
        who: String,
        /// Why it failed.
        #[source]
        source: Cause,
    },
    /// The environment could not be read.
    #[error(transparent)]
    Observe(Box<ClusterError>),
    /// The journal could not be flushed.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The task that writes the journal ended without an answer.
    #[error("the task that writes the journal was ended")]
    JournalTask(#[source] tokio::task::JoinError),
    /// The record is there and this version cannot read it, so it is not overwritten.
    #[error("the record cannot be read by this version, so it is not written: {}", .0.shown())]
    RecordUnreadable(Text),
    /// The record could not be put into JSON.
    #[error("the record could not be put into JSON")]
    Encode(#[source] serde_json::Error),
    /// The record changed each time it was to be written.
    #[error("the record was changed by others each of {0} times that it was to be written")]
    Contended(u32),
}

fn call_words(attempt: &Attempt, who: &str, cause: &Cause) -> String {
    match cause {
        Cause::Forbidden(_) => format!("{} may not {attempt}", Text::new(who).shown()),
        Cause::LoginExpired
        | Cause::NoCredentials
        | Cause::Missing
        | Cause::Expired
        | Cause::Answered { .. }
        | Cause::Unreachable(_)
        | Cause::Silent(_)
        | Cause::Garbled(_) => format!("cannot {attempt}"),
    }
}

impl EffectError {
    fn cause(&self) -> Option<&Cause> {
        match self {
            Self::Call { source, .. } => Some(source),
            Self::Observe(error) => ClusterError::cause(error),
            Self::Journal(_)
            | Self::JournalTask(_)
            | Self::RecordUnreadable(_)
            | Self::Encode(_)
            | Self::Contended(_) => None,
        }
    }

    /// The object changed, or is there already (409).
    pub(super) fn is_conflict(&self) -> bool {
        matches!(self.cause(), Some(Cause::Answered { code: 409, .. }))
    }

    /// The object is not there.
    pub(super) fn is_missing(&self) -> bool {
        matches!(self.cause(), Some(Cause::Missing))
    }

    /// It may work when asked again in a moment.
    pub(super) fn is_passing(&self) -> bool {
        match self.cause() {
            Some(Cause::Unreachable(_) | Cause::Silent(_)) => true,
            Some(Cause::Answered { code, .. }) => *code == 429 || *code >= 500,
            Some(
                Cause::LoginExpired
                | Cause::NoCredentials
                | Cause::Forbidden(_)
                | Cause::Missing
                | Cause::Expired
                | Cause::Garbled(_),
            )
            | None => false,
        }
    }

    /// A write that ended so may nevertheless have been carried out.
    pub(super) fn is_lost(&self) -> bool {
        match self.cause() {
            Some(Cause::Unreachable(_) | Cause::Silent(_) | Cause::Garbled(_)) => true,
            Some(Cause::Answered { code, .. }) => *code >= 500,
            Some(
                Cause::LoginExpired
                | Cause::NoCredentials
                | Cause::Forbidden(_)
                | Cause::Missing
                | Cause::Expired,
            )
            | None => false,
        }
    }

    /// A write that ended so is settled by looking at the object: it was refused for what the object is, or its answer
    /// was lost.
    pub(super) fn is_open(&self) -> bool {
        self.is_lost()
            || self.is_passing()
            || matches!(
                self.cause(),
                Some(Cause::Answered {
                    code: 409 | 422,
                    ..
                })
            )
    }

    /// One line with all causes.
    pub(super) fn sentence(&self) -> String {
        let mut line = self.to_string();
        let mut next = self.source();
        while let Some(cause) = next {
            let told = cause.to_string();
            if !line.contains(&told) {
                line = format!("{line}: {told}");
            }
            next = cause.source();
        }
        line
    }

    /// How a plan ends that stops for it.
    pub(super) fn end(&self) -> End {
        let sentence = self.sentence();
        match self.cause() {
            Some(Cause::Forbidden(_)) => End::Forbidden(sentence),
            Some(Cause::Missing | Cause::Answered { code: 409, .. }) => End::WorldMoved(sentence),
            Some(Cause::Answered { code, .. }) if *code < 500 && *code != 429 => {
                End::Fault(sentence)
            }
            Some(
                Cause::LoginExpired
                | Cause::NoCredentials
                | Cause::Expired
                | Cause::Answered { .. }
                | Cause::Unreachable(_)
                | Cause::Silent(_)
                | Cause::Garbled(_),
            ) => End::Unreachable(sentence),
            None => match self {
                Self::Observe(_) | Self::RecordUnreadable(_) | Self::Contended(_) => {
                    End::WorldMoved(sentence)
                }
                Self::Call { .. } | Self::Journal(_) | Self::JournalTask(_) | Self::Encode(_) => {
                    End::Fault(sentence)
                }
            },
        }
    }
}

impl From<&EffectError> for Notice {
    fn from(error: &EffectError) -> Self {
        if let EffectError::Observe(cluster) = error {
            return Self::from(cluster.as_ref());
        }
        let kind = match error.end() {
            End::Forbidden(_) => NoticeKind::Forbidden,
            End::Unreachable(_) => NoticeKind::Unreachable,
            End::WorldMoved(_) => NoticeKind::Conflict,
            End::Done | End::NotProven(_) | End::Bad(_) | End::Stopped(_) | End::Fault(_) => {
                NoticeKind::Internal
            }
        };
        let notice = Self::new(kind, error.to_string());
        match error.source() {
            Some(source) => notice.caused_by(source),
            None => notice,
        }
    }
}
