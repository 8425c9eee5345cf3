//! Terminals that try a program: slow, tiny, dumb, without letters beyond ASCII, and with a paste of a megabyte.

use super::life::{cockpit, environment, start, unreachable};
use super::terminal::Terminal;
use crate::support::DemoWorld;
use hyper::Method;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::time::{Duration, Instant};
use vt100::MouseProtocolMode;

const FLIGHTDECK: &str = env!("CARGO_BIN_EXE_flightdeck");

/// What a terminal answers to questions that a program, or the one before it, has asked.
const REPLIES: [&str; 3] = [
    "\x1b[?2026;2$y",
    "\x1b]11;rgb:0000/1111/yyyy\x1b\\",
    "\x1b[?62;22c",
];

fn pause(milliseconds: u64) {
    std::thread::sleep(Duration::from_millis(milliseconds));
}

/// The cockpit on a world of this process.
pub fn on(world: &DemoWorld, arguments: &[&str]) -> Terminal {
    let dir = world.world.dir().display().to_string();
    let config = format!("{dir}/config.toml");
    let terminal = Terminal::start(
        FLIGHTDECK,
        &[&["open", "checkout", "-e", "production"], arguments].concat(),
        &[("HOME", &dir), ("FLIGHTDECK_CONFIG", &config)],
    );
    terminal.see("METRICS live");
    terminal
}

fn ask(terminal: &mut Terminal) {
    terminal.keys("a");
    terminal.see("a: actions");
    terminal.keys("b");
    terminal.see("acting as");
    // Keys that were typed before the question opened do not count.
    pause(400);
}

fn is_asking(terminal: &Terminal) -> bool {
    terminal.shown().contains("acting as")
}

/// The ground truth is what the API server was asked to write.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_but_an_answer_confirms_a_question() {
    let world = DemoWorld::start("good").await;
    let mut terminal = on(&world, &[]);
    for reply in REPLIES {
        for cut in 1..reply.len() {
            if !is_asking(&terminal) {
                ask(&mut terminal);
            }
            terminal.keys(&reply[..cut]);
            pause(100);
            terminal.keys(&reply[cut..]);
            pause(60);
        }
    }
    if !is_asking(&terminal) {
        ask(&mut terminal);
    }
    let paste = format!("\x1b[200~{}\x1b[201~", "y\r".repeat(512 * 1024));
    terminal.keys(&paste);
    for arrow in ["\x1b[A", "\x1b[B", "\x1bOC", "\x1b[1;5D"] {
        if !is_asking(&terminal) {
            ask(&mut terminal);
        }
        terminal.keys("\x1b");
        pause(15);
        terminal.keys(&arrow[1..]);
        pause(60);
    }
    let writes = world.control(Method::GET, "/writes", Value::Null).await;
    let writes = writes.as_array().unwrap().iter();
    // Neither the questions about rights, nor what was watched, which goes to the record.
    let changes: Vec<&Value> = writes
        .filter(|write| {
            let object = write["object"].as_str().unwrap();
            object.starts_with("httproutes") || object.starts_with("deployments")
        })
        .collect();
    assert!(changes.is_empty(), "{changes:#?}\n{}", terminal.shown());

    // It still listens, and at any size.
    for (rows, columns) in [(1, 1), (2, 300), (60, 2), (24, 80)] {
        terminal.resize(rows, columns);
        pause(50);
    }
    terminal.see("production");
    terminal.keys("\x03");
    terminal.ends_restored(0);
    world.stop().await;
}

#[test]
fn without_unicode_there_is_ascii() {
    for variables in [[("LANG", "C")], [("LC_ALL", "POSIX")]] {
        let dir = unreachable();
        let mut all = environment(&dir);
        all.extend(variables.map(|(name, value)| (name, value.to_owned())));
        let all: Vec<(&str, &str)> = all.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let mut terminal = Terminal::start(FLIGHTDECK, &[] as &[&str], &all);
        terminal.see("checkout");
        terminal.keys("?");
        terminal.see("Esc closes");
        terminal.keys("\x03");
        terminal.ends_restored(0);
        let odd = terminal.written().into_iter().find(|byte| !byte.is_ascii());
        assert_eq!(odd, None, "{}", terminal.shown());
    }
}

/// What a screen reader or an editor's shell gets: lines, and no byte that moves anything.
#[test]
fn a_dumb_terminal_gets_plain_lines() {
    let dir = unreachable();
    let mut all = environment(&dir);
    all.push(("TERM", "dumb".to_owned()));
    let all: Vec<(&str, &str)> = all.iter().map(|(n, v)| (*n, v.as_str())).collect();
    for arguments in [&[][..], &["status"], &["--inline"]] {
        let mut terminal = Terminal::start(FLIGHTDECK, arguments, &all);
        assert_eq!(terminal.ends(), 7, "{}", terminal.shown());
        terminal.see("checkout");
        assert!(!terminal.written().contains(&0x1b), "{}", terminal.shown());
    }
}

#[test]
fn stopped_and_continued_by_others_it_is_as_before() {
    let dir = unreachable();
    let place = dir.path().join("pid");
    let script = format!(
        "set -m; (echo $BASHPID > {}; exec {FLIGHTDECK}); echo the-shell-is-back; read -r line; fg >/dev/null; echo ended-with-$?",
        place.display()
    );
    let mut terminal = start(&dir, "bash", &["-c", &script]);
    terminal.see("checkout");
    terminal.wait("the cockpit", vt100::Screen::alternate_screen);
    let pid = std::fs::read_to_string(place).unwrap();
    let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
    kill_process(pid, Signal::TSTP).unwrap();
    terminal.see("the-shell-is-back");
    terminal.is_restored();
    terminal.keys("\r");
    terminal.wait("the cockpit again", |screen| {
        screen.alternate_screen() && screen.contents().contains("checkout")
    });
    terminal.keys("\x03");
    terminal.see("ended-with-0");
    terminal.ends_restored(0);
}

#[test]
fn a_slow_line_sees_its_keys_at_once() {
    let dir = unreachable();
    let mut terminal = cockpit(&dir);
    terminal.keys("\x03");
    terminal.ends_restored(0);
    let mut terminal = start(&dir, FLIGHTDECK, &["--low-bandwidth"]);
    terminal.see("checkout");
    let pressed = Instant::now();
    terminal.keys("?");
    terminal.see("Esc closes");
    // Numbers wait for 15 seconds, a key for nothing.
    assert!(pressed.elapsed() < Duration::from_secs(8));
    terminal.keys("\x03");
    terminal.ends_restored(0);
}

#[test]
fn the_mouse_is_asked_for_obeyed_and_given_back() {
    let dir = unreachable();
    let cases = [
        (&[][..], MouseProtocolMode::ButtonMotion),
        (&["--low-bandwidth"], MouseProtocolMode::PressRelease),
        (&["--no-mouse"], MouseProtocolMode::None),
    ];
    for (arguments, mode) in cases {
        let mut terminal = start(&dir, FLIGHTDECK, arguments);
        terminal.see("? help");
        terminal.wait("the mouse", |screen| screen.mouse_protocol_mode() == mode);
        let shown = terminal.shown();
        let (row, line) = shown
            .lines()
            .enumerate()
            .find(|(_, line)| line.contains("? help"))
            .unwrap();
        let column = line.split("? help").next().unwrap().chars().count();
        if mode != MouseProtocolMode::None {
            terminal.keys(&format!("\x1b[<0;{};{}M", column + 1, row + 1));
            terminal.see("Esc closes");
        }
        terminal.keys("\x03");
        terminal.ends_restored(0);
    }
}
