//! An answer of the query API: its series, or what it is instead.

use super::door::Raw;
use super::errors::PrometheusError;
use crate::domain::text::Text;
use jiff::Timestamp;
use prometheus_http_query::response::{Data, PromqlResult, Sample};
use serde::Deserialize;
use std::collections::HashMap;

/// How much of an answer that cannot be read is quoted.
const QUOTED_CHARS: usize = 60;

/// Series, and what Prometheus warns of.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Answer {
    pub(super) series: Vec<Series>,
    pub(super) warnings: Vec<Text>,
}

/// One series: its labels, and its values in time order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Series {
    pub(super) labels: HashMap<String, String>,
    pub(super) values: Vec<(Timestamp, f64)>,
}

impl Series {
    /// A label's value; an empty one is none.
    pub(super) fn label(&self, name: &str) -> Option<&str> {
        self.labels
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}

/// Labels and values as lists, for a sentence.
pub(super) fn label_names(series: &Series) -> Text {
    let mut names: Vec<&str> = series.labels.keys().map(String::as_str).collect();
    names.sort_unstable();
    Text::new(if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    })
}

#[derive(Deserialize)]
struct Envelope {
    status: String,
    data: Option<PromqlResult>,
    #[serde(rename = "errorType")]
    error_type: Option<String>,
    error: Option<String>,
    #[serde(default)]
    warnings: Option<Vec<String>>,
}

/// Reads what came for the query `asked` from `place`.
pub(super) fn read(place: &str, asked: &str, raw: &Raw) -> Result<Answer, PrometheusError> {
    let envelope: Option<Envelope> = serde_json::from_slice(&raw.body).ok();
    match envelope {
        Some(Envelope {
            status,
            data: Some(result),
            warnings,
            ..
        }) if raw.code == 200 && status == "success" => Ok(Answer {
            series: series(result),
            warnings: warnings
                .unwrap_or_default()
                .into_iter()
                .map(Text::new)
                .collect(),
        }),
        Some(Envelope {
            error_type: Some(kind),
            error,
            ..
        }) => Err(PrometheusError::Refused {
            place: place.to_owned(),
            asked: asked.to_owned(),
            kind: Text::new(kind),
            message: Text::new(error.unwrap_or_default()),
        }),
        Some(_) | None => Err(something_else(place, raw)),
    }
}

fn something_else(place: &str, raw: &Raw) -> PrometheusError {
    let place = place.to_owned();
    match raw.code {
        401 => PrometheusError::LoginExpired { place },
        403 => PrometheusError::Forbidden { place },
        code @ 300..=399 => PrometheusError::Redirected {
            place,
            code,
            to: raw
                .location
                .clone()
                .unwrap_or_else(|| Text::new("an unknown place")),
        },
        code => {
            let text = String::from_utf8_lossy(&raw.body[..raw.body.len().min(QUOTED_CHARS * 8)])
                .into_owned();
            let words: Vec<&str> = text.split_whitespace().collect();
            let beginning: String = words.join(" ").chars().take(QUOTED_CHARS).collect();
            PrometheusError::NotPrometheus {
                place,
                code,
                beginning: Text::new(beginning),
            }
        }
    }
}

fn series(result: PromqlResult) -> Vec<Series> {
    let series = |labels, samples: &[Sample]| Series {
        labels,
        values: samples.iter().filter_map(sample).collect(),
    };
    match result.into_inner().0 {
        Data::Vector(vector) => vector
            .into_iter()
            .map(|one| {
                let (labels, sample) = one.into_inner();
                series(labels, &[sample])
            })
            .collect(),
        Data::Matrix(matrix) => matrix
            .into_iter()
            .map(|one| {
                let (labels, samples) = one.into_inner();
                series(labels, &samples)
            })
            .collect(),
        Data::Scalar(sample) => vec![series(HashMap::new(), &[sample])],
    }
}

fn sample(sample: &Sample) -> Option<(Timestamp, f64)> {
    Some((time(sample.timestamp())?, sample.value()))
}

/// Seconds since 1970 as a time, to the millisecond, as Prometheus keeps them.
pub(super) fn time(seconds: f64) -> Option<Timestamp> {
    let millis = (seconds * 1000.0).round();
    // Outside this, and by NaN, no time can be told anyway.
    if millis.is_nan() || millis.abs() > 1e15 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
    let millis = millis as i64;
    Timestamp::from_millisecond(millis).ok()
}
