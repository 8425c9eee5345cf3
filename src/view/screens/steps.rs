//! A plan's steps and checks: in words, and as the kubectl commands that would do the same.

use super::words::clean;
use crate::domain::artifact::Image;
use crate::domain::traffic::Split;
use crate::strategy::plan::Check;
use crate::strategy::step::{SetWeights, Step};

/// The step in words, with its guard.
pub(super) fn words(step: &Step) -> String {
    clean(&match step {
        Step::SetWeights(s) => format!("weights {} if still {}", s.to, s.from),
        Step::Scale(s) => format!("{} scaled to {} if still {}", s.on.deployment, s.to, s.from),
        Step::SetImage(s) => format!("{} takes {} if still {}", s.on.deployment, s.to.label(), s.from.label()),
        Step::SetTemplate(s) => format!("{} takes the template of {} if still {}", s.on.deployment, s.to.label(), s.from.label()),
        Step::AwaitReady(s) => format!("{}: {} of {} available", s.deployment, pods(s.replicas), s.image.label()),
        Step::AwaitEndpoints(s) if s.at_least == 0 => format!("{} has no endpoint of {}", s.service, s.image.label()),
        Step::AwaitEndpoints(s) => format!("{} has {} of {} only", s.service, pods(s.at_least), s.image.label()),
        Step::ConfirmTraffic(s) => traffic(s.split, &s.canary_tag),
        Step::Drain(time) => format!("requests under way end, {}s", time.as_secs()),
    })
}

fn pods(count: u32) -> String {
    if count == 1 { "1 pod".to_owned() } else { format!("{count} pods") }
}

fn traffic(split: Split, canary: &str) -> String {
    match split.canary.percent() {
        0 => format!("front sends nothing to {canary}"),
        percent => format!("front sends {percent} % to {canary}"),
    }
}

/// The commands that would do the same, joined by ` && `.
pub(super) fn commands(step: &Step, namespace: &str) -> String {
    clean(&match step {
        Step::SetWeights(s) => weights(s, namespace),
        Step::Scale(s) => {
            format!("kubectl -n {namespace} scale deployment {} --current-replicas={} --replicas={}", s.on.deployment, s.from, s.to)
        }
        Step::SetImage(s) => image(&s.on.deployment, &s.on.container, &s.to, namespace),
        Step::SetTemplate(s) => format!("kubectl -n {namespace} rollout undo deployment {} # to {}", s.on.deployment, s.to.label()),
        Step::AwaitReady(s) => format!("kubectl -n {namespace} rollout status deployment {} --timeout={}s", s.deployment, s.within.as_secs()),
        Step::AwaitEndpoints(s) => format!("kubectl -n {namespace} get endpointslices -l kubernetes.io/service-name={} -w", s.service),
        Step::ConfirmTraffic(s) => format!("kubectl -n {namespace} get httproute {} -o yaml", s.route),
        Step::Drain(time) => format!("sleep {}", time.as_secs()),
    })
}

fn weights(step: &SetWeights, namespace: &str) -> String {
    let mut operations = Vec::new();
    for rule in &step.rules {
        for (index, weight) in [(rule.stable, step.to.stable()), (rule.canary, step.to.canary)] {
            operations.push(format!(
                r#"{{"op":"add","path":"/spec/rules/{}/backendRefs/{index}/weight","value":{}}}"#,
                rule.rule,
                weight.percent()
            ));
        }
    }
    format!("kubectl -n {namespace} patch httproute {} --type=json -p '[{}]'", step.route, operations.join(","))
}

fn image(deployment: &str, container: &str, image: &Image, namespace: &str) -> String {
    format!("kubectl -n {namespace} set image deployment {deployment} {container}={image}")
}

/// A check of the effect, before it is answered.
pub(super) fn check(check: &Check) -> String {
    clean(&match check {
        Check::Weight { split, canary_tag, .. } => traffic(*split, canary_tag),
        Check::Endpoints { service, image, .. } => format!("{service} has endpoints of {} only", image.label()),
        Check::Pods { deployment, image, replicas, .. } => format!("{deployment}: {} of {}", pods(*replicas), image.label()),
        Check::Metrics { within, .. } => format!("error rate and p95 in band within {}s", within.as_secs()),
    })
}
