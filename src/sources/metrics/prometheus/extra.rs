//! The team's own queries: each asked again and again for its one number.

use super::door::When;
use super::{Answer, Prometheus};
use crate::domain::event::SourceEvent;
use crate::domain::guardrails::{ExtraGuardrail, ExtraReading};
use crate::domain::ids::Target;
use crate::domain::text::Text;
use crate::sources::Clock;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

/// What is asked, for whom, and how often.
#[derive(Clone)]
pub struct Asking {
    /// Who is asked.
    pub prometheus: Prometheus,
    /// The queries.
    pub queries: Arc<[ExtraGuardrail]>,
    /// Whose they are.
    pub target: Target,
    /// Time between two answers.
    pub every: Duration,
    /// The time.
    pub clock: Clock,
}

/// Asks until `out` is closed; where there is nothing to ask, not at all.
pub async fn ask(asking: Asking, out: mpsc::Sender<SourceEvent>) {
    if asking.queries.is_empty() {
        return;
    }
    let mut ticks = interval(asking.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let mut readings = Vec::with_capacity(asking.queries.len());
        for guardrail in asking.queries.iter() {
            readings.push(asking.read(guardrail).await);
        }
        let read = SourceEvent::GuardrailsRead(asking.target.clone(), readings);
        if out.send(read).await.is_err() {
            return;
        }
    }
}

impl Asking {
    async fn read(&self, guardrail: &ExtraGuardrail) -> ExtraReading {
        let at = (self.clock)();
        let value = match self.prometheus.ask(&guardrail.query, When::At(at)).await {
            Ok(answer) => number(&answer).map_err(Text::new),
            Err(error) => Err(error.fault().text),
        };
        ExtraReading {
            name: guardrail.name.clone(),
            at,
            value,
        }
    }
}

/// The one number of an answer.
fn number(answer: &Answer) -> Result<f64, String> {
    match answer.series.as_slice() {
        [] => Err("the query gives no series".to_owned()),
        [series] => match series.values.last() {
            Some((_, value)) if value.is_finite() => Ok(*value),
            Some((_, value)) => Err(format!("the query gives {value}, which is no number")),
            None => Err("the query gives a series without a value".to_owned()),
        },
        many => Err(format!(
            "the query gives {} series where one number is wanted; aggregate them with sum, max or avg",
            many.len()
        )),
    }
}
