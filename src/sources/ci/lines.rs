//! Lines of logs as the runners write them: time, marker, text.
//!
//! Invariant: every text is cleaned here; nothing in it acts on a terminal.

use crate::domain::pipeline::{LineKind, LogLine};
use crate::domain::text::clean_line;
use jiff::Timestamp;

/// Markers of the runners of GitHub, Gitea and Forgejo.
const MARKERS: [(&str, LineKind); 14] = [
    ("##[group]", LineKind::GroupBegin),
    ("::group::", LineKind::GroupBegin),
    ("##[endgroup]", LineKind::GroupEnd),
    ("::endgroup::", LineKind::GroupEnd),
    ("##[error]", LineKind::Error),
    ("::error::", LineKind::Error),
    ("##[warning]", LineKind::Warning),
    ("::warning::", LineKind::Warning),
    ("##[notice]", LineKind::Plain),
    ("::notice::", LineKind::Plain),
    ("##[debug]", LineKind::Debug),
    ("::debug::", LineKind::Debug),
    ("##[command]", LineKind::Command),
    ("[command]", LineKind::Command),
];

/// A line of an Actions runner: `2026-11-23T21:08:16.0008887Z ::group::Build`.
pub(super) fn actions(line: &str) -> LogLine {
    let (at, text) = timed(line);
    let marked = MARKERS
        .iter()
        .find_map(|(marker, kind)| Some((*kind, text.strip_prefix(marker)?)));
    let (kind, text) = marked.unwrap_or((LineKind::Plain, text));
    cleaned(at, kind, text)
}

/// The time that a line begins with.
fn timed(line: &str) -> (Option<Timestamp>, &str) {
    let line = line.trim_start_matches('\u{feff}');
    // An empty line is its time alone.
    let (time, rest) = line.split_once(' ').unwrap_or((line, ""));
    let is_time = time.len() >= 20 && time.ends_with('Z');
    let at: Option<Timestamp> = time.parse().ok().filter(|_| is_time);
    (at, if at.is_some() { rest } else { line })
}

/// A line of a GitLab trace. Sections are groups; a line that was drawn over shows what was drawn last.
pub(super) fn gitlab(line: &str) -> LogLine {
    let (at, line) = timed(line);
    // `00O ` and the like: the stream, where the runner writes times.
    let line = match line.as_bytes() {
        [a, b, b'O' | b'E', b' ' | b'+', ..]
            if at.is_some() && a.is_ascii_hexdigit() && b.is_ascii_hexdigit() =>
        {
            line.get(4..).unwrap_or_default()
        }
        _ => line,
    };
    if let Some(section) = after(line, "section_start:") {
        let title = section.split_once('\r').map_or("", |(_, title)| title);
        let name = section
            .split(['\r', '['])
            .next()
            .and_then(|head| head.split_once(':'))
            .map_or("", |(_, name)| name);
        let title = without_colours(title);
        let title = if title.trim().is_empty() {
            name
        } else {
            title.trim()
        };
        return cleaned(at, LineKind::GroupBegin, title);
    }
    if let Some(section) = after(line, "section_end:") {
        let rest = section.split_once('\r').map_or("", |(_, rest)| rest);
        if without_colours(rest).trim().is_empty() {
            return cleaned(at, LineKind::GroupEnd, "");
        }
    }
    let text = drawn_last(line);
    let plain = without_colours(text);
    let kind = if plain.starts_with("ERROR:") {
        LineKind::Error
    } else if plain.starts_with("WARNING:") {
        LineKind::Warning
    } else if plain.starts_with("$ ") {
        LineKind::Command
    } else {
        LineKind::Plain
    };
    cleaned(at, kind, text)
}

fn after<'l>(line: &'l str, marker: &str) -> Option<&'l str> {
    let at = line.find(marker)?;
    line.get(at + marker.len()..)
}

/// Without the escapes that only colour or erase; `clean_line` makes the others visible.
fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        let (before, escape) = rest.split_at(at);
        plain.push_str(before);
        let parameters = escape.get(2..).unwrap_or_default();
        let end = parameters
            .find(|c: char| !(c.is_ascii_digit() || c == ';'))
            .unwrap_or(parameters.len());
        let is_look = parameters
            .get(end..)
            .is_some_and(|rest| rest.starts_with(['m', 'K']));
        if is_look {
            rest = parameters.get(end + 1..).unwrap_or_default();
        } else {
            plain.push('\u{1b}');
            rest = escape.get(1..).unwrap_or_default();
        }
    }
    plain.push_str(rest);
    plain
}

/// What a carriage return left to be seen.
fn drawn_last(line: &str) -> &str {
    let line = line.trim_end_matches('\r');
    line.rsplit('\r')
        .find(|part| !without_colours(part).trim().is_empty())
        .unwrap_or(line)
}

/// A line of a Jenkins console; stages are groups. Notes, which only the web page understands, are left out.
pub(super) fn jenkins(line: &str) -> Option<LogLine> {
    let line = without_notes(line);
    let (at, line) = bracketed_time(&line);
    if let Some(step) = line.strip_prefix("[Pipeline] ") {
        return pipeline_step(at, step);
    }
    let kind = if line.starts_with("ERROR:") || line.starts_with("FATAL:") {
        LineKind::Error
    } else if line.starts_with("WARNING:") {
        LineKind::Warning
    } else if line.starts_with("+ ") {
        LineKind::Command
    } else {
        LineKind::Plain
    };
    Some(cleaned(at, kind, drawn_last(line)))
}

fn pipeline_step(at: Option<Timestamp>, step: &str) -> Option<LogLine> {
    let stage = step
        .strip_prefix("{ (")
        .and_then(|stage| stage.strip_suffix(')'));
    match (stage, step) {
        (Some(stage), _) => Some(cleaned(at, LineKind::GroupBegin, stage)),
        (None, "// stage") => Some(cleaned(at, LineKind::GroupEnd, "")),
        (None, "stage" | "{" | "}" | "node" | "Start of Pipeline") => None,
        (None, step) if step.starts_with("//") => None,
        (None, step) => Some(cleaned(at, LineKind::Debug, step)),
    }
}

/// The time that the Timestamper plugin writes: `[2026-11-23T21:08:16.000Z] `.
fn bracketed_time(line: &str) -> (Option<Timestamp>, &str) {
    let split = line.strip_prefix('[').and_then(|line| {
        let (time, rest) = line.split_once("] ")?;
        Some((time.parse::<Timestamp>().ok()?, rest))
    });
    split.map_or((None, line), |(at, rest)| (Some(at), rest))
}

/// `ESC[8mha:…ESC[0m` holds what only the web page shows.
fn without_notes(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find("\u{1b}[8mha:") {
        let (before, note) = rest.split_at(at);
        plain.push_str(before);
        let end = note.find("\u{1b}[0m").map(|end| end + 4);
        rest = end.and_then(|end| note.get(end..)).unwrap_or_default();
    }
    plain.push_str(rest);
    plain
}

fn cleaned(at: Option<Timestamp>, kind: LineKind, text: &str) -> LogLine {
    LogLine {
        at,
        kind,
        text: clean_line(text).into_owned(),
    }
}
