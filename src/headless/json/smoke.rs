//! How a smoke test went.

use super::super::exit;
use crate::domain::ids::Target;
use crate::domain::smoke::{SmokeCheck, SmokeReport, SmokeTest};
use jiff::Timestamp;
use serde::Serialize;

/// `flightdeck.smoke/1`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SmokeDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// When it ended.
    pub at: Timestamp,
    /// The service.
    pub service: String,
    /// The environment.
    pub environment: String,
    /// Where the requests went: a URL, or `service/NAME`.
    pub place: String,
    /// Every check that was made, in order.
    pub checks: Vec<SmokeCheck>,
    /// Requests to the sample.
    pub requests: u32,
    /// The 95th percentile of their times in seconds.
    pub p95_s: Option<f64>,
    /// Whether all checks passed.
    pub passed: bool,
    /// The command's exit code.
    pub exit_code: u8,
}

impl SmokeDocument {
    /// The document of a test that was carried out at `at`.
    pub fn new(target: &Target, test: &SmokeTest, report: SmokeReport, at: Timestamp) -> Self {
        let passed = report.failure().is_none();
        Self {
            schema: "flightdeck.smoke/1",
            at,
            service: target.service.to_string(),
            environment: target.environment.to_string(),
            place: test.place.text(),
            requests: report.requests,
            p95_s: report.p95_s,
            checks: report.checks,
            passed,
            exit_code: if passed { exit::DONE } else { exit::BAD },
        }
    }
}
