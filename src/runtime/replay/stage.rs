//! A replay on the terminal: the recorded picture, and a line below it that says where it stands.

use super::digest;
use super::player::{Going, Player};
use crate::app::event::Event;
use crate::app::screen::Times;
use crate::config::theme::Role;
use crate::runtime::looks::Looks;
use crate::runtime::screen::Screen;
use crate::runtime::signals::{Ending, HUNG_UP};
use crate::runtime::terminal::{self, Modes, Mouse, Place};
use crate::runtime::{hooks, keyboard};
use crate::view::Paint;
use futures_util::StreamExt as _;
use ratatui::buffer::Buffer;
use std::io::{self, stdout};
use std::ops::ControlFlow;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Plays until a person or a signal ends it; answers the exit code.
pub(super) async fn run(player: &mut Player, looks: &Looks) -> io::Result<u8> {
    let mut ending = Ending::listen()?;
    let mut keys = keyboard::events();
    let modes_set = Modes::set(Place::Alternate, Mouse::Untold)?;
    terminal::watch_for_hang_up();
    let mut screen = Screen::new(stdout());
    let mut wait = Wait::default();
    let code = loop {
        let size = crossterm::terminal::size()?;
        screen.frame(size, |buffer| draw(player, looks, buffer))?;
        let due = wait.due(player, Instant::now());
        tokio::select! {
            biased;
            () = terminal::gone() => break HUNG_UP,
            () = hooks::other_thread_panicked() => break 1,
            code = ending.code() => break code,
            event = keys.next() => match event {
                None => break HUNG_UP,
                Some(event) => if take(player, &mut screen, &event).is_break() { break 0 },
            },
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                player.step();
            }
        }
    };
    drop(modes_set);
    hooks::print_reports();
    Ok(code)
}

/// When the next event is due. A key or another size of the terminal does not begin its wait anew: only another place in the
/// recording, or another speed, does.
#[derive(Debug, Default)]
struct Wait(Option<(Awaited, Instant)>);

/// Place, speed, and the pause that comes of them.
type Awaited = (usize, u32, Duration);

impl Wait {
    fn due(&mut self, player: &Player, now: Instant) -> Option<Instant> {
        self.0 = player.pause().map(|pause| {
            let awaited = (player.place().0, player.speed(), pause);
            match self.0 {
                Some((known, due)) if known == awaited => (known, due),
                _ => (awaited, now + pause),
            }
        });
        self.0.map(|(_, due)| due)
    }
}

fn take(player: &mut Player, screen: &mut Screen<io::Stdout>, event: &Event) -> ControlFlow<()> {
    match event {
        Event::KeyPressed(key) => player.press(*key),
        Event::Resized(..) | Event::ScreenSpoilt => {
            screen.spoil();
            ControlFlow::Continue(())
        }
        Event::Ticked
        | Event::Pasted(_)
        | Event::Wanted(_)
        | Event::Source(_)
        | Event::Effect(_) => ControlFlow::Continue(()),
    }
}

/// The recorded picture at the top left, as much of it as fits above the line.
fn draw(player: &Player, looks: &Looks, buffer: &mut Buffer) {
    let model = player.model();
    let paint = looks.paint(&model.ui.theme);
    let picture = digest::frame(model, paint);
    let rows = buffer.area.height.saturating_sub(1);
    for y in 0..picture.area.height.min(rows) {
        for x in 0..picture.area.width.min(buffer.area.width) {
            if let (Some(to), Some(from)) = (buffer.cell_mut((x, y)), picture.cell((x, y))) {
                to.clone_from(from);
            }
        }
    }
    if buffer.area.height > 0 {
        let line = line(player, paint);
        let width = usize::from(buffer.area.width);
        let style = paint.style(Role::Selection);
        buffer.set_stringn(0, rows, format!("{line:<width$}"), width, style);
    }
}

/// The most important first: the right end is cut on a narrow terminal.
fn line(player: &Player, paint: &Paint) -> String {
    let (folded, all) = player.place();
    let model = player.model();
    let at = match model.ui.times {
        Times::Local => model
            .now
            .to_zoned(paint.zone().clone())
            .strftime("%H:%M:%S")
            .to_string(),
        Times::Utc | Times::Age => model.now.strftime("%H:%M:%SZ").to_string(),
    };
    let going = match player.going() {
        Going::Plays => "plays",
        Going::Stands => "stands",
    };
    let (columns, rows) = model.ui.size;
    let last = player.last().map_or("start", |last| word(&last.event));
    format!(
        "REPLAY {folded}/{all} {at} {going} x{}  {last}  spc play  h l step  + - speed  q quit  {columns}x{rows}",
        player.speed()
    )
}

/// What kind of event it was.
fn word(event: &Event) -> &'static str {
    match event {
        Event::Ticked => "tick",
        Event::KeyPressed(_) => "key",
        Event::Pasted(_) => "paste",
        Event::Resized(..) => "size",
        Event::ScreenSpoilt => "redraw",
        Event::Wanted(_) => "wish",
        Event::Source(_) => "source",
        Event::Effect(_) => "answer",
    }
}
