//! The verdict as it is shown: evidence beside the plain limits, margins that tighten, and what is fixed for all observers.

use super::simulator::{Dice, Flight};
use flightdeck::analysis::canary::{Canary, Rules, Watched, recorded};
use flightdeck::analysis::composed::{Numbers, judge_canary};
use flightdeck::analysis::counts::Totals;
use flightdeck::analysis::preflight::preflight;
use flightdeck::analysis::sequential::finding::Circumstances;
use flightdeck::analysis::sequential::turn::turns;
use flightdeck::analysis::series::Interval;
use flightdeck::analysis::signals::Signals;
use flightdeck::analysis::verdict::{Call, Reason, Verdict};
use flightdeck::analysis::watched::{Beginning, fix};
use flightdeck::analysis::window::{Freshness, Series};
use flightdeck::domain::amendment::{Adds, Amended, Amendment, amend};
use flightdeck::domain::assurance::Assurance;
use flightdeck::domain::counters::Side;
use flightdeck::domain::goals::Goals;
use flightdeck::domain::guardrails::Guardrails;
use flightdeck::domain::record::Record;
use flightdeck::domain::traffic::Weight;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

fn rules(flight: &Flight) -> Rules {
    Rules {
        goals: Goals {
            error_share: 0.02,
            p95: Duration::from_millis(400),
            min_requests: 500,
            cpu_tolerance: None,
            guardrails: Guardrails::default(),
        },
        assurance: Assurance::default(),
        every: Duration::from_secs(15),
        steps: vec![
            (Weight::saturating(5), Duration::from_secs(600)),
            (Weight::HALF, Duration::from_secs(600)),
        ],
        watched: Watched {
            revision: 42,
            burst_errors: 1.0,
            slow: flight.params().slow,
            primary: None,
            is_assumed: false,
        },
    }
}

fn at(interval: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(interval * 15)
}

fn totals(intervals: &[Interval], side: Side) -> Totals {
    let mut totals = Totals::EMPTY;
    for interval in intervals {
        totals.add(interval.of(side), interval.span);
    }
    totals
}

fn shown(flight: &Flight, weight: Weight, freshness: Freshness) -> Verdict {
    let rules = rules(flight);
    let intervals = flight.intervals(3);
    let mut canary = Canary::default();
    canary.follow(intervals.iter(), &[(at(0), weight)], &rules);
    let (one, other) = (
        totals(&intervals, Side::Canary),
        totals(&intervals, Side::Stable),
    );
    let numbers = Numbers {
        canary: &one,
        stable: &other,
        freshness,
        signals: &Signals::NONE,
    };
    judge_canary(&canary, &numbers, &rules.goals)
}

const FIVE: u32 = 5;

#[test]
fn each_situation_has_its_call_and_its_reason() {
    let live = Freshness::Live(at(40));
    let plain = Flight {
        errors: 0.003,
        slow: Some((0.04, 1.0)),
        length: 80,
        ..Flight::default()
    };
    let cases = [
        (
            "good",
            plain.clone(),
            FIVE,
            live,
            (Call::Promote, Reason::Safe),
        ),
        // At half of the traffic more must be excluded, and is not by the same counts.
        (
            "good, half",
            Flight {
                length: 30,
                rps: 40.0,
                ..plain.clone()
            },
            50,
            live,
            (Call::NotEnoughData, Reason::Unproven),
        ),
        (
            "errors",
            Flight {
                times: 8.0,
                ..plain.clone()
            },
            FIVE,
            live,
            (Call::RollBack, Reason::Error),
        ),
        (
            "stale and bad",
            Flight {
                times: 8.0,
                ..plain.clone()
            },
            FIVE,
            Freshness::Stale(at(9)),
            (Call::RollBack, Reason::Error),
        ),
        (
            "slow",
            Flight {
                slow: Some((0.04, 4.0)),
                ..plain.clone()
            },
            FIVE,
            live,
            (Call::RollBack, Reason::Latency),
        ),
        (
            "stale",
            plain.clone(),
            FIVE,
            Freshness::Stale(at(9)),
            (Call::Hold, Reason::Stale),
        ),
        (
            "quiet",
            Flight {
                rps: 2.0,
                ..plain.clone()
            },
            FIVE,
            live,
            (Call::NotEnoughData, Reason::TooFewRequests),
        ),
        (
            "weather",
            Flight {
                errors: 0.06,
                ..plain.clone()
            },
            FIVE,
            live,
            (Call::Hold, Reason::SharedBreach),
        ),
    ];
    for (name, flight, weight, freshness, expected) in cases {
        let verdict = shown(&flight, Weight::saturating(weight), freshness);
        assert_eq!(
            (verdict.call, verdict.reason),
            expected,
            "{name}: {}",
            verdict.sentence
        );
    }
}

