//! The story: what happens each second, by chance, and what must hold whatever happens.

use super::traffic::Traffic;
use super::work::Work;
use crate::crash::cluster::Cluster;
use crate::crash::dice::Dice;
use crate::fixture;
use crate::plans::world::{World, image};
use flightdeck::analysis::verdict::Call;
use flightdeck::app::asking::Asking;
use flightdeck::app::effect::Effect;
use flightdeck::app::event::Event;
use flightdeck::app::intent::{Intent, Purpose};
use flightdeck::app::key::{Key, KeyCode};
use flightdeck::app::model::Model;
use flightdeck::app::update::update;
use flightdeck::domain::amendment::amend;
use flightdeck::domain::cluster::Snapshot;
use flightdeck::domain::event::{EffectEvent, NoteKind, PlanEvent, SourceEvent};
use flightdeck::domain::feed::{FaultKind, FeedFault, FeedName};
use flightdeck::domain::holder::Holder;
use flightdeck::domain::notice::{Notice, NoticeKind};
use flightdeck::domain::outcome::{End, Outcome};
use flightdeck::domain::record::{Claim, RecordRead};
use flightdeck::domain::traffic::Weight;
use flightdeck::strategy::engine;
use flightdeck::strategy::goal::{Goal, Mend, RollBackTo};
use flightdeck::strategy::plan::Plan;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;

/// What took effect, and how often.
#[derive(Default)]
pub struct Count {
    pub faults: BTreeMap<&'static str, usize>,
    pub actions: BTreeMap<&'static str, usize>,
    pub verified_roll_backs: usize,
    pub events: usize,
    pub plans_begun: usize,
    pub plans_ended: usize,
    pub quiet: usize,
    largest: usize,
}

const FAULTS: &[&str] = &[
    "api server gone",
    "login expired",
    "metrics gone",
    "scrape missed",
    "pod restarted",
    "weights by another hand",
    "replicas by another hand",
    "another's plan",
    "program killed",
    "program killed in a plan",
    // It needs a plan: more often than the others.
    "program killed in a plan",
    "program killed in a plan",
    "program killed in a plan",
    "hostile lines",
    "terminal spoilt",
    "record unreadable",
    "clock set back",
];

const ACTIONS: &[&str] = &[
    "deploy",
    "promote",
    "promote_fully",
    "pause",
    "resume",
    "abort",
    "roll_back",
    "resume_plan",
    "undo_plan",
];

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, times) in self.faults.iter().chain(&self.actions) {
            writeln!(f, "{times:6} {what}")?;
        }
        writeln!(f, "{:6} roll backs verified", self.verified_roll_backs)?;
        writeln!(f, "{:6} events, {} quiet points", self.events, self.quiet)?;
        write!(f, "{:6} bytes of the largest model", self.largest)
    }
}

/// A fault that lasts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lasting {
    Api,
    Login,
    Metrics,
    Record,
}

pub struct Story {
    dice: Dice,
    model: Model,
    cluster: Cluster,
    traffic: Traffic,
    now: Timestamp,
    second: u64,
    run: u64,
    tag: u64,
    work: Vec<Work>,
    /// Answers that come with the next second.
    answers: VecDeque<EffectEvent>,
    lasting: Vec<(Lasting, u64)>,
    told: Option<Snapshot>,
    /// Programs that were killed.
    gone: Vec<String>,
    /// Another's plan ends then.
    other: Option<u64>,
    next_action: u64,
    next_fault: u64,
    journal: u64,
    pub count: Count,
}

const WORLD: &str = r#"
stable = { tag = "v2.41.0", replicas = 4, before = ["v2.40.0"] }
releases = [
  { rev = 41, tag = "v2.41.0", good = true },
  { rev = 40, tag = "v2.40.0", ended = "superseded", good = true },
]
"#;

impl Story {
    pub fn new(dice: Dice) -> Self {
        let world: World = toml::from_str(WORLD).unwrap();
        let now: Timestamp = "2026-03-01T14:00:00Z".parse().unwrap();
        let count = Count {
            faults: FAULTS.iter().map(|what| (*what, 0)).collect(),
            actions: ACTIONS.iter().map(|what| (*what, 0)).collect(),
            ..Count::default()
        };
        Self {
            dice,
            model: program(&world, now, 0),
            cluster: Cluster::new(&world),
            traffic: Traffic::default(),
            now,
            second: 0,
            run: 0,
            tag: 0,
            work: Vec::new(),
            answers: VecDeque::new(),
            lasting: Vec::new(),
            told: None,
            gone: Vec::new(),
            other: None,
            next_action: 10,
            next_fault: 20,
            journal: 0xcbf2_9ce4_8422_2325,
            count,
        }
    }

