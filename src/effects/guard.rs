//! Each write as one JSON Patch with its guard, and the test whether it is done already. No I/O.
//!
//! Invariants: a patch tests the object's uid and the place of what it changes; a field that may be absent is never tested,
//! the generation is; a write that is already in effect is never sent again.

use super::objects::{Kind, PLAN_ANNOTATION, Seen};
use crate::domain::artifact::Image;
use crate::domain::ids::PlanId;
use crate::domain::traffic::Split;
use crate::strategy::step::{
    RuleBackends, Scale, SetImage, SetPaused, SetTemplate, SetWeights, Workload,
};
use json_patch::jsonptr::PointerBuf;
use json_patch::{AddOperation, Patch, PatchOperation, ReplaceOperation, TestOperation};
use serde_json::{Value, json};

/// A step that writes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Write<'p> {
    /// Weights, at the generation that the route must still have.
    Weights(&'p SetWeights, i64),
    /// Replicas.
    Scale(&'p Scale),
    /// One image.
    Image(&'p SetImage),
    /// A whole pod template.
    Template(&'p SetTemplate),
    /// Whether the rollout is held.
    Paused(&'p SetPaused),
}

/// How an object stands to a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// As the write would leave it.
    AsWanted,
    /// As the plan expects to find it.
    AsBefore,
    /// Otherwise: what is there now.
    Moved(String),
}

impl Write<'_> {
    pub(super) fn object(&self) -> (Kind, &str) {
        match self {
            Self::Weights(step, _) => (Kind::Route, &step.route),
            Self::Scale(step) => (Kind::Deployment, &step.on.deployment),
            Self::Image(step) => (Kind::Deployment, &step.on.deployment),
            Self::Template(step) => (Kind::Deployment, &step.on.deployment),
            Self::Paused(step) => (Kind::Deployment, &step.on.deployment),
        }
    }

    pub(super) fn standing(&self, seen: &Seen, plan: &PlanId) -> Standing {
        match self {
            Self::Weights(step, generation) => weights_standing(step, *generation, seen),
            Self::Scale(step) => {
                let now = seen.at("/spec/replicas").and_then(Value::as_u64);
                let words = || {
                    now.map_or_else(|| "no replicas".to_owned(), |now| format!("{now} replicas"))
                };
                let (wanted, before) = (now == Some(step.to.into()), now == Some(step.from.into()));
                workload_standing(&step.on, seen, plan, wanted, before, words)
            }
            Self::Image(step) => {
                let now = image_at(&step.on, seen);
                let (wanted, before) = (runs(now, &step.to), runs(now, &step.from));
                workload_standing(&step.on, seen, plan, wanted, before, || image_words(now))
            }
            Self::Template(step) => {
                let now = image_at(&step.on, seen);
                let paused = is_paused(seen);
                let template = seen.at("/spec/template").map(comparable);
                let wanted =
                    template == Some(comparable(&step.template.0)) && !(paused && step.paused);
                let before = runs(now, &step.from);
                workload_standing(&step.on, seen, plan, wanted, before, || image_words(now))
            }
            Self::Paused(step) => {
                let wanted = is_paused(seen) == step.to;
                let words = || {
                    if is_paused(seen) {
                        "it is paused"
                    } else {
                        "it is not paused"
                    }
                    .to_owned()
                };
                workload_standing(&step.on, seen, plan, wanted, !wanted, words)
            }
        }
    }

    /// The patch to the object as it was just read.
    pub(super) fn patch(&self, seen: &Seen, plan: &PlanId) -> Patch {
        Patch(match self {
            Self::Weights(step, generation) => weights_patch(step, *generation, seen),
            Self::Scale(step) => {
                let path = || pointer(&["spec", "replicas"]);
                let old = test(path(), json!(step.from));
                workload_patch(
                    &step.on,
                    seen,
                    plan,
                    vec![old],
                    vec![replace(path(), json!(step.to))],
                )
            }
            Self::Image(step) => {
                let change = replace(image_path(&step.on), json!(step.to.to_string()));
                workload_patch(
                    &step.on,
                    seen,
                    plan,
                    vec![image_test(&step.on, seen)],
                    vec![change],
                )
            }
            Self::Template(step) => {
                let mut change = vec![replace(
                    pointer(&["spec", "template"]),
                    step.template.0.clone(),
                )];
                if step.paused {
                    change.push(replace(pointer(&["spec", "paused"]), json!(false)));
                }
                workload_patch(
                    &step.on,
                    seen,
                    plan,
                    vec![image_test(&step.on, seen)],
                    change,
                )
            }
            Self::Paused(step) => {
                let path = || pointer(&["spec", "paused"]);
                // `false` is left out by most servers: then the generation is tested, and `add` sets it.
                let old = match seen.at("/spec/paused") {
                    Some(now) => test(path(), now.clone()),
                    None => test(
                        pointer(&["metadata", "generation"]),
                        json!(seen.generation()),
                    ),
                };
                workload_patch(
                    &step.on,
                    seen,
                    plan,
                    vec![old],
                    vec![add(path(), json!(step.to))],
                )
            }
        })
    }
}

fn is_paused(seen: &Seen) -> bool {
    seen.at("/spec/paused") == Some(&Value::Bool(true))
}

fn weights_standing(step: &SetWeights, generation: i64, seen: &Seen) -> Standing {
    let place = format!("httproute {}", step.route);
    if seen.uid() != step.uid {
        return Standing::Moved(format!("{place} was deleted and made anew"));
    }
    if step.rules.iter().any(|rule| !names_stand(step, rule, seen)) {
        return Standing::Moved(format!(
            "{place} no longer names {} and {} where it did",
            step.stable_service, step.canary_service
        ));
    }
    let is_open = step.restated || !is_divided(step, seen);
    if seen.generation() == Some(generation) && is_open {
        return Standing::AsBefore;
    }
    if is_divided(step, seen) {
        return Standing::AsWanted;
    }
    let weights = step.rules.first().and_then(|rule| weights_at(rule, seen));
    let weights = weights.map_or_else(String::new, |(stable, canary)| {
        format!(", its weights are {stable}/{canary}")
    });
    Standing::Moved(format!(
        "{place} was changed by {}{weights} (generation {}, {generation} expected)",
        last_writer(seen),
        seen.generation().unwrap_or_default()
    ))
}

/// Whether every rule that names both Services divides the traffic as wanted.
fn is_divided(step: &SetWeights, seen: &Seen) -> bool {
    let Some(rules) = seen.at("/spec/rules").and_then(Value::as_array) else {
        return false;
    };
    let found: Vec<RuleBackends> = rules
        .iter()
        .enumerate()
        .filter_map(|(rule, value)| both_in(step, rule, value))
        .collect();
    !found.is_empty()
        && found
            .iter()
            .all(|rule| weights_at(rule, seen).is_some_and(|now| divides(now, step.to)))
}

fn both_in(step: &SetWeights, rule: usize, value: &Value) -> Option<RuleBackends> {
    let backends = value.get("backendRefs")?.as_array()?;
    let index = |service: &str| {
        backends
            .iter()
            .position(|backend| backend.get("name").and_then(Value::as_str) == Some(service))
    };
    Some(RuleBackends {
        rule,
        stable: index(&step.stable_service)?,
        canary: index(&step.canary_service)?,
    })
}

fn divides((stable, canary): (u64, u64), wanted: Split) -> bool {
    let all = stable + canary;
    all > 0 && canary * 100 == u64::from(wanted.canary.percent()) * all
}

fn backend(rule: &RuleBackends, index: usize, field: &str) -> String {
    format!("/spec/rules/{}/backendRefs/{index}/{field}", rule.rule)
}

fn names_stand(step: &SetWeights, rule: &RuleBackends, seen: &Seen) -> bool {
    seen.text(&backend(rule, rule.stable, "name")) == Some(&step.stable_service)
        && seen.text(&backend(rule, rule.canary, "name")) == Some(&step.canary_service)
}

/// An absent weight counts as 1.
fn weights_at(rule: &RuleBackends, seen: &Seen) -> Option<(u64, u64)> {
    let weight = |index| match seen.at(&backend(rule, index, "weight")) {
        Some(weight) => weight.as_u64(),
        None => Some(1),
    };
    Some((weight(rule.stable)?, weight(rule.canary)?))
}

fn weights_patch(step: &SetWeights, generation: i64, seen: &Seen) -> Vec<PatchOperation> {
    let mut operations = vec![
        test(pointer(&["metadata", "uid"]), json!(step.uid)),
        test(pointer(&["metadata", "generation"]), json!(generation)),
    ];
    for rule in &step.rules {
        for (index, service) in [
            (rule.stable, &step.stable_service),
            (rule.canary, &step.canary_service),
        ] {
            operations.push(test(backend_pointer(rule, index, "name"), json!(service)));
        }
    }
    for rule in &step.rules {
        let (stable, canary) = numbers(step, rule, seen);
        for (index, weight) in [(rule.stable, stable), (rule.canary, canary)] {
            // `add` also sets a weight that was left out, where `replace` would fail.
            operations.push(add(backend_pointer(rule, index, "weight"), json!(weight)));
        }
    }
    operations
}

/// Percents; where they are there already and are to be stated anew, the same division in other numbers.
fn numbers(step: &SetWeights, rule: &RuleBackends, seen: &Seen) -> (u64, u64) {
    let (stable, canary) = (step.to.stable().percent(), step.to.canary.percent());
    let plain = (u64::from(stable), u64::from(canary));
    if step.restated && weights_at(rule, seen) == Some(plain) {
        (plain.0 * 2, plain.1 * 2)
    } else {
        plain
    }
}

fn backend_pointer(rule: &RuleBackends, index: usize, field: &str) -> PointerBuf {
    let (rule, index) = (rule.rule.to_string(), index.to_string());
    pointer(&["spec", "rules", &rule, "backendRefs", &index, field])
}

fn workload_standing(
    on: &Workload,
    seen: &Seen,
    plan: &PlanId,
    wanted: bool,
    before: bool,
    words: impl Fn() -> String,
) -> Standing {
    let place = format!("deployment {}", on.deployment);
    if seen.uid() != on.uid {
        return Standing::Moved(format!("{place} was deleted and made anew"));
    }
    if seen.text(&container_path(on, "name")) != Some(&on.container) {
        return Standing::Moved(format!(
            "{place} no longer has container {} where it had it",
            on.container
        ));
    }
    if wanted {
        return Standing::AsWanted;
    }
    match mark(on, seen, plan) {
        Mark::Other(other) => {
            Standing::Moved(format!("{place} was written by {other}: {}", words()))
        }
        Mark::Own | Mark::Planned | Mark::Absent if before => Standing::AsBefore,
        Mark::Own | Mark::Planned | Mark::Absent => Standing::Moved(format!(
            "{place} was changed by {}: {}",
            last_writer(seen),
            words()
        )),
    }
}

/// The annotation that tells which plan wrote last.
enum Mark {
    /// This plan.
    Own,
    /// The plan that the present one was made after.
    Planned,
    /// None, and nothing was changed since the plan was made.
    Absent,
    /// Another one, or somebody else.
    Other(String),
}

fn mark(on: &Workload, seen: &Seen, plan: &PlanId) -> Mark {
    match (seen.plan(), &on.plan) {
        (Some(now), _) if now == plan.as_str() => Mark::Own,
        (Some(now), Some(planned)) if now == planned => Mark::Planned,
        (Some(now), _) => Mark::Other(format!(
            "plan {}",
            crate::domain::text::Text::new(now).shown()
        )),
        (None, None) if seen.generation() == Some(on.generation) => Mark::Absent,
        (None, _) => Mark::Other(last_writer(seen)),
    }
}

fn workload_patch(
    on: &Workload,
    seen: &Seen,
    plan: &PlanId,
    old: Vec<PatchOperation>,
    change: Vec<PatchOperation>,
) -> Vec<PatchOperation> {
    let mut operations = vec![
        test(pointer(&["metadata", "uid"]), json!(on.uid)),
        test(container_pointer(on, "name"), json!(on.container)),
    ];
    operations.extend(old);
    if seen.plan() == Some(plan.as_str()) {
        operations.push(test(plan_pointer(), json!(plan)));
    } else {
        operations.extend(mark_patch(on.plan.as_deref(), on.generation, seen, plan));
    }
    operations.extend(change);
    operations
}

/// The tests and operations with which a plan first marks a Deployment as its own. An absent mark cannot be tested: all
/// annotations are, as they were just read, for a mark alone gives the Deployment no new generation.
pub(super) fn mark_patch(
    old: Option<&str>,
    generation: i64,
    seen: &Seen,
    plan: &PlanId,
) -> Vec<PatchOperation> {
    if let Some(old) = old {
        return vec![
            test(plan_pointer(), json!(old)),
            replace(plan_pointer(), json!(plan)),
        ];
    }
    let mut operations = vec![test(
        pointer(&["metadata", "generation"]),
        json!(generation),
    )];
    let annotations = || pointer(&["metadata", "annotations"]);
    operations.push(match seen.at("/metadata/annotations") {
        Some(now) => test(annotations(), now.clone()),
        None => add(annotations(), json!({})),
    });
    operations.push(add(plan_pointer(), json!(plan)));
    operations
}

/// The test with which any patch to an object begins.
pub(super) fn uid_test(seen: &Seen) -> PatchOperation {
    test(pointer(&["metadata", "uid"]), json!(seen.uid()))
}

fn container_path(on: &Workload, field: &str) -> String {
    format!(
        "/spec/template/spec/containers/{}/{field}",
        on.container_index
    )
}

fn container_pointer(on: &Workload, field: &str) -> PointerBuf {
    let index = on.container_index.to_string();
    pointer(&["spec", "template", "spec", "containers", &index, field])
}

fn image_path(on: &Workload) -> PointerBuf {
    container_pointer(on, "image")
}

fn image_at<'s>(on: &Workload, seen: &'s Seen) -> Option<&'s str> {
    seen.text(&container_path(on, "image"))
}

