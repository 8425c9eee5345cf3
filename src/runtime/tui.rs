//! The cockpit on a terminal.

use super::drive::{DriveError, Edge, Show, drive};
use super::screen::Screen;
use super::signals::{self, Ending, HUNG_UP};
use super::terminal::{self, Modes, Mouse, Place};
use super::{hooks, keyboard};
use crate::app::event::Event;
use crate::app::model::Model;
use crate::app::pointing::Spots;
use futures_util::{FutureExt as _, Stream, StreamExt as _, stream};
use ratatui::buffer::Buffer;
use std::future::ready;
use std::io::{self, stdout};
use std::ops::ControlFlow;
use std::panic::AssertUnwindSafe;
use tokio::sync::watch as latest;

/// Draws a model, and says what lies where.
pub type Draw<'a> = &'a mut (dyn FnMut(&Model, &mut Buffer) -> Spots + Send);

/// How the cockpit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Somebody wanted it.
    Wanted(u8),
    /// A signal, with its exit code.
    Signal(u8),
    /// The terminal is gone.
    HungUp,
    /// Something panicked.
    Panicked,
}

impl Ended {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Wanted(code) | Self::Signal(code) => code,
            Self::HungUp => HUNG_UP,
            Self::Panicked => 1,
        }
    }
}

/// Runs the cockpit on the terminal until it ends; the terminal is restored then.
pub async fn run(
    model: &mut Model,
    edge: &mut Edge,
    place: Place,
    draw: Draw<'_>,
) -> io::Result<Ended> {
    let mut ending = Ending::listen()?;
    let (drawn, spots) = latest::channel(Spots::default());
    let input = input(spots)?;
    let modes_set = Modes::set(place, Mouse::of(&model.settings.ui))?;
    terminal::watch_for_hang_up();
    if let Ok(size) = crossterm::terminal::size() {
        model.ui.size = size;
    }
    let mut screen = Screen::new(stdout());
    let look = |model: &Model, show: Show| {
        match show {
            Show::Frame => {}
            Show::Copy(text) => {
                screen.copy(&text)?;
                return Ok(ControlFlow::Continue(()));
            }
            Show::Ring => {
                screen.ring()?;
                return Ok(ControlFlow::Continue(()));
            }
            Show::Redraw => {
                modes_set.renew()?;
                screen.spoil();
            }
            Show::Suspend => {
                terminal::suspend(&modes_set)?;
                screen.spoil();
                return Ok(ControlFlow::Continue(()));
            }
        }
        screen.frame(crossterm::terminal::size()?, |buffer| {
            drawn.send_replace(draw(model, buffer));
        })?;
        Ok(ControlFlow::Continue(()))
    };
    let driven = AssertUnwindSafe(drive(model, edge, input, look)).catch_unwind();
    let ended = tokio::select! {
        biased;
        () = terminal::gone() => Ended::HungUp,
        () = hooks::other_thread_panicked() => Ended::Panicked,
        code = ending.code() => Ended::Signal(code),
        driven = driven => match driven {
            Ok(Ok(code)) => Ended::Wanted(code),
            Ok(Err(DriveError::Look(_) | DriveError::InputEnded)) => Ended::HungUp,
            Err(_) => Ended::Panicked,
        },
    };
    drop(modes_set);
    hooks::print_reports();
    Ok(ended)
}

/// Keys and signals; ends with the keyboard, whatever signals may still come.
fn input(spots: latest::Receiver<Spots>) -> io::Result<impl Stream<Item = Event> + Unpin> {
    let keys = keyboard::events_over(spots)
        .map(Some)
        .chain(stream::once(ready(None)));
    let signals = signals::events()?.map(Some);
    Ok(stream::select(keys, signals).scan((), |(), event| ready(event)))
}
