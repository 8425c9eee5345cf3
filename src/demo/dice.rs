//! Seeded random numbers, so that a scenario told twice with one seed runs alike.
//!
//! `SplitMix64` (Steele, Lea, Flood 2014): every seed is a good seed, and a fork is as good as its parent.

use std::f64::consts::TAU;
use std::hash::{BuildHasher, RandomState};

/// A source of random numbers that is wholly determined by its seed.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Dice that no seed decides: for what must differ between two worlds, such as addresses.
    pub(crate) fn unseeded() -> Self {
        Self(RandomState::new().hash_one("dice"))
    }

    /// Further dice whose throws depend on these dice's seed and on `label` alone, not on who throws first.
    pub(crate) fn fork(&self, label: &str) -> Self {
        Self(fingerprint(self.0, label))
    }

    pub(crate) fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// Evenly distributed in [0, 1), to 32 bits.
    pub(crate) fn share(&mut self) -> f64 {
        let high = u32::try_from(self.throw() >> 32).unwrap_or(u32::MAX);
        f64::from(high) / 4_294_967_296.0
    }

    /// Evenly distributed in `low..=high`.
    pub(crate) fn between(&mut self, low: u8, high: u8) -> u8 {
        let width = u64::from(high.saturating_sub(low)) + 1;
        let offset = self.throw() % width;
        low.saturating_add(u8::try_from(offset).unwrap_or(u8::MAX))
    }

    /// Normally distributed with mean 0 and variance 1 (Box and Muller).
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.share()).ln()).sqrt();
        radius * (TAU * self.share()).cos()
    }

    /// Exponentially distributed with mean 1.
    pub(crate) fn exponential(&mut self) -> f64 {
        -(1.0 - self.share()).ln()
    }
}

/// 64 bits made from a seed and a text: the same ones on every machine and in every build.
pub(crate) fn fingerprint(seed: u64, text: &str) -> u64 {
    text.bytes()
        .fold(mix(seed ^ 0xcbf2_9ce4_8422_2325), |state, byte| {
            mix(state ^ u64::from(byte))
        })
}

fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
