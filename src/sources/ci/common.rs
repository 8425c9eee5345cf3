//! What several providers have alike: times that are not times, requests named in subjects, pages.

use super::errors::CiError;
use super::http::{Ask, Http};
use crate::domain::pipeline::Span;
use crate::domain::text::Text;
use jiff::Timestamp;
use serde::de::DeserializeOwned;

/// Pages that are read of one list; more than that is nobody's pipeline.
const PAGES: usize = 20;

/// A moment; Gitea writes the year 1970, or 1, where there is none.
pub(super) fn moment(text: Option<&str>) -> Option<Timestamp> {
    let at: Timestamp = text?.parse().ok()?;
    (at.as_second() > 0).then_some(at)
}

/// Three moments as texts.
pub(super) fn span(created: Option<&str>, started: Option<&str>, ended: Option<&str>) -> Span {
    Span {
        created: moment(created),
        started: moment(started),
        ended: moment(ended),
    }
}

/// A moment of milliseconds since 1970; 0 is none.
pub(super) fn moment_of_millis(millis: Option<i64>) -> Option<Timestamp> {
    let at = millis.filter(|millis| *millis > 0)?;
    Timestamp::from_millisecond(at).ok()
}

/// A text that is there and says something.
pub(super) fn said(text: Option<String>) -> Option<Text> {
    text.filter(|text| !text.trim().is_empty()).map(Text::new)
}

/// The first line of a message.
pub(super) fn first_line(message: &str) -> &str {
    message.lines().next().unwrap_or_default().trim()
}

/// The pull or merge request that a commit's message names.
pub(super) fn request_number(message: &str) -> Option<u64> {
    let digits = |text: &str| -> Option<u64> {
        let end = text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len());
        text.get(..end)?.parse().ok()
    };
    let subject = first_line(message);
    if let Some(rest) = subject.strip_prefix("Merge pull request #") {
        return digits(rest);
    }
    let in_brackets = subject
        .rfind("(#")
        .or_else(|| subject.rfind("(!"))
        .and_then(|at| digits(subject.get(at + 2..)?));
    in_brackets.or_else(|| {
        // GitLab's merge commits end with it.
        let line = message
            .lines()
            .find(|line| line.starts_with("See merge request "))?;
        digits(line.rsplit('!').next()?)
    })
}

/// Every entry of a list, page after page, until `most`. Servers that end their answers early are asked for no more.
pub(super) async fn all<T, L>(
    http: &Http,
    mut ask: Ask,
    most: usize,
    entries: fn(L) -> Vec<T>,
) -> Result<Vec<T>, CiError>
where
    L: DeserializeOwned,
{
    let mut found = Vec::new();
    for _ in 0..PAGES {
        let answer = http.get(&ask).await?;
        found.extend(entries(answer.read::<L>()?));
        match answer.next {
            Some(next) if found.len() < most => ask.path = next,
            _ => break,
        }
    }
    Ok(found)
}
