//! Builds the loop's side of the world.

use super::carriers::Carriers;
use super::connections::Connections;
use super::drive::{Edge, Order};
use super::pacing::Pacing;
use super::ring::Ring;
use super::subs::Subs;
use super::{clock, identity};
use crate::config::settings::Settings;
use crate::domain::ids::Target;
use crate::domain::notice::{Notice, NoticeKind};
use std::path::PathBuf;
use tokio::sync::mpsc;

/// Answers, and news, that may wait for the loop.
const WAITING: usize = 64;

/// Connects to the environment's cluster; nothing is watched before the loop says so.
pub async fn open(settings: &Settings, target: &Target) -> Result<Edge, Notice> {
    let environment = settings
        .environment(target)
        .ok_or_else(|| unknown(target))?;
    let connections = Connections::new(settings);
    connections
        .of(environment)
        .await
        .map_err(|error| Notice::from(&error))?;
    Ok(edge(connections))
}

/// Connects to all clusters; one that cannot be reached is shown so, and tried again. Nothing is watched before the loop says
/// so.
pub async fn open_all(settings: &Settings) -> Result<Edge, Notice> {
    let connections = Connections::new(settings);
    connections.open_all().await?;
    Ok(edge(connections))
}

fn edge(connections: Connections) -> Edge {
    let settings = connections.settings();
    let pacing = Pacing::choose(&settings.ui, identity::person().ssh.is_some());
    let ring = Ring::new(recordings(settings));
    let (answer, answers) = mpsc::channel(WAITING);
    let (tell, news) = mpsc::channel(WAITING);
    let carriers = Carriers::new(connections.clone(), answer);
    let subs = Subs::new(connections, tell);
    Edge {
        clock: clock::now,
        pacing,
        answers,
        news,
        orders: Box::new(orders(subs, carriers)),
        ring,
        export: Box::new(|_, _| {
            Err(Notice::new(
                NoticeKind::Usage,
                "without a screen there is nothing to export",
            ))
        }),
    }
}

/// Where recordings go: the demo world's directory ends with it, and a recording is to be kept. Where all users keep their
/// temporary files, a directory of a fixed name may be somebody else's.
fn recordings(settings: &Settings) -> PathBuf {
    if settings.is_demo() {
        std::env::temp_dir()
    } else {
        settings.data_dir.join("recordings")
    }
}

/// What is said of a target that the config does not have.
pub fn unknown(target: &Target) -> Notice {
    Notice::new(NoticeKind::Config, format!("the config has no {target}"))
        .hint("see its services and environments with: flightdeck config print")
}

fn orders(mut subs: Subs, carriers: Carriers) -> impl FnMut(Order) + Send {
    let mut carriers = Some(carriers);
    move |order| match order {
        Order::Watch(wanted) => subs.reconcile(wanted),
        Order::Refresh => subs.refresh(),
        Order::Carry(target, effect) => {
            if let Some(carriers) = &mut carriers {
                carriers.start(&target, effect);
            }
        }
        Order::Finish(limit, reply) => {
            if let Some(mut carriers) = carriers.take() {
                // The asker waits for the reply; if it no longer does, nobody needs it.
                tokio::spawn(async move { reply.send(carriers.finish(limit).await) });
            }
        }
    }
}
