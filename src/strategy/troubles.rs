//! Why a rollout is not simply well, a sentence each.

use crate::domain::cluster::{Acceptance, Pod, Progress, Snapshot};
use crate::domain::record::RecordRead;
use crate::domain::text::Text;
use std::collections::BTreeMap;

/// States of a pod that do not pass by themselves.
const STUCK: &[&str] = &[
    "CrashLoopBackOff",
    "CreateContainerConfigError",
    "CreateContainerError",
    "ErrImageNeverPull",
    "ErrImagePull",
    "Error",
    "Failed",
    "ImageInspectError",
    "ImagePullBackOff",
    "InvalidImageName",
    "OOMKilled",
    "RunContainerError",
];

/// What is wrong, most telling first, after what the strategy itself found.
pub(super) fn troubles(seen: &Snapshot, mut found: Vec<String>) -> Vec<Text> {
    found.extend(refused(seen));
    found.extend(deadlines(seen));
    found.extend(stuck_pods(seen));
    found.extend(record(&seen.record));
    found.into_iter().map(Text::from).collect()
}

/// Whether a pod is in a state that does not pass by itself.
fn is_stuck(pod: &Pod) -> bool {
    !pod.deleting && STUCK.iter().any(|state| pod.state.shown() == *state)
}

fn refused(seen: &Snapshot) -> Option<String> {
    let route = seen.route.as_ref()?;
    match &route.acceptance {
        Acceptance::Refused(words) => Some(format!(
            "httproute {} is refused: {}",
            route.name,
            words.shown()
        )),
        Acceptance::Accepted | Acceptance::Unanswered => None,
    }
}

fn deadlines(seen: &Snapshot) -> impl Iterator<Item = String> {
    seen.deployments
        .iter()
        .filter_map(|deployment| match &deployment.progress {
            Progress::DeadlineExceeded(words) => Some(format!(
                "deployment {}: progress deadline exceeded: {}",
                deployment.name,
                words.shown()
            )),
            Progress::Moving | Progress::Unknown => None,
        })
}

/// One sentence per side and state: the first pod by name, how many more, and why its container ended.
fn stuck_pods(seen: &Snapshot) -> Vec<String> {
    let mut groups: BTreeMap<_, Vec<&Pod>> = BTreeMap::new();
    for pod in seen.pods.iter().filter(|pod| is_stuck(pod)) {
        groups
            .entry((pod.track, pod.state.shown()))
            .or_default()
            .push(pod);
    }
    groups
        .into_iter()
        .filter_map(|((track, state), mut pods)| {
            pods.sort_by(|a, b| a.name.cmp(&b.name));
            let (first, more) = pods.split_first()?;
            let others = match more.len() {
                0 => String::new(),
                count => format!(" and {count} more"),
            };
            let end = first
                .last_end
                .as_ref()
                .map_or_else(String::new, |(why, _)| {
                    format!(" ({}, {} restarts)", why.shown(), first.restarts)
                });
            Some(format!("{track} pod {}{others}: {state}{end}", first.name))
        })
        .collect()
}

fn record(read: &RecordRead) -> Option<String> {
    match read {
        RecordRead::Unreadable(why) => Some(format!("the record makes no sense: {}", why.shown())),
        RecordRead::Failed(why) => Some(format!("the record could not be read: {}", why.shown())),
        RecordRead::Unread | RecordRead::Absent | RecordRead::Read { .. } => None,
    }
}

/// Whether a pod is in a state that does not pass by itself, or a deadline was exceeded.
pub(super) fn is_broken(seen: &Snapshot) -> bool {
    seen.pods.iter().any(is_stuck)
        || seen
            .deployments
            .iter()
            .any(|deployment| match deployment.progress {
                Progress::DeadlineExceeded(_) => true,
                Progress::Moving | Progress::Unknown => false,
            })
}
