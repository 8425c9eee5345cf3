//! Reads the counters of all services of a namespace that one Prometheus records: one query per kind of series, however many
//! services.

use super::base::Base;
use super::{Prometheus, PrometheusError, Recorded, Skew, owner_of};
use crate::domain::counters::{PodReading, Scrape};
use crate::domain::event::SourceEvent;
use crate::domain::feed::{FeedFault, FeedName};
use crate::domain::ids::Target;
use crate::sources::Clock;
use crate::sources::metrics::feed::AGAIN;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

/// What is read, for whom, and how often.
#[derive(Clone)]
pub struct Following {
    /// Who is asked, about all Deployments of all members.
    pub prometheus: Prometheus,
    /// The services, each with its Deployments, and its Services where a gateway counts.
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
    let mut told = Told::of(&following);
    let (mut skew, mut base) = (Skew::default(), Base::default());
    loop {
        ticks.tick().await;
        let mut read = read(&following, &mut skew).await;
        if let Ok(recorded) = &mut read {
            base.take_off(&mut recorded.scrape);
        } else {
            ticks.reset_after(AGAIN.min(following.every));
        }
        for event in told.events(&following, read) {
            if out.send(event).await.is_err() {
                return;
            }
        }
    }
}

/// A reading in Prometheus's own time, told in that of here.
async fn read(following: &Following, skew: &mut Skew) -> Result<Recorded, PrometheusError> {
    let Following {
        prometheus, clock, ..
    } = following;
    *skew = prometheus.compared(*skew, *clock).await?;
    let mut recorded = prometheus.scrape_all(skew.there(clock())).await?;
    skew.recorded_here(&mut recorded);
    Ok(recorded)
}

/// What was told, so that nothing is told twice.
struct Told {
    /// The member of each Deployment and Service.
    owners: HashMap<String, usize>,
    /// The newest sample of each member.
    newest: BTreeMap<Target, Timestamp>,
    fault: Option<FeedFault>,
}

impl Told {
    /// Nothing yet.
    fn of(following: &Following) -> Self {
        let mut owners = HashMap::new();
        for (at, (_, deployments)) in following.members.iter().enumerate() {
            for deployment in deployments {
                owners.entry(deployment.clone()).or_insert(at);
            }
        }
        Self {
            owners,
            newest: BTreeMap::new(),
            fault: None,
        }
    }

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
            let owner = owner_of(&reading.pod).and_then(|owner| self.owners.get(owner));
            if let Some(member) = owner {
                shares.entry(*member).or_default().push(reading);
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
