//! Images: what a release is made of, and which tags are fit to be deployed.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An image reference: `REPOSITORY[:TAG][@DIGEST]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Image {
    /// Registry and path.
    pub repository: String,
    /// The tag.
    pub tag: Option<String>,
    /// `sha256:` and 64 hex digits.
    pub digest: Option<String>,
}

/// Why a text is not an image reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageFault {
    /// Nothing there.
    #[error("the image reference is empty")]
    Empty,
    /// A character that no reference may hold.
    #[error("the image reference holds {0:?}, which no reference may")]
    Character(char),
    /// `@` without a digest of the known form.
    #[error("`{0}` is not a digest (sha256: and 64 hex digits)")]
    Digest(String),
    /// `:` or `@` with no repository before it, or no tag behind it.
    #[error("the image reference `{0}` lacks its repository or its tag")]
    Incomplete(String),
}

impl Image {
    /// Reads a reference as it stands in a pod template or on the command line.
    pub fn parse(text: &str) -> Result<Self, ImageFault> {
        if text.is_empty() {
            return Err(ImageFault::Empty);
        }
        if let Some(odd) = text.chars().find(|c| !c.is_ascii_graphic()) {
            return Err(ImageFault::Character(odd));
        }
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(checked_digest(digest)?)),
            None => (text, None),
        };
        let (repository, tag) = match name.rsplit_once(':') {
            // A colon before a slash belongs to the registry's port.
            Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
            _ => (name, None),
        };
        if repository.is_empty() || tag.is_some_and(str::is_empty) {
            return Err(ImageFault::Incomplete(text.to_owned()));
        }
        Ok(Self {
            repository: repository.to_owned(),
            tag: tag.map(str::to_owned),
            digest,
        })
    }

    /// What people call the release: the tag, else the digest's first 12 digits, else `untagged`.
    pub fn label(&self) -> &str {
        match (&self.tag, &self.digest) {
            (Some(tag), _) => tag,
            (None, Some(digest)) => digest.get(..19).unwrap_or(digest),
            (None, None) => "untagged",
        }
    }

    /// Whether both name the same build: the same digest where both have one, else the same repository and tag.
    pub fn same_build(&self, other: &Self) -> bool {
        match (&self.digest, &other.digest) {
            (Some(own), Some(theirs)) => own == theirs,
            (_, _) => {
                self.tag.is_some() && self.repository == other.repository && self.tag == other.tag
            }
        }
    }
}

fn checked_digest(digest: &str) -> Result<String, ImageFault> {
    let hex = digest.strip_prefix("sha256:").unwrap_or_default();
    if hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        Ok(digest.to_owned())
    } else {
        Err(ImageFault::Digest(digest.to_owned()))
    }
}

impl fmt::Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

impl TryFrom<String> for Image {
    type Error = ImageFault;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Image> for String {
    fn from(image: Image) -> Self {
        image.to_string()
    }
}

/// Which tags count as immutable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagRule {
    /// A regular expression (checked when the config was read) that a tag may match as a whole to be accepted all the same.
    pub allow: Option<String>,
}

/// Why an image may not be deployed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Mutable {
    /// Neither tag nor digest.
    #[error("`{0}` has no tag: whatever is newest would be pulled")]
    NoTag(String),
    /// A tag that moves.
    #[error(
        "the tag `{0}` moves: it names a branch, an environment or a partial version, not one build"
    )]
    Moving(String),
}

/// Names that people give to whatever is newest of something.
const MOVING: &[&str] = &[
    "latest",
    "main",
    "master",
    "trunk",
    "develop",
    "dev",
    "test",
    "staging",
    "stage",
    "prod",
    "production",
    "stable",
    "edge",
    "nightly",
    "canary",
    "head",
    "release",
];

impl TagRule {
    /// Accepts a digest, a full version, a commit of 7 to 40 hex digits, or a build number set off by a separator.
    pub fn check(&self, image: &Image) -> Result<(), Mutable> {
        if image.digest.is_some() {
            return Ok(());
        }
        let Some(tag) = image.tag.as_deref() else {
            return Err(Mutable::NoTag(image.to_string()));
        };
        if self.allows(tag)
            || (!MOVING.contains(&tag.to_ascii_lowercase().as_str()) && names_one_build(tag))
        {
            Ok(())
        } else {
            Err(Mutable::Moving(tag.to_owned()))
        }
    }

    fn allows(&self, tag: &str) -> bool {
        self.allow
            .as_deref()
            .and_then(|pattern| regex::Regex::new(&format!("^(?:{pattern})$")).ok())
            .is_some_and(|pattern| pattern.is_match(tag))
    }
}

fn names_one_build(tag: &str) -> bool {
    is_full_version(tag) || has_commit(tag) || has_build_number(tag)
}

/// `1.2.3`, `v1.2.3`, with whatever follows after `-`, `+` or `_`.
fn is_full_version(tag: &str) -> bool {
    let core = tag.strip_prefix(['v', 'V']).unwrap_or(tag);
    let core = core.split(['-', '+', '_']).next().unwrap_or(core);
    let numbers: Vec<&str> = core.split('.').collect();
    numbers.len() >= 3
        && numbers
            .iter()
            .all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

fn has_commit(tag: &str) -> bool {
    commit_in(tag).is_some()
}

/// The commit that a tag names: a part, after the `g` of `git describe`, of 7 to 40 hex digits with at least one decimal digit,
/// so that a word like `defaced` is no commit. One of decimal digits alone may be a date: it is taken where no other is there.
pub fn commit_in(tag: &str) -> Option<&str> {
    let commits = || {
        let names = parts(tag).map(|part| part.strip_prefix('g').unwrap_or(part));
        names.filter(|part| {
            (7..=40).contains(&part.len())
                && part.bytes().all(|b| b.is_ascii_hexdigit())
                && part.bytes().any(|b| b.is_ascii_digit())
        })
    };
    let has_letter = |part: &&str| part.bytes().any(|b| b.is_ascii_alphabetic());
    commits().find(has_letter).or_else(|| commits().next())
}

/// A whole number that is the last of several parts, as in `main-1234`; a partial version (`v8-1`) stays refused.
fn has_build_number(tag: &str) -> bool {
    let parts: Vec<&str> = parts(tag).collect();
    let numeric = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match parts.split_last() {
        Some((last, before)) => {
            !before.is_empty()
                && numeric(last.strip_prefix(['b', '#']).unwrap_or(last))
                && before
                    .iter()
                    .any(|part| part.bytes().any(|b| b.is_ascii_alphabetic()))
                && !tag.contains('.')
        }
        None => false,
    }
}

fn parts(tag: &str) -> impl Iterator<Item = &str> {
    tag.split(['-', '_', '+', '.'])
}
