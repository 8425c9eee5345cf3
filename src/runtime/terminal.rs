//! The terminal's modes: set on entering, undone however the program ends.
//!
//! Everything here may be called with a terminal that is gone: nothing panics, nothing waits.

use crossterm::cursor::{Hide, MoveToNextLine, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
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

/// Which modes are set: a panic hook has no other way to know.
static SET: AtomicU8 = AtomicU8::new(NONE);
const NONE: u8 = 0;
const ALTERNATE: u8 = 1;
const INLINE: u8 = 2;

/// Told once the terminal is gone.
static GONE: Notify = Notify::const_new();

/// How long the program has to end in order once its terminal is gone.
const ENDS_WITHIN: Duration = Duration::from_millis(700);

/// Set while a plan is carried out without its screen.
static FINISHES_ALONE: AtomicBool = AtomicBool::new(false);

/// A plan goes on without the terminal: the program has longer to end.
pub fn finish_alone() {
    FINISHES_ALONE.store(true, Ordering::SeqCst);
}

/// Undoes the modes when dropped.
#[derive(Debug)]
pub struct Modes(());

impl Modes {
    /// Sets the modes. Mouse reports stay off: selecting text is the terminal's.
    pub fn set(place: Place) -> io::Result<Self> {
        // The theme decides about colours; the library's own reading of NO_COLOR would undo bold and reverse.
        crossterm::style::force_color_output(true);
        enable_raw_mode()?;
        let modes = Self(());
        SET.store(
            match place {
                Place::Alternate => ALTERNATE,
                Place::Inline => INLINE,
            },
            Ordering::SeqCst,
        );
        let mut out = stdout();
        if place == Place::Alternate {
            queue!(out, EnterAlternateScreen)?;
        }
        execute!(out, EnableBracketedPaste, Hide)?;
        Ok(modes)
    }

    /// Sets them again after something else had the terminal.
    pub fn renew(&self, place: Place) -> io::Result<()> {
        // Raw mode is only set again after it was given up.
        disable_raw_mode()?;
        enable_raw_mode()?;
        let mut out = stdout();
        if place == Place::Alternate {
            queue!(out, EnterAlternateScreen)?;
        }
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
    let place = SET.swap(NONE, Ordering::SeqCst);
    if place == NONE {
        return;
    }
    let mut out = stdout();
    // Errors mean that the terminal is gone, and then there is nothing to undo.
    let left = match place {
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
pub fn suspend(modes: &Modes, place: Place) -> io::Result<()> {
    if getsid(None)? == getpgrp() {
        return Ok(());
    }
    restore();
    // Not SIGTSTP: the program listens for that one.
    kill_current_process_group(Signal::STOP)?;
    SET.store(
        match place {
            Place::Alternate => ALTERNATE,
            Place::Inline => INLINE,
        },
        Ordering::SeqCst,
    );
    modes.renew(place)
}

/// Watches for the terminal's end on a thread of its own: the terminal library would spin on a dead one, and nothing in the
/// loop can see that.
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
