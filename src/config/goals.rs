//! `[….goals]` as it may be written, and what is in effect.

use super::document::{Reader, Written};
use super::file;
use super::layer::Stack;
use super::rules;
use crate::domain::goals::Goals as Settled;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The highest 95th percentile of the response time, where none is written.
pub(super) const P95: Duration = Duration::from_millis(500);

/// `[….goals]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Goals {
    /// `error_share`.
    pub error_share: Option<Written<f64>>,
    /// `p95`.
    pub p95: Option<Written<Duration>>,
    /// `min_requests`.
    pub min_requests: Option<Written<u64>>,
    /// `cpu_tolerance`.
    pub cpu_tolerance: Option<Written<f64>>,
}

impl Goals {
    pub(super) fn read(reader: &mut Reader<'_, '_>) -> Self {
        let goals = Self {
            error_share: reader.optional("error_share", rules::number(0.0..=1.0)),
            p95: reader.optional("p95", rules::duration(Duration::from_millis(1), DAY)),
            min_requests: reader.optional("min_requests", rules::whole(1..=u64::MAX)),
            cpu_tolerance: reader.optional("cpu_tolerance", rules::number(0.0..=100.0)),
        };
        reader.refuse_others();
        goals
    }
}

impl Stack<'_> {
    /// The goals and what a finding comes to.
    pub(super) fn goals(&mut self, at: &str, file: &file::Environment) -> Settled {
        let goals = &file.goals;
        let key = |key: &str| format!("{at}.goals.{key}");
        Settled {
            error_share: self.set(&key("error_share"), goals.error_share.as_ref(), 0.01),
            p95: self.set(&key("p95"), goals.p95.as_ref(), P95),
            min_requests: self.set(&key("min_requests"), goals.min_requests.as_ref(), 500),
            cpu_tolerance: self.maybe(&key("cpu_tolerance"), None, goals.cpu_tolerance.as_ref()),
            guardrails: self.guardrails(&format!("{at}.guardrails"), &file.guardrails),
        }
    }
}
