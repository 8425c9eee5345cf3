//! What a finding comes to is the team's word: `off` is not looked at, `warn` changes no call.

use flightdeck::analysis::canary::{Canary, Rules, Watched};
use flightdeck::analysis::composed::{Numbers, judge_canary};
use flightdeck::analysis::counts::{Counts, Span, Totals};
use flightdeck::analysis::latency::Latency;
use flightdeck::analysis::sequential::params::SlowBound;
use flightdeck::analysis::series::Interval;
use flightdeck::analysis::signals::{Answered, Signals};
use flightdeck::analysis::verdict::{Call, Reason, Verdict};
use flightdeck::analysis::window::Freshness;
use flightdeck::domain::assurance::Assurance;
use flightdeck::domain::counters::{Bucket, Side};
use flightdeck::domain::goals::Goals;
use flightdeck::domain::guardrails::{Beyond, Consequence, Guardrails};
use flightdeck::domain::traffic::Weight;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::time::Duration;

use Consequence::{Hold, Off, RollBack, Warn};

/// What both versions counted in an interval: requests, errors, slow requests, CPU seconds; the canary's first.
type Row = [(f64, f64, f64, f64); 2];

fn at(interval: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(interval * 15)
}

fn counts((requests, errors, slow, cpu): (f64, f64, f64, f64)) -> Counts {
    let bucket = |le, count| Bucket { le, count };
    Counts {
        requests,
        errors,
        cpu_seconds: Some(cpu),
        latency: Latency::Known(vec![
            bucket(0.25, requests - slow),
            bucket(0.5, requests),
            bucket(f64::INFINITY, requests),
        ]),
    }
}

fn intervals(rows: &[Row]) -> Vec<Interval> {
    (0..)
        .zip(rows)
        .map(|(index, [canary, stable])| Interval {
            span: Span {
                from: at(index),
                until: at(index + 1),
            },
            canary: counts(*canary),
            stable: counts(*stable),
            flags: std::collections::BTreeSet::new(),
        })
        .collect()
}

fn goals(guardrails: Guardrails) -> Goals {
    Goals {
        error_share: 0.02,
        p95: Duration::from_millis(250),
        min_requests: 100,
        cpu_tolerance: Some(0.2),
        guardrails,
    }
}

fn judged(rows: &[Row], goals: Goals, signals: &Signals) -> Verdict {
    let rules = Rules {
        goals,
        assurance: Assurance::default(),
        every: Duration::from_secs(15),
        steps: vec![(Weight::HALF, Duration::from_secs(600))],
        watched: Watched {
            revision: 1,
            burst_errors: 1.0,
            slow: vec![SlowBound {
                bound: Some(0.25),
                tail: 0.05,
                rho: 1.05,
                rho_warm: Some(1.5),
                phi: 1.0,
            }],
            primary: Some(0),
            is_assumed: false,
        },
    };
    let intervals = intervals(rows);
    let mut canary = Canary::default();
    canary.follow(intervals.iter(), &[(at(0), Weight::saturating(5))], &rules);
    let totals = |side| {
        let mut totals = Totals::EMPTY;
        for interval in &intervals {
            totals.add(interval.of(side), interval.span);
        }
        totals
    };
    let numbers = Numbers {
        canary: &totals(Side::Canary),
        stable: &totals(Side::Stable),
        freshness: Freshness::Live(at(0)),
        signals,
    };
    judge_canary(&canary, &numbers, &goals)
}

/// The call, why, and by which guardrail.
fn decision(verdict: &Verdict) -> (Call, Reason, Option<String>) {
    (verdict.call, verdict.reason, verdict.guardrail.clone())
}

fn side() -> impl Strategy<Value = (f64, f64, f64, f64)> {
    let cpu = prop_oneof![Just(0.001), Just(0.003)];
    (50..900_u32, 0.0..0.12_f64, 0.0..0.3_f64, cpu).prop_map(|(requests, errors, slow, cpu)| {
        let requests = f64::from(requests);
        (
            requests,
            (requests * errors * errors * 8.0).floor(),
            (requests * slow).floor(),
            requests * cpu,
        )
    })
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    proptest::collection::vec([side(), side()], 4..60)
}

fn consequence() -> impl Strategy<Value = Consequence> {
    prop_oneof![Just(Off), Just(Warn), Just(Hold), Just(RollBack)]
}

fn guardrails() -> impl Strategy<Value = Guardrails> {
    proptest::array::uniform6(consequence()).prop_map(
        |[
            error_rate,
            latency_p95,
            cpu_per_request,
            restarts,
            saturation,
            slo,
        ]| Guardrails {
            error_rate,
            latency_p95,
            cpu_per_request,
            restarts,
            saturation,
            slo,
        },
    )
}

