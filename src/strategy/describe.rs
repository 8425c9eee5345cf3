//! Steps and checks in words, and the commands that would do the same.
//!
//! Invariant: no pod template is ever written out, since it may hold secrets.

use super::plan::Check;
use super::smoke;
use super::step::{
    AwaitEndpoints, AwaitReady, ConfirmTraffic, Scale, SetImage, SetPaused, SetTemplate,
    SetWeights, Step,
};
use crate::domain::traffic::{Split, Weight};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// A step as a document shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepWords {
    /// [`Step::verb`].
    pub verb: String,
    /// [`Step::object`].
    pub object: Option<String>,
    /// [`Step::from`].
    pub from: Option<String>,
    /// [`Step::to`].
    pub to: Option<String>,
    /// [`Step::guard_text`].
    pub guard: Option<String>,
    /// [`Step::text`].
    pub text: String,
}

impl Step {
    /// Everything about it in words.
    pub fn words(&self) -> StepWords {
        StepWords {
            verb: self.verb().to_owned(),
            object: self.object(),
            from: self.from(),
            to: self.to(),
            guard: self.guard_text(),
            text: self.text(),
        }
    }

    /// One line, with its guard where it writes: `weights 50/50 if still 95/5`.
    pub fn text(&self) -> String {
        match self {
            Self::SetWeights(step) => format!("weights {} if still {}", step.to, step.from),
            Self::Scale(step) => format!(
                "{} scaled to {} if still {}",
                step.on.deployment, step.to, step.from
            ),
            Self::SetImage(step) => {
                format!(
                    "{} takes {} if still {}",
                    step.on.deployment,
                    step.to.label(),
                    step.from.label()
                )
            }
            Self::SetTemplate(step) => template_text(step),
            Self::SetPaused(SetPaused { on, to: true }) => {
                format!(
                    "{} holds its rollout where it is if it still goes on",
                    on.deployment
                )
            }
            Self::SetPaused(SetPaused { on, to: false }) => {
                format!(
                    "{} goes on with its rollout if it is still paused",
                    on.deployment
                )
            }
            Self::AwaitReady(step) => ready_text(step),
            Self::AwaitEndpoints(step) => endpoints_text(step),
            Self::ConfirmTraffic(step) => traffic_text(step.split, &step.canary_tag),
            Self::Drain(time) => format!("wait {} for requests under way to end", seconds(*time)),
            Self::RunSmokeTest(step) => smoke::text(step),
        }
    }

    /// What it acts on or looks at: `httproute/checkout`.
    pub fn object(&self) -> Option<String> {
        match self {
            Self::SetWeights(SetWeights { route, .. })
            | Self::ConfirmTraffic(ConfirmTraffic {
                route: Some(route), ..
            }) => Some(format!("httproute/{route}")),
            Self::Scale(Scale { on, .. })
            | Self::SetImage(SetImage { on, .. })
            | Self::SetTemplate(SetTemplate { on, .. })
            | Self::SetPaused(SetPaused { on, .. }) => {
                Some(format!("deployment/{}", on.deployment))
            }
            Self::AwaitReady(step) => Some(format!("deployment/{}", step.deployment)),
            Self::AwaitEndpoints(step) => Some(format!("service/{}", step.service)),
            Self::RunSmokeTest(step) => Some(step.test.place.text()),
            Self::ConfirmTraffic(ConfirmTraffic { route: None, .. }) | Self::Drain(_) => None,
        }
    }

    /// The value it replaces.
    pub fn from(&self) -> Option<String> {
        match self {
            Self::SetWeights(step) => Some(step.from.to_string()),
            Self::Scale(step) => Some(step.from.to_string()),
            Self::SetImage(step) => Some(step.from.to_string()),
            Self::SetTemplate(step) => Some(step.from.to_string()),
            Self::SetPaused(step) => Some(paused_word(!step.to).to_owned()),
            Self::AwaitReady(_)
            | Self::AwaitEndpoints(_)
            | Self::ConfirmTraffic(_)
            | Self::Drain(_)
            | Self::RunSmokeTest(_) => None,
        }
    }

