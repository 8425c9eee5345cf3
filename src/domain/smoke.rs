//! A smoke test: a few requests that a release must answer well before anybody relies on it.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What is asked, and what is expected of the answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmokeTest {
    /// Where the requests go.
    pub place: SmokePlace,
    /// Path that must answer 2xx.
    pub health: String,
    /// Path of the endpoint that stands for all others; the health path where none is named.
    pub sample: Option<String>,
    /// How often the sample is asked, one request after the other.
    pub requests: u32,
    /// The 95th percentile of these answers' times must not exceed this.
    pub p95: Duration,
}

/// Where the requests of a smoke test go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmokePlace {
    /// To a URL, which the paths are appended to.
    Url(String),
    /// To a Service of the environment's namespace, through the API server.
    Service(SmokeService),
}

/// A Service that a smoke test asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmokeService {
    /// Its name; `None`: the one of the pods in question.
    pub name: Option<String>,
    /// Its port's number or name; `None`: the only one it has.
    pub port: Option<String>,
}

/// Requests after which a quick p95 says something.
pub const REQUESTS: u32 = 20;

/// The path that is asked for health where nothing else is said.
pub const HEALTH: &str = "/healthz";

/// One in so many requests to the sample may fail: at a usual error share a single failure among a few says nothing.
const FAILURES: u32 = 10;

impl SmokeTest {
    /// The health path of a Service alone: what is asked where nothing is configured.
    pub fn plain(p95: Duration) -> Self {
        Self {
            place: SmokePlace::Service(SmokeService::default()),
            health: HEALTH.to_owned(),
            sample: None,
            requests: REQUESTS,
            p95,
        }
    }

    /// The same test at a health check's own URL; its other paths hang on the same server.
    #[must_use]
    pub fn at_url(self, url: &str) -> Self {
        let url = url.trim_end_matches('/');
        let path = url.find("://").and_then(|scheme| {
            let rest = scheme + 3;
            url[rest..].find('/').map(|slash| rest + slash)
        });
        let (base, health) = match path {
            Some(at) => (url[..at].to_owned(), url[at..].to_owned()),
            None => (url.to_owned(), self.health),
        };
        Self {
            place: SmokePlace::Url(base),
            health,
            ..self
        }
    }

    /// The same test of the pods behind `service`, where it does not say where else it goes.
    #[must_use]
    pub fn of_service(self, service: &str) -> Self {
        let place = match self.place {
            SmokePlace::Service(SmokeService { name: None, port }) => {
                SmokePlace::Service(SmokeService {
                    name: Some(service.to_owned()),
                    port,
                })
            }
            place @ (SmokePlace::Url(_) | SmokePlace::Service(_)) => place,
        };
        Self { place, ..self }
    }

    /// Whether it needs to be told a Service.
    pub fn lacks_a_service(&self) -> bool {
        match &self.place {
            SmokePlace::Url(_) => false,
            SmokePlace::Service(service) => service.name.is_none(),
        }
    }

    /// The path that is asked often.
    pub fn sample(&self) -> &str {
        self.sample.as_deref().unwrap_or(&self.health)
    }

    /// Failed requests to the sample that are still accepted.
    pub fn failures(&self) -> u32 {
        self.requests / FAILURES
    }
}

impl SmokePlace {
    /// `https://checkout.example.com`, or `service/checkout`.
    pub fn text(&self) -> String {
        match self {
            Self::Url(url) => url.clone(),
            Self::Service(SmokeService { name, port }) => {
                let name = name.as_deref().unwrap_or("?");
                match port {
                    Some(port) => format!("service/{name}:{port}"),
                    None => format!("service/{name}"),
                }
            }
        }
    }
}

/// How a smoke test went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SmokeReport {
    /// Every check that was made, in order; the first one that failed is the last.
    pub checks: Vec<SmokeCheck>,
    /// Requests to the sample.
    pub requests: u32,
    /// The 95th percentile of their times in seconds; `None` where it was not measured.
    pub p95_s: Option<f64>,
}

/// One check of a smoke test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmokeCheck {
    /// `health`, `sample`, `p95`.
    pub check: String,
    /// Whether it passed.
    pub ok: bool,
    /// What was seen, with numbers.
    pub text: String,
}

impl SmokeReport {
    /// What failed first; `None`: it passed.
    pub fn failure(&self) -> Option<&str> {
        let failed = self.checks.iter().find(|check| !check.ok);
        failed.map(|check| check.text.as_str())
    }

    /// All that was seen, on one line.
    pub fn line(&self) -> String {
        let texts: Vec<&str> = self
            .checks
            .iter()
            .map(|check| check.text.as_str())
            .collect();
        texts.join(", ")
    }
}
