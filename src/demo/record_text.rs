//! Fills in what a record's literal text cannot know: times, digests, and the hashes that the controller gave templates.
//!
//! `{{ago:3h}}` is a time that long before now, `{{digest:TAG}}` the digest of a tag's image, and `{{hash:DEPLOYMENT:TAG}}`
//! the hash of the template with which that Deployment ran that tag.

use jiff::{SignedDuration, Timestamp};

use super::image::{REPOSITORY, digest_of};
use super::scenario::After;

/// Why a text cannot be filled in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceholderError {
    /// It is not one of the three.
    #[error(
        "`{{{{{0}}}}}` is not a placeholder; there are ago:TIME, digest:TAG and hash:DEPLOYMENT:TAG"
    )]
    Unknown(String),
    /// It has no end.
    #[error("a placeholder that begins `{{{{{0}` has no `}}}}`")]
    Open(String),
}

/// Replaces every placeholder; `hash_of` knows a Deployment's template hash for a tag.
pub(crate) fn fill(
    text: &str,
    now: Timestamp,
    hash_of: impl Fn(&str, &str) -> Option<String>,
) -> Result<String, PlaceholderError> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        filled.push_str(before);
        let Some((placeholder, after)) = after.split_once("}}") else {
            return Err(PlaceholderError::Open(after.chars().take(20).collect()));
        };
        let value = value(placeholder, now, &hash_of);
        filled.push_str(&value.ok_or_else(|| PlaceholderError::Unknown(placeholder.to_owned()))?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

fn value(
    placeholder: &str,
    now: Timestamp,
    hash_of: impl Fn(&str, &str) -> Option<String>,
) -> Option<String> {
    let (kind, what) = placeholder.split_once(':')?;
    match kind {
        "ago" => ago(what.parse().ok()?, now),
        "digest" => Some(digest_of(REPOSITORY, what)),
        "hash" => what
            .split_once(':')
            .and_then(|(deployment, tag)| hash_of(deployment, tag)),
        _ => None,
    }
}

fn ago(time: After, now: Timestamp) -> Option<String> {
    let before = now
        .checked_sub(SignedDuration::try_from(time.0).ok()?)
        .ok()?;
    Some(before.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}
