//! Watching a project's pipelines: asks at a pace that follows what happens, and tells what changed.
//!
//! One list call for all runs; the parts of a run are read while it goes on, and once when it changed. A person who looks
//! closer makes the next look come at once.

use super::{CiError, Provider, Scope};
use crate::domain::event::SourceEvent;
use crate::domain::feed::FeedName;
use crate::domain::ids::Target;
use crate::domain::pipeline::{Cursor, JobId, Pipelines, Quota, Run, RunId};
use crate::sources::Clock;
use jiff::Timestamp;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};

/// Runs that one list call asks for.
pub const LISTED: usize = 20;
/// Finished runs whose parts are read, the newest: durations are compared with theirs.
const READ_WHOLE: usize = 4;
/// Runs under way whose parts are read.
const FOLLOWED: usize = 8;
/// Looks are never closer together than this, however often a key is pressed.
const CLOSEST: Duration = Duration::from_secs(1);
/// Where nothing runs, or nothing answers, there are at least so many looks an hour.
const SLOWEST: Duration = Duration::from_secs(60);
/// The most of a log that is read at once, in bytes.
pub const LOG_BYTES: u64 = 2 * 1024 * 1024;

/// What a person looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Focus {
    /// The open run.
    pub run: Option<RunId>,
    /// The commits, or their beginnings, of the releases in view.
    pub commits: Vec<String>,
    /// Grows with every key that asks for news.
    pub hurry: u64,
}

/// What a look brought.
#[derive(Debug)]
pub struct Round {
    /// What is known now; `None` where nothing changed.
    pub news: Result<Option<Pipelines>, CiError>,
    /// When to look again.
    pub wait: Duration,
}

/// The watch over one project.
pub struct Watch {
    provider: Arc<dyn Provider>,
    scope: Scope,
    interval: Duration,
    told: Option<Pipelines>,
    failures: u32,
    /// Differs from target to target and from look to look: those that began together do not stay together.
    dice: u64,
}

impl Watch {
    /// Nothing is known yet. `interval` is the pace while something runs.
    pub fn new(provider: Arc<dyn Provider>, reference: Option<String>, interval: Duration) -> Self {
        Self {
            provider,
            scope: Scope {
                reference,
                commit: None,
                most: LISTED,
            },
            interval,
            told: None,
            failures: 0,
            dice: 0,
        }
    }

    /// The same on behalf of `target`: its waits are not those of others.
    #[must_use]
    pub fn for_target(mut self, target: &Target) -> Self {
        let mut hasher = DefaultHasher::new();
        target.hash(&mut hasher);
        self.dice = hasher.finish();
        self
    }

    /// Looks once.
    pub async fn round(&mut self, focus: &Focus, now: Timestamp) -> Round {
        match self.look(focus).await {
            Ok(runs) => {
                self.failures = 0;
                let wait = self.pace(&runs);
                Round {
                    news: Ok(self.changed(runs, now)),
                    wait,
                }
            }
            Err(error) => {
                self.failures += 1;
                Round {
                    wait: self.after(&error, now),
                    news: Err(error),
                }
            }
        }
    }

    async fn look(&mut self, focus: &Focus) -> Result<Vec<Run>, CiError> {
        let listed = self.provider.runs(&self.scope).await?;
        let mut runs = Vec::with_capacity(listed.len());
        let (mut under_way, mut whole) = (0, 0);
        for run in listed {
            let in_focus = is_in_focus(&run, focus);
            let wanted = if run.state.is_over() {
                whole += 1;
                whole <= READ_WHOLE || in_focus
            } else {
                under_way += 1;
                under_way <= FOLLOWED || in_focus
            };
            if let Some(run) = self.whole(run, wanted).await? {
                runs.push(run);
            }
        }
        Ok(runs)
    }

