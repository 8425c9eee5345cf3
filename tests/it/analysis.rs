//! Tests of the statistics: the shared vectors, tables of verdicts, and what must hold for any input.
#![expect(clippy::float_cmp, reason = "counts are whole numbers")]

use std::time::Duration;

use crate::fixture::judge_limits;
use flightdeck::analysis::counts::{Counts, Span, Totals};
use flightdeck::analysis::harm::harm;
use flightdeck::analysis::latency::{Latency, Quantile, bucket_quantile, quantile};
use flightdeck::analysis::series::{Flag, Interval, close_intervals};
use flightdeck::analysis::verdict::{Call, CheckState, Measure, Reason, Verdict};
use flightdeck::analysis::window::{Coverage, Freshness, Series};
use flightdeck::domain::counters::{Bucket, Counters, PodReading, Reading, Scrape, Side};
use flightdeck::domain::goals::Goals;
use flightdeck::domain::guardrails::Guardrails;
use flightdeck::domain::text::Text;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::Value;

const VECTORS: &str = include_str!("data/canary-vectors.json");

// --- building blocks ---------------------------------------------------------------------------------------------------

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + seconds).unwrap()
}

fn buckets(pairs: &[(f64, f64)]) -> Vec<Bucket> {
    pairs
        .iter()
        .map(|&(le, count)| Bucket { le, count })
        .collect()
}

fn counters(requests: f64, errors: f64) -> Counters {
    Counters {
        requests,
        errors,
        cpu_seconds: None,
        buckets: Vec::new(),
        started_at: None,
    }
}

fn pod(name: &str, side: Side, counters: Counters) -> PodReading {
    PodReading {
        pod: name.to_owned(),
        side,
        reading: Reading::Counted(counters),
    }
}

fn scrape(seconds: i64, canary: (f64, f64), stable: (f64, f64)) -> Scrape {
    let pods = vec![
        pod("c", Side::Canary, counters(canary.0, canary.1)),
        pod("s", Side::Stable, counters(stable.0, stable.1)),
    ];
    Scrape {
        at: at(seconds),
        pods,
    }
}

fn series(scrapes: &[Scrape]) -> Series {
    let mut series = Series::new(Duration::from_secs(15), 100);
    for scrape in scrapes {
        series.push(scrape);
    }
    series
}

// --- the shared vectors ------------------------------------------------------------------------------------------------

fn vectors(kind: &str) -> Vec<Value> {
    let document: Value = serde_json::from_str(VECTORS).unwrap();
    let cases = document["cases"].as_array().unwrap();
    let chosen: Vec<Value> = cases
        .iter()
        .filter(|case| case["kind"] == kind)
        .cloned()
        .collect();
    assert!(!chosen.is_empty(), "no vector of kind {kind}");
    chosen
}

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .or_else(|| value.as_str()?.parse().ok())
        .unwrap_or(f64::NAN)
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn moment(value: &Value) -> Timestamp {
    at(value.as_i64().unwrap())
}

fn readings(pods: &Value, side: Side) -> Vec<PodReading> {
    let pods = pods.as_object().into_iter().flatten();
    pods.map(|(name, pair)| pod(name, side, counters(number(&pair[0]), number(&pair[1]))))
        .collect()
}

fn sample(value: &Value) -> Scrape {
    let mut pods = readings(&value["canary"], Side::Canary);
    pods.extend(readings(&value["stable"], Side::Stable));
    Scrape {
        at: moment(&value["t"]),
        pods,
    }
}

fn same_interval(got: &Interval, expected: &Value) -> bool {
    let flags: Value = serde_json::to_value(&got.flags).unwrap();
    let counts = [
        got.canary.requests,
        got.canary.errors,
        got.stable.requests,
        got.stable.errors,
    ];
    let wanted = ["n", "x", "m", "y"].map(|name| number(&expected[name]));
    got.span
        == Span {
            from: moment(&expected["t0"]),
            until: moment(&expected["t1"]),
        }
        && counts
            .iter()
            .zip(wanted)
            .all(|(got, wanted)| (got - wanted).abs() < 1e-9)
        && got.is_used() == expected["used"].as_bool().unwrap()
        && flags == expected["flags"]
}

