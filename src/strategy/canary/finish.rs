//! Stable takes the release, the traffic goes back to stable, the canary goes away.

use super::draft::Draft;
use super::situation::Situation;
use super::trial::Trial;
use super::{releases, template_diff};
use crate::domain::traffic::{Split, Track, Weight};
use crate::strategy::confirm::Risk;
use crate::strategy::plan::Plan;
use crate::strategy::side::Side;

pub(super) fn plan(at: &Situation<'_>, canary: &Side<'_>) -> Plan {
    let mut draft = Draft::new(at);
    draft.warnings.extend(template_diff::warning(at, canary));
    steps(&mut draft, canary);
    releases::goes_on(&mut draft, canary);
    at.ledger().takes_over(&mut draft.record, &canary.image);
    let title = format!("finish {}", canary.image.label());
    let expected = expected(&draft);
    draft.done(title, expected, Risk::Step)
}

/// Stable, without traffic, takes the release; then the weights; then, after the drain, the canary to 0.
pub(super) fn steps(draft: &mut Draft<'_, '_>, canary: &Side<'_>) {
    let base = draft.at.base;
    if draft.at.trial != Trial::Finishing {
        draft.take_image(Track::Stable, &canary.image);
    }
    draft.scale_up(Track::Stable, base);
    draft.await_ready(Track::Stable);
    draft.await_endpoints(Track::Stable, base);
    draft.weights(Split::canary(Weight::ZERO));
    draft.drain();
    draft.scale(Track::Canary, 0);
    draft.check_weight();
    draft.check_endpoints(Track::Stable, base);
    draft.check_pods(Track::Stable);
    draft.check_pods(Track::Canary);
}

/// The end in words.
pub(super) fn expected(draft: &Draft<'_, '_>) -> String {
    let stable = &draft.now.stable;
    format!(
        "{} serves all traffic from {}, {} pods; the canary has none",
        stable.image.label(),
        draft.at.stable.deployment.name,
        stable.replicas
    )
}
