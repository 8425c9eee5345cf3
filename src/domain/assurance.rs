//! How sure a verdict must be: the promised rate of false alarms, what is tolerated, and what must be excluded before more
//! traffic moves.

use crate::domain::traffic::Weight;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How sure a verdict must be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assurance {
    /// The chance that a canary within the tolerances is ever rolled back, at most.
    pub false_alarms: f64,
    /// The tolerated ratio of the canary's error share to stable's.
    pub error_ratio: f64,
    /// An error share up to here never causes a roll back.
    pub error_floor: f64,
    /// The tolerated slow-down of response times: 0.03 is 3 %.
    pub slow_down: f64,
    /// How long fresh pods may be slower, up to half as slow again.
    pub warm_up: Duration,
    /// How many errors come together, at least 1. `None`: measured on stable's pods, else assumed.
    pub burst_errors: Option<f64>,
    /// The same of slow requests.
    pub burst_slow: Option<f64>,
    /// What must be excluded, by the canary's weight, rising.
    pub margins: Vec<Margin>,
}

/// What must be excluded before more traffic moves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Margin {
    /// The highest weight that it is for.
    pub up_to: Weight,
    /// This many times stable's error share,
    pub error_ratio: f64,
    /// or this error share of the canary.
    pub error_share: f64,
    /// This many times stable's share of slow requests.
    pub slow_ratio: f64,
}

impl Default for Assurance {
    fn default() -> Self {
        Self {
            false_alarms: 0.05,
            error_ratio: 1.1,
            error_floor: 0.001,
            slow_down: 0.03,
            warm_up: Duration::from_secs(60),
            burst_errors: None,
            burst_slow: None,
            margins: vec![first_steps(), later_steps()],
        }
    }
}

impl Assurance {
    /// The margin of a weight: the first that reaches up to it, else the last one.
    pub fn margin(&self, weight: Weight) -> Margin {
        let reaching = self.margins.iter().find(|margin| weight <= margin.up_to);
        reaching
            .or(self.margins.last())
            .copied()
            .unwrap_or_else(later_steps)
    }
}

/// Up to 10 % of the traffic.
fn first_steps() -> Margin {
    Margin {
        up_to: Weight::saturating(10),
        error_ratio: 3.0,
        error_share: 0.01,
        slow_ratio: 1.5,
    }
}

/// Above it.
fn later_steps() -> Margin {
    Margin {
        up_to: Weight::FULL,
        error_ratio: 1.5,
        error_share: 0.002,
        slow_ratio: 1.25,
    }
}