#[test]
fn close_intervals_gives_the_vectors() {
    for case in vectors("close_intervals") {
        let input = &case["input"];
        let samples: Vec<Scrape> = input["samples"]
            .as_array()
            .unwrap()
            .iter()
            .map(sample)
            .collect();
        let steps: Vec<Timestamp> = input["step_times"]
            .as_array()
            .into_iter()
            .flatten()
            .map(moment)
            .collect();
        let warmup = input
            .get("warmup_until")
            .filter(|until| !until.is_null())
            .map(moment);
        let got = close_intervals(&samples, &steps, warmup);
        let expected = case["expected"]["intervals"].as_array().unwrap();
        assert_eq!(got.len(), expected.len(), "{}: {got:#?}", case["id"]);
        for (got, expected) in got.iter().zip(expected) {
            assert!(
                same_interval(got, expected),
                "{}: {got:#?} is not {expected:#}",
                case["id"]
            );
        }
    }
}

#[test]
fn bucket_quantile_gives_the_vectors() {
    for case in vectors("bucket_quantile") {
        let input = &case["input"];
        let mut bounds = numbers(&input["bounds"]);
        bounds.push(f64::INFINITY);
        let pairs: Vec<_> = bounds
            .into_iter()
            .zip(numbers(&input["cumulative"]))
            .collect();
        let got = bucket_quantile(&buckets(&pairs), number(&input["q"]));
        match case["expected"]["value"].as_f64() {
            Some(expected) => assert!(
                (got.unwrap() - expected).abs() < 1e-9,
                "{}: {got:?}",
                case["id"]
            ),
            None => assert_eq!(got, None, "{}", case["id"]),
        }
    }
}

// --- latency -----------------------------------------------------------------------------------------------------------

type Case<'a> = (&'a [(f64, f64)], Option<Quantile>);

#[test]
fn a_quantile_beyond_the_last_bound_says_so() {
    let inf = f64::INFINITY;
    let cases: [Case<'_>; 6] = [
        (&[(0.1, 10.0), (inf, 100.0)], Some(Quantile::Above(0.1))),
        (&[(0.1, 100.0), (inf, 100.0)], Some(Quantile::About(0.095))),
        // Counts that fall are read at slightly different moments: the running maximum counts.
        (
            &[(0.1, 100.0), (0.2, 99.0), (inf, 100.0)],
            Some(Quantile::About(0.095)),
        ),
        (&[(inf, 100.0)], None),
        (&[(0.1, 100.0), (0.2, 100.0)], None),
        (&[], None),
    ];
    for (pairs, expected) in cases {
        assert_eq!(quantile(&buckets(pairs), 0.95), expected, "{pairs:?}");
    }
}

#[test]
fn histograms_with_other_bounds_are_not_added() {
    let one = Latency::Known(buckets(&[(0.1, 1.0), (f64::INFINITY, 1.0)]));
    let other = Latency::Known(buckets(&[(0.2, 1.0), (f64::INFINITY, 1.0)]));
    let mut same = one.clone();
    same.add(&one);
    assert_eq!(
        same,
        Latency::Known(buckets(&[(0.1, 2.0), (f64::INFINITY, 2.0)]))
    );
    let mut mixed = one;
    mixed.add(&other);
    assert_eq!(mixed, Latency::Unknown);
}

// --- series ------------------------------------------------------------------------------------------------------------

fn full(requests: f64, cpu: f64, slow: f64, started: i64) -> Counters {
    Counters {
        requests,
        errors: 0.0,
        cpu_seconds: Some(cpu),
        buckets: buckets(&[(0.1, requests - slow), (f64::INFINITY, requests)]),
        started_at: Some(at(started)),
    }
}

