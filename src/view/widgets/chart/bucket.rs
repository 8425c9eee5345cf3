//! Samples gathered into buckets: the mean for the line, the maximum so that a short spike is not averaged away.

use super::window::Window;

/// One measurement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// When, in milliseconds since the epoch.
    pub at: i64,
    /// How much; `None` where there was nothing to measure, as when no request came.
    pub value: Option<f64>,
}

/// What a dot column holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Slot {
    /// No sample fell here; a line passes through.
    Empty,
    /// Samples without a value: a line breaks.
    Broken,
    /// At least one value.
    Value { mean: f64, max: f64, count: u32 },
}

impl Slot {
    pub(super) fn mean(&self) -> Option<f64> {
        match self {
            Self::Value { mean, .. } => Some(*mean),
            Self::Empty | Self::Broken => None,
        }
    }

    pub(super) fn max(&self) -> Option<f64> {
        match self {
            Self::Value { max, .. } => Some(*max),
            Self::Empty | Self::Broken => None,
        }
    }

    fn add(&mut self, value: Option<f64>) {
        // What is not a finite number was not measured.
        let value = value.filter(|v| v.is_finite());
        *self = match (*self, value) {
            (Self::Empty | Self::Broken, None) => Self::Broken,
            (full @ Self::Value { .. }, None) => full,
            (Self::Empty | Self::Broken, Some(v)) => Self::Value {
                mean: v,
                max: v,
                count: 1,
            },
            (Self::Value { mean, max, count }, Some(v)) => {
                let count = count.saturating_add(1);
                Self::Value {
                    mean: mean + (v - mean) / f64::from(count),
                    max: max.max(v),
                    count,
                }
            }
        };
    }
}

/// One slot for each dot column of the window.
pub(super) fn fill(samples: &[Sample], window: &Window) -> Vec<Slot> {
    let mut slots = vec![Slot::Empty; window.columns()];
    for sample in samples {
        if let Some(column) = window.column(sample.at) {
            slots[column].add(sample.value);
        }
    }
    slots
}

/// Of each run of slots above `top`: where it is highest, and how high.
pub(super) fn peaks(slots: &[Slot], top: f64) -> Vec<(usize, f64)> {
    let mut peaks: Vec<(usize, f64)> = Vec::new();
    let mut above = false;
    for (column, slot) in slots.iter().enumerate() {
        let Some(max) = slot.max().filter(|max| *max > top) else {
            // A column without a sample does not end a run.
            above &= matches!(slot, Slot::Empty);
            continue;
        };
        match peaks.last_mut().filter(|_| above) {
            Some(highest) if max > highest.1 => *highest = (column, max),
            Some(_) => {}
            None => peaks.push((column, max)),
        }
        above = true;
    }
    peaks
}
