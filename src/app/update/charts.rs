//! The charts' time: range, window of the past, cursor.

use super::toast;
use crate::app::effect::Effect;
use crate::app::inspect;
use crate::app::intent::{Motion, Pan, Range};
use crate::app::model::Model;
use crate::app::screen::{Level, RANGES};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

pub(super) fn range(model: &mut Model, change: Range) -> Vec<Effect> {
    let at = RANGES
        .iter()
        .position(|range| *range == model.ui.range)
        .unwrap_or(0);
    let next = match change {
        Range::In => at.saturating_sub(1),
        Range::Out => (at + 1).min(RANGES.len() - 1),
        Range::Reset => {
            model.ui.until = None;
            usize::from(!model.settings.is_demo()) * 2
        }
    };
    if let Some(range) = RANGES.get(next) {
        model.ui.range = *range;
    }
    Vec::new()
}

pub(super) fn show(model: &mut Model, range: Duration) -> Vec<Effect> {
    model.ui.range = range;
    model.ui.until = None;
    Vec::new()
}

pub(super) fn pan(model: &mut Model, pan: Pan) -> Vec<Effect> {
    let picture = model.picture();
    let (until, now) = (inspect::until(picture), picture.now);
    let (range, first) = (inspect::range(picture), inspect::first(picture));
    let quarter = range / 4;
    let next = match pan {
        Pan::Older => {
            let oldest = until.saturating_sub(range).unwrap_or(until);
            first
                .filter(|first| *first < oldest)
                .map(|_| moved(until, -quarter))
        }
        Pan::Newer if model.ui.until.is_some() => Some(moved(until, quarter)),
        Pan::Newer => None,
    };
    match next {
        Some(next) => model.ui.until = Some(next).filter(|next| *next < now),
        None => toast(model, Level::Info, nothing_there(pan)),
    }
    Vec::new()
}

fn nothing_there(pan: Pan) -> &'static str {
    match pan {
        Pan::Older => "no older data: the charts begin where the data begin",
        Pan::Newer => "the charts show the present",
    }
}

fn moved(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(at)
}

pub(super) fn inspect(model: &mut Model) -> Vec<Effect> {
    model.ui.inspect = match model.ui.inspect {
        Some(_) => None,
        None => inspect::start(model.picture()),
    };
    Vec::new()
}

/// Moves the cursor; the window follows it.
pub(super) fn step(model: &mut Model, motion: Motion) {
    let Some(at) = model.ui.inspect else { return };
    let picture = model.picture();
    let (to, now) = (inspect::step(picture, at, motion), picture.now);
    let (until, range) = (inspect::until(picture), inspect::range(picture));
    model.ui.inspect = Some(to);
    if until.duration_since(to) > range {
        model.ui.until = Some(moved(to, range * 8 / 10));
    } else if to > until {
        model.ui.until = Some(moved(to, range / 2)).filter(|until| *until < now);
    }
}
