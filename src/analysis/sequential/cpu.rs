//! CPU a request: a gauge that drifts, so only the sign of each minute counts, and it only ever holds.

use serde::{Deserialize, Serialize};

use super::evidence::LimitEvidence;
use super::onset::Onset;

/// Planned blocks.
const HORIZON: u32 = 45;
/// Of equal versions half of the blocks are high.
const EVEN: f64 = 0.5;
/// Rounding must not make a block high that is just at the tolerance.
const ROUNDING: f64 = 1e-12;

/// What both versions used in one block of 60 s. `None`: not known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Block {
    /// CPU seconds of the canary.
    pub canary_cpu: Option<f64>,
    /// Its requests.
    pub canary_requests: Option<f64>,
    /// CPU seconds of stable.
    pub stable_cpu: Option<f64>,
    /// Its requests.
    pub stable_requests: Option<f64>,
}

impl Block {
    /// Whether the canary used more than `tolerance` above stable a request. `None`: the block tells nothing.
    pub fn is_high(&self, tolerance: f64) -> Option<bool> {
        let canary = self.canary_cpu.filter(|cpu| *cpu >= 0.0)?;
        let stable = self.stable_cpu.filter(|cpu| *cpu > 0.0)?;
        let by = self.canary_requests.filter(|requests| *requests > 0.0)?;
        let of = self.stable_requests.filter(|requests| *requests > 0.0)?;
        Some(canary * of > (1.0 + tolerance) * stable * by * (1.0 + ROUNDING))
    }
}

/// Evidence that the canary needs more CPU a request than tolerated, block by block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CpuSign {
    tolerance: f64,
    evidence: LimitEvidence,
    /// Blocks that were high.
    pub high: u32,
    /// Blocks that told something.
    pub blocks: u32,
}

impl CpuSign {
    /// `tolerance`: 0.2 is 20 % above stable.
    pub fn new(tolerance: f64) -> Self {
        let onset = Onset {
            horizon: HORIZON,
            ..Onset::default()
        };
        Self {
            tolerance,
            evidence: LimitEvidence::new(EVEN, 1.0, onset),
            high: 0,
            blocks: 0,
        }
    }

    /// Takes one block; answers ln E, or `None` where the block tells nothing.
    pub fn push(&mut self, block: &Block) -> Option<f64> {
        let is_high = block.is_high(self.tolerance)?;
        self.blocks += 1;
        self.high += u32::from(is_high);
        Some(self.evidence.push(1.0, f64::from(u8::from(is_high))))
    }

    /// ln E so far.
    pub fn ln_e(&self) -> f64 {
        self.evidence.ln_e()
    }

    /// What is tolerated.
    pub fn tolerance(&self) -> f64 {
        self.tolerance
    }
}
