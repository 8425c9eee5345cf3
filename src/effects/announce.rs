//! The Event that tells everyone who watches the namespace what was done, by whom and why.
//!
//! Created directly: a recorder would fold two Events of one kind and lose the second one's reason.

use super::context::Context;
use super::errors::EffectError;
use super::objects::{FIELD_MANAGER, Kind};
use crate::domain::outcome::{End, Outcome};
use crate::strategy::goal::{Goal, Mend};
use crate::strategy::plan::Plan;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::api::events::v1::Event;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use kube::Api;
use kube::api::PostParams;

/// Limits of the API, in bytes.
const NOTE_BYTES: usize = 1024;
const WORD_BYTES: usize = 128;

/// What is announced.
pub(super) struct Announcement<'a> {
    pub(super) plan: &'a Plan,
    pub(super) outcome: &'a Outcome,
}

impl Context {
    pub(super) async fn announce(
        &self,
        announcement: &Announcement<'_>,
    ) -> Result<(), EffectError> {
        let event = self.event(announcement).await;
        let name = event.metadata.name.clone().unwrap_or_default();
        let api: Api<Event> = Api::namespaced(self.calls.clone(), self.namespace());
        let params = PostParams {
            field_manager: Some(FIELD_MANAGER.to_owned()),
            ..PostParams::default()
        };
        self.call(
            "create",
            "events.events.k8s.io",
            &name,
            api.create(&params, &event),
        )
        .await?;
        Ok(())
    }

    async fn event(&self, announcement: &Announcement<'_>) -> Event {
        let Announcement { plan, outcome } = announcement;
        let now = Timestamp::now();
        Event {
            metadata: ObjectMeta {
                name: Some(format!(
                    "{}.{:x}",
                    self.target.record_name(),
                    now.as_nanosecond()
                )),
                namespace: Some(self.namespace().to_owned()),
                ..ObjectMeta::default()
            },
            event_time: Some(MicroTime(now)),
            reporting_controller: Some("flightdeck".to_owned()),
            reporting_instance: Some(cut(&self.user_agent, WORD_BYTES)),
            action: Some(action(&plan.goal).to_owned()),
            reason: Some(reason(&outcome.end).to_owned()),
            type_: Some(
                if outcome.end == End::Done {
                    "Normal"
                } else {
                    "Warning"
                }
                .to_owned(),
            ),
            note: Some(note(plan, outcome)),
            regarding: Some(self.regarding().await),
            ..Event::default()
        }
    }

    /// The serving Deployment; with its uid, so that `kubectl describe` finds the Event.
    async fn regarding(&self) -> ObjectReference {
        let deployments = self.strategy().deployments();
        let name = deployments.first().map_or("", |(_, name)| name);
        let uid = self
            .read(Kind::Deployment, name)
            .await
            .ok()
            .map(|seen| seen.uid().to_owned());
        ObjectReference {
            api_version: Some("apps/v1".to_owned()),
            kind: Some("Deployment".to_owned()),
            namespace: Some(self.namespace().to_owned()),
            name: Some(name.to_owned()),
            uid,
            ..ObjectReference::default()
        }
    }
}

fn action(goal: &Goal) -> &'static str {
    match goal {
        Goal::Deploy(_) => "Deploy",
        Goal::Promote => "Promote",
        Goal::PromoteFully => "PromoteFully",
        Goal::Pause => "Pause",
        Goal::Resume => "Resume",
        Goal::Abort => "Abort",
        Goal::RollBack(_) => "RollBack",
        Goal::DeclareGood(_) => "DeclareGood",
        Goal::TakeUp(Mend::Resume) => "ResumePlan",
        Goal::TakeUp(Mend::Undo) => "UndoPlan",
    }
}

fn reason(end: &End) -> &'static str {
    match end {
        End::Done => "Done",
        End::WorldMoved(_) => "WorldMoved",
        End::Forbidden(_) => "Forbidden",
        End::Unreachable(_) => "Unreachable",
        End::NotProven(_) => "NotProven",
        End::Bad(_) => "MetricsBad",
        End::Stopped(_) => "Stopped",
        End::Fault(_) => "Fault",
    }
}

fn note(plan: &Plan, outcome: &Outcome) -> String {
    let mut note = format!("{} by {}", plan.title, plan.by.line());
    if let Some(reason) = &plan.reason {
        note = format!("{note}, because {reason}");
    }
    if let Some(sentence) = &plan.against_verdict {
        note = format!("{note}, against the verdict \"{sentence}\"");
    }
    cut(&format!("{note}: {}", outcome.sentence), NOTE_BYTES)
}

/// At most `bytes` bytes, cut between characters.
fn cut(text: &str, bytes: usize) -> String {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}
