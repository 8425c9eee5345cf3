//! Reads the pods' counters again and again.
//!
//! Invariant: while none answers, one pod after the other is asked between two readings, so that the numbers are back soon after
//! the pods are, and what is down gets one request at a time.

use super::pods::PodMetrics;
use crate::domain::event::SourceEvent;
use crate::domain::feed::FeedName;
use crate::domain::ids::Target;
use crate::domain::traffic::Track;
use crate::sources::Clock;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval, sleep};

/// Between two looks at what is lost.
pub(super) const AGAIN: Duration = Duration::from_millis(1500);

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
    let mut lost = Lost::default();
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = sleep(AGAIN), if lost.is_so => {
                if !lost.answers(&scraping.metrics, &known).await {
                    continue;
                }
                ticks.reset();
            }
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
        let read = scraping.metrics.scrape(&known, scraping.clock).await;
        lost.is_so = read.is_err();
        let event = match read {
            Ok(scrape) => SourceEvent::Scraped(target, Box::new(scrape)),
            Err(error) => SourceEvent::FeedFailed(target, FeedName::Metrics, error.fault()),
        };
        if out.send(event).await.is_err() {
            return;
        }
    }
}

/// Whether the last reading got nothing, and who is asked next for all.
#[derive(Default)]
struct Lost {
    is_so: bool,
    next: usize,
}

impl Lost {
    /// Whether the pod whose turn it is tells its counters again.
    async fn answers(&mut self, metrics: &PodMetrics, pods: &Pods) -> bool {
        let turn = self.next % pods.len().max(1);
        self.next = turn + 1;
        match pods.get(turn) {
            Some((pod, _)) => metrics.answers(pod).await,
            None => false,
        }
    }
}

fn has_more(pods: &Pods, known: &Pods) -> bool {
    pods.iter().any(|pod| !known.contains(pod))
}
