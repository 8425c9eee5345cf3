//! What one reading of the pods' counters gave, as pure values.
//!
//! Counters only grow until their process restarts. Nothing here is a rate: rates come from subtracting two readings.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::text::Text;
pub use super::traffic::Track as Side;

/// One cumulative histogram bucket: how many observations were at most `le`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bucket {
    /// Upper bound in seconds; the last bucket's is infinite.
    #[serde(with = "bound")]
    pub le: f64,
    /// Observations at or below the bound.
    pub count: f64,
}

/// One pod's counters at one moment, as its process counts them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Counters {
    /// Answered requests.
    pub requests: f64,
    /// Those answered with a 5xx code.
    pub errors: f64,
    /// CPU time used, in seconds. `None`: not reported.
    pub cpu_seconds: Option<f64>,
    /// Response times in ascending bounds, cumulative, the last one infinite. Empty: not reported.
    pub buckets: Vec<Bucket>,
    /// When the process began to count. `None`: not reported.
    pub started_at: Option<Timestamp>,
}

impl Counters {
    /// Whether requests and errors are finite numbers from 0 up. A pod whose counters are not counts as absent.
    pub fn is_usable(&self) -> bool {
        [self.requests, self.errors]
            .iter()
            .all(|count| count.is_finite() && *count >= 0.0)
    }
}

/// What a pod answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// Its counters.
    Counted(Counters),
    /// Nothing that can be counted, and why.
    Unreadable(Text),
}

/// One pod in a scrape.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PodReading {
    /// The pod's name, as the key of its counters.
    pub pod: String,
    /// The version it serves.
    pub side: Side,
    /// What it answered.
    pub reading: Reading,
}

impl PodReading {
    /// The pod's counters where they are usable.
    pub fn usable(&self) -> Option<&Counters> {
        match &self.reading {
            Reading::Counted(counters) if counters.is_usable() => Some(counters),
            Reading::Counted(_) | Reading::Unreadable(_) => None,
        }
    }
}

/// One reading of all pods of both versions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scrape {
    /// When it was taken.
    pub at: Timestamp,
    /// Each pod that was asked.
    pub pods: Vec<PodReading>,
}

impl Scrape {
    /// The usable counters of one side with the pods' names.
    pub fn usable(&self, side: Side) -> impl Iterator<Item = (&str, &Counters)> {
        self.of(side)
            .filter_map(|pod| Some((pod.pod.as_str(), pod.usable()?)))
    }

    /// The pods of one side, readable or not.
    pub fn of(&self, side: Side) -> impl Iterator<Item = &PodReading> {
        self.pods.iter().filter(move |pod| pod.side == side)
    }
}

/// JSON has no infinity: the last bound is written as Prometheus writes it.
mod bound {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Written {
        Finite(f64),
        Text(String),
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde calls it with a reference"
    )]
    pub(super) fn serialize<S: Serializer>(le: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        if le.is_finite() {
            serializer.serialize_f64(*le)
        } else {
            serializer.serialize_str("+Inf")
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        match Written::deserialize(deserializer)? {
            Written::Finite(le) => Ok(le),
            Written::Text(text) if text == "+Inf" => Ok(f64::INFINITY),
            Written::Text(text) => Err(de::Error::custom(format!(
                "bucket bound `{text}` is neither a number nor +Inf"
            ))),
        }
    }
}
