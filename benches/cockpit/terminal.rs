//! A program on a pseudo-terminal, with the time of every piece it wrote.

use crate::world::FLIGHTDECK;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{self, Read as _, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use vt100::Parser;

/// How long anything may take on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was written so far.
struct Shown {
    parser: Parser,
    bytes: usize,
    writes: usize,
    last: Instant,
}

/// A cockpit and its screen.
pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    /// Kept: the terminal ends with it.
    _master: Box<dyn MasterPty + Send>,
    shown: Arc<(Mutex<Shown>, Condvar)>,
    /// When the process was started.
    pub started: Instant,
}

impl Drop for Terminal {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A stretch of time on a screen.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Bytes written.
    pub bytes: usize,
    /// Pieces they came in.
    pub writes: usize,
}

impl Terminal {
    /// Starts the measured binary on `columns` by `rows` with 256 colours.
    pub fn start(
        (columns, rows): (u16, u16),
        config: &Path,
        arguments: &[&str],
    ) -> io::Result<Self> {
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system()
            .openpty(size)
            .map_err(io::Error::other)?;
        let mut command = CommandBuilder::new(FLIGHTDECK);
        command.args(arguments);
        command.env_clear();
        for (name, value) in [
            ("TERM", "xterm-256color"),
            ("LANG", "C.UTF-8"),
            ("HOME", "/nonexistent"),
        ] {
            command.env(name, value);
        }
        command.env("FLIGHTDECK_CONFIG", config);
        // Without one it would be started in HOME, which is not there.
        command.cwd("/");
        let number = |n| NonZeroU16::new(n).unwrap_or(NonZeroU16::MIN);
        let shown = Arc::new((
            Mutex::new(Shown {
                parser: Parser::new(number(rows), number(columns), 0),
                bytes: 0,
                writes: 0,
                last: Instant::now(),
            }),
            Condvar::new(),
        ));
        let mut output = pair.master.try_clone_reader().map_err(io::Error::other)?;
        let keys = pair.master.take_writer().map_err(io::Error::other)?;
        let started = Instant::now();
        let child = pair
            .slave
            .spawn_command(command)
            .map_err(io::Error::other)?;
        let seen = shown.clone();
        thread::spawn(move || {
            let mut bytes = vec![0; 64 * 1024];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                let now = Instant::now();
                let mut shown = seen.0.lock().unwrap_or_else(PoisonError::into_inner);
                shown.parser.process(&bytes[..count]);
                shown.bytes += count;
                shown.writes += 1;
                shown.last = now;
                seen.1.notify_all();
            }
        });
        Ok(Self {
            child,
            keys,
            _master: pair.master,
            shown,
            started,
        })
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.process_id().unwrap_or_default()
    }

    /// Presses keys; answers when.
    pub fn keys(&mut self, keys: &str) -> io::Result<Instant> {
        self.keys.write_all(keys.as_bytes())?;
        self.keys.flush()?;
        Ok(Instant::now())
    }

    /// Waits until the screen is so; answers when the piece that made it so was written.
    pub fn wait(&self, what: &str, holds: impl Fn(&str) -> bool) -> io::Result<Instant> {
        let deadline = Instant::now() + PATIENCE;
        let mut shown = self.shown.0.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let contents = shown.parser.screen().contents();
            if holds(&contents) {
                return Ok(shown.last);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::Error::other(format!(
                    "waited in vain for {what}:\n{contents}"
                )));
            }
            shown = self
                .shown
                .1
                .wait_timeout(shown, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Waits until a text is on the screen.
    pub fn see(&self, text: &str) -> io::Result<Instant> {
        self.wait(text, |screen| screen.contains(text))
    }

    /// What was written so far.
    pub fn seen(&self) -> Seen {
        let shown = self.shown.0.lock().unwrap_or_else(PoisonError::into_inner);
        Seen {
            bytes: shown.bytes,
            writes: shown.writes,
        }
    }
}
