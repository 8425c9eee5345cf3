//! Where a release comes from: the commit it was built from and the pipeline run that built it.

use crate::domain::artifact::{Image, commit_in};
use crate::domain::text::Text;
use serde::{Deserialize, Serialize};

/// What is known of it; what nobody said is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The commit, in hex digits.
    #[serde(default)]
    pub commit: Option<Text>,
    /// The run by its provider's id, below a branch `BRANCH/NUMBER`.
    #[serde(default)]
    pub run: Option<Text>,
}

impl Provenance {
    /// What the image's own tag tells.
    pub fn of(image: &Image) -> Self {
        Self {
            commit: commit_of(image).map(Text::new),
            run: None,
        }
    }
}

/// The commit that an image's tag names; digits alone may be a date or a count and are none.
pub fn commit_of(image: &Image) -> Option<&str> {
    let has_letter = |part: &&str| part.bytes().any(|b| b.is_ascii_alphabetic());
    commit_in(image.tag.as_deref()?).filter(has_letter)
}
