//! How often a server may be asked: what its headers say, and until when it must be left alone.
//!
//! Invariant: waiting times are counted from the server's own clock where it tells it, so that clocks that differ do no harm.

use crate::domain::pipeline::Quota;
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::HeaderMap;

/// The first wait after a limit that names no time; doubled each time it is hit again.
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(60);
const LONGEST_WAIT: SignedDuration = SignedDuration::from_secs(15 * 60);

/// What is known of a server's limits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Limits {
    quota: Option<Quota>,
    left_alone_until: Option<Timestamp>,
    hits: u32,
}

impl Limits {
    /// What may still be asked.
    pub(super) fn quota(&self) -> Option<Quota> {
        self.quota
    }

    /// Until when nothing may be asked.
    pub(super) fn left_alone(&self, now: Timestamp) -> Option<Timestamp> {
        self.left_alone_until.filter(|until| *until > now)
    }

    /// Takes an answer's headers in; says until when the server must be left alone, where this answer is a limit.
    pub(super) fn note(
        &mut self,
        status: u16,
        headers: &HeaderMap,
        message: &str,
        now: Timestamp,
    ) -> Option<Timestamp> {
        if let Some(quota) = quota(headers, now) {
            self.quota = Some(quota);
        }
        if !is_limit(status, headers, message) {
            if status < 400 {
                self.hits = 0;
            }
            return None;
        }
        let wait = told_wait(headers, now).unwrap_or_else(|| {
            let doubled = FIRST_WAIT.saturating_mul(1 << self.hits.min(8));
            doubled.min(LONGEST_WAIT)
        });
        self.hits += 1;
        let until = now.saturating_add(wait).unwrap_or(now);
        self.left_alone_until = self.left_alone_until.max(Some(until));
        self.left_alone_until
    }
}

/// 429 always is; 403 where the headers or the words say so.
fn is_limit(status: u16, headers: &HeaderMap, message: &str) -> bool {
    match status {
        429 => true,
        403 => {
            number(headers, &["x-ratelimit-remaining", "ratelimit-remaining"]) == Some(0)
                || headers.contains_key("retry-after")
                || message.to_ascii_lowercase().contains("rate limit")
        }
        _ => false,
    }
}

fn told_wait(headers: &HeaderMap, now: Timestamp) -> Option<SignedDuration> {
    if let Some(seconds) = number(headers, &["retry-after"]) {
        return Some(seconds_of(seconds));
    }
    let remaining = number(headers, &["x-ratelimit-remaining", "ratelimit-remaining"]);
    let reset = resets_at(headers, now).filter(|_| remaining == Some(0))?;
    Some(reset.duration_since(now).max(SignedDuration::from_secs(1)))
}

fn quota(headers: &HeaderMap, now: Timestamp) -> Option<Quota> {
    Some(Quota {
        limit: number(headers, &["x-ratelimit-limit", "ratelimit-limit"])?,
        remaining: number(headers, &["x-ratelimit-remaining", "ratelimit-remaining"])?,
        resets_at: resets_at(headers, now),
    })
}

/// By our clock.
fn resets_at(headers: &HeaderMap, now: Timestamp) -> Option<Timestamp> {
    let epoch = number(headers, &["x-ratelimit-reset", "ratelimit-reset"])?;
    let theirs = Timestamp::from_second(i64::try_from(epoch).ok()?).ok()?;
    let ahead = server_time(headers).map_or(SignedDuration::ZERO, |at| at.duration_since(now));
    theirs.checked_sub(ahead).ok()
}

fn server_time(headers: &HeaderMap) -> Option<Timestamp> {
    let date = headers.get("date")?.to_str().ok()?;
    Some(rfc2822::parse(date).ok()?.timestamp())
}

fn number(headers: &HeaderMap, names: &[&str]) -> Option<u64> {
    let of = |name: &&str| headers.get(*name)?.to_str().ok()?.trim().parse().ok();
    names.iter().find_map(of)
}

fn seconds_of(seconds: u64) -> SignedDuration {
    SignedDuration::from_secs(i64::try_from(seconds.min(24 * 3600)).unwrap_or(24 * 3600))
}
