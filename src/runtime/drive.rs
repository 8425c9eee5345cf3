//! The loop, without a terminal.
//!
//! It waits (input first, then answers, then news, then the frame's deadline), drains what waits, folds it into the model,
//! hands out what is to be done, says what is to be watched, and shows the model once if something changed.

use super::pacing::{Frames, Pacing, Urgency};
use super::ring::Ring;
use crate::analysis::verdict::Call;
use crate::app::effect::Effect;
use crate::app::event::{Event, Stamped};
use crate::app::intent::Export;
use crate::app::model::Model;
use crate::app::subscription::{Sub, subscriptions};
use crate::app::update::{farewell, update};
use crate::domain::event::{EffectEvent, SourceEvent};
use crate::domain::feed::FeedState;
use crate::domain::ids::{PlanId, RequestId, Target};
use crate::domain::notice::Notice;
use crate::sources::Clock;
use futures_util::{Stream, StreamExt as _};
use std::collections::BTreeSet;
use std::future::poll_fn;
use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::task::Poll;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

/// Events folded before a frame is due again.
const DRAINED: usize = 256;

/// What the loop wants of the world.
#[derive(Debug)]
pub enum Order {
    /// Watch this and nothing else.
    Watch(BTreeSet<Sub>),
    /// Restart the feeds now.
    Refresh,
    /// Carry this effect out for this service.
    Carry(Target, Effect),
    /// Bring what is under way to an end within this time; the answer names the plans that had to be left.
    Finish(Duration, oneshot::Sender<Vec<PlanId>>),
}

/// What is to be done with the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Show {
    /// Draw what changed.
    Frame,
    /// Draw everything anew.
    Redraw,
    /// Hand this text to the terminal's clipboard.
    Copy(String),
    /// Ring the terminal's bell.
    Ring,
    /// Give the terminal back, stop, and return when the program goes on.
    Suspend,
}

/// Writes the view to a file.
pub type Exporter = Box<dyn FnMut(&Model, Export) -> Result<PathBuf, Notice> + Send>;

/// The loop's side of the world.
pub struct Edge {
    /// The time.
    pub clock: Clock,
    /// How often frames are drawn.
    pub pacing: Pacing,
    /// Answers to effects.
    pub answers: mpsc::Receiver<EffectEvent>,
    /// News of the sources, and ticks.
    pub news: mpsc::Receiver<News>,
    /// Takes orders.
    pub orders: Box<dyn FnMut(Order) + Send>,
    /// Recent events.
    pub ring: Ring,
    /// Writes the view to a file; answers its path.
    pub export: Exporter,
}

impl Edge {
    /// Brings what is under way to an end with the program; its answers still reach the model. Answers the plans that had to
    /// be left as they were.
    pub async fn finish(&mut self, model: &mut Model, limit: Duration) -> Vec<PlanId> {
        for effect in farewell(model) {
            let (target, effect) = addressed(effect, &model.target);
            (self.orders)(Order::Carry(target, effect));
        }
        let (reply, mut left) = oneshot::channel();
        (self.orders)(Order::Finish(limit, reply));
        loop {
            tokio::select! {
                biased;
                Some(answer) = self.answers.recv() => {
                    let stamped = Event::Effect(answer).at((self.clock)());
                    // Whatever the core wants of the world now comes too late.
                    drop(update(model, stamped));
                }
                left = &mut left => return left.unwrap_or_default(),
            }
        }
    }
}

/// What feeds tell the loop.
#[derive(Debug)]
pub enum News {
    /// A second went by.
    Ticked,
    /// A source has something.
    Source(SourceEvent),
}

impl From<News> for Event {
    fn from(news: News) -> Self {
        match news {
            News::Ticked => Self::Ticked,
            News::Source(event) => Self::Source(event),
        }
    }
}

/// Why the loop ended without being told to.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// The picture could not be shown: the terminal is gone.
    #[error("cannot draw on the terminal")]
    Look(#[from] io::Error),
    /// No more input can come.
    #[error("the terminal sends no more input")]
    InputEnded,
}

/// Runs until an effect or `look` says with which exit code to end.
pub async fn drive<L>(
    model: &mut Model,
    edge: &mut Edge,
    input: impl Stream<Item = Event> + Unpin,
    mut look: L,
) -> Result<u8, DriveError>
where
    L: FnMut(&Model, Show) -> io::Result<ControlFlow<u8>>,
{
    // An end that was met while draining is met again by the wait.
    let mut input = input.fuse();
    let mut turn = Turn::new(edge.pacing);
    turn.watch(model, edge);
    loop {
        if turn
            .frames
            .due(Instant::now())
            .is_some_and(|due| due <= Instant::now())
            && let ControlFlow::Break(code) = turn.show(model, &mut look)?
        {
            return Ok(code);
        }
        let due = turn.frames.due(Instant::now());
        tokio::select! {
            biased;
            event = input.next() => turn.fold(model, edge, event.ok_or(DriveError::InputEnded)?),
            Some(answer) = edge.answers.recv() => turn.fold(model, edge, Event::Effect(answer)),
            Some(news) = edge.news.recv() => turn.fold(model, edge, news.into()),
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => continue,
        }
        for _ in 0..DRAINED {
            let waiting = waiting(&mut input).await;
            let waiting = waiting.or_else(|| edge.answers.try_recv().ok().map(Event::Effect));
            let Some(event) = waiting.or_else(|| edge.news.try_recv().ok().map(Event::from)) else {
                break;
            };
            turn.fold(model, edge, event);
        }
        if let Some(code) = turn.quit {
            // The last picture stays readable where the screen is not left; whatever it answers, this is the end.
            let _: ControlFlow<u8> = turn.show(model, &mut look)?;
            return Ok(code);
        }
        turn.watch(model, edge);
        if std::mem::take(&mut turn.suspend) {
            if let ControlFlow::Break(code) = look(model, Show::Suspend)? {
                return Ok(code);
            }
            turn.fold(model, edge, Event::ScreenSpoilt);
        }
    }
}

