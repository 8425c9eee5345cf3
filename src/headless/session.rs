//! One environment watched by a command: the loop with a look instead of a screen.

use super::exit;
use crate::app::event::Event;
use crate::app::intent::Intent;
use crate::app::model::Model;
use crate::config::settings::Settings;
use crate::domain::ids::Target;
use crate::domain::notice::{Notice, NoticeKind};
use crate::runtime::clock;
use crate::runtime::drive::{DriveError, drive};
use crate::runtime::edge;
use crate::runtime::identity;
use futures_util::stream;
use std::io;
use std::ops::ControlFlow;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

/// What a command may say to the core while it watches.
#[derive(Clone, Debug)]
pub struct Voice(mpsc::Sender<Event>);

/// Things said that may wait: a command says a few in its life.
const WAITING: usize = 16;

impl Voice {
    /// Says what is wanted.
    pub fn say(&self, intent: Intent) -> io::Result<()> {
        let said = self.0.try_send(Event::Wanted(intent));
        said.map_err(|_| io::Error::other("the core takes no more commands"))
    }
}

/// How a session ended, and the last state of the model.
#[derive(Debug)]
pub struct Ended {
    /// The model.
    pub model: Model,
    /// How.
    pub how: How,
}

/// How a session ended.
#[derive(Debug)]
pub enum How {
    /// The command said so, with this exit code.
    Code(u8),
    /// A signal came.
    Signal(Signal),
    /// Nothing more can be done.
    Failed(io::Error),
}

/// A signal that ends the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The terminal is gone.
    HangUp,
    /// Ctrl-C.
    Interrupt,
    /// Asked to end.
    Terminate,
}

impl Signal {
    /// 128 and the signal's number, as shells report it.
    pub fn code(self) -> u8 {
        match self {
            Self::HangUp => 129,
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::HangUp => "SIGHUP",
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
        }
    }
}

/// Watches `target` until `look` breaks with an exit code, or a signal comes.
pub async fn follow<L>(settings: &Settings, target: &Target, mut look: L) -> Result<Ended, Notice>
where
    L: FnMut(&Model, &Voice) -> io::Result<ControlFlow<u8>>,
{
    let mut model = Model::new(
        settings.clone(),
        target.clone(),
        identity::person(),
        identity::run_word(),
        clock::now(),
    );
    let mut edge = edge::open(settings, target).await?;
    let (sender, receiver) = mpsc::channel(WAITING);
    let voice = Voice(sender);
    let input = Box::pin(stream::unfold(receiver, async |mut receiver| {
        receiver.recv().await.map(|event| (event, receiver))
    }));
    let signals = signalled()?;
    let driven = drive(&mut model, &mut edge, input, |model, _| look(model, &voice));
    let how = tokio::select! {
        code = driven => match code {
            Ok(code) => How::Code(code),
            Err(DriveError::Look(error)) => How::Failed(error),
            Err(DriveError::InputEnded) => How::Code(exit::FAULT),
        },
        signal = signals => How::Signal(signal),
    };
    Ok(Ended { model, how })
}

/// The first signal that asks to end.
fn signalled() -> Result<impl Future<Output = Signal>, Notice> {
    let listen = |kind| {
        signal(kind).map_err(|error| Notice::new(NoticeKind::Internal, "signals cannot be listened to").caused_by(&error))
    };
    let mut hang_up = listen(SignalKind::hangup())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = hang_up.recv() => Signal::HangUp,
            _ = interrupt.recv() => Signal::Interrupt,
            _ = terminate.recv() => Signal::Terminate,
        }
    })
}
