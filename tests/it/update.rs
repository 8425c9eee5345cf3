//! The core as scripts of events: what a person sees and what is done in the world.

use flightdeck::app::asking::{Asking, Ground};
use flightdeck::app::effect::Effect;
use flightdeck::app::event::Event;
use flightdeck::app::intent::{Intent, Purpose, Range};
use flightdeck::app::key::{Key, KeyCode};
use flightdeck::app::model::Model;
use flightdeck::app::run::Progress;
use flightdeck::app::screen::Overlay;
use flightdeck::app::subscription::{Sub, subscriptions};
use flightdeck::app::update::update;
use flightdeck::domain::event::{EffectEvent, PlanEvent, SourceEvent};
use flightdeck::domain::feed::{FaultKind, FeedFault, FeedName, FeedState};
use flightdeck::domain::notice::{Notice, NoticeKind};
use flightdeck::domain::outcome::{End, Outcome, StepResult};
use flightdeck::domain::rights::{Right, Rights};
use flightdeck::strategy::goal::Goal;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::fixture::{canary_at, settings, target, who};

/// A model with a clock that the script moves.
pub(crate) struct Script {
    pub(crate) model: Model,
    pub(crate) effects: Vec<Effect>,
}

impl Script {
    pub(crate) fn new() -> Self {
        Self {
            model: Model::new(settings(), target(), who(), "run", start()),
            effects: Vec::new(),
        }
    }

    /// One that has seen a canary at 5 %.
    pub(crate) fn watching() -> Self {
        let mut script = Self::new();
        script.source(SourceEvent::ClusterRead(
            target(),
            Box::new(canary_at(5, start())),
        ));
        script
    }

    pub(crate) fn event(&mut self, event: Event) -> &mut Self {
        let at = self.model.now;
        self.effects = update(&mut self.model, event.at(at));
        self
    }

    pub(crate) fn after(&mut self, milliseconds: i64, event: Event) -> &mut Self {
        let at = self.model.now + SignedDuration::from_millis(milliseconds);
        self.effects = update(&mut self.model, event.at(at));
        self
    }

    pub(crate) fn source(&mut self, news: SourceEvent) -> &mut Self {
        self.event(Event::Source(news))
    }

    pub(crate) fn keys(&mut self, keys: &str) -> &mut Self {
        for c in keys.chars() {
            self.event(Event::KeyPressed(Key::char(c)));
        }
        self
    }

    /// Answers the reading that was asked for with a canary at 5 %.
    pub(crate) fn observed(&mut self) -> &mut Self {
        let Asking::Observing(id, ..) = self.model.asking else {
            panic!("no reading was asked for: {:?}", self.model.asking)
        };
        let snapshot = Box::new(canary_at(5, self.model.now));
        self.event(Event::Effect(EffectEvent::Observed(id, Ok(snapshot))))
    }

    pub(crate) fn question(&self) -> &flightdeck::app::asking::Question {
        match &self.model.asking {
            Asking::Question(question) => question,
            other => panic!("no question is open: {other:?}"),
        }
    }

    pub(crate) fn carried_out(&self) -> Option<&flightdeck::strategy::plan::Plan> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::CarryOut(plan) => Some(&**plan),
            _ => None,
        })
    }
}

fn start() -> Timestamp {
    "2026-01-02T03:04:05Z".parse().unwrap()
}

#[test]
fn a_roll_back_is_read_asked_confirmed_and_carried_out() {
    let mut script = Script::watching();
    script.keys("ab");
    assert!(matches!(script.effects[..], [Effect::Observe(..)]));
    script.observed();
    assert!(
        script.question().plan.title.contains("v2.41.0"),
        "{}",
        script.question().plan.title
    );
    script.after(400, Event::KeyPressed(Key::char('y')));
    let plan = script
        .carried_out()
        .expect("the plan is carried out")
        .clone();
    assert_eq!(script.model.run.as_ref().unwrap().plan, plan);
    assert_eq!(script.model.asking, Asking::Nothing);
}

#[test]
fn keys_typed_ahead_pastes_and_split_replies_confirm_nothing() {
    let mut script = Script::watching();
    script.keys("ab").observed();
    script.after(100, Event::KeyPressed(Key::char('y')));
    assert!(
        script.carried_out().is_none(),
        "a key within 300 ms was typed ahead"
    );
    script.after(1000, Event::Pasted("y".to_owned()));
    assert!(script.carried_out().is_none(), "a paste is no answer");
    for c in "[?2026;2$y".chars() {
        script.after(2, Event::KeyPressed(Key::char(c)));
        assert!(
            script.carried_out().is_none(),
            "a terminal's reply is no answer"
        );
    }
}

