//! Builds the loop's side of the world for one environment.

use super::drive::{Edge, Order};
use super::pacing::Pacing;
use super::ring::Ring;
use super::subs::Subs;
use super::subs_ci::PipelineSource;
use super::{clock, identity, wire};
use crate::config::settings::Settings;
use crate::domain::event::EffectEvent;
use crate::domain::feed::FeedFault;
use crate::domain::ids::Target;
use crate::domain::notice::{Notice, NoticeKind};
use crate::effects::{Context, Effects};
use tokio::sync::mpsc;

/// Answers, and news, that may wait for the loop.
const WAITING: usize = 64;

/// Connects to the environment's cluster; nothing is watched before the loop says so.
pub async fn open(settings: &Settings, target: &Target) -> Result<Edge, Notice> {
    let environment = settings
        .environment(target)
        .ok_or_else(|| unknown(target))?;
    let clients = wire::connect(settings, environment)
        .await
        .map_err(|error| Notice::from(&error))?;
    let person = identity::person();
    let over_ssh = person.ssh.is_some();
    let pipeline = pipeline(settings, target);
    let effects = Effects::new(Context {
        calls: clients.calls.clone(),
        environment: environment.clone(),
        target: target.clone(),
        who: person,
        data_dir: settings.data_dir.clone(),
        pipeline: pipeline
            .as_ref()
            .and_then(|known| known.as_ref().ok())
            .map(|known| known.provider.clone()),
        user_agent: wire::AGENT.to_owned(),
    });
    let (answer, answers) = mpsc::channel(WAITING);
    let (tell, news) = mpsc::channel(WAITING);
    let subs = Subs::new(clients, environment.clone(), tell).with_pipeline(pipeline);
    Ok(Edge {
        clock: clock::now,
        pacing: Pacing::choose(&settings.ui, over_ssh),
        answers,
        news,
        orders: Box::new(orders(subs, effects, answer)),
        ring: Ring::new(&settings.data_dir),
        export: Box::new(|_, _| {
            Err(Notice::new(
                NoticeKind::Usage,
                "without a screen there is nothing to export",
            ))
        }),
    })
}

/// The service's pipeline, where the config names one; a provider that cannot be set up is told by its feed.
fn pipeline(settings: &Settings, target: &Target) -> Option<Result<PipelineSource, FeedFault>> {
    let (source, project) = settings.pipeline(&target.service)?;
    let proxy = if settings.is_demo() {
        wire::Proxy::Never
    } else {
        wire::Proxy::AsConfigured
    };
    let provider = wire::pipeline(source, project, &settings.data_dir, proxy);
    let source = provider.map(|provider| PipelineSource {
        provider,
        branch: project.branch.clone(),
        interval: source.interval,
    });
    Some(source.map_err(|error| error.fault()))
}

fn unknown(target: &Target) -> Notice {
    Notice::new(NoticeKind::Config, format!("the config has no {target}"))
        .hint("see its services and environments with: flightdeck config print")
}

fn orders(
    mut subs: Subs,
    effects: Effects,
    answer: mpsc::Sender<EffectEvent>,
) -> impl FnMut(Order) + Send {
    let mut effects = Some(effects);
    move |order| match order {
        Order::Watch(wanted) => subs.reconcile(wanted),
        Order::Refresh => subs.refresh(),
        Order::Carry(effect) => {
            if let Some(handed_back) = effects
                .as_mut()
                .and_then(|effects| effects.start(effect, answer.clone()))
            {
                tracing::error!(?handed_back, "an effect that nobody carries out");
            }
        }
        Order::Finish(limit, reply) => {
            if let Some(mut effects) = effects.take() {
                // The asker waits for the reply; if it no longer does, nobody needs it.
                tokio::spawn(async move { reply.send(effects.finish(limit).await) });
            }
        }
    }
}
