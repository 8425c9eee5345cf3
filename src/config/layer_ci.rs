//! The layers of `[ci.NAME]` and `[services.NAME.ci]`.

use super::ci::{Project, Source};
use super::layer::Stack;
use super::settings::{CiKind, CiProject, CiSource};
use std::time::Duration;

/// A usual pace while something runs; a server that must not be asked often says so itself.
const INTERVAL: Duration = Duration::from_secs(5);

impl Stack<'_> {
    pub(super) fn ci_source(&mut self, name: &str, file: &Source) -> CiSource {
        let key = |key: &str| format!("ci.{name}.{key}");
        let kind = self.set(&key("provider"), file.provider.as_ref(), CiKind::GitHub);
        let public = kind.public_url().unwrap_or_default().to_owned();
        let token = file.token.as_ref().map(|token| self.secret(token));
        CiSource {
            name: name.to_owned(),
            kind,
            url: self.set(&key("url"), file.url.as_ref(), public),
            token: self.maybe(&key("token"), None, token.as_ref()),
            user: self.maybe(&key("user"), None, file.user.as_ref()),
            interval: self.set(&key("interval"), file.interval.as_ref(), INTERVAL),
        }
    }

    pub(super) fn ci_project(&mut self, service: &str, file: &Project) -> CiProject {
        let key = |key: &str| format!("services.{service}.ci.{key}");
        CiProject {
            source: self.set(&key("source"), file.source.as_ref(), String::new()),
            project: self.set(&key("project"), file.project.as_ref(), String::new()),
            branch: self.maybe(&key("branch"), None, file.branch.as_ref()),
            gates: self.set(&key("gates"), file.gates.as_ref(), Vec::new()),
        }
    }
}
