//! A log that grows, read from where it was left, in whole lines.
//!
//! Invariant: no more than what was asked for is held, however long the log is.

use super::errors::CiError;
use super::http::{Ask, Http};
use crate::domain::pipeline::{Cursor, LogLine, LogPiece};
use reqwest::Response;
use reqwest::header::{CONTENT_RANGE, HeaderValue, RANGE};
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

/// How many bytes before the place where a log was left must be as they were.
const KNOWN_AGAIN_BY: usize = 4096;

/// How a server sends what is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sends {
    /// From a byte on, by `Range`.
    Ranges,
    /// The whole, each time: what is known is dropped while it comes.
    Whole,
}

/// A log to be read on.
pub(super) struct Reading<'a> {
    pub(super) ask: &'a Ask,
    pub(super) from: Cursor,
    /// The most that is held, in bytes.
    pub(super) most: u64,
    pub(super) sends: Sends,
    /// Its job is over: what there is, is all.
    pub(super) is_over: bool,
    pub(super) line: fn(&str) -> LogLine,
}

impl Http {
    /// What a log has from where it was left on; its end, where it was not begun.
    pub(super) async fn read_on(&self, reading: &Reading<'_>) -> Result<LogPiece, CiError> {
        let offset = reading.from.offset;
        if offset == 0 {
            let tail = self.tail(reading.ask, reading.most).await?;
            let text = Grown {
                begins: tail.skipped,
                text: tail.text.to_vec(),
                ..Grown::default()
            };
            return Ok(text.piece(reading));
        }
        let headers = match reading.sends {
            Sends::Ranges => HeaderValue::from_str(&format!("bytes={offset}-"))
                .map(|range| vec![(RANGE, range)])
                .unwrap_or_default(),
            Sends::Whole => Vec::new(),
        };
        let response = self.open(reading.ask, &headers).await?;
        let begins = match response.status().as_u16() {
            206 => offset,
            200 => 0,
            416 => return Ok(nothing_new(&response, reading)),
            _ => return Err(self.refused(reading.ask, response).await),
        };
        let grown = self.grown(response, begins, reading);
        let grown = self.in_time(reading.ask, grown).await?;
        Ok(grown.piece(reading))
    }

    async fn grown(
        &self,
        mut response: Response,
        begins: u64,
        reading: &Reading<'_>,
    ) -> Result<Grown, CiError> {
        let most = usize::try_from(reading.most).unwrap_or(usize::MAX);
        let mut grown = Grown {
            begins,
            ..Grown::default()
        };
        let (mut at, offset) = (begins, reading.from.offset);
        while let Some(piece) = response
            .chunk()
            .await
            .map_err(|error| self.unreachable(reading.ask, error.without_url()))?
        {
            let known = usize::try_from(offset.saturating_sub(at)).unwrap_or(usize::MAX);
            let (known, new) = piece.split_at(known.min(piece.len()));
            grown.pass_over(known);
            grown.take(new, most);
            at += piece.len() as u64;
        }
        let is_other = at < offset
            || (begins == 0
                && reading.from.mark != 0
                && mark_of(&grown.before) != reading.from.mark);
        if is_other {
            grown.restarted = true;
        } else {
            grown.begins = grown.begins.max(offset);
        }
        Ok(grown)
    }
}

/// 416: there is nothing from there on; a log that became shorter began anew.
fn nothing_new(response: &Response, reading: &Reading<'_>) -> LogPiece {
    let length = response
        .headers()
        .get(CONTENT_RANGE)
        .and_then(|range| range.to_str().ok()?.rsplit('/').next()?.parse::<u64>().ok());
    let is_shorter = length.is_some_and(|length| length < reading.from.offset);
    LogPiece {
        next: if is_shorter {
            Cursor::default()
        } else {
            reading.from
        },
        ended: reading.is_over && !is_shorter,
        restarted: is_shorter,
        ..LogPiece::default()
    }
}

/// What came.
#[derive(Debug, Default)]
struct Grown {
    /// Where in the log the text begins.
    begins: u64,
    /// Bytes left out between where the log was left and the text.
    left_out: u64,
    /// The last bytes before the text.
    before: Vec<u8>,
    text: Vec<u8>,
    restarted: bool,
}

impl Grown {
    fn pass_over(&mut self, known: &[u8]) {
        self.before.extend_from_slice(known);
        let over = self.before.len().saturating_sub(KNOWN_AGAIN_BY);
        self.before.drain(..over);
    }

    fn take(&mut self, new: &[u8], most: usize) {
        self.text.extend_from_slice(new);
        // Twice as much is held before the front is cut, so that each byte is moved once.
        if self.text.len() > most.saturating_mul(2) {
            let over = self.text.len() - most;
            self.text.drain(..over);
            self.left_out += over as u64;
        }
    }

    fn piece(mut self, reading: &Reading<'_>) -> LogPiece {
        if self.restarted {
            return LogPiece {
                restarted: true,
                ..LogPiece::default()
            };
        }
        let is_start = reading.from.offset == 0;
        let mut skipped = if is_start { self.begins } else { self.left_out };
        let mut offset = self.begins + self.left_out;
        if skipped > 0 {
            // It begins anywhere within a line.
            let cut = self.text.iter().position(|byte| *byte == b'\n');
            let cut = cut.map_or(0, |end| end + 1);
            self.pass_over_front(cut);
            skipped += cut as u64;
            offset += cut as u64;
        }
        let whole = match self.text.iter().rposition(|byte| *byte == b'\n') {
            _ if reading.is_over => self.text.len(),
            Some(end) => end + 1,
            None if self.text.len() as u64 >= reading.most => self.text.len(),
            None => 0,
        };
        self.text.truncate(whole);
        let lines = String::from_utf8_lossy(&self.text);
        let lines = lines.lines().map(reading.line).collect();
        let mark = match reading.sends {
            Sends::Whole => self.mark(),
            Sends::Ranges => 0,
        };
        LogPiece {
            lines,
            skipped_bytes: skipped,
            next: Cursor {
                offset: offset + whole as u64,
                mark,
            },
            ended: reading.is_over,
            restarted: false,
        }
    }

    fn pass_over_front(&mut self, cut: usize) {
        let front: Vec<u8> = self.text.drain(..cut).collect();
        self.pass_over(&front);
    }

    /// What tells the place again: the bytes before where the log is left.
    fn mark(&mut self) -> u64 {
        let text = std::mem::take(&mut self.text);
        self.pass_over(&text);
        mark_of(&self.before)
    }
}

/// Never 0, which stands for "nothing is known".
fn mark_of(before: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    before.hash(&mut hasher);
    hasher.finish().max(1)
}
