//! The pilot in the core, as scripts of events: what it begins, what it stops, and what it tells.

use crate::fixture::{canary_at, settings, target, who};
use flightdeck::app::effect::Effect;
use flightdeck::app::event::Event;
use flightdeck::app::intent::Intent;
use flightdeck::app::key::{Key, KeyCode};
use flightdeck::app::messenger::Messenger;
use flightdeck::app::model::Model;
use flightdeck::app::screen::Overlay;
use flightdeck::app::update::{farewell, update};
use flightdeck::config::settings::{Notify, SecretRef, Webhook, WebhookFormat};
use flightdeck::domain::cluster::Snapshot;
use flightdeck::domain::counters::{Bucket, Counters, PodReading, Reading, Scrape, Side};
use flightdeck::domain::event::{EffectEvent, PlanEvent, SourceEvent};
use flightdeck::domain::ids::PlanId;
use flightdeck::domain::notification::Notification;
use flightdeck::domain::outcome::{End, Outcome};
use flightdeck::domain::pilot::{Lease, LeaseAnswer, LeaseChange, LeaseRead};
use flightdeck::domain::record::{Paused, RecordRead};
use flightdeck::strategy::goal::Goal;
use flightdeck::strategy::pilot::Wish;
use flightdeck::strategy::plan::Plan;
use jiff::{SignedDuration, Timestamp};

const EVERY: i64 = 5;
const STEP: i64 = 600;

fn start() -> Timestamp {
    "2026-01-02T03:04:05Z".parse().unwrap()
}

/// A core at the end of a step whose canary failed so often, with the pilot on and the Lease held.
struct Flight {
    model: Model,
    effects: Vec<Effect>,
    scraped: i64,
    errors: f64,
}

impl Flight {
    fn with(errors: f64, notify: Notify) -> Self {
        let begin = start() - SignedDuration::from_secs(STEP);
        let mut settings = settings();
        settings.notify = notify;
        let mut flight = Self {
            model: Model::new(settings, target(), who(), "run", begin),
            effects: Vec::new(),
            scraped: 0,
            errors,
        };
        flight.read(canary_at(5, start()));
        for _ in 0..STEP / EVERY {
            flight.model.now += SignedDuration::from_secs(EVERY);
            flight.scrape();
        }
        flight.read(canary_at(5, start()));
        flight.event(Event::Wanted(Intent::Fly(Wish::Drive)));
        flight.source(SourceEvent::LeaseSeen(target(), LeaseRead::Absent));
        flight.take_lease();
        flight
    }

    fn well() -> Self {
        Self::with(0.001, Notify::default())
    }

    fn event(&mut self, event: Event) {
        let at = self.model.now;
        self.effects = update(&mut self.model, event.at(at));
    }

    fn source(&mut self, news: SourceEvent) {
        self.event(Event::Source(news));
    }

    fn read(&mut self, mut snapshot: Snapshot) {
        snapshot.at = self.model.now;
        self.source(SourceEvent::ClusterRead(target(), Box::new(snapshot)));
    }

    fn scrape(&mut self) {
        self.scraped += 1;
        let scrapes = f64::from(i32::try_from(self.scraped).unwrap());
        let pod = |pod: &str, side, errors: f64| {
            let requests = scrapes * 500.0;
            let bucket = |le, share: f64| Bucket {
                le,
                count: requests * share,
            };
            PodReading {
                pod: pod.to_owned(),
                side,
                reading: Reading::Counted(Counters {
                    requests,
                    errors: (requests * errors).floor(),
                    cpu_seconds: None,
                    buckets: vec![
                        bucket(0.1, 0.97),
                        bucket(0.25, 1.0),
                        bucket(f64::INFINITY, 1.0),
                    ],
                    started_at: None,
                }),
            }
        };
        let pods = vec![
            pod("checkout-7c9d4-0", Side::Stable, 0.001),
            pod("checkout-canary-5b6f8-0", Side::Canary, self.errors),
        ];
        let scrape = Scrape {
            at: self.model.now,
            pods,
        };
        self.source(SourceEvent::Scraped(target(), Box::new(scrape)));
    }

    /// Answers the write of the Lease that was sent.
    fn take_lease(&mut self) {
        let sent = self.effects.iter().find_map(|effect| match effect {
            Effect::WriteLease(id, write) => Some((*id, write.clone())),
            _ => None,
        });
        let (id, write) = sent.expect("the Lease is written");
        let LeaseChange::Take { holder, since, .. } = write.change else {
            panic!("{write:?}")
        };
        let lease = Lease {
            version: "1".to_owned(),
            holder: Some(holder),
            since: Some(since),
            seconds: 15,
            ..Lease::default()
        };
        self.event(Event::Effect(EffectEvent::LeaseWritten(
            id,
            Ok(LeaseAnswer::Written(lease)),
        )));
    }

