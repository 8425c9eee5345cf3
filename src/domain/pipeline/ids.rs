//! Names that a provider gives: opaque to everything but the provider itself.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        ///
        /// Made of graphic ASCII alone: anything else is left out when it is taken, since no provider has it in an id.
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(from = "String")]
        pub struct $type(String);

        impl $type {
            /// Takes an id as the provider, or a person on the command line, gave it.
            pub fn new(id: impl Into<String>) -> Self {
                let mut id: String = id.into();
                id.retain(|c| c.is_ascii_graphic());
                Self(id)
            }

            /// The id.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $type {
            fn from(id: String) -> Self {
                Self::new(id)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

id! {
    /// One run of a pipeline.
    RunId
}
id! {
    /// One job of a run, in one attempt.
    JobId
}
id! {
    /// Something that waits for a person: a GitHub environment, a GitLab manual job or deployment, a Jenkins input.
    ApprovalId
}