fn signals() -> impl Strategy<Value = Signals> {
    (
        0..3_u32,
        0.5..1.2_f64,
        0..2_usize,
        0.0..2.0_f64,
        consequence(),
    )
        .prop_map(|(restarts, cpu, starved, value, effect)| Signals {
            restarts: Some(restarts),
            cpu: Some(cpu),
            out_of_memory: vec!["checkout-canary-x".to_owned(); starved],
            extra: vec![answered(value, effect)],
        })
}

fn answered(value: f64, effect: Consequence) -> Answered {
    Answered {
        name: "queue".to_owned(),
        limit: 1.0,
        beyond: Beyond::Above,
        effect,
        values: vec![value; 3],
        fault: None,
        at: Some(at(1)),
    }
}

/// Each setting by its place.
fn set(guardrails: Guardrails, place: usize, to: Consequence) -> Guardrails {
    let mut changed = guardrails;
    *match place {
        0 => &mut changed.error_rate,
        1 => &mut changed.latency_p95,
        2 => &mut changed.cpu_per_request,
        3 => &mut changed.restarts,
        4 => &mut changed.saturation,
        _ => &mut changed.slo,
    } = to;
    changed
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn to_warn_decides_what_off_decides(
        rows in rows(), guardrails in guardrails(), signals in signals(), place in 0..6_usize,
    ) {
        let with = |to| judged(&rows, goals(set(guardrails, place, to)), &signals);
        prop_assert_eq!(decision(&with(Warn)), decision(&with(Off)));
        let extra = |effect| {
            let signals = Signals { extra: vec![answered(1.5, effect)], ..signals.clone() };
            decision(&judged(&rows, goals(guardrails), &signals))
        };
        prop_assert_eq!(extra(Warn), extra(Off));
    }

    /// Whatever the data of a guardrail that is off, it is as if they were others.
    #[test]
    fn what_is_off_is_not_looked_at(
        rows in rows(), others in rows(), guardrails in guardrails(), signals in signals(),
    ) {
        let off = |places: &[usize]| {
            places.iter().fold(guardrails, |all, place| set(all, *place, Off))
        };
        let mixed = |take: fn(&mut Row, &Row)| -> Vec<Row> {
            let mut mixed = rows.clone();
            for (row, other) in mixed.iter_mut().zip(&others) {
                take(row, other);
            }
            mixed
        };
        let same = |changed: &[Row], guardrails: Guardrails| {
            let of = |rows: &[Row]| decision(&judged(rows, goals(guardrails), &signals));
            (of(&rows), of(changed))
        };
        let errors = mixed(|row, other| {
            for (one, other) in row.iter_mut().zip(other) {
                one.1 = other.1.min(one.0);
            }
        });
        let (one, other) = same(&errors, off(&[0, 5]));
        prop_assert_eq!(one, other, "errors");
        let latency = mixed(|row, other| {
            for (one, other) in row.iter_mut().zip(other) {
                one.2 = other.2.min(one.0);
            }
        });
        let (one, other) = same(&latency, off(&[1, 5]));
        prop_assert_eq!(one, other, "latency");
        let cpu = mixed(|row, other| {
            for (one, other) in row.iter_mut().zip(other) {
                one.3 = other.3;
            }
        });
        let (one, other) = same(&cpu, off(&[2]));
        prop_assert_eq!(one, other, "cpu");
        let others = Signals { restarts: Some(9), cpu: Some(2.0), ..signals.clone() };
        let calm = Signals { restarts: Some(0), cpu: None, ..signals.clone() };
        let quiet = off(&[3, 4]);
        prop_assert_eq!(
            judged(&rows, goals(quiet), &others),
            judged(&rows, goals(quiet), &calm),
            "signals"
        );
    }

    /// A graver setting never makes a milder call: from off over warn and hold to roll back.
    #[test]
    fn only_a_roll_back_setting_rolls_back(
        rows in rows(), guardrails in guardrails(), signals in signals(),
    ) {
        let mild = (0..6).fold(guardrails, |all, place| {
            let now = [all.error_rate, all.latency_p95, all.cpu_per_request, all.restarts,
                all.saturation, all.slo][place];
            set(all, place, now.min(Hold))
        });
        let signals = Signals { extra: vec![answered(1.5, Hold)], ..signals };
        let verdict = judged(&rows, goals(mild), &signals);
        prop_assert_ne!(verdict.call, Call::RollBack, "{}", verdict.sentence);
        prop_assert_ne!(verdict.call, Call::Promote, "{}", verdict.sentence);
    }
}

/// 40 intervals; the canary's errors, slow requests and CPU a request.
fn flight(errors: f64, slow: f64, cpu: f64) -> Vec<Row> {
    let row = [
        (400.0, errors, slow, 400.0 * cpu),
        (4000.0, 20.0, 120.0, 4.0),
    ];
    vec![row; 40]
}

