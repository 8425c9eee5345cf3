//! `gates`: to which gate names lead, and by which rule.

use super::exit;
use super::output::Output;
use crate::analysis::gates::{Dialect, GateMap, Named, OwnRule};
use crate::app::pipeline::dialect;
use crate::cli::Gates;
use crate::config::settings::CiKind;
use crate::domain::notice::{Notice, NoticeKind};
use serde::Serialize;
use std::io::{self, BufRead, IsTerminal as _};

/// The longest name that is read, in bytes; what follows is left out.
const LONGEST: usize = 4096;

/// `flightdeck.gates/1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GatesDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// In the order given.
    pub names: Vec<GateEntry>,
}

/// One name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GateEntry {
    /// As it was given.
    pub name: String,
    /// From 1 to 5; 0 for none of the five.
    pub gate: u8,
    /// The rule, and what it found.
    pub rule: String,
    /// Teams mean different things by it.
    pub ambiguous: bool,
}

/// Prints where the names lead; `own` is the team's own map. Without names they are read from `input`, one a line.
pub fn run(
    wish: &Gates,
    own: &[OwnRule],
    input: impl BufRead,
    output: &mut Output<'_>,
) -> io::Result<Result<u8, Notice>> {
    let map = match GateMap::new(own) {
        Ok(map) => map,
        Err(error) => {
            let notice = Notice::new(NoticeKind::Config, error.to_string());
            let source = std::error::Error::source(&error);
            return Ok(Err(match source {
                Some(source) => notice.caused_by(source),
                None => notice,
            }));
        }
    };
    let names = match wish.names.as_slice() {
        [] if io::stdin().is_terminal() => {
            return Ok(Err(Notice::new(
                NoticeKind::Usage,
                "no name is given, and standard input is a terminal",
            )
            .hint("flightdeck gates NAME…, or one name a line on standard input")));
        }
        [] => from_input(input)?,
        names => names.to_vec(),
    };
    let dialect = dialect(wish.provider.map(CiKind::from));
    let names = names.into_iter().map(|name| entry(&map, name, dialect));
    let document = GatesDocument {
        schema: "flightdeck.gates/1",
        names: names.collect(),
    };
    output.print(&document, text)?;
    Ok(Ok(exit::DONE))
}

/// Lines that say nothing are left out.
fn from_input(mut input: impl BufRead) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        line.truncate(LONGEST);
        let name = String::from_utf8_lossy(&line).trim().to_owned();
        if !name.is_empty() {
            names.push(name);
        }
        line.clear();
    }
    Ok(names)
}

fn entry(map: &GateMap, name: String, dialect: Dialect) -> GateEntry {
    let placed = map.place(&Named {
        dialect,
        ..Named::alone(&name)
    });
    GateEntry {
        name,
        gate: placed.place.number(),
        rule: placed.rule,
        ambiguous: placed.ambiguous,
    }
}

fn text(document: &GatesDocument) -> Vec<String> {
    let widest = document
        .names
        .iter()
        .map(|entry| entry.name.chars().count())
        .max()
        .unwrap_or(0)
        .min(48);
    let line = |entry: &GateEntry| {
        let gate = match entry.gate {
            0 => "-".to_owned(),
            gate => gate.to_string(),
        };
        let mark = if entry.ambiguous {
            "  (teams differ)"
        } else {
            ""
        };
        format!("{gate}  {:<widest$}  {}{mark}", entry.name, entry.rule)
    };
    document.names.iter().map(line).collect()
}
