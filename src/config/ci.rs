//! `[ci.NAME]` and `[services.NAME.ci]` as they may be written.

use super::document::{Reader, Written};
use super::file::File;
use super::rules;
use super::settings::{CiKind, GateRule, SecretRef};
use crate::domain::gate::Gate;
use std::time::Duration;

/// `[ci.NAME]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Source {
    /// `provider`; required.
    pub provider: Option<Written<CiKind>>,
    /// `url`; required where the provider has no public one.
    pub url: Option<Written<String>>,
    /// `token`.
    pub token: Option<Written<SecretRef>>,
    /// `user`.
    pub user: Option<Written<String>>,
    /// `interval`.
    pub interval: Option<Written<Duration>>,
}

/// `[services.NAME.ci]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Project {
    /// `source`; required.
    pub source: Option<Written<String>>,
    /// `project`; required.
    pub project: Option<Written<String>>,
    /// `branch`.
    pub branch: Option<Written<String>>,
    /// `gates`.
    pub gates: Option<Written<Vec<GateRule>>>,
}

/// The providers by their names in the config.
pub const PROVIDERS: [(&str, CiKind); 5] = [
    ("github", CiKind::GitHub),
    ("gitea", CiKind::Gitea),
    ("forgejo", CiKind::Forgejo),
    ("gitlab", CiKind::GitLab),
    ("jenkins", CiKind::Jenkins),
];

impl Source {
    pub(super) fn read(reader: &mut Reader<'_, '_>, name: &str) -> Self {
        if !rules::is_label(name) {
            reader.fault_here(
                "the name of a CI source: expected up to 63 lower-case letters, digits and \"-\""
                    .to_owned(),
            );
        }
        let source = Self {
            provider: reader.required("provider", "what runs there", rules::word(&PROVIDERS)),
            // It may hold a password.
            url: reader.unquoted("url", rules::url),
            token: reader.unquoted("token", rules::secret),
            user: reader.optional("user", rules::text),
            interval: reader.optional(
                "interval",
                rules::duration(Duration::from_secs(1), Duration::from_secs(3600)),
            ),
        };
        let kind = source.provider.as_ref().map(|provider| provider.value);
        if let Some(kind) = kind.filter(|kind| kind.public_url().is_none())
            && !reader.holds("url")
        {
            reader.fault_here(format!("url is missing; it says where {} is", kind.title()));
        }
        if let (Some(user), Some(provider)) = (&source.user, &source.provider)
            && provider.value != CiKind::Jenkins
        {
            let text = "has a meaning only with provider = \"jenkins\"".to_owned();
            reader.fault(user.at, "user", text);
        }
        reader.refuse_others();
        source
    }
}

impl Project {
    pub(super) fn read(reader: &mut Reader<'_, '_>) -> Self {
        let project = Self {
            source: reader.required("source", "one of the sources below [ci]", rules::text),
            project: reader.required(
                "project",
                "the project there: OWNER/REPOSITORY, a GitLab path, a Jenkins job",
                rules::project,
            ),
            branch: reader.optional("branch", rules::text),
            gates: gates(reader),
        };
        reader.refuse_others();
        project
    }
}

fn gates(reader: &mut Reader<'_, '_>) -> Option<Written<Vec<GateRule>>> {
    let rules = reader.tables("gates", |reader| {
        let name = reader.required("name", "a regular expression for a name", rules::pattern);
        let gate = reader.required("gate", "1 to 5, or 0 for none", rules::whole(0..=5));
        reader.refuse_others();
        Some(GateRule {
            name: name?.value,
            gate: u8::try_from(gate?.value).ok().and_then(Gate::of_number),
        })
    })?;
    Some(Written {
        value: rules.value.into_iter().flatten().collect(),
        at: rules.at,
    })
}

/// Tells every service that refers to a source which is not there.
pub(super) fn refuse_unknown(file: &File, reader: &mut Reader<'_, '_>) {
    let known: Vec<&str> = file
        .ci
        .iter()
        .map(|(name, _)| name.value.as_str())
        .collect();
    for (service, written) in &file.services {
        let source = written.ci.as_ref().and_then(|ci| ci.source.as_ref());
        if let Some(source) = source.filter(|source| !known.contains(&source.value.as_str())) {
            let key = format!("services.{}.ci.source", service.value);
            reader.fault(source.at, &key, unknown(&source.value, &known));
        }
    }
}

/// What is said of a source that is not there.
fn unknown(name: &str, known: &[&str]) -> String {
    let known = match known {
        [] => "there is none; add [ci.NAME]".to_owned(),
        known => format!("there is {}", known.join(", ")),
    };
    format!("there is no CI source {name:?}: {known}")
}
