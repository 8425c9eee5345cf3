//! What lies between two commits.

use super::wire;
use crate::domain::pipeline::{Commit, Comparison};
use crate::domain::text::Text;

/// The answer lists commits oldest first.
pub(super) fn comparison(compare: wire::Compare) -> Comparison {
    let sum = |of: fn(&wire::File) -> u64| {
        compare
            .files
            .as_ref()
            .map(|files| files.iter().map(of).sum())
    };
    Comparison {
        ahead: compare.ahead_by,
        behind: compare.behind_by,
        added: sum(|file| file.additions),
        removed: sum(|file| file.deletions),
        files: compare.files.as_ref().map(|files| files.len() as u64),
        commits: compare.commits.into_iter().rev().map(commit).collect(),
        url: compare.html_url.map(Text::new),
    }
}

fn commit(commit: wire::Commit) -> Commit {
    let subject = commit.commit.message.lines().next().unwrap_or_default();
    let signature = commit.commit.author;
    let at = signature.as_ref().and_then(|author| author.date);
    let author = commit
        .author
        .and_then(|user| user.login)
        .or_else(|| signature?.name);
    Commit {
        id: Text::new(commit.sha),
        request: request(subject),
        subject: Text::new(subject),
        author: Text::new(author.unwrap_or_default()),
        at,
    }
}

/// `Subject (#123)` of a squashed one, `Merge pull request #123 from …` of a merged one.
fn request(subject: &str) -> Option<u64> {
    let squashed = subject
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once("(#"))
        .map(|(_, number)| number);
    let merged = || {
        let rest = subject.strip_prefix("Merge pull request #")?;
        rest.split(' ').next()
    };
    squashed.or_else(merged)?.parse().ok()
}