#[test]
fn sentences_carry_their_numbers() {
    let bad = Flight {
        times: 8.0,
        ..Flight::default()
    };
    let live = Freshness::Live(at(40));
    let sentence = shown(&bad, Weight::saturating(5), live).sentence;
    for part in [
        "Rolling back: ",
        "canary requests fail against ",
        "times as bad",
        "limit 20:1, after ",
    ] {
        assert!(sentence.contains(part), "{part}: {sentence}");
    }
    let few = Flight {
        length: 9,
        slow: Some((0.04, 1.0)),
        ..Flight::default()
    };
    let sentence = shown(&few, Weight::saturating(5), live).sentence;
    for part in [
        "Not enough data: ",
        "in this step only a rise to",
        "At this traffic it needs about ",
    ] {
        assert!(sentence.contains(part), "{part}: {sentence}");
    }
}

/// Taken one by one, all at once, or by an observer that learnt of a step late: the same comes out, and `judge` says it too.
#[test]
fn observers_judge_alike() {
    let flight = Flight {
        errors: 0.003,
        steps: vec![(0, 0.05), (40, 0.5)],
        length: 80,
        slow: Some((0.04, 1.0)),
        ..Flight::default()
    };
    let (rules, intervals) = (rules(&flight), flight.intervals(5));
    let steps = [(at(0), Weight::saturating(5)), (at(40), Weight::HALF)];
    let mut whole = Canary::default();
    whole.follow(intervals.iter(), &steps, &rules);
    let mut bit_by_bit = Canary::default();
    for seen in 1..=intervals.len() {
        let known = if seen <= 40 { &steps[..1] } else { &steps[..] };
        bit_by_bit.follow(intervals[..seen].iter(), known, &rules);
    }
    let mut late = Canary::default();
    late.follow(intervals.iter(), &steps[..1], &rules);
    late.follow(intervals.iter(), &steps, &rules);
    assert_eq!(whole, bit_by_bit);
    assert_eq!(whole, late);
    let (judge, judgement) = recorded(&whole, intervals.iter()).judge();
    assert_eq!(judge.knowledge(), whole.judge().unwrap().knowledge());
    let shown = whole.judge().unwrap();
    assert_eq!(
        judge.advised(Circumstances::default()),
        shown.advised(Circumstances::default())
    );
    assert!((judgement.log_e_total - shown.ln_e()).abs() < 1e-9);
}

#[test]
fn what_is_fixed_is_fixed_once() {
    let mut record = Record::default();
    let amendment = |by: f64| Amendment {
        revision: 42,
        adds: Adds::Watched(serde_json::json!({ "revision": 42, "burst_errors": by })),
    };
    assert!(
        matches!(amend(&mut record, &amendment(1.0)), Amended::Moved(_)),
        "no such release"
    );
    let snapshot = crate::fixture::canary_at(5, at(0));
    let mut record = snapshot.record.record().unwrap().clone();
    assert_eq!(amend(&mut record, &amendment(1.0)), Amended::Written);
    assert_eq!(amend(&mut record, &amendment(2.0)), Amended::Written);
    assert_eq!(
        record.watched.unwrap()["burst_errors"],
        serde_json::json!(1.0)
    );
}

