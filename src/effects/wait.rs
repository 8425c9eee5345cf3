//! Waiting for pods and endpoints: pure readings of a snapshot, and the loop that asks for it.

use super::carrier::Carrier;
use super::halt::Halt;
use crate::domain::artifact::Image;
use crate::domain::cluster::{Deployment, Pod, Progress, ReplicaSet, Snapshot};
use crate::strategy::step::{AwaitEndpoints, AwaitReady};
use std::time::Duration;
use tokio::time::{Instant, sleep};

const POLL: Duration = Duration::from_millis(500);
/// Names that are told at most.
const NAMED: usize = 3;

/// How far something is that is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Waiting {
    /// It is there; with what was seen.
    Over(String),
    /// Not yet; what is missing.
    NotYet(String),
    /// It will not come.
    Failed(String),
    /// Somebody changed what is waited for.
    Moved(String),
}

/// A Deployment with so many pods of one image and none of another.
#[derive(Clone, Copy, Debug)]
pub(super) struct WantedPods<'a> {
    pub(super) deployment: &'a str,
    pub(super) container: &'a str,
    pub(super) image: &'a Image,
    pub(super) replicas: u32,
}

impl Carrier {
    /// Looks again and again until it is there, answers what was seen; says what was missing when `within` is over.
    pub(super) async fn until(
        &self,
        within: Duration,
        look: impl Fn(&Snapshot) -> Waiting,
    ) -> Result<String, Halt> {
        let deadline = Instant::now() + within;
        loop {
            let missing = match self.context.observe().await {
                Ok(snapshot) => match look(&snapshot) {
                    Waiting::Over(text) => return Ok(text),
                    Waiting::NotYet(text) => text,
                    Waiting::Failed(text) => return Err(Halt::NotProven(text)),
                    Waiting::Moved(text) => return Err(Halt::Moved(text)),
                },
                Err(error) if error.is_passing() && Instant::now() < deadline => error.sentence(),
                Err(error) => return Err(error.into()),
            };
            if Instant::now() >= deadline {
                let seconds = within.as_secs();
                return Err(Halt::NotProven(format!("after {seconds} s: {missing}")));
            }
            self.voice.waited(missing);
            sleep(POLL).await;
        }
    }
}

/// In the order of `kubectl rollout status`, then what it does not look at: image, number, uid.
pub(super) fn ready(step: &AwaitReady, seen: &Snapshot) -> Waiting {
    let name = &step.deployment;
    let Some(deployment) = seen.deployment(name) else {
        return Waiting::Moved(format!("deployment {name} is gone"));
    };
    if deployment.uid != step.uid {
        return Waiting::Moved(format!("deployment {name} was deleted and made anew"));
    }
    if !has_image(deployment, &step.container, &step.image) {
        return Waiting::Moved(format!(
            "deployment {name} no longer has {}",
            step.image.label()
        ));
    }
    let counted = deployment.counted;
    let missing = if deployment.generation > deployment.observed_generation {
        "its controller has not seen the change yet".to_owned()
    } else if let Progress::DeadlineExceeded(message) = &deployment.progress {
        let text = format!(
            "{name} exceeded its progress deadline: {message}{}{}",
            troubles(seen, deployment),
            unready(seen, deployment)
        );
        // Where fewer will do, those may still come.
        return if step.enough < step.replicas {
            Waiting::NotYet(text)
        } else {
            Waiting::Failed(text)
        };
    } else if counted.updated < deployment.replicas {
        format!(
            "{} of {} pods are of the new template",
            counted.updated, deployment.replicas
        )
    } else if counted.total > counted.updated {
        format!(
            "{} pods of the old template are still there",
            counted.total - counted.updated
        )
    } else if counted.available < counted.updated || counted.available < step.replicas {
        format!(
            "{} of {} pods are available",
            counted.available,
            step.replicas.max(counted.updated)
        )
    } else {
        return Waiting::Over(format!(
            "{} pods of {} run {}",
            counted.available,
            name,
            step.image.label()
        ));
    };
    let paused = if deployment.paused {
        ", and its rollout is paused"
    } else {
        ""
    };
    Waiting::NotYet(format!(
        "{name}: {missing}{paused}{}",
        troubles(seen, deployment)
    ))
}

/// What is told where the time is over and fewer pods than wanted will do; `None` where there are not even those.
pub(super) fn enough(step: &AwaitReady, seen: &Snapshot) -> Option<String> {
    let AwaitReady {
        deployment: name,
        image,
        replicas,
        within,
        ..
    } = step;
    let deployment = seen
        .deployment(name)
        .filter(|found| found.uid == step.uid)?;
    let available: u32 = sets_with(seen, deployment, &step.container, image)
        .map(|set| set.available)
        .sum();
    (step.enough < *replicas && available >= step.enough).then(|| {
        format!(
            "after {} s {available} of {replicas} pods of {} are available on {name}, {} missing: going on with them",
            within.as_secs(),
            image.label(),
            replicas.saturating_sub(available)
        )
    })
}

