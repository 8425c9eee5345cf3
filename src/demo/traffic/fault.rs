//! A part of the world that is gone for a while.

use std::time::Duration;

use serde::Deserialize;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// How a part is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    /// Connections end at once.
    Refuse,
    /// Nothing is ever answered.
    Hang,
    /// A server error is answered.
    Error,
}

/// A fault that can be switched on and ends by itself.
#[derive(Debug, Default)]
pub(crate) struct Fault(watch::Sender<Option<(Mode, Instant)>>);

impl Fault {
    pub(crate) fn begin(&self, mode: Mode, lasts: Duration) {
        self.0.send_replace(Some((mode, Instant::now() + lasts)));
    }

    pub(crate) fn present(&self) -> Option<Mode> {
        let (mode, until) = (*self.0.borrow())?;
        (Instant::now() < until).then_some(mode)
    }

    /// Resolves when no fault is left.
    pub(crate) async fn ended(&self) {
        let mut changes = self.0.subscribe();
        loop {
            let Some((_, until)) = *changes.borrow_and_update() else {
                return;
            };
            if until <= Instant::now() {
                return;
            }
            tokio::select! {
                () = sleep_until(until) => {}
                _ = changes.changed() => {}
            }
        }
    }
}