/// Bursts are measured where stable was watched for long enough before the release, else assumed.
#[test]
fn bursts_are_measured_or_said_to_be_assumed() {
    let factor = |burst: f64, minutes: usize| {
        let flight = Flight {
            burst,
            length: minutes * 4,
            rps: 400.0,
            slow: Some((0.04, 1.0)),
            ..Flight::default()
        };
        let mut series = Series::new(Duration::from_secs(15), 1000);
        for scrape in flight.scrapes(&mut Dice::new(9)) {
            series.push(&scrape);
        }
        let release = Beginning {
            revision: 1,
            at: at(100_000),
            stable: series.since_start(Side::Stable).unwrap(),
            bursts: series.bursts(),
        };
        fix(&release, &Assurance::default())
    };
    let even = factor(1.0, 50);
    assert!(even.burst_errors < 1.8 && !even.is_assumed, "{even:?}");
    let clumped = factor(6.0, 50);
    assert!((3.5..9.0).contains(&clumped.burst_errors), "{clumped:?}");
    assert_eq!((clumped.slow.len(), clumped.primary), (1, Some(0)));
    let unseen = factor(1.0, 5);
    assert!(
        (unseen.burst_errors - 3.0).abs() < 1e-9 && unseen.is_assumed,
        "{unseen:?}"
    );
}

#[test]
fn a_deploy_says_what_its_steps_can_show() {
    let flight = Flight {
        errors: 0.003,
        rps: 10.0,
        ..Flight::default()
    };
    let intervals = flight.intervals(3);
    let lines = preflight(&rules(&flight), &totals(&intervals, Side::Stable));
    assert!(
        lines[0].contains("5 % for 10 min shows a rise to ")
            && lines[0].contains("a doubling needs about "),
        "{lines:?}"
    );
    assert!(
        lines[1].starts_with("at 5 % errors at the goal of 2.0 % would not show"),
        "{lines:?}"
    );
    let none = preflight(&rules(&flight), &Totals::EMPTY);
    assert!(none[0].contains("unknown"), "{none:?}");
}

#[test]
fn what_would_change_a_verdict_is_told_with_its_numbers() {
    let live = Freshness::Live(at(40));
    let turned = |flight: &Flight, weight: u32| {
        let weight = Weight::saturating(weight);
        let mut canary = Canary::default();
        let intervals = flight.intervals(3);
        canary.follow(intervals.iter(), &[(at(0), weight)], &rules(flight));
        let judge = canary.judge().unwrap();
        let verdict = shown(flight, weight, live);
        let told = turns(judge, &verdict, Some(15.0));
        (verdict.call, told)
    };
    let plain = Flight {
        errors: 0.003,
        slow: Some((0.04, 1.0)),
        length: 80,
        ..Flight::default()
    };
    let (call, told) = turned(&plain, FIVE);
    assert_eq!(call, Call::Promote);
    let to: Vec<Call> = told.iter().map(|turn| turn.to).collect();
    assert_eq!(to, [Call::RollBack, Call::Hold], "{told:?}");
    assert!(told[0].takes.contains("now "), "{told:?}");
    assert!(told[1].takes.contains("5:1"), "{told:?}");

    let short = Flight {
        length: 30,
        rps: 40.0,
        ..plain.clone()
    };
    let (call, told) = turned(&short, 50);
    assert_eq!(call, Call::NotEnoughData);
    let last = told.last().unwrap();
    assert_eq!(last.to, Call::Promote);
    assert!(last.takes.starts_with("harm excluded, about "), "{told:?}");

    let bad = Flight {
        times: 8.0,
        ..plain
    };
    let (call, told) = turned(&bad, FIVE);
    assert_eq!((call, told), (Call::RollBack, Vec::new()), "it stands");
}
