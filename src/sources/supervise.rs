//! Keeps a source running: one that ends or panics is shown as failed and started again.

use crate::domain::event::SourceEvent;
use crate::domain::feed::{FaultKind, FeedFault};
use crate::domain::text::Text;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinError;
use tokio::time::{Instant, sleep};
use tokio_util::task::AbortOnDropHandle;

/// First and longest wait before a source is started again.
const RETRY: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

/// A source that ran this long was well.
const WELL_AFTER: Duration = Duration::from_secs(30);

/// Says of whom a fault is.
pub type Teller = Box<dyn Fn(FeedFault) -> SourceEvent + Send + Sync>;

/// Runs `start()` again and again until `out` is closed. Dropping the future ends the source.
pub async fn supervise<T>(
    failed: Teller,
    out: &mpsc::Sender<SourceEvent>,
    mut start: impl FnMut() -> T,
) where
    T: Future<Output = ()> + Send + 'static,
{
    let mut wait = RETRY.0;
    loop {
        let began = Instant::now();
        let ended = AbortOnDropHandle::new(tokio::spawn(start())).await;
        if began.elapsed() > WELL_AFTER {
            wait = RETRY.0;
        }
        let failed = failed(fault(&ended));
        if out.is_closed() || out.send(failed).await.is_err() {
            return;
        }
        sleep(wait).await;
        wait = (wait * 2).min(RETRY.1);
    }
}

fn fault(ended: &Result<(), JoinError>) -> FeedFault {
    let how = match ended {
        Err(error) if error.is_panic() => "failed by a fault of its own",
        Ok(()) | Err(_) => "ended",
    };
    FeedFault {
        kind: FaultKind::Unreachable,
        text: Text::new(format!("the feed {how} and is started again")),
        hint: None,
    }
}