    fn asked_for_reading(&self) -> Option<flightdeck::domain::ids::RequestId> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::Observe(id, _) => Some(*id),
            _ => None,
        })
    }

    /// Answers the reading that was asked for.
    fn observed(&mut self, mut snapshot: Snapshot) {
        let id = self.asked_for_reading().expect("a reading is asked for");
        snapshot.at = self.model.now;
        self.event(Event::Effect(EffectEvent::Observed(
            id,
            Ok(Box::new(snapshot)),
        )));
    }

    fn begun(&self) -> Option<Plan> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::CarryOut(plan) => Some((**plan).clone()),
            _ => None,
        })
    }

    fn ended(&mut self, plan: &PlanId, end: End) {
        let outcome = Outcome {
            goal: "promote".to_owned(),
            title: "promote v2.42.0 to 50 %".to_owned(),
            steps: Vec::new(),
            verified: Vec::new(),
            end,
            took_s: 1.0,
            full_effect_s: None,
            record: String::new(),
            sentence: "how it ended".to_owned(),
            notices: Vec::new(),
        };
        let ended = PlanEvent::Ended(Box::new(outcome));
        self.event(Event::Effect(EffectEvent::PlanMoved(plan.clone(), ended)));
    }

    /// A second goes by.
    fn second(&mut self) {
        self.model.now += SignedDuration::from_secs(1);
        self.event(Event::Ticked);
    }

    fn log(&self) -> String {
        let lines: Vec<&str> = self
            .model
            .log
            .lines()
            .map(|line| line.text.shown())
            .collect();
        lines.join("\n")
    }
}

fn with_pause(mut snapshot: Snapshot) -> Snapshot {
    if let RecordRead::Read { record, .. } = &mut snapshot.record {
        record.paused = Some(Paused {
            by: "jonas".into(),
            since: start(),
            reason: None,
        });
    }
    snapshot
}

#[test]
fn a_good_step_is_promoted_from_a_reading_taken_for_it_with_the_evidence_as_the_reason() {
    let mut flight = Flight::well();
    flight.observed(canary_at(5, start()));
    let plan = flight.begun().expect("a plan is begun");
    assert_eq!(plan.goal, Goal::Promote);
    assert!(plan.title.contains("50 %"), "{}", plan.title);
    assert!(
        plan.reason.as_ref().unwrap().contains("canary requests"),
        "{:?}",
        plan.reason
    );
    assert!(plan.by.line().contains("pilot"), "{}", plan.by.line());
    assert_eq!(plan.against_verdict, None);
    // While it is under way nothing else is begun.
    flight.second();
    assert!(flight.asked_for_reading().is_none() && flight.begun().is_none());
}

#[test]
fn a_reading_that_shows_something_else_is_decided_anew() {
    let mut flight = Flight::well();
    flight.observed(canary_at(50, start()));
    // The other weight was set just now by somebody else's plan: its step is over in the record, its numbers are not in.
    assert_eq!(flight.begun(), None);
    let mut flight = Flight::well();
    flight.observed(with_pause(canary_at(5, start())));
    assert_eq!(flight.begun(), None);
    assert!(flight.asked_for_reading().is_none());
}

#[test]
fn a_bad_canary_is_rolled_back_with_the_scrape_that_shows_it() {
    let flight = &mut Flight::with(0.3, Notify::default());
    flight.observed(canary_at(5, start()));
    let plan = flight.begun().expect("a plan is begun");
    assert!(matches!(plan.goal, Goal::RollBack(_)), "{:?}", plan.goal);
    assert!(plan.title.contains("v2.41.0"), "{}", plan.title);
}

#[test]
fn a_pause_stops_the_promote_that_is_under_way_once() {
    let mut flight = Flight::well();
    flight.observed(canary_at(5, start()));
    let plan = flight.begun().unwrap();
    flight.read(with_pause(canary_at(5, start())));
    let stops = |flight: &Flight| {
        let stop = Effect::StopPlan(plan.id.clone());
        flight
            .effects
            .iter()
            .filter(|effect| **effect == stop)
            .count()
    };
    assert_eq!(stops(&flight), 1, "{:?}", flight.effects);
    assert!(
        flight.log().contains("yields: paused by jonas"),
        "{}",
        flight.log()
    );
    flight.second();
    assert_eq!(stops(&flight), 0);
}

#[test]
fn what_failed_is_not_tried_again_before_something_has_changed() {
    let mut flight = Flight::well();
    flight.observed(canary_at(5, start()));
    let plan = flight.begun().unwrap();
    flight.ended(
        &plan.id,
        End::NotProven("pods did not become ready".to_owned()),
    );
    for _ in 0..5 {
        flight.second();
        assert!(flight.asked_for_reading().is_none(), "{:?}", flight.effects);
    }
    assert!(flight.log().contains("holds and asks"), "{}", flight.log());
}

