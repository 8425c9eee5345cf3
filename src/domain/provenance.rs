//! Where a release comes from: the commit it was built from and the pipeline run that built it.

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
