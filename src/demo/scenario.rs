//! Scenarios: what a world is at its start and what happens in it then, as data compiled in.
//!
//! A scenario names versions and their behaviours, the releases each environment went through, its record, and timed lines.
//! A line is a request to the world's control URL, so whatever a scenario can do, a person can do by hand.

use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;

use super::traffic::{BehaviourError, Versions};

/// The scenario of a drill: what `demo` shows when none is named.
pub const DRILL: &str = "drill";

const FILES: [(&str, &str); 10] = [
    (DRILL, include_str!("scenarios/drill.toml")),
    ("conveyor", include_str!("scenarios/conveyor.toml")),
    ("good", include_str!("scenarios/good.toml")),
    ("errors", include_str!("scenarios/errors.toml")),
    ("latency", include_str!("scenarios/latency.toml")),
    ("leak", include_str!("scenarios/leak.toml")),
    ("outage", include_str!("scenarios/outage.toml")),
    ("quiet", include_str!("scenarios/quiet.toml")),
    ("rolling", include_str!("scenarios/rolling.toml")),
    ("pods", include_str!("scenarios/pods.toml")),
];

/// A world's start and course.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// One sentence for a list.
    pub title: String,
    /// Requests a second from its clients, from the start.
    pub rps: f64,
    /// Behaviours by tag; any other version behaves well.
    pub versions: Versions,
    /// The environment without clients.
    pub staging: Environment,
    /// The environment whose front the clients use.
    pub production: Environment,
    /// What happens, and when.
    #[serde(default)]
    pub lines: Vec<Line>,
}

/// What one environment went through and where it stands.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// How it takes releases.
    #[serde(default)]
    pub strategy: Strategy,
    /// The stable Deployment.
    pub stable: Track,
    /// The canary Deployment; without one where the strategy has none.
    pub canary: Option<Track>,
    /// The share of requests that the route gives the canary, 0 to 100.
    #[serde(default)]
    pub weight: u8,
    /// After how long without progress a rollout has failed.
    #[serde(default = "progress_deadline")]
    pub progress_deadline_s: u32,
    /// The record as JSON, with placeholders for times, digests and template hashes.
    pub record: String,
}

/// How an environment takes releases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Two Deployments, whose Services a route weighs.
    #[default]
    Canary,
    /// Two Deployments behind one Service: the numbers of their pods make the shares.
    CanaryByPods,
    /// One Deployment.
    Rolling,
}

fn progress_deadline() -> u32 {
    600
}

/// One Deployment.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Track {
    /// The tags it ran, oldest first; the last one is its present template.
    pub tags: Vec<String>,
    /// Its wanted replicas.
    pub replicas: u32,
}

/// A request to the control URL at a time.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// How long after the world was ready.
    pub after: After,
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: String,
    /// The control's path.
    pub path: String,
    /// The request's JSON.
    #[serde(default)]
    pub body: serde_json::Value,
}

/// A time after the start, written as `20s` or `1m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct After(pub Duration);

/// Why there is no such scenario.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// None has that name.
    #[error("no scenario is named `{name}`; there are {}", names().collect::<Vec<_>>().join(", "))]
    Unknown {
        /// The name that was asked for.
        name: String,
    },
    /// Its text is not a scenario.
    #[error("scenario `{name}` cannot be read")]
    Unreadable {
        /// The scenario.
        name: String,
        /// What is wrong with it.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A version in it cannot behave so.
    #[error("scenario `{name}`: version `{tag}` cannot behave so")]
    Behaviour {
        /// The scenario.
        name: String,
        /// The version.
        tag: String,
        /// What is wrong with its behaviour.
        #[source]
        source: BehaviourError,
    },
}

/// Why a text is not a time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time; write a whole number and ms, s, m, h or d, such as 20s")]
pub struct TimeError(String);

/// The names of the scenarios, the default one first.
pub fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}

/// The scenarios' names and titles, the default one first.
pub fn catalogue() -> Result<Vec<(&'static str, String)>, ScenarioError> {
    let titled = |name| Scenario::named(name).map(|scenario| (name, scenario.title));
    names().map(titled).collect()
}

impl Scenario {
    /// The scenario of that name.
    pub fn named(name: &str) -> Result<Self, ScenarioError> {
        let file = FILES.iter().find(|(known, _)| *known == name);
        let (_, text) = file.ok_or_else(|| ScenarioError::Unknown {
            name: name.to_owned(),
        })?;
        Self::parse(name, text)
    }

    /// A scenario from its text; `name` is for errors.
    pub fn parse(name: &str, text: &str) -> Result<Self, ScenarioError> {
        let unreadable = |source| ScenarioError::Unreadable {
            name: name.to_owned(),
            source: Box::new(source),
        };
        let scenario: Self = toml::from_str(text).map_err(unreadable)?;
        for (tag, behaviour) in &scenario.versions {
            let misfit = |source| ScenarioError::Behaviour {
                name: name.to_owned(),
                tag: tag.clone(),
                source,
            };
            behaviour.check().map_err(misfit)?;
        }
        Ok(scenario)
    }
}

impl TryFrom<String> for After {
    type Error = TimeError;

    fn try_from(text: String) -> Result<Self, TimeError> {
        text.parse()
    }
}

impl FromStr for After {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let refused = || TimeError(text.to_owned());
        let end = text
            .find(|letter: char| !letter.is_ascii_digit())
            .ok_or_else(refused)?;
        let (number, unit) = text.split_at(end);
        let number: u64 = number.parse().map_err(|_| refused())?;
        let millis: u64 = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(refused()),
        };
        number
            .checked_mul(millis)
            .map(|millis| Self(Duration::from_millis(millis)))
            .ok_or_else(refused)
    }
}
