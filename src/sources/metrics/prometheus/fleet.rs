//! Reads the counters of all services of a namespace that one Prometheus records: one query per kind of series, however many
//! services.

use super::{Prometheus, PrometheusError, Recorded, is_pod_of};
use crate::domain::counters::{PodReading, Scrape};
use crate::domain::event::SourceEvent;
use crate::domain::feed::{FeedFault, FeedName};
use crate::domain::ids::Target;
use crate::sources::Clock;
use crate::sources::metrics::feed::AGAIN;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

/// What is read, for whom, and how often.
#[derive(Clone)]
pub struct Following {
    /// Who is asked, about all Deployments of all members.
    pub prometheus: Prometheus,
    /// The services, each with its Deployments.
    pub members: Arc<[(Target, Vec<String>)]>,
    /// Time between two readings.
    pub every: Duration,
    /// The time.
    pub clock: Clock,
}

/// Reads until `out` is closed.
pub async fn follow(following: Following, out: mpsc::Sender<SourceEvent>) {
    let mut ticks = interval(following.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = Told::default();
    loop {
        ticks.tick().await;
        let read = following.prometheus.scrape_all((following.clock)()).await;
        if read.is_err() {
            ticks.reset_after(AGAIN.min(following.every));
        }
        for event in told.events(&following, read) {
            if out.send(event).await.is_err() {
                return;
            }
        }
    }
}

/// What was told, so that nothing is told twice.
#[derive(Default)]
struct Told {
    /// The newest sample of each member.
    newest: BTreeMap<Target, Timestamp>,
    fault: Option<FeedFault>,
}

impl Told {
    fn events(
        &mut self,
        following: &Following,
        read: Result<Recorded, PrometheusError>,
    ) -> Vec<SourceEvent> {
        match read {
            Ok(recorded) => {
                self.fault = None;
                self.shares(following, recorded)
            }
            Err(error) => {
                let fault = error.fault();
                if self.fault.as_ref() == Some(&fault) {
                    return Vec::new();
                }
                self.fault = Some(fault.clone());
                let failed = |(target, _): &(Target, Vec<String>)| {
                    SourceEvent::FeedFailed(target.clone(), FeedName::Metrics, fault.clone())
                };
                following.members.iter().map(failed).collect()
            }
        }
    }

    /// Each member's share of a reading, where it holds anything new.
    fn shares(&mut self, following: &Following, recorded: Recorded) -> Vec<SourceEvent> {
        let at = recorded.scrape.at;
        let mut shares: BTreeMap<usize, Vec<PodReading>> = BTreeMap::new();
        for reading in recorded.scrape.pods {
            let member = following.members.iter().position(|(_, deployments)| {
                deployments
                    .iter()
                    .any(|deployment| is_pod_of(deployment, &reading.pod))
            });
            if let Some(member) = member {
                shares.entry(member).or_default().push(reading);
            }
        }
        let mut events = Vec::new();
        for (member, pods) in shares {
            let Some((target, _)) = following.members.get(member) else {
                continue;
            };
            let sampled = pods
                .iter()
                .filter_map(|reading| recorded.sampled.get(&reading.pod));
            let newest = sampled.max().copied();
            if newest.is_some() && self.newest.get(target).copied() >= newest {
                continue;
            }
            if let Some(newest) = newest {
                self.newest.insert(target.clone(), newest);
            }
            let scrape = Box::new(Scrape { at, pods });
            events.push(SourceEvent::Scraped(target.clone(), scrape));
        }
        events
    }
}
