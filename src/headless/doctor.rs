//! `doctor`: what the program rests on, with the cure for what fails.

use super::exit;
use super::output::Output;
use crate::config::settings::Settings;
use crate::domain::ids::Target;
use crate::domain::notice::{Notice, NoticeKind};
use crate::runtime::probe::{self, Area, Finding, State};
use futures_util::future::join_all;
use serde::Serialize;
use std::io;

/// `flightdeck.doctor/1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DoctorDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// In the order they were made; each rests on those before it.
    pub checks: Vec<DoctorCheck>,
    /// The first failure's code; 0: all is well.
    pub exit_code: u8,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DoctorCheck {
    /// `terminal`, `config`, `cluster`, `rights`, `objects` or `metrics`.
    pub area: &'static str,
    /// The service; `None` for what concerns all.
    pub service: Option<String>,
    /// Its environment.
    pub environment: Option<String>,
    /// What was looked at.
    pub name: String,
    /// `None`: not known, or nothing that stops anything.
    pub ok: Option<bool>,
    /// What was found.
    pub text: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The query to Prometheus that it is about.
    pub query: Option<DoctorQuery>,
}

/// A query to Prometheus.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DoctorQuery {
    /// What was asked.
    pub asked: String,
    /// How many series came.
    pub series: usize,
    /// Names of the labels of one of them, or of one that is there instead; `null` where there is none.
    pub labels: Option<String>,
    /// The age of the newest sample in seconds; `null`: not known.
    pub age_s: Option<i64>,
}

/// What the doctor starts from.
#[derive(Debug)]
pub struct Patient<'a> {
    /// How the config stands.
    pub config: Vec<Finding>,
    /// The settings, where there are any, and what of them is looked at.
    pub settings: Option<(&'a Settings, &'a [Target])>,
}

/// The findings of a config that could not be had: each mistake of it is one.
pub fn no_config(notice: &Notice) -> Vec<Finding> {
    if notice.kind != NoticeKind::Config {
        return vec![Finding::trouble(Area::Config, "config", notice)];
    }
    let whole = Notice {
        chain: Vec::new(),
        ..notice.clone()
    };
    let mistakes = notice
        .chain
        .iter()
        .map(|line| Finding::well(Area::Config, "config", line).failed(notice.kind));
    std::iter::once(Finding::trouble(Area::Config, "config", &whole))
        .chain(mistakes)
        .collect()
}

/// The finding of a config that was read, or guessed.
pub fn config(settings: &Settings) -> Finding {
    let path = settings.origin.path().display();
    if settings.are_guessed() {
        let text = format!("there is none at {path}: guessed from the cluster");
        return Finding::well(Area::Config, "config", text)
            .unknown()
            .cure("flightdeck config init SERVICE writes the guesses down");
    }
    let environments = settings.targets().count();
    Finding::well(
        Area::Config,
        "config",
        format!("{path}, environments: {environments}"),
    )
}

/// Looks at everything and prints it; answers the first failure's exit code.
pub async fn run(patient: Patient<'_>, output: &mut Output<'_>) -> io::Result<u8> {
    let ui = patient.settings.map(|(settings, _)| &settings.ui);
    let mut checks: Vec<(Option<&Target>, Finding)> = Vec::new();
    let looks = probe::terminal(ui);
    checks.extend(looks.into_iter().map(|finding| (None, finding)));
    checks.extend(patient.config.into_iter().map(|finding| (None, finding)));
    if let Some((settings, targets)) = patient.settings {
        // Each waits for a cluster of its own.
        let looks = targets
            .iter()
            .map(|target| probe::environment(settings, target));
        for (target, findings) in targets.iter().zip(join_all(looks).await) {
            checks.extend(findings.into_iter().map(|finding| (Some(target), finding)));
        }
    }
    let exit_code = checks
        .iter()
        .find_map(|(_, finding)| match finding.state {
            State::Failed(kind) => Some(exit::of_notice(kind)),
            State::Well | State::Unknown => None,
        })
        .unwrap_or(exit::DONE);
    let document = DoctorDocument {
        schema: "flightdeck.doctor/1",
        checks: checks.into_iter().map(check).collect(),
        exit_code,
    };
    output.print(&document, text)?;
    Ok(exit_code)
}

fn check((target, finding): (Option<&Target>, Finding)) -> DoctorCheck {
    DoctorCheck {
        area: finding.area.word(),
        service: target.map(|target| target.service.to_string()),
        environment: target.map(|target| target.environment.to_string()),
        name: finding.name,
        ok: match finding.state {
            State::Well => Some(true),
            State::Unknown => None,
            State::Failed(_) => Some(false),
        },
        text: finding.text,
        hint: finding.hint,
        query: finding.query.map(|query| DoctorQuery {
            asked: query.asked,
            series: query.series,
            labels: Some(query.labels.to_string()).filter(|labels| !labels.is_empty()),
            age_s: query.age.map(|age| age.as_secs()),
        }),
    }
}

/// A query on one line; `-o json` has the whole of a very long one.
fn shortened(query: &str) -> String {
    const MOST: usize = 400;
    match query.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &query[..end]),
        None => query.to_owned(),
    }
}

fn text(document: &DoctorDocument) -> Vec<String> {
    let mut lines = Vec::new();
    let mut under = None;
    for check in &document.checks {
        let heading = match (&check.service, &check.environment) {
            (Some(service), Some(environment)) => {
                format!("{}: {service} in {environment}", check.area)
            }
            _ => check.area.to_owned(),
        };
        if under.as_ref() != Some(&heading) {
            lines.push(heading.clone());
            under = Some(heading);
        }
        let mark = match check.ok {
            Some(true) => "ok  ",
            Some(false) => "FAIL",
            None => "?   ",
        };
        lines.push(format!("  {mark} {}: {}", check.name, check.text));
        let asked = check.query.iter();
        lines.extend(asked.map(|query| format!("         asked: {}", shortened(&query.asked))));
        lines.extend(check.hint.iter().map(|hint| format!("         -> {hint}")));
    }
    let failed = document
        .checks
        .iter()
        .filter(|check| check.ok == Some(false))
        .count();
    lines.push(match failed {
        0 => "nothing fails".to_owned(),
        1 => "1 check fails".to_owned(),
        more => format!("{more} checks fail"),
    });
    lines
}
