//! Common mistakes of release pipelines, named where they are seen.

use super::Place;
use crate::domain::gate::Gate;
use serde::{Deserialize, Serialize};

/// One job of a run, as far as its gate and place in the order tell of mistakes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<'p> {
    /// Its name.
    pub name: &'p str,
    /// Where it belongs.
    pub place: Place,
    /// Its place among the jobs, by when they begin: equal where they run beside each other.
    pub order: usize,
    /// The names of its steps.
    pub steps: &'p [&'p str],
    /// It waits, or waited, for a person.
    pub asks_a_person: bool,
}

/// A mistake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "mistake", content = "where")]
pub enum Mistake {
    /// Nothing fails fast before a change is merged.
    NoFastChecks,
    /// An image is made after something was deployed.
    BuiltAfterDeploy(String),
    /// Nothing looks for weaknesses.
    NoScan,
    /// What is deployed has a tag that can be moved.
    MutableTag(String),
    /// A deployment ends before its pods run.
    NoRolloutWait(String),
    /// Production takes a release without anybody being asked, and not in steps.
    NoApproval(String),
}

impl Mistake {
    /// One sentence: what is wrong, and why it matters.
    pub fn sentence(&self) -> String {
        match self {
            Self::NoFastChecks => {
                "no fast checks on pull requests: a broken change is found only after it is merged"
                    .to_owned()
            }
            Self::BuiltAfterDeploy(job) => {
                format!("{job} builds after a deployment: what was tried is not what is built")
            }
            Self::NoScan => "nothing in this run scans dependencies, code or image".to_owned(),
            Self::MutableTag(image) => {
                format!("{image} has a tag that can be moved: what runs cannot be told from it")
            }
            Self::NoRolloutWait(job) => {
                format!("{job} does not wait for the rollout: it is green before the pods run")
            }
            Self::NoApproval(job) => {
                format!("{job} takes a release to production with no approval and no canary")
            }
        }
    }
}

/// Words of steps that wait for pods.
const WAITS: &[&str] = &[
    "rollout status",
    "wait",
    "--atomic",
    "atomic",
    "healthy",
    "health",
    "smoke",
    "verify",
    "ready",
    "kapp",
    "argocd app sync",
];

/// Words of steps that visibly change what runs.
const CHANGES: &[&str] = &[
    "kubectl apply",
    "kubectl set",
    "set image",
    "helm upgrade",
    "apply manifest",
];

/// Words of jobs that bring a release in by steps.
const BY_STEPS: &[&str] = &["canary", "rollout", "blue", "progressive", "%", "weight"];

/// The mistakes that a run's jobs show. `on_request`: it runs for a pull or merge request. `image`: what it deploys, with
/// whether its tag can be moved. Steps that were not read tell nothing.
pub fn mistakes(parts: &[Part<'_>], on_request: bool, image: Option<(&str, bool)>) -> Vec<Mistake> {
    let at = |gate: Gate| {
        parts
            .iter()
            .filter(move |part| part.place == Place::Gate(gate))
    };
    let mut found = Vec::new();
    if on_request && !parts.is_empty() && at(Gate::Fast).next().is_none() {
        found.push(Mistake::NoFastChecks);
    }
    let deployed = at(Gate::Staging)
        .chain(at(Gate::Production))
        .map(|part| part.order)
        .min();
    if let Some(deployed) = deployed {
        let late = at(Gate::Build).filter(|part| part.order > deployed);
        found.extend(late.map(|part| Mistake::BuiltAfterDeploy(part.name.to_owned())));
        if at(Gate::Deeper).next().is_none() {
            found.push(Mistake::NoScan);
        }
    }
    if let Some((image, true)) = image {
        found.push(Mistake::MutableTag(image.to_owned()));
    }
    let deploys = at(Gate::Staging).chain(at(Gate::Production));
    let hasty = deploys.filter(|part| part.steps.iter().any(|step| says(step, CHANGES)));
    let hasty = hasty.filter(|part| !part.steps.iter().any(|step| says(step, WAITS)));
    found.extend(hasty.map(|part| Mistake::NoRolloutWait(part.name.to_owned())));
    let production: Vec<&Part<'_>> = at(Gate::Production).collect();
    let is_careful = production
        .iter()
        .any(|part| part.asks_a_person || says(part.name, BY_STEPS));
    if let (Some(first), false) = (production.first(), is_careful) {
        found.push(Mistake::NoApproval(first.name.to_owned()));
    }
    found
}

fn says(name: &str, words: &[&str]) -> bool {
    let name = name.to_lowercase();
    words.iter().any(|word| name.contains(word))
}
