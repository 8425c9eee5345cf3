//! Filling the black box, and sending what it holds to where it is kept.

use crate::analysis::black_box::{Counted, Line, Seen, Shown};
use crate::analysis::counts::{Counts, Totals};
use crate::analysis::series::Interval;
use crate::analysis::signals::Signals;
use crate::analysis::verdict::Verdict;
use crate::analysis::window::Freshness;
use crate::app::effect::Effect;
use crate::app::model::{Basis, Model};
use crate::app::proof::Attention;
use crate::domain::counters::Side;
use crate::domain::event::NoteKind;
use crate::domain::goals::Goals;
use crate::domain::ids::RequestId;
use crate::domain::notice::Notice;
use crate::domain::rights::Right;
use crate::domain::text::Text;

/// Takes what has been read since the last look; before anything is judged by it.
pub(super) fn collect(model: &mut Model) {
    if model.attention == Attention::Glancing {
        return;
    }
    candidate(model);
    weights(model);
    for interval in intervals(model) {
        model.black_box.until = Some(interval.span.until);
        let line = line(model, Seen::Interval(Box::new(interval)));
        model.black_box.interval(line);
    }
}

fn candidate(model: &mut Model) {
    let candidate = model
        .reading
        .rollout
        .as_ref()
        .and_then(|rollout| rollout.candidate.as_ref());
    let candidate = candidate.map(|track| track.tag().to_owned());
    if model.black_box.candidate != candidate {
        model.black_box.candidate.clone_from(&candidate);
        let line = line(model, Seen::Candidate(candidate));
        model.black_box.context(line);
    }
}

fn weights(model: &mut Model) {
    let new: Vec<_> = model
        .reading
        .weights
        .iter()
        .skip(model.black_box.weights)
        .copied()
        .collect();
    model.black_box.weights += new.len();
    for (since, weight) in new {
        let line = line(model, Seen::Weight { since, weight });
        model.black_box.context(line);
    }
}

/// The intervals that closed since the last one that was taken: of both versions while there is a candidate, of stable
/// alone while it is worth it.
fn intervals(model: &Model) -> Vec<Interval> {
    let series = &model.reading.series;
    let is_new = |until| model.black_box.until.is_none_or(|known| until > known);
    if model.black_box.candidate.is_some() {
        let new = series
            .intervals()
            .rev()
            .take_while(|interval| is_new(interval.span.until));
        return in_order(new.cloned());
    }
    if model.reading.trial.is_none() && !model.black_box.wants_more() {
        return Vec::new();
    }
    let new = series
        .points(Side::Stable)
        .rev()
        .take_while(|point| is_new(point.span.until));
    in_order(new.map(|point| Interval {
        span: point.span,
        canary: Counts::ZERO,
        stable: point.counts.clone(),
        flags: point.flags.clone(),
    }))
}

fn in_order(newest_first: impl Iterator<Item = Interval>) -> Vec<Interval> {
    let mut intervals: Vec<Interval> = newest_first.collect();
    intervals.reverse();
    intervals
}

fn line(model: &Model, seen: Seen) -> Line {
    Line {
        at: model.now,
        by: model.ids.run.clone(),
        seen,
    }
}

/// Something happened that the intervals around it explain.
pub(super) fn event(model: &mut Model, seen: Seen) {
    if model.attention == Attention::Watching {
        let line = line(model, seen);
        model.black_box.event(line);
    }
}

/// What a verdict was made from.
pub(super) struct Ground {
    pub(super) goals: Goals,
    pub(super) freshness: Freshness,
    pub(super) basis: Basis,
    pub(super) signals: Signals,
}

/// Another verdict is shown on the candidate.
pub(super) fn shown(model: &mut Model, verdict: &Verdict, ground: &Ground) {
    let before = &model.reading.verdict;
    let is_same = (before.call, before.reason) == (verdict.call, verdict.reason);
    if is_same || model.black_box.candidate.is_none() || model.attention == Attention::Glancing {
        return;
    }
    let totals = |side| {
        Box::new(
            model
                .reading
                .series
                .since_start(side)
                .cloned()
                .unwrap_or(Totals::EMPTY),
        )
    };
    let basis = match ground.basis {
        Basis::SinceStep => Counted::SinceStep,
        Basis::SinceStart => Counted::SinceStart {
            canary: totals(Side::Canary),
            stable: totals(Side::Stable),
        },
    };
    let shown = Shown {
        verdict: verdict.clone(),
        goals: ground.goals,
        freshness: ground.freshness,
        basis,
        signals: ground.signals.clone(),
        rules: model.reading.canary.evidence.rules().cloned().map(Box::new),
    };
    let line = line(model, Seen::Verdict(Box::new(shown)));
    if model.black_box.has_begun() {
        model.black_box.event(line);
    } else {
        // The first verdict of a run is no change of anything.
        model.black_box.context(line);
    }
}

/// What is to be written now.
pub(super) fn keep(model: &mut Model) -> Vec<Effect> {
    if model.attention == Attention::Glancing {
        return Vec::new();
    }
    let mut effects = Vec::new();
    let (id, now) = (model.ids.request(), model.now);
    if let Some(lines) = model.black_box.journal.send(id, now) {
        effects.push(Effect::JournalLines(id, lines));
    }
    if !may_publish(model) {
        model.black_box.cluster.give_up();
    } else if model.black_box.is_due() {
        let id = model.ids.request();
        if let Some(lines) = model.black_box.publish(id, now) {
            effects.push(Effect::PublishLines(id, lines));
        }
    }
    effects
}

/// What is still to be written when the program ends.
pub(super) fn farewell(model: &mut Model) -> Vec<Effect> {
    model.black_box.hurry();
    keep(model)
}

fn may_publish(model: &Model) -> bool {
    !model.settings.read_only
        && !model.settings.are_guessed()
        && model
            .actor
            .rights
            .refused(&[Right::PatchRecord])
            .next()
            .is_none()
}

/// Lines were written, or could not be.
pub(super) fn kept(model: &mut Model, id: RequestId, result: &Result<(), Notice>) {
    if let Err(notice) = result {
        let line = format!("the black box: {}", notice.summary);
        let is_told = model
            .log
            .lines()
            .any(|told| told.text == Text::from(line.as_str()));
        if !is_told {
            model.log.push(model.now, NoteKind::Feed, line);
        }
    }
    model.black_box.answered(id, result.is_ok(), model.now);
}
