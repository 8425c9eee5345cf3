//! The cockpit from its first frame to the restored terminal.

use super::terminal::Terminal;
use rustix::process::Signal;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const FLIGHTDECK: &str = env!("CARGO_BIN_EXE_flightdeck");

/// A config whose cluster nobody serves: the cockpit is up all the same, and says so.
pub fn unreachable() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let kubeconfig = dir.path().join("kubeconfig");
    let text = r#"{"apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:9"}}],
        "users": [{"name": "c", "user": {}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}]}"#;
    std::fs::write(&kubeconfig, text).unwrap();
    let config = include_str!("../data/config/valid/minimal.toml");
    std::fs::write(dir.path().join("config.toml"), config).unwrap();
    dir
}

pub fn environment(dir: &TempDir) -> Vec<(&str, String)> {
    let path = |name: &str| dir.path().join(name).display().to_string();
    vec![
        ("HOME", path("")),
        ("KUBECONFIG", path("kubeconfig")),
        ("FLIGHTDECK_CONFIG", path("config.toml")),
    ]
}

pub fn start(dir: &TempDir, program: &str, arguments: &[&str]) -> Terminal {
    let environment = environment(dir);
    let environment: Vec<(&str, &str)> = environment
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    Terminal::start(program, arguments, &environment)
}

/// A cockpit that is up.
pub fn cockpit(dir: &TempDir) -> Terminal {
    let terminal = start(dir, FLIGHTDECK, &[]);
    terminal.see("checkout");
    terminal.wait("the alternate screen", |screen| {
        screen.alternate_screen() && screen.hide_cursor()
    });
    terminal
}

#[test]
fn keys_sizes_and_a_clean_end() {
    let dir = unreachable();
    let mut terminal = cockpit(&dir);
    terminal.keys("?");
    terminal.see("Esc closes");
    terminal.keys("\x1b");
    terminal.see_no_more("Esc closes");
    terminal.resize(45, 160);
    // The last column is in use.
    terminal.wait("the wider screen", |screen| {
        screen.rows(150, 10).any(|end| !end.trim().is_empty()) && screen.alternate_screen()
    });
    terminal.resize(10, 40);
    terminal.see("checkout");
    terminal.keys("q");
    terminal.ends_restored(0);
}

#[test]
fn pasted_text_is_no_keys() {
    let dir = unreachable();
    let mut terminal = cockpit(&dir);
    terminal.wait("bracketed paste", vt100::Screen::bracketed_paste);
    terminal.keys("\x1b[200~q?q\x1b[201~");
    terminal.keys("?");
    terminal.see("Esc closes");
    terminal.keys("\x1b");
    terminal.see_no_more("Esc closes");
    terminal.keys("q");
    terminal.ends_restored(0);
}

#[test]
fn an_arrow_cut_by_a_slow_line_is_an_arrow() {
    let dir = unreachable();
    let mut terminal = cockpit(&dir);
    terminal.keys("?");
    terminal.see("Esc closes");
    terminal.keys("\x1b");
    // As two packets; an Esc by itself would close the help.
    std::thread::sleep(Duration::from_millis(15));
    terminal.keys("[A");
    terminal.keys("z");
    std::thread::sleep(Duration::from_millis(100));
    assert!(
        terminal.shown().contains("Esc closes"),
        "{}",
        terminal.shown()
    );
    terminal.signal(Signal::TERM);
    terminal.ends_restored(143);
}

#[test]
fn every_ending_signal_restores_the_terminal() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::HUP, 129)] {
        let dir = unreachable();
        let mut terminal = cockpit(&dir);
        terminal.signal(signal);
        terminal.ends_restored(code);
    }
}

#[test]
fn a_closed_terminal_ends_the_program_within_a_second() {
    let dir = unreachable();
    let mut terminal = cockpit(&dir);
    terminal.close();
    let closed = Instant::now();
    assert_eq!(terminal.ends(), 129);
    let took = closed.elapsed();
    assert!(took < Duration::from_millis(1500), "{took:?}");
}