fn both(seconds: i64, canary: Counters) -> Scrape {
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let stable = full(1000.0 + 10.0 * seconds as f64, 50.0, 0.0, -900);
    Scrape {
        at: at(seconds),
        pods: vec![
            pod("c", Side::Canary, canary),
            pod("s", Side::Stable, stable),
        ],
    }
}

#[test]
fn buckets_and_cpu_are_differenced_as_requests_are() {
    let series = series(&[
        both(0, full(100.0, 1.0, 10.0, -60)),
        both(15, full(140.0, 1.2, 30.0, -60)),
    ]);
    let interval = series.intervals().next().unwrap();
    assert_eq!(
        interval.canary.latency,
        Latency::Known(buckets(&[(0.1, 20.0), (f64::INFINITY, 40.0)]))
    );
    assert!((interval.canary.cpu_per_request().unwrap() - 0.2 / 40.0).abs() < 1e-12);
    let point = series.points(Side::Canary).next().unwrap();
    assert_eq!(
        (point.counts.requests, point.p50, point.p95),
        (40.0, Some(0.1), Some(0.1))
    );
}

#[test]
fn a_restart_is_seen_by_whatever_fell() {
    let before = full(10.0, 1.0, 4.0, -60);
    let cases = [
        ("nothing fell", full(12.0, 1.1, 4.0, -60), 2.0),
        ("requests", full(9.0, 1.1, 0.0, -60), 9.0),
        ("a later start", full(12.0, 1.1, 4.0, 3), 12.0),
        (
            "a start that wobbles",
            Counters {
                started_at: Some(at(-60) + Duration::from_millis(900)),
                ..full(12.0, 1.1, 4.0, -60)
            },
            2.0,
        ),
        ("CPU time", full(12.0, 0.1, 4.0, -60), 12.0),
        ("a bucket", full(12.0, 1.1, 8.0, -60), 12.0),
    ];
    for (name, after, requests) in cases {
        let series = series(&[both(0, before.clone()), both(15, after)]);
        let interval = series.intervals().next().unwrap();
        assert_eq!(interval.canary.requests, requests, "{name}");
        assert_eq!(
            interval.flags.contains(&Flag::ResetCanary),
            requests > 2.0,
            "{name}"
        );
    }
}

#[test]
fn a_pod_without_a_histogram_makes_latency_unknown_only_when_it_answered() {
    let mut idle = both(0, full(10.0, 1.0, 0.0, -60));
    idle.pods.push(pod("c2", Side::Canary, counters(0.0, 0.0)));
    let mut later = both(15, full(30.0, 1.1, 0.0, -60));
    later.pods.push(pod("c2", Side::Canary, counters(0.0, 0.0)));
    assert!(
        series(&[idle.clone(), later.clone()])
            .points(Side::Canary)
            .next()
            .unwrap()
            .p95
            .is_some()
    );
    later.pods.pop();
    later.pods.push(pod("c2", Side::Canary, counters(5.0, 0.0)));
    let point = series(&[idle, later])
        .points(Side::Canary)
        .next()
        .cloned()
        .unwrap();
    assert_eq!((point.p95, point.cpu_per_request()), (None, None));
}

#[test]
fn shares_since_the_start_stand_after_one_scrape() {
    let series = series(&[both(0, full(100.0, 1.0, 10.0, -50))]);
    let canary = series.since_start(Side::Canary).unwrap();
    assert_eq!(
        (canary.counts.requests, canary.counts.error_share()),
        (100.0, Some(0.0))
    );
    assert_eq!(
        canary.span,
        Some(Span {
            from: at(-50),
            until: at(0)
        })
    );
    assert_eq!(canary.requests_per_second(), Some(2.0));
    assert_eq!(series.since_step(Side::Canary), Totals::EMPTY);
    assert_eq!(series.freshness(at(1)), Freshness::Waiting);
}

