//! Seeded canaries as their pods would count them: restarts, bursts, weather that both versions share, steps of traffic.

use flightdeck::analysis::canary::slow_counts;
use flightdeck::analysis::sequential::evidence::Pair;
use flightdeck::analysis::sequential::finding::Part;
use flightdeck::analysis::sequential::judge::{Judge, Sample};
use flightdeck::analysis::sequential::params::{Params, SlowBound};
use flightdeck::analysis::series::{Interval, close_intervals};
use flightdeck::domain::counters::{Bucket, Counters, PodReading, Reading, Scrape, Side};
use jiff::{SignedDuration, Timestamp};

/// Seconds from scrape to scrape.
pub const EVERY: i64 = 15;
/// The watched bound, in seconds.
pub const BOUND: f64 = 0.25;

/// Numbers that look random and are the same for the same seed.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0xd1b5_4a32_d192_ed03)
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Above 0, at most 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    pub fn unit(&mut self) -> f64 {
        ((self.bits() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.unit().ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// How many come when `mean` are expected.
    pub fn poisson(&mut self, mean: f64) -> f64 {
        if mean > 200.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0);
        }
        let (mut count, mut passed) = (0.0, -self.unit().ln());
        while passed < mean {
            count += 1.0;
            passed -= self.unit().ln();
        }
        count
    }

    /// How many of `all` go wrong, each with chance `share`: from one to the next by waiting times.
    pub fn binomial(&mut self, all: f64, share: f64) -> f64 {
        if share > 0.5 {
            return all - self.binomial(all, 1.0 - share);
        }
        if share <= 0.0 {
            return 0.0;
        }
        let (mut count, mut at) = (0.0, 0.0);
        loop {
            at += (self.unit().ln() / (-share).ln_1p()).floor() + 1.0;
            if at > all {
                return count;
            }
            count += 1.0;
        }
    }
}

/// A canary beside stable.
#[derive(Clone, Debug)]
pub struct Flight {
    /// Requests a second of both versions together.
    pub rps: f64,
    /// From which interval on the canary has which share of them.
    pub steps: Vec<(usize, f64)>,
    /// Intervals.
    pub length: usize,
    /// Stable's error share.
    pub errors: f64,
    /// How many times that the canary fails,
    pub times: f64,
    /// from this interval on,
    pub onset: usize,
    /// reaching it over so many intervals.
    pub ramp: usize,
    /// How many errors come together.
    pub burst: f64,
    /// How many times more errors bad weather brings to both versions.
    pub weather: f64,
    /// Chance that a pod restarts in an interval.
    pub restarts: f64,
    /// Stable's share of slow requests, and how many times that the canary has. `None`: no response times.
    pub slow: Option<(f64, f64)>,
}

impl Default for Flight {
    fn default() -> Self {
        Self {
            rps: 200.0,
            steps: vec![(0, 0.05)],
            length: 40,
            errors: 0.01,
            times: 1.0,
            onset: 0,
            ramp: 0,
            burst: 1.0,
            weather: 1.0,
            restarts: 0.0,
            slow: None,
        }
    }
}

#[derive(Clone, Copy, Default)]
struct Pod {
    requests: f64,
    errors: f64,
    slow: f64,
}

impl Flight {
    fn canary_share(&self, interval: usize) -> f64 {
        let begun = self.steps.iter().rev().find(|(from, _)| *from <= interval);
        begun.map_or(0.0, |(_, share)| *share)
    }

    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn harm(&self, interval: usize) -> f64 {
        let Some(since) = interval.checked_sub(self.onset) else {
            return 1.0;
        };
        let grown = ((since + 1) as f64 / (self.ramp + 1) as f64).min(1.0);
        1.0 + (self.times - 1.0) * grown
    }

