//! What is seen of a candidate besides its numbers: its pods' restarts and limits, and the team's own queries.

use crate::analysis::counts::Totals;
use crate::analysis::signals::{ANSWERS, Answered, Signals};
use crate::app::fleet::Row;
use crate::app::model::Model;
use crate::domain::guardrails::{ExtraGuardrail, ExtraReading};
use crate::domain::quantity;
use crate::domain::rollout::Rollout;
use crate::domain::text::Text;
use crate::domain::traffic::Track;
use std::time::Duration;

/// Over which time the use of CPU is averaged: a moment at the limit harms nobody.
const LATELY: Duration = Duration::from_secs(2 * 60);

/// What is seen of the open service's candidate.
pub(super) fn of(model: &Model) -> Signals {
    let reading = &model.reading;
    // What the cluster does not tell any more is not known.
    let is_known = model.feeds.cluster.fault.is_none();
    let rollout = reading.rollout.as_ref().filter(|_| is_known);
    let candidate = rollout.and_then(|rollout| rollout.candidate.as_ref());
    let Some((rollout, candidate)) = rollout.zip(candidate) else {
        return Signals::NONE;
    };
    let recent = reading.series.recent(Track::Canary, LATELY);
    let cores = cpu_limit(model).map(|limit| limit * f64::from(candidate.ready));
    Signals {
        cpu: cores.and_then(|cores| cpu_share(&recent, cores)),
        extra: answered(model),
        ..of_pods(rollout)
    }
}

/// What is seen of a row's candidate, of which fewer things are read.
pub(super) fn of_row(row: &Row) -> Signals {
    row.rollout.as_ref().map_or(Signals::NONE, of_pods)
}

fn of_pods(rollout: &Rollout) -> Signals {
    let canary = rollout.pods.iter().filter(|pod| pod.track == Track::Canary);
    let starved = canary.filter(|pod| {
        let end = pod.last_end.as_ref();
        end.is_some_and(|(reason, _)| reason.shown() == "OOMKilled")
    });
    Signals {
        restarts: rollout
            .candidate
            .as_ref()
            .map(|candidate| candidate.restarts),
        out_of_memory: starved.map(|pod| pod.name.clone()).collect(),
        ..Signals::NONE
    }
}

/// CPU used of `cores`.
fn cpu_share(recent: &Totals, cores: f64) -> Option<f64> {
    let seconds = recent.span?.seconds();
    let used = recent.counts.cpu_seconds?;
    (seconds > 0.0 && cores > 0.0).then(|| used / seconds / cores)
}

/// Cores that a pod of the candidate may use, where that is limited.
fn cpu_limit(model: &Model) -> Option<f64> {
    let policy = &model.environment()?.policy;
    let candidate = model.reading.rollout.as_ref()?.candidate.as_ref()?;
    let snapshot = model.feeds.cluster.value.as_ref()?;
    let template = &snapshot.deployment(&candidate.deployment)?.template.0;
    let containers = template.pointer("/spec/containers")?.as_array()?;
    let container = containers.iter().find(|container| {
        container.get("name").and_then(serde_json::Value::as_str)
            == Some(policy.strategy.container())
    })?;
    quantity::read(container.pointer("/resources/limits/cpu")?.as_str()?)
}

/// Each configured query with its last answers; one that has not answered says so.
fn answered(model: &Model) -> Vec<Answered> {
    let Some(environment) = model.environment() else {
        return Vec::new();
    };
    let of = |extra: &ExtraGuardrail| {
        let known = model
            .reading
            .signals
            .extra
            .iter()
            .find(|answered| answered.name == extra.name);
        known.cloned().unwrap_or_else(|| unanswered(extra))
    };
    environment.policy.extra_guardrails.iter().map(of).collect()
}

fn unanswered(extra: &ExtraGuardrail) -> Answered {
    Answered {
        name: extra.name.clone(),
        limit: extra.limit,
        beyond: extra.beyond,
        effect: extra.effect,
        values: Vec::new(),
        fault: None,
        at: None,
    }
}

/// Takes what the queries answered.
pub(super) fn read(model: &mut Model, readings: Vec<ExtraReading>) {
    let mut extra = answered(model);
    for reading in readings {
        let Some(answered) = extra.iter_mut().find(|one| one.name == reading.name) else {
            continue;
        };
        match reading.value {
            Ok(value) => {
                answered.fault = None;
                answered.at = Some(reading.at);
                answered.values.push(value);
                let old = answered.values.len().saturating_sub(ANSWERS);
                answered.values.drain(..old);
            }
            Err(fault) => {
                answered.fault = Some(Text::shown(&fault).to_owned());
                answered.values.clear();
            }
        }
    }
    model.reading.signals.extra = extra;
}