#[test]
fn stable_alone_has_its_points_and_no_comparison() {
    let alone: Vec<Scrape> = (0..3_u32)
        .map(|n| Scrape {
            at: at(i64::from(n) * 15),
            pods: vec![pod("s", Side::Stable, counters(f64::from(n) * 30.0, 0.0))],
        })
        .collect();
    let series = series(&alone);
    assert_eq!(
        (
            series.points(Side::Stable).count(),
            series.intervals().count()
        ),
        (2, 0)
    );
    assert_eq!(series.gaps(Side::Canary, at(300)).count(), 0);
    assert_eq!(
        series
            .recent(Side::Stable, Duration::from_secs(60))
            .requests_per_second(),
        Some(2.0)
    );
    assert_eq!(
        series.recent(Side::Canary, Duration::from_secs(60)),
        Totals::EMPTY
    );
}

#[test]
fn what_could_not_be_read_is_a_gap() {
    let mut unread = scrape(15, (0.0, 0.0), (110.0, 0.0));
    unread.pods[0].reading = Reading::Unreadable(Text::new("refused"));
    let mut series = series(&[scrape(0, (10.0, 0.0), (100.0, 0.0)), unread]);
    assert_eq!(
        series.coverage(Side::Canary),
        Coverage { read: 0, asked: 1 }
    );
    assert_eq!(series.last_read(Side::Canary), Some(at(0)));
    series.push(&scrape(30, (20.0, 0.0), (120.0, 0.0)));
    let gap = Span {
        from: at(0),
        until: at(30),
    };
    assert_eq!(series.gaps(Side::Canary, at(31)).collect::<Vec<_>>(), [gap]);
    assert_eq!(series.gaps(Side::Stable, at(31)).count(), 0);

    // A scrape that failed as a whole, then silence that still lasts.
    series.miss();
    series.push(&scrape(60, (30.0, 0.0), (130.0, 0.0)));
    let second = Span {
        from: at(30),
        until: at(60),
    };
    assert_eq!(
        series.gaps(Side::Stable, at(70)).collect::<Vec<_>>(),
        [second]
    );
    let open = Span {
        from: at(60),
        until: at(120),
    };
    assert_eq!(
        series.gaps(Side::Stable, at(120)).collect::<Vec<_>>(),
        [second, open]
    );
}

#[test]
fn four_scrape_lengths_of_silence_are_stale() {
    let series = series(&[
        scrape(0, (1.0, 0.0), (1.0, 0.0)),
        scrape(15, (2.0, 0.0), (2.0, 0.0)),
    ]);
    assert_eq!(series.freshness(at(74)), Freshness::Live(at(15)));
    assert_eq!(series.freshness(at(75)), Freshness::Stale(at(15)));
    assert_eq!(
        Series::new(Duration::from_secs(15), 9).freshness(at(0)),
        Freshness::Waiting
    );
}

#[test]
fn a_step_told_late_takes_its_interval_out() {
    let mut series = series(&[
        scrape(0, (0.0, 0.0), (0.0, 0.0)),
        scrape(15, (10.0, 1.0), (90.0, 0.0)),
        scrape(30, (30.0, 2.0), (160.0, 0.0)),
        scrape(45, (70.0, 3.0), (190.0, 0.0)),
    ]);
    assert_eq!(series.since_step(Side::Canary).counts.requests, 70.0);
    series.mark_step(at(20));
    let canary = series.since_step(Side::Canary);
    assert_eq!(
        (canary.counts.requests, canary.span),
        (
            40.0,
            Some(Span {
                from: at(30),
                until: at(45)
            })
        )
    );
    assert_eq!(series.since(Side::Canary, at(0)).counts.requests, 50.0);
    series.begin_comparison();
    assert_eq!(
        (
            series.intervals().count(),
            series.points(Side::Stable).count()
        ),
        (0, 3)
    );
}