#[test]
fn escape_closes_the_question_and_what_follows_asks_nothing() {
    let mut script = Script::watching();
    script.keys("ab").observed();
    script.after(1000, Event::KeyPressed(Key::plain(KeyCode::Esc)));
    assert_eq!(script.model.asking, Asking::Nothing);
    script.after(100, Event::KeyPressed(Key::char('y')));
    assert!(script.effects.is_empty());
}

#[test]
fn enter_on_cancel_is_harmless_and_tab_moves_to_the_action() {
    let mut script = Script::watching();
    script.keys("ab").observed();
    script.after(1000, Event::KeyPressed(Key::plain(KeyCode::Enter)));
    assert_eq!(script.model.asking, Asking::Nothing);
    assert!(script.carried_out().is_none());

    script.keys("ab").observed();
    script.after(1000, Event::KeyPressed(Key::plain(KeyCode::Tab)));
    script.event(Event::KeyPressed(Key::plain(KeyCode::Enter)));
    assert!(script.carried_out().is_some());
}

#[test]
fn a_promote_against_the_verdict_wants_the_name() {
    let mut script = Script::watching();
    script.keys("ap").observed();
    let question = script.question();
    assert!(
        question.plan.against_verdict.is_some(),
        "nothing was measured: the verdict is not promote"
    );
    script.after(1000, Event::KeyPressed(Key::char('y')));
    assert!(
        script.carried_out().is_none(),
        "a letter of the name is no yes"
    );
    script.event(Event::KeyPressed(Key::plain(KeyCode::Backspace)));
    script.keys("checkou");
    script.event(Event::KeyPressed(Key::plain(KeyCode::Tab)));
    script.event(Event::KeyPressed(Key::plain(KeyCode::Enter)));
    assert!(script.carried_out().is_none(), "the name is not complete");
    script.keys("t");
    script.event(Event::KeyPressed(Key::plain(KeyCode::Enter)));
    assert!(script.carried_out().is_some());
}

#[test]
fn a_change_behind_the_open_question_stops_it() {
    let mut script = Script::watching();
    script.keys("ab").observed();
    let at = script.model.now + SignedDuration::from_secs(1);
    script.source(SourceEvent::ClusterRead(
        target(),
        Box::new(canary_at(50, at)),
    ));
    assert_eq!(script.question().ground, Ground::Moved);
    script.after(1000, Event::KeyPressed(Key::char('y')));
    assert!(script.carried_out().is_none());
    match &script.model.asking {
        Asking::Failed(_, notice) => assert_eq!(notice.kind, NoticeKind::Conflict),
        other => panic!("{other:?}"),
    }
}

#[test]
fn status_changes_behind_the_open_question_do_not_stop_it() {
    let mut script = Script::watching();
    script.keys("ab").observed();
    let mut later = canary_at(5, script.model.now + SignedDuration::from_secs(1));
    for pod in &mut later.pods {
        pod.ready = !pod.ready;
    }
    script.source(SourceEvent::ClusterRead(target(), Box::new(later)));
    assert_eq!(script.question().ground, Ground::Same);
}

#[test]
fn a_late_answer_to_a_dropped_question_is_dropped() {
    let mut script = Script::watching();
    script.keys("ab");
    let Asking::Observing(id, ..) = script.model.asking else {
        panic!()
    };
    script.event(Event::KeyPressed(Key::plain(KeyCode::Esc)));
    let snapshot = Box::new(canary_at(5, script.model.now));
    script.event(Event::Effect(EffectEvent::Observed(id, Ok(snapshot))));
    assert_eq!(script.model.asking, Asking::Nothing);
}

#[test]
fn a_failed_reading_gives_no_plan_and_says_why() {
    let mut script = Script::watching();
    script.keys("ab");
    let Asking::Observing(id, ..) = script.model.asking else {
        panic!()
    };
    let notice = Notice::new(
        NoticeKind::Unreachable,
        "reading production: no answer within 10 s",
    );
    script.event(Event::Effect(EffectEvent::Observed(
        id,
        Err(notice.clone()),
    )));
    assert!(matches!(&script.model.asking, Asking::Failed(_, told) if *told == notice));
    assert!(script.model.ui.toast.is_some());
}