/// Tests the very text that was just read and found to be the old image.
fn image_test(on: &Workload, seen: &Seen) -> PatchOperation {
    test(image_path(on), json!(image_at(on, seen)))
}

fn image_words(now: Option<&str>) -> String {
    match now.map(Image::parse) {
        Some(Ok(image)) => format!("it runs {}", image.label()),
        Some(Err(_)) | None => "its image cannot be read".to_owned(),
    }
}

fn runs(now: Option<&str>, wanted: &Image) -> bool {
    now.and_then(|now| Image::parse(now).ok())
        .is_some_and(|now| now == *wanted)
}

/// A template without what only the way through a ReplicaSet adds to it.
fn comparable(template: &Value) -> Value {
    let mut template = template.clone();
    if let Some(metadata) = template.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|key, value| !(key == "creationTimestamp" && value.is_null()));
        if let Some(labels) = metadata.get_mut("labels").and_then(Value::as_object_mut) {
            labels.remove("pod-template-hash");
        }
    }
    template
}

/// The field manager that wrote the object's spec or metadata last.
fn last_writer(seen: &Seen) -> String {
    let entries = seen.at("/metadata/managedFields").and_then(Value::as_array);
    let last = entries
        .into_iter()
        .flatten()
        .filter(|entry| entry.get("subresource").is_none())
        .max_by_key(|entry| {
            entry
                .get("time")
                .and_then(Value::as_str)
                .unwrap_or_default()
        });
    match last
        .and_then(|entry| entry.get("manager"))
        .and_then(Value::as_str)
    {
        Some(manager) => crate::domain::text::Text::new(manager).shown().to_owned(),
        None => "somebody".to_owned(),
    }
}

fn plan_pointer() -> PointerBuf {
    pointer(&["metadata", "annotations", PLAN_ANNOTATION])
}

fn pointer(tokens: &[&str]) -> PointerBuf {
    PointerBuf::from_tokens(tokens.iter().copied())
}

fn test(path: PointerBuf, value: Value) -> PatchOperation {
    PatchOperation::Test(TestOperation { path, value })
}

fn replace(path: PointerBuf, value: Value) -> PatchOperation {
    PatchOperation::Replace(ReplaceOperation { path, value })
}

fn add(path: PointerBuf, value: Value) -> PatchOperation {
    PatchOperation::Add(AddOperation { path, value })
}
