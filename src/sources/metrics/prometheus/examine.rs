//! What comes of each query, and what is there instead where nothing comes.

use super::answer::{Series, label_names};
use super::door::When;
use super::{Prometheus, PrometheusError};
use crate::domain::exposition::MetricProbe;
use crate::domain::text::Text;
use jiff::{SignedDuration, Timestamp};

/// One query and its answer.
#[derive(Debug)]
pub struct Examined {
    /// What was asked, and the key of the config that names its series.
    pub probe: MetricProbe,
    /// What came.
    pub found: Result<Found, PrometheusError>,
}

/// What came of a query.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// How many series.
    pub series: usize,
    /// The labels of the first of them, or of one that is there instead, by name.
    pub labels: Text,
    /// The age of the newest sample; `None` where that cannot be told.
    pub age: Option<SignedDuration>,
    /// How many series of the name there are, whoever's they are; `None` where that was not asked.
    pub elsewhere: Option<u64>,
}

impl Prometheus {
    /// Asks each query by itself.
    pub async fn examine(&self, at: Timestamp) -> Vec<Examined> {
        let mut examined = Vec::new();
        for probe in &self.probes {
            examined.push(Examined {
                probe: probe.clone(),
                found: self.found(probe, at).await,
            });
        }
        examined
    }

    async fn found(&self, probe: &MetricProbe, at: Timestamp) -> Result<Found, PrometheusError> {
        let answer = self.ask(&probe.asked, When::At(at)).await?;
        let Some(first) = answer.series.first() else {
            return self.instead(probe).await;
        };
        let sampled = self.ask(&probe.sampled, When::At(at)).await?;
        let newest = sampled.series.first().and_then(number);
        let newest = newest.and_then(super::answer::time);
        Ok(Found {
            series: answer.series.len(),
            labels: label_names(first),
            age: newest.map(|newest| at.duration_since(newest)),
            elsewhere: None,
        })
    }

    async fn instead(&self, probe: &MetricProbe) -> Result<Found, PrometheusError> {
        let count = self.ask(&probe.count, When::Now).await?;
        let example = self.ask(&probe.example, When::Now).await?;
        let count = count.series.first().and_then(number).unwrap_or(0.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count of series"
        )]
        let count = count.max(0.0) as u64;
        Ok(Found {
            series: 0,
            labels: example.series.first().map(label_names).unwrap_or_default(),
            age: None,
            elsewhere: (!probe.count.is_empty()).then_some(count),
        })
    }
}

fn number(series: &Series) -> Option<f64> {
    series.values.first().map(|(_, value)| *value)
}
