//! What can be wrong with a CI server or its answers, each with its own sentence and cure.

use crate::domain::feed::{FaultKind, FeedFault};
use crate::domain::notice::{Notice, NoticeKind};
use crate::domain::pipeline::{Capabilities, Command};
use crate::domain::text::Text;
use crate::sources::secret::SecretError;
use crate::sources::with_causes;
use jiff::Timestamp;
use std::error::Error;
use std::time::Duration;

/// Why a CI server was not asked, or did not answer as one.
///
/// `place` is its address, `what` the question as it follows "cannot": `list the runs of shop/checkout`.
#[derive(Debug, thiserror::Error)]
pub enum CiError {
    /// The token is not to be had.
    #[error("cannot log in to {place}")]
    Token {
        /// The server.
        place: String,
        /// Why.
        #[source]
        source: SecretError,
    },
    /// This program could not be set up to ask.
    #[error("cannot set up a connection to {place}")]
    NoClient {
        /// The server.
        place: String,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// No connection, or it broke.
    #[error("cannot {what}: cannot reach {place}")]
    Unreachable {
        /// The server.
        place: String,
        /// The question.
        what: String,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// No answer in time.
    #[error("cannot {what}: {place} gave no answer within {} s", after.as_secs())]
    TimedOut {
        /// The server.
        place: String,
        /// The question.
        what: String,
        /// The time it had.
        after: Duration,
    },
    /// 401: who asks is not known, or no longer.
    #[error("cannot {what}: {place} does not accept the token (401): {message}")]
    LoginExpired {
        /// The server.
        place: String,
        /// The question.
        what: String,
        /// What it said.
        message: Text,
    },
    /// 403: who asks may not.
    #[error("cannot {what}: the token lacks {needs}: {message}")]
    Forbidden {
        /// The server.
        place: String,
        /// The question.
        what: String,
        /// The permission that is missing, in the provider's words.
        needs: String,
        /// What it said.
        message: Text,
    },
    /// 404: not there, or not to be seen.
    #[error("cannot {what}: {place} has no such thing, or does not show it to this token (404)")]
    NotFound {
        /// The server.
        place: String,
        /// The question.
        what: String,
    },
    /// It leads to another host, which does not get the token.
    #[error("cannot {what}: {place} leads to another host, {to}, which does not get the token")]
    Redirected {
        /// The server.
        place: String,
        /// The question.
        what: String,
        /// The other host.
        to: Text,
    },
    /// Asked too often.
    #[error("cannot {what}: {place} limits how often it may be asked{}", until(*resets_at))]
    RateLimited {
        /// The server.
        place: String,
        /// The question.
        what: String,
        /// When it may be asked again, where it tells.
        resets_at: Option<Timestamp>,
    },
    /// 5xx.
    #[error("cannot {what}: {place} answered {status}: {message}")]
    ServerFault {
        /// The server.
        place: String,
        /// The question.
        what: String,
        /// The status code.
        status: u16,
        /// What it said.
        message: Text,
    },
    /// Another answer that is a no: 409 a run that cannot be cancelled any more, 422 a word it does not take.
    #[error("cannot {what}: {place} refused ({status}): {message}")]
    Refused {
        /// The server.
        place: String,
        /// The question.
        what: String,
        /// The status code.
        status: u16,
        /// What it said.
        message: Text,
    },
    /// The answer is larger than is read.
    #[error("cannot {what}: the answer of {place} is larger than {} MiB", most / 1024 / 1024)]
    TooLong {
        /// The server.
        place: String,
        /// The question.
        what: String,
        /// The most that is read, in bytes.
        most: u64,
    },
    /// An answer that makes no sense.
    #[error("cannot {what}: the answer of {place} makes no sense")]
    Decode {
        /// The server.
        place: String,
        /// The question.
        what: String,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The provider has no such thing.
    #[error("cannot {what} {place}: {reason}")]
    Unable {
        /// The provider.
        place: String,
        /// The question.
        what: String,
        /// Why.
        reason: String,
    },
}

impl CiError {
    /// What `command` cannot do to `place` by the provider's own `capabilities`.
    pub(super) fn unable(command: &Command, capabilities: &Capabilities, place: String) -> Self {
        let ability = command.ability(capabilities);
        Self::Unable {
            place,
            what: command.verb().to_owned(),
            reason: ability.refusal().unwrap_or("it cannot be done").to_owned(),
        }
    }

    /// The failure as the feed tells it: kind, text with its causes, what to do next.
    pub fn fault(&self) -> FeedFault {
        FeedFault {
            kind: self.kind(),
            text: with_causes(self),
            hint: Some(Text::new(self.hint())),
        }
    }

    /// The failure as a command's answer.
    pub fn notice(&self) -> Notice {
        let kind = match self.kind() {
            FaultKind::Forbidden => NoticeKind::Forbidden,
            FaultKind::Unreachable | FaultKind::LoginExpired | FaultKind::Garbled => {
                NoticeKind::Unreachable
            }
            FaultKind::Missing => NoticeKind::Refused,
        };
        let mut notice = Notice::new(kind, self.to_string());
        if let Some(source) = self.source() {
            notice = notice.caused_by(source);
        }
        notice.hint(self.hint())
    }

    /// Whether asking again later can help.
    pub fn passes(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::RateLimited { .. }
            | Self::ServerFault { .. } => true,
            Self::Token { .. }
            | Self::NoClient { .. }
            | Self::LoginExpired { .. }
            | Self::Forbidden { .. }
            | Self::NotFound { .. }
            | Self::Redirected { .. }
            | Self::Refused { .. }
            | Self::TooLong { .. }
            | Self::Decode { .. }
            | Self::Unable { .. } => false,
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::LoginExpired { .. } => FaultKind::LoginExpired,
            Self::Forbidden { .. } => FaultKind::Forbidden,
            Self::Token { .. }
            | Self::NotFound { .. }
            | Self::Unable { .. }
            | Self::Refused { .. } => FaultKind::Missing,
            Self::Decode { .. } | Self::TooLong { .. } | Self::Redirected { .. } => {
                FaultKind::Garbled
            }
            Self::NoClient { .. }
            | Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::RateLimited { .. }
            | Self::ServerFault { .. } => FaultKind::Unreachable,
        }
    }

    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::Token { source, .. } => source.hint(),
            Self::NoClient { .. } => "check the proxy variables and the system's certificates".to_owned(),
            Self::Unreachable { .. } | Self::TimedOut { .. } => {
                "check the url below [ci] in the config, and that the server runs; it is asked again".to_owned()
            }
            Self::LoginExpired { .. } => "renew the token that [ci] in the config refers to".to_owned(),
            Self::Forbidden { needs, .. } => format!("give the token {needs}"),
            Self::NotFound { .. } => {
                "check project of the service in the config; a private one looks like this to a token that may not see it".to_owned()
            }
            Self::Redirected { .. } => {
                "was the project renamed or moved? name its new place in the config".to_owned()
            }
            Self::RateLimited { .. } => {
                "it is asked again then; other programs that use the same login count too".to_owned()
            }
            Self::ServerFault { .. } => "it is asked again; see the server's status page".to_owned(),
            Self::Refused { .. } => "look at the run as it stands now".to_owned(),
            Self::TooLong { .. } => "narrow it: name a branch in the config".to_owned(),
            Self::Decode { .. } => {
                "check provider and url below [ci] in the config: another server may answer there".to_owned()
            }
            Self::Unable { .. } => "use the provider's own page for it".to_owned(),
        }
    }
}

fn until(resets_at: Option<Timestamp>) -> String {
    resets_at.map_or_else(String::new, |at| {
        format!("; again at {}", at.strftime("%H:%M:%SZ"))
    })
}
