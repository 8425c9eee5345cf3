//! The promise in simulation: good canaries are hardly ever rolled back, bad ones soon.

use super::simulator::{Dice, Flight};
use std::thread;

const GOOD: u64 = 5000;
const BAD: u64 = 400;
const ALPHA: f64 = 0.05;

/// Good canaries of all kinds, up to the edge of what is tolerated.
fn good(seed: u64) -> Flight {
    let mut dice = Dice::new(seed ^ 0xface);
    let mut pick = |choices: &[f64]| {
        #[expect(clippy::cast_precision_loss, reason = "a handful")]
        let reach = dice.unit() * choices.len() as f64;
        choices
            .iter()
            .copied()
            .zip(1_u32..)
            .find(|(_, end)| reach <= f64::from(*end))
            .map_or(0.0, |(choice, _)| choice)
    };
    let is_stepped = pick(&[0.0, 1.0]) > 0.5;
    Flight {
        rps: pick(&[2.0, 20.0, 60.0]),
        steps: if is_stepped {
            vec![(0, 0.05), (12, 0.5), (24, 1.0)]
        } else {
            vec![(0, 0.05)]
        },
        length: 36,
        errors: pick(&[0.0005, 0.003, 0.01, 0.04]),
        times: pick(&[1.0, 1.1]),
        burst: pick(&[1.0, 1.0, 4.0]),
        weather: pick(&[1.0, 5.0]),
        restarts: pick(&[0.0, 0.05]),
        slow: (pick(&[0.0, 0.0, 0.0, 1.0]) > 0.5).then_some((0.06, 1.0)),
        ..Flight::default()
    }
}

/// The fates of `seeds` on both cores.
fn fates(seeds: u64, flight: impl Fn(u64) -> Flight + Sync) -> Vec<Option<usize>> {
    let halves = [0, 1];
    thread::scope(|scope| {
        let flight = &flight;
        let running = halves.map(|half| {
            scope.spawn(move || {
                let own = (0..seeds).filter(|seed| seed % 2 == half);
                own.map(|seed| flight(seed).fate(seed).map(|(after, _)| after))
                    .collect::<Vec<_>>()
            })
        });
        running
            .into_iter()
            .flat_map(|half| half.join().unwrap())
            .collect()
    })
}

#[expect(clippy::cast_precision_loss, reason = "some thousands")]
fn share(part: usize, all: u64) -> f64 {
    part as f64 / all as f64
}

#[test]
fn good_canaries_are_hardly_ever_rolled_back() {
    let alarms = fates(GOOD, good).into_iter().flatten().count();
    let alarmed = share(alarms, GOOD);
    #[expect(clippy::cast_precision_loss, reason = "some thousands")]
    let error = (ALPHA * (1.0 - ALPHA) / GOOD as f64).sqrt();
    assert!(
        alarmed <= ALPHA + 3.0 * error,
        "{alarms} of {GOOD} good canaries were rolled back"
    );
}

/// Five times a 1 % error share at ten canary requests a second, with restarts: found within the step of ten minutes.
#[test]
fn bad_canaries_are_found_within_their_step() {
    let bad = |_| Flight {
        times: 5.0,
        restarts: 0.02,
        ..Flight::default()
    };
    let found = fates(BAD, bad)
        .into_iter()
        .flatten()
        .filter(|after| *after <= 40)
        .count();
    assert!(
        share(found, BAD) >= 0.95,
        "{found} of {BAD} bad canaries were found"
    );
}

/// The same for slow requests, and for harm that begins late.
#[test]
fn slow_and_late_harm_is_found_too() {
    let slow = |_| Flight {
        slow: Some((0.06, 3.0)),
        ..Flight::default()
    };
    let late = |_| Flight {
        times: 5.0,
        onset: 20,
        ..Flight::default()
    };
    for found in [fates(100, slow), fates(100, late)] {
        let found = found.into_iter().flatten().count();
        assert!(found >= 95, "{found} of 100 were found");
    }
}
