//! The heartbeat of another's claim, watched.

use crate::app::cut_off::{Asked, Pulse};
use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::domain::holder::Holder;
use crate::domain::ids::RequestId;

/// Takes the heart's beat as it is now; asks this machine once about each claim.
pub(super) fn watch(model: &mut Model) -> Vec<Effect> {
    let claim = model
        .reading
        .rollout
        .as_ref()
        .and_then(|rollout| rollout.claim.as_ref());
    let Some(claim) = claim else {
        model.pulse = None;
        return Vec::new();
    };
    let (plan, heartbeat, now) = (claim.plan.clone(), claim.heartbeat, model.now);
    if let Some(pulse) = model.pulse.as_mut().filter(|pulse| pulse.plan == plan) {
        if pulse.heartbeat != heartbeat {
            pulse.heartbeat = heartbeat;
            pulse.since = now;
            pulse.has_beaten = true;
        }
        return Vec::new();
    }
    let id = model.ids.request();
    model.pulse = Some(Pulse {
        plan: plan.clone(),
        heartbeat,
        since: now,
        has_beaten: false,
        asked: Asked::Waiting(id),
    });
    vec![Effect::AskHolder(id, plan)]
}

/// What this machine knows of the claim's program.
pub(super) fn told(model: &mut Model, id: RequestId, holder: Holder) {
    let asked = Asked::Waiting(id);
    if let Some(pulse) = model.pulse.as_mut().filter(|pulse| pulse.asked == asked) {
        pulse.asked = Asked::Told(holder);
    }
}
