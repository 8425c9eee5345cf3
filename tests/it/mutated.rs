//! Readers of outside text on inputs that grew out of real ones: spliced, cut, flipped, repeated, and mixed with hostile text.
//!
//! No reader panics, hangs or tells a raw control character, whatever comes. `FLIGHTDECK_FUZZ_ROUNDS` makes it more rounds than
//! the few that every test run has time for, `FLIGHTDECK_FUZZ_SEED` begins elsewhere; a failure prints both.

use flightdeck::config::file::File;
use flightdeck::domain::exposition::MetricNames;
use flightdeck::domain::record::Record;
use flightdeck::domain::text::{LINE_BYTES, NAME_CELLS, Text, clean_line};
use flightdeck::runtime::recording;
use flightdeck::sources::metrics::text::parse;
use std::path::Path;
use unicode_width::UnicodeWidthStr as _;

const ROUNDS: u64 = 1500;

const METRICS: &str = "# TYPE http_requests_total counter\nhttp_requests_total{code=\"200\",a=\"x\\\"}\"} 1027 1395066363000\n\
    http_requests_total{code=\"503\"} 2e1 # {trace_id=\"a}b\"} 1 1\nhttp_request_duration_seconds_bucket{le=\"0.1\"} 8\n\
    http_request_duration_seconds_bucket{le=\"+Inf\"} NaN\nprocess_cpu_seconds_total -Inf\n# EOF\n";

const RECORD: &str = r#"{"schema":"flightdeck.record/1","releases":[{"revision":42,"image":"r.example.com/shop/checkout:v2.42.0",
    "digest":null,"templates":{"checkout":"abc"},"commit":"a1b2c3d","run":null,"deployed_at":"2026-11-24T10:00:00Z","by":"mira",
    "reason":"x","evidence":null,"ended":"running","good":{"since":"2026-11-24T10:00:00Z","by":"mira","why":null,"evidence":null}}],
    "current":null,"paused":null,"step_started_at":"2026-11-24T10:00:00Z","base":4,"pilot":null,"watched":null}"#;

const HOSTILE: [&str; 9] = [
    "\u{1b}]52;c;cm0gLXJm\u{7}",
    "\u{1b}[2J\u{9b}31m",
    "\u{1b}Ptmux;\u{1b}\u{1b}]0;x\u{7}\u{1b}\\",
    "\u{202e}\u{2066}\u{200b}",
    "\r\n\0\u{8}\u{7f}",
    "{\"\\u001b[2J\":[[[[",
    "99999999999999999999e999",
    "-9223372036854775808",
    "\u{301}\u{301}\u{301}\u{301}\u{301}\u{1f469}\u{200d}",
];

/// A small generator: the same seed gives the same inputs on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (below.max(1) as u64)).unwrap()
    }

    /// A place in `bytes`, the end included.
    fn place(&mut self, bytes: &[u8]) -> usize {
        self.roll(bytes.len() + 1)
    }
}

/// A few changes to one of the seeds, pieces of others among them.
fn grown(dice: &mut Dice, seeds: &[&str]) -> Vec<u8> {
    let mut bytes = seeds[dice.roll(seeds.len())].as_bytes().to_vec();
    for _ in 0..=dice.roll(6) {
        let at = dice.place(&bytes);
        match dice.roll(6) {
            0 => bytes.truncate(at),
            1 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << dice.roll(8);
                }
            }
            2 => {
                let other = HOSTILE[dice.roll(HOSTILE.len())].as_bytes();
                bytes.splice(at..at, other.iter().copied());
            }
            3 => {
                let other = seeds[dice.roll(seeds.len())].as_bytes();
                let (from, to) = (dice.place(other), dice.place(other));
                let piece = other[from.min(to)..from.max(to)].to_vec();
                bytes.splice(at..at, piece);
            }
            4 => {
                let to = (at + dice.roll(40)).min(bytes.len());
                bytes.drain(at..to);
            }
            _ => {
                let to = (at + dice.roll(60)).min(bytes.len());
                let piece = bytes[at..to].repeat(1 + dice.roll(30));
                bytes.splice(at..at, piece);
            }
        }
    }
    bytes
}

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap())
}

/// Feeds a reader; what it answers for people must be clean.
fn feed(what: &str, seeds: &[&str], read: impl Fn(&[u8]) -> Option<String>) {
    let seed = number("FLIGHTDECK_FUZZ_SEED", 0x5eed);
    let mut dice = Dice(seed | 1);
    let mut answered = 0;
    for round in 0..number("FLIGHTDECK_FUZZ_ROUNDS", ROUNDS) {
        let bytes = grown(&mut dice, seeds);
        let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| read(&bytes)));
        let shown = String::from_utf8_lossy(&bytes);
        let Ok(told) = told else {
            panic!("{what}, seed {seed}, round {round}: {shown:?}");
        };
        if let Some(told) = told {
            answered += 1;
            let odd = told.chars().find(|c| c.is_control() && *c != '\n');
            assert_eq!(
                odd, None,
                "{what}, seed {seed}, round {round}: {shown:?} gives {told:?}"
            );
        }
    }
    assert!(answered > 0, "{what}: nothing was ever told");
}

#[test]
fn whatever_grows_out_of_an_exposition_is_read_or_refused() {
    let names = MetricNames::default();
    feed("metrics", &[METRICS], |bytes| {
        parse(bytes, &names)
            .err()
            .map(|error| Text::new(error.to_string()).shown().to_owned())
    });
}

#[test]
fn whatever_grows_out_of_a_record_is_read_or_refused() {
    feed("record", &[RECORD], |bytes| {
        let error = Record::parse(&String::from_utf8_lossy(bytes)).err()?;
        Some(Text::new(error.to_string()).shown().to_owned())
    });
}

#[test]
fn whatever_grows_out_of_a_config_is_read_or_refused() {
    let seeds = [
        include_str!("data/config/valid/dotted.toml"),
        include_str!("data/config/valid/kinds.toml"),
        include_str!("data/config/valid/prometheus.toml"),
        include_str!("../../config.example.toml"),
    ];
    feed("config", &seeds, |bytes| {
        let faults = File::parse(Path::new("c.toml"), &String::from_utf8_lossy(bytes)).err()?;
        let lines: Vec<String> = faults
            .lines()
            .iter()
            .map(|line| clean_line(line).into_owned())
            .collect();
        Some(lines.join("\n"))
    });
}

#[test]
fn whatever_grows_out_of_a_recording_is_read_or_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("recording.json");
    let seeds = [
        "{\"schema\":\"flightdeck.recording/1\",\"version\":\"0.1.0\",\"model\":{},\"events\":[]}",
    ];
    feed("recording", &seeds, |bytes| {
        std::fs::write(&path, bytes).unwrap();
        let error = recording::open(&path).err()?;
        Some(error.to_string().replace(&path.display().to_string(), ""))
    });
}

#[test]
fn whatever_is_shown_is_clean_bounded_and_final() {
    let seeds = [METRICS, RECORD, "größe 版本", "v1.2.3-rc.1+b7"];
    feed("text", &seeds, |bytes| {
        let text = Text::new(String::from_utf8_lossy(bytes).into_owned());
        assert!(text.shown().width() <= NAME_CELLS);
        assert_eq!(Text::new(text.shown()).shown(), text.shown());
        assert!(!text.shown().contains('\n'));
        let received = String::from_utf8_lossy(bytes);
        let line = clean_line(&received);
        assert!(line.len() <= LINE_BYTES);
        Some(format!("{}\n{line}", text.shown()))
    });
}
