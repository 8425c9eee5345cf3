//! How soon harm is found, beside the plain thresholds that other controllers are usually set to, and what a verdict costs.
//!
//! Prints tables; `cargo bench --bench verdict`.
#![expect(
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark prints; its numbers are small"
)]

#[path = "../tests/it/sequential/simulator.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::allow_attributes,
    clippy::unwrap_used,
    reason = "shared with the tests"
)]
mod simulator;

use flightdeck::analysis::canary::{Canary, Rules, Watched};
use flightdeck::analysis::composed::{Numbers, judge_canary};
use flightdeck::analysis::counts::Totals;
use flightdeck::analysis::series::Interval;
use flightdeck::analysis::signals::Signals;
use flightdeck::analysis::window::Freshness;
use flightdeck::domain::assurance::Assurance;
use flightdeck::domain::goals::Goals;
use flightdeck::domain::guardrails::Guardrails;
use flightdeck::domain::traffic::Weight;
use simulator::{EVERY, Flight};
use std::time::{Duration, Instant};
use std::{fs, sync::LazyLock};

const RUNS: u64 = 400;
const SERVICES: usize = 500;
/// Three hours of intervals.
const HISTORY: usize = 720;

fn main() {
    // `cargo test --benches` only looks whether it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    detection();
    cost();
}

