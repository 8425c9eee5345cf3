//! A job's log: each line has its time before it; `##[…]` marks what a line is.

use crate::domain::pipeline::{Cursor, LineKind, LogLine, LogPiece};
use crate::domain::text::clean_line;
use crate::sources::ci::tail::Tail;
use jiff::Timestamp;

const MARKS: [(&str, LineKind); 7] = [
    ("##[group]", LineKind::GroupBegin),
    ("##[endgroup]", LineKind::GroupEnd),
    ("##[error]", LineKind::Error),
    ("##[warning]", LineKind::Warning),
    ("##[notice]", LineKind::Plain),
    ("##[debug]", LineKind::Debug),
    ("[command]", LineKind::Command),
];

/// The lines of a log's end; where its front is missing, the first, broken line goes with it.
pub(super) fn piece(tail: &Tail) -> LogPiece {
    let bytes: &[u8] = &tail.text;
    let broken = match tail.skipped {
        0 => 0,
        _ => bytes
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(bytes.len(), |end| end + 1),
    };
    let whole = &bytes[broken..];
    let text = String::from_utf8_lossy(whole);
    let text = text.trim_start_matches('\u{feff}');
    LogPiece {
        lines: text.lines().map(line).collect(),
        skipped_bytes: tail.skipped + broken as u64,
        next: Cursor {
            offset: tail.skipped + bytes.len() as u64,
            mark: 1,
        },
        ended: true,
        restarted: false,
    }
}

fn line(line: &str) -> LogLine {
    let (at, rest) = timed(line);
    let marked = MARKS
        .iter()
        .find_map(|(mark, kind)| Some((*kind, rest.strip_prefix(mark)?)));
    let (kind, rest) = marked.unwrap_or((LineKind::Plain, rest));
    LogLine {
        at,
        kind,
        text: clean_line(rest).into_owned(),
    }
}

fn timed(line: &str) -> (Option<Timestamp>, &str) {
    let Some((first, rest)) = line.split_once(' ') else {
        return (
            line.parse().ok(),
            if line.parse::<Timestamp>().is_ok() {
                ""
            } else {
                line
            },
        );
    };
    match first.parse() {
        Ok(at) => (Some(at), rest),
        Err(_) => (None, line),
    }
}
