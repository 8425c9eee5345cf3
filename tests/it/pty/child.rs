//! Programs for the terminal that are no commands: this very test binary, started again with one ignored test.

use super::replay::recordings;
use super::terminal::Terminal;
use crate::fixture;
use flightdeck::app::model::Model;
use flightdeck::app::pointing::Spots;
use flightdeck::app::screen::Overlay;
use flightdeck::domain::who::Who;
use flightdeck::runtime::drive::{Edge, Order};
use flightdeck::runtime::pacing::Pacing;
use flightdeck::runtime::replay;
use flightdeck::runtime::ring::Ring;
use flightdeck::runtime::terminal::Place;
use flightdeck::runtime::{clock, cockpit, hooks, tui};
use ratatui::buffer::Buffer;
use ratatui::style::Style;
use std::os::unix::fs::PermissionsExt as _;
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
            orders: Box::new(finish),
            ring: Ring::new(std::env::temp_dir()),
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
        let mut draw = |model: &Model, buffer: &mut Buffer| {
            draw(model, buffer);
            Spots::default()
        };
        let ended = tui::run(&mut model, &mut edge, Place::Alternate, &mut draw)
            .await
            .unwrap();
        cockpit::leave(&mut model, &mut edge, ended).await;
        ended
    });
    std::process::exit(i32::from(ended.code()))
}

/// Nothing is ever under way here.
fn finish(order: Order) {
    if let Order::Finish(_, reply) = order {
        reply.send(Vec::new()).unwrap();
    }
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

fn start(name: &str, environment: &[(&str, &str)]) -> Terminal {
    let this = std::env::current_exe().unwrap();
    let arguments = [
        &format!("pty::child::{name}"),
        "--exact",
        "--ignored",
        "--nocapture",
        "--test-threads=1",
    ];
    Terminal::start(this.to_str().unwrap(), &arguments, environment)
}

#[test]
fn a_panic_of_the_drawing_thread_leaves_a_readable_report() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().display().to_string();
    let mut terminal = start("panics_while_it_draws", &[("TMPDIR", &dir)]);
    terminal.see("hello");
    terminal.keys("?");
    terminal.ends_restored(1);
    terminal.see("boom while drawing");
    terminal.see("what led to it is recorded in");
    let [recording] = recordings(place.path()).try_into().unwrap();
    let mode = recording.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600, "{mode:o}");
    let mut player = replay::open(&recording).unwrap();
    while player.step() {}
    let overlay = &player.model().ui.overlay;
    assert!(
        matches!(overlay, Overlay::Help(_)),
        "the event that panicked is in it: {overlay:?}"
    );
}

#[test]
fn a_panic_of_another_thread_ends_the_program_in_order() {
    let mut terminal = start("panics_beside_the_screen", &[]);
    terminal.see("hello");
    terminal.wait("the alternate screen", vt100::Screen::alternate_screen);
    terminal.keys("?");
    terminal.ends_restored(1);
    terminal.see("boom beside");
}
