//! Fitting text into cells: cutting with a visible mark, keeping what tells two texts apart, padding.
//!
//! Widths are terminal cells. Nothing is ever cut silently: where text is left out, the mark stands.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text's width in cells.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The longest start of `text` that fits into `cells`.
fn start(text: &str, cells: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > cells {
            return &text[..at];
        }
    }
    text
}

/// The longest end of `text` that fits into `cells`.
fn end(text: &str, cells: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices().rev() {
        used += c.width().unwrap_or(0);
        if used > cells {
            return &text[at + c.len_utf8()..];
        }
    }
    text
}

/// `text` in at most `cells` cells, ending in `mark` where something was left out.
pub fn cut(text: &str, cells: usize, mark: &str) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    match cells.checked_sub(width(mark)) {
        Some(room) => format!("{}{mark}", start(text, room)),
        None => start(mark, cells).to_owned(),
    }
}

/// `text` in at most `cells` cells, cut in its middle: both ends stay.
pub fn cut_middle(text: &str, cells: usize, mark: &str) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    match cells.checked_sub(width(mark)) {
        Some(room) => format!(
            "{}{mark}{}",
            start(text, room - room / 2),
            end(text, room / 2)
        ),
        None => start(mark, cells).to_owned(),
    }
}

/// `text` in exactly `cells` cells, cut or padded on its right.
pub fn pad(text: &str, cells: usize, mark: &str) -> String {
    let cut = cut(text, cells, mark);
    let missing = cells.saturating_sub(width(&cut));
    cut + &" ".repeat(missing)
}

/// `text` in exactly `cells` cells, cut or padded on its left.
pub fn pad_left(text: &str, cells: usize, mark: &str) -> String {
    let cut = cut(text, cells, mark);
    " ".repeat(cells.saturating_sub(width(&cut))) + &cut
}

/// Two texts in at most `cells` cells each, cut so that the part in which they differ stays in both.
///
/// The first difference is always kept; as much around it as fits comes along, its start first.
pub fn tell_apart(a: &str, b: &str, cells: usize, mark: &str) -> (String, String) {
    if width(a) <= cells && width(b) <= cells {
        return (a.to_owned(), b.to_owned());
    }
    let shared = common_start(a, b);
    (
        around(a, shared, cells, mark),
        around(b, shared, cells, mark),
    )
}

/// How many bytes `a` and `b` share at their start.
fn common_start(a: &str, b: &str) -> usize {
    a.char_indices()
        .zip(b.chars())
        .find(|((_, x), y)| x != y)
        .map_or(a.len().min(b.len()), |((at, _), _)| at)
}

/// `text` cut to `cells` so that what stands at byte `at` stays.
fn around(text: &str, at: usize, cells: usize, mark: &str) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let (before, after) = text.split_at(at);
    let room = cells.saturating_sub(width(mark));
    // A few cells behind the first difference make it readable.
    if width(before) + 4.min(width(after)) <= room {
        return cut(text, cells, mark);
    }
    let room = room.saturating_sub(width(mark));
    let head = room
        .saturating_sub(width(after))
        .min(room / 3)
        .max(room / 4);
    let tail = room - head;
    if width(after) <= tail {
        return format!(
            "{}{mark}{}",
            start(text, head),
            end(text, tail + width(mark))
        );
    }
    format!("{}{mark}{}{mark}", start(text, head), start(after, tail))
}

/// `text` broken into lines of at most `cells` cells, at a blank where the line has one near its end; nothing is left out.
pub fn fold(text: &str, cells: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text;
    while width(rest) > cells && cells > 1 {
        let whole = start(rest, cells);
        let line = whole
            .rfind(' ')
            .filter(|at| *at > whole.len() / 2)
            .map_or(whole, |at| &whole[..=at]);
        lines.push(line.trim_end().to_owned());
        rest = &rest[line.len()..];
    }
    lines.push(rest.to_owned());
    lines
}

/// A duration in seconds in at most five cells: `8s`, `4m08s`, `31m`, `2h05m`, `3d`.
pub fn age(seconds: u64) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match seconds {
        0..=59 => format!("{seconds}s"),
        60..=599 => format!("{minutes}m{:02}s", seconds % 60),
        600..=3599 => format!("{minutes}m"),
        3600..=86_399 => format!("{hours}h{:02}m", minutes % 60),
        _ => format!("{}d", hours / 24),
    }
}

/// `text` broken at blanks into at most `lines` lines of at most `cells` cells; the last ends in `mark` where more follows.
pub fn wrap(text: &str, cells: usize, lines: usize, mark: &str) -> Vec<String> {
    let mut wrapped: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|w| !w.is_empty()) {
        match wrapped.last_mut() {
            Some(last) if width(last) + 1 + width(word) <= cells => {
                last.push(' ');
                last.push_str(word);
            }
            _ => wrapped.push(word.to_owned()),
        }
    }
    let more = wrapped.len() > lines;
    wrapped.truncate(lines);
    if let (true, Some(last)) = (more, wrapped.last_mut()) {
        last.push_str(mark);
        if width(last) > cells {
            *last = cut(last.trim_end_matches(mark), cells.saturating_sub(1), "") + mark;
        }
    }
    // A single word too long for a line keeps both its ends.
    wrapped
        .into_iter()
        .map(|line| cut_middle(&line, cells, mark))
        .collect()
}
