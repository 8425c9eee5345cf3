//! What the terminal sends, as the core's events.

use super::escapes::{Joiner, Pressed};
use crate::app::event::Event;
use crate::app::key::{Key, KeyCode};
use crate::app::pointing::{Did, Pointer, Spots};
use crossterm::event::{self, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind};
use futures_util::{Stream, StreamExt as _, stream};
use std::collections::VecDeque;
use std::io;
use std::thread;
use tokio::sync::{mpsc, watch as latest};
use tokio::time::{Instant, sleep_until};

/// Events that wait until the loop takes them; then the terminal itself keeps what is typed.
const WAITING: usize = 64;

/// What the terminal sends, read by a thread of its own: once the terminal is gone, or in the middle of a sequence, such a read
/// does not come back, and the loop has a plan to bring to its end.
fn typed() -> impl Stream<Item = io::Result<event::Event>> + Unpin {
    let (send, mut typed) = mpsc::channel(WAITING);
    // It ends with the program: nothing can call it off.
    thread::spawn(move || {
        loop {
            let event = event::read();
            let is_last = event.is_err();
            if send.blocking_send(event).is_err() || is_last {
                return;
            }
        }
    });
    stream::poll_fn(move |context| typed.poll_recv(context))
}

/// Events of the terminal until it is gone.
pub fn events() -> impl Stream<Item = Event> + Unpin {
    joined(typed())
}

/// The same; what a pointer does is told by what lies under it on the last picture.
pub fn events_over(spots: latest::Receiver<Spots>) -> impl Stream<Item = Event> + Unpin {
    pointed(typed(), spots)
}

/// Events of a source of raw events, sequences joined again; ends when the source does or fails.
pub fn joined(
    source: impl Stream<Item = io::Result<event::Event>> + Unpin,
) -> impl Stream<Item = Event> + Unpin {
    let (_, nothing) = latest::channel(Spots::default());
    pointed(source, nothing)
}

/// The same, and what a pointer does over `spots`.
pub fn pointed(
    source: impl Stream<Item = io::Result<event::Event>> + Unpin,
    spots: latest::Receiver<Spots>,
) -> impl Stream<Item = Event> + Unpin {
    let reader = Reader {
        source,
        spots,
        joiner: Joiner::default(),
        ready: VecDeque::new(),
    };
    Box::pin(stream::unfold(reader, async |mut reader| {
        let event = reader.next().await?;
        Some((event, reader))
    }))
}

struct Reader<S> {
    source: S,
    spots: latest::Receiver<Spots>,
    joiner: Joiner,
    ready: VecDeque<Event>,
}

impl<S: Stream<Item = io::Result<event::Event>> + Unpin> Reader<S> {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            let deadline = self.joiner.deadline();
            tokio::select! {
                biased;
                event = self.source.next() => self.take(event?.ok()?),
                () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => {
                    self.ready.extend(self.joiner.expire(Instant::now()).map(Event::KeyPressed));
                }
            }
        }
    }

    fn take(&mut self, event: event::Event) {
        match event {
            event::Event::Key(key) if key.kind != KeyEventKind::Release => {
                let keys = self.joiner.press(pressed(key), Instant::now());
                self.ready.extend(keys.into_iter().map(Event::KeyPressed));
            }
            event::Event::Paste(text) => self.ready.push_back(Event::Pasted(text)),
            event::Event::Resize(columns, rows) => {
                self.ready.push_back(Event::Resized(columns, rows));
            }
            event::Event::Mouse(mouse) => {
                let pointer = pointer(mouse);
                let event = pointer.and_then(|pointer| self.spots.borrow().event(pointer));
                self.ready.extend(event);
            }
            event::Event::Key(_) | event::Event::FocusGained | event::Event::FocusLost => {}
        }
    }
}

/// What a pointer did; `None` for what means nothing here: other buttons, and a first one that is held with Shift, Ctrl or Alt.
fn pointer(mouse: event::MouseEvent) -> Option<Pointer> {
    let did = match mouse.kind {
        MouseEventKind::Down(MouseButton::Left) => Did::Press,
        MouseEventKind::Drag(MouseButton::Left) => Did::Drag,
        MouseEventKind::ScrollUp => Did::WheelUp,
        MouseEventKind::ScrollDown => Did::WheelDown,
        _ => return None,
    };
    mouse.modifiers.is_empty().then_some(Pointer {
        column: mouse.column,
        row: mouse.row,
        did,
    })
}

fn pressed(key: event::KeyEvent) -> Pressed {
    Pressed {
        key: Key {
            code: code(key.code),
            ctrl: key.modifiers.contains(KeyModifiers::CONTROL),
        },
        alt: key.modifiers.contains(KeyModifiers::ALT),
    }
}

fn code(code: event::KeyCode) -> KeyCode {
    match code {
        event::KeyCode::Char(c) => KeyCode::Char(c),
        event::KeyCode::Enter => KeyCode::Enter,
        event::KeyCode::Esc => KeyCode::Esc,
        event::KeyCode::Tab => KeyCode::Tab,
        event::KeyCode::BackTab => KeyCode::BackTab,
        event::KeyCode::Backspace => KeyCode::Backspace,
        event::KeyCode::Delete => KeyCode::Delete,
        event::KeyCode::Up => KeyCode::Up,
        event::KeyCode::Down => KeyCode::Down,
        event::KeyCode::Left => KeyCode::Left,
        event::KeyCode::Right => KeyCode::Right,
        event::KeyCode::Home => KeyCode::Home,
        event::KeyCode::End => KeyCode::End,
        event::KeyCode::PageUp => KeyCode::PageUp,
        event::KeyCode::PageDown => KeyCode::PageDown,
        _ => KeyCode::Other,
    }
}
