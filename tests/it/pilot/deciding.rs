//! The decision as a table: one observation a line, changed in one thing.

use crate::fixture::{canary_at, canary_policy};
use flightdeck::analysis::verdict::{Call, Reason, Verdict};
use flightdeck::domain::feed::FeedState;
use flightdeck::domain::freeze::{Freeze, When, Zone};
use flightdeck::domain::pilot::{OnNotEnoughData, PilotPolicy};
use flightdeck::domain::record::{Claim, Paused, RecordRead};
use flightdeck::domain::rollout::{Phase, Rollout};
use flightdeck::domain::text::Text;
use flightdeck::domain::traffic::{Split, Weight};
use flightdeck::strategy::Engine as _;
use flightdeck::strategy::pilot::{Claimed, Decision, Held, Observation, Topic, Wait, decide};
use jiff::civil::time;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::time::Duration;

const SENTENCE: &str = "the verdict's sentence";

fn now() -> Timestamp {
    "2026-01-02T03:04:05Z".parse().unwrap()
}

/// Everything that a decision is made from.
#[derive(Clone)]
struct Case {
    lease: Held,
    cluster: FeedState,
    metrics: FeedState,
    rollout: Rollout,
    record: RecordRead,
    claim: Claimed,
    missing_right: Option<&'static str>,
    call: Call,
    policy: PilotPolicy,
    freezes: Vec<Freeze>,
}

impl Case {
    /// A canary whose step is over, all that must be known is known, and the verdict says promote.
    fn at(percent: u32) -> Self {
        let seen = canary_at(percent, now());
        Self {
            lease: Held::Here,
            cluster: FeedState::Live,
            metrics: FeedState::Live,
            rollout: canary_policy().read(&seen),
            record: seen.record,
            claim: Claimed::Free,
            missing_right: None,
            call: Call::Promote,
            policy: PilotPolicy::default(),
            freezes: Vec::new(),
        }
    }

    fn but(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn decided(&self) -> Decision {
        let seen = Observation {
            lease: &self.lease,
            cluster: self.cluster,
            metrics: self.metrics,
            rollout: Some(&self.rollout),
            record: &self.record,
            claim: self.claim,
            missing_right: self.missing_right,
        };
        let verdict = Verdict {
            call: self.call,
            reason: Reason::WithinLimits,
            culprit: None,
            sentence: SENTENCE.to_owned(),
            checks: Vec::new(),
            guardrail: None,
            until: None,
            warnings: Vec::new(),
        };
        decide(&seen, &verdict, &self.policy, &self.freezes, now())
    }
}

fn within_step(case: &mut Case) {
    if let Some(step) = &mut case.rollout.step {
        step.holds_until = Some(now() + SignedDuration::from_secs(60));
    }
}

fn frozen(case: &mut Case) {
    case.freezes = vec![Freeze {
        name: "night".to_owned(),
        when: When::Daily {
            from: time(0, 0, 0, 0),
            until: time(6, 0, 0, 0),
        },
        zone: Zone::named("UTC").unwrap(),
    }];
}

fn paused(case: &mut Case) {
    case.rollout.paused = Some(Paused {
        by: "mira".into(),
        since: now(),
        reason: None,
    });
}

fn claimed(claim: Claimed) -> impl FnOnce(&mut Case) {
    move |case| {
        case.claim = claim;
        case.rollout.claim = Some(Claim {
            plan: "other-1".to_owned(),
            goal: "promote".into(),
            title: "promote v2.42.0 to 50 %".into(),
            by: "jonas".into(),
            since: now(),
            done: 1,
            steps: 3,
            heartbeat: 4,
            ..claim_of_nobody()
        });
    }
}

fn of_goal(goal: &'static str) -> impl FnOnce(&mut Case) {
    move |case| {
        if let Some(claim) = &mut case.rollout.claim {
            claim.goal = goal.into();
        }
    }
}

fn claim_of_nobody() -> Claim {
    serde_json::from_value(serde_json::json!({
        "plan": "", "goal": "", "title": "", "done": 0, "steps": 0, "by": "",
        "since": "2026-01-02T03:04:05Z", "heartbeat": 0,
    }))
    .unwrap()
}

fn data(on_not_enough_data: OnNotEnoughData) -> impl FnOnce(&mut Case) {
    move |case| {
        case.call = Call::NotEnoughData;
        case.policy = PilotPolicy { on_not_enough_data };
    }
}

/// What it comes to, in a word and what it is about.
fn kind(decision: &Decision) -> (&'static str, Option<Topic>) {
    let topic = match decision {
        Decision::HoldAndAsk(topic, _) | Decision::StandStill(topic, _) => Some(*topic),
        _ => None,
    };
    (decision.word(), topic)
}

/// What is seen, and what it comes to.
type Line = (&'static str, Case, (&'static str, Option<Topic>));

