//! What a plan depends on, folded into one value.
//!
//! Invariant: nothing of any status and no resourceVersion of a workload goes in; a pod that becomes ready voids no plan.

use crate::domain::cluster::{Deployment, Route, Snapshot};
use crate::domain::record::Record;
use crate::domain::rollout::Fingerprint;
use std::fmt::Write;

/// The fingerprint of a reading: FNV-1a over a canonical text, in hex.
pub(super) fn fingerprint(seen: &Snapshot) -> Fingerprint {
    let mut text = String::new();
    let mut deployments: Vec<&Deployment> = seen.deployments.iter().collect();
    deployments.sort_by(|a, b| a.name.cmp(&b.name));
    for deployment in deployments {
        workload(&mut text, deployment);
    }
    if let Some(route) = &seen.route {
        weights(&mut text, route);
    }
    let record = seen.record.record();
    line(
        &mut text,
        &[
            "record",
            if record.is_some_and(|record| record.paused.is_some()) {
                "paused"
            } else {
                "-"
            },
            record.and_then(plan).unwrap_or("-"),
        ],
    );
    Fingerprint(format!("{:016x}", fnv1a(text.as_bytes())))
}

fn plan(record: &Record) -> Option<&str> {
    Some(record.current.as_ref()?.plan.as_str())
}

fn workload(text: &mut String, deployment: &Deployment) {
    let template = fnv1a(deployment.template.0.to_string().as_bytes());
    line(
        text,
        &[
            "deployment",
            &deployment.name,
            &deployment.uid,
            &deployment.replicas.to_string(),
            if deployment.paused { "paused" } else { "-" },
            &format!("{template:016x}"),
        ],
    );
    for container in &deployment.containers {
        line(text, &["container", &container.name, &container.image]);
    }
}

fn weights(text: &mut String, route: &Route) {
    line(
        text,
        &[
            "route",
            &route.name,
            &route.uid,
            &route.generation.to_string(),
        ],
    );
    for (rule, backends) in route.rules.iter().enumerate() {
        for backend in backends {
            let weight = backend.weight.unwrap_or(1);
            line(
                text,
                &[&rule.to_string(), &backend.name, &weight.to_string()],
            );
        }
    }
}

/// Words in their quoted form, so that no word can look like two.
fn line(text: &mut String, words: &[&str]) {
    for word in words {
        // Writing to a String cannot fail.
        let _ = write!(text, "{word:?} ");
    }
    text.push('\n');
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
