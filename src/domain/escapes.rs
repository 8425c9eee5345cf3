//! Terminal escape sequences, recognised the way a terminal would: introducer, body, terminator.
//!
//! Invariant: a recognised sequence covers at least its introducer and at most [`LONGEST`] characters of body, so that an
//! unfinished one cannot hide a whole text, and never a line end.

/// Longest body, in characters, that is taken as one sequence. What follows is text again.
const LONGEST: usize = 4096;

/// What kind of sequence was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind<'a> {
    /// Select graphic rendition with plain parameters: colours, bold, underline.
    Sgr,
    /// Any other control sequence.
    Csi,
    /// An operating system command and the digits of its number.
    Osc(&'a str),
    /// A device control string.
    Dcs,
    /// A start-of-string string.
    Sos,
    /// A privacy message.
    Pm,
    /// An application program command.
    Apc,
    /// A two-character or charset sequence, by its final character.
    Short(char),
}

/// One recognised sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sequence<'a> {
    /// What it is.
    pub(crate) kind: Kind<'a>,
    /// How many bytes of the text it covers, introducer included.
    pub(crate) length: usize,
}

/// The sequence that begins with the first character of `text`, in 7-bit or 8-bit form. `None` when there is none.
pub(crate) fn sequence(text: &str) -> Option<Sequence<'_>> {
    let mut chars = text.chars();
    let first = chars.next()?;
    let introducer = match first {
        '\u{1b}' => chars.next()?,
        '\u{90}' => 'P',
        '\u{98}' => 'X',
        '\u{9b}' => '[',
        '\u{9d}' => ']',
        '\u{9e}' => '^',
        '\u{9f}' => '_',
        _ => return None,
    };
    let body = chars.as_str();
    let (kind, taken) = match introducer {
        '[' => control_sequence(body),
        ']' => (
            Kind::Osc(leading_digits(body)),
            string_length(body, Some('\u{7}')),
        ),
        'P' => (Kind::Dcs, string_length(body, None)),
        'X' => (Kind::Sos, string_length(body, None)),
        '^' => (Kind::Pm, string_length(body, None)),
        '_' => (Kind::Apc, string_length(body, None)),
        '\u{20}'..='\u{2f}' => intermediate(body)?,
        '\u{30}'..='\u{7e}' => (Kind::Short(introducer), 0),
        _ => return None,
    };
    Some(Sequence {
        kind,
        length: text.len() - body.len() + taken,
    })
}

/// Parameters and intermediates up to the final character.
fn control_sequence(body: &str) -> (Kind<'static>, usize) {
    let parameters = body
        .bytes()
        .take(LONGEST)
        .take_while(|byte| matches!(byte, 0x20..=0x3f))
        .count();
    let plain = body[..parameters]
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b';' | b':'));
    match body.as_bytes().get(parameters) {
        Some(b'm') if plain => (Kind::Sgr, parameters + 1),
        Some(0x40..=0x7e) => (Kind::Csi, parameters + 1),
        Some(_) | None => (Kind::Csi, parameters),
    }
}

/// The rest of a sequence whose second character is an intermediate.
fn intermediate(body: &str) -> Option<(Kind<'static>, usize)> {
    let more = body
        .bytes()
        .take(LONGEST)
        .take_while(|byte| matches!(byte, 0x20..=0x2f))
        .count();
    match body.as_bytes().get(more) {
        Some(&last @ 0x30..=0x7e) => Some((Kind::Short(char::from(last)), more + 1)),
        Some(_) | None => None,
    }
}

/// Bytes of a string sequence's body with its terminator: ST in both forms, cancel, substitute, and `also`.
fn string_length(body: &str, also: Option<char>) -> usize {
    let mut chars = body.char_indices().take(LONGEST);
    for (at, character) in chars.by_ref() {
        match character {
            '\u{1b}' if body[at..].starts_with("\u{1b}\\") => return at + 2,
            '\u{1b}' | '\n' | '\r' => return at,
            '\u{9c}' | '\u{18}' | '\u{1a}' => return at + character.len_utf8(),
            _ if Some(character) == also => return at + character.len_utf8(),
            _ => {}
        }
    }
    body.char_indices()
        .nth(LONGEST)
        .map_or(body.len(), |(at, _)| at)
}

/// The digits an OSC body begins with, at most five.
fn leading_digits(body: &str) -> &str {
    let digits = body.bytes().take(5).take_while(u8::is_ascii_digit).count();
    &body[..digits]
}
