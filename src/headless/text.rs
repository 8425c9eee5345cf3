//! The documents as lines for people; each line is cleaned where it is written.

use super::json::{
    EventDocument, FeedStatus, HistoryDocument, MetricsStatus, Numbers, OutcomeDocument,
    PlanDocument, PlanStatus, ReleaseEntry, ServiceStatus, SideStatus, StatusDocument,
    VerdictStatus,
};
use crate::domain::notice::Notice;
use crate::domain::outcome::StepResult;
use crate::strategy::plan::Confirm;
use jiff::{SignedDuration, Timestamp};

/// A trouble.
pub fn error(notice: &Notice) -> Vec<String> {
    let mut lines = vec![format!("error: {}", notice.summary)];
    lines.extend(notice.chain.iter().map(|cause| format!("  {cause}")));
    lines.extend(notice.hint.iter().map(|hint| format!("hint: {hint}")));
    lines
}

/// What is live.
pub fn status(document: &StatusDocument) -> Vec<String> {
    let mut lines = Vec::new();
    for service in &document.services {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.extend(service_lines(service, document.at));
    }
    lines
}

/// Many services: a line each, and what is wrong with one below it.
pub fn statuses(document: &StatusDocument) -> Vec<String> {
    let mut lines = Vec::new();
    for service in &document.services {
        lines.push(format!(
            "{} in {}: {}",
            service.service,
            service.environment,
            headline(service)
        ));
        lines.extend(
            service
                .troubles
                .first()
                .map(|trouble| row("trouble", trouble)),
        );
    }
    lines
}

fn service_lines(service: &ServiceStatus, now: Timestamp) -> Vec<String> {
    let mut lines = vec![format!(
        "{} in {}: {}",
        service.service,
        service.environment,
        headline(service)
    )];
    lines.extend(
        service
            .troubles
            .iter()
            .map(|trouble| row("trouble", trouble)),
    );
    lines.extend(
        service
            .stable
            .iter()
            .map(|side| row("stable", &side_text(side))),
    );
    lines.extend(
        service
            .candidate
            .iter()
            .map(|side| row("candidate", &side_text(side))),
    );
    lines.extend(step_text(service, now).map(|text| row("step", &text)));
    lines.extend(service.paused.iter().map(|paused| {
        let why = paused
            .reason
            .as_ref()
            .map_or_else(String::new, |why| format!(": {why}"));
        row(
            "paused",
            &format!("by {}, {} ago{why}", paused.by, age(now, paused.since)),
        )
    }));
    if let Some(metrics) = &service.metrics {
        lines.extend(metrics_lines(metrics));
    }
    if service.candidate.is_some() {
        lines.extend(verdict_lines(&service.verdict));
    }
    lines.push(match &service.last_known_good {
        Some(good) => row(
            "last good",
            &format!("{}{}", good.tag, since(now, good.good_since)),
        ),
        None => row("last good", "none recorded"),
    });
    lines.extend(service.driver.iter().filter_map(|driver| {
        let doing = driver.doing.as_ref()?;
        Some(row("pilot", &format!("{}: {doing}", driver.who)))
    }));
    lines.extend(service.plan.iter().flat_map(|plan| plan_lines(plan, now)));
    lines.extend(last_plan(service, now));
    lines.extend(service.owner.iter().map(|owner| {
        let reverts = if owner.reverts {
            ", which reverts changes"
        } else {
            ""
        };
        row("owner", &format!("{} {}{reverts}", owner.kind, owner.name))
    }));
    lines.push(row("cluster", &feed(&service.feeds.cluster)));
    let source = service
        .metrics
        .as_ref()
        .map(|metrics| metrics.source)
        .filter(|source| *source != "pods");
    let from = source.map_or(String::new(), |source| format!(", from {source}"));
    lines.push(row(
        "metrics",
        &format!("{}{from}", feed(&service.feeds.metrics)),
    ));
    lines
}

/// The sentence, whose guardrail it is and what would change it, and what only warns.
fn verdict_lines(verdict: &VerdictStatus) -> Vec<String> {
    let mut lines = vec![row("verdict", &verdict.sentence)];
    let (guardrail, until) = (&verdict.guardrail, &verdict.until);
    lines.extend(match (guardrail, until) {
        (Some(guardrail), Some(until)) => Some(row("guardrail", &format!("{guardrail}: {until}"))),
        (Some(guardrail), None) => Some(row("guardrail", guardrail)),
        (None, Some(until)) => Some(row("until", until)),
        (None, None) => None,
    });
    lines.extend(
        verdict
            .warnings
            .iter()
            .map(|warning| row("warning", warning)),
    );
    lines
}

