//! The only place that asks what time it is; everything else is told.

use jiff::Timestamp;

/// Now.
pub fn now() -> Timestamp {
    Timestamp::now()
}