#[test]
fn read_only_and_missing_rights_refuse_before_anything_is_read() {
    let mut script = Script::watching();
    script.model.settings.read_only = true;
    script.keys("ab");
    assert!(script.effects.is_empty());
    assert!(matches!(script.model.asking, Asking::Refused(..)));

    let mut script = Script::watching();
    let rights = Rights {
        answers: [(Right::PatchRoutes, false)].into(),
    };
    script.source(SourceEvent::RightsRead(target(), rights));
    script.keys("ax");
    assert!(script.effects.is_empty());
    match &script.model.asking {
        Asking::Refused(_, refusal) => assert!(
            refusal.text.contains("patch httproutes"),
            "{}",
            refusal.text
        ),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_preview_is_never_carried_out_even_where_no_confirmation_is_needed() {
    let mut script = Script::watching();
    script.event(Event::Wanted(Intent::Ask {
        goal: Goal::Pause,
        reason: None,
        purpose: Purpose::Preview,
    }));
    script.observed();
    assert!(script.carried_out().is_none());
    script.event(Event::Wanted(Intent::Accept {
        typed: "checkout".to_owned(),
    }));
    assert!(script.carried_out().is_none());
}

#[test]
fn a_pause_needs_no_confirmation() {
    let mut script = Script::watching();
    script.keys("a ").observed();
    assert_eq!(
        script.carried_out().map(|plan| plan.goal.clone()),
        Some(Goal::Pause)
    );
}

/// One that carries out a roll back.
fn rolling_back() -> Script {
    let mut script = Script::watching();
    script.keys("ab").observed();
    script.after(1000, Event::KeyPressed(Key::char('y')));
    script
}

#[test]
fn an_abort_during_a_plan_stops_it_first_and_a_promote_is_refused() {
    let mut script = rolling_back();
    let old = script.model.run.as_ref().unwrap().plan.id.clone();
    script.keys("ap");
    assert!(
        matches!(script.model.asking, Asking::Refused(..)),
        "{:?}",
        script.model.asking
    );
    script.event(Event::KeyPressed(Key::plain(KeyCode::Esc)));
    script.keys("ax").observed();
    script.after(1000, Event::KeyPressed(Key::char('y')));
    assert!(
        matches!(&script.effects[..], [Effect::StopPlan(stopped), Effect::CarryOut(_)] if *stopped == old)
    );

    script.event(Event::Effect(EffectEvent::PlanMoved(
        old,
        PlanEvent::Ended(Box::new(outcome())),
    )));
    assert!(
        script.model.running().is_some(),
        "news of the old plan does not end the new one"
    );
}

#[test]
fn progress_and_outcome_of_a_plan_are_kept_until_dismissed() {
    let mut script = rolling_back();
    let id = script.model.run.as_ref().unwrap().plan.id.clone();
    let news = |event| Event::Effect(EffectEvent::PlanMoved(id.clone(), event));
    let at = script.model.now;
    script.event(news(PlanEvent::Claimed(at)));
    script.event(news(PlanEvent::StepBegan(0, at)));
    script.event(news(PlanEvent::StepEnded(
        0,
        StepResult::Done,
        at + SignedDuration::from_millis(300),
    )));
    let run = script.model.run.as_ref().unwrap();
    assert!(run.claimed);
    assert_eq!(run.steps[0], Progress::Ended(StepResult::Done, 0.3));

    script.keys("q");
    assert_eq!(
        script.model.ui.overlay,
        Overlay::Leaving,
        "a running plan is named before leaving"
    );
    script.event(Event::KeyPressed(Key::char('n')));
    script.event(news(PlanEvent::StepEnded(99, StepResult::Done, at)));
    script.event(news(PlanEvent::Ended(Box::new(outcome()))));
    assert!(script.model.running().is_none());
    assert!(!script.model.run.as_ref().unwrap().hidden);
    script.event(Event::KeyPressed(Key::plain(KeyCode::Esc)));
    assert!(script.model.run.as_ref().unwrap().hidden);
    script.keys("q");
    assert_eq!(script.effects, [Effect::Quit(0)]);
}

pub(crate) fn outcome() -> Outcome {
    Outcome {
        goal: "roll_back".to_owned(),
        title: "roll back to v2.41.0".to_owned(),
        steps: Vec::new(),
        verified: Vec::new(),
        end: End::Done,
        took_s: 1.0,
        full_effect_s: Some(0.5),
        record: String::new(),
        sentence: "recovered in 1 s".to_owned(),
        notices: Vec::new(),
    }
}

#[test]
fn twice_ctrl_c_always_leaves() {
    let mut script = rolling_back();
    script.event(Event::KeyPressed(Key::ctrl('c')));
    assert!(script.effects.is_empty());
    script.event(Event::KeyPressed(Key::ctrl('c')));
    assert_eq!(script.effects, [Effect::Quit(0)]);
}

#[test]
fn silence_makes_the_feed_stale_and_a_failure_keeps_the_picture() {
    let mut script = Script::watching();
    assert_eq!(
        script.model.feeds.cluster.state(script.model.now),
        FeedState::Live
    );
    script.after(120_000, Event::Ticked);
    assert_eq!(
        script.model.feeds.cluster.state(script.model.now),
        FeedState::Stale
    );
    let fault = FeedFault {
        kind: FaultKind::LoginExpired,
        text: "401".into(),
        hint: None,
    };
    script.source(SourceEvent::FeedFailed(target(), FeedName::Cluster, fault));
    assert_eq!(
        script.model.feeds.cluster.state(script.model.now),
        FeedState::LoginExpired
    );
    assert!(script.model.reading.rollout.is_some());
    let again = canary_at(5, script.model.now);
    script.source(SourceEvent::ClusterRead(target(), Box::new(again)));
    assert_eq!(
        script.model.feeds.cluster.state(script.model.now),
        FeedState::Live
    );
}

#[test]
fn pods_are_scraped_as_they_come_and_go() {
    let mut script = Script::new();
    assert!(
        !subscriptions(&script.model)
            .iter()
            .any(|sub| matches!(sub, Sub::Metrics(..)))
    );
    script.source(SourceEvent::ClusterRead(
        target(),
        Box::new(canary_at(5, start())),
    ));
    let pods = subscriptions(&script.model)
        .into_iter()
        .find_map(|sub| match sub {
            Sub::Metrics(_, pods) => Some(pods),
            Sub::Cluster(_)
            | Sub::Lease(_)
            | Sub::Namespace(..)
            | Sub::Recorded(_)
            | Sub::Rights(_)
            | Sub::GroundTruth(..)
            | Sub::Pipeline(..)
            | Sub::JobLog(..)
            | Sub::PodLogs(..)
            | Sub::Clock => None,
        })
        .unwrap();
    assert_eq!(
        pods.len(),
        script
            .model
            .feeds
            .cluster
            .value
            .as_ref()
            .unwrap()
            .pods
            .len()
    );
}

/// Any event that a person, a source or an effect may cause.
fn any_event() -> impl Strategy<Value = Event> {
    let key = prop_oneof![
        prop::sample::select("apbxfrqzm?@ny[OC=+-checkout ".chars().collect::<Vec<_>>())
            .prop_map(Key::char),
        prop::sample::select(vec![
            KeyCode::Esc,
            KeyCode::Enter,
            KeyCode::Tab,
            KeyCode::Backspace
        ])
        .prop_map(Key::plain),
        Just(Key::ctrl('c')),
    ];
    let weight = prop::sample::select(vec![0_u32, 5, 50, 100]);
    prop_oneof![
        6 => key.prop_map(Event::KeyPressed),
        1 => Just(Event::Ticked),
        1 => (0_u16..300, 0_u16..100).prop_map(|(w, h)| Event::Resized(w, h)),
        1 => Just(Event::Wanted(Intent::Range(Range::Out))),
        2 => weight.clone().prop_map(|w| Event::Source(SourceEvent::ClusterRead(target(), Box::new(canary_at(w, start()))))),
        2 => (0_u64..8, weight).prop_map(|(id, w)| {
            let snapshot = Box::new(canary_at(w, start()));
            Event::Effect(EffectEvent::Observed(flightdeck::domain::ids::RequestId(id), Ok(snapshot)))
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// The same events give the same model and the same effects, whatever they are, and a model survives being written down.
    #[test]
    fn any_script_is_total_and_replays_to_the_same_end(events in prop::collection::vec((any_event(), 0_i64..900), 1..60)) {
        let play = |mut model: Model| {
            let mut effects = Vec::new();
            let mut at = start();
            for (event, pause) in &events {
                at += SignedDuration::from_millis(*pause);
                effects.extend(update(&mut model, event.clone().at(at)));
            }
            (model, effects)
        };
        let fresh = || Model::new(settings(), target(), who(), "run", start());
        let written = serde_json::to_string(&fresh()).unwrap();
        let read: Model = serde_json::from_str(&written).unwrap();
        let (model, effects) = play(fresh());
        let (again, same) = play(read);
        prop_assert_eq!(&model, &again);
        prop_assert_eq!(effects, same);
    }

    /// Nothing changes the world without a question that was open for longer than keys are typed ahead, or a pause or resume.
    #[test]
    fn nothing_is_carried_out_unasked(events in prop::collection::vec((any_event(), 0_i64..290), 1..60)) {
        let mut model = Model::new(settings(), target(), who(), "run", start());
        let mut at = start();
        for (event, pause) in events {
            at += SignedDuration::from_millis(pause);
            let asked = matches!(model.asking, Asking::Question(_));
            for effect in update(&mut model, event.at(at)) {
                if let Effect::CarryOut(plan) = effect {
                    prop_assert!(asked || plan.confirm == flightdeck::strategy::plan::Confirm::None);
                }
            }
        }
    }
}