    /// The value it wants.
    pub fn to(&self) -> Option<String> {
        match self {
            Self::SetWeights(step) => Some(step.to.to_string()),
            Self::Scale(step) => Some(step.to.to_string()),
            Self::SetImage(step) => Some(step.to.to_string()),
            Self::SetTemplate(step) => Some(step.to.to_string()),
            Self::SetPaused(step) => Some(paused_word(step.to).to_owned()),
            Self::AwaitReady(step) => Some(step.replicas.to_string()),
            Self::AwaitEndpoints(step) => Some(step.at_least.to_string()),
            Self::ConfirmTraffic(step) => Some(step.split.to_string()),
            Self::Drain(time) => Some(seconds(*time)),
            Self::RunSmokeTest(_) => None,
        }
    }

    /// What the server must still find for the write to be done.
    pub fn guard_text(&self) -> Option<String> {
        let workload = |on: &super::step::Workload, value: String| {
            let mark = on.plan.as_deref().map_or_else(
                || format!("generation {}", on.generation),
                |plan| format!("plan {plan}"),
            );
            format!(
                "uid {}, container {} at {}, {mark}, {value}",
                on.uid, on.container, on.container_index
            )
        };
        match self {
            Self::SetWeights(step) => Some(format!(
                "uid {}, generation {}, {} and {} at their places",
                step.uid, step.generation, step.stable_service, step.canary_service
            )),
            Self::Scale(step) => Some(workload(&step.on, format!("replicas {}", step.from))),
            Self::SetImage(step) => Some(workload(&step.on, format!("image {}", step.from))),
            Self::SetTemplate(step) => Some(workload(&step.on, format!("image {}", step.from))),
            Self::SetPaused(step) => Some(workload(&step.on, paused_word(!step.to).to_owned())),
            Self::AwaitReady(_)
            | Self::AwaitEndpoints(_)
            | Self::ConfirmTraffic(_)
            | Self::Drain(_)
            | Self::RunSmokeTest(_) => None,
        }
    }

    /// The command that a person could run instead, ready for a shell.
    pub fn kubectl(&self, namespace: &str) -> String {
        let namespace = quoted(namespace);
        match self {
            Self::SetWeights(step) => patch_command(&namespace, step),
            Self::Scale(step) => format!(
                "kubectl -n {namespace} scale {} --current-replicas={} --replicas={}",
                quoted(&format!("deployment/{}", step.on.deployment)),
                step.from,
                step.to
            ),
            Self::SetImage(step) => image_command(&namespace, &step.on, &step.to.to_string()),
            Self::SetTemplate(step) => match step.revision {
                Some(revision) => format!(
                    "kubectl -n {namespace} rollout undo {} --to-revision={revision}",
                    quoted(&format!("deployment/{}", step.on.deployment))
                ),
                None => image_command(&namespace, &step.on, &step.to.to_string()),
            },
            Self::SetPaused(step) => format!(
                "kubectl -n {namespace} rollout {} {}",
                if step.to { "pause" } else { "resume" },
                quoted(&format!("deployment/{}", step.on.deployment))
            ),
            Self::AwaitReady(step) => format!(
                "kubectl -n {namespace} rollout status {} --timeout={}s",
                quoted(&format!("deployment/{}", step.deployment)),
                step.within.as_secs()
            ),
            Self::AwaitEndpoints(step) => format!(
                "kubectl -n {namespace} get endpointslices -l {} -o wide",
                quoted(&format!("kubernetes.io/service-name={}", step.service))
            ),
            Self::ConfirmTraffic(step) => match &step.route {
                Some(route) => format!(
                    "kubectl -n {namespace} get httproute {} -o jsonpath='{{.spec.rules[*].backendRefs[*].weight}}'",
                    quoted(route)
                ),
                None => format!("kubectl -n {namespace} get endpointslices -o wide"),
            },
            Self::Drain(time) => format!("sleep {}", time.as_secs_f64()),
            Self::RunSmokeTest(step) => smoke::command(&namespace, &step.test),
        }
    }
}

