//! Whether another's plan lives: by its heartbeat as it is watched, and by the sign that its program left on this machine.

use crate::fixture;
use flightdeck::app::cut_off::{Standing, standing};
use flightdeck::app::effect::Effect;
use flightdeck::app::event::Event;
use flightdeck::app::model::Model;
use flightdeck::app::update::update;
use flightdeck::domain::event::{EffectEvent, SourceEvent};
use flightdeck::domain::feed::{FaultKind, FeedFault, FeedName};
use flightdeck::domain::holder::Holder;
use flightdeck::domain::ids::RequestId;
use flightdeck::domain::record::{Claim, RecordRead};
use flightdeck::record::alive::Alive;
use jiff::{SignedDuration, Timestamp};

struct Watching {
    model: Model,
    now: Timestamp,
    asked: Vec<(RequestId, String)>,
}

impl Watching {
    fn new() -> Self {
        let now = "2026-11-24T10:00:00Z".parse().unwrap();
        let (settings, target) = (fixture::settings(), fixture::target());
        Self {
            model: Model::new(settings, target, fixture::who(), "test", now),
            now,
            asked: Vec::new(),
        }
    }

    fn fold(&mut self, event: Event) {
        for effect in update(&mut self.model, event.at(self.now)) {
            if let Effect::AskHolder(id, plan) = effect {
                self.asked.push((id, plan));
            }
        }
    }

    /// The claim's heart stands at `heartbeat` after so many seconds; 0: there is no claim.
    fn seen(&mut self, seconds: i64, heartbeat: u64) -> Option<Standing> {
        self.now += SignedDuration::from_secs(seconds);
        let mut seen = fixture::canary_at(5, self.now);
        if let RecordRead::Read { record, .. } = &mut seen.record {
            record.current = (heartbeat > 0).then(|| Claim {
                plan: "other-1".to_owned(),
                goal: "promote".into(),
                title: "promote v2.42.0 to 50 %".into(),
                done: 1,
                steps: 4,
                by: "kim".into(),
                since: self.now,
                heartbeat,
                whole: None,
            });
        }
        let target = fixture::target();
        self.fold(Event::Source(SourceEvent::ClusterRead(
            target,
            Box::new(seen),
        )));
        self.standing()
    }

    fn ticks(&mut self, seconds: i64) -> Option<Standing> {
        self.now += SignedDuration::from_secs(seconds);
        self.fold(Event::Ticked);
        self.standing()
    }

    fn standing(&self) -> Option<Standing> {
        standing(&self.model).map(|(_, standing)| standing)
    }
}

#[test]
fn a_heart_that_stands_still_for_15_s_is_that_of_a_plan_that_was_cut_off() {
    let mut watching = Watching::new();
    assert_eq!(watching.seen(0, 0), None);
    assert_eq!(watching.seen(1, 7), Some(Standing::Unclear));
    assert_eq!(watching.seen(4, 8), Some(Standing::Lives));
    assert_eq!(watching.ticks(14), Some(Standing::Lives));
    assert_eq!(watching.ticks(1), Some(Standing::CutOff));
    assert_eq!(watching.seen(1, 9), Some(Standing::Lives));
    assert_eq!(watching.asked.len(), 1, "this machine is asked once");
    assert_eq!(watching.seen(1, 0), None);
}

#[test]
fn what_this_machine_knows_needs_no_waiting() {
    for (holder, wanted) in [
        (Holder::Gone, Standing::CutOff),
        (Holder::Lives, Standing::Lives),
        (Holder::Elsewhere, Standing::Unclear),
    ] {
        let mut watching = Watching::new();
        watching.seen(0, 7);
        let (id, plan) = watching.asked[0].clone();
        assert_eq!(plan, "other-1");
        watching.fold(Event::Effect(EffectEvent::HolderSeen(id, holder)));
        assert_eq!(watching.standing(), Some(wanted), "{holder:?}");
        // A program that was stopped holds its sign of life, and its heart stands still.
        assert_eq!(watching.ticks(15), Some(Standing::CutOff), "{holder:?}");
    }
}

#[test]
fn a_picture_that_is_not_kept_up_to_date_tells_nothing() {
    let mut watching = Watching::new();
    watching.seen(0, 7);
    let fault = FeedFault {
        kind: FaultKind::Unreachable,
        text: "no answer".into(),
        hint: None,
    };
    let target = fixture::target();
    watching.fold(Event::Source(SourceEvent::FeedFailed(
        target,
        FeedName::Cluster,
        fault,
    )));
    assert_eq!(watching.ticks(60), Some(Standing::Unclear));
}

#[test]
fn the_sign_of_life_goes_with_the_program_and_is_left_behind_by_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let holder = |plan: &str| Alive::holder(dir.path(), plan);
    assert_eq!(holder("run-1"), Holder::Elsewhere);
    let alive = Alive::show(dir.path(), "run-1").unwrap();
    assert_eq!(
        (holder("run-1"), holder("run-1")),
        (Holder::Lives, Holder::Lives)
    );
    alive.end();
    assert_eq!(holder("run-1"), Holder::Elsewhere);
    // As the system does it when a program is killed.
    drop(Alive::show(dir.path(), "run-2").unwrap());
    assert_eq!(holder("run-2"), Holder::Gone);
    Alive::forget(dir.path(), "run-2");
    assert_eq!(holder("run-2"), Holder::Elsewhere);
    for hostile in ["../run-1", "", "a/b", "\u{1b}[31m", &"x".repeat(500)] {
        assert_eq!(holder(hostile), Holder::Elsewhere, "{hostile:?}");
    }
}
