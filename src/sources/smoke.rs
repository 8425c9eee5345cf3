//! Carries out a smoke test: by its URL, or through the API server's service proxy.
//!
//! Invariants: a server that refuses, hangs or answers an error has failed the test; only the cluster's own refusal to pass the
//! requests on is an error of the asking. Requests are sent one after the other, so that the test is no load.

use super::cluster::ClusterError;
use super::cluster::errors::{Attempt, Cause, server_word};
use crate::domain::smoke::{SmokeCheck, SmokePlace, SmokeReport, SmokeService, SmokeTest};
use crate::domain::text::Text;
use http_body_util::{BodyExt as _, Limited};
use hyper::Request;
use hyper::body::Bytes;
use kube::client::Body;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// An answer that takes longer is none.
const WITHIN: Duration = Duration::from_secs(10);
/// Largest answer that is read, in bytes.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// The ways to whatever is tested.
#[derive(Clone)]
pub struct Smoke {
    /// For URLs; follows no redirection.
    pub http: reqwest::Client,
    /// The environment's cluster.
    pub kube: kube::Client,
    /// The environment's namespace.
    pub namespace: String,
}

/// What came back of one request.
enum Answer {
    /// This status code, after that time.
    Code(u16, Duration),
    /// Nothing, or what stands in for it; why.
    None(String),
}

impl Smoke {
    /// Carries the test out. Stops at the first check that fails.
    ///
    /// # Errors
    /// Where the API server refuses to pass requests on, or cannot be reached.
    pub async fn run(&self, test: &SmokeTest) -> Result<SmokeReport, ClusterError> {
        let mut report = SmokeReport {
            checks: Vec::new(),
            requests: 0,
            p95_s: None,
        };
        let health = self.ask(&test.place, &test.health).await?;
        report.checks.push(healthy(&test.health, &health));
        if report.failure().is_none() {
            self.sample(test, &mut report).await?;
        }
        Ok(report)
    }

    async fn sample(&self, test: &SmokeTest, report: &mut SmokeReport) -> Result<(), ClusterError> {
        let mut times = Vec::new();
        let mut failures: Vec<String> = Vec::new();
        let count = usize::try_from(test.failures()).unwrap_or(usize::MAX);
        for _ in 0..test.requests {
            report.requests += 1;
            match self.ask(&test.place, test.sample()).await? {
                Answer::Code(code, took) if is_fine(code) => times.push(took),
                Answer::Code(code, _) => failures.push(format!("answered {code}")),
                Answer::None(why) => failures.push(why),
            }
            // A server that is gone is not waited for again and again.
            if failures.len() > count {
                break;
            }
        }
        report
            .checks
            .push(sampled(test, report.requests, &failures));
        if report.failure().is_none() {
            let (p95, check) = quick(test, times);
            report.p95_s = Some(p95.as_secs_f64());
            report.checks.push(check);
        }
        Ok(())
    }

    async fn ask(&self, place: &SmokePlace, path: &str) -> Result<Answer, ClusterError> {
        match place {
            SmokePlace::Url(url) => Ok(self.directly(&format!("{url}{path}")).await),
            SmokePlace::Service(service) => self.proxied(service, path).await,
        }
    }

    async fn directly(&self, url: &str) -> Answer {
        let began = Instant::now();
        let asked = async {
            let mut response = self.http.get(url).send().await?;
            let mut bytes = 0;
            while let Some(piece) = response.chunk().await? {
                bytes += piece.len();
                if bytes > MOST_BYTES {
                    break;
                }
            }
            Ok::<_, reqwest::Error>(response.status().as_u16())
        };
        match timeout(WITHIN, asked).await {
            Ok(Ok(code)) => Answer::Code(code, began.elapsed()),
            Ok(Err(error)) => Answer::None(root(&error.without_url())),
            Err(_) => silent(),
        }
    }

