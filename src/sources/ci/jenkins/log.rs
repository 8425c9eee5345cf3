//! A build's console, read on from byte to byte.
//!
//! Offsets count raw bytes as the server tells them; the text's own length is never added, since its line ends are changed.

use super::{Jenkins, question};
use crate::domain::pipeline::{Cursor, LogPiece, RunId};
use crate::sources::ci::errors::CiError;
use crate::sources::ci::lines;
use crate::sources::ci::tail::Tail;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde::Deserialize;

/// From so many lines on, an older server's answer may end before the place that it names as its end.
const MAY_BE_CUT: usize = 10_000;
/// Marks a cursor after such an answer.
const LOST_SOME: u64 = 1;

/// The part `meta` of an answer in parts.
#[derive(Debug, Deserialize)]
struct Meta {
    start: Option<u64>,
    end: u64,
    completed: Option<bool>,
}

impl Jenkins {
    /// The console from where it was left on; its end, where it was not begun.
    pub(super) async fn console(
        &self,
        run: &RunId,
        from: Cursor,
        most: u64,
    ) -> Result<LogPiece, CiError> {
        let build = self.build_path(run);
        let what = format!("read the log of build {run}");
        let begins = from == Cursor::default();
        let start = match (begins, self.known().streams) {
            (true, true) => format!("-{most}"),
            _ => from.offset.to_string(),
        };
        let path = format!("{build}/logText/progressiveText?start={start}");
        let mut ask = question(path, what);
        // Older servers ignore it and answer with plain text.
        ask.accept = "multipart/form-data, text/plain";
        let response = self.http.open(&ask, &[]).await?;
        if !response.status().is_success() {
            return Err(self.http.refused(&ask, response).await);
        }
        let headers = response.headers().clone();
        // Room for the headers of the parts.
        let room = most.saturating_add(4096);
        let body = self.http.end_of(&ask, response, room, 0).await?;
        let mut piece = match boundary(&headers) {
            // Without what it says of itself it may be any part of the log.
            Some(boundary) => in_parts(&body, &boundary, from).ok_or_else(|| CiError::Decode {
                place: self.http.place(),
                what: ask.what.clone(),
                source: "it has no part `meta`".into(),
            })?,
            None => plain(&headers, &body, from),
        };
        piece.skipped_bytes += body.skipped;
        if piece.ended && piece.next.mark == LOST_SOME {
            return self.whole_end(&build, most, piece.next.offset).await;
        }
        Ok(piece)
    }

    /// The end of the console as it is when the build is over: what an older server left out is in it.
    async fn whole_end(&self, build: &str, most: u64, offset: u64) -> Result<LogPiece, CiError> {
        let mut ask = question(
            format!("{build}/consoleText"),
            "read the whole log".to_owned(),
        );
        ask.accept = "text/plain";
        let tail = self.http.tail(&ask, most).await?;
        let text = String::from_utf8_lossy(&tail.text);
        Ok(LogPiece {
            lines: text.lines().filter_map(lines::jenkins).collect(),
            skipped_bytes: tail.skipped,
            next: Cursor { offset, mark: 0 },
            ended: true,
            restarted: true,
        })
    }
}

fn boundary(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let (_, boundary) = kind.strip_prefix("multipart/")?.split_once("boundary=")?;
    let boundary = boundary.split(';').next()?.trim_matches('"');
    Some(boundary.to_owned())
}

fn in_parts(tail: &Tail, boundary: &str, from: Cursor) -> Option<LogPiece> {
    let body = String::from_utf8_lossy(&tail.text);
    let delimiter = format!("--{boundary}");
    let (mut text, mut meta) = (None, None);
    for part in body.split(delimiter.as_str()) {
        let Some((head, content)) = part.split_once("\r\n\r\n") else {
            // The front of a long answer was dropped: what is left of it is text.
            if text.is_none() && !part.trim().is_empty() && part.trim() != "--" {
                text = Some(part);
            }
            continue;
        };
        let content = content.strip_suffix("\r\n").unwrap_or(content);
        if head.contains("name=\"meta\"") || head.contains("name=meta") {
            meta = serde_json::from_str::<Meta>(content).ok();
        } else if head.contains("name=\"text\"") || head.contains("name=text") {
            text = Some(content);
        }
    }
    let meta = meta?;
    let text = text.unwrap_or_default();
    let restarted = meta.end < from.offset;
    let skipped = match meta.start {
        Some(start) if from.offset == 0 => start,
        _ => 0,
    };
    Some(LogPiece {
        lines: lines_of(text, skipped + tail.skipped > 0),
        skipped_bytes: skipped,
        next: Cursor {
            offset: meta.end,
            mark: 0,
        },
        ended: meta.completed == Some(true),
        restarted,
    })
}

fn plain(headers: &HeaderMap, tail: &Tail, from: Cursor) -> LogPiece {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    let more = headers
        .get("x-more-data")
        .is_some_and(|more| more.as_bytes().eq_ignore_ascii_case(b"true"));
    let text = String::from_utf8_lossy(&tail.text);
    let end = number("x-text-size").unwrap_or(from.offset);
    let restarted = end < from.offset;
    let may_be_cut = more && text.lines().count() >= MAY_BE_CUT;
    LogPiece {
        lines: lines_of(&text, tail.skipped > 0),
        skipped_bytes: 0,
        next: Cursor {
            offset: end,
            mark: if may_be_cut { LOST_SOME } else { from.mark },
        },
        ended: !more,
        restarted,
    }
}

/// The first line is left out where it was cut.
fn lines_of(text: &str, is_cut: bool) -> Vec<crate::domain::pipeline::LogLine> {
    text.lines()
        .skip(usize::from(is_cut))
        .filter_map(lines::jenkins)
        .collect()
}
