//! A recording written by a key, and played again by the command.

use super::terminal::Terminal;
use crate::support::{flightdeck, ran};
use std::path::{Path, PathBuf};

const FLIGHTDECK: &str = env!("CARGO_BIN_EXE_flightdeck");

/// The recordings in a directory for temporary files.
pub fn recordings(dir: &Path) -> Vec<PathBuf> {
    let found = std::fs::read_dir(dir).unwrap();
    let is_recording = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with("flightdeck-") && path.extension().is_some_and(|end| end == "json")
    };
    found
        .map(|entry| entry.unwrap().path())
        .filter(is_recording)
        .collect()
}

#[test]
fn a_key_writes_what_happened_and_the_command_plays_it_again() {
    let home = tempfile::tempdir().unwrap();
    let place = home.path().display().to_string();
    let mut terminal = Terminal::start(
        FLIGHTDECK,
        &["demo", "--scenario", "errors"],
        &[("HOME", &place), ("TMPDIR", &place)],
    );
    terminal.see("METRICS live");
    terminal.keys("?");
    terminal.see("Esc closes");
    terminal.keys("\x1b");
    terminal.see_no_more("Esc closes");
    terminal.keys("e");
    terminal.see("write a recording");
    terminal.keys("r");
    terminal.see("written to");
    terminal.keys("q");
    terminal.ends_restored(0);
    let written = recordings(home.path());
    let [recording] = written.as_slice() else {
        panic!("one recording, after the demo has ended: {written:?}");
    };

    // Without a terminal it is told, the same each time.
    let told = |arguments: &[&str]| {
        let mut command = flightdeck(home.path());
        command.arg("replay").arg(recording).args(arguments);
        ran(command).exits(0)
    };
    let document = told(&["-o", "json"]).json();
    assert_eq!(document["schema"], "flightdeck.replay/1");
    assert_eq!(document["service"], "checkout");
    assert_eq!(document, told(&["-o", "json"]).json());
    let text = told(&[]).out;
    assert!(
        text.contains("DEMO") && text.contains("METRICS live"),
        "{text}"
    );
    assert!(
        text.contains(document["digest"].as_str().unwrap()),
        "{text}"
    );

    // On a terminal it is played.
    let file = recording.display().to_string();
    let mut terminal = Terminal::start(FLIGHTDECK, &["replay", &file], &[("HOME", &place)]);
    terminal.see("REPLAY 0/");
    terminal.keys("l");
    terminal.see("REPLAY 1/");
    terminal.keys("++++++ ");
    terminal.see("Esc closes");
    terminal.see("x1000");
    let all = format!("REPLAY {0}/{0}", document["events"]);
    terminal.see(&all);
    terminal.see("stands");
    terminal.keys("g");
    terminal.see("REPLAY 0/");
    terminal.resize(45, 160);
    terminal.see("REPLAY 0/");
    terminal.keys("q");
    terminal.ends_restored(0);
}
