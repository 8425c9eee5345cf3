//! The report as Markdown.

use crate::headless::json::{Harmed, Moment, ReleaseEntry, ReportDocument, ShownVerdict};
use crate::headless::markup::escape;
use jiff::Timestamp;

/// Where the charts are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pictures {
    /// In the text itself: name and SVG.
    Inside(Vec<(&'static str, String)>),
    /// In files beside it: name and file.
    Beside(Vec<(&'static str, String)>),
}

/// The report, line by line.
pub fn markdown(document: &ReportDocument, pictures: &Pictures) -> Vec<String> {
    let mut lines = vec![format!("# {}", title(document)), String::new()];
    lines.extend(summary(document));
    lines.extend(section(
        "What had changed",
        document
            .changed
            .iter()
            .map(|line| format!("- {}", escape(line))),
    ));
    lines.extend(section("Charts", shown(pictures)));
    lines.extend(section("Timeline (UTC)", moments(&document.timeline)));
    lines.extend(section("Verdicts", verdicts(&document.verdicts)));
    let place = if document.source == "cluster" {
        "the cluster's record"
    } else {
        "this machine's journal"
    };
    lines.push(format!(
        "Made from {place}, the journal and the black box; {} intervals.",
        document.intervals.len()
    ));
    lines
}

fn title(document: &ReportDocument) -> String {
    let place = format!("{} in {}", document.service, document.environment);
    match &document.release {
        Some(release) => format!(
            "{place}: {}, {}",
            escape(&release.tag),
            release.ended.replace('_', " ")
        ),
        None => format!(
            "{place}: {} to {}",
            time(document.from),
            time(document.until)
        ),
    }
}

fn summary(document: &ReportDocument) -> Vec<String> {
    let mut rows = vec![
        ("From", time(document.from)),
        ("Until", time(document.until)),
    ];
    if let Some(release) = &document.release {
        rows.extend(release_rows(release));
    }
    rows.push((
        "Requests harmed",
        document
            .harmed
            .as_ref()
            .map_or_else(|| "unknown: no interval was kept".to_owned(), harmed),
    ));
    let mut lines = vec!["| | |".to_owned(), "|---|---|".to_owned()];
    lines.extend(
        rows.into_iter()
            .map(|(name, value)| format!("| {name} | {value} |")),
    );
    lines.push(String::new());
    lines
}

fn release_rows(release: &ReleaseEntry) -> Vec<(&'static str, String)> {
    let mut rows = vec![(
        "Release",
        format!("{} (revision {})", escape(&release.tag), release.revision),
    )];
    rows.push(("Deployed by", escape(&release.by)));
    rows.extend(release.reason.as_ref().map(|why| ("Why", escape(why))));
    rows.push((
        "Good",
        match (release.mark, &release.good_by) {
            (Some("good"), Some(by)) => format!("yes, by {}", escape(by)),
            (Some("taken_away"), _) => "no longer: the mark was taken away".to_owned(),
            (Some(word), _) => word.to_owned(),
            (None, _) => "no".to_owned(),
        },
    ));
    rows.extend(
        release
            .evidence
            .as_ref()
            .map(|evidence| ("Evidence", escape(evidence))),
    );
    rows
}

fn harmed(harmed: &Harmed) -> String {
    let requests = harmed.requests.map_or_else(
        || "unknown".to_owned(),
        |requests| format!("about {requests:.0}"),
    );
    format!(
        "{requests} (the canary failed {:.0} of {:.0}, stable {:.0} of {:.0})",
        harmed.canary_errors, harmed.canary_requests, harmed.stable_errors, harmed.stable_requests
    )
}

fn section(title: &str, lines: impl IntoIterator<Item = String>) -> Vec<String> {
    let lines: Vec<String> = lines.into_iter().collect();
    if lines.is_empty() {
        return Vec::new();
    }
    let mut section = vec![format!("## {title}"), String::new()];
    section.extend(lines);
    section.push(String::new());
    section
}

fn shown(pictures: &Pictures) -> Vec<String> {
    match pictures {
        Pictures::Inside(pictures) => pictures
            .iter()
            .flat_map(|(_, svg)| svg.lines().map(str::to_owned).chain([String::new()]))
            .collect(),
        Pictures::Beside(pictures) => pictures
            .iter()
            .map(|(name, file)| format!("![{name}]({})", file.replace(' ', "%20")))
            .collect(),
    }
}

fn moments(timeline: &[Moment]) -> Vec<String> {
    if timeline.is_empty() {
        return Vec::new();
    }
    let mut lines = vec!["| Time | What | |".to_owned(), "|---|---|---|".to_owned()];
    lines.extend(timeline.iter().map(|moment| {
        format!(
            "| {} | {} | {} |",
            time(moment.at),
            moment.kind,
            escape(&moment.text)
        )
    }));
    lines
}

fn verdicts(verdicts: &[ShownVerdict]) -> Vec<String> {
    let line = |verdict: &ShownVerdict| {
        let again = match verdict.recomputed {
            Some(true) => "the kept intervals give it again",
            Some(false) => "the kept intervals give another",
            None => "not all its intervals were kept",
        };
        let guardrail = verdict
            .guardrail
            .as_ref()
            .map_or_else(String::new, |name| format!("{}: ", escape(name)));
        format!(
            "- {} **{}** {guardrail}{} ({again})",
            time(verdict.at),
            verdict.call,
            escape(&verdict.sentence)
        )
    };
    verdicts.iter().map(line).collect()
}

fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}
