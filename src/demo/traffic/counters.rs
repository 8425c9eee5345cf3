//! One server process's counters, and how they are told in the Prometheus text format.
//!
//! They begin at 0 with the process and never fall; a restart makes new ones.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;

/// Upper bounds of the latency histogram, in seconds.
const BOUNDS: [f64; 18] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0,
    10.0,
];
const CODES: [&str; 2] = ["200", "500"];
const LABELS: &str = r#"method="GET",path="/orders""#;

/// What one process counted of `/orders`.
#[derive(Debug)]
pub(crate) struct Counters {
    started: Timestamp,
    by_code: [u64; CODES.len()],
    /// Not cumulative; the last one is above every bound.
    buckets: [u64; BOUNDS.len() + 1],
    took: Duration,
    cpu: Duration,
}

/// One answered request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Observation {
    pub(crate) failed: bool,
    pub(crate) took: Duration,
    pub(crate) cpu: Duration,
}

impl Counters {
    pub(crate) fn started_at(started: Timestamp) -> Self {
        let (by_code, buckets) = ([0; CODES.len()], [0; BOUNDS.len() + 1]);
        Self {
            started,
            by_code,
            buckets,
            took: Duration::ZERO,
            cpu: Duration::ZERO,
        }
    }

    /// What a process would have counted that answered so many requests, so many of them failing. More of them never make any
    /// of its counters less.
    pub(crate) fn made_up(started: Timestamp, requests: u64, failed: u64) -> Self {
        /// How many of a thousand requests took no longer than each of the first bounds.
        const UP_TO: [u64; 12] = [0, 8, 95, 560, 790, 905, 965, 985, 992, 996, 998, 1000];
        let mut counters = Self::started_at(started);
        counters.by_code = [requests.saturating_sub(failed), failed];
        let mut before = 0;
        for (bucket, share) in counters.buckets.iter_mut().zip(UP_TO) {
            let up_to = requests * share / 1000;
            *bucket = up_to - before;
            before = up_to;
        }
        counters.took = Duration::from_millis(requests * 55);
        counters.cpu = Duration::from_millis(requests * 3);
        counters
    }

    pub(crate) fn observe(&mut self, seen: Observation) {
        let seconds = seen.took.as_secs_f64();
        let bucket = BOUNDS
            .iter()
            .position(|bound| seconds <= *bound)
            .unwrap_or(BOUNDS.len());
        if let Some(count) = self.buckets.get_mut(bucket) {
            *count += 1;
        }
        if let Some(count) = self.by_code.get_mut(usize::from(seen.failed)) {
            *count += 1;
        }
        self.took += seen.took;
        self.cpu += seen.cpu;
    }

    /// The answer to `GET /metrics`.
    pub(crate) fn exposition(&self) -> String {
        let mut text = String::with_capacity(3000);
        // Writing to a String cannot fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        describe(
            text,
            "http_requests_total",
            "counter",
            "Requests answered by the API.",
        )?;
        for (code, count) in CODES.iter().zip(self.by_code) {
            writeln!(
                text,
                r#"http_requests_total{{{LABELS},code="{code}"}} {count}"#
            )?;
        }
        self.write_histogram(text)?;
        describe(
            text,
            "process_cpu_seconds_total",
            "counter",
            "User and system CPU time spent, in seconds.",
        )?;
        writeln!(text, "process_cpu_seconds_total {}", self.cpu.as_secs_f64())?;
        describe(
            text,
            "process_start_time_seconds",
            "gauge",
            "Start of the process since the Unix epoch, in seconds.",
        )?;
        writeln!(
            text,
            "process_start_time_seconds {}",
            self.started.as_duration().as_secs_f64()
        )
    }

    fn write_histogram(&self, text: &mut String) -> std::fmt::Result {
        const NAME: &str = "http_request_duration_seconds";
        describe(
            text,
            NAME,
            "histogram",
            "Time to answer a request, in seconds.",
        )?;
        let mut count = 0;
        for (bound, in_bucket) in BOUNDS.iter().zip(self.buckets) {
            count += in_bucket;
            writeln!(text, r#"{NAME}_bucket{{{LABELS},le="{bound}"}} {count}"#)?;
        }
        let all: u64 = self.buckets.iter().sum();
        writeln!(text, r#"{NAME}_bucket{{{LABELS},le="+Inf"}} {all}"#)?;
        writeln!(text, "{NAME}_sum{{{LABELS}}} {}", self.took.as_secs_f64())?;
        writeln!(text, "{NAME}_count{{{LABELS}}} {all}")
    }
}

fn describe(text: &mut String, name: &str, kind: &str, help: &str) -> std::fmt::Result {
    writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}")
}