    /// The run with its parts where they are wanted; `None` where it was deleted meanwhile.
    async fn whole(&self, run: Run, wanted: bool) -> Result<Option<Run>, CiError> {
        let mut told = self.told.iter().flat_map(|told| &told.runs);
        let known = told.find(|known| known.id == run.id);
        let same = known.filter(|known| {
            known.stages.is_some()
                && known.updated == run.updated
                && known.attempt == run.attempt
                && known.state == run.state
        });
        match same {
            Some(known) if run.state.is_over() => Ok(Some(known.clone())),
            _ if !wanted => Ok(Some(run)),
            _ => match self.provider.detail(&run).await {
                Ok(run) => Ok(Some(run)),
                Err(CiError::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            },
        }
    }

    fn changed(&mut self, runs: Vec<Run>, now: Timestamp) -> Option<Pipelines> {
        let news = Pipelines {
            at: now,
            capabilities: self.provider.capabilities(),
            runs,
            quota: self.provider.quota(),
        };
        let same = self.told.as_ref().is_some_and(|told| {
            told.runs == news.runs
                && told.capabilities == news.capabilities
                && left_of(told.quota) == left_of(news.quota)
        });
        if same {
            return None;
        }
        self.told = Some(news.clone());
        Some(news)
    }

    fn pace(&mut self, runs: &[Run]) -> Duration {
        let busy = runs.iter().any(|run| !run.state.is_over());
        let pace = match (busy, self.provider.asks_for_free()) {
            (true, _) => self.interval,
            (false, true) => self.interval.saturating_mul(7) / 4,
            (false, false) => self.interval.saturating_mul(6),
        };
        let pace = if self.is_short_of_calls() {
            pace.saturating_mul(4)
        } else {
            pace
        };
        self.spread(pace.min(SLOWEST.max(self.interval)))
    }

    /// Less than a tenth of the calls is left.
    fn is_short_of_calls(&self) -> bool {
        self.provider
            .quota()
            .is_some_and(|quota| quota.remaining.saturating_mul(10) < quota.limit)
    }

    fn after(&mut self, error: &CiError, now: Timestamp) -> Duration {
        if let CiError::RateLimited {
            resets_at: Some(at),
            ..
        } = error
        {
            let left = Duration::try_from(at.duration_since(now)).unwrap_or_default();
            return left.clamp(CLOSEST, Duration::from_secs(3600)) + Duration::from_secs(1);
        }
        let doubled = self.interval.saturating_mul(1 << self.failures.min(6)) / 2;
        let wait = if error.passes() { doubled } else { SLOWEST };
        self.spread(wait.min(SLOWEST))
    }

    /// Up to a tenth less.
    fn spread(&mut self, wait: Duration) -> Duration {
        self.dice = self
            .dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let part = u32::try_from(self.dice >> 54).unwrap_or(0);
        wait.saturating_sub(wait * part / 10_240)
    }
}

/// What a quota allows: when it begins anew is reckoned from two clocks, and differs a little each time.
fn left_of(quota: Option<Quota>) -> Option<(u64, u64)> {
    quota.map(|quota| (quota.limit, quota.remaining))
}

fn is_in_focus(run: &Run, focus: &Focus) -> bool {
    let commit = run.commit.as_ref().map_or("", |commit| commit.shown());
    focus.run.as_ref() == Some(&run.id)
        || focus
            .commits
            .iter()
            .any(|wanted| wanted.len() >= 7 && commit.starts_with(wanted.as_str()))
}

/// What is watched for whom.
#[derive(Clone)]
pub struct Watched {
    /// The project.
    pub provider: Arc<dyn Provider>,
    /// Of this branch only.
    pub reference: Option<String>,
    /// The pace while something runs.
    pub interval: Duration,
    /// Whose pipeline it is.
    pub target: Target,
    /// Where the time comes from.
    pub clock: Clock,
}

/// Watches until nobody listens; a change of `focus` is looked at at once.
pub async fn watch(
    watched: Watched,
    mut focus: watch::Receiver<Focus>,
    out: mpsc::Sender<SourceEvent>,
) {
    let Watched {
        provider,
        reference,
        interval,
        target,
        clock,
    } = watched;
    let mut watch = Watch::new(provider, reference, interval).for_target(&target);
    loop {
        let began = Instant::now();
        let looked_at = focus.borrow_and_update().clone();
        let round = watch.round(&looked_at, clock()).await;
        let event = match round.news {
            Ok(Some(pipelines)) => SourceEvent::PipelinesRead(target.clone(), Box::new(pipelines)),
            Ok(None) => SourceEvent::FeedSeen(target.clone(), FeedName::Ci),
            Err(error) => SourceEvent::FeedFailed(target.clone(), FeedName::Ci, error.fault()),
        };
        if out.send(event).await.is_err() {
            return;
        }
        let closest = began + CLOSEST;
        tokio::select! {
            () = sleep(round.wait) => {}
            changed = focus.changed() => {
                if changed.is_err() {
                    return;
                }
                sleep_until(closest).await;
            }
        }
    }
}

/// A job's log, followed.
#[derive(Clone)]
pub struct Followed {
    /// The project.
    pub provider: Arc<dyn Provider>,
    /// Whose pipeline it is.
    pub target: Target,
    /// The run.
    pub run: RunId,
    /// Its job.
    pub job: JobId,
    /// Between two looks while the log grows.
    pub every: Duration,
}

/// Reads a job's log from its end and follows it until it is whole; then waits, so that it is not started anew.
pub async fn follow_log(followed: Followed, out: mpsc::Sender<SourceEvent>) {
    let mut cursor = Cursor::default();
    let mut wait = followed.every;
    loop {
        let read = followed
            .provider
            .log(&followed.run, &followed.job, cursor, LOG_BYTES)
            .await;
        let ended = read.as_ref().is_ok_and(|piece| piece.ended);
        let quiet = read.as_ref().is_ok_and(|piece| piece.lines.is_empty());
        wait = match &read {
            Ok(piece) => {
                cursor = piece.next;
                if quiet {
                    (wait * 2).min(followed.every * 5)
                } else {
                    followed.every
                }
            }
            Err(_) => (wait * 2).min(SLOWEST),
        };
        let piece = read.map_err(|error| error.fault());
        let event = SourceEvent::JobLogRead(followed.target.clone(), followed.job.clone(), piece);
        if out.send(event).await.is_err() {
            return;
        }
        if ended {
            std::future::pending::<()>().await;
        }
        sleep(wait).await;
    }
}
