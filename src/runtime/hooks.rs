//! What happens on a panic: the terminal is restored, the report is readable, the program ends with 1.
//!
//! On the thread that owns the screen the hook restores and prints at once. Another thread cannot take the screen away from
//! under the loop: its report is kept, and the loop is woken to end.

use super::terminal;
use color_eyre::config::HookBuilder;
use std::io::{Write as _, stderr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use tokio::sync::Notify;

static PANICKED: AtomicBool = AtomicBool::new(false);
static REPORTS: Mutex<Vec<String>> = Mutex::new(Vec::new());
static WAKE: Notify = Notify::const_new();

/// Installs the hooks. The calling thread is the one that owns the screen.
pub fn install() {
    let (on_panic, on_error) = HookBuilder::default()
        .display_env_section(false)
        .into_hooks();
    // An error means that hooks are there already.
    let _: Result<(), _> = on_error.install();
    let owner = thread::current().id();
    std::panic::set_hook(Box::new(move |panic| {
        PANICKED.store(true, Ordering::SeqCst);
        let report = on_panic.panic_report(panic).to_string();
        if thread::current().id() == owner || !terminal::is_set() {
            terminal::restore();
            print(&report);
        } else {
            REPORTS
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(report);
            WAKE.notify_one();
        }
    }));
}

/// Whether anything panicked.
pub fn panicked() -> bool {
    PANICKED.load(Ordering::SeqCst)
}

/// Waits until another thread panics.
pub async fn other_thread_panicked() {
    WAKE.notified().await;
}

/// Prints what was kept, once the screen is given back.
pub fn print_reports() {
    for report in REPORTS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .drain(..)
    {
        print(&report);
    }
}

fn print(report: &str) {
    // There is nowhere to tell that standard error is gone.
    drop(writeln!(stderr(), "{report}"));
}