#[test]
fn a_clock_set_back_begins_anew_and_counts_nothing_twice() {
    let series = series(&[
        scrape(100, (10.0, 0.0), (10.0, 0.0)),
        scrape(15, (20.0, 0.0), (20.0, 0.0)),
        scrape(15, (25.0, 0.0), (25.0, 0.0)),
        scrape(30, (30.0, 0.0), (30.0, 0.0)),
    ]);
    let spans: Vec<_> = series
        .intervals()
        .map(|interval| (interval.span, interval.canary.requests))
        .collect();
    assert_eq!(
        spans,
        [(
            Span {
                from: at(15),
                until: at(30)
            },
            10.0
        )]
    );
}

#[test]
fn the_series_is_bounded_and_survives_a_recording() {
    let mut series = Series::new(Duration::from_secs(1), 5);
    for second in 0..50_u32 {
        series.push(&both(
            i64::from(second),
            full(f64::from(second), 1.0, 0.0, -60),
        ));
    }
    assert_eq!(
        (
            series.intervals().count(),
            series.points(Side::Canary).count()
        ),
        (5, 5)
    );
    let json = serde_json::to_string(&series).unwrap();
    assert_eq!(serde_json::from_str::<Series>(&json).unwrap(), series);
}

// --- harm --------------------------------------------------------------------------------------------------------------

fn totals(requests: f64, errors: f64) -> Totals {
    let counts = Counts {
        requests,
        errors,
        ..Counts::ZERO
    };
    Totals {
        counts,
        span: Some(Span {
            from: at(0),
            until: at(120),
        }),
    }
}

#[test]
fn harm_is_what_would_not_have_failed_on_stable() {
    let of = |canary: (f64, f64), stable: (f64, f64)| {
        harm(&totals(canary.0, canary.1), &totals(stable.0, stable.1))
            .map(|harm| (harm.requests, harm.per_minute))
    };
    assert_eq!(of((400.0, 20.0), (1000.0, 10.0)), Some((16.0, Some(8.0))));
    assert_eq!(of((400.0, 1.0), (1000.0, 10.0)), Some((0.0, Some(0.0))));
    assert_eq!(of((400.0, 20.0), (0.0, 0.0)), None);
    assert_eq!(of((0.0, 0.0), (0.0, 0.0)), Some((0.0, Some(0.0))));
}

// --- the verdict -------------------------------------------------------------------------------------------------------

fn goals() -> Goals {
    Goals {
        error_share: 0.02,
        p95: Duration::from_millis(400),
        min_requests: 100,
        cpu_tolerance: Some(0.2),
        guardrails: Guardrails::default(),
    }
}

/// A version's totals over two minutes; `slow` of its requests take between 0.25 and 0.5 s, `huge` longer than that.
fn version(requests: f64, errors: f64, slow: f64, huge: f64) -> Totals {
    let mut totals = totals(requests, errors);
    let quick = requests - slow - huge;
    totals.counts.latency = Latency::Known(buckets(&[
        (0.25, quick),
        (0.5, requests - huge),
        (f64::INFINITY, requests),
    ]));
    totals.counts.cpu_seconds = Some(requests * 0.001);
    totals
}

fn judged(canary: &Totals, stable: &Totals) -> Verdict {
    judge_limits(canary, stable, &goals(), Freshness::Live(at(0)))
}

fn state(verdict: &Verdict, measure: Measure) -> CheckState {
    verdict
        .checks
        .iter()
        .find(|check| check.measure == measure)
        .unwrap()
        .state
}

