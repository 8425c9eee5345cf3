//! Makes hostile text safe to print: what a terminal would obey, hide or reorder becomes visible characters.
//!
//! Invariants: the result holds no C0, DEL or C1 character, no character that is invisible or changes the direction of
//! writing, at most [`MARKS`] combining marks on a base; it is bounded; cleaning it again changes nothing.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar as _;

use super::escapes::{self, Kind, Sequence};

/// Widest cleaned name, in terminal cells, cut mark included.
pub const NAME_CELLS: usize = 256;
/// Longest cleaned log line, in bytes, cut mark included.
pub const LINE_BYTES: usize = 16 * 1024;
/// Combining marks kept on one base character.
const MARKS: usize = 4;
/// Zero-width joiners kept in one emoji; the longest in use has three.
const JOINS: usize = 4;
/// Stands where text was cut off.
const CUT: &str = "…";
const JOINER: char = '\u{200d}';
const TAB_STOP: usize = 8;

/// What is being cleaned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A name, title or message: nothing is interpreted, everything is visible.
    Name,
    /// A log line: colours are dropped, tabs expanded.
    Line,
}

impl Form {
    fn limit(self) -> usize {
        match self {
            Self::Name => NAME_CELLS,
            Self::Line => LINE_BYTES,
        }
    }

    fn cost(self, unit: &str) -> usize {
        match self {
            Self::Name => cells(unit),
            Self::Line => unit.len(),
        }
    }
}

/// The cleaned form of `raw`; borrowed where plain ASCII needs no change.
pub(crate) fn clean(raw: &str, form: Form) -> Cow<'_, str> {
    if raw.len() <= form.limit() && raw.bytes().all(|byte| matches!(byte, 0x20..=0x7e)) {
        return Cow::Borrowed(raw);
    }
    let mut cleaner = Cleaner::new(form, raw.len());
    let mut rest = raw;
    while let Some(first) = rest.chars().next() {
        let taken = cleaner.take(first, rest);
        if cleaner.full {
            break;
        }
        rest = &rest[taken..];
    }
    Cow::Owned(cleaner.out)
}

struct Cleaner {
    form: Form,
    out: String,
    /// Cost of `out` so far, and the length of `out` to which it is cut back when the limit is passed.
    used: usize,
    cut_at: usize,
    full: bool,
    column: usize,
    /// What a combining mark or a joiner would attach to.
    base: Option<char>,
    marks: usize,
    joins: usize,
}

impl Cleaner {
    fn new(form: Form, length: usize) -> Self {
        let out = String::with_capacity(length.min(form.limit()));
        Self {
            form,
            out,
            used: 0,
            cut_at: 0,
            full: false,
            column: 0,
            base: None,
            marks: 0,
            joins: 0,
        }
    }

    /// Handles what `rest` begins with; answers how many bytes of it were used.
    fn take(&mut self, first: char, rest: &str) -> usize {
        if let Some(sequence) = escapes::sequence(rest) {
            self.sequence(sequence);
            return sequence.length;
        }
        match first {
            '\t' if self.form == Form::Line => {
                self.token(&" ".repeat(TAB_STOP - self.column % TAB_STOP));
            }
            JOINER => return self.joiner(rest),
            _ if is_control(first) || is_hidden(first) => self.visible(first),
            _ if is_mark(first) => return self.mark(first, rest),
            _ => self.base(first),
        }
        first.len_utf8()
    }

    fn sequence(&mut self, sequence: Sequence<'_>) {
        match sequence.kind {
            Kind::Sgr if self.form == Form::Line => {}
            Kind::Sgr | Kind::Csi => self.token("<esc:csi>"),
            Kind::Osc(number) => self.token(&format!("<esc:osc{number}>")),
            Kind::Dcs => self.token("<esc:dcs>"),
            Kind::Sos => self.token("<esc:sos>"),
            Kind::Pm => self.token("<esc:pm>"),
            Kind::Apc => self.token("<esc:apc>"),
            Kind::Short(last) => self.token(&format!("<esc:{last}>")),
        }
    }

    fn base(&mut self, character: char) {
        self.push(character.encode_utf8(&mut [0; 4]));
        self.base = Some(character);
        self.marks = 0;
        self.joins = 0;
    }

    /// A mark that has nothing to sit on would sit on whatever is printed before this text.
    fn mark(&mut self, mark: char, rest: &str) -> usize {
        if self.base.is_none() {
            self.visible(mark);
        } else if self.marks < MARKS {
            self.marks += 1;
            self.push(mark.encode_utf8(&mut [0; 4]));
        } else {
            let surplus = rest
                .chars()
                .take_while(|&next| is_mark(next) && !is_hidden(next));
            let (count, bytes) = surplus.fold((0_usize, 0), |(count, bytes), next| {
                (count + 1, bytes + next.len_utf8())
            });
            self.token(&format!("<+{count} marks>"));
            return bytes;
        }
        mark.len_utf8()
    }

    /// A joiner stays between two emoji, together with the second one; anywhere else it is shown.
    fn joiner(&mut self, rest: &str) -> usize {
        let next = rest[JOINER.len_utf8()..]
            .chars()
            .next()
            .filter(|&next| is_emoji(next));
        let (Some(next), true, true) = (next, self.base.is_some_and(is_emoji), self.joins < JOINS)
        else {
            self.visible(JOINER);
            return JOINER.len_utf8();
        };
        let taken = JOINER.len_utf8() + next.len_utf8();
        self.push(&rest[..taken]);
        self.base = Some(next);
        self.marks = 0;
        self.joins += 1;
        taken
    }

    fn visible(&mut self, character: char) {
        let mut token = String::new();
        let code = u32::from(character);
        match character {
            '\0' => token.push(char::REPLACEMENT_CHARACTER),
            '\u{1}'..='\u{1f}' => {
                token.push('^');
                token.extend(char::from_u32(code + 0x40));
            }
            '\u{7f}' => token.push_str("^?"),
            // Writing to a String cannot fail.
            _ => drop(write!(token, "<U+{code:04X}>")),
        }
        self.token(&token);
    }

    fn token(&mut self, token: &str) {
        self.push(token);
        self.base = None;
        self.marks = 0;
        self.joins = 0;
    }

    /// Appends one unit that must not be torn apart, or cuts and closes the output.
    fn push(&mut self, unit: &str) {
        self.used += self.form.cost(unit);
        if self.used > self.form.limit() {
            self.out.truncate(self.cut_at);
            self.out.push_str(CUT);
            self.full = true;
            return;
        }
        self.out.push_str(unit);
        self.column += cells(unit);
        if self.used + self.form.cost(CUT) <= self.form.limit() {
            self.cut_at = self.out.len();
        }
    }
}

/// Cells of a unit, each character by itself, so that a joined emoji counts at least what any terminal gives it.
fn cells(unit: &str) -> usize {
    unit.chars()
        .map(|character| character.width().unwrap_or(0))
        .sum()
}

fn is_control(character: char) -> bool {
    matches!(character, '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}')
}

fn is_mark(character: char) -> bool {
    character.width() == Some(0)
}

fn is_emoji(character: char) -> bool {
    matches!(character, '\u{2300}'..='\u{23ff}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

/// Characters that show nothing, reorder what is around them, or have no agreed meaning.
fn is_hidden(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{fe00}'..='\u{fe0d}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
            | '\u{f0000}'..='\u{10ffff}'
    ) || u32::from(character) & 0xfffe == 0xfffe
}
