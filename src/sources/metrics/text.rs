//! A pod's answer in the Prometheus text exposition format, read as it arrives.
//!
//! Invariants: at most [`MOST_BYTES`] are taken; a series given twice counts once, with its last value; requests whose status
//! is not known are refused, not taken for successes; a metric that is not there is named.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use super::line::{self, Line, Sample};
use crate::domain::counters::{Bucket, Counters};
use crate::domain::exposition::MetricNames;
use crate::domain::text::Text;

/// Largest answer that is read, in bytes.
pub const MOST_BYTES: usize = 8 * 1024 * 1024;
/// How much of a line that cannot be read an error quotes.
const QUOTED_BYTES: usize = 60;

/// Why an answer gives no counters.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TextError {
    /// It is larger than [`MOST_BYTES`].
    #[error("the answer is larger than {} MiB", MOST_BYTES / 1024 / 1024)]
    TooLong,
    /// It is something else altogether.
    #[error("the answer is not in the Prometheus text format, line {line} is `{text}`")]
    NotExposition {
        /// Its number, from 1.
        line: usize,
        /// Its beginning.
        text: Text,
    },
    /// A line among others cannot be read.
    #[error("line {line} of the answer cannot be read: `{text}`")]
    BadLine {
        /// Its number, from 1.
        line: usize,
        /// Its beginning.
        text: Text,
    },
    /// The counter of requests is not there.
    #[error("the answer has no series {name}")]
    Missing {
        /// The series that was looked for.
        name: String,
    },
    /// Whether its requests failed cannot be told.
    #[error("series {name} has no label {label}, so its errors cannot be told")]
    NoCode {
        /// The series.
        name: String,
        /// The label that was looked for.
        label: String,
    },
    /// The counter of requests holds something that is not a count.
    #[error("series {name} is not a count: {value}")]
    NotACount {
        /// The series.
        name: String,
        /// What it holds.
        value: String,
    },
}

/// Reads a whole answer.
pub fn parse(body: &[u8], names: &MetricNames) -> Result<Counters, TextError> {
    let mut parser = Parser::new(names);
    parser.push(body)?;
    parser.finish()
}

/// Reads an answer piece by piece.
#[derive(Debug)]
pub struct Parser<'a> {
    found: Found<'a>,
    /// The beginning of a line whose end has not come yet.
    partial: Vec<u8>,
    line: usize,
    received: usize,
}

impl<'a> Parser<'a> {
    /// Begins an answer in which the series have these names.
    pub fn new(names: &'a MetricNames) -> Self {
        Self {
            found: Found::new(names),
            partial: Vec::new(),
            line: 0,
            received: 0,
        }
    }

    /// Takes the next piece, cut anywhere.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), TextError> {
        self.received += piece.len();
        if self.received > MOST_BYTES {
            return Err(TextError::TooLong);
        }
        let mut rest = piece;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (line, after) = (&rest[..end], &rest[end + 1..]);
            if self.partial.is_empty() {
                self.take(line)?;
            } else {
                let mut whole = std::mem::take(&mut self.partial);
                whole.extend_from_slice(line);
                self.take(&whole)?;
            }
            rest = after;
        }
        self.partial.extend_from_slice(rest);
        Ok(())
    }

    /// Ends the answer.
    pub fn finish(mut self) -> Result<Counters, TextError> {
        let last = std::mem::take(&mut self.partial);
        if !last.is_empty() {
            self.take(&last)?;
        }
        self.found.counters()
    }

    fn take(&mut self, line: &[u8]) -> Result<(), TextError> {
        self.line += 1;
        let read = match line::read(line) {
            Some(Line::Other) => Some(()),
            Some(Line::Declared(name)) => {
                self.found.declare(name);
                Some(())
            }
            Some(Line::Sample(sample)) => self.found.take(&sample),
            None => None,
        };
        read.ok_or_else(|| self.refused(line))
    }

    fn refused(&self, line: &[u8]) -> TextError {
        let quoted = String::from_utf8_lossy(&line[..line.len().min(QUOTED_BYTES)])
            .trim_end()
            .to_owned();
        let (line, text) = (self.line, Text::new(quoted));
        if self.found.samples == 0 {
            TextError::NotExposition { line, text }
        } else {
            TextError::BadLine { line, text }
        }
    }
}

/// The series that count, by their labels.
#[derive(Debug)]
struct Found<'a> {
    names: &'a MetricNames,
    bucket_name: String,
    samples: usize,
    declared: bool,
    requests: BTreeMap<Vec<u8>, Requests>,
    buckets: BTreeMap<Vec<u8>, Bucket>,
    cpu: BTreeMap<Vec<u8>, f64>,
    started: Option<f64>,
}

