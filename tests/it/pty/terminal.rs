//! A terminal for the tests: a real pseudo-terminal and a model of what stands on its screen.

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, SlavePty, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::LocalModes;
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use vt100::{MouseProtocolMode, Parser, Screen};

/// How long anything may take on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program on a terminal.
pub struct Terminal {
    master: Option<Box<dyn MasterPty + Send>>,
    /// Kept, so that the last bytes and the modes outlive the program.
    slave: Option<Box<dyn SlavePty + Send>>,
    keys: Option<Box<dyn Write + Send>>,
    child: Box<dyn Child + Send + Sync>,
    screen: Arc<Mutex<Parser>>,
    written: Arc<Mutex<Vec<u8>>>,
    leave: Arc<AtomicBool>,
    reader: Option<JoinHandle<()>>,
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Gone already, in most tests.
        drop(self.child.kill());
    }
}

fn size(rows: u16, cols: u16) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}

fn nonzero(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap()
}

impl Terminal {
    /// Starts a program on a terminal of 80 by 24, with an environment of its own.
    pub fn start<A: AsRef<OsStr>>(
        program: &str,
        arguments: &[A],
        environment: &[(&str, &str)],
    ) -> Self {
        let pair = native_pty_system().openpty(size(24, 80)).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env_clear();
        for (name, value) in [
            ("TERM", "xterm-256color"),
            ("LANG", "C.UTF-8"),
            ("PATH", "/usr/bin:/bin"),
            ("RUST_BACKTRACE", "0"),
        ] {
            command.env(name, value);
        }
        for (name, value) in environment {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        let screen = Arc::new(Mutex::new(Parser::new(nonzero(24), nonzero(80), 200)));
        let leave = Arc::new(AtomicBool::new(false));
        let mut output = pair.master.try_clone_reader().unwrap();
        let (shown, left) = (screen.clone(), leave.clone());
        let written = Arc::<Mutex<Vec<u8>>>::default();
        let kept = written.clone();
        let reader = thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count) = output.read(&mut bytes) {
                if count == 0 || left.load(Ordering::SeqCst) {
                    break;
                }
                kept.lock().unwrap().extend(&bytes[..count]);
                shown.lock().unwrap().process(&bytes[..count]);
            }
        });
        Self {
            keys: Some(pair.master.take_writer().unwrap()),
            master: Some(pair.master),
            slave: Some(pair.slave),
            child,
            screen,
            written,
            leave,
            reader: Some(reader),
        }
    }

    pub fn keys(&mut self, keys: &str) {
        let writer = self.keys.as_mut().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    #[track_caller]
    pub fn wait(&self, what: &str, holds: impl Fn(&Screen) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if holds(self.screen.lock().unwrap().screen()) {
                return;
            }
            thread::sleep(Duration::from_millis(2));
        }
        panic!(
            "waited in vain for {what}; on the screen:\n{}",
            self.shown()
        );
    }

    #[track_caller]
    pub fn see(&self, text: &str) {
        self.wait(text, |screen| screen.contents().contains(text));
    }

    /// A question with this text is open and takes answers: keys that were typed before it opened do not count.
    #[track_caller]
    pub fn asks(&self, text: &str) {
        self.see(text);
        thread::sleep(Duration::from_millis(400));
    }

    #[track_caller]
    pub fn see_no_more(&self, text: &str) {
        self.wait(&format!("the end of {text}"), |screen| {
            !screen.contents().contains(text)
        });
    }

    pub fn shown(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    /// Every byte that came.
    pub fn written(&self) -> Vec<u8> {
        self.written.lock().unwrap().clone()
    }

    pub fn resize(&mut self, rows: u16, columns: u16) {
        self.screen
            .lock()
            .unwrap()
            .screen_mut()
            .set_size(nonzero(rows), nonzero(columns));
        self.master
            .as_ref()
            .unwrap()
            .resize(size(rows, columns))
            .unwrap();
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    fn pid(&self) -> Pid {
        let pid = self.child.process_id().unwrap();
        Pid::from_raw(i32::try_from(pid).unwrap()).unwrap()
    }

    /// The exit code.
    #[track_caller]
    pub fn ends(&mut self) -> u32 {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.exit_code();
            }
            assert!(
                Instant::now() < deadline,
                "it does not end; on the screen:\n{}",
                self.shown()
            );
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// The program has ended with this code, and the terminal is as before.
    #[track_caller]
    pub fn ends_restored(&mut self, code: u32) {
        let ended = self.ends();
        assert_eq!(ended, code, "on the screen:\n{}", self.shown());
        self.is_restored();
    }

    #[track_caller]
    pub fn is_restored(&self) {
        self.wait("a restored terminal", |screen| {
            !screen.alternate_screen()
                && !screen.hide_cursor()
                && !screen.bracketed_paste()
                && screen.mouse_protocol_mode() == MouseProtocolMode::None
        });
        let modes = self
            .master
            .as_ref()
            .unwrap()
            .get_termios()
            .unwrap()
            .local_flags
            .bits();
        let wanted = (LocalModes::ECHO | LocalModes::ICANON).bits();
        assert_eq!(modes & wanted, wanted, "neither echo nor lines");
    }

    /// Takes the terminal away, as a closed window does.
    pub fn close(&mut self) {
        self.leave.store(true, Ordering::SeqCst);
        // The reader leaves with the next bytes; its handle would keep the terminal alive.
        self.keys("?");
        self.reader.take().unwrap().join().unwrap();
        drop((self.keys.take(), self.slave.take(), self.master.take()));
    }
}
