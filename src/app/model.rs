//! All state, owned by the loop and changed by `update` alone.

use super::asking::Asking;
use super::black_box::BlackBox;
use super::canary_watch::CanaryWatch;
use super::changes::Changes;
use super::cut_off::Pulse;
use super::drill::Drill;
use super::fleet::{Fleet, Looked, Opened, Reach};
use super::keymap::Keymap;
use super::log::Log;
use super::pick::Pick;
use super::pilot::Pilot;
use super::pipeline::Pipeline;
use super::pod_logs::PodLogs;
use super::proof::{Attention, Remark, Settling, Trial};
use super::run::PlanRun;
use super::screen::{
    Layout, Level, Overlay, RANGES, Said, Screen, Shown, Subject, Telling, Times, Toast, Ui,
};
use crate::analysis::signals::Signals;
use crate::analysis::verdict::{Call, Reason, Verdict};
use crate::analysis::window::{Freshness, Series};
use crate::config::settings::{Environment, Settings};
use crate::domain::cluster::Snapshot;
use crate::domain::counters::Scrape;
use crate::domain::feed::Feed;
use crate::domain::ids::{PlanId, RequestId, Target};
use crate::domain::rights::Rights;
use crate::domain::rollout::Rollout;
use crate::domain::traffic::Track;
use crate::domain::who::Who;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// What a person decided.
    pub settings: Settings,
    /// All services; the slices below are of the one that is open.
    pub fleet: Fleet,
    /// What is open.
    pub target: Target,
    /// The latest time an event told.
    pub now: Timestamp,
    /// Who acts, and what they may do.
    pub actor: Actor,
    /// The live sources.
    pub feeds: Feeds,
    /// What was made of them.
    pub reading: Reading,
    /// The way from a goal to a confirmed plan.
    pub asking: Asking,
    /// The plan under way or just ended.
    pub run: Option<PlanRun>,
    /// The heartbeat of the claim, where a plan holds it.
    pub pulse: Option<Pulse>,
    /// The remark that was added last.
    pub remark: Remark,
    /// The service's pipeline.
    pub pipeline: Pipeline,
    /// What the candidate brings.
    #[serde(default)]
    pub changes: Changes,
    /// The pods' logs that are looked at.
    #[serde(default)]
    pub pod_logs: Box<PodLogs>,
    /// What this run has seen and not written yet.
    pub black_box: BlackBox,
    /// Whether this run stays or only takes a look.
    pub attention: Attention,
    /// The pilot of this process, and who drives elsewhere.
    #[serde(default)]
    pub pilot: Pilot,
    /// How the person at the keys does, where this is a drill.
    #[serde(default)]
    pub drill: Option<Drill>,
    /// What happened.
    pub log: Log,
    /// What is on the screen.
    pub ui: Ui,
    /// Which key means what.
    pub keys: Keymap,
    /// The picture that is held, where one is: this model as it was, with the present `ui`.
    pub frozen: Option<Box<Model>>,
    /// Where ids come from.
    pub ids: Ids,
}

/// Who acts, and what they may do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Actor {
    /// The identity.
    pub who: Who,
    /// Their rights in the open environment.
    pub rights: Rights,
}

/// The live sources.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Feeds {
    /// The environment's objects.
    pub cluster: Feed<Snapshot>,
    /// The last scrape.
    pub metrics: Feed<Scrape>,
}

/// What was made of the sources.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The rollout, by the environment's engine.
    pub rollout: Option<Rollout>,
    /// Requests, errors and latencies over time.
    pub series: Series,
    /// What the numbers say.
    pub verdict: Verdict,
    /// What the verdict's numbers were counted over.
    pub basis: Basis,
    /// The evidence on the candidate.
    pub canary: CanaryWatch,
    /// What is seen of the candidate besides its numbers.
    #[serde(default)]
    pub signals: Signals,
    /// The release that serves alone, on its way to the mark.
    pub trial: Option<Trial>,
    /// A complete rollout that the record still has as running.
    #[serde(default)]
    pub settling: Option<Settling>,
    /// Weight changes seen, for the charts: when, and the canary's weight.
    pub weights: Vec<(Timestamp, crate::domain::traffic::Weight)>,
    /// Changes of the verdict on a candidate, for the charts, oldest first, bounded.
    #[serde(default)]
    pub calls: Vec<(Timestamp, Call)>,
}

/// What a verdict's numbers were counted over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The intervals of the present step.
    SinceStep,
    /// The cumulative counters, since the pods started.
    SinceStart,
}

/// Where ids come from: a counter, and a word that tells this run of the program from others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ids {
    /// The next number.
    pub next: u64,
    /// The run's word.
    pub run: String,
}

impl Ids {
    /// A new id for an effect.
    pub fn request(&mut self) -> RequestId {
        self.next += 1;
        RequestId(self.next)
    }

    /// A new id for a plan, unlike any other run's.
    pub fn plan(&mut self) -> PlanId {
        self.next += 1;
        PlanId::new(format!("{}-{}", self.run, self.next))
    }
}

/// Lines kept of what was said.
const SAID: usize = 200;

/// Points kept per side: two hours at one a second, longer at the usual intervals.
const POINTS: usize = 7200;

fn nothing_known() -> Verdict {
    Verdict {
        call: Call::NotEnoughData,
        reason: Reason::NoData,
        culprit: None,
        sentence: "Not enough data: nothing was measured yet.".to_owned(),
        checks: Vec::new(),
        guardrail: None,
        until: None,
        warnings: Vec::new(),
    }
}

