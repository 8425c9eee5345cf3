//! The pods' counters as a Prometheus recorded them, where the pods themselves cannot be asked.
//!
//! Invariant: a window lies wholly after the call: both its ends are samples that were not there, and not taken, before it. So
//! what is recorded late proves nothing that was so before a write.

use super::carrier::Carrier;
use super::counters::{Asked, Tally, between, chain};
use crate::domain::counters::Scrape;
use crate::sources::metrics::prometheus::{Prometheus, Recorded};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// So many of Prometheus's own scrapes are waited for at either end of a window, and a little for what is recorded late.
const SCRAPES: u32 = 2;
const LATE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_secs(1);

/// When the newest sample of each pod was taken.
type Sampled = BTreeMap<String, Timestamp>;

impl Carrier {
    /// Whether there is somebody else to ask than the pods.
    pub(super) fn has_recorder(&self) -> bool {
        self.context.recorder.is_some()
    }

    /// What the pods counted between two recorded samples that were taken from now on; why that is not known otherwise.
    pub(super) async fn recorded(&self, asked: &Asked) -> Result<Tally, String> {
        let Some(recorder) = &self.context.recorder else {
            return Err("no Prometheus records them".to_owned());
        };
        let began = Timestamp::now();
        let before = ask(recorder, asked).await?.sampled;
        let mut known: Sampled = asked
            .serving()
            .map(|pod| {
                let newest = before.get(pod).copied().unwrap_or(began);
                (pod.to_owned(), newest.max(began))
            })
            .collect();
        let first = self.sampled_after(recorder, asked, &mut known).await?;
        let second = self.sampled_after(recorder, asked, &mut known).await?;
        between(asked, &first, &second)
    }

    /// The first reading in which each pod that gets traffic has a newer sample than is known.
    async fn sampled_after(
        &self,
        recorder: &Prometheus,
        asked: &Asked,
        known: &mut Sampled,
    ) -> Result<Scrape, String> {
        let patience = self.context.environment.metrics.interval * SCRAPES + LATE;
        let deadline = Instant::now() + patience;
        loop {
            sleep(POLL).await;
            let read = ask(recorder, asked).await?;
            let late = known
                .iter()
                .find(|(pod, known)| read.sampled.get(*pod) <= Some(*known));
            match late {
                None => {
                    known.extend(read.sampled);
                    return Ok(read.scrape);
                }
                Some((pod, _)) if Instant::now() >= deadline => {
                    return Err(format!(
                        "Prometheus recorded no new sample of pod {pod} within {} s",
                        patience.as_secs()
                    ));
                }
                Some((pod, _)) => self
                    .voice
                    .waited(format!("for Prometheus to record pod {pod} again")),
            }
        }
    }
}

async fn ask(recorder: &Prometheus, asked: &Asked) -> Result<Recorded, String> {
    let read = recorder.scrape(asked.pods(), Timestamp::now()).await;
    read.map_err(|error| chain(&error))
}