/// The plan that holds the claim; where its program may be gone, what to do about it.
fn plan_lines(plan: &PlanStatus, now: Timestamp) -> Vec<String> {
    let progress = format!("{} of {} steps done", plan.done, plan.steps);
    let begun = format!("begun by {} {} ago", plan.by, age(now, plan.since));
    let head = match plan.state {
        "cut_off" => format!("CUT OFF: {}: {progress}, {begun}", plan.title),
        _ => format!("{}: {progress}, {begun}", plan.title),
    };
    let mut lines = vec![row("plan", &head)];
    if let (Some(resume), Some(undo)) = (&plan.resume, &plan.undo) {
        let when = if plan.state == "cut_off" {
            ""
        } else {
            "if its program is gone, which shows within 15 s: "
        };
        lines.push(row("", &format!("{when}{resume}")));
        lines.push(row("", &format!("or take it back: {undo}")));
    }
    lines
}

/// How this machine's last plan ended, where it did not go as it should and nothing else is under way.
fn last_plan(service: &ServiceStatus, now: Timestamp) -> Option<String> {
    let last = service.last_plan.as_ref()?;
    let is_news = last.end != "done" && service.plan.is_none();
    is_news.then(|| {
        row(
            "last plan",
            &format!(
                "{}, begun here {} ago: {} of {} steps done; {}",
                last.title,
                age(now, last.began_at),
                last.done,
                last.steps,
                last.sentence
            ),
        )
    })
}

fn headline(service: &ServiceStatus) -> String {
    match (&service.candidate, service.weight) {
        (Some(candidate), Some(weight)) => format!(
            "{}, {} has {weight} % of the traffic",
            service.phase, candidate.tag
        ),
        (Some(candidate), None) => format!(
            "{}, {} has an unknown share of the traffic",
            service.phase, candidate.tag
        ),
        (None, _) => service.phase.to_owned(),
    }
}

fn row(name: &str, text: &str) -> String {
    format!("  {name:<10} {text}")
}

fn side_text(side: &SideStatus) -> String {
    let replicas = &side.replicas;
    let restarts = match side.restarts {
        0 => String::new(),
        1 => ", 1 restart".to_owned(),
        more => format!(", {more} restarts"),
    };
    format!(
        "{}, {} of {} pods available{restarts}",
        side.tag, replicas.available, replicas.desired
    )
}

fn step_text(service: &ServiceStatus, now: Timestamp) -> Option<String> {
    if let Some(who) = &service.weight_set_by {
        return Some(format!("none: the weight was set by {who}"));
    }
    let step = service.step?;
    let place = format!("{} of {}, {} %", step.index + 1, step.count, step.weight);
    Some(match step.holds_until {
        Some(until) if until > now => format!(
            "{place}, held for {} more",
            length(until.duration_since(now))
        ),
        Some(until) => format!("{place}, its time was over {} ago", age(now, until)),
        None => place,
    })
}

fn metrics_lines(metrics: &MetricsStatus) -> Vec<String> {
    let over = match metrics.since {
        "recent" => "lately",
        "step" => "since the step began",
        _ => "since the pods started",
    };
    let mut lines = vec![row(
        "",
        &format!(
            "{:<10} {:>9} {:>8} {:>9} {:>9}   {over}",
            "", "req/s", "errors", "p95", "cpu/req"
        ),
    )];
    for (name, numbers) in [("stable", &metrics.stable), ("canary", &metrics.canary)] {
        lines.extend(
            numbers
                .iter()
                .map(|numbers| row("", &format!("{name:<10} {}", numbers_text(numbers)))),
        );
    }
    lines
}

fn numbers_text(numbers: &Numbers) -> String {
    if numbers.requests <= 0.0 {
        return "no requests".to_owned();
    }
    let or_unknown = |text: Option<String>| text.unwrap_or_else(|| "?".to_owned());
    format!(
        "{:>9} {:>8} {:>9} {:>9}",
        or_unknown(numbers.requests_per_s.map(|rate| format!("{rate:.1}"))),
        or_unknown(numbers.error_share.map(percent)),
        or_unknown(numbers.p95_s.map(milliseconds)),
        or_unknown(numbers.cpu_s_per_request.map(milliseconds)),
    )
}

fn percent(share: f64) -> String {
    format!("{:.2} %", share * 100.0)
}

fn milliseconds(seconds: f64) -> String {
    format!("{:.1} ms", seconds * 1000.0)
}

fn feed(feed: &FeedStatus) -> String {
    let seen = feed
        .age_s
        .map_or_else(String::new, |age| format!(", {age:.0} s old"));
    let error = feed
        .error
        .as_ref()
        .map_or_else(String::new, |error| format!(": {error}"));
    format!("{}{seen}{error}", feed.state.replace('_', " "))
}

fn since(now: Timestamp, since: Option<Timestamp>) -> String {
    since.map_or_else(String::new, |since| {
        format!(", good for {}", age(now, since))
    })
}

fn age(now: Timestamp, then: Timestamp) -> String {
    length(now.duration_since(then).max(SignedDuration::ZERO))
}

