//! Live sources: tasks that turn the world into events.

pub mod ci;
pub mod cluster;
pub mod drill;
pub mod metrics;
pub mod secret;
pub mod smoke;
pub mod supervise;

use crate::domain::text::Text;
use jiff::Timestamp;

/// Where a source takes the time from; the runtime gives it.
pub type Clock = fn() -> Timestamp;

/// An error with its causes, on one line; a cause that its error already told is not told again.
fn with_causes(error: &dyn std::error::Error) -> Text {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let told = error.to_string();
        if !line.contains(&told) {
            line.push_str(": ");
            line.push_str(&told);
        }
        cause = error.source();
    }
    Text::new(line)
}
