//! Measures the built binary in a pseudo-terminal on its own demo world, and prints a Markdown table.
//!
//! `cargo bench --bench cockpit` runs everything, in about seven minutes; words after `--` choose parts: `start`, `change`,
//! `keys`, `rollback`, `leave`, `fleet`. A row in whose window nothing happened fails the run; a missed aim is only told.
#![expect(
    unreachable_pub,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a table on standard output is what this program is for"
)]

mod change;
mod fleet;
mod http;
mod keys;
mod leave;
mod process;
mod proxy;
mod start;
mod table;
mod terminal;
mod world;

use std::io;
use std::process::ExitCode;
use table::{Row, head};
use world::World;

/// A part of the measurement.
type Part = (&'static str, fn() -> io::Result<Vec<Row>>);

const PARTS: [Part; 6] = [
    ("start", || start::rows(&good()?)),
    ("change", || change::rows(&good()?)),
    ("keys", || keys::rows(&good()?)),
    ("rollback", keys::roll_back),
    ("leave", || leave::rows(&good()?)),
    ("fleet", fleet::rows),
];

fn good() -> io::Result<World> {
    World::start(&["--scenario", "good"])
}

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    println!(
        "flightdeck {}, {} cores, load {} at the start\n",
        env!("CARGO_PKG_VERSION"),
        std::thread::available_parallelism().map_or(0, usize::from),
        process::load()
    );
    println!("{}", head());
    let mut sound = true;
    for (name, measure) in PARTS {
        if !wanted.is_empty() && !wanted.iter().any(|word| word == name) {
            continue;
        }
        match measure() {
            Ok(rows) => {
                for row in rows {
                    sound &= row.happened > 0;
                    println!("{}", row.line());
                }
            }
            Err(error) => {
                sound = false;
                say(&format!("{name}: {error}"));
            }
        }
    }
    println!("\nload {} at the end", process::load());
    if sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// What is no row.
fn say(line: &str) {
    eprintln!("{line}");
}
