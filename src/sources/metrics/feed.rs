//! Reads the pods' counters again and again.

use super::pods::PodMetrics;
use crate::domain::event::SourceEvent;
use crate::domain::feed::FeedName;
use crate::domain::ids::Target;
use crate::domain::traffic::Track;
use crate::sources::Clock;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};

/// Pods to read, each with its side.
pub type Pods = Vec<(String, Track)>;

/// What is read, and how often.
#[derive(Clone)]
pub struct Scraping {
    /// How the pods are asked.
    pub metrics: PodMetrics,
    /// Whose they are.
    pub target: Target,
    /// Time between two readings.
    pub every: Duration,
    /// The time.
    pub clock: Clock,
}

/// Reads until `out` or `pods` is closed. A pod that was not read before is read at once: its first reading is what later
/// ones are compared with.
pub async fn scrape(
    scraping: Scraping,
    mut pods: watch::Receiver<Pods>,
    out: mpsc::Sender<SourceEvent>,
) {
    let mut ticks = interval(scraping.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut known = Pods::new();
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            changed = pods.changed() => match changed {
                Ok(()) if has_more(&pods.borrow_and_update(), &known) => ticks.reset(),
                Ok(()) => continue,
                Err(_) => return,
            }
        }
        known.clone_from(&pods.borrow_and_update());
        if known.is_empty() {
            continue;
        }
        let target = scraping.target.clone();
        let event = match scraping.metrics.scrape(&known, scraping.clock).await {
            Ok(scrape) => SourceEvent::Scraped(target, Box::new(scrape)),
            Err(error) => SourceEvent::FeedFailed(target, FeedName::Metrics, error.fault()),
        };
        if out.send(event).await.is_err() {
            return;
        }
    }
}

fn has_more(pods: &Pods, known: &Pods) -> bool {
    pods.iter().any(|pod| !known.contains(pod))
}
