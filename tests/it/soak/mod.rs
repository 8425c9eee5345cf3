//! Eight hours of incidents in simulated time: the true update function, a cluster of values, faults and actions from a
//! seed. Whatever happens, the model is what a fresh reading shows, nothing grows, and one seed gives the same story twice.

mod story;
mod traffic;
mod work;

use crate::crash::dice::Dice;
use story::{Count, Story};

/// Faults and actions that took effect must each have come so often, else the story proves little.
const LEAST: usize = 20;
const ROLL_BACKS: usize = 100;
const HOUR: usize = 3600;

fn tell(seed: u64, seconds: usize) -> (Count, u64) {
    let mut story = Story::new(Dice(seed));
    for _ in 0..seconds {
        story.second();
    }
    let digest = story.digest();
    (story.count, digest)
}

#[test]
fn eight_hours_of_incidents() {
    let seed = std::env::var("FLIGHTDECK_TEST_SEED");
    let seed = seed.ok().and_then(|seed| seed.parse().ok()).unwrap_or(7);
    eprintln!("seed {seed}: FLIGHTDECK_TEST_SEED={seed} tells this story again");
    let (count, _) = tell(seed, 8 * HOUR);
    eprintln!("{count}");
    for (what, times) in count.faults.iter().chain(&count.actions) {
        assert!(*times >= LEAST, "{what}: only {times} took effect\n{count}");
    }
    assert!(count.verified_roll_backs >= ROLL_BACKS, "{count}");
    assert!(count.quiet >= LEAST, "{count}");
}

#[test]
fn one_seed_gives_one_story() {
    let (one, other) = (tell(3, HOUR), tell(3, HOUR));
    assert_eq!(one.1, other.1, "{}\n{}", one.0, other.0);
    assert_ne!(one.1, tell(4, HOUR).1);
}
