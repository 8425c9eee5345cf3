//! A repository of Gitea or Forgejo, and what both tell of it besides pipelines.

use super::common::{first_line, moment, request_number, said};
use super::errors::CiError;
use super::http::{Ask, Http, encoded};
use crate::domain::pipeline::{Commit, Comparison};
use crate::domain::text::Text;
use serde::Deserialize;
use std::fmt;

/// `OWNER/REPOSITORY`.
#[derive(Clone, Debug)]
pub(super) struct Repository(String);

impl Repository {
    pub(super) fn new(project: &str) -> Self {
        Self(project.to_owned())
    }

    /// Where its API begins.
    pub(super) fn path(&self) -> String {
        let parts: Vec<String> = self.0.split('/').map(encoded).collect();
        format!("/api/v1/repos/{}", parts.join("/"))
    }

    /// Where that of its pipelines begins.
    pub(super) fn actions(&self) -> String {
        format!("{}/actions", self.path())
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Debug, Deserialize)]
struct Compared {
    total_commits: Option<u64>,
    commits: Option<Vec<Entry>>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    sha: Option<String>,
    commit: Option<Content>,
    files: Option<Vec<File>>,
    stats: Option<Stats>,
}

#[derive(Debug, Deserialize)]
struct Content {
    message: Option<String>,
    author: Option<Author>,
}

#[derive(Debug, Deserialize)]
struct Author {
    name: Option<String>,
    date: Option<String>,
}

#[derive(Debug, Deserialize)]
struct File {
    filename: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Stats {
    additions: Option<u64>,
    deletions: Option<u64>,
}

/// The commits that `head` has and `base` has not.
pub(super) async fn compare(
    http: &Http,
    repository: &Repository,
    base: &str,
    head: &str,
) -> Result<Comparison, CiError> {
    let ahead = asked(http, repository, base, head).await?;
    let behind = asked(http, repository, head, base).await?;
    let entries = ahead.commits.unwrap_or_default();
    let all = |of: fn(&Stats) -> Option<u64>| -> Option<u64> {
        entries.iter().map(|entry| of(entry.stats.as_ref()?)).sum()
    };
    let (added, removed) = (all(|stats| stats.additions), all(|stats| stats.deletions));
    let mut files: Vec<&str> = entries
        .iter()
        .flat_map(|entry| entry.files.iter().flatten())
        .filter_map(|file| file.filename.as_deref())
        .collect();
    files.sort_unstable();
    files.dedup();
    let count = u64::try_from(files.len()).ok().filter(|count| *count > 0);
    let total = ahead.total_commits;
    let mut commits: Vec<Commit> = entries.into_iter().map(commit).collect();
    commits.sort_by_key(|commit| std::cmp::Reverse(commit.at));
    Ok(Comparison {
        ahead: total.unwrap_or(commits.len() as u64),
        behind: behind
            .total_commits
            .unwrap_or(behind.commits.map_or(0, |commits| commits.len() as u64)),
        commits,
        files: count,
        added,
        removed,
        url: None,
    })
}

async fn asked(
    http: &Http,
    repository: &Repository,
    base: &str,
    head: &str,
) -> Result<Compared, CiError> {
    let range = format!("{}...{}", encoded(base), encoded(head));
    let ask = Ask::json(
        format!("{}/compare/{range}", repository.path()),
        format!("compare {base} with {head} in {repository}"),
        "the scope read:repository",
    );
    http.get(&ask).await?.read()
}

fn commit(entry: Entry) -> Commit {
    let content = entry.commit;
    let message = content
        .as_ref()
        .and_then(|content| content.message.clone())
        .unwrap_or_default();
    let author = content.and_then(|content| content.author);
    Commit {
        id: said(entry.sha).unwrap_or_default(),
        subject: Text::new(first_line(&message)),
        at: moment(author.as_ref().and_then(|author| author.date.as_deref())),
        author: said(author.and_then(|author| author.name)).unwrap_or_default(),
        request: request_number(&message),
    }
}
