//! Carries effects out, each for its own service.

use super::connections::Connections;
use super::{identity, wire};
use crate::app::effect::Effect;
use crate::config::settings::{Environment, MetricsSource};
use crate::domain::event::EffectEvent;
use crate::domain::ids::{PlanId, Target};
use crate::domain::notice::{Notice, NoticeKind};
use crate::effects::{Context, Effects, Messages};
use futures_util::future::join_all;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::mpsc;

/// The effects under way, by service.
pub(super) struct Carriers {
    connections: Connections,
    answer: mpsc::Sender<EffectEvent>,
    of: BTreeMap<Target, Effects>,
}

impl Carriers {
    pub(super) fn new(connections: Connections, answer: mpsc::Sender<EffectEvent>) -> Self {
        Self {
            connections,
            answer,
            of: BTreeMap::new(),
        }
    }

    /// Starts an effect. Where its cluster has no client yet, it has failed: its answer says so.
    pub(super) fn start(&mut self, target: &Target, effect: Effect) {
        if !self.of.contains_key(target) {
            match self.effects(target) {
                Ok(effects) => {
                    self.of.insert(target.clone(), effects);
                }
                Err(notice) => return self.refuse(&effect, notice),
            }
        }
        let answer = self.answer.clone();
        let handed_back = self
            .of
            .get_mut(target)
            .and_then(|effects| effects.start(effect, answer));
        if let Some(handed_back) = handed_back {
            tracing::error!(?handed_back, "an effect that nobody carries out");
        }
    }

    /// Brings all to their ends within `limit`; answers the plans that had to be left as they were.
    pub(super) async fn finish(&mut self, limit: Duration) -> Vec<PlanId> {
        let finishing = self.of.values_mut().map(|effects| effects.finish(limit));
        join_all(finishing).await.into_iter().flatten().collect()
    }

    fn effects(&self, target: &Target) -> Result<Effects, Notice> {
        let settings = self.connections.settings();
        let environment: &Environment = settings
            .environment(target)
            .ok_or_else(|| super::edge::unknown(target))?;
        let clients = self.connections.ready(environment).ok_or_else(|| {
            let text = format!("{target}: there is no connection to its cluster");
            Notice::new(NoticeKind::Unreachable, text).hint("r tries again now")
        })?;
        // The feed tells what is wrong with it.
        let recorder = match &environment.metrics.source {
            MetricsSource::Pods => None,
            MetricsSource::Prometheus(source) => {
                let recorder = wire::prometheus(source, environment, clients.calls.clone());
                Some(recorder)
            }
        };
        Ok(Effects::new(Context {
            calls: clients.calls,
            recorder,
            http: wire::http().map_err(|error| Notice::from(&error))?,
            environment: environment.clone(),
            target: target.clone(),
            who: identity::person(),
            data_dir: settings.data_dir.clone(),
            pipeline: self
                .connections
                .pipeline(&target.service)
                .and_then(Result::ok),
            messages: settings
                .notify
                .webhook
                .clone()
                .map(|webhook| Messages { webhook }),
            user_agent: wire::AGENT.to_owned(),
        }))
    }

    fn refuse(&self, effect: &Effect, notice: Notice) {
        let answer = match effect {
            Effect::Observe(id, _) => EffectEvent::Observed(*id, Err(notice)),
            Effect::Amend(id, _) => EffectEvent::Amended(*id, Err(notice)),
            Effect::JournalLines(id, _) | Effect::PublishLines(id, _) => {
                EffectEvent::LinesKept(*id, Err(notice))
            }
            Effect::WriteLease(id, _) => EffectEvent::LeaseWritten(*id, Err(notice)),
            Effect::NotePilot(id, _) => EffectEvent::PilotNoted(*id, Err(notice)),
            Effect::Notify(id, _) => EffectEvent::Notified(*id, Err(notice)),
            Effect::RunSmokeTest(id, _) => EffectEvent::SmokeTested(*id, Err(notice)),
            Effect::AskPipeline(id, ..) => EffectEvent::PipelineAnswered(*id, Err(notice)),
            Effect::Compare(id, ..) => EffectEvent::Compared(*id, Err(notice)),
            Effect::ReadBlackBox(id) => EffectEvent::BlackBoxRead(*id, Err(notice)),
            // Who holds a claim stays unknown then.
            Effect::AskHolder(..)
            // A plan is made from a reading, and there was none.
            | Effect::CarryOut(_)
            | Effect::StopPlan(_)
            | Effect::Of(..)
            | Effect::Ring
            | Effect::RefreshFeeds
            | Effect::SaveRecording(_)
            | Effect::Copy(_)
            | Effect::Export(..)
            | Effect::Redraw
            | Effect::Suspend
            | Effect::Quit(_) => return,
        };
        let out = self.answer.clone();
        tokio::spawn(async move {
            // Where the loop has gone nobody waits for it.
            let _ = out.send(answer).await;
        });
    }
}
