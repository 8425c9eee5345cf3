//! A drill followed: what happened when, read off the model after every event.

use crate::analysis::verdict::Call;
use crate::app::asking::Asking;
use crate::app::drill::{Drill, Recovery};
use crate::app::model::Model;
use crate::app::run::PlanRun;
use crate::app::screen::Overlay;
use crate::domain::drill::GroundTruth;
use crate::domain::outcome::End;
use crate::strategy::goal::Goal;
use jiff::{SignedDuration, Timestamp};

/// The world told what harm is done.
pub(super) fn counted(model: &mut Model, truth: GroundTruth) {
    if let Some(drill) = &mut model.drill {
        drill.truth = Some(truth);
    }
}

/// Keeps the moments that count; shows the result once the release is back.
pub(super) fn follow(model: &mut Model) {
    let Some(mut drill) = model.drill.take() else {
        return;
    };
    let was_over = drill.is_over();
    if let Some(began_at) = drill.truth.as_ref().map(|truth| truth.began_at) {
        verdict(&mut drill, model);
        if let Some(run) = model.run.as_ref().filter(|run| run.began_at >= began_at) {
            way_back(&mut drill, run);
        }
    }
    let is_shown = drill.is_over() && !was_over;
    if is_shown && model.ui.overlay == Overlay::None && model.asking == Asking::Nothing {
        model.ui.overlay = Overlay::Drill;
    }
    model.drill = Some(drill);
}

fn verdict(drill: &mut Drill, model: &Model) {
    let has_candidate = model
        .reading
        .rollout
        .as_ref()
        .is_some_and(|rollout| rollout.candidate.is_some());
    let says_so = has_candidate && model.reading.verdict.call == Call::RollBack;
    if says_so && drill.key_at.is_none() {
        drill.verdict_at.get_or_insert(model.now);
    }
}

fn way_back(drill: &mut Drill, run: &PlanRun) {
    match run.plan.goal {
        Goal::Abort | Goal::RollBack(_) => {}
        Goal::Deploy(_)
        | Goal::Promote
        | Goal::PromoteFully
        | Goal::Pause
        | Goal::Resume
        | Goal::DeclareGood(_)
        | Goal::TakeUp(_) => return,
    }
    let key_at = *drill.key_at.get_or_insert(run.began_at);
    if drill.is_over() {
        return;
    }
    if let Some(outcome) = run
        .outcome
        .as_ref()
        .filter(|outcome| outcome.end == End::Done)
    {
        let effect = outcome.full_effect_s.unwrap_or(outcome.took_s);
        drill.recovery = Recovery::Seen(since(key_at, run.began_at, effect));
    }
}

/// From the first key to the full effect of the plan that was confirmed at `began_at`.
fn since(key_at: Timestamp, began_at: Timestamp, effect_s: f64) -> SignedDuration {
    let effect = SignedDuration::try_from_secs_f64(effect_s).unwrap_or_default();
    began_at.duration_since(key_at).saturating_add(effect)
}
