//! A live source and how far it can be trusted.

use crate::domain::text::Text;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Which feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedName {
    /// The Kubernetes objects.
    Cluster,
    /// The pods' metrics.
    Metrics,
    /// The pipeline.
    Ci,
}

impl FeedName {
    /// The word on the screen and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Metrics => "metrics",
            Self::Ci => "ci",
        }
    }
}

/// How a live source stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedState {
    /// Nothing has come yet, nothing has failed yet.
    Starting,
    /// News within the expected time.
    Live,
    /// The last news is older than expected.
    Stale,
    /// The source failed, and says why.
    Down,
    /// The login has expired.
    LoginExpired,
}

impl FeedState {
    /// The word on the screen and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Live => "live",
            Self::Stale => "stale",
            Self::Down => "down",
            Self::LoginExpired => "login_expired",
        }
    }
}

/// Why a source failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedFault {
    /// What kind of failure.
    pub kind: FaultKind,
    /// What was attempted, on what, and why it failed.
    pub text: Text,
    /// What to do next.
    pub hint: Option<Text>,
}

/// Kinds of failure that call for different cures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// No connection, no answer in time, or an answer 5xx.
    Unreachable,
    /// 401.
    LoginExpired,
    /// 403.
    Forbidden,
    /// The object or series is not there.
    Missing,
    /// An answer that makes no sense.
    Garbled,
}

/// The last value of a source, when it came, and what went wrong since.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Feed<T> {
    /// The last value.
    pub value: Option<T>,
    /// When the source last proved to be alive (news, or a bookmark).
    pub seen_at: Option<Timestamp>,
    /// What failed since then.
    pub fault: Option<FeedFault>,
    /// Older than this is stale.
    pub stale_after: SignedDuration,
}

impl<T> Feed<T> {
    /// A feed from which nothing has come.
    pub fn new(stale_after: SignedDuration) -> Self {
        Self {
            value: None,
            seen_at: None,
            fault: None,
            stale_after,
        }
    }

    /// Takes a new value.
    pub fn take(&mut self, value: T, at: Timestamp) {
        self.value = Some(value);
        self.touch(at);
    }

    /// Takes a sign of life without news.
    pub fn touch(&mut self, at: Timestamp) {
        self.seen_at = self.seen_at.max(Some(at));
        self.fault = None;
    }

    /// Takes a failure; the last value stays.
    pub fn fail(&mut self, fault: FeedFault) {
        self.fault = Some(fault);
    }

    /// How it stands at `now`.
    pub fn state(&self, now: Timestamp) -> FeedState {
        match (&self.fault, self.seen_at) {
            (Some(fault), _) if fault.kind == FaultKind::LoginExpired => FeedState::LoginExpired,
            (Some(_), _) => FeedState::Down,
            (None, None) => FeedState::Starting,
            (None, Some(seen)) if now.duration_since(seen) > self.stale_after => FeedState::Stale,
            (None, Some(_)) => FeedState::Live,
        }
    }

    /// How old the last sign of life is at `now`.
    pub fn age(&self, now: Timestamp) -> Option<SignedDuration> {
        self.seen_at
            .map(|seen| now.duration_since(seen).max(SignedDuration::ZERO))
    }

    /// The value while the source is live; stale and unknown values are not good enough to act on.
    pub fn live(&self, now: Timestamp) -> Option<&T> {
        match self.state(now) {
            FeedState::Live => self.value.as_ref(),
            FeedState::Starting | FeedState::Stale | FeedState::Down | FeedState::LoginExpired => {
                None
            }
        }
    }
}
