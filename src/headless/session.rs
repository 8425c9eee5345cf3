//! One environment watched by a command: the loop with a look instead of a screen.

use super::exit;
use crate::app::event::Event;
use crate::app::intent::Intent;
use crate::app::model::Model;
use crate::app::proof::Attention;
use crate::app::run::Progress;
use crate::config::settings::Settings;
use crate::domain::ids::Target;
use crate::domain::notice::{Notice, NoticeKind};
use crate::runtime::drive::{DriveError, drive};
use crate::runtime::signals::{Ending, FINISHED_ALONE, HUNG_UP};
use crate::runtime::{clock, edge, hooks, identity};
use futures_util::stream;
use std::io;
use std::ops::ControlFlow;
use std::time::Duration;
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
    /// The plan that was under way then.
    pub in_flight: Option<String>,
}

/// How a session ended.
#[derive(Debug)]
pub enum How {
    /// The command said so, with this exit code.
    Code(u8),
    /// A signal came, with its exit code.
    Signal(u8),
    /// The outputs are gone.
    Failed(io::Error),
}

/// A step in hand may take this long to end once the command has ended; after a signal the system does not wait for long.
const STOPPED_WITHIN: Duration = Duration::from_secs(5);

/// Watches `target` until `look` breaks with an exit code, or a signal comes. A plan that is under way then is stopped
/// after the step in hand.
pub async fn follow<L>(
    settings: &Settings,
    target: &Target,
    attention: Attention,
    mut look: L,
) -> Result<Ended, Notice>
where
    L: FnMut(&Model, &Voice) -> io::Result<ControlFlow<u8>>,
{
    let mut ending = Ending::listen().map_err(|error| {
        Notice::new(NoticeKind::Internal, "signals cannot be listened to").caused_by(&error)
    })?;
    let mut model = Model::new(
        settings.clone(),
        target.clone(),
        identity::person(),
        identity::run_word(),
        clock::now(),
    );
    model.attention = attention;
    let mut edge = tokio::select! {
        code = ending.code() => return Ok(Ended { model, how: How::Signal(code), in_flight: None }),
        edge = edge::open(settings, target) => edge?,
    };
    let (sender, receiver) = mpsc::channel(WAITING);
    let voice = Voice(sender);
    let input = Box::pin(stream::unfold(receiver, async |mut receiver| {
        receiver.recv().await.map(|event| (event, receiver))
    }));
    let driven = drive(&mut model, &mut edge, input, |model, _| look(model, &voice));
    let how = tokio::select! {
        code = driven => match code {
            Ok(code) => How::Code(code),
            Err(DriveError::Look(error)) => How::Failed(error),
            Err(DriveError::InputEnded) => How::Code(exit::FAULT),
        },
        code = ending.code() => How::Signal(code),
        () = hooks::other_thread_panicked() => How::Code(exit::FAULT),
    };
    let in_flight = in_flight(&model);
    if in_flight.is_some() || attention == Attention::Watching {
        let limit = match how {
            How::Signal(HUNG_UP) => FINISHED_ALONE,
            How::Signal(_) | How::Code(_) | How::Failed(_) => STOPPED_WITHIN,
        };
        edge.finish(&mut model, limit).await;
    }
    Ok(Ended {
        model,
        how,
        in_flight,
    })
}

/// The plan that is under way, and its step, in words.
pub fn in_flight(model: &Model) -> Option<String> {
    let run = model.running()?;
    let done = run
        .steps
        .iter()
        .filter(|step| matches!(step, Progress::Ended(..)))
        .count();
    let step = match run.plan.steps.get(done) {
        Some(step) => format!(
            "step {} of {}: {}",
            done + 1,
            run.plan.steps.len(),
            step.text()
        ),
        None => "the checks".to_owned(),
    };
    Some(format!(
        "under way was {}, at {step}; the plan stays in the record",
        run.plan.title
    ))
}

/// The name of the signal of an exit code.
pub fn signal_name(code: u8) -> &'static str {
    match code {
        129 => "SIGHUP",
        130 => "SIGINT",
        143 => "SIGTERM",
        _ => "a signal",
    }
}
