//! What the acting identity may do in a namespace, as access reviews answered.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A right that some key needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// `patch httproutes`.
    PatchRoutes,
    /// `patch deployments`.
    PatchDeployments,
    /// `patch configmaps`.
    PatchRecord,
    /// `create configmaps`.
    CreateRecord,
    /// `create events`.
    CreateEvents,
    /// `get pods/proxy`.
    ReadPodMetrics,
}

impl Right {
    /// Every right, in the order they are asked for.
    pub const ALL: [Self; 6] = [
        Self::PatchRoutes,
        Self::PatchDeployments,
        Self::PatchRecord,
        Self::CreateRecord,
        Self::CreateEvents,
        Self::ReadPodMetrics,
    ];

    /// Verb, API group, resource and subresource as an access review names them.
    pub fn attributes(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Self::PatchRoutes => ("patch", "gateway.networking.k8s.io", "httproutes", ""),
            Self::PatchDeployments => ("patch", "apps", "deployments", ""),
            Self::PatchRecord => ("patch", "", "configmaps", ""),
            Self::CreateRecord => ("create", "", "configmaps", ""),
            Self::CreateEvents => ("create", "events.k8s.io", "events", ""),
            Self::ReadPodMetrics => ("get", "", "pods", "proxy"),
        }
    }

    /// `patch httproutes`, `get pods/proxy`.
    pub fn words(self) -> String {
        match self.attributes() {
            (verb, _, resource, "") => format!("{verb} {resource}"),
            (verb, _, resource, sub) => format!("{verb} {resource}/{sub}"),
        }
    }
}

/// Answers of access reviews; what is absent is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    /// Whether each right was granted.
    pub answers: BTreeMap<Right, bool>,
}

impl Rights {
    /// Those of `needed` that were refused; what is not known counts as granted, the server has the last word.
    pub fn refused<'a>(&'a self, needed: &'a [Right]) -> impl Iterator<Item = Right> + 'a {
        needed
            .iter()
            .copied()
            .filter(|right| self.answers.get(right) == Some(&false))
    }
}
