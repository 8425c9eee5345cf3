//! The postmortem of a release.

use super::raw;
use super::{HistoryDocument, ReleaseEntry};
use crate::analysis::black_box::Line;
use crate::analysis::counts::Counts;
use crate::analysis::latency::Quantile;
use crate::analysis::sequential::recorded::Recorded;
use crate::analysis::series::Interval;
use crate::analysis::verdict::Call;
use crate::domain::record::{Record, Release};
use crate::domain::text::Text;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// `flightdeck.report/1`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReportDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// The service.
    pub service: String,
    /// The environment.
    pub environment: String,
    /// Where the record was read: `cluster` or `journal`.
    pub source: &'static str,
    /// The release that it is about; `null` where it is about a time.
    pub release: Option<ReleaseEntry>,
    /// Its beginning.
    pub from: Timestamp,
    /// Its end.
    pub until: Timestamp,
    /// What the release brought, in words.
    pub changed: Vec<String>,
    /// What it has cost; `null` where there are no intervals to tell it by.
    pub harmed: Option<Harmed>,
    /// What happened, oldest first.
    pub timeline: Vec<Moment>,
    /// What was shown, oldest first.
    pub verdicts: Vec<ShownVerdict>,
    /// What both versions did, oldest first, as one observer counted it.
    pub intervals: Vec<IntervalEntry>,
    /// The counts behind the last verdict, as `flightdeck judge` reads them; `null` where none was shown by evidence.
    pub judge: Option<Recorded>,
    /// The highest error share, 0 to 1, and p95 in seconds of the time; `null` where no verdict told them.
    pub goals: Option<Limits>,
}

/// Requests harmed by a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Harmed {
    /// Errors above what stable's share would have given; `null` where stable answered nothing to measure by.
    pub requests: Option<f64>,
    /// What the candidate answered.
    pub canary_requests: f64,
    /// What it failed.
    pub canary_errors: f64,
    /// What stable answered meanwhile.
    pub stable_requests: f64,
    /// What stable failed meanwhile.
    pub stable_errors: f64,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// `release`, `weight`, `verdict`, `plan`, `step`, `check`, `proof`, `note`.
    pub kind: &'static str,
    /// What.
    pub text: String,
}

/// A verdict that was shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShownVerdict {
    /// When.
    pub at: Timestamp,
    /// What it advised.
    pub call: Call,
    /// Why.
    pub reason: &'static str,
    /// In words, with its numbers.
    pub sentence: String,
    /// The guardrail that decided, where one did.
    pub guardrail: Option<String>,
    /// `true` where the recorded intervals give it again; `null` where not all of them were kept.
    pub recomputed: Option<bool>,
}

/// Limits that verdicts were held to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Limits {
    /// Highest error share, 0 to 1.
    pub error_share: f64,
    /// Highest p95, seconds.
    pub p95_s: f64,
}

/// Both versions over one interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct IntervalEntry {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end.
    pub until: Timestamp,
    /// The candidate.
    pub canary: SideEntry,
    /// Stable.
    pub stable: SideEntry,
}

/// One version over one interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SideEntry {
    /// Answered requests.
    pub requests: f64,
    /// Those that failed.
    pub errors: f64,
    /// 95th percentile of the response time, seconds; `null` where it is not known.
    pub p95_s: Option<f64>,
}

impl IntervalEntry {
    /// An interval as one row.
    pub fn of(interval: &Interval) -> Self {
        Self {
            from: interval.span.from,
            until: interval.span.until,
            canary: SideEntry::of(&interval.canary),
            stable: SideEntry::of(&interval.stable),
        }
    }
}

impl SideEntry {
    fn of(counts: &Counts) -> Self {
        Self {
            requests: counts.requests,
            errors: counts.errors,
            p95_s: counts.quantile(0.95).map(Quantile::seconds),
        }
    }
}

/// The entry of one release.
pub fn release_entry(record: &Record, revision: u64) -> Option<ReleaseEntry> {
    let document = HistoryDocument::of(record, "");
    document
        .releases
        .into_iter()
        .find(|entry| entry.revision == revision)
}

/// What the record says of a release, as moments.
pub fn release_moments(release: &Release) -> Vec<Moment> {
    let moment = |at, kind, text| Moment { at, kind, text };
    let why = release
        .reason
        .as_ref()
        .map_or_else(String::new, |why| format!(": {}", raw(why)));
    let mut moments = vec![moment(
        release.deployed_at,
        "release",
        format!("{} deployed by {}{why}", release.tag(), raw(&release.by)),
    )];
    moments.extend(release.good.as_ref().map(|good| {
        let evidence = good.evidence.as_ref().or(good.why.as_ref());
        let evidence = evidence.map_or_else(String::new, |text| format!(": {}", raw(text)));
        moment(
            good.since,
            "proof",
            format!(
                "{} marked good by {}{evidence}",
                release.tag(),
                raw(&good.by)
            ),
        )
    }));
    moments.extend(release.notes.iter().map(|note| {
        moment(
            note.at,
            "note",
            format!("{}: {} ({})", release.tag(), raw(&note.text), raw(&note.by)),
        )
    }));
    moments
}

/// The lines of the cluster's black box; none where this version cannot read it.
pub fn kept_lines(text: &Text) -> Vec<Line> {
    #[derive(Deserialize)]
    struct Kept {
        lines: Vec<Line>,
    }
    let kept: Result<Kept, _> = serde_json::from_str(text.raw());
    kept.map(|kept| kept.lines).unwrap_or_default()
}
