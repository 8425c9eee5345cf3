//! Signals: some end the program, some are events.

use crate::app::event::Event;
use crate::app::intent::Intent;
use futures_util::{Stream, stream};
use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// How long a plan that leads to safety may go on when the line has dropped.
pub const FINISHED_ALONE: std::time::Duration = std::time::Duration::from_secs(30);

/// Exit code after a hang-up.
pub const HUNG_UP: u8 = 129;
const INTERRUPTED: u8 = 130;
const TERMINATED: u8 = 143;

/// Signals that end the program.
pub struct Ending {
    hang_up: Signal,
    interrupt: Signal,
    terminate: Signal,
}

impl Ending {
    /// Listens from now on.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for one; answers the exit code.
    pub async fn code(&mut self) -> u8 {
        tokio::select! {
            _ = self.hang_up.recv() => HUNG_UP,
            _ = self.interrupt.recv() => INTERRUPTED,
            _ = self.terminate.recv() => TERMINATED,
        }
    }
}

/// `SIGTSTP` and `SIGCONT` as events.
pub fn events() -> io::Result<impl Stream<Item = Event> + Unpin> {
    let stop = signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?;
    let go_on = signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?;
    Ok(Box::pin(stream::unfold(
        (stop, go_on),
        async |(mut stop, mut go_on)| {
            let event = tokio::select! {
                came = stop.recv() => came.map(|()| Event::Wanted(Intent::Suspend)),
                came = go_on.recv() => came.map(|()| Event::ScreenSpoilt),
            };
            event.map(|event| (event, (stop, go_on)))
        },
    )))
}
