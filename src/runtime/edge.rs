//! Builds the loop's side of the world for one environment.

use super::drive::{Edge, Order};
use super::pacing::Pacing;
use super::ring::Ring;
use super::subs::Subs;
use super::{clock, identity, wire};
use crate::config::settings::Settings;
use crate::domain::event::EffectEvent;
use crate::domain::ids::Target;
use crate::domain::notice::{Notice, NoticeKind};
use crate::effects::{Context, Effects};
use std::path::PathBuf;
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
    let effects = Effects::new(Context {
        calls: clients.calls.clone(),
        environment: environment.clone(),
        target: target.clone(),
        who: person,
        data_dir: settings.data_dir.clone(),
        user_agent: wire::AGENT.to_owned(),
    });
    let (answer, answers) = mpsc::channel(WAITING);
    let (tell, news) = mpsc::channel(WAITING);
    let subs = Subs::new(clients, environment.clone(), tell);
    Ok(Edge {
        clock: clock::now,
        pacing: Pacing::choose(&settings.ui, over_ssh),
        answers,
        news,
        orders: Box::new(orders(subs, effects, answer)),
        ring: Ring::new(&kept_in(settings)),
        export: Box::new(|_, _| {
            Err(Notice::new(
                NoticeKind::Usage,
                "without a screen there is nothing to export",
            ))
        }),
    })
}

/// Where recordings go: the demo world's directory ends with it, and a recording is to be kept.
fn kept_in(settings: &Settings) -> PathBuf {
    if settings.is_demo() {
        std::env::temp_dir().join("flightdeck")
    } else {
        settings.data_dir.clone()
    }
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
