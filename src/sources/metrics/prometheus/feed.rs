//! Reads one environment's counters from a Prometheus again and again, after what it recorded before.

use super::base::Base;
use super::progress::Progress;
use super::{Prometheus, PrometheusError, Recorded, Skew, stretch};
use crate::domain::counters::Side;
use crate::domain::event::{NoteKind, SourceEvent};
use crate::domain::exposition::CountedBy;
use crate::domain::feed::FeedName;
use crate::domain::ids::Target;
use crate::domain::text::Text;
use crate::sources::Clock;
use crate::sources::metrics::feed::{AGAIN, Pods};
use crate::sources::with_causes;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};

/// Samples older than so many readings, and than so many of Prometheus's own scrapes, are of the past.
const PAST_AFTER: u32 = 4;

/// How far it is filled back where nothing tells when the candidate began.
const WITHOUT_START: SignedDuration = SignedDuration::from_hours(1);

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
    skew: Skew,
    base: Base,
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
            skew: Skew::default(),
            base: Base::default(),
        }
    }

    async fn read(&mut self, pods: &Pods) -> Vec<SourceEvent> {
        let read = self.recorded(pods).await;
        self.is_lost = read.is_err();
        match read {
            Ok((skew, recorded)) => {
                let mut events = self.warned(&recorded);
                events.extend(self.skewed(skew));
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

    /// A reading in Prometheus's own time.
    async fn recorded(&self, pods: &Pods) -> Result<(Skew, Recorded), PrometheusError> {
        let Following {
            prometheus, clock, ..
        } = &self.following;
        let skew = prometheus.compared(self.skew, *clock).await?;
        let recorded = prometheus.scrape(pods, skew.there(clock())).await?;
        Ok((skew, recorded))
    }

    /// A difference of the clocks is told when it comes up.
    fn skewed(&mut self, skew: Skew) -> Option<SourceEvent> {
        let is_new = skew.told().is_some() && self.skew.told().is_none();
        self.skew = skew;
        let told = skew.told().filter(|_| is_new)?;
        Some(self.noted(format!("{told}: its numbers are told in the time of here")))
    }

    async fn fill(&mut self, pods: &Pods, first: &Recorded) -> SourceEvent {
        let since = self.since(first);
        let (span, step) = stretch(since, first.scrape.at, self.following.every);
        match self.following.prometheus.history(pods, span, step).await {
            Ok(mut history) => {
                self.skew.scrapes_here(&mut history.scrapes);
                for scrape in &mut history.scrapes {
                    self.base.take_off(scrape);
                }
                // Samples that came more often than they were looked at seem to be as far apart as the looks.
                let every = history.recorded_every.filter(|every| *every > step);
                self.progress.knows(every);
                SourceEvent::Backfilled(self.following.target.clone(), history.scrapes)
            }
            Err(error) => self.noted(format!(
                "metrics before now are not known: {}",
                with_causes(&error)
            )),
        }
    }

    /// When the candidate's first pod began. A gateway's own start tells nothing of it.
    fn since(&self, first: &Recorded) -> Option<Timestamp> {
        match &self.following.prometheus.names.counted_by {
            CountedBy::Pods => {
                let canary = first.scrape.usable(Side::Canary);
                canary.filter_map(|(_, counters)| counters.started_at).min()
            }
            CountedBy::Sidecars | CountedBy::Gateway(_) => {
                first.scrape.at.checked_sub(WITHOUT_START).ok()
            }
        }
    }

    /// The reading, where it holds anything new.
    fn scraped(&mut self, mut recorded: Recorded) -> SourceEvent {
        let target = self.following.target.clone();
        let at = recorded.scrape.at;
        if self.progress.advance(at, &recorded.sampled) {
            self.skew.recorded_here(&mut recorded);
            self.base.take_off(&mut recorded.scrape);
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