#[test]
fn the_lease_is_handed_over_when_the_plan_in_hand_has_ended() {
    let mut flight = Flight::well();
    flight.observed(canary_at(5, start()));
    let plan = flight.begun().unwrap();
    let asked = Lease {
        version: "2".to_owned(),
        asked_by: Some("jonas #1".into()),
        ..flight.model.pilot.lease.lease().unwrap().clone()
    };
    flight.source(SourceEvent::LeaseSeen(target(), LeaseRead::Read(asked)));
    let gives_back = |flight: &Flight| {
        flight.effects.iter().any(|effect| {
            matches!(effect, Effect::WriteLease(_, write) if write.change == LeaseChange::GiveBack)
        })
    };
    assert!(!gives_back(&flight));
    flight.ended(&plan.id, End::Done);
    assert!(gives_back(&flight), "{:?}", flight.effects);
    assert!(flight.asked_for_reading().is_none());
}

#[test]
fn the_end_of_the_program_gives_the_lease_back_and_says_so_in_the_record() {
    let mut flight = Flight::well();
    flight.observed(canary_at(5, start()));
    let last = farewell(&mut flight.model);
    assert!(
        last.iter().any(|effect| matches!(effect, Effect::WriteLease(_, write) if write.change == LeaseChange::GiveBack)),
        "{last:?}"
    );
}

#[test]
fn the_key_asks_first_and_a_protected_environment_wants_the_name() {
    let mut flight = Flight::well();
    flight.model.pilot = flightdeck::app::pilot::Pilot::default();
    let key = |flight: &mut Flight, code| {
        flight.event(Event::KeyPressed(Key {
            code,
            ..Key::char('x')
        }));
    };
    let keys = |flight: &mut Flight, text: &str| {
        for c in text.chars() {
            flight.event(Event::KeyPressed(Key::char(c)));
        }
    };
    keys(&mut flight, "ad");
    assert!(matches!(flight.model.ui.overlay, Overlay::Pilot(_)));
    keys(&mut flight, "n");
    assert!(!flight.model.pilot.is_on() && flight.model.ui.overlay == Overlay::None);
    keys(&mut flight, "ady");
    assert!(flight.model.pilot.is_on());
    keys(&mut flight, "ad");
    assert!(!flight.model.pilot.is_on());

    flight.model.settings.services[0].environments[0]
        .policy
        .protected = true;
    keys(&mut flight, "ady");
    key(&mut flight, KeyCode::Enter);
    assert!(!flight.model.pilot.is_on());
    key(&mut flight, KeyCode::Backspace);
    keys(&mut flight, "checkout");
    key(&mut flight, KeyCode::Enter);
    assert!(flight.model.pilot.is_on());
    assert_eq!(flight.begun(), None);

    let mut flight = Flight::well();
    flight.model.settings.read_only = true;
    flight.model.pilot = flightdeck::app::pilot::Pilot::default();
    keys(&mut flight, "ad");
    assert_eq!(flight.model.ui.overlay, Overlay::None);
    assert!(!flight.model.pilot.is_on());
}

#[test]
fn what_wants_a_person_is_told_to_people_who_are_not_looking() {
    let notify = Notify {
        webhook: Some(Webhook {
            url: SecretRef::Env("HOOK".to_owned()),
            format: WebhookFormat::Json,
        }),
        bell: true,
    };
    let flight = Flight::with(0.3, notify);
    let told = flight.effects.iter().find_map(|effect| match effect {
        Effect::Notify(_, message) => Some(message.clone()),
        _ => None,
    });
    let told = told.expect("a message is sent");
    assert_eq!(
        (told.what.as_str(), told.release.as_deref()),
        ("rolls_back", Some("v2.42.0"))
    );
    assert!(flight.effects.contains(&Effect::Ring));
}

#[test]
fn messages_and_bells_are_bounded_and_what_was_left_out_is_counted() {
    let at = |seconds| start() + SignedDuration::from_secs(seconds);
    let message = |seconds| Notification {
        at: at(seconds),
        target: target(),
        release: None,
        what: "asks".to_owned(),
        text: String::new(),
        left_out: 0,
    };
    let mut messenger = Messenger::default();
    let sent = (0..30)
        .filter(|second| messenger.send(message(*second)).is_some())
        .count();
    assert_eq!(sent, 6);
    assert_eq!(messenger.send(message(61)).unwrap().left_out, 24);
    assert_eq!(messenger.send(message(62)).unwrap().left_out, 0);
    let rung: Vec<i64> = (0..25)
        .filter(|second| messenger.rings(at(*second)))
        .collect();
    assert_eq!(rung, [0, 10, 20]);
}