/// A rule that rolls back after so many intervals, or never.
type Rule = (&'static str, fn(&[Interval]) -> Option<usize>);

/// Checks of the canary's error share over the last minutes.
struct Threshold {
    /// Intervals from check to check, as many are looked at.
    every: usize,
    /// How many failed checks roll back.
    failures: usize,
    /// Whether a check fails by the errors of both versions: canary share, stable share.
    fails: fn(f64, f64) -> bool,
}

impl Threshold {
    fn found(&self, intervals: &[Interval]) -> Option<usize> {
        let mut failures = 0;
        for (number, window) in intervals.chunks_exact(self.every).enumerate() {
            let sum = |of: fn(&Interval) -> (f64, f64)| {
                window
                    .iter()
                    .map(of)
                    .fold((0.0, 0.0), |(errors, all), (bad, requests)| {
                        (errors + bad, all + requests)
                    })
            };
            let canary = sum(|interval| (interval.canary.errors, interval.canary.requests));
            let stable = sum(|interval| (interval.stable.errors, interval.stable.requests));
            if canary.1 <= 0.0 || stable.1 <= 0.0 {
                continue;
            }
            failures += usize::from((self.fails)(canary.0 / canary.1, stable.0 / stable.1));
            if failures >= self.failures {
                return Some((number + 1) * self.every);
            }
        }
        None
    }
}

/// A success rate of at least 95 % each 5 minutes, 3 failures.
fn argo(intervals: &[Interval]) -> Option<usize> {
    let rule = Threshold {
        every: 20,
        failures: 3,
        fails: |canary, _| canary > 0.05,
    };
    rule.found(intervals)
}

/// A success rate of at least 99 % each minute, 5 failures.
fn flagger(intervals: &[Interval]) -> Option<usize> {
    let rule = Threshold {
        every: 4,
        failures: 5,
        fails: |canary, _| canary > 0.01,
    };
    rule.found(intervals)
}

/// The canary's rate more than a quarter above the baseline's over 5 minutes; one failed interval ends it.
fn kayenta(intervals: &[Interval]) -> Option<usize> {
    let rule = Threshold {
        every: 20,
        failures: 1,
        fails: |canary, stable| canary > 1.25 * stable,
    };
    rule.found(intervals)
}

/// Canaries and their names.
fn flights() -> Vec<(&'static str, Flight)> {
    let base = Flight {
        length: 120,
        errors: 0.003,
        restarts: 0.01,
        ..Flight::default()
    };
    vec![
        ("good", base.clone()),
        (
            "good, bursts of 4",
            Flight {
                burst: 4.0,
                ..base.clone()
            },
        ),
        (
            "good, weather x5",
            Flight {
                weather: 5.0,
                ..base.clone()
            },
        ),
        (
            "errors x2",
            Flight {
                times: 2.0,
                ..base.clone()
            },
        ),
        (
            "errors x3",
            Flight {
                times: 3.0,
                ..base.clone()
            },
        ),
        (
            "errors x5",
            Flight {
                times: 5.0,
                ..base.clone()
            },
        ),
        (
            "errors x5 of 1 %",
            Flight {
                times: 5.0,
                errors: 0.01,
                ..base.clone()
            },
        ),
        (
            "errors x5, little traffic",
            Flight {
                times: 5.0,
                rps: 20.0,
                ..base.clone()
            },
        ),
        (
            "errors x5 after 10 min",
            Flight {
                times: 5.0,
                onset: 40,
                ..base.clone()
            },
        ),
        (
            "leak to x5 in 10 min",
            Flight {
                times: 5.0,
                ramp: 40,
                ..base.clone()
            },
        ),
        (
            "slow x1.5",
            Flight {
                slow: Some((0.06, 1.5)),
                ..base.clone()
            },
        ),
        (
            "slow x3",
            Flight {
                slow: Some((0.06, 3.0)),
                ..base.clone()
            },
        ),
    ]
}

fn detection() {
    let flights = flights();
    let rules: [Rule; 3] = [("argo", argo), ("flagger", flagger), ("kayenta", kayenta)];
    println!(
        "rolled back of {RUNS} canaries of 30 min at 10 of 200 requests a second beside stable with 0.3 % errors, and the median time from the harm's beginning"
    );
    print!("{:<28}{:>18}", "canary", "flightdeck");
    for (name, _) in rules {
        print!("{name:>18}");
    }
    println!();
    for (name, flight) in flights {
        print!("{name:<28}");
        print!(
            "{:>18}",
            told(
                &flight,
                (0..RUNS).map(|seed| flight.fate(seed).map(|fate| fate.0))
            )
        );
        for (_, rule) in rules {
            let fates = (0..RUNS).map(|seed| rule(&flight.intervals(seed)));
            print!("{:>18}", told(&flight, fates));
        }
        println!();
    }
}

/// `100 %  1 min 15 s`, from when the harm began.
fn told(flight: &Flight, fates: impl Iterator<Item = Option<usize>>) -> String {
    let mut found: Vec<usize> = fates.flatten().collect();
    found.sort_unstable();
    let share = found.len() as f64 / RUNS as f64 * 100.0;
    let median = found.get(found.len() / 2).map_or_else(
        || "-".to_owned(),
        |after| {
            let seconds = after.saturating_sub(flight.onset) as f64 * EVERY as f64;
            format!("{:.0}:{:02.0}", (seconds / 60.0).floor(), seconds % 60.0)
        },
    );
    format!("{share:.1} % {median:>6}")
}

fn rules() -> Rules {
    Rules {
        goals: Goals {
            error_share: 0.02,
            p95: Duration::from_millis(500),
            min_requests: 500,
            cpu_tolerance: Some(0.2),
            guardrails: Guardrails::default(),
        },
        assurance: Assurance::default(),
        every: Duration::from_secs(15),
        steps: vec![(Weight::saturating(5), Duration::from_secs(3 * 3600))],
        watched: Watched {
            burst_errors: 1.0,
            slow: Flight {
                slow: Some((0.06, 1.0)),
                ..Flight::default()
            }
            .params()
            .slow,
            ..Watched::default()
        },
    }
}

/// One more interval of each service is taken and judged, with three hours behind it.
fn cost() {
    let flight = Flight {
        length: HISTORY + 1,
        slow: Some((0.06, 1.0)),
        ..Flight::default()
    };
    let intervals = flight.intervals(7);
    let rules = rules();
    let (history, all) = (&intervals[..HISTORY], &intervals[..]);
    let mut one = Canary::default();
    one.follow(history.iter(), &[], &rules);
    let mut canaries: Vec<Canary> = vec![one; SERVICES];
    let mut totals = [Totals::EMPTY, Totals::EMPTY];
    for interval in all {
        totals[0].add(&interval.canary, interval.span);
        totals[1].add(&interval.stable, interval.span);
    }
    let numbers = Numbers {
        canary: &totals[0],
        stable: &totals[1],
        freshness: Freshness::Live(intervals[HISTORY].span.until),
        signals: &Signals::NONE,
    };
    let begun = on_core();
    let mut sentences = 0;
    for canary in &mut canaries {
        canary.follow(all.iter(), &[], &rules);
        sentences += judge_canary(canary, &numbers, &rules.goals).sentence.len();
    }
    let took = on_core().saturating_sub(begun);
    let share = took.as_secs_f64() / EVERY as f64 * 100.0;
    println!(
        "\n{SERVICES} services with 3 h of history judged in {took:.0?} ({sentences} letters): {share:.1} % of a core at a scrape every {EVERY} s"
    );
}

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Time that this thread had on a core; time on the wall where the system does not tell it.
fn on_core() -> Duration {
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| START.elapsed(), Duration::from_nanos)
}
