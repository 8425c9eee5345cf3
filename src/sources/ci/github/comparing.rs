//! What lies between two commits.

use super::wire;
use crate::domain::pipeline::{Commit, Comparison};
use crate::domain::text::Text;
use crate::sources::ci::common::{first_line, request_number};

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
    let message = &commit.commit.message;
    let signature = commit.commit.author;
    let at = signature.as_ref().and_then(|author| author.date);
    let author = commit
        .author
        .and_then(|user| user.login)
        .or_else(|| signature?.name);
    Commit {
        id: Text::new(commit.sha),
        request: request_number(message),
        subject: Text::new(first_line(message)),
        author: Text::new(author.unwrap_or_default()),
        at,
    }
}