#[test]
fn each_setting_makes_its_call_and_names_its_guardrail() {
    let usual = Guardrails::default();
    let good = flight(2.0, 12.0, 0.001);
    let bad = flight(40.0, 12.0, 0.001);
    let slow = flight(2.0, 120.0, 0.001);
    let busy = flight(2.0, 12.0, 0.002);
    let cases = [
        ("good", &good, usual, Call::Promote, None),
        ("errors", &bad, usual, Call::RollBack, Some("error_rate")),
        (
            "errors, by the promise alone",
            &bad,
            set(usual, 0, Off),
            Call::RollBack,
            Some("slo"),
        ),
        (
            "errors hold",
            &bad,
            set(set(usual, 0, Hold), 5, Warn),
            Call::Hold,
            Some("error_rate"),
        ),
        (
            "errors are told",
            &bad,
            set(set(usual, 0, Warn), 5, Warn),
            Call::Promote,
            None,
        ),
        ("slow", &slow, usual, Call::RollBack, Some("latency_p95")),
        (
            "slow holds",
            &slow,
            set(set(usual, 1, Hold), 5, Off),
            Call::Hold,
            Some("latency_p95"),
        ),
        ("cpu", &busy, usual, Call::Hold, Some("cpu_per_request")),
        (
            "cpu rolls back",
            &busy,
            set(usual, 2, RollBack),
            Call::RollBack,
            Some("cpu_per_request"),
        ),
        (
            "cpu is told",
            &busy,
            set(usual, 2, Warn),
            Call::Promote,
            None,
        ),
    ];
    for (name, rows, guardrails, call, guardrail) in cases {
        let verdict = judged(rows, goals(guardrails), &Signals::NONE);
        assert_eq!(
            (verdict.call, verdict.guardrail.as_deref()),
            (call, guardrail),
            "{name}: {}",
            verdict.sentence
        );
        let tells_until = matches!(call, Call::Hold | Call::RollBack);
        assert_eq!(verdict.until.is_some(), tells_until, "{name}");
        assert_eq!(
            verdict.warnings.is_empty(),
            !name.ends_with("told") && !name.starts_with("errors hold"),
            "{name}: {:?}",
            verdict.warnings
        );
    }
}

#[test]
fn what_is_seen_besides_the_numbers_has_its_call() {
    let good = flight(2.0, 12.0, 0.001);
    let restarted = Signals {
        restarts: Some(2),
        ..Signals::NONE
    };
    let full = Signals {
        cpu: Some(0.97),
        ..Signals::NONE
    };
    let starved = Signals {
        out_of_memory: vec!["checkout-canary-x".to_owned()],
        ..Signals::NONE
    };
    let usual = Guardrails::default();
    let cases = [
        (&restarted, usual, Call::Promote, None, 1),
        (&restarted, set(usual, 3, Off), Call::Promote, None, 0),
        (
            &restarted,
            set(usual, 3, Hold),
            Call::Hold,
            Some("restarts"),
            0,
        ),
        (
            &restarted,
            set(usual, 3, RollBack),
            Call::RollBack,
            Some("restarts"),
            0,
        ),
        (
            &full,
            set(usual, 4, Hold),
            Call::Hold,
            Some("saturation"),
            0,
        ),
        (
            &starved,
            set(usual, 4, RollBack),
            Call::RollBack,
            Some("saturation"),
            0,
        ),
        (&starved, usual, Call::Promote, None, 1),
    ];
    for (signals, guardrails, call, guardrail, warnings) in cases {
        let verdict = judged(&good, goals(guardrails), signals);
        assert_eq!(
            (
                verdict.call,
                verdict.guardrail.as_deref(),
                verdict.warnings.len()
            ),
            (call, guardrail, warnings),
            "{}",
            verdict.sentence
        );
    }
}

#[test]
fn a_query_counts_after_three_answers_and_holds_where_it_cannot_be_read() {
    let good = flight(2.0, 12.0, 0.001);
    let of = |answered: Answered| {
        let signals = Signals {
            extra: vec![answered],
            ..Signals::NONE
        };
        let verdict = judged(&good, goals(Guardrails::default()), &signals);
        (verdict.call, verdict.guardrail)
    };
    let named = Some("extra: queue".to_owned());
    let beyond = answered(1.5, RollBack);
    assert_eq!(of(beyond.clone()), (Call::RollBack, named.clone()));
    let hiccup = Answered {
        values: vec![0.5, 1.5, 1.5],
        ..beyond.clone()
    };
    assert_eq!(of(hiccup), (Call::Promote, None));
    let low = Answered {
        beyond: Beyond::Below,
        ..answered(0.5, Hold)
    };
    assert_eq!(of(low), (Call::Hold, named.clone()));
    let silent = Answered {
        values: Vec::new(),
        ..beyond.clone()
    };
    assert_eq!(of(silent), (Call::Hold, named.clone()));
    let broken = Answered {
        fault: Some("the query gives no series".to_owned()),
        ..beyond
    };
    assert_eq!(of(broken), (Call::Hold, named));
}
