//! Logs as GitHub writes them: a time of seven digits before each line, groups, and commands.

use super::pipeline::{Job, Status, Step};
use jiff::{SignedDuration, Timestamp};

/// The log of a job that has ended.
pub(crate) fn of_job(job: &Job, sha: &str) -> String {
    let mut out = String::from("\u{feff}");
    for step in job.steps.iter().filter(|step| step.status.is_over()) {
        let began = step.started.unwrap_or(job.created);
        for (at, line) in lines(job, step, sha).iter().enumerate() {
            let millis = i64::try_from(at).unwrap_or(0) * 7;
            let at = began.saturating_add(SignedDuration::from_millis(millis));
            out.push_str(&line_at(at.unwrap_or(began), line));
        }
    }
    out
}

/// Lines with the time before them.
pub(crate) fn stamped(lines: &str, now: Timestamp) -> String {
    lines.lines().map(|line| line_at(now, line)).collect()
}

fn line_at(at: Timestamp, line: &str) -> String {
    format!(
        "{}.{:07}Z {line}\n",
        at.strftime("%Y-%m-%dT%H:%M:%S"),
        at.subsec_nanosecond() / 100
    )
}

fn lines(job: &Job, step: &Step, sha: &str) -> Vec<String> {
    let mut lines = vec![format!("##[group]{}", step.name)];
    match step.name.as_str() {
        "Set up job" => lines.extend([
            "Current runner version: '2.330.0'".to_owned(),
            "Image: ubuntu-24.04".to_owned(),
        ]),
        "Check out the source" => lines.extend([
            "[command]/usr/bin/git checkout --progress --force main".to_owned(),
            format!("HEAD is now at {}", sha.get(..7).unwrap_or(sha)),
        ]),
        "Run unit tests" | "Run integration tests" => {
            lines.extend((1..=24).map(|n| format!("test basket::totals::case_{n:02} ... ok")));
            lines.push("\u{1b}[32mtest result: ok.\u{1b}[0m 24 passed; 0 failed".to_owned());
        }
        "Scan image" => lines.push("Total: 0 (HIGH: 0, CRITICAL: 0)".to_owned()),
        "Push image" => lines.push("pushed registry.example.com/shop/checkout".to_owned()),
        other => lines.push(format!("{other}: done")),
    }
    lines.push("##[endgroup]".to_owned());
    match step.status {
        Status::Ended("failure") => {
            lines.push(format!("##[error]{} failed in {}", step.name, job.name));
            lines.push("##[error]Process completed with exit code 1.".to_owned());
        }
        Status::Ended("cancelled") => {
            lines.push("##[error]The operation was canceled.".to_owned());
        }
        Status::Queued | Status::Waiting | Status::InProgress | Status::Ended(_) => {}
    }
    lines
}