    /// What a scraper of its pods would read.
    pub fn scrapes(&self, dice: &mut Dice) -> Vec<Scrape> {
        const PODS: [(&str, Side); 5] = [
            ("c1", Side::Canary),
            ("c2", Side::Canary),
            ("s1", Side::Stable),
            ("s2", Side::Stable),
            ("s3", Side::Stable),
        ];
        let mut pods = [Pod::default(); PODS.len()];
        let mut is_bad_weather = false;
        let mut scrapes = Vec::with_capacity(self.length + 1);
        for interval in 0..=self.length {
            if interval > 0 {
                is_bad_weather ^= dice.unit() < 0.05;
                let weather = if is_bad_weather { self.weather } else { 1.0 };
                for (pod, (_, side)) in pods.iter_mut().zip(PODS) {
                    self.serve(pod, side, interval - 1, weather, dice);
                }
            }
            let second = i64::try_from(interval).unwrap() * EVERY;
            let read = pods
                .iter()
                .zip(PODS)
                .map(|(pod, (name, side))| self.read(pod, name, side));
            scrapes.push(Scrape {
                at: Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second),
                pods: read.collect(),
            });
        }
        scrapes
    }

    fn serve(&self, pod: &mut Pod, side: Side, interval: usize, weather: f64, dice: &mut Dice) {
        let share = self.canary_share(interval);
        let (part, harm) = match side {
            Side::Canary => (share / 2.0, self.harm(interval)),
            Side::Stable => ((1.0 - share) / 3.0, 1.0),
        };
        let restarts = dice.unit() < self.restarts;
        #[expect(clippy::cast_precision_loss, reason = "15")]
        let mean = self.rps * part * EVERY as f64;
        let requests = dice.poisson(mean);
        let errors = (self.errors * weather * harm).min(1.0);
        let failed = if self.burst > 1.0 {
            (dice.poisson(requests * errors / self.burst) * self.burst).min(requests)
        } else {
            dice.binomial(requests, errors)
        };
        let slow = self.slow.map_or(0.0, |(tail, times)| {
            let times = if side == Side::Canary { times } else { 1.0 };
            dice.binomial(requests, (tail * times).min(1.0))
        });
        if restarts {
            // What it had counted since the last scrape is lost, and what it counts anew begins somewhere in between.
            let kept = dice.unit();
            *pod = Pod::default();
            pod.requests = (requests * kept).floor();
            pod.errors = dice.binomial(failed, kept).min(pod.requests);
            pod.slow = dice.binomial(slow, kept).min(pod.requests);
        } else {
            pod.requests += requests;
            pod.errors += failed;
            pod.slow += slow;
        }
    }

    fn read(&self, pod: &Pod, name: &str, side: Side) -> PodReading {
        let buckets = if self.slow.is_some() {
            vec![
                Bucket {
                    le: BOUND,
                    count: pod.requests - pod.slow,
                },
                Bucket {
                    le: f64::INFINITY,
                    count: pod.requests,
                },
            ]
        } else {
            Vec::new()
        };
        PodReading {
            pod: name.to_owned(),
            side,
            reading: Reading::Counted(Counters {
                requests: pod.requests,
                errors: pod.errors,
                cpu_seconds: None,
                buckets,
                started_at: None,
            }),
        }
    }

    /// The intervals that its scrapes close.
    pub fn intervals(&self, seed: u64) -> Vec<Interval> {
        close_intervals(&self.scrapes(&mut Dice::new(seed)), &[], None)
    }

    /// What it is judged by.
    pub fn params(&self) -> Params {
        let slow = self.slow.map(|(tail, _)| SlowBound {
            bound: Some(BOUND),
            tail,
            rho: 1.07,
            rho_warm: Some(2.5),
            phi: 1.0,
        });
        Params {
            phi_error: self.burst,
            slow: slow.into_iter().collect(),
            warm_at: self.steps.iter().map(|(from, _)| *from).collect(),
            ..Params::default()
        }
    }

    /// The interval after which it was rolled back, counted from 1, and why.
    pub fn fate(&self, seed: u64) -> Option<(usize, Part)> {
        let mut judge = Judge::new(self.params());
        for interval in self.intervals(seed) {
            push(&mut judge, &interval);
            if let Some(proof) = judge.rolled_back() {
                return Some((proof.index + 1, proof.part));
            }
        }
        None
    }
}

/// Takes one interval as the cockpit does.
pub fn push(judge: &mut Judge, interval: &Interval) {
    let mut room = [[0.0; 2]; 8];
    let bounds = judge.params().slow.clone();
    let slow = slow_counts(interval, &bounds, &mut room);
    let errors = Pair {
        n: interval.canary.requests,
        x: interval.canary.errors,
        m: interval.stable.requests,
        y: interval.stable.errors,
    };
    judge.push(&Sample { errors, slow });
}
