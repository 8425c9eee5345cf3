//! How many requests go wrong together: retries, one bad client, one slow pod.

/// Blocks' worth of evenness that is assumed before anything is measured.
const EVEN: f64 = 20.0;
/// No measurement is believed beyond this.
const MOST: f64 = 20.0;

/// What errors are assumed to come in where pods cannot be told apart.
pub const ASSUMED_ERRORS: f64 = 3.0;
/// The same for slow requests.
pub const ASSUMED_SLOW: f64 = 4.0;

/// One pod in one block of time: requests and bad requests.
pub type PodBlock = (f64, f64);

/// The factor measured on stable's pods over `blocks`, each a list of pods: at least 1, at most 20.
pub fn burst_factor(blocks: &[Vec<PodBlock>]) -> f64 {
    let (mut spread, mut expected) = (EVEN, EVEN);
    for block in blocks {
        if let Some((weight, ratio)) = overdispersion(block) {
            spread += weight * ratio;
            expected += weight;
        }
    }
    (spread / expected).clamp(1.0, MOST)
}

/// The weight of a block, and how many times more its pods differ than chance would make them. `None`: it tells nothing.
fn overdispersion(block: &[PodBlock]) -> Option<(f64, f64)> {
    let pods = || block.iter().filter(|(requests, _)| *requests > 0.0);
    let (requests, bad) = pods().fold((0.0, 0.0), |(requests, bad), pod| {
        (requests + pod.0, bad + pod.1)
    });
    let others = pods().skip(1).map(|_| 1.0).sum::<f64>();
    if others < 1.0 || bad <= 0.0 || bad >= requests {
        return None;
    }
    let share = bad / requests;
    let chi: f64 = pods()
        .map(|(requests, bad)| {
            (bad - requests * share).powi(2) / (requests * share * (1.0 - share))
        })
        .sum();
    Some((bad * (1.0 - share), chi / others))
}