#[derive(Debug, Clone, Copy)]
struct Requests {
    outcome: Outcome,
    value: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Answered,
    Failed,
    Unknown,
}

impl<'a> Found<'a> {
    fn new(names: &'a MetricNames) -> Self {
        Self {
            names,
            bucket_name: format!("{}_bucket", names.duration),
            samples: 0,
            declared: false,
            requests: BTreeMap::new(),
            buckets: BTreeMap::new(),
            cpu: BTreeMap::new(),
            started: None,
        }
    }

    /// The newer variant of the format declares a counter without its `_total`, and every one a histogram without `_count`.
    fn declare(&mut self, name: &[u8]) {
        let wanted = self.names.requests.as_str();
        let short = wanted
            .strip_suffix("_total")
            .or_else(|| wanted.strip_suffix("_count"))
            .unwrap_or(wanted);
        self.declared |= name == wanted.as_bytes() || name == short.as_bytes();
    }

    /// `None`: the sample lacks what its series must have.
    fn take(&mut self, sample: &Sample<'_>) -> Option<()> {
        self.samples += 1;
        let labels = || sample.labels.to_vec();
        let names = self.names;
        let is_meant = || {
            let mut only = names.only.iter();
            only.all(|(label, value)| sample.label(label).as_deref() == Some(value.as_bytes()))
        };
        if sample.name == names.requests.as_bytes() {
            if !is_meant() {
                return Some(());
            }
            let outcome = outcome(sample.label(&self.names.code_label).as_deref());
            self.requests.insert(
                labels(),
                Requests {
                    outcome,
                    value: sample.value,
                },
            );
        } else if sample.name == self.bucket_name.as_bytes() {
            if !is_meant() {
                return Some(());
            }
            let le = sample.label("le")?;
            let le = std::str::from_utf8(&le)
                .ok()?
                .parse()
                .ok()
                .filter(|le: &f64| !le.is_nan())?;
            self.buckets.insert(
                labels(),
                Bucket {
                    le: le / names.duration_unit.per_second(),
                    count: sample.value,
                },
            );
        } else if sample.name == self.names.cpu.as_bytes() {
            let seconds = sample.value / names.cpu_unit.per_second();
            self.cpu.insert(labels(), seconds);
        } else if sample.name == self.names.started.as_bytes() {
            self.started = Some(sample.value);
        }
        Some(())
    }

    fn counters(&self) -> Result<Counters, TextError> {
        let name = || self.names.requests.clone();
        if self.requests.is_empty() && !self.declared {
            return Err(TextError::Missing { name: name() });
        }
        let (mut requests, mut errors) = (0.0, 0.0);
        for series in self.requests.values() {
            if !(series.value.is_finite() && series.value >= 0.0) {
                return Err(TextError::NotACount {
                    name: name(),
                    value: series.value.to_string(),
                });
            }
            requests += series.value;
            match series.outcome {
                Outcome::Answered => {}
                Outcome::Failed => errors += series.value,
                Outcome::Unknown => {
                    return Err(TextError::NoCode {
                        name: name(),
                        label: self.names.code_label.clone(),
                    });
                }
            }
        }
        let cpu = self.cpu.values().sum::<f64>();
        let cpu_seconds = (!self.cpu.is_empty() && cpu.is_finite() && cpu >= 0.0).then_some(cpu);
        Ok(Counters {
            requests,
            errors,
            cpu_seconds,
            buckets: self.histogram(),
            started_at: self.started_at(),
        })
    }

    /// Buckets of all label sets by bound; none where one of them is not a count.
    fn histogram(&self) -> Vec<Bucket> {
        let mut sums: Vec<Bucket> = Vec::new();
        for bucket in self.buckets.values() {
            match sums.binary_search_by(|sum| sum.le.total_cmp(&bucket.le)) {
                Ok(at) => sums[at].count += bucket.count,
                Err(at) => sums.insert(at, *bucket),
            }
        }
        let sound = sums
            .iter()
            .all(|bucket| bucket.count.is_finite() && bucket.count >= 0.0);
        if sound { sums } else { Vec::new() }
    }

    fn started_at(&self) -> Option<Timestamp> {
        let since_1970 =
            SignedDuration::try_from_secs_f64(self.started.filter(|started| *started > 0.0)?)
                .ok()?;
        Timestamp::from_duration(since_1970).ok()
    }
}

fn outcome(code: Option<&[u8]>) -> Outcome {
    match code {
        Some([b'5', _, _]) => Outcome::Failed,
        Some(_) => Outcome::Answered,
        None => Outcome::Unknown,
    }
}