#[test]
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn each_observation_has_its_decision() {
    let bad = |case: &mut Case| case.call = Call::RollBack;
    let hold = |case: &mut Case| case.call = Call::Hold;
    let minute = Duration::from_secs(60);
    let (asks, still) = ("asks", "stands_still");
    let none = None;
    let table: Vec<Line> = vec![
        // Timed steps.
        ("step over, promote", Case::at(5), ("advances", none)),
        ("step over, next", Case::at(50), ("advances", none)),
        ("last step over", Case::at(100), ("finishes", none)),
        (
            "within the step",
            Case::at(5).but(within_step),
            ("waits", none),
        ),
        (
            "begin unknown",
            Case::at(5).but(|case| case.rollout.step.as_mut().unwrap().holds_until = None),
            (asks, Some(Topic::Weight)),
        ),
        // Verdicts.
        ("hold", Case::at(5).but(hold), (asks, Some(Topic::Verdict))),
        (
            "hold within the step",
            Case::at(5).but(hold).but(within_step),
            ("waits", none),
        ),
        ("roll back", Case::at(5).but(bad), ("rolls_back", none)),
        (
            "roll back within the step",
            Case::at(50).but(bad).but(within_step),
            ("rolls_back", none),
        ),
        (
            "roll back without traffic",
            Case::at(5)
                .but(bad)
                .but(|case| case.rollout.split = Some(Split::canary(Weight::ZERO))),
            (asks, Some(Topic::Verdict)),
        ),
        // Not enough data.
        (
            "hold without data",
            Case::at(5).but(data(OnNotEnoughData::Hold)),
            (asks, Some(Topic::Data)),
        ),
        (
            "extend without data",
            Case::at(5).but(data(OnNotEnoughData::Extend(minute))),
            ("waits", none),
        ),
        (
            "extended for long enough",
            Case::at(5)
                .but(data(OnNotEnoughData::Extend(minute)))
                .but(|case| {
                    case.rollout.step.as_mut().unwrap().holds_until =
                        Some(now() - SignedDuration::from_secs(60));
                }),
            (asks, Some(Topic::Data)),
        ),
        (
            "continue without data",
            Case::at(5).but(data(OnNotEnoughData::Continue)),
            ("advances", none),
        ),
        (
            "continue only when the step is over",
            Case::at(5)
                .but(data(OnNotEnoughData::Continue))
                .but(within_step),
            ("waits", none),
        ),
        (
            "continue not on silence",
            Case::at(5)
                .but(data(OnNotEnoughData::Continue))
                .but(|case| case.metrics = FeedState::Stale),
            (still, Some(Topic::Metrics)),
        ),
        // Freezes.
        ("frozen", Case::at(5).but(frozen), ("waits", none)),
        (
            "frozen, bad",
            Case::at(5).but(frozen).but(bad),
            ("rolls_back", none),
        ),
        (
            "frozen, no data, continue",
            Case::at(5).but(frozen).but(data(OnNotEnoughData::Continue)),
            ("waits", none),
        ),
        // What is missing.
        (
            "metrics stale",
            Case::at(5).but(|case| case.metrics = FeedState::Stale),
            (still, Some(Topic::Metrics)),
        ),
        (
            "metrics down",
            Case::at(5).but(|case| case.metrics = FeedState::Down),
            (still, Some(Topic::Metrics)),
        ),
        (
            "metrics' login",
            Case::at(5).but(|case| case.metrics = FeedState::LoginExpired),
            (still, Some(Topic::Metrics)),
        ),
        (
            "API server down",
            Case::at(5).but(|case| case.cluster = FeedState::Down),
            (still, Some(Topic::Cluster)),
        ),
        (
            "API server stale",
            Case::at(5).but(|case| case.cluster = FeedState::Stale),
            (still, Some(Topic::Cluster)),
        ),
        (
            "login expired",
            Case::at(5).but(|case| case.cluster = FeedState::LoginExpired),
            (still, Some(Topic::Cluster)),
        ),
        (
            "Lease lost",
            Case::at(5).but(|case| case.lease = Held::Nobody("lost".to_owned())),
            (still, Some(Topic::Lease)),
        ),
        (
            "Lease lost, bad",
            Case::at(5)
                .but(bad)
                .but(|case| case.lease = Held::Nobody("lost".to_owned())),
            (still, Some(Topic::Lease)),
        ),
        (
            "Lease not held yet",
            Case::at(5).but(|case| case.lease = Held::NotYet),
            (still, Some(Topic::Start)),
        ),
        (
            "another drives",
            Case::at(5).but(|case| case.lease = Held::By("jonas".into())),
            (still, Some(Topic::Driver)),
        ),
        (
            "record makes no sense",
            Case::at(5).but(|case| case.record = RecordRead::Unreadable(Text::from("x"))),
            (still, Some(Topic::Record)),
        ),
        (
            "record cannot be read",
            Case::at(5).but(|case| case.record = RecordRead::Failed(Text::from("x"))),
            (still, Some(Topic::Record)),
        ),
        (
            "no right",
            Case::at(5).but(|case| case.missing_right = Some("patch httproutes")),
            (still, Some(Topic::Right)),
        ),
        // What others do.
        (
            "foreign weight",
            Case::at(5).but(|case| case.rollout.weight_set_by = Some("kubectl".into())),
            (asks, Some(Topic::Weight)),
        ),
        (
            "foreign weight, bad",
            Case::at(5)
                .but(bad)
                .but(|case| case.rollout.weight_set_by = Some("kubectl".into())),
            ("rolls_back", none),
        ),
        ("paused", Case::at(5).but(paused), ("yields", none)),
        (
            "paused, bad",
            Case::at(5).but(paused).but(bad),
            ("yields", none),
        ),
        (
            "aborted",
            Case::at(5).but(|case| case.rollout.phase = Phase::Aborted),
            ("yields", none),
        ),
        (
            "another's plan",
            Case::at(5).but(claimed(Claimed::Living)),
            ("waits", none),
        ),
        (
            "another's plan, bad",
            Case::at(5).but(claimed(Claimed::Living)).but(bad),
            ("waits", none),
        ),
        (
            "a plan that was cut off",
            Case::at(5).but(claimed(Claimed::CutOff)),
            ("takes_up", none),
        ),
        (
            "a plan that was cut off, frozen",
            Case::at(5).but(claimed(Claimed::CutOff)).but(frozen),
            ("waits", none),
        ),
        (
            "a plan that was cut off, metrics stale",
            Case::at(5)
                .but(claimed(Claimed::CutOff))
                .but(|case| case.metrics = FeedState::Stale),
            (still, Some(Topic::Metrics)),
        ),
        (
            "a plan that was cut off, hold",
            Case::at(5).but(claimed(Claimed::CutOff)).but(hold),
            (asks, Some(Topic::Verdict)),
        ),
        (
            "a plan that was cut off, bad before it had traffic",
            Case::at(5)
                .but(claimed(Claimed::CutOff))
                .but(bad)
                .but(|case| case.rollout.split = Some(Split::canary(Weight::ZERO))),
            (asks, Some(Topic::Verdict)),
        ),
        (
            "a plan that was cut off, no data",
            Case::at(5)
                .but(claimed(Claimed::CutOff))
                .but(data(OnNotEnoughData::Hold)),
            ("takes_up", none),
        ),
        (
            "a roll back that was cut off, frozen, metrics down, paused",
            Case::at(5)
                .but(claimed(Claimed::CutOff))
                .but(of_goal("roll_back"))
                .but(frozen)
                .but(paused)
                .but(|case| case.metrics = FeedState::Down),
            ("takes_up", none),
        ),
        (
            "a person's deploy that was cut off",
            Case::at(5)
                .but(claimed(Claimed::CutOff))
                .but(of_goal("deploy")),
            (asks, Some(Topic::Plan)),
        ),
        (
            "a finish that was cut off",
            Case::at(100)
                .but(claimed(Claimed::CutOff))
                .but(|case| case.rollout.finish_begun = true),
            ("takes_up", none),
        ),
        (
            "a plan that was cut off, paused",
            Case::at(5).but(claimed(Claimed::CutOff)).but(paused),
            ("yields", none),
        ),
        (
            "a plan that was cut off, bad",
            Case::at(50).but(claimed(Claimed::CutOff)).but(bad),
            ("rolls_back", none),
        ),
        (
            "finish begun",
            Case::at(100).but(|case| case.rollout.finish_begun = true),
            (asks, Some(Topic::Finish)),
        ),
        (
            "finish begun, bad",
            Case::at(100)
                .but(bad)
                .but(|case| case.rollout.finish_begun = true),
            (asks, Some(Topic::Finish)),
        ),
        (
            "no candidate",
            Case::at(5).but(|case| case.rollout.candidate = None),
            ("rests", none),
        ),
    ];
    for (what, case, expected) in table {
        let decision = case.decided();
        assert_eq!(kind(&decision), expected, "{what}: {decision:?}");
    }
    assert_eq!(
        Case::at(5).decided(),
        Decision::Advance(Weight::HALF, SENTENCE.to_owned())
    );
    let frozen = Case::at(5).but(frozen).decided();
    let six: Timestamp = "2026-01-02T06:00:00Z".parse().unwrap();
    assert!(
        matches!(&frozen, Decision::WaitUntil(Some(until), Wait::Freeze(_)) if *until == six),
        "{frozen:?}"
    );
}

