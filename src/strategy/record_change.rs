//! How a plan changes the record: pure folds, written out by whoever carries the plan out.
//!
//! Invariants: a claim is only moved or given back by its own plan; a plan without steps never takes the claim from another,
//! so that a pause does not stop what is under way; what the record remembers of a release is added to, never lost.

use super::cut_off;
use super::goal::Goal;
use super::plan::{Plan, RecordChange};
use crate::domain::artifact::Image;
use crate::domain::ids::PlanId;
use crate::domain::record::{Claim, Ended, Good, Note, Record, Release, TAKEN_AWAY};
use crate::domain::text::Text;
use crate::domain::traffic::Weight;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What a Deployment ran when a plan ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// Image of the release's container.
    pub image: Image,
    /// `pod-template-hash` of the ReplicaSet with the present template.
    pub template: Option<String>,
    /// The image's digest as the nodes report it.
    pub digest: Option<String>,
}

/// Whether the plan must hold the claim: it has steps, or it stops whoever holds it. A pause and its end never do, since
/// they must be possible while another's plan waits.
pub fn claims(plan: &Plan) -> bool {
    match plan.goal {
        Goal::Pause | Goal::Resume => false,
        Goal::Deploy(_)
        | Goal::Promote
        | Goal::PromoteFully
        | Goal::Abort
        | Goal::RollBack(_)
        | Goal::DeclareGood(_)
        | Goal::TakeUp(_) => {
            !plan.steps.is_empty() || plan.goal.takes_over() || plan.takes_up.is_some()
        }
    }
}

/// The plan begins at `at`: the claim is its own, and the release that begins with it stands on top.
pub fn begin(record: &mut Record, plan: &Plan, at: Timestamp) {
    if claims(plan) {
        record.current = Some(claim(plan, at));
    }
    if let Some(began) = &plan.record.began {
        for release in running(record).filter(|release| !release.runs(&began.stable.image)) {
            release.ended = Ended::Superseded;
        }
        record.base = Some(began.base);
        record.stable_before = Some(began.stable.clone());
        record.step_started_at = None;
        record.paused = None;
    }
    if let Some(release) = &plan.record.release
        && revised(record, release.revision).is_none()
    {
        record.releases.insert(0, release.clone());
    }
}

/// The weight took effect at `at`.
pub fn weight(record: &mut Record, weight: Weight, at: Timestamp) {
    record.set_weight = Some(weight);
    record.step_started_at = (weight > Weight::ZERO).then_some(at);
}

/// The plan lives and has `done` steps behind it. `false`: the claim is not, or no longer, its own.
pub fn beat(record: &mut Record, plan: &PlanId, done: usize) -> bool {
    match &mut record.current {
        Some(claim) if claim.plan == plan.as_str() => {
            claim.done = done;
            claim.heartbeat += 1;
            true
        }
        Some(_) | None => false,
    }
}

/// The plan gives its claim back; another's stays.
pub fn give_back(record: &mut Record, plan: &PlanId) {
    if record
        .current
        .as_ref()
        .is_some_and(|claim| claim.plan == plan.as_str())
    {
        record.current = None;
    }
}

/// The plan is done at `at`: releases end, marks come and go, the claim is given back. `ran` is what each Deployment runs now.
pub fn finish(record: &mut Record, plan: &Plan, at: Timestamp, ran: &BTreeMap<String, Ran>) {
    let by = Text::new(plan.by.line());
    apply(record, &plan.record, at, &by);
    for (deployment, ran) in ran {
        remember(record, deployment, ran);
    }
    give_back(record, &plan.id);
}

fn claim(plan: &Plan, at: Timestamp) -> Claim {
    Claim {
        plan: plan.id.as_str().to_owned(),
        goal: plan.goal.word().into(),
        title: plan.title.as_str().into(),
        done: plan.begins_at(),
        steps: plan.steps.len(),
        by: plan.by.line().into(),
        since: at,
        heartbeat: 0,
        whole: cut_off::portable(plan),
    }
}

fn running(record: &mut Record) -> impl Iterator<Item = &mut Release> {
    record
        .releases
        .iter_mut()
        .filter(|release| release.ended == Ended::Running)
}

fn apply(record: &mut Record, change: &RecordChange, at: Timestamp, by: &Text) {
    let note = |text: String| Note {
        at,
        by: by.clone(),
        text: text.into(),
    };
    for (revision, ended) in &change.ended {
        if let Some(release) = revised(record, *revision) {
            release.ended = *ended;
            if *ended == Ended::Promoted {
                release.alone_since = Some(at);
            }
        }
    }
    for (revision, why) in &change.not_good {
        if let Some(release) = revised(record, *revision)
            && release.good.take().is_some()
        {
            release.notes.push(note(format!("{TAKEN_AWAY}: {why}")));
        }
    }
    if let Some((revision, why)) = &change.good
        && let Some(release) = revised(record, *revision)
    {
        release.good = Some(Good {
            since: at,
            by: by.clone(),
            why: why.as_deref().map(Text::from),
            evidence: None,
        });
    }
    for (revision, text) in &change.notes {
        if let Some(release) = revised(record, *revision) {
            release.notes.push(note(text.clone()));
        }
    }
    if let Some(paused) = &change.paused {
        record.paused.clone_from(paused);
    }
}

fn revised(record: &mut Record, revision: u64) -> Option<&mut Release> {
    record
        .releases
        .iter_mut()
        .find(|release| release.revision == revision)
}

/// Adds what is known now of the newest release with this image: its template on that Deployment, its digest.
fn remember(record: &mut Record, deployment: &str, ran: &Ran) {
    let newest = record
        .release_of(&ran.image)
        .map(|release| release.revision);
    let Some(release) = newest.and_then(|revision| revised(record, revision)) else {
        return;
    };
    if let Some(template) = &ran.template {
        release
            .templates
            .insert(deployment.to_owned(), template.clone());
    }
    if release.digest.is_none() {
        release.digest.clone_from(&ran.digest);
    }
}