/// The Service's endpoints are only pods of that Deployment that run that image.
pub(super) fn endpoints(step: &AwaitEndpoints, seen: &Snapshot) -> Waiting {
    let service = &step.service;
    let Some(endpoints) = seen.endpoints_of(service) else {
        return Waiting::NotYet(format!("the endpoints of {service} cannot be read"));
    };
    let right: Vec<&str> = seen
        .deployment(&step.deployment)
        .map(|deployment| running(seen, deployment, &step.container, &step.image))
        .unwrap_or_default();
    let wrong: Vec<&str> = endpoints
        .ready
        .iter()
        .map(String::as_str)
        .filter(|pod| !right.contains(pod))
        .collect();
    let count = endpoints.ready.len();
    if step.at_least == 0 && count > 0 {
        return Waiting::NotYet(format!("{service} still has {count} endpoints"));
    }
    if !wrong.is_empty() {
        let label = step.image.label();
        if let Some(found) = seen.deployment(&step.deployment)
            && !has_image(found, &step.container, &step.image)
        {
            let name = &step.deployment;
            return Waiting::Moved(format!("deployment {name} no longer has {label}"));
        }
        return Waiting::NotYet(format!(
            "{service} has endpoints that are not {label}: {}",
            named(&wrong)
        ));
    }
    if count < step.at_least as usize {
        return Waiting::NotYet(format!(
            "{service} has {count} of {} endpoints",
            step.at_least
        ));
    }
    Waiting::Over(match count {
        0 => format!("{service} has no endpoints"),
        count => format!(
            "{service} has {count} endpoints, all {}",
            step.image.label()
        ),
    })
}

/// These replicas of that image, or more where somebody scaled it up since, all available, none of another template left.
pub(super) fn pods(wanted: &WantedPods<'_>, seen: &Snapshot) -> Waiting {
    let &WantedPods {
        deployment,
        container,
        image,
        replicas,
    } = wanted;
    let Some(found) = seen.deployment(deployment) else {
        return Waiting::NotYet(format!("deployment {deployment} is gone"));
    };
    let counted = found.counted;
    let label = image.label();
    if replicas > 0 && !has_image(found, container, image) {
        return Waiting::NotYet(format!("{deployment} is not set to {label}"));
    }
    // An autoscaler may want more than the plan left: all of those must be there then.
    let wanted = if replicas == 0 {
        0
    } else {
        replicas.max(found.replicas)
    };
    let exact = [
        found.replicas,
        counted.total,
        counted.updated,
        counted.available,
    ];
    if found.generation > found.observed_generation || exact.iter().any(|n| *n != wanted) {
        return Waiting::NotYet(format!(
            "{deployment} has {} pods, {} of {label} available, {wanted} expected{}",
            counted.total,
            counted.available.min(counted.updated),
            troubles(seen, found)
        ));
    }
    Waiting::Over(match replicas {
        0 => format!("{deployment} has no pods"),
        _ if wanted > replicas => format!(
            "{wanted} of {wanted} pods of {deployment} run {label}; the plan left {replicas}, somebody else scaled it"
        ),
        replicas => format!("{replicas} of {replicas} pods of {deployment} run {label}"),
    })
}

fn has_image(deployment: &Deployment, container: &str, image: &Image) -> bool {
    deployment
        .containers
        .iter()
        .any(|found| found.name == container && is_image(&found.image, image))
}

fn is_image(reference: &str, image: &Image) -> bool {
    Image::parse(reference).is_ok_and(|found| found == *image)
}

/// The Deployment's ReplicaSets that have that image.
fn sets_with<'s>(
    seen: &'s Snapshot,
    deployment: &'s Deployment,
    container: &str,
    image: &Image,
) -> impl Iterator<Item = &'s ReplicaSet> {
    seen.replica_sets_of(deployment).filter(move |set| {
        set.containers
            .iter()
            .any(|found| found.name == container && is_image(&found.image, image))
    })
}

/// Names of the Deployment's pods whose ReplicaSet has that image.
fn running<'s>(
    seen: &'s Snapshot,
    deployment: &'s Deployment,
    container: &str,
    image: &Image,
) -> Vec<&'s str> {
    let sets: Vec<&str> = sets_with(seen, deployment, container, image)
        .map(|set| set.uid.as_str())
        .collect();
    seen.pods
        .iter()
        .filter(|pod| sets.contains(&pod.owner_uid.as_str()))
        .map(|pod| pod.name.as_str())
        .collect()
}

/// Why pods do not come: crash loops, images that cannot be pulled.
fn troubles(seen: &Snapshot, deployment: &Deployment) -> String {
    let stuck: Vec<String> = seen
        .pods_of(deployment)
        .filter(|pod| is_stuck(pod))
        .take(NAMED)
        .map(|pod| format!("; {} is in {}{}", pod.name, pod.state, ended(pod)))
        .collect();
    stuck.concat()
}

/// Why a pod's container ended last, as far as that is known.
fn ended(pod: &Pod) -> String {
    let why = |(reason, _): &(crate::domain::text::Text, _)| {
        format!(" ({reason}, {} restarts)", pod.restarts)
    };
    pod.last_end.as_ref().map_or_else(String::new, why)
}

/// The first pod that runs and takes no requests, which no state tells of.
fn unready(seen: &Snapshot, deployment: &Deployment) -> String {
    let runs = |pod: &&Pod| !pod.ready && !pod.deleting && pod.state.raw() == "Running";
    let mut pods = seen.pods_of(deployment).filter(runs);
    pods.next().map_or_else(String::new, |pod| {
        format!("; {} runs and is not ready", pod.name)
    })
}

fn is_stuck(pod: &Pod) -> bool {
    let state = pod.state.raw();
    !pod.ready
        && !pod.deleting
        && !matches!(
            state,
            "Pending" | "Running" | "ContainerCreating" | "PodInitializing"
        )
}

fn named(pods: &[&str]) -> String {
    let more = pods.len().saturating_sub(NAMED);
    let names = pods
        .iter()
        .take(NAMED)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    if more == 0 {
        names
    } else {
        format!("{names} and {more} more")
    }
}
