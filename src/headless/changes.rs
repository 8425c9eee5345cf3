//! `changes`: what the candidate brings against the stable release: its pod template, and its commits.

use super::output::Output;
use super::reading::{Look, look};
use super::{exit, text};
use crate::app::changes::{Named, sides, template};
use crate::config::settings::Settings;
use crate::domain::ids::Target;
use crate::domain::notice::{Notice, NoticeKind};
use crate::domain::pipeline::Comparison;
use crate::runtime::ci::Ci;
use crate::strategy::changes::TemplateChange;
use jiff::Timestamp;
use serde::Serialize;
use std::io;

/// `flightdeck.changes/1`.
#[derive(Clone, Debug, Serialize)]
pub struct ChangesDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// The service.
    pub service: String,
    /// The environment.
    pub environment: String,
    /// The stable release.
    pub stable: ReleaseName,
    /// The candidate.
    pub candidate: ReleaseName,
    /// The differences of their pod templates; `null` where one is not known.
    pub template: Option<Vec<TemplateChange>>,
    /// The commits between them; `null` where they are not known.
    pub commits: Option<Commits>,
    /// Why the commits are not known.
    pub commits_unknown: Option<String>,
}

/// A release.
#[derive(Clone, Debug, Serialize)]
pub struct ReleaseName {
    /// Its tag.
    pub tag: String,
    /// Its image.
    pub image: String,
    /// The commit it was built from, where it is known.
    pub commit: Option<String>,
}

/// The commits between two releases.
#[derive(Clone, Debug, Serialize)]
pub struct Commits {
    /// How many the candidate has and stable has not; `commits` may hold fewer.
    pub ahead: u64,
    /// How many stable has and the candidate has not.
    pub behind: u64,
    /// Files changed, where told.
    pub files: Option<u64>,
    /// Lines added, where told.
    pub added: Option<u64>,
    /// Lines removed, where told.
    pub removed: Option<u64>,
    /// Its page.
    pub url: Option<String>,
    /// The newest, newest first.
    pub commits: Vec<CommitEntry>,
}

/// One commit.
#[derive(Clone, Debug, Serialize)]
pub struct CommitEntry {
    /// All its hex digits.
    pub id: String,
    /// The first line of its message.
    pub subject: String,
    /// Who wrote it.
    pub author: String,
    /// When.
    pub at: Option<Timestamp>,
    /// The pull or merge request.
    pub request: Option<u64>,
}

/// Prints changes/1; answers the exit code.
pub async fn run(
    settings: &Settings,
    target: &Target,
    output: &mut Output<'_>,
) -> io::Result<Result<u8, Notice>> {
    let model = match look(settings, target).await? {
        Ok(Look::Seen(model)) => model,
        Ok(Look::Ended(code)) => return Ok(Ok(code)),
        Err(notice) => return Ok(Err(notice)),
    };
    let Some((stable, candidate)) = sides(&model) else {
        let text = format!("{target} has no release under way: there is nothing to compare");
        return Ok(Err(Notice::new(NoticeKind::Refused, text)
            .hint("see the releases with: flightdeck history")));
    };
    let (stable, candidate) = (named(&stable), named(&candidate));
    let compared = commits(settings, target, &stable, &candidate).await;
    let (commits, unknown) = match compared {
        Ok(comparison) => (Some(of(&comparison)), None),
        Err(notice) => (None, Some(text::error(&notice).join("; "))),
    };
    let document = ChangesDocument {
        schema: "flightdeck.changes/1",
        service: target.service.to_string(),
        environment: target.environment.to_string(),
        template: template(&model),
        stable,
        candidate,
        commits,
        commits_unknown: unknown,
    };
    output.print(&document, lines)?;
    Ok(Ok(exit::DONE))
}

fn named(side: &Named) -> ReleaseName {
    ReleaseName {
        tag: side.tag.clone(),
        image: side.image.to_string(),
        commit: side.commit.clone(),
    }
}

async fn commits(
    settings: &Settings,
    target: &Target,
    stable: &ReleaseName,
    candidate: &ReleaseName,
) -> Result<Comparison, Notice> {
    let (Some(base), Some(head)) = (&stable.commit, &candidate.commit) else {
        let which = if stable.commit.is_none() {
            &stable.tag
        } else {
            &candidate.tag
        };
        return Err(Notice::new(
            NoticeKind::Refused,
            format!("the commit of {which} is neither in the record nor in its tag"),
        ));
    };
    Ci::of(settings, &target.service)?.compare(base, head).await
}

fn of(comparison: &Comparison) -> Commits {
    Commits {
        ahead: comparison.ahead,
        behind: comparison.behind,
        files: comparison.files,
        added: comparison.added,
        removed: comparison.removed,
        url: comparison.url.as_ref().map(|url| url.shown().to_owned()),
        commits: comparison
            .commits
            .iter()
            .map(|commit| CommitEntry {
                id: commit.id.shown().to_owned(),
                subject: commit.subject.shown().to_owned(),
                author: commit.author.shown().to_owned(),
                at: commit.at,
                request: commit.request,
            })
            .collect(),
    }
}

fn lines(document: &ChangesDocument) -> Vec<String> {
    let mut told = vec![format!(
        "{} {}: {} -> {}",
        document.service, document.environment, document.stable.tag, document.candidate.tag
    )];
    told.push(String::new());
    told.push("pod template".to_owned());
    match document.template.as_deref() {
        None => told.push("  not known: the ReplicaSet of one side is not there".to_owned()),
        Some([]) => told.push("  no difference".to_owned()),
        Some(changes) => told.extend(changes.iter().map(change)),
    }
    told.push(String::new());
    match (&document.commits, &document.commits_unknown) {
        (Some(commits), _) => told.extend(commit_lines(commits)),
        (None, why) => told.push(format!(
            "commits: not known: {}",
            why.as_deref().unwrap_or("nothing tells them")
        )),
    }
    told
}

fn change(change: &TemplateChange) -> String {
    let values = match (&change.from, &change.to) {
        (Some(from), Some(to)) => format!("  {from} -> {to}"),
        (None, Some(to)) => format!("  {to}"),
        (Some(from), None) => format!("  was {from}"),
        (None, None) => String::new(),
    };
    format!(
        "  {:<9} {:<7} {}{values}",
        change.kind.word(),
        change.change.word(),
        change.path
    )
}

fn commit_lines(commits: &Commits) -> Vec<String> {
    let size = match (commits.files, commits.added, commits.removed) {
        (Some(files), Some(added), Some(removed)) => {
            format!(", {files} files, +{added} -{removed}")
        }
        _ => String::new(),
    };
    let mut told = vec![format!("{} commits{size}", commits.ahead)];
    if commits.behind > 0 {
        told.push(format!(
            "  takes back {} commits that stable has",
            commits.behind
        ));
    }
    for commit in &commits.commits {
        let id = commit.id.get(..8).unwrap_or(&commit.id);
        let request = commit
            .request
            .map_or_else(String::new, |number| format!(" (#{number})"));
        let subject = if commit.subject.contains('#') {
            commit.subject.clone()
        } else {
            format!("{}{request}", commit.subject)
        };
        told.push(format!("  {id} {subject}  {}", commit.author));
    }
    let more = commits.ahead.saturating_sub(commits.commits.len() as u64);
    if more > 0 {
        told.push(format!("  and {more} more"));
    }
    told
}
