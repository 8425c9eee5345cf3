//! `[….verdict]` as it may be written: how sure a verdict must be.

use super::document::{Reader, Written};
use super::rules;
use crate::domain::assurance::Margin;
use crate::domain::traffic::Weight;
use std::time::Duration;

/// An hour: no pod warms up longer.
const LONGEST_WARM_UP: Duration = Duration::from_secs(60 * 60);

/// `[….verdict]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assurance {
    /// `false_alarms`.
    pub false_alarms: Option<Written<f64>>,
    /// `error_ratio`.
    pub error_ratio: Option<Written<f64>>,
    /// `error_floor`.
    pub error_floor: Option<Written<f64>>,
    /// `slow_down`.
    pub slow_down: Option<Written<f64>>,
    /// `warm_up`.
    pub warm_up: Option<Written<Duration>>,
    /// `burst_errors`.
    pub burst_errors: Option<Written<f64>>,
    /// `burst_slow`.
    pub burst_slow: Option<Written<f64>>,
    /// `margins`.
    pub margins: Option<Written<Vec<Margin>>>,
}

impl Assurance {
    pub(super) fn read(reader: &mut Reader<'_, '_>) -> Self {
        let assurance = Self {
            false_alarms: reader.optional("false_alarms", rules::number(0.0001..=0.5)),
            error_ratio: reader.optional("error_ratio", rules::number(1.0..=10.0)),
            error_floor: reader.optional("error_floor", rules::number(0.0..=0.5)),
            slow_down: reader.optional("slow_down", rules::number(0.0..=1.0)),
            warm_up: reader.optional("warm_up", rules::duration(Duration::ZERO, LONGEST_WARM_UP)),
            burst_errors: reader.optional("burst_errors", rules::number(1.0..=20.0)),
            burst_slow: reader.optional("burst_slow", rules::number(1.0..=20.0)),
            margins: margins(reader),
        };
        reader.refuse_others();
        assurance
    }
}

fn margins(reader: &mut Reader<'_, '_>) -> Option<Written<Vec<Margin>>> {
    let items = reader.tables("margins", |reader| {
        let up_to = reader.required("up_to", "the highest weight it is for", rules::weight);
        let error_ratio = reader.required(
            "error_ratio",
            "this many times stable's error share must be excluded",
            rules::number(1.0..=1000.0),
        );
        let error_share = reader.required(
            "error_share",
            "or this error share",
            rules::number(0.0..=1.0),
        );
        let slow_ratio = reader.required(
            "slow_ratio",
            "this many times stable's share of slow requests must be excluded",
            rules::number(1.0..=1000.0),
        );
        reader.refuse_others();
        Some(Margin {
            up_to: up_to?.value,
            error_ratio: error_ratio?.value,
            error_share: error_share?.value,
            slow_ratio: slow_ratio?.value,
        })
    })?;
    // A margin that could not be read has been told already.
    let margins: Vec<Margin> = items.value.iter().copied().collect::<Option<_>>()?;
    let rising = margins.is_sorted_by(|one, next| one.up_to < next.up_to);
    if !rising || margins.last().map(|last| last.up_to) != Some(Weight::FULL) {
        let text = "expected weights that rise and end at 100".to_owned();
        reader.fault(items.at, "margins", text);
    }
    Some(Written {
        value: margins,
        at: items.at,
    })
}
