//! To the last known good release, or to a named one: every line of the table of situations.

use super::capacity;
use super::draft::Draft;
use super::situation::Situation;
use super::target::{Target, target};
use super::trial::Trial;
use crate::domain::artifact::Image;
use crate::domain::traffic::{Split, Track, Weight};
use crate::strategy::confirm::Risk;
use crate::strategy::earlier::Destination;
use crate::strategy::goal::RollBackTo;
use crate::strategy::plan::Plan;
use crate::strategy::refusal::Refusal;

pub(super) fn plan(at: &Situation<'_>, to: &RollBackTo) -> Result<Plan, Refusal> {
    match target(at, to)? {
        Target::ServingStable { known } => Ok(to_serving_stable(at, known)),
        Target::Taken(destination, told) => Ok(to_earlier(at, destination, told)),
    }
}

/// The candidate goes; stable serves as it did.
fn to_serving_stable(at: &Situation<'_>, known: bool) -> Plan {
    let mut draft = Draft::new(at);
    if at.weight() > Weight::ZERO {
        capacity::traffic_to_stable(&mut draft);
        capacity::restore_stable(&mut draft);
    }
    draft.scale(Track::Canary, 0);
    draft.check_weight();
    draft.check_endpoints(Track::Stable, 1);
    draft.check_pods(Track::Stable);
    draft.check_pods(Track::Canary);
    draft.check_metrics();
    let tag = at.stable_tag();
    leave_candidate(&mut draft, tag, None);
    let title = if known {
        format!("roll back to {tag}")
    } else {
        format!("roll back to {tag} (stable, not recorded as good)")
    };
    let expected = expected(&draft);
    draft.done(title, expected, Risk::Safety)
}

/// Stable takes an earlier release.
fn to_earlier(at: &Situation<'_>, to: Destination, told: Vec<String>) -> Plan {
    let mut draft = Draft::new(at);
    draft.warnings.extend(told);
    let image = to.image.clone();
    if serves_with_stable(at) {
        capacity::traffic_to_stable(&mut draft);
    }
    draft.take_template(to);
    draft.scale_up(Track::Stable, at.base);
    draft.await_ready(Track::Stable);
    draft.await_endpoints(Track::Stable, at.base);
    if !draft.stable_serves_all() {
        draft.weights(Split::canary(Weight::ZERO));
        draft.drain();
    }
    if at.trial != Trial::None {
        draft.scale(Track::Canary, 0);
    }
    checks(&mut draft);
    leave_candidate(&mut draft, image.label(), Some(&at.stable.image));
    at.ledger().serves_again(&mut draft.record, &image);
    let title = format!("roll back to {}", image.label());
    let expected = expected(&draft);
    draft.done(title, expected, Risk::Leap)
}

/// Whether stable, as it is, is better than the candidate for the time until it has taken the earlier release. It is while
/// it serves a part already; it is not where the candidate has everything, or where stable runs the candidate's release.
fn serves_with_stable(at: &Situation<'_>) -> bool {
    match at.trial {
        Trial::UnderWay | Trial::Aborted => at.weight() < Weight::FULL,
        Trial::None | Trial::Finishing => false,
    }
}

fn checks(draft: &mut Draft<'_, '_>) {
    draft.check_weight();
    draft.check_endpoints(Track::Stable, draft.at.base);
    draft.check_pods(Track::Stable);
    draft.check_pods(Track::Canary);
    draft.check_metrics();
}

/// The record learns which releases were left.
fn leave_candidate(draft: &mut Draft<'_, '_>, to: &str, stable: Option<&Image>) {
    let at = draft.at;
    let candidate = at.canary.as_ref().filter(|_| at.trial != Trial::None);
    let left: Vec<&Image> = candidate
        .map(|side| &side.image)
        .into_iter()
        .chain(stable)
        .collect();
    at.ledger().are_left(&mut draft.record, &left, to);
}

fn expected(draft: &Draft<'_, '_>) -> String {
    format!(
        "{} serves all traffic, {} pods; the canary has none",
        draft.now.stable.image.label(),
        draft.now.stable.replicas
    )
}
