//! Where services live together: one namespace of one cluster, by the login that reads it.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;

/// A namespace as one login sees it: whoever shares it shares its lists, its watches and its outages.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Kubeconfig file; the usual places where absent.
    pub kubeconfig: Option<PathBuf>,
    /// Context; the current one where absent.
    pub context: Option<String>,
    /// The namespace.
    pub namespace: String,
}

impl Place {
    /// The context's name as people know it.
    pub fn context(&self) -> &str {
        self.context.as_deref().unwrap_or("the current context")
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.namespace, self.context())
    }
}