    async fn proxied(&self, service: &SmokeService, path: &str) -> Result<Answer, ClusterError> {
        let failed = |source| self.failed(service, source);
        let began = Instant::now();
        let request = Request::get(proxy_path(&self.namespace, service, path)).body(Body::empty());
        let request =
            request.map_err(|error| failed(Cause::from(kube::Error::HttpError(error))))?;
        let sent = timeout(WITHIN, self.kube.send(request));
        let response = match sent.await {
            Ok(sent) => sent.map_err(|error| failed(Cause::from(error)))?,
            Err(_) => return Ok(silent()),
        };
        let (head, body) = response.into_parts();
        let read = timeout(WITHIN, Limited::new(body, MOST_BYTES).collect()).await;
        let Ok(read) = read else {
            return Ok(silent());
        };
        let code = head.status.as_u16();
        match read.map(http_body_util::Collected::to_bytes) {
            Ok(body) => match own_word(code, &body) {
                Some(OwnWord::NotPassedOn(why)) => Ok(Answer::None(why)),
                Some(OwnWord::Refused(cause)) => Err(failed(cause)),
                None => Ok(Answer::Code(code, began.elapsed())),
            },
            Err(error) => Ok(Answer::None(Text::new(error.to_string()).to_string())),
        }
    }

    fn failed(&self, service: &SmokeService, source: Cause) -> ClusterError {
        let attempt = Attempt {
            verb: "get",
            resource: "services/proxy",
            name: service.name.clone(),
            namespace: Some(self.namespace.clone()),
        };
        ClusterError::call(attempt, source)
    }
}

enum OwnWord {
    NotPassedOn(String),
    Refused(Cause),
}

/// Tells what the API server says itself from an answer that came through it.
fn own_word(code: u16, body: &Bytes) -> Option<OwnWord> {
    if code < 400 {
        return None;
    }
    let message = server_word(body)?;
    Some(match code {
        401 | 403 => OwnWord::Refused(Cause::answered(code, message.shown())),
        _ => OwnWord::NotPassedOn(message.to_string()),
    })
}

fn proxy_path(namespace: &str, service: &SmokeService, path: &str) -> String {
    let name = service.name.as_deref().unwrap_or_default();
    let port = service
        .port
        .as_ref()
        .map_or_else(String::new, |port| format!(":{port}"));
    format!("/api/v1/namespaces/{namespace}/services/{name}{port}/proxy{path}")
}

fn is_fine(code: u16) -> bool {
    (200..300).contains(&code)
}

fn silent() -> Answer {
    Answer::None(format!("did not answer within {} s", WITHIN.as_secs()))
}

fn check(check: &str, ok: bool, text: String) -> SmokeCheck {
    SmokeCheck {
        check: check.to_owned(),
        ok,
        text,
    }
}

fn healthy(path: &str, answer: &Answer) -> SmokeCheck {
    match answer {
        Answer::Code(code, _) => check("health", is_fine(*code), format!("{path} answered {code}")),
        Answer::None(why) => check("health", false, format!("{path}: {why}")),
    }
}

fn sampled(test: &SmokeTest, asked: u32, failures: &[String]) -> SmokeCheck {
    let path = test.sample();
    let failed = u32::try_from(failures.len()).unwrap_or(u32::MAX);
    let seen = match failures.last() {
        None => format!("{asked} requests to {path} answered"),
        Some(last) => format!("{failed} of {asked} requests to {path} failed: {last}"),
    };
    check("sample", failed <= test.failures(), seen)
}

/// Nearest rank: of 20 times the nineteenth.
fn quick(test: &SmokeTest, mut times: Vec<Duration>) -> (Duration, SmokeCheck) {
    times.sort_unstable();
    let rank = (times.len() * 95).div_ceil(100).saturating_sub(1);
    let p95 = times.get(rank).copied().unwrap_or_default();
    let (took, most) = (p95.as_millis(), test.p95.as_millis());
    let seen = if p95 <= test.p95 {
        format!("p95 {took} ms of {most} ms")
    } else {
        format!("p95 {took} ms, at most {most} ms are wanted")
    };
    (p95, check("p95", p95 <= test.p95, seen))
}

/// The innermost cause, which says what happened.
fn root(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    Text::new(cause.to_string()).to_string()
}
