//! What must hold for any counts.

use flightdeck::analysis::ratio::RatioPath;
use flightdeck::analysis::sequential::Onset;
use flightdeck::analysis::sequential::evidence::{
    LimitEvidence, Pair, RatioEvidence, ShareEvidence,
};
use flightdeck::analysis::sequential::finding::{Advised, Circumstances};
use flightdeck::analysis::sequential::judge::{Judge, Sample};
use flightdeck::analysis::sequential::params::Params;
use flightdeck::analysis::series::close_intervals;
use flightdeck::analysis::share::share_interval;
use flightdeck::domain::counters::{Counters, PodReading, Reading, Scrape, Side};
use jiff::Timestamp;
use proptest::prelude::*;

fn pair() -> impl Strategy<Value = Pair> {
    (0..400_u32, 0..4000_u32, 0.0..=1.0_f64, 0.0..=0.2_f64).prop_map(|(n, m, x, y)| {
        let (n, m) = (f64::from(n), f64::from(m));
        Pair {
            n,
            m,
            x: (n * x * x).floor(),
            y: (m * y).floor(),
        }
    })
}

fn pairs() -> impl Strategy<Value = Vec<Pair>> {
    proptest::collection::vec(pair(), 1..40)
}

fn ratio_e(pairs: &[Pair]) -> f64 {
    let mut evidence = RatioEvidence::new(1.1, 1.0, Onset::default());
    pairs.iter().fold(0.0, |_, pair| evidence.push(*pair))
}

fn share_e(pairs: &[Pair]) -> f64 {
    let mut evidence = ShareEvidence::new(0.05, 1.0, Onset::default());
    pairs.iter().fold(0.0, |_, pair| evidence.push(*pair, 1.05))
}

fn limit_e(pairs: &[Pair]) -> f64 {
    let mut evidence = LimitEvidence::new(0.01, 1.0, Onset::default());
    pairs
        .iter()
        .fold(0.0, |_, pair| evidence.push(pair.n, pair.x))
}

fn judge(pairs: &[Pair]) -> Judge {
    let mut judge = Judge::new(Params::default());
    for &errors in pairs {
        judge.push(&Sample { errors, slow: None });
    }
    judge
}