#[test]
fn verdicts_say_their_numbers() {
    let good = version(9000.0, 90.0, 0.0, 0.0);
    let mut costly = version(412.0, 2.0, 0.0, 0.0);
    costly.counts.cpu_seconds = Some(412.0 * 0.0015);
    let mut blind = version(412.0, 2.0, 0.0, 0.0);
    blind.counts.latency = Latency::Unknown;
    let cases = [
        (
            version(412.0, 20.0, 0.0, 0.0),
            good.clone(),
            Call::RollBack,
            Reason::Error,
            "Rolling back: 4.9 % of 412 canary requests fail against 1.0 % on stable; limit 2.0 %.",
        ),
        (
            version(1000.0, 0.0, 200.0, 0.0),
            good.clone(),
            Call::RollBack,
            Reason::Latency,
            "Rolling back: p95 of 1000 canary requests is about 438 ms against about 238 ms on stable; limit 400 ms.",
        ),
        (
            version(1000.0, 0.0, 0.0, 100.0),
            good.clone(),
            Call::RollBack,
            Reason::Latency,
            "Rolling back: p95 of 1000 canary requests is above 500 ms against about 238 ms on stable; limit 400 ms.",
        ),
        (
            version(412.0, 20.0, 0.0, 0.0),
            version(12.0, 6.0, 0.0, 0.0),
            Call::RollBack,
            Reason::Error,
            "Rolling back: 4.9 % of 412 canary requests fail, stable had only 12 requests to compare with; limit 2.0 %.",
        ),
        (
            version(412.0, 20.0, 0.0, 0.0),
            version(9000.0, 270.0, 0.0, 0.0),
            Call::Hold,
            Reason::SharedBreach,
            "Holding: both versions break the limit: 4.9 % of 412 canary requests fail against 3.0 % on stable; \
             limit 2.0 %. Rolling back would not help.",
        ),
        (
            costly,
            good.clone(),
            Call::Hold,
            Reason::Cpu,
            "Holding: CPU per request 1.50 ms against 1.00 ms on stable, 50.0 % more; 20.0 % is tolerated.",
        ),
        (
            blind,
            good.clone(),
            Call::Hold,
            Reason::LatencyUnknown,
            "Holding: the canary's response times are not known; 0.49 % of 412 canary requests fail, limit 2.0 %.",
        ),
        (
            version(42.0, 42.0, 0.0, 42.0),
            good.clone(),
            Call::NotEnoughData,
            Reason::TooFewRequests,
            "Not enough data: 42 of 100 canary requests; at this traffic about 3 min more.",
        ),
        (
            Totals::EMPTY,
            good.clone(),
            Call::NotEnoughData,
            Reason::TooFewRequests,
            "Not enough data: no canary requests yet, 100 are needed.",
        ),
        (
            version(10_000.0, 201.0, 0.0, 0.0),
            good.clone(),
            Call::RollBack,
            Reason::Error,
            "Rolling back: 2.01 % of 10000 canary requests fail against 1.0 % on stable; limit 2.0 %.",
        ),
        (
            version(412.0, 2.0, 0.0, 0.0),
            good,
            Call::Promote,
            Reason::WithinLimits,
            "Within limits: 0.49 % of 412 canary requests fail (limit 2.0 %, stable 1.0 %), p95 about 238 ms (limit 400 ms).",
        ),
    ];
    for (canary, stable, call, reason, sentence) in cases {
        let verdict = judged(&canary, &stable);
        assert_eq!(verdict.sentence, sentence);
        assert_eq!((verdict.call, verdict.reason), (call, reason), "{sentence}");
    }
}

#[test]
fn a_limit_above_the_largest_bucket_is_unknown_not_kept() {
    let far = Goals {
        p95: Duration::from_secs(2),
        ..goals()
    };
    let canary = version(1000.0, 0.0, 0.0, 100.0);
    let verdict = judge_limits(
        &canary,
        &version(9000.0, 0.0, 0.0, 0.0),
        &far,
        Freshness::Live(at(0)),
    );
    assert_eq!(
        (verdict.call, verdict.reason),
        (Call::Hold, Reason::LatencyUnknown)
    );
    assert_eq!(state(&verdict, Measure::P95), CheckState::Unknown);
    assert!(
        verdict
            .sentence
            .contains("p95 is above 500 ms, the largest bucket"),
        "{}",
        verdict.sentence
    );
}