/// At most two units: `3 d 4 h`, `12 m`, `8 s`.
fn length(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} m {} s", seconds % 60),
        (0, hours, minutes) => format!("{hours} h {minutes} m"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

/// What would be done.
pub fn plan(document: &PlanDocument) -> Vec<String> {
    let place = format!("{} in {}", document.service, document.environment);
    if let Some(refusal) = &document.refusal {
        let mut lines = vec![format!(
            "{place}: no plan to {}: {}",
            document.goal.replace('_', " "),
            refusal.text
        )];
        lines.extend(refusal.hint.iter().map(|hint| format!("hint: {hint}")));
        return lines;
    }
    let title = document.title.as_deref().unwrap_or(document.goal);
    let mut lines = vec![format!("{place}: {title}")];
    lines.extend(
        document
            .warnings
            .iter()
            .map(|warning| format!("  ! {warning}")),
    );
    if document.steps.is_empty() {
        lines.push("  nothing but the record is written".to_owned());
    }
    lines.extend(numbered(document.steps.iter().map(|step| &step.text)));
    lines.extend(
        document
            .checks
            .iter()
            .map(|check| format!("  check {check}")),
    );
    lines.extend(
        document
            .expected
            .iter()
            .map(|expected| format!("  then {expected}")),
    );
    lines.extend(
        document
            .takes_s
            .map(|seconds| format!("  takes about {seconds:.0} s")),
    );
    if !document.inverse.is_empty() {
        lines.push("  to take it back:".to_owned());
        lines.extend(
            numbered(document.inverse.iter().map(|step| &step.text))
                .map(|line| format!("  {line}")),
        );
    }
    lines.push(match document.confirm {
        Confirm::None => "  needs no confirmation".to_owned(),
        Confirm::Yes => "  confirmed by y, or --yes".to_owned(),
        Confirm::Name => format!(
            "  confirmed by typing {0}, or --confirm {0}",
            document.service
        ),
    });
    lines
}

fn numbered<'t>(texts: impl Iterator<Item = &'t String>) -> impl Iterator<Item = String> {
    texts
        .enumerate()
        .map(|(index, text)| format!("  {}. {text}", index + 1))
}

/// How a plan ended.
pub fn outcome(document: &OutcomeDocument) -> Vec<String> {
    let mut lines: Vec<String> = document
        .verified
        .iter()
        .map(|check| format!("  {:<8} {}: {}", answer(check.ok), check.check, check.text))
        .collect();
    lines.push(document.sentence.clone());
    lines.push(format!("recorded in {}", document.record));
    lines
}

fn answer(ok: Option<bool>) -> &'static str {
    match ok {
        Some(true) => "ok",
        Some(false) => "NOT OK",
        None => "unknown",
    }
}

/// A step that ended.
pub fn step(text: &str, result: StepResult, seconds: f64) -> String {
    format!("  {text}: {} ({seconds:.1} s)", result.words())
}

/// Releases.
pub fn history(document: &HistoryDocument) -> Vec<String> {
    if document.releases.is_empty() {
        return vec!["no release is recorded".to_owned()];
    }
    let tags = document
        .releases
        .iter()
        .map(|release| release.tag.chars().count())
        .max();
    let width = tags.unwrap_or(0).clamp(3, 40);
    let mut lines = vec![format!(
        "{:>4}  {:<width$}  {:<20}  {:<12}  {:<10}  BY",
        "REV", "TAG", "DEPLOYED", "ENDED", "GOOD"
    )];
    lines.extend(
        document
            .releases
            .iter()
            .flat_map(|release| release_lines(release, width)),
    );
    lines
}

fn release_lines(release: &ReleaseEntry, width: usize) -> Vec<String> {
    let good = match release.mark {
        Some("good") => "yes",
        Some("taken_away") => "taken away",
        Some(word) => word,
        None => "-",
    };
    let mut lines = vec![format!(
        "{:>4}  {:<width$}  {:<20}  {:<12}  {good:<10}  {}",
        release.revision,
        release.tag,
        release
            .deployed_at
            .strftime("%Y-%m-%dT%H:%M:%SZ")
            .to_string(),
        release.ended.replace('_', " "),
        release.by,
    )];
    lines.extend(provenance(release));
    lines.extend(
        release
            .reason
            .iter()
            .map(|reason| format!("      why: {reason}")),
    );
    lines.extend(
        release
            .evidence
            .iter()
            .map(|evidence| format!("      evidence: {evidence}")),
    );
    lines.extend(
        release
            .notes
            .iter()
            .map(|note| format!("      {} by {}", note.text.shown(), note.by.shown())),
    );
    lines
}

/// What it was built from, and by which run.
fn provenance(release: &ReleaseEntry) -> Option<String> {
    let commit = release
        .commit
        .iter()
        .map(|commit| format!("commit {commit}"));
    let run = release.run.iter().map(|run| format!("run {run}"));
    let parts: Vec<String> = commit.chain(run).collect();
    (!parts.is_empty()).then(|| format!("      from: {}", parts.join(", ")))
}

/// A line of `watch`.
pub fn event(document: &EventDocument) -> Vec<String> {
    let time = document.at.strftime("%H:%M:%SZ");
    vec![format!(
        "{time} {:<8} {}",
        document.kind.to_uppercase(),
        document.text
    )]
}