/// What the terminal has sent already. It is asked in the loop's own name: a terminal's stream wakes whoever found it empty
/// first, and one that asks without a name would let the next key lie until something else happens.
async fn waiting(input: &mut (impl Stream<Item = Event> + Unpin)) -> Option<Event> {
    poll_fn(|context| match input.poll_next_unpin(context) {
        Poll::Ready(event) => Poll::Ready(event),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// What is not gathered with the samples that changed it.
#[derive(PartialEq)]
struct Striking {
    verdict: Call,
    feeds: [FeedState; 2],
}

impl Striking {
    fn of(model: &Model) -> Self {
        let (feeds, now) = (&model.feeds, model.now);
        Self {
            verdict: model.reading.verdict.call,
            feeds: [feeds.cluster.state(now), feeds.metrics.state(now)],
        }
    }
}

/// Whose effect it is.
fn addressed(effect: Effect, open: &Target) -> (Target, Effect) {
    match effect {
        Effect::Of(target, effect) => (target, *effect),
        Effect::Observe(id, target) => (target.clone(), Effect::Observe(id, target)),
        other => (open.clone(), other),
    }
}

/// What one turn of the loop leaves for its end.
struct Turn {
    frames: Frames,
    watched: BTreeSet<Sub>,
    redraw: bool,
    suspend: bool,
    ring: bool,
    copied: Vec<String>,
    quit: Option<u8>,
}

impl Turn {
    fn new(pacing: Pacing) -> Self {
        Self {
            frames: Frames::new(pacing),
            watched: BTreeSet::new(),
            redraw: false,
            suspend: false,
            ring: false,
            copied: Vec::new(),
            quit: None,
        }
    }

    fn fold(&mut self, model: &mut Model, edge: &mut Edge, event: Event) {
        self.frames.want(Urgency::of(&event));
        // A terminal that was another size for a moment has forgotten what stood on it, though its size is as it was.
        self.redraw |= matches!(event, Event::Resized(..));
        let stamped = event.at((edge.clock)());
        let before = Striking::of(model);
        self.step(model, edge, stamped);
        if Striking::of(model) != before {
            self.frames.want(Urgency::State);
        }
    }

    fn step(&mut self, model: &mut Model, edge: &mut Edge, stamped: Stamped) {
        edge.ring.push(model, &stamped);
        // An effect is of the service that was open when it was wanted.
        let open = model.target.clone();
        for effect in update(model, stamped) {
            match effect {
                Effect::Quit(code) => self.quit = Some(code),
                Effect::Redraw => self.redraw = true,
                Effect::Suspend => self.suspend = true,
                Effect::Ring => self.ring = true,
                Effect::Copy(text) => self.copied.push(text),
                Effect::SaveRecording(id) => self.wrote(model, edge, id, edge.ring.save()),
                Effect::Export(id, form) => {
                    let written = (edge.export)(model, form);
                    self.wrote(model, edge, id, written);
                }
                Effect::RefreshFeeds => (edge.orders)(Order::Refresh),
                Effect::Observe(..)
                | Effect::CarryOut(_)
                | Effect::AskHolder(..)
                | Effect::AskPipeline(..)
                | Effect::Compare(..)
                | Effect::StopPlan(_)
                | Effect::Amend(..)
                | Effect::JournalLines(..)
                | Effect::PublishLines(..)
                | Effect::ReadBlackBox(_)
                | Effect::WriteLease(..)
                | Effect::NotePilot(..)
                | Effect::Notify(..)
                | Effect::RunSmokeTest(..)
                | Effect::Of(..) => {
                    let (target, effect) = addressed(effect, &open);
                    (edge.orders)(Order::Carry(target, effect));
                }
            }
        }
    }

    fn wrote(
        &mut self,
        model: &mut Model,
        edge: &mut Edge,
        id: RequestId,
        written: Result<PathBuf, Notice>,
    ) {
        let written = written.map(|path| path.display().to_string());
        let answer = Event::Effect(EffectEvent::Written(id, written)).at((edge.clock)());
        self.step(model, edge, answer);
    }

    fn watch(&mut self, model: &Model, edge: &mut Edge) {
        let wanted = subscriptions(model);
        if wanted != self.watched {
            self.watched.clone_from(&wanted);
            (edge.orders)(Order::Watch(wanted));
        }
    }

    fn show<L>(&mut self, model: &Model, look: &mut L) -> io::Result<ControlFlow<u8>>
    where
        L: FnMut(&Model, Show) -> io::Result<ControlFlow<u8>>,
    {
        if std::mem::take(&mut self.ring)
            && let ControlFlow::Break(code) = look(model, Show::Ring)?
        {
            return Ok(ControlFlow::Break(code));
        }
        for text in self.copied.drain(..) {
            if let ControlFlow::Break(code) = look(model, Show::Copy(text))? {
                return Ok(ControlFlow::Break(code));
            }
        }
        let how = if std::mem::take(&mut self.redraw) {
            Show::Redraw
        } else {
            Show::Frame
        };
        let answer = look(model, how)?;
        self.frames.drawn(Instant::now());
        Ok(answer)
    }
}