#[test]
fn checks_stand_by_their_limits() {
    let stable = version(9000.0, 90.0, 0.0, 0.0);
    let near = judged(&version(1000.0, 17.0, 0.0, 0.0), &stable);
    assert_eq!(
        (near.call, state(&near, Measure::ErrorShare)),
        (Call::Promote, CheckState::Warn)
    );
    assert_eq!(near.checks[0].text, "errors 1.7 % of 2.0 %");
    assert_eq!(state(&near, Measure::CpuPerRequest), CheckState::Ok);
    let few = judged(&version(3.0, 0.0, 0.0, 0.0), &stable);
    assert!(
        few.checks
            .iter()
            .all(|check| check.state == CheckState::Unknown),
        "{few:#?}"
    );
    let silent = judged(&Totals::EMPTY, &stable);
    assert_eq!(silent.checks[0].text, "errors no requests of 2.0 %");
    assert_eq!(silent.checks[0].value, None);
}

#[test]
fn no_requests_are_never_enough() {
    let none = Goals {
        min_requests: 0,
        ..goals()
    };
    let verdict = judge_limits(
        &Totals::EMPTY,
        &version(9000.0, 0.0, 0.0, 0.0),
        &none,
        Freshness::Live(at(0)),
    );
    assert_eq!(
        (verdict.call, verdict.reason),
        (Call::NotEnoughData, Reason::TooFewRequests)
    );
}

#[test]
fn words_in_json_are_fixed() {
    let words = [
        Call::Promote,
        Call::Hold,
        Call::RollBack,
        Call::NotEnoughData,
    ]
    .map(|call| serde_json::to_value(call).unwrap());
    assert_eq!(words, ["promote", "hold", "rollback", "not_enough_data"]);
    for reason in [
        Reason::Error,
        Reason::SharedBreach,
        Reason::TooFewRequests,
        Reason::NoData,
        Reason::WithinLimits,
    ] {
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.word());
    }
}

// --- properties --------------------------------------------------------------------------------------------------------

/// What each pod of each side really did from scrape to scrape: new requests, errors among them, whether it restarted
/// just before, whether this scrape could read it.
type Deed = (u32, u32, bool, bool);

fn deeds() -> impl Strategy<Value = Vec<Vec<Deed>>> {
    let deed = (
        0_u32..50,
        0_u32..50,
        prop::bool::weighted(0.15),
        prop::bool::weighted(0.85),
    )
        .prop_map(|(requests, errors, restarted, read)| {
            (requests, errors.min(requests), restarted, read)
        });
    prop::collection::vec(prop::collection::vec(deed, 4), 2..12)
}

fn play(deeds: &[Vec<Deed>]) -> (Vec<Scrape>, f64) {
    let mut now = [(0.0, 0.0); 4];
    let mut happened = 0.0;
    let mut scrapes = Vec::new();
    for (index, row) in deeds.iter().enumerate() {
        let mut pods = Vec::new();
        for (number, &(requests, errors, restarted, read)) in row.iter().enumerate() {
            if restarted {
                now[number] = (0.0, 0.0);
            }
            now[number].0 += f64::from(requests);
            now[number].1 += f64::from(errors);
            happened += f64::from(requests);
            let side = if number < 2 {
                Side::Canary
            } else {
                Side::Stable
            };
            let mut reading = pod(
                &format!("p{number}"),
                side,
                counters(now[number].0, now[number].1),
            );
            if !read {
                reading.reading = Reading::Unreadable(Text::new("timed out"));
            }
            pods.push(reading);
        }
        scrapes.push(Scrape {
            at: at(15 * i64::try_from(index).unwrap()),
            pods,
        });
    }
    (scrapes, happened)
}

