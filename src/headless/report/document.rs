//! From what was recorded to the report; pure.

use super::timeline::timeline;
use crate::analysis::black_box::{Line, Seen, Shown, recorded_until, rejudge};
use crate::analysis::counts::Totals;
use crate::analysis::harm::harm;
use crate::analysis::series::Interval;
use crate::analysis::verdict::{Check, CheckState, Verdict};
use crate::domain::ids::Target;
use crate::domain::notice::{Notice, NoticeKind};
use crate::domain::record::{Ended, Record, Release};
use crate::headless::json::{
    Harmed, IntervalEntry, Limits, ReportDocument, ShownVerdict, release_entry,
};
use crate::record::entry::Entry;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What a report is made from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Where the record was read: `cluster` or `journal`.
    pub source: &'static str,
    /// The record.
    pub record: Record,
    /// This machine's journal.
    pub entries: Vec<Entry>,
    /// The black box, of all observers, in time order.
    pub lines: Vec<Line>,
    /// Why the cluster's record could not be read.
    pub without_cluster: Option<String>,
}

/// What a report is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The newest release.
    Newest,
    /// The release with this tag, or revision.
    Release(String),
    /// Everything since then.
    Since(Timestamp),
}

/// Puts the report together.
pub fn build(
    sources: &Sources,
    target: &Target,
    asked: &Asked,
    now: Timestamp,
) -> Result<ReportDocument, Notice> {
    let release = match asked {
        Asked::Newest => sources
            .record
            .releases
            .iter()
            .max_by_key(|release| release.revision),
        Asked::Release(name) => Some(named(&sources.record, name, target)?),
        Asked::Since(_) => None,
    };
    let (from, until) = match (asked, release) {
        (Asked::Since(since), _) => (*since, now),
        (Asked::Newest | Asked::Release(_), Some(release)) => {
            (release.deployed_at, end(&sources.record, release, now))
        }
        (Asked::Newest | Asked::Release(_), None) => return Err(nothing(target)),
    };
    let is_within = |at: Timestamp| from <= at && at <= until;
    let observer = main_observer(&sources.lines, is_within);
    let own: Vec<Line> = sources
        .lines
        .iter()
        .filter(|line| Some(&line.by) == observer.as_ref())
        .cloned()
        .collect();
    let intervals: Vec<&Interval> = own
        .iter()
        .filter(|line| is_within(line.at))
        .filter_map(interval)
        .collect();
    let shown: Vec<(usize, Timestamp, &Shown)> = own
        .iter()
        .enumerate()
        .filter(|(_, line)| is_within(line.at))
        .filter_map(|(index, line)| Some((index, line.at, shown(line)?)))
        .collect();
    Ok(ReportDocument {
        schema: "flightdeck.report/1",
        service: target.service.to_string(),
        environment: target.environment.to_string(),
        source: sources.source,
        release: release.and_then(|release| release_entry(&sources.record, release.revision)),
        from,
        until,
        changed: release.map_or_else(Vec::new, |release| changed(&sources.record, release)),
        harmed: harmed(&intervals),
        timeline: timeline(sources, observer.as_deref(), is_within),
        verdicts: shown
            .iter()
            .map(|(index, at, shown)| verdict(&own, *index, *at, shown))
            .collect(),
        judge: shown
            .last()
            .and_then(|(index, _, _)| recorded_until(&own, *index)),
        goals: shown.last().map(|(_, _, shown)| Limits {
            error_share: shown.goals.error_share,
            p95_s: shown.goals.p95.as_secs_f64(),
        }),
        intervals: intervals.into_iter().map(IntervalEntry::of).collect(),
    })
}

fn named<'r>(record: &'r Record, name: &str, target: &Target) -> Result<&'r Release, Notice> {
    crate::domain::history::named(record, name).ok_or_else(|| {
        Notice::new(
            NoticeKind::Usage,
            format!("no release `{name}` of {target} is recorded"),
        )
        .hint(format!(
            "see which are: flightdeck history {} -e {}",
            target.service, target.environment
        ))
    })
}

