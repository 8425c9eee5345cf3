//! How requests of stable go wrong together, measured minute by minute on its pods before a canary begins.
//!
//! Invariants: bounded in minutes and pods; a restart creates no requests.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::counts::Counts;
use super::memory::Memory;
use super::sequential::burst::{PodBlock, burst_factor};
use crate::domain::counters::{Scrape, Side};

/// A block.
const MINUTE: SignedDuration = SignedDuration::from_secs(60);
/// Blocks that are kept: an hour.
const KEPT: usize = 60;
/// Blocks that make a long one.
const LONG: usize = 5;
/// Fewest blocks that measure anything.
const FEWEST: usize = 10;
/// Pods that are looked at, by name.
const MOST_PODS: usize = 16;

/// What each pod counted in one block.
type Block = BTreeMap<String, Counts>;

/// The last hour of stable's pods.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Bursts {
    memory: Memory,
    began: Option<Timestamp>,
    open: Block,
    closed: VecDeque<(Timestamp, Block)>,
}

impl Bursts {
    /// Takes one scrape, later than those before.
    pub(super) fn take(&mut self, scrape: &Scrape) {
        for (pod, counts) in self.memory.by_pod(scrape, Side::Stable).take(MOST_PODS) {
            self.open
                .entry(pod.to_owned())
                .or_insert(Counts::ZERO)
                .add(&counts);
        }
        self.memory.remember(scrape, Side::Stable);
        let began = *self.began.get_or_insert(scrape.at);
        if scrape.at.duration_since(began) >= MINUTE {
            if self.closed.len() == KEPT {
                self.closed.pop_front();
            }
            self.closed
                .push_back((scrape.at, std::mem::take(&mut self.open)));
            self.began = Some(scrape.at);
        }
    }

    /// The factor of errors over the blocks that ended before `before`. `None`: too few.
    pub fn errors(&self, before: Timestamp) -> Option<f64> {
        self.factor(before, |counts| Some((counts.requests, counts.errors)))
    }

    /// The factor of requests slower than `bound` seconds.
    pub fn slow(&self, before: Timestamp, bound: f64) -> Option<f64> {
        self.factor(before, |counts| {
            Some((counts.requests, counts.slower_than(bound)?))
        })
    }

    /// The larger of the factors by minutes and by five minutes.
    fn factor(&self, before: Timestamp, of: impl Fn(&Counts) -> Option<PodBlock>) -> Option<f64> {
        let blocks: Vec<&Block> = self
            .closed
            .iter()
            .filter(|(until, _)| *until <= before)
            .map(|(_, block)| block)
            .collect();
        if blocks.len() < FEWEST {
            return None;
        }
        let by = |length: usize| -> Vec<Vec<PodBlock>> {
            let chunks = blocks.chunks_exact(length);
            chunks.map(|chunk| together(chunk, &of)).collect()
        };
        Some(burst_factor(&by(1)).max(burst_factor(&by(LONG))))
    }
}

/// Each pod's requests and bad requests over some blocks.
fn together(blocks: &[&Block], of: impl Fn(&Counts) -> Option<PodBlock>) -> Vec<PodBlock> {
    let mut sums: BTreeMap<&str, PodBlock> = BTreeMap::new();
    for (pod, counts) in blocks.iter().flat_map(|block| block.iter()) {
        if let Some((requests, bad)) = of(counts) {
            let sum = sums.entry(pod).or_default();
            *sum = (sum.0 + requests, sum.1 + bad);
        }
    }
    sums.into_values().collect()
}
