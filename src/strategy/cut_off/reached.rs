//! How far a plan came: the number of steps that leave behind what is there now.

use crate::domain::artifact::Image;
use crate::domain::cluster::{Route, Snapshot, Template};
use crate::domain::traffic::Split;
use crate::strategy::earlier::Earlier;
use crate::strategy::plan::Plan;
use crate::strategy::side::{Side, side};
use crate::strategy::step::{SetWeights, Step, Workload};
use std::collections::BTreeMap;

/// What a step writes to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Version(String),
    Replicas(String),
    Paused(String),
    Weights(String),
}

/// What must be there.
#[derive(Clone, Copy)]
enum Wanted<'p> {
    Version(&'p Workload, &'p Image),
    Replicas(&'p Workload, u32),
    Paused(&'p Workload, bool),
    Weights(&'p SetWeights, Split),
}

/// The fewest steps, at least `done`, after which everything that the plan writes to is as it is now; else what differs.
pub(super) fn reached(plan: &Plan, done: usize, seen: &Snapshot) -> Result<usize, String> {
    let mut first = None;
    for count in done.min(plan.steps.len())..=plan.steps.len() {
        let differs = state(&plan.steps, count)
            .into_values()
            .find_map(|wanted| differs(wanted, seen));
        match differs {
            None => return Ok(count),
            Some(differs) => {
                first.get_or_insert(differs);
            }
        }
    }
    Err(first.unwrap_or_default())
}

/// Everything that the plan writes to, after so many of its steps.
fn state(steps: &[Step], count: usize) -> BTreeMap<Place, Wanted<'_>> {
    let mut state = BTreeMap::new();
    for (index, step) in steps.iter().enumerate() {
        let Some((place, before, after)) = written(step) else {
            continue;
        };
        if index < count {
            state.insert(place, after);
        } else {
            state.entry(place).or_insert(before);
        }
    }
    state
}

fn written(step: &Step) -> Option<(Place, Wanted<'_>, Wanted<'_>)> {
    match step {
        Step::SetWeights(step) => Some((
            Place::Weights(step.route.clone()),
            Wanted::Weights(step, step.from),
            Wanted::Weights(step, step.to),
        )),
        Step::Scale(step) => Some((
            Place::Replicas(step.on.deployment.clone()),
            Wanted::Replicas(&step.on, step.from),
            Wanted::Replicas(&step.on, step.to),
        )),
        Step::SetImage(step) => Some((
            Place::Version(step.on.deployment.clone()),
            Wanted::Version(&step.on, &step.from),
            Wanted::Version(&step.on, &step.to),
        )),
        Step::SetTemplate(step) => Some((
            Place::Version(step.on.deployment.clone()),
            Wanted::Version(&step.on, &step.from),
            Wanted::Version(&step.on, &step.to),
        )),
        Step::SetPaused(step) => Some((
            Place::Paused(step.on.deployment.clone()),
            Wanted::Paused(&step.on, !step.to),
            Wanted::Paused(&step.on, step.to),
        )),
        Step::AwaitReady(_)
        | Step::AwaitEndpoints(_)
        | Step::ConfirmTraffic(_)
        | Step::Drain(_)
        | Step::RunSmokeTest(_) => None,
    }
}

/// What is there instead, in words.
fn differs(wanted: Wanted<'_>, seen: &Snapshot) -> Option<String> {
    match wanted {
        Wanted::Weights(step, split) => weights_differ(step, split, seen),
        Wanted::Version(on, image) => match own(on, seen) {
            Err(differs) => Some(differs),
            Ok(side) => (side.image != *image).then(|| {
                let (now, then) = (side.image.label(), image.label());
                format!("{} runs {now}, {then} was expected", on.deployment)
            }),
        },
        Wanted::Replicas(on, replicas) => match own(on, seen) {
            Err(differs) => Some(differs),
            Ok(side) => (side.deployment.replicas != replicas).then(|| {
                let now = side.deployment.replicas;
                format!(
                    "{} wants {now} replicas, {replicas} were expected",
                    on.deployment
                )
            }),
        },
        Wanted::Paused(on, paused) => match own(on, seen) {
            Err(differs) => Some(differs),
            Ok(side) => (side.deployment.paused != paused)
                .then(|| format!("{} was paused or let go on", on.deployment)),
        },
    }
}

/// The Deployment, where it is still the one that the step was made for.
pub(super) fn own<'a>(on: &'a Workload, seen: &'a Snapshot) -> Result<Side<'a>, String> {
    let side = side(seen, &on.deployment, &on.container)?;
    if side.deployment.uid != on.uid {
        return Err(format!(
            "deployment {} was deleted and made anew",
            on.deployment
        ));
    }
    Ok(side)
}

/// The route, where it is still the one that the step was made for and names both Services where it did.
pub(super) fn route<'a>(step: &SetWeights, seen: &'a Snapshot) -> Result<&'a Route, String> {
    let name = &step.route;
    let route = seen
        .route
        .as_ref()
        .filter(|route| route.name == *name)
        .ok_or_else(|| format!("httproute {name} is gone"))?;
    if route.uid != step.uid {
        return Err(format!("httproute {name} was deleted and made anew"));
    }
    let names_both = step.rules.iter().all(|rule| {
        let named = |index: usize, service: &str| {
            let backends = route.rules.get(rule.rule);
            backends
                .and_then(|backends| backends.get(index))
                .is_some_and(|backend| backend.name == service)
        };
        named(rule.stable, &step.stable_service) && named(rule.canary, &step.canary_service)
    });
    if names_both {
        Ok(route)
    } else {
        Err(format!(
            "httproute {name} no longer names both services where it did"
        ))
    }
}

fn weights_differ(step: &SetWeights, split: Split, seen: &Snapshot) -> Option<String> {
    let route = match route(step, seen) {
        Ok(route) => route,
        Err(differs) => return Some(differs),
    };
    step.rules.iter().find_map(|rule| {
        let weight = |index: usize| {
            let backend = route.rules.get(rule.rule)?.get(index)?;
            Some(u64::from(backend.weight.unwrap_or(1)))
        };
        let (stable, canary) = (weight(rule.stable)?, weight(rule.canary)?);
        let all = stable + canary;
        let is_divided = all > 0 && canary * 100 == u64::from(split.canary.percent()) * all;
        (!is_divided).then(|| {
            format!(
                "the weights of httproute {} are {stable}/{canary}, {split} were expected",
                step.route
            )
        })
    })
}

/// Puts the templates in that the record leaves out, as far as the cluster still has them.
pub(super) fn find_templates(plan: &mut Plan, seen: &Snapshot) {
    for step in &mut plan.steps {
        let Step::SetTemplate(step) = step else {
            continue;
        };
        let on = step.on.clone();
        let Ok(side) = own(&on, seen) else { continue };
        let earlier = Earlier {
            seen,
            side: &side,
            record: seen.record.record(),
        };
        let by_revision = step.revision.and_then(|revision| {
            let mut sets = seen.replica_sets_of(side.deployment);
            sets.find(|set| set.revision == Some(revision))
        });
        let to = by_revision.or_else(|| earlier.newest_set(|image| *image == step.to));
        step.template = match to {
            Some(set) => set.template.clone(),
            None => earlier.with_image(&step.to),
        };
        step.from_template = if side.image == step.from {
            side.deployment.template.clone()
        } else {
            let from = earlier.newest_set(|image| *image == step.from);
            from.map_or_else(Template::default, |set| set.template.clone())
        };
    }
}