impl Check {
    /// `weight`, `endpoints`, `pods`, `metrics`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Weight { .. } => "weight",
            Self::Endpoints { .. } => "endpoints",
            Self::Pods { .. } => "pods",
            Self::Metrics { .. } => "metrics",
        }
    }

    /// What is looked for, in words.
    pub fn text(&self) -> String {
        match self {
            Self::Weight {
                split, canary_tag, ..
            } => traffic_text(*split, canary_tag),
            Self::Endpoints {
                service,
                image,
                at_least,
                ..
            } => format!(
                "{service} has only pods of {} as endpoints, at least {at_least}",
                image.label()
            ),
            Self::Pods {
                deployment,
                replicas: 0,
                ..
            } => format!("{deployment} has no pods"),
            Self::Pods {
                deployment,
                image,
                replicas,
                ..
            } => format!(
                "{deployment} runs {} of {}, all available",
                pods(*replicas),
                image.label()
            ),
            Self::Metrics {
                error_share,
                p95,
                within,
            } => format!(
                "errors at most {} %, p95 at most {} ms, within {}",
                f64::from(error_share.0) / 10_000.0,
                p95.as_millis(),
                seconds(*within)
            ),
        }
    }
}

fn paused_word(paused: bool) -> &'static str {
    if paused { "paused" } else { "not paused" }
}

fn template_text(step: &SetTemplate) -> String {
    let what = if step.revision.is_some() {
        "the template of "
    } else {
        ""
    };
    format!(
        "{} takes {what}{} if still {}",
        step.on.deployment,
        step.to.label(),
        step.from.label()
    )
}

fn ready_text(step: &AwaitReady) -> String {
    let verb = if step.replicas == 1 { "is" } else { "are" };
    let line = format!(
        "wait until {} of {} {verb} available on {}",
        pods(step.replicas),
        step.image.label(),
        step.deployment
    );
    if step.enough < step.replicas {
        format!(
            "{line}, at most {}, then {} will do",
            seconds(step.within),
            step.enough
        )
    } else {
        line
    }
}

fn endpoints_text(step: &AwaitEndpoints) -> String {
    if step.at_least == 0 {
        return format!("wait until {} has no endpoints", step.service);
    }
    format!(
        "wait until {} has only pods of {} as endpoints, at least {}",
        step.service,
        step.image.label(),
        step.at_least
    )
}

fn traffic_text(split: Split, canary: &str) -> String {
    match split.canary {
        Weight::ZERO => format!("front sends nothing to {canary}"),
        Weight::FULL => format!("front sends everything to {canary}"),
        weight => format!("front sends {weight} to {canary}"),
    }
}

/// One JSON Patch with the step's guard and every weight.
fn patch_command(namespace: &str, step: &SetWeights) -> String {
    let mut patch = vec![
        json!({"op": "test", "path": "/metadata/uid", "value": step.uid}),
        json!({"op": "test", "path": "/metadata/generation", "value": step.generation}),
    ];
    for rule in &step.rules {
        for (index, service, weight) in [
            (rule.stable, &step.stable_service, step.to.stable()),
            (rule.canary, &step.canary_service, step.to.canary),
        ] {
            let backend = format!("/spec/rules/{}/backendRefs/{index}", rule.rule);
            patch.push(json!({"op": "test", "path": format!("{backend}/name"), "value": service}));
            patch.push(json!({"op": "add", "path": format!("{backend}/weight"), "value": weight.percent()}));
        }
    }
    format!(
        "kubectl -n {namespace} patch httproute {} --type=json -p {}",
        quoted(&step.route),
        quoted(&serde_json::Value::Array(patch).to_string())
    )
}

fn image_command(namespace: &str, on: &super::step::Workload, image: &str) -> String {
    format!(
        "kubectl -n {namespace} set image {} {}",
        quoted(&format!("deployment/{}", on.deployment)),
        quoted(&format!("{}={image}", on.container))
    )
}

/// A word as a POSIX shell reads it back unchanged.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn pods(count: u32) -> String {
    if count == 1 {
        "1 pod".to_owned()
    } else {
        format!("{count} pods")
    }
}

fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}
