//! The terminal's modes: set on entering, undone however the program ends.
//!
//! Everything here may be called with a terminal that is gone: nothing panics, nothing waits.

use crate::config::settings::Ui;
use crossterm::cursor::{Hide, MoveToNextLine, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::style::Print;
use crossterm::terminal::{
    EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode, size,
};
use crossterm::{execute, queue};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Signal, getpgrp, getsid, kill_current_process_group};
use std::io::{self, Write as _, stdout};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

/// Where the program draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On the alternate screen: what was on the terminal comes back.
    Alternate,
    /// On the normal screen: the last picture stays.
    Inline,
}

/// What the terminal tells of the mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mouse {
    /// Nothing: selecting text is the terminal's.
    Untold,
    /// Buttons and the wheel.
    Buttons,
    /// These, and where it moves to while a button is down.
    Drags,
}

impl Mouse {
    /// What is wanted of it.
    pub fn of(ui: &Ui) -> Self {
        match (ui.mouse, ui.low_bandwidth) {
            (false, _) => Self::Untold,
            (true, true) => Self::Buttons,
            (true, false) => Self::Drags,
        }
    }

    /// The control sequence that asks for it: the kind of reports, then their form (SGR, which has no limit of 223 columns).
    fn asked_for(self) -> &'static str {
        match self {
            Self::Untold => "",
            Self::Buttons => "\x1b[?1000h\x1b[?1006h",
            Self::Drags => "\x1b[?1002h\x1b[?1006h",
        }
    }
}

/// Undoes whatever was asked for of the mouse.
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1002l\x1b[?1000l";

/// Which modes are set: a panic hook has no other way to know.
static SET: AtomicU8 = AtomicU8::new(NONE);
const NONE: u8 = 0;
const ALTERNATE: u8 = 1;
const INLINE: u8 = 2;
/// Beside one of these: the terminal tells of the mouse.
const MOUSE: u8 = 4;

/// Told once the terminal is gone.
static GONE: Notify = Notify::const_new();

/// How long the program has to begin its end in order once its terminal is gone, also on a busy machine.
const ENDS_WITHIN: Duration = Duration::from_secs(5);

/// Set while a plan is carried out without its screen.
static FINISHES_ALONE: AtomicBool = AtomicBool::new(false);

/// A plan goes on without the terminal: the program has longer to end.
pub fn finish_alone() {
    FINISHES_ALONE.store(true, Ordering::SeqCst);
}

/// Undoes the modes when dropped.
#[derive(Debug)]
pub struct Modes {
    place: Place,
    mouse: Mouse,
}

impl Modes {
    /// Sets the modes.
    pub fn set(place: Place, mouse: Mouse) -> io::Result<Self> {
        // The theme decides about colours; the library's own reading of NO_COLOR would undo bold and reverse.
        crossterm::style::force_color_output(true);
        enable_raw_mode()?;
        let modes = Self { place, mouse };
        modes.begin()?;
        Ok(modes)
    }

    /// Sets them again after something else had the terminal.
    pub fn renew(&self) -> io::Result<()> {
        // Raw mode is only set again after it was given up.
        disable_raw_mode()?;
        enable_raw_mode()?;
        self.begin()
    }

    fn begin(&self) -> io::Result<()> {
        let place = match self.place {
            Place::Alternate => ALTERNATE,
            Place::Inline => INLINE,
        };
        let mouse = match self.mouse {
            Mouse::Untold => NONE,
            Mouse::Buttons | Mouse::Drags => MOUSE,
        };
        // First: whatever is written of the rest has to be undone.
        SET.store(place | mouse, Ordering::SeqCst);
        let mut out = stdout();
        if self.place == Place::Alternate {
            queue!(out, EnterAlternateScreen)?;
        }
        queue!(out, Print(self.mouse.asked_for()))?;
        execute!(out, EnableBracketedPaste, Hide)
    }
}

impl Drop for Modes {
    fn drop(&mut self) {
        restore();
    }
}

/// Whether the program has the screen.
pub fn is_set() -> bool {
    SET.load(Ordering::SeqCst) != NONE
}

/// Undoes every mode that was set; does nothing the second time.
pub fn restore() {
    let set = SET.swap(NONE, Ordering::SeqCst);
    if set == NONE {
        return;
    }
    let mut out = stdout();
    // Errors mean that the terminal is gone, and then there is nothing to undo.
    if set & MOUSE != 0 {
        drop(queue!(out, Print(MOUSE_OFF)));
    }
    let left = match set & !MOUSE {
        ALTERNATE => queue!(
            out,
            EndSynchronizedUpdate,
            DisableBracketedPaste,
            LeaveAlternateScreen,
            Show
        ),
        _ => below(&mut out),
    };
    drop(left.and_then(|()| out.flush()));
    drop(disable_raw_mode());
}

/// The prompt comes below the last picture.
fn below(out: &mut io::Stdout) -> io::Result<()> {
    let (_, rows) = size()?;
    queue!(
        out,
        EndSynchronizedUpdate,
        DisableBracketedPaste,
        crossterm::cursor::MoveTo(0, rows),
        MoveToNextLine(1),
        Show
    )
}

/// Stops the program's job as Ctrl-Z does, and returns when it goes on. Where no shell looks after jobs nobody could bring
/// it back, so nothing happens there.
pub fn suspend(modes: &Modes) -> io::Result<()> {
    if getsid(None)? == getpgrp() {
        return Ok(());
    }
    restore();
    // Not SIGTSTP: the program listens for that one.
    kill_current_process_group(Signal::STOP)?;
    modes.renew()
}

/// Watches for the terminal's end on a thread of its own: the terminal library spins on a dead one and tells nobody. A program
/// that does not end in order then is ended.
pub fn watch_for_hang_up() {
    std::thread::spawn(|| {
        wait_for_hang_up();
        GONE.notify_one();
        std::thread::sleep(ENDS_WITHIN);
        if FINISHES_ALONE.load(Ordering::SeqCst) {
            std::thread::sleep(super::signals::FINISHED_ALONE);
        }
        std::process::exit(i32::from(super::signals::HUNG_UP));
    });
}

fn wait_for_hang_up() {
    let stdin = io::stdin();
    loop {
        let mut polled = [PollFd::new(&stdin, PollFlags::empty())];
        match poll(&mut polled, None) {
            Ok(_)
                if polled[0]
                    .revents()
                    .intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) =>
            {
                return;
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return,
        }
    }
}

/// Waits until the terminal is gone.
pub async fn gone() {
    GONE.notified().await;
}
