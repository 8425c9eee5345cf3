//! The word for all of a rollout.

use super::objects::Objects;
use super::trial::Trial;
use crate::domain::cluster::Snapshot;
use crate::domain::rollout::Phase;
use crate::strategy::side::Side;
use crate::strategy::troubles::is_broken;

/// The phase: unknown before everything, then a stable side that lacks pods, aborted, degraded, paused, progressing, healthy.
pub(super) fn phase(seen: &Snapshot, objects: &Objects<'_>, trial: Trial) -> Phase {
    let (Ok(stable), Ok(canary)) = (&objects.stable, &objects.canary) else {
        return Phase::Unknown;
    };
    if objects
        .divider
        .as_ref()
        .map_or(true, |divider| divider.split.is_none())
    {
        return Phase::Unknown;
    }
    let record = seen.record.record();
    let claimed = record.is_some_and(|record| record.current.is_some());
    let missing = |side: &Side<'_>| side.deployment.counted.available < side.deployment.replicas;
    let wanting = |side: &Side<'_>| missing(side) && !side.is_rolling() && !claimed;
    if wanting(stable) {
        Phase::Degraded
    } else if trial == Trial::Aborted {
        Phase::Aborted
    } else if wanting(canary) || is_broken(seen) {
        Phase::Degraded
    } else if trial != Trial::None && record.is_some_and(|record| record.paused.is_some()) {
        Phase::Paused
    } else if trial != Trial::None || stable.is_rolling() {
        Phase::Progressing
    } else {
        Phase::Healthy
    }
}