impl Model {
    /// A model that has seen nothing. `run` tells this run of the program from all others.
    pub fn new(
        settings: Settings,
        target: Target,
        who: Who,
        run: impl Into<String>,
        now: Timestamp,
    ) -> Self {
        let interval = settings
            .environment(&target)
            .map_or(std::time::Duration::from_secs(5), |environment| {
                environment.metrics.interval
            });
        let scrapes =
            SignedDuration::try_from(interval * 4).unwrap_or(SignedDuration::from_secs(60));
        Self {
            actor: Actor {
                who,
                rights: Rights::default(),
            },
            feeds: Feeds {
                cluster: Feed::new(SignedDuration::from_secs(75)),
                metrics: Feed::new(scrapes.max(SignedDuration::from_secs(5))),
            },
            reading: Reading {
                rollout: None,
                series: Series::new(interval, POINTS),
                verdict: nothing_known(),
                basis: Basis::SinceStep,
                canary: CanaryWatch::default(),
                signals: Signals::NONE,
                trial: None,
                settling: None,
                weights: Vec::new(),
                calls: Vec::new(),
            },
            asking: Asking::Nothing,
            run: None,
            pulse: None,
            remark: Remark::None,
            pipeline: Pipeline::default(),
            changes: Changes::default(),
            pod_logs: Box::default(),
            black_box: BlackBox::default(),
            attention: Attention::Watching,
            pilot: Pilot::default(),
            drill: None,
            log: Log::default(),
            ui: Ui {
                size: (80, 24),
                screen: Screen::Service,
                overlay: Overlay::None,
                range: if settings.is_demo() {
                    RANGES[0]
                } else {
                    RANGES[2]
                },
                until: None,
                inspect: None,
                stable_shown: Shown::Shown,
                layout: Layout::Balanced,
                times: Times::Utc,
                theme: settings.ui.theme.clone(),
                themes: crate::config::theme::names().map(str::to_owned).collect(),
                list: Pick::default(),
                telling: Telling::Words,
                toast: None,
                spelled: Vec::new(),
                said: std::collections::VecDeque::new(),
            },
            keys: Keymap::default(),
            frozen: None,
            ids: Ids {
                next: 0,
                run: run.into(),
            },
            fleet: Fleet::of(&settings),
            settings,
            target,
            now,
        }
    }

    /// A model that looks at all services of the settings; `None` where they have none.
    pub fn of_all(
        settings: Settings,
        who: Who,
        run: impl Into<String>,
        now: Timestamp,
    ) -> Option<Self> {
        let first = settings.targets().next()?;
        let mut model = Self::new(settings, first, who, run, now);
        model.fleet.reach = Reach::All;
        model.fleet.opened = Opened::Nothing;
        model.ui.screen = Screen::Fleet;
        Some(model)
    }

    /// Settings of the open environment; `None` only where the target names none.
    pub fn environment(&self) -> Option<&Environment> {
        self.settings.environment(&self.target)
    }

    /// Says one line for as long as its level asks for.
    pub fn say(&mut self, level: Level, text: impl Into<String>) {
        let (at, text) = (self.now, text.into());
        if self.ui.said.len() == SAID {
            self.ui.said.pop_front();
        }
        let until = at.saturating_add(level.shown()).unwrap_or(at);
        self.ui.said.push_back(Said {
            at,
            level,
            text: text.clone(),
        });
        self.ui.toast = Some(Toast { level, text, until });
    }

    /// Puts what is known of a row where the open service's slices are, so that it can be told like it.
    pub fn look_at(&mut self, target: &Target) {
        let settings = std::mem::replace(&mut self.settings, Settings::empty());
        let fleet = std::mem::replace(&mut self.fleet, Fleet::of(&Settings::empty()));
        let (who, run) = (self.actor.who.clone(), self.ids.run.clone());
        *self = Self::new(settings, target.clone(), who, run, self.now);
        self.fleet = fleet;
        let Some(row) = self.fleet.row(target) else {
            return;
        };
        self.reading.rollout.clone_from(&row.rollout);
        self.reading.series.begin_with(&row.series);
        let series = &self.reading.series;
        let whole = series
            .since_start(Track::Canary)
            .and(series.since_start(Track::Stable));
        if whole.is_some() && series.freshness(self.now) == Freshness::Waiting {
            self.reading.basis = Basis::SinceStart;
        }
        if let Some(verdict) = &row.verdict {
            self.reading.verdict.clone_from(verdict);
        }
        if let Some((_, feed)) = self.fleet.place(row) {
            self.feeds.cluster.seen_at = feed.seen_at;
            self.feeds.cluster.fault = row.fault.clone().or_else(|| feed.fault.clone());
        }
        self.feeds.metrics.seen_at = row.numbers.seen_at;
        self.feeds.metrics.fault.clone_from(&row.numbers.fault);
    }

    /// The look at the fleet that ends with the program; `None` where it was not looked at.
    pub fn last_look(&self) -> Option<Looked> {
        (self.fleet.reach == Reach::All).then(|| match self.ui.screen.subject() {
            Subject::Fleet => Looked::end(&self.fleet, self.now),
            Subject::Service => self.fleet.looked.clone(),
        })
    }

    /// What is drawn: the held picture while there is one.
    pub fn picture(&self) -> &Self {
        self.frozen.as_deref().unwrap_or(self)
    }

    /// The plan that is under way.
    pub fn running(&self) -> Option<&PlanRun> {
        self.run.as_ref().filter(|run| run.is_running())
    }
}