    /// A second goes by.
    pub fn second(&mut self) {
        self.second += 1;
        self.now += SignedDuration::from_secs(1);
        self.lasting.retain(|(_, until)| *until > self.second);
        self.fold(Event::Ticked);
        while let Some(answer) = self.answers.pop_front() {
            self.fold(Event::Effect(answer));
        }
        self.plans();
        self.another();
        if self.second >= self.next_fault {
            self.fault();
            self.next_fault = self.second + 10 + self.dice.below(30);
        }
        if self.second.is_multiple_of(5) {
            self.metrics();
        }
        self.look();
        if self.second >= self.next_action {
            self.next_action = self.second + 4 + self.dice.below(16);
            self.action();
        }
        self.confirm();
        if self.second.is_multiple_of(60) {
            self.is_sound();
        }
    }

    fn has(&self, lasting: Lasting) -> bool {
        self.lasting.iter().any(|(one, _)| *one == lasting)
    }

    fn is_down(&self) -> bool {
        self.has(Lasting::Api) || self.has(Lasting::Login)
    }

    fn fold(&mut self, event: Event) {
        self.count.events += 1;
        for effect in update(&mut self.model, event.at(self.now)) {
            self.carry(effect);
        }
    }

    fn source(&mut self, event: SourceEvent) {
        self.fold(Event::Source(event));
    }

    /// What the core wants of the world.
    fn carry(&mut self, effect: Effect) {
        let answer = match effect {
            Effect::Observe(id, _) => EffectEvent::Observed(id, self.observed()),
            Effect::CarryOut(plan) => return self.begin(*plan),
            Effect::StopPlan(id) => {
                for work in self.work.iter_mut().filter(|work| work.plan.id == id) {
                    work.stopped = true;
                }
                return;
            }
            Effect::AskHolder(id, plan) => {
                let holder = if self.gone.contains(&plan) {
                    Holder::Gone
                } else {
                    Holder::Elsewhere
                };
                EffectEvent::HolderSeen(id, holder)
            }
            Effect::Amend(id, amendment) => {
                let is_readable = !self.is_down() && !self.has(Lasting::Record);
                let amended = if is_readable {
                    Ok(amend(self.cluster.record(), &amendment))
                } else {
                    Err(unreachable())
                };
                EffectEvent::Amended(id, amended)
            }
            Effect::JournalLines(id, _) => EffectEvent::LinesKept(id, Ok(())),
            Effect::PublishLines(id, _) => {
                let kept = if self.is_down() {
                    Err(unreachable())
                } else {
                    Ok(())
                };
                EffectEvent::LinesKept(id, kept)
            }
            Effect::ReadBlackBox(id) => EffectEvent::BlackBoxRead(id, Ok(None)),
            Effect::RefreshFeeds
            | Effect::SaveRecording(_)
            | Effect::Copy(_)
            | Effect::Export(..)
            | Effect::Redraw
            | Effect::Suspend
            | Effect::RunSmokeTest(..)
            | Effect::AskPipeline(..)
            | Effect::Compare(..)
            | Effect::WriteLease(..)
            | Effect::NotePilot(..)
            | Effect::Notify(..)
            | Effect::Ring
            | Effect::Of(..)
            | Effect::Quit(_) => return,
        };
        self.answers.push_back(answer);
    }

    fn observed(&self) -> Result<Box<Snapshot>, Notice> {
        if self.is_down() {
            Err(unreachable())
        } else {
            Ok(Box::new(self.reading()))
        }
    }

    fn reading(&self) -> Snapshot {
        let mut seen = self.cluster.seen.clone();
        seen.at = self.now;
        if self.has(Lasting::Record) {
            seen.record = RecordRead::Unreadable("the record is not of the known shape".into());
        }
        seen
    }

    fn begin(&mut self, plan: Plan) {
        self.count.plans_begun += 1;
        self.journal(plan.id.as_str());
        self.journal(&plan.title);
        self.work.push(Work::new(plan, self.now));
    }