#[test]
fn suspension_gives_the_terminal_back_and_comes_back() {
    let dir = unreachable();
    // A shell that looks after jobs; its own prompt would only be in the way.
    let script = format!(
        "set -m; {FLIGHTDECK}; echo the-shell-is-back; read -r line; fg >/dev/null; echo ended-with-$?"
    );
    let mut terminal = start(&dir, "bash", &["-c", &script]);
    terminal.wait("the cockpit", |screen| {
        screen.alternate_screen() && screen.contents().contains("checkout")
    });
    terminal.keys("\x1a");
    terminal.see("the-shell-is-back");
    terminal.is_restored();
    terminal.keys("\r");
    terminal.wait("the cockpit again", |screen| {
        screen.alternate_screen()
            && screen.bracketed_paste()
            && screen.contents().contains("checkout")
    });
    terminal.keys("?");
    terminal.see("Esc closes");
    terminal.keys("\x1b");
    terminal.see_no_more("Esc closes");
    terminal.keys("q");
    terminal.see("ended-with-0");
    terminal.ends_restored(0);
}

#[test]
fn where_nobody_could_bring_it_back_it_does_not_stop() {
    let dir = unreachable();
    let mut terminal = cockpit(&dir);
    terminal.keys("\x1a");
    terminal.keys("?");
    terminal.see("Esc closes");
    terminal.keys("\x1b");
    terminal.see_no_more("Esc closes");
    terminal.keys("q");
    terminal.ends_restored(0);
}

#[test]
fn without_a_screen_there_is_text() {
    let dir = unreachable();
    let output = std::process::Command::new(FLIGHTDECK)
        .env_clear()
        .envs(environment(&dir))
        .env("TERM", "xterm-256color")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    let said = [output.stdout, output.stderr].concat();
    assert!(!said.contains(&0x1b), "{}", String::from_utf8_lossy(&said));
}

#[test]
fn inline_leaves_the_last_picture() {
    let dir = unreachable();
    let mut terminal = start(&dir, FLIGHTDECK, &["--inline"]);
    terminal.see("checkout");
    terminal.wait("the normal screen", |screen| !screen.alternate_screen());
    terminal.keys("q");
    terminal.ends_restored(0);
    terminal.see("checkout");
}

/// The whole thing as a stranger meets it.
#[test]
fn the_demo_rolls_back_by_keys() {
    let home = tempfile::tempdir().unwrap();
    let place = home.path().display().to_string();
    let mut terminal = Terminal::start(
        FLIGHTDECK,
        &["demo", "--scenario", "errors"],
        &[("HOME", &place), ("TMPDIR", &place)],
    );
    terminal.see("DEMO");
    terminal.see("METRICS live");
    terminal.resize(45, 160);
    terminal.see("b roll back");
    terminal.keys("a");
    terminal.keys("b");
    terminal.see("ROLL BACK");
    terminal.asks("y does it");
    terminal.keys("y");
    terminal.see("roll back to v2.41.0");
    terminal.see("recovered in");
    terminal.keys("q");
    terminal.ends_restored(0);
    let left: Vec<_> = std::fs::read_dir(home.path())
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    let worlds = left
        .iter()
        .filter(|path| path.display().to_string().contains("flightdeck-demo"))
        .count();
    assert_eq!(worlds, 0, "the world is gone with the program: {left:?}");
}

/// A promote against too few numbers wants the service's name, and shows itself done.
#[test]
fn the_demo_promotes_by_keys_and_the_typed_name() {
    let home = tempfile::tempdir().unwrap();
    let place = home.path().display().to_string();
    let mut terminal = Terminal::start(
        FLIGHTDECK,
        &["demo", "--scenario", "quiet"],
        &[("HOME", &place), ("TMPDIR", &place)],
    );
    terminal.see("METRICS live");
    terminal.see("NO DATA");
    terminal.keys("a");
    terminal.keys("p");
    terminal.see("PROMOTE");
    terminal.asks("Not enough data");
    terminal.keys("y");
    terminal.keys("\r");
    terminal.see_no_more("acting as");
    terminal.keys("a");
    terminal.keys("p");
    terminal.asks("acting as");
    terminal.keys("checkout");
    terminal.keys("\t");
    terminal.keys("\r");
    terminal.see("weights 50/50 if still 95/5");
    terminal.see("weight  50%");
    terminal.keys("\x03");
    terminal.keys("\x03");
    terminal.ends_restored(0);
}
