//! Numbers and times as every part of the screen writes them.

use jiff::{SignedDuration, Timestamp};

use crate::domain::text::Text;

/// A string of the model that may hold outside text, in its cleaned form.
pub(super) fn clean(text: &str) -> String {
    Text::new(text).shown().to_owned()
}

/// `14:07:32`, in UTC.
pub(super) fn time(at: Timestamp) -> String {
    at.strftime("%H:%M:%S").to_string()
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
