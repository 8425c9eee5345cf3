//! Programs for the terminal that are no commands: this very test binary, started again with one ignored test.

use super::terminal::Terminal;
use crate::fixture;
use flightdeck::app::model::Model;
use flightdeck::app::screen::Overlay;
use flightdeck::domain::who::Who;
use flightdeck::runtime::drive::Edge;
use flightdeck::runtime::pacing::Pacing;
use flightdeck::runtime::ring::Ring;
use flightdeck::runtime::terminal::Place;
use flightdeck::runtime::{clock, hooks, tui};
use ratatui::buffer::Buffer;
use ratatui::style::Style;
use tokio::sync::mpsc;

/// Runs the true cockpit loop and terminal with a world in which nothing happens; `draw` does what the test is about.
fn run(mut draw: impl FnMut(&Model, &mut Buffer) + Send) -> ! {
    hooks::install();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let ended = runtime.block_on(async {
        let (_answer, answers) = mpsc::channel(1);
        let (_tell, news) = mpsc::channel(1);
        let mut edge = Edge {
            clock: clock::now,
            pacing: Pacing::LOCAL,
            answers,
            news,
            orders: Box::new(drop),
            ring: Ring::new(&std::env::temp_dir()),
            export: Box::new(|_, _| {
                Err(flightdeck::domain::notice::Notice::new(
                    flightdeck::domain::notice::NoticeKind::Usage,
                    "nothing is exported here",
                ))
            }),
        };
        let mut model = Model::new(
            fixture::settings(),
            fixture::target(),
            Who::default(),
            "child",
            clock::now(),
        );
        tui::run(&mut model, &mut edge, Place::Alternate, &mut draw)
            .await
            .unwrap()
    });
    std::process::exit(i32::from(ended.code()))
}

fn hello(buffer: &mut Buffer) {
    buffer.set_string(0, 0, "hello", Style::default());
}

#[test]
#[ignore = "a program for `a_panic_of_the_drawing_thread_leaves_a_readable_report`"]
fn panics_while_it_draws() {
    run(|model, buffer| {
        assert!(
            !matches!(model.ui.overlay, Overlay::Help(_)),
            "boom while drawing"
        );
        hello(buffer);
    });
}

#[test]
#[ignore = "a program for `a_panic_of_another_thread_ends_the_program_in_order`"]
fn panics_beside_the_screen() {
    run(|model, buffer| {
        if matches!(model.ui.overlay, Overlay::Help(_)) {
            tokio::spawn(async { panic!("boom beside") });
        }
        hello(buffer);
    });
}

fn start(name: &str) -> Terminal {
    let this = std::env::current_exe().unwrap();
    let arguments = [
        &format!("pty::child::{name}"),
        "--exact",
        "--ignored",
        "--nocapture",
        "--test-threads=1",
    ];
    Terminal::start(this.to_str().unwrap(), &arguments, &[])
}

#[test]
fn a_panic_of_the_drawing_thread_leaves_a_readable_report() {
    let mut terminal = start("panics_while_it_draws");
    terminal.see("hello");
    terminal.keys("?");
    terminal.ends_restored(1);
    terminal.see("boom while drawing");
}

#[test]
fn a_panic_of_another_thread_ends_the_program_in_order() {
    let mut terminal = start("panics_beside_the_screen");
    terminal.see("hello");
    terminal.wait("the alternate screen", vt100::Screen::alternate_screen);
    terminal.keys("?");
    terminal.ends_restored(1);
    terminal.see("boom beside");
}
