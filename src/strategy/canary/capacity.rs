//! Taking the traffic back to stable without waiting longer than its pods ask for.

use super::draft::Draft;
use crate::domain::traffic::{Split, Track, Weight};

/// At once where at least half of `base` is available there; else stable is scaled first and the traffic waits a little for it.
pub(super) fn traffic_to_stable(draft: &mut Draft<'_, '_>) {
    if draft.stable_serves_all() {
        return;
    }
    let at = draft.at;
    let available = at.stable.available(at.seen);
    if available == 0 || available.saturating_mul(2) < at.base {
        draft.warnings.push(format!(
            "{available} of {} pods of {} are available on {}: the traffic waits for more, at most 30 s",
            at.base,
            at.stable_tag(),
            at.stable.deployment.name
        ));
        draft.scale_up(Track::Stable, at.base);
        draft.await_some_of_stable();
    }
    draft.weights(Split::canary(Weight::ZERO));
}

/// Brings stable back to `base` once it has the traffic, where it has less or is not all of one version.
pub(super) fn restore_stable(draft: &mut Draft<'_, '_>) {
    let at = draft.at;
    if draft.now.stable.replicas < at.base || at.stable.is_rolling() {
        draft.scale_up(Track::Stable, at.base);
        draft.await_ready(Track::Stable);
    }
}
