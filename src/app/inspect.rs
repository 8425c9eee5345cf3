//! The cursor in the charts: it stands on a moment at which something was measured.

use super::intent::Motion;
use super::log::Line;
use super::model::Model;
use crate::domain::traffic::Track;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// The moments at which something was measured, oldest first.
fn moments(model: &Model) -> Vec<Timestamp> {
    let of = |track| {
        model
            .reading
            .series
            .points(track)
            .map(|point| point.span.until)
    };
    let all: BTreeSet<Timestamp> = Track::BOTH.into_iter().flat_map(of).collect();
    all.into_iter().collect()
}

/// The moment at the charts' right edge.
pub fn until(model: &Model) -> Timestamp {
    model.ui.until.unwrap_or(model.now)
}

/// The charts' range.
pub fn range(model: &Model) -> SignedDuration {
    SignedDuration::try_from(model.ui.range).unwrap_or(SignedDuration::from_hours(1))
}

/// When data begin.
pub fn first(model: &Model) -> Option<Timestamp> {
    let begins = |track| {
        model
            .reading
            .series
            .points(track)
            .next()
            .map(|point| point.span.from)
    };
    Track::BOTH.into_iter().filter_map(begins).min()
}

/// The time of about one column of a chart: charts take two thirds of the terminal's width.
pub fn bucket(model: &Model) -> SignedDuration {
    let there = first(model).map_or(range(model), |first| until(model).duration_since(first));
    let shown = there.clamp(SignedDuration::from_secs(60), range(model));
    let columns = i32::from(model.ui.size.0).max(30) * 2 / 3;
    shown / columns
}

/// The measured moment nearest to `at`.
pub fn nearest(model: &Model, at: Timestamp) -> Option<Timestamp> {
    let distance = |moment: &Timestamp| moment.duration_since(at).abs();
    moments(model).into_iter().min_by_key(distance)
}

/// Where the cursor first stands: the newest moment of the window.
pub fn start(model: &Model) -> Option<Timestamp> {
    moments(model).into_iter().rfind(|at| *at <= until(model))
}

/// Where the cursor goes from `at`; at the ends it stays.
pub fn step(model: &Model, at: Timestamp, motion: Motion) -> Timestamp {
    let moments = moments(model);
    let bucket = bucket(model);
    let oldest = until(model).saturating_sub(range(model)).unwrap_or(at);
    let before = |most: SignedDuration| {
        moments
            .iter()
            .rfind(|moment| at.duration_since(**moment) >= most)
            .or(moments.first())
    };
    let after = |most: SignedDuration| {
        moments
            .iter()
            .find(|moment| moment.duration_since(at) >= most)
            .or(moments.last())
    };
    let found = match motion {
        Motion::Left => before(bucket),
        Motion::Right => after(bucket),
        Motion::PageUp => before(bucket * 10),
        Motion::PageDown => after(bucket * 10),
        Motion::First => moments.iter().find(|moment| **moment >= oldest),
        Motion::Last => moments.last(),
        Motion::Up | Motion::Down => None,
    };
    found.copied().unwrap_or(at)
}

/// What happened in the cursor's bucket, the last of several.
pub fn happened(model: &Model, at: Timestamp) -> Option<&Line> {
    let bucket = bucket(model).max(SignedDuration::from_secs(2));
    model
        .log
        .lines()
        .rfind(|line| line.at.duration_since(at).abs() <= bucket)
}
