//! Numbers and times as every part of the screen writes them.

use jiff::{SignedDuration, Timestamp};

use super::Scene;
use crate::app::screen::Times;
use crate::domain::text::Text;
use crate::view::text;

/// A string of the model that may hold outside text, in its cleaned form.
pub(super) fn clean(text: &str) -> String {
    Text::new(text).shown().to_owned()
}

/// A time of day in UTC, `14:07:32Z`, or here, `15:07:32 CET`; without its seconds where every byte counts.
pub(super) fn clock(scene: Scene<'_>, at: Timestamp) -> String {
    match (scene.model.ui.times, scene.model.settings.ui.low_bandwidth) {
        (Times::Utc | Times::Age, false) => at.strftime("%H:%M:%SZ").to_string(),
        (Times::Utc | Times::Age, true) => at.strftime("%H:%MZ").to_string(),
        (Times::Local, false) => zoned(scene, at, "%H:%M:%S %Z"),
        (Times::Local, true) => zoned(scene, at, "%H:%M %Z"),
    }
}

/// When something was, in eight cells: `14:07:32`, here or in UTC, or how long ago, `2m22s`.
pub(super) fn when(scene: Scene<'_>, at: Timestamp) -> String {
    match scene.model.ui.times {
        Times::Utc => at.strftime("%H:%M:%S").to_string(),
        Times::Local => zoned(scene, at, "%H:%M:%S"),
        Times::Age => text::pad_left(&ago(scene, at), 8, ""),
    }
}

/// A day and a time of day, here or in UTC, or how long ago.
pub(super) fn day(scene: Scene<'_>, at: Timestamp) -> String {
    match scene.model.ui.times {
        Times::Utc => at.strftime("%m-%d %H:%M").to_string(),
        Times::Local => zoned(scene, at, "%m-%d %H:%M"),
        Times::Age => ago(scene, at),
    }
}

/// A moment in full, in UTC.
pub(super) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

fn zoned(scene: Scene<'_>, at: Timestamp, form: &str) -> String {
    at.to_zoned(scene.paint.zone().clone())
        .strftime(form)
        .to_string()
}

/// How long ago.
pub(super) fn ago(scene: Scene<'_>, at: Timestamp) -> String {
    text::age(seconds(scene.model.now.duration_since(at)))
}

/// Whole seconds, never negative.
pub(super) fn seconds(span: SignedDuration) -> u64 {
    u64::try_from(span.as_secs()).unwrap_or(0)
}

/// Seconds with a tenth: `3.5s`.
pub(super) fn tenths(seconds: f64) -> String {
    format!("{:.1}s", seconds.max(0.0))
}

/// A share as per cent without the sign: `1.72`, `12.4`; `-` where it is not known.
pub(super) fn percent(share: Option<f64>) -> String {
    match share.map(|s| s * 100.0) {
        None => "-".to_owned(),
        Some(p) if p < 9.995 => format!("{p:.2}"),
        Some(p) => format!("{p:.1}"),
    }
}

/// Seconds as milliseconds without the unit; `-` where they are not known.
pub(super) fn millis(seconds: Option<f64>) -> String {
    match seconds.map(|s| s * 1000.0) {
        None => "-".to_owned(),
        Some(ms) if ms < 9.995 => format!("{ms:.1}"),
        Some(ms) => format!("{ms:.0}"),
    }
}
