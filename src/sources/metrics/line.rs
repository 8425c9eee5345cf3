//! One line of the Prometheus text exposition format.

use std::borrow::Cow;

/// What a line says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Line<'a> {
    /// Nothing that counts: blank, or a comment.
    Other,
    /// A type line: the metric exists, with or without samples.
    Declared(&'a [u8]),
    /// A value.
    Sample(Sample<'a>),
}

/// One value of one series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sample<'a> {
    pub(super) name: &'a [u8],
    /// What stands between the braces; empty without them.
    pub(super) labels: &'a [u8],
    pub(super) value: f64,
}

impl<'a> Sample<'a> {
    /// The value of a label, unescaped. `None`: the series does not have it, or has it empty, which means the same.
    pub(super) fn label(&self, wanted: &str) -> Option<Cow<'a, [u8]>> {
        let mut rest = self.labels;
        while let Some((name, value, after)) = pair(rest) {
            if name == wanted.as_bytes() {
                return Some(unescaped(value)).filter(|value| !value.is_empty());
            }
            rest = after;
        }
        None
    }
}

/// Reads one line, its end taken off. `None`: it is not in the format.
pub(super) fn read(line: &[u8]) -> Option<Line<'_>> {
    let line = line.trim_ascii();
    if line.is_empty() {
        return Some(Line::Other);
    }
    if let Some(comment) = line.strip_prefix(b"#") {
        return Some(declared(comment).map_or(Line::Other, Line::Declared));
    }
    let (name, rest) = line.split_at(name_length(line)?);
    let rest = rest.trim_ascii_start();
    let (labels, rest) = match rest.strip_prefix(b"{") {
        Some(inside) => {
            let end = closing_brace(inside)?;
            (&inside[..end], &inside[end + 1..])
        }
        None if rest.len() == line.len() - name.len() => return None,
        None => (&rest[..0], rest),
    };
    let value = rest
        .split(u8::is_ascii_whitespace)
        .find(|word| !word.is_empty())?;
    let value = std::str::from_utf8(value).ok()?.parse().ok()?;
    Some(Line::Sample(Sample {
        name,
        labels,
        value,
    }))
}

fn declared(comment: &[u8]) -> Option<&[u8]> {
    let mut words = comment
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    words.next().filter(|word| *word == b"TYPE")?;
    words.next()
}

fn name_length(line: &[u8]) -> Option<usize> {
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'.');
    let length = line.iter().take_while(|byte| inside(byte)).count();
    line.first()
        .filter(|first| length > 0 && !first.is_ascii_digit())
        .map(|_| length)
}

/// Where the brace stands that closes the labels; braces inside quotes do not.
fn closing_brace(labels: &[u8]) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in labels.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'}' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

/// The first label, its value still escaped, and what follows it.
fn pair(labels: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let equals = labels.iter().position(|byte| *byte == b'=')?;
    let name = labels[..equals].trim_ascii();
    let value = labels[equals + 1..]
        .trim_ascii_start()
        .strip_prefix(b"\"")?;
    let mut escaped = false;
    let end = value.iter().position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    })?;
    let after = value[end + 1..].trim_ascii_start();
    Some((
        name,
        &value[..end],
        after.strip_prefix(b",").unwrap_or(after),
    ))
}

fn unescaped(value: &[u8]) -> Cow<'_, [u8]> {
    if !value.contains(&b'\\') {
        return Cow::Borrowed(value);
    }
    let mut plain = Vec::with_capacity(value.len());
    let mut bytes = value.iter().copied();
    while let Some(byte) = bytes.next() {
        match (byte, byte == b'\\') {
            (_, true) => match bytes.next() {
                Some(b'n') => plain.push(b'\n'),
                Some(other) => plain.push(other),
                None => plain.push(b'\\'),
            },
            (other, false) => plain.push(other),
        }
    }
    Cow::Owned(plain)
}
