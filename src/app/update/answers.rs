//! Answers to effects; those to questions that were dropped are dropped.

use super::{
    black_box, canary, changes, cut_off, feeds, good, pilot, pipeline, plans, remark, settle,
    smoke, toast,
};
use crate::app::asking::Asking;
use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::app::screen::Level;
use crate::domain::cluster::Snapshot;
use crate::domain::event::{EffectEvent, PlanEvent};
use crate::domain::ids::RequestId;
use crate::domain::notice::Notice;

pub(super) fn take(model: &mut Model, answer: EffectEvent) -> Vec<Effect> {
    match answer {
        EffectEvent::Observed(id, result) if pilot::asked_for(model, id) => {
            pilot::observed(model, result)
        }
        EffectEvent::Observed(id, result) => observed(model, id, result),
        EffectEvent::HolderSeen(id, holder) => {
            cut_off::told(model, id, holder);
            Vec::new()
        }
        EffectEvent::PlanMoved(id, event) => {
            let outcome = match &event {
                PlanEvent::Ended(outcome) => Some(outcome.clone()),
                PlanEvent::Claimed(_)
                | PlanEvent::StepBegan(..)
                | PlanEvent::Waited(_)
                | PlanEvent::StepEnded(..)
                | PlanEvent::Checked(..)
                | PlanEvent::Told(_) => None,
            };
            plans::moved(model, &id, event);
            outcome.map_or_else(Vec::new, |outcome| pilot::landed(model, &id, &outcome))
        }
        EffectEvent::LeaseWritten(id, result) => pilot::lease_written(model, id, result),
        EffectEvent::PilotNoted(id, result) => {
            pilot::noted(model, id, &result);
            Vec::new()
        }
        EffectEvent::Notified(_, result) => {
            pilot::notified(model, result);
            Vec::new()
        }
        EffectEvent::Amended(id, result) => {
            let is_taken = canary::fixed(model, id, &result)
                || good::marked(model, id, &result)
                || settle::settled(model, id, &result);
            if !is_taken {
                remark::added(model, id, result);
            }
            Vec::new()
        }
        EffectEvent::LinesKept(id, result) => {
            black_box::kept(model, id, &result);
            Vec::new()
        }
        EffectEvent::BlackBoxRead(_, result) => {
            model.black_box.read = Some(result);
            Vec::new()
        }
        EffectEvent::PipelineAnswered(id, result) => {
            pipeline::answered(model, id, result);
            Vec::new()
        }
        EffectEvent::Compared(id, result) => {
            changes::compared(model, id, result);
            Vec::new()
        }
        EffectEvent::SmokeTested(id, result) => smoke::tested(model, id, result),
        EffectEvent::Written(_, result) => {
            match result {
                Ok(path) => toast(model, Level::Info, format!("written to {path}")),
                Err(notice) => toast(model, Level::Error, notice.summary),
            }
            Vec::new()
        }
    }
}

fn observed(
    model: &mut Model,
    id: RequestId,
    result: Result<Box<Snapshot>, Notice>,
) -> Vec<Effect> {
    let Asking::Observing(awaited, request, purpose) = &model.asking else {
        return Vec::new();
    };
    if *awaited != id {
        return Vec::new();
    }
    let (request, purpose) = (request.clone(), *purpose);
    match result {
        Ok(snapshot) => {
            let effects = plans::make(model, &request, &snapshot, purpose);
            feeds::cluster_read(model, *snapshot);
            effects
        }
        Err(notice) => {
            toast(model, Level::Error, notice.summary.clone());
            model.asking = Asking::Failed(request.goal, notice);
            Vec::new()
        }
    }
}
