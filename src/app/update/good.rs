//! The release that serves alone, on its way to the mark; whoever watches when it is earned writes it, once.

use super::{black_box, smoke};
use crate::analysis::black_box::Seen;
use crate::analysis::good::{Proof, Window};
use crate::analysis::proving::Proving;
use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::app::proof::{Attention, Mark, Smoke, Trial};
use crate::domain::amendment::{Adds, Amended, Amendment};
use crate::domain::event::NoteKind;
use crate::domain::ids::RequestId;
use crate::domain::notice::Notice;
use crate::domain::record::Good;
use crate::domain::rights::Right;
use crate::domain::text::Text;

/// Judges the release anew by what is known now.
pub(super) fn prove(model: &mut Model) -> Vec<Effect> {
    let Some(mut trial) = present(model) else {
        model.reading.trial = None;
        return Vec::new();
    };
    let proof = judge(model, &mut trial.proving);
    let (proof, mut effects) = smoke::test(model, &mut trial, proof);
    tell(model, &trial, &proof);
    trial.proof = proof;
    effects.extend(mark(model, &mut trial));
    model.reading.trial = Some(trial);
    effects
}

/// The release on its way now: the one that was, where it is still the same.
fn present(model: &mut Model) -> Option<Trial> {
    let record = model.feeds.cluster.value.as_ref()?.record.record()?;
    let now = Proving::of(record, model.reading.rollout.as_ref()?)?;
    let known = model.reading.trial.take();
    Some(
        known
            .filter(|trial| trial.proving.goes_on_as(&now))
            .unwrap_or(Trial {
                proving: now,
                proof: Proof::Waiting {
                    missing: "no fresh metrics of it yet".to_owned(),
                    until: None,
                },
                smoke: Smoke::Ahead,
                mark: Mark::Unwritten,
            }),
    )
}

fn judge(model: &Model, proving: &mut Proving) -> Proof {
    let unknown = |missing: &str| Proof::Waiting {
        missing: missing.to_owned(),
        until: None,
    };
    let (Some(environment), Some(rollout)) = (model.environment(), &model.reading.rollout) else {
        return unknown("the environment has not been read");
    };
    if model.feeds.cluster.live(model.now).is_none() {
        proving.lose_sight();
        return unknown("the cluster does not answer");
    }
    proving.see(rollout);
    let window = Window {
        since: proving.since,
        length: environment.policy.good_after,
        every: environment.metrics.interval,
        goals: &environment.policy.goals,
        now: model.now,
    };
    proving.judge(&model.reading.series, rollout, &window)
}

/// What is earned, or lost, is worth a line.
fn tell(model: &mut Model, trial: &Trial, proof: &Proof) {
    if std::mem::discriminant(&trial.proof) == std::mem::discriminant(proof) {
        return;
    }
    let line = match proof {
        Proof::Earned { evidence } => format!("{} has proved good: {evidence}", trial.proving.tag),
        Proof::Failed { why } => format!("{} is not good: {why}", trial.proving.tag),
        Proof::Waiting { missing, .. } => {
            format!("{} is not proved yet: {missing}", trial.proving.tag)
        }
    };
    model.log.push(model.now, NoteKind::Verdict, line.as_str());
    black_box::event(model, Seen::Proof(line));
}

/// Writes a mark that was earned; tries again where that failed.
fn mark(model: &mut Model, trial: &mut Trial) -> Vec<Effect> {
    let Proof::Earned { evidence } = &trial.proof else {
        return Vec::new();
    };
    if !trial.mark.is_due(model.now) || !may_write(model) {
        return Vec::new();
    }
    let id = model.ids.request();
    trial.mark = Mark::Asked(id);
    let length = model
        .environment()
        .map_or(0, |environment| environment.policy.good_after.as_secs());
    let good = Good {
        since: model.now,
        by: Text::new(format!("the window, watched by {}", model.actor.who.line())),
        why: Some(Text::new(format!(
            "alone on all traffic for {length} s within its goals"
        ))),
        evidence: Some(Text::from(evidence.as_str())),
    };
    let amendment = Amendment {
        revision: trial.proving.revision,
        adds: Adds::Good(good),
    };
    vec![Effect::Amend(id, amendment)]
}

pub(super) fn may_write(model: &Model) -> bool {
    model.attention == Attention::Watching
        && !model.settings.read_only
        && !model.settings.are_guessed()
        && model.running().is_none()
        && model
            .actor
            .rights
            .refused(&[Right::PatchRecord])
            .next()
            .is_none()
}

/// The mark was written, or could not be. `false`: the answer is not to this.
pub(super) fn marked(model: &mut Model, id: RequestId, result: &Result<Amended, Notice>) -> bool {
    let now = model.now;
    let Some(trial) = model
        .reading
        .trial
        .as_mut()
        .filter(|trial| trial.mark == Mark::Asked(id))
    else {
        return false;
    };
    let (mark, line) = match result {
        Ok(Amended::Written) => (
            Mark::Written,
            format!("{} is marked good", trial.proving.tag),
        ),
        Ok(Amended::MarkedBy(by)) => (
            Mark::Written,
            format!("{} was marked good by {by}", trial.proving.tag),
        ),
        Ok(Amended::Moved(why)) => failed(now, why),
        Err(notice) => failed(now, &notice.summary),
    };
    trial.mark = mark;
    model.log.push(now, NoteKind::Verdict, line);
    true
}

fn failed(now: jiff::Timestamp, why: &str) -> (Mark, String) {
    let line = format!("the mark could not be written: {why}");
    (Mark::Failed(now, Text::from(why)), line)
}