proptest! {
    #[test]
    fn restarts_and_gaps_never_create_requests(deeds in deeds()) {
        let (scrapes, happened) = play(&deeds);
        let intervals = close_intervals(&scrapes, &[], None);
        let counted: f64 = intervals.iter().map(|interval| interval.canary.requests + interval.stable.requests).sum();
        prop_assert!(counted <= happened, "{counted} of {happened}");
        for interval in &intervals {
            for side in Side::BOTH {
                let counts = interval.of(side);
                prop_assert!(0.0 <= counts.errors && counts.errors <= counts.requests);
                prop_assert_eq!(counts.error_share().is_none(), counts.requests == 0.0);
            }
        }
        prop_assert!(intervals.windows(2).all(|pair| pair[0].span.until == pair[1].span.from));
    }

    #[test]
    fn without_restarts_and_gaps_every_request_counts(deeds in deeds()) {
        let whole: Vec<Vec<Deed>> =
            deeds.iter().map(|row| row.iter().map(|deed| (deed.0, deed.1, false, true)).collect()).collect();
        let (scrapes, happened) = play(&whole);
        let first: f64 = whole[0].iter().map(|deed| f64::from(deed.0)).sum();
        let counted: f64 =
            close_intervals(&scrapes, &[], None).iter().map(|one| one.canary.requests + one.stable.requests).sum();
        prop_assert_eq!(counted, happened - first);
    }

    #[test]
    fn the_order_of_pods_does_not_matter(deeds in deeds(), seed in any::<u64>()) {
        let (mut scrapes, _) = play(&deeds);
        let straight = close_intervals(&scrapes, &[], None);
        for scrape in &mut scrapes {
            if seed & 1 == 0 { scrape.pods.reverse() } else { scrape.pods.rotate_left(1) }
        }
        prop_assert_eq!(close_intervals(&scrapes, &[], None), straight);
    }

    #[test]
    fn silence_concludes_nothing(
        canary in (0.0_f64..1e6, 0.0_f64..1.0), stable in (0.0_f64..1e6, 0.0_f64..1.0), stale in any::<bool>(),
    ) {
        let freshness = if stale { Freshness::Stale(at(0)) } else { Freshness::Waiting };
        let side = |(requests, share): (f64, f64)| version(requests, requests * share, 0.0, 0.0);
        let verdict = judge_limits(&side(canary), &side(stable), &goals(), freshness);
        prop_assert_eq!(verdict.call, if stale { Call::Hold } else { Call::NotEnoughData });
        prop_assert!(verdict.checks.iter().all(|check| check.state == CheckState::Unknown));
    }

    #[test]
    fn a_verdict_needs_its_minimum_and_promotes_only_within_limits(
        canary in (0_u32..300, 0.0_f64..0.06), stable in (0_u32..300, 0.0_f64..0.06), slow in 0.0_f64..0.2,
    ) {
        let side = |(requests, share): (u32, f64), slow: f64| {
            let requests = f64::from(requests);
            version(requests, (requests * share).floor(), requests * slow, 0.0)
        };
        let (canary, stable) = (side(canary, slow), side(stable, 0.0));
        let verdict = judged(&canary, &stable);
        let enough = canary.counts.requests >= 100.0;
        prop_assert_eq!(verdict.call == Call::NotEnoughData, !enough);
        if enough {
            let broken = canary.counts.error_share().unwrap() > 0.02
                || canary.counts.quantile(0.95).unwrap().seconds() > 0.4;
            prop_assert_eq!(verdict.call == Call::Promote, !broken, "{}", verdict.sentence);
        }
        let again = judged(&canary, &stable);
        prop_assert_eq!(again, verdict);
    }

    #[test]
    fn a_quantile_lies_in_its_bucket_and_grows_with_q(counts in prop::collection::vec(0_u32..100, 4), q in 0.01_f64..0.99) {
        let mut sum = 0.0;
        let pairs: Vec<(f64, f64)> = [0.1, 0.2, 0.4, f64::INFINITY]
            .into_iter()
            .zip(counts)
            .map(|(le, count)| {
                sum += f64::from(count);
                (le, sum)
            })
            .collect();
        let histogram = buckets(&pairs);
        match (bucket_quantile(&histogram, q), bucket_quantile(&histogram, q + 0.005)) {
            (Some(lower), Some(upper)) => prop_assert!(0.0 <= lower && lower <= upper && upper <= 0.4),
            (lower, upper) => prop_assert!(lower.is_none() && upper.is_none() && sum == 0.0),
        }
    }
}