    fn journal(&mut self, line: &str) {
        for byte in line.bytes() {
            self.journal = (self.journal ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn plans(&mut self) {
        let is_down = self.is_down() || self.has(Lasting::Record);
        for mut work in std::mem::take(&mut self.work) {
            let told = work.second(&mut self.cluster, is_down, self.now);
            if told.events.len() == 2 && self.dice.percent(40) {
                work.waits(self.dice.below(5));
            }
            for event in told.events {
                if let PlanEvent::Ended(outcome) = &event {
                    self.ended(&work.plan, outcome);
                }
                let id = work.plan.id.clone();
                self.fold(Event::Effect(EffectEvent::PlanMoved(id, event)));
            }
            if !told.is_over {
                self.work.push(work);
            }
        }
    }

    fn ended(&mut self, plan: &Plan, outcome: &Outcome) {
        self.count.plans_ended += 1;
        self.journal(&format!("{:?} {}", outcome.end, outcome.took_s));
        if outcome.end != End::Done {
            return;
        }
        let word = if plan.title.starts_with("resume: ") {
            "resume_plan"
        } else {
            plan.goal.word()
        };
        *self.count.actions.entry(word).or_default() += 1;
        if let Goal::RollBack(_) = plan.goal {
            let weight = self.cluster.weight().unwrap();
            let is_proved = outcome.verified.iter().all(|check| check.ok == Some(true));
            assert_eq!(weight, Weight::ZERO, "{}: told as done", plan.title);
            self.count.verified_roll_backs += usize::from(is_proved);
        }
    }

    fn hit(&mut self, what: &'static str) {
        *self.count.faults.get_mut(what).unwrap() += 1;
    }

    fn lasts(&mut self, what: Lasting, seconds: u64) -> bool {
        let is_new = !self.has(what);
        if is_new {
            self.lasting.push((what, self.second + seconds));
        }
        is_new
    }

    fn fault(&mut self) {
        let what = *self.dice.pick(FAULTS);
        let seconds = 3 + self.dice.below(25);
        let took_effect = match what {
            "api server gone" => self.lasts(Lasting::Api, seconds),
            "login expired" => self.lasts(Lasting::Login, seconds),
            "metrics gone" => self.lasts(Lasting::Metrics, seconds),
            "record unreadable" => self.lasts(Lasting::Record, seconds / 3 + 1),
            // The next scrape is left out.
            "scrape missed" => self.lasts(Lasting::Metrics, 5),
            "pod restarted" => self.restart_a_pod(),
            "weights by another hand" => self.foreign_weights(),
            "replicas by another hand" => self.foreign_replicas(),
            "another's plan" => self.begin_another(),
            "program killed" => self.work.is_empty() && self.kill(),
            "program killed in a plan" => self.kill_in_a_plan(),
            "hostile lines" => self.hostile_lines(),
            "terminal spoilt" => self.spoil(),
            "clock set back" => self.set_back(),
            other => panic!("{other}"),
        };
        if took_effect {
            self.hit(what);
        }
    }

    fn restart_a_pod(&mut self) -> bool {
        let count = u64::try_from(self.cluster.seen.pods.len()).unwrap();
        let index = usize::try_from(self.dice.below(count)).unwrap();
        let pod = &mut self.cluster.seen.pods[index];
        pod.restarts += 1;
        let name = pod.name.clone();
        self.traffic.restarts(&name, self.now);
        true
    }

    fn foreign_weights(&mut self) -> bool {
        let weight = 1 + u32::try_from(self.dice.below(9)).unwrap();
        let has_pods = self.cluster.deployment("checkout-canary").replicas > 0;
        if !has_pods || self.cluster.weight() == Some(Weight::FULL) {
            return false;
        }
        let route = self.cluster.seen.route.as_mut().unwrap();
        route.rules[0][0].weight = Some(100 - weight);
        route.rules[0][1].weight = Some(weight);
        route.generation += 1;
        true
    }

    fn foreign_replicas(&mut self) -> bool {
        let more = 4 + u32::try_from(self.dice.below(4)).unwrap();
        self.cluster.scale("checkout", more);
        true
    }

    /// A plan of another machine, whose heart beats until it ends.
    fn begin_another(&mut self) -> bool {
        if self.cluster.claim().is_some() || self.has(Lasting::Record) {
            return false;
        }
        self.other = Some(self.second + 5 + self.dice.below(20));
        let claim = Claim {
            plan: format!("other-{}", self.second),
            goal: "promote".into(),
            title: "promote by another".into(),
            done: 0,
            steps: 3,
            by: "jo".into(),
            since: self.now,
            heartbeat: 0,
            whole: None,
        };
        self.cluster.record().current = Some(claim);
        true
    }

    fn another(&mut self) {
        let Some(until) = self.other else { return };
        let is_own = |claim: &Claim| claim.plan.starts_with("other-");
        let is_over = self.second >= until;
        let current = &mut self.cluster.record().current;
        match current {
            Some(claim) if is_own(claim) && !is_over => claim.heartbeat += 1,
            Some(claim) if is_own(claim) => *current = None,
            Some(_) | None => {}
        }
        if is_over {
            self.other = None;
        }
    }

    fn kill_in_a_plan(&mut self) -> bool {
        let is_held = self.work.iter().any(|work| {
            Some(work.plan.id.as_str()) == self.cluster.claim().map(|c| c.plan.as_str())
        });
        is_held && self.kill()
    }

    /// The program ends without a word; a new one starts on the same cluster.
    fn kill(&mut self) -> bool {
        let cut = self
            .work
            .drain(..)
            .map(|work| work.plan.id.as_str().to_owned());
        self.gone.extend(cut);
        self.run += 1;
        self.answers.clear();
        self.told = None;
        let world: World = toml::from_str(WORLD).unwrap();
        self.model = program(&world, self.now, self.run);
        true
    }

    fn hostile_lines(&mut self) -> bool {
        let target = self.model.target.clone();
        for _ in 0..20 {
            let text = format!("\u{1b}]0;x\u{7}{}", "A\u{202e}".repeat(2000));
            let text = text.as_str().into();
            self.source(SourceEvent::Noted(target.clone(), NoteKind::Pod, text));
        }
        true
    }

    /// Keys that nobody meant, odd sizes, a paste.
    fn spoil(&mut self) -> bool {
        for _ in 0..20 {
            let key = *self
                .dice
                .pick(&['?', ':', 'z', 'i', 'm', '+', '-', 't', 'v', '4', '2', '!']);
            self.fold(Event::KeyPressed(Key::char(key)));
            let size = u16::try_from(self.dice.below(300)).unwrap();
            self.fold(Event::Resized(size.max(1), size / 3 + 1));
            self.fold(Event::Pasted("y".repeat(1000)));
            self.fold(Event::KeyPressed(Key::plain(KeyCode::Esc)));
        }
        for _ in 0..6 {
            self.fold(Event::KeyPressed(Key::plain(KeyCode::Esc)));
        }
        true
    }

    /// An event that was stamped by a clock that went back.
    fn set_back(&mut self) -> bool {
        let before = self.model.now;
        let earlier = self.now - SignedDuration::from_secs(30);
        drop(update(&mut self.model, Event::Ticked.at(earlier)));
        assert_eq!(self.model.now, before, "time went back");
        true
    }

    fn metrics(&mut self) {
        self.traffic.flows(&self.cluster.seen, 5.0, &mut self.dice);
        let target = self.model.target.clone();
        if self.has(Lasting::Metrics) || self.is_down() {
            let failed =
                SourceEvent::FeedFailed(target, FeedName::Metrics, fault(FaultKind::Unreachable));
            return self.source(failed);
        }
        let scrape = self.traffic.scrape(&self.cluster.seen, self.now);
        self.source(SourceEvent::Scraped(target, Box::new(scrape)));
    }

    /// The watch tells what changed; now and then that it lives.
    fn look(&mut self) {
        let target = self.model.target.clone();
        if self.is_down() {
            let kind = if self.has(Lasting::Login) {
                FaultKind::LoginExpired
            } else {
                FaultKind::Unreachable
            };
            let failed = SourceEvent::FeedFailed(target, FeedName::Cluster, fault(kind));
            self.told = None;
            return self.source(failed);
        }
        let seen = self.reading();
        let is_same = self.told.as_ref().is_some_and(|told| {
            (&told.deployments, &told.route, &told.pods, &told.record)
                == (&seen.deployments, &seen.route, &seen.pods, &seen.record)
        });
        if !is_same {
            self.told = Some(seen.clone());
            self.source(SourceEvent::ClusterRead(target, Box::new(seen)));
        } else if self.second.is_multiple_of(15) {
            self.source(SourceEvent::FeedSeen(target, FeedName::Cluster));
        }
    }

    /// What a person does who sees what the model shows.
    fn action(&mut self) {
        if self.model.running().is_some() || self.model.asking != Asking::Nothing {
            // Sometimes they change their mind.
            if self.model.running().is_some() && self.dice.percent(10) {
                self.ask(Goal::Abort);
            }
            return;
        }
        let Some(rollout) = self.model.reading.rollout.clone() else {
            return;
        };
        let goal = if let Some(claim) = &rollout.claim {
            match claim.plan.starts_with("other-") {
                true if self.dice.percent(50) => return,
                true => Goal::Abort,
                false if self.dice.percent(60) => Goal::TakeUp(Mend::Resume),
                false => Goal::TakeUp(Mend::Undo),
            }
        } else if rollout.paused.is_some() {
            Goal::Resume
        } else if rollout.candidate.is_none() || rollout.phase.word() == "aborted" {
            if rollout.candidate.is_some() && self.dice.percent(50) {
                Goal::RollBack(RollBackTo::LastKnownGood)
            } else {
                self.deploy()
            }
        } else {
            self.decide()
        };
        self.ask(goal);
    }

    fn deploy(&mut self) -> Goal {
        self.tag += 1;
        let tag = format!("v3.{}.0", self.tag);
        if self.dice.percent(60) {
            self.traffic.bad.push(tag.clone());
        }
        Goal::Deploy(image(&tag).into())
    }

    fn decide(&mut self) -> Goal {
        let dice = self.dice.below(100);
        match self.model.reading.verdict.call {
            Call::RollBack if dice < 85 => Goal::RollBack(RollBackTo::LastKnownGood),
            Call::RollBack => Goal::Abort,
            Call::Promote if dice < 25 => Goal::PromoteFully,
            Call::Promote if dice < 80 => Goal::Promote,
            _ if dice < 35 => Goal::Pause,
            // Somebody in a hurry, without proof.
            _ if dice < 42 => Goal::PromoteFully,
            _ if dice < 75 => Goal::Promote,
            _ => Goal::RollBack(RollBackTo::LastKnownGood),
        }
    }

    fn ask(&mut self, goal: Goal) {
        self.fold(Event::Wanted(Intent::Ask {
            goal,
            reason: None,
            purpose: Purpose::Act,
        }));
    }

    /// Questions are answered; refusals are read and closed.
    fn confirm(&mut self) {
        match &self.model.asking {
            Asking::Question(_) => {
                let typed = self.model.target.service.to_string();
                self.fold(Event::Wanted(Intent::Accept { typed }));
            }
            Asking::Refused(..) | Asking::Failed(..) => self.fold(Event::Wanted(Intent::Back)),
            Asking::Nothing | Asking::Observing(..) => {}
        }
    }

    /// What must hold at every moment that is quiet, and what must not grow.
    fn is_sound(&mut self) {
        let bytes = self.bytes();
        self.count.largest = self.count.largest.max(bytes);
        assert!(bytes < 1536 * 1024, "the model has grown to {bytes} bytes");
        assert!(self.work.len() <= 2, "plans pile up");
        if self.is_down() || self.has(Lasting::Record) || !self.work.is_empty() {
            return;
        }
        self.count.quiet += 1;
        self.look();
        let seen = self.reading();
        let policy = &self.model.environment().unwrap().policy;
        let fresh = engine(policy).read(&seen);
        let mut shown = self.model.reading.rollout.clone().unwrap();
        shown.at = fresh.at;
        assert_eq!(shown, fresh, "the model is not what is there");
        assert_eq!(self.model.running().map(|run| &run.plan.title), None);
    }

    /// Bytes of the model without its bounded rings of points.
    fn bytes(&self) -> usize {
        let mut value = serde_json::to_value(&self.model).unwrap();
        value["reading"]["series"] = serde_json::Value::Null;
        value["reading"]["weights"] = serde_json::Value::Null;
        value["black_box"] = serde_json::Value::Null;
        value.to_string().len()
    }

    /// Of the model and of the journal.
    pub fn digest(&self) -> u64 {
        let text = serde_json::to_string(&self.model).unwrap();
        text.bytes().fold(self.journal, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    }
}

/// A program that was just started.
fn program(world: &World, now: Timestamp, run: u64) -> Model {
    let mut settings = fixture::settings();
    settings.services[0].environments[0].policy = world.policy();
    let run = format!("run{run}");
    Model::new(settings, fixture::target(), fixture::who(), run, now)
}

fn unreachable() -> Notice {
    Notice::new(NoticeKind::Unreachable, "the API server does not answer")
}

fn fault(kind: FaultKind) -> FeedFault {
    FeedFault {
        kind,
        text: "no answer".into(),
        hint: None,
    }
}
