//! CI servers and projects as the program uses them.

use super::settings::SecretRef;
use crate::domain::gate::Gate;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A CI server and the login to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CiSource {
    /// Its name in the config.
    pub name: String,
    /// What runs there.
    pub kind: CiKind,
    /// Its address: for GitHub the API's, for the others the server's.
    pub url: String,
    /// What it wants to see of who asks.
    pub token: Option<SecretRef>,
    /// Whose token that is, where the provider asks (Jenkins).
    pub user: Option<String>,
    /// Time between two looks while something runs.
    pub interval: Duration,
}

/// What runs on a CI server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CiKind {
    /// GitHub Actions: github.com or Enterprise Server.
    GitHub,
    /// Gitea Actions.
    Gitea,
    /// Forgejo Actions.
    Forgejo,
    /// GitLab CI.
    GitLab,
    /// Jenkins Pipeline.
    Jenkins,
}

impl CiKind {
    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::GitHub => "GitHub Actions",
            Self::Gitea => "Gitea Actions",
            Self::Forgejo => "Forgejo Actions",
            Self::GitLab => "GitLab CI",
            Self::Jenkins => "Jenkins",
        }
    }

    /// The address of its public instance, where there is one.
    pub fn public_url(self) -> Option<&'static str> {
        match self {
            Self::GitHub => Some("https://api.github.com"),
            Self::GitLab => Some("https://gitlab.com"),
            Self::Gitea | Self::Forgejo | Self::Jenkins => None,
        }
    }
}

/// A service's pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CiProject {
    /// The server, by its name.
    pub source: String,
    /// The project there: `OWNER/REPOSITORY`, a GitLab path, a Jenkins job.
    pub project: String,
    /// Only runs of this branch; all where absent.
    pub branch: Option<String>,
    /// The team's own map from names to gates; it wins over every rule.
    pub gates: Vec<GateRule>,
}

/// One line of the team's own map.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateRule {
    /// A regular expression that a whole stage, job or step name must match; checked when the config was read.
    pub name: String,
    /// The gate; `None`: none of the five.
    pub gate: Option<Gate>,
}