fn feed() -> impl Strategy<Value = FeedState> {
    prop_oneof![
        3 => Just(FeedState::Live),
        1 => Just(FeedState::Starting),
        1 => Just(FeedState::Stale),
        1 => Just(FeedState::Down),
        1 => Just(FeedState::LoginExpired),
    ]
}

proptest! {
    /// Whatever comes together: traffic is raised only when everything is known and nothing speaks against it.
    #[test]
    fn nothing_is_raised_in_doubt(
        percent in prop_oneof![Just(5), Just(50), Just(100)],
        (cluster, metrics) in (feed(), feed()),
        call in prop_oneof![Just(Call::Promote), Just(Call::Hold), Just(Call::RollBack), Just(Call::NotEnoughData)],
        claim in prop_oneof![Just(Claimed::Free), Just(Claimed::Living)],
        on_not_enough_data in prop_oneof![Just(OnNotEnoughData::Hold), Just(OnNotEnoughData::Continue)],
        (is_here, is_frozen, is_paused, is_foreign, is_early) in any::<(bool, bool, bool, bool, bool)>(),
    ) {
        let mut case = Case::at(percent).but(|case| {
            (case.cluster, case.metrics, case.call) = (cluster, metrics, call);
            case.policy = PilotPolicy { on_not_enough_data };
        });
        if claim != Claimed::Free { case = case.but(claimed(claim)); }
        if !is_here { case.lease = Held::By("jonas".into()); }
        if is_frozen { frozen(&mut case); }
        if is_paused { paused(&mut case); }
        if is_foreign { case.rollout.weight_set_by = Some("kubectl".into()); }
        if is_early { within_step(&mut case); }
        let decision = case.decided();
        if decision.raises() {
            prop_assert!(is_here && !is_frozen && !is_paused && !is_foreign && !is_early);
            prop_assert!(cluster == FeedState::Live && metrics == FeedState::Live && claim == Claimed::Free);
            let goes_on = on_not_enough_data == OnNotEnoughData::Continue;
            prop_assert!(call == Call::Promote || (call == Call::NotEnoughData && goes_on));
        }
        if call == Call::RollBack && is_here && cluster == FeedState::Live && claim == Claimed::Free && !is_paused {
            prop_assert!(matches!(decision, Decision::RollBack(_)), "{decision:?}");
        }
        prop_assert_eq!(decision.goal().is_some(), decision.raises() || matches!(decision, Decision::RollBack(_)));
    }
}