fn ratio(pairs: &[Pair]) -> (f64, Option<f64>) {
    let mut path = RatioPath::EMPTY;
    for pair in pairs {
        path.push(pair.n, pair.x, pair.m, pair.y);
    }
    path.interval(0.05, 1.0)
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn reading(pod: &str, side: Side, requests: u32, errors: u32) -> PodReading {
    PodReading {
        pod: pod.to_owned(),
        side,
        reading: Reading::Counted(Counters {
            requests: f64::from(requests),
            errors: f64::from(errors.min(requests)),
            cpu_seconds: None,
            buckets: Vec::new(),
            started_at: None,
        }),
    }
}

proptest! {
    /// Evidence is a number, and one interval moves no alternative beyond the cap.
    #[test]
    fn evidence_is_bounded(pairs in pairs()) {
        let cap = 30.0_f64.ln();
        for of in [ratio_e, share_e, limit_e] {
            let mut before = 0.0_f64;
            for seen in 1..=pairs.len() {
                let now = of(&pairs[..seen]);
                prop_assert!(now.is_finite());
                // Half of the weight begins at once; what begins later adds no more than it.
                prop_assert!(now <= before.max(0.0) + cap + 2.0_f64.ln(), "{before} to {now}");
                before = now;
            }
        }
    }

    /// One more bad canary request never speaks for the canary, one more bad stable request never against it.
    #[test]
    fn evidence_grows_with_harm(pairs in pairs(), index in any::<prop::sample::Index>()) {
        let chosen = index.index(pairs.len());
        let mut worse = pairs.clone();
        worse[chosen].x = (worse[chosen].x + 1.0).min(worse[chosen].n);
        let mut weather = pairs.clone();
        weather[chosen].y = (weather[chosen].y + 1.0).min(weather[chosen].m);
        for of in [ratio_e, limit_e] {
            prop_assert!(of(&worse) >= of(&pairs) - 1e-9);
            prop_assert!(of(&weather) <= of(&pairs) + 1e-9);
        }
        let (lower, upper) = ratio(&pairs);
        let (more, most) = ratio(&worse);
        prop_assert!(more >= lower * (1.0 - 1e-9));
        if let (Some(upper), Some(most)) = (upper, most) {
            prop_assert!(most >= upper * (1.0 - 1e-9), "{upper} to {most}");
        }
    }

    /// Nobody's traffic, and requests without a failure, say nothing of the ratio, however they are split.
    #[test]
    fn silence_says_nothing(splits in proptest::collection::vec((0..1000_u32, 0..1000_u32), 1..60)) {
        let quiet: Vec<Pair> = splits
            .iter()
            .map(|(n, m)| Pair { n: f64::from(*n), m: f64::from(*m), x: 0.0, y: 0.0 })
            .collect();
        prop_assert!(ratio_e(&quiet).abs() < 1e-9);
        prop_assert_eq!(ratio(&quiet), (0.0, None));
        let none: Vec<Pair> = splits.iter().map(|_| Pair::NOTHING).collect();
        for of in [ratio_e, share_e, limit_e] {
            prop_assert!(of(&none).abs() < 1e-9);
        }
        let advised = judge(&none).advised(Circumstances::default());
        prop_assert_eq!(advised, Advised::Unproven);
    }

    /// Equal shares are no evidence, whatever part of the traffic the canary has and however that part changes.
    #[test]
    fn the_split_of_the_traffic_is_no_evidence(parts in proptest::collection::vec(1..100_u32, 1..60)) {
        let split: Vec<Pair> = parts
            .iter()
            .map(|part| {
                let (n, m) = (f64::from(*part) * 100.0, f64::from(100 - *part) * 100.0);
                Pair { n, m, x: n * 0.01, y: m * 0.01 }
            })
            .collect();
        prop_assert!(ratio_e(&split) <= 1e-9);
        let (lower, upper) = ratio(&split);
        prop_assert!(lower <= 1.0 && upper.is_some_and(|upper| upper >= 1.0), "{lower} {upper:?}");
    }

    /// A roll back stays, whatever comes after it; stale data change nothing of it.
    #[test]
    fn a_roll_back_is_final(after in pairs()) {
        let bad = [Pair { n: 100.0, x: 40.0, m: 1000.0, y: 5.0 }; 4];
        let mut judge = judge(&bad);
        prop_assert!(judge.rolled_back().is_some());
        for errors in after {
            judge.push(&Sample { errors, slow: None });
        }
        let stale = Circumstances { is_stale: true, cpu_ln_e: None };
        prop_assert!(matches!(judge.advised(stale), Advised::RollBack(_)));
    }

    /// Bit by bit and after a rest in JSON the same comes out.
    #[test]
    fn a_judge_can_be_put_down_and_taken_up(pairs in pairs(), cut in any::<prop::sample::Index>()) {
        let cut = cut.index(pairs.len());
        let mut rested = judge(&pairs[..cut]);
        rested = serde_json::from_str(&serde_json::to_string(&rested).unwrap()).unwrap();
        for &errors in &pairs[cut..] {
            rested.push(&Sample { errors, slow: None });
        }
        let whole = judge(&pairs);
        prop_assert_eq!(rested.knowledge(), whole.knowledge());
        prop_assert!((rested.ln_e() - whole.ln_e()).abs() < 1e-9);
    }

    /// More requests of the same share make its interval no wider.
    #[test]
    fn more_requests_tell_more(requests in 20..5000_u32, tenths in 0..=10_u32) {
        let requests = f64::from(requests) * 10.0;
        let bad = requests * f64::from(tenths) / 10.0;
        let (lower, upper) = share_interval(bad, requests, 0.05, 1.0);
        let (low, high) = share_interval(bad * 2.0, requests * 2.0, 0.05, 1.0);
        prop_assert!(lower - 1e-12 <= low && high <= upper + 1e-12);
    }

    /// A restart never creates requests: what is counted stays within what the pods show. The order of pods is nobody's
    /// business.
    #[test]
    fn restarts_create_nothing(
        counts in proptest::collection::vec((0..50_u32, 0..50_u32, any::<bool>()), 2..20),
    ) {
        let mut shown = (0_u32, 0_u32);
        let mut answered = 0_u32;
        let mut scrapes = Vec::new();
        for (second, (first, second_pod, restarts)) in (0_i64..).zip(&counts) {
            if *restarts {
                shown.0 = 0;
            }
            shown = (shown.0 + first, shown.1 + second_pod);
            if second > 0 {
                answered += first + second_pod;
            }
            scrapes.push(Scrape {
                at: at(second * 15),
                pods: vec![
                    reading("c1", Side::Canary, shown.0, shown.0 / 9),
                    reading("c2", Side::Canary, shown.1, shown.1 / 9),
                    reading("s", Side::Stable, 1000, 10),
                ],
            });
        }
        let intervals = close_intervals(&scrapes, &[], None);
        let counted: f64 = intervals.iter().map(|interval| interval.canary.requests).sum();
        prop_assert!(counted <= f64::from(answered), "{counted} of {answered}");
        for scrape in &mut scrapes {
            scrape.pods.reverse();
        }
        prop_assert_eq!(close_intervals(&scrapes, &[], None), intervals);
    }
}
