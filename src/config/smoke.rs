//! `[….smoke]`: what may be written of a smoke test. The table's presence makes the test part of the proof of a good release.

use super::document::{Reader, Written};
use super::rules;
use std::time::Duration;

/// `[….smoke]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Smoke {
    /// `url`.
    pub url: Option<Written<String>>,
    /// `service`.
    pub service: Option<Written<String>>,
    /// `port`.
    pub port: Option<Written<String>>,
    /// `health`.
    pub health: Option<Written<String>>,
    /// `sample`.
    pub sample: Option<Written<String>>,
    /// `requests`.
    pub requests: Option<Written<u64>>,
    /// `p95`.
    pub p95: Option<Written<Duration>>,
}

const MILLISECOND: Duration = Duration::from_millis(1);
const MINUTE: Duration = Duration::from_secs(60);

impl Smoke {
    pub(super) fn read(reader: &mut Reader<'_, '_>) -> Self {
        let smoke = Self {
            url: reader.optional("url", rules::url),
            service: reader.optional("service", rules::object),
            port: reader.optional("port", rules::service_port),
            health: reader.optional("health", rules::http_path),
            sample: reader.optional("sample", rules::http_path),
            requests: reader.optional("requests", rules::whole(1..=1000)),
            p95: reader.optional("p95", rules::duration(MILLISECOND, MINUTE)),
        };
        reader.refuse_others();
        smoke
    }
}
