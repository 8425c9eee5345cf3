//! Reads one environment's counters from a Prometheus again and again, after what it recorded before.

use super::progress::Progress;
use super::{Prometheus, PrometheusError, Recorded, stretch};
use crate::domain::counters::Side;
use crate::domain::event::{NoteKind, SourceEvent};
use crate::domain::feed::FeedName;
use crate::domain::ids::Target;
use crate::domain::text::Text;
use crate::sources::Clock;
use crate::sources::metrics::feed::{AGAIN, Pods};
use crate::sources::metrics::pods::with_causes;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};

/// Samples older than so many readings, and than so many of Prometheus's own scrapes, are of the past.
const PAST_AFTER: u32 = 4;

/// What is read, and how often.
#[derive(Clone)]
pub struct Following {
    /// Who is asked.
    pub prometheus: Prometheus,
    /// Whose pods they are.
    pub target: Target,
    /// Time between two readings.
    pub every: Duration,
    /// The time.
    pub clock: Clock,
}

/// Reads until `out` or `pods` is closed. The first reading follows what was recorded before it.
pub async fn follow(
    following: Following,
    mut pods: watch::Receiver<Pods>,
    out: mpsc::Sender<SourceEvent>,
) {
    let every = following.every;
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut teller = Teller::new(following);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            changed = pods.changed() => match changed {
                Ok(()) => ticks.reset(),
                Err(_) => return,
            }
        }
        let asked = pods.borrow_and_update().clone();
        if asked.is_empty() {
            continue;
        }
        let told = teller.read(&asked).await;
        if teller.is_lost {
            ticks.reset_after(AGAIN.min(every));
        }
        for event in told {
            if out.send(event).await.is_err() {
                return;
            }
        }
    }
}

/// What was told, so that nothing is told twice.
struct Teller {
    following: Following,
    progress: Progress,
    filled: bool,
    warnings: Vec<Text>,
    told_slow: bool,
    /// Whether the last reading got no answer.
    is_lost: bool,
}

impl Teller {
    fn new(following: Following) -> Self {
        Self {
            progress: Progress::new(following.every),
            following,
            filled: false,
            warnings: Vec::new(),
            told_slow: false,
            is_lost: false,
        }
    }

    async fn read(&mut self, pods: &Pods) -> Vec<SourceEvent> {
        let now = (self.following.clock)();
        let read = self.following.prometheus.scrape(pods, now).await;
        self.is_lost = read.is_err();
        match read {
            Ok(recorded) => {
                let mut events = self.warned(&recorded);
                if !self.filled {
                    self.filled = true;
                    events.push(self.fill(pods, &recorded).await);
                }
                events.push(self.scraped(recorded));
                events.extend(self.slow());
                events
            }
            Err(error) => vec![self.failed(&error)],
        }
    }

    async fn fill(&self, pods: &Pods, first: &Recorded) -> SourceEvent {
        let canary = first.scrape.usable(Side::Canary);
        let since = canary.filter_map(|(_, counters)| counters.started_at).min();
        let (span, step) = stretch(since, first.scrape.at, self.following.every);
        match self.following.prometheus.backfill(pods, span, step).await {
            Ok(scrapes) => SourceEvent::Backfilled(self.following.target.clone(), scrapes),
            Err(error) => self.noted(format!(
                "metrics before now are not known: {}",
                with_causes(&error)
            )),
        }
    }

    /// The reading, where it holds anything new.
    fn scraped(&mut self, recorded: Recorded) -> SourceEvent {
        let target = self.following.target.clone();
        let at = recorded.scrape.at;
        if self.progress.advance(at, &recorded.sampled) {
            return SourceEvent::Scraped(target, Box::new(recorded.scrape));
        }
        match self.past(at, &recorded) {
            Some(age) => self.failed(&PrometheusError::NotRecording {
                place: self.following.prometheus.door.place().to_owned(),
                age,
            }),
            None => SourceEvent::FeedSeen(target, FeedName::Metrics),
        }
    }

    /// The newest sample's age, where it is too old.
    fn past(&self, at: Timestamp, recorded: &Recorded) -> Option<SignedDuration> {
        let age = at.duration_since(recorded.sampled.values().max().copied()?);
        let every = self
            .following
            .every
            .max(self.progress.recorded_every().unwrap_or_default());
        (age.unsigned_abs() > every * PAST_AFTER).then_some(age)
    }

    fn warned(&mut self, recorded: &Recorded) -> Vec<SourceEvent> {
        let new: Vec<SourceEvent> = recorded
            .warnings
            .iter()
            .filter(|warning| !self.warnings.contains(warning))
            .map(|warning| {
                self.noted(format!(
                    "Prometheus warns that its data may be partial: {warning}"
                ))
            })
            .collect();
        self.warnings.clone_from(&recorded.warnings);
        new
    }

    /// Data that come more slowly than they are wanted would look stale all the time.
    fn slow(&mut self) -> Option<SourceEvent> {
        let recorded = self.progress.recorded_every()?;
        let every = self.following.every;
        if self.told_slow || recorded < every * 2 {
            return None;
        }
        self.told_slow = true;
        let seconds = recorded.as_secs_f64().round();
        Some(self.noted(format!(
            "Prometheus records these pods every {seconds} s and is read every {} s: set metrics.interval = \"{seconds}s\"",
            every.as_secs_f64()
        )))
    }

    fn noted(&self, text: String) -> SourceEvent {
        SourceEvent::Noted(
            self.following.target.clone(),
            NoteKind::Feed,
            Text::new(text),
        )
    }

    fn failed(&self, error: &PrometheusError) -> SourceEvent {
        SourceEvent::FeedFailed(
            self.following.target.clone(),
            FeedName::Metrics,
            error.fault(),
        )
    }
}