fn nothing(target: &Target) -> Notice {
    Notice::new(
        NoticeKind::Refused,
        format!("no release of {target} is recorded, neither in the cluster nor here"),
    )
    .hint("what happened without one: --since 2h")
}

/// A release's time lasts until the next one begins.
fn end(record: &Record, release: &Release, now: Timestamp) -> Timestamp {
    let later = record
        .releases
        .iter()
        .filter(|other| other.revision > release.revision);
    later.map(|other| other.deployed_at).min().unwrap_or(now)
}

/// The observer that counted most: intervals of several overlap and must not be added up.
fn main_observer(lines: &[Line], is_within: impl Fn(Timestamp) -> bool) -> Option<String> {
    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    for line in lines.iter().filter(|line| is_within(line.at)) {
        let counts = usize::from(interval(line).is_some());
        *counted.entry(line.by.as_str()).or_default() += counts;
    }
    counted
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .map(|(by, _)| by.to_owned())
}

fn interval(line: &Line) -> Option<&Interval> {
    match &line.seen {
        Seen::Interval(interval) => Some(interval),
        Seen::Candidate(_)
        | Seen::Weight { .. }
        | Seen::Verdict(_)
        | Seen::Plan(_)
        | Seen::Proof(_) => None,
    }
}

fn shown(line: &Line) -> Option<&Shown> {
    match &line.seen {
        Seen::Verdict(shown) => Some(shown),
        Seen::Candidate(_)
        | Seen::Weight { .. }
        | Seen::Interval(_)
        | Seen::Plan(_)
        | Seen::Proof(_) => None,
    }
}

fn verdict(lines: &[Line], index: usize, at: Timestamp, shown: &Shown) -> ShownVerdict {
    let is_same = rejudge(lines, index).is_some_and(|again| says_the_same(&again, &shown.verdict));
    ShownVerdict {
        at,
        call: shown.verdict.call,
        reason: shown.verdict.reason.word(),
        sentence: shown.verdict.sentence.clone(),
        guardrail: shown.verdict.guardrail.clone(),
        recomputed: is_same.then_some(true),
    }
}

/// The same call, for the same reason, in the same words and numbers as they were shown.
fn says_the_same(one: &Verdict, other: &Verdict) -> bool {
    let words = |verdict: &Verdict| -> Vec<(CheckState, String)> {
        let check = |check: &Check| (check.state, check.text.clone());
        verdict.checks.iter().map(check).collect()
    };
    (one.call, one.reason, &one.sentence) == (other.call, other.reason, &other.sentence)
        && words(one) == words(other)
}

/// What the candidate cost over these intervals; those in which the weight changed harmed people too.
fn harmed(intervals: &[&Interval]) -> Option<Harmed> {
    let (mut canary, mut stable) = (Totals::EMPTY, Totals::EMPTY);
    for interval in intervals {
        canary.add(&interval.canary, interval.span);
        stable.add(&interval.stable, interval.span);
    }
    canary.span?;
    Some(Harmed {
        requests: harm(&canary, &stable).map(|harm| harm.requests),
        canary_requests: canary.counts.requests,
        canary_errors: canary.counts.errors,
        stable_requests: stable.counts.requests,
        stable_errors: stable.counts.errors,
    })
}

fn changed(record: &Record, release: &Release) -> Vec<String> {
    let earlier = record
        .releases
        .iter()
        .filter(|other| other.revision < release.revision);
    let before = earlier
        .filter(|other| !matches!(other.ended, Ended::RolledBack | Ended::Aborted))
        .max_by_key(|other| other.revision);
    let mut lines = vec![match before {
        Some(before) => format!("image {} instead of {}", release.image, before.image),
        None => format!("image {}", release.image),
    }];
    let commit = |release: &Release| {
        release
            .commit
            .as_ref()
            .map(|commit| commit.shown().to_owned())
    };
    lines.extend(match (commit(release), before.and_then(commit)) {
        (Some(new), Some(old)) => Some(format!("commits {old}..{new}")),
        (Some(new), None) => Some(format!("commit {new}")),
        (None, _) => None,
    });
    lines.extend(
        release
            .run
            .as_ref()
            .map(|run| format!("pipeline run {}", run.shown())),
    );
    lines
}
