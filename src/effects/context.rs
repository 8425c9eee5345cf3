//! What every effect of one environment needs.

use super::errors::EffectError;
use super::notify::Messages;
use crate::config::settings::Environment;
use crate::domain::cluster::Snapshot;
use crate::domain::ids::Target;
use crate::domain::policy::Strategy;
use crate::domain::smoke::{SmokeReport, SmokeTest};
use crate::domain::who::Who;
use crate::record::journal::Journal;
use crate::sources::ci::Provider;
use crate::sources::cluster::errors::{Attempt, Cause};
use crate::sources::cluster::observe;
use crate::sources::metrics::prometheus::Prometheus;
use crate::sources::smoke::Smoke;
use jiff::Timestamp;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A call that takes longer has failed; whether it was carried out must be looked at.
const CALL_LIMIT: Duration = Duration::from_secs(10);

/// Where effects act, as whom, and with what.
#[derive(Clone)]
pub struct Context {
    /// A client with a read time-out: for calls, not for watches.
    pub calls: kube::Client,
    /// A client for smoke tests by URL; follows no redirection.
    pub http: reqwest::Client,
    /// The environment's settings; its namespace is the one acted in.
    pub environment: Environment,
    /// The service in its environment.
    pub target: Target,
    /// Who acts, for messages about missing rights.
    pub who: Who,
    /// Directory of the journal.
    pub data_dir: PathBuf,
    /// Who recorded the pods' counters, where the config names a Prometheus: asked where the pods cannot be.
    pub recorder: Option<Prometheus>,
    /// The service's pipeline, where the config names one that can be asked.
    pub pipeline: Option<Arc<dyn Provider>>,
    /// Sends messages to people who are not looking; `None` where none are configured.
    pub messages: Option<Messages>,
    /// `flightdeck/VERSION`: the instance that Events name.
    pub user_agent: String,
}

impl Context {
    pub(super) fn namespace(&self) -> &str {
        &self.environment.namespace
    }

    pub(super) fn strategy(&self) -> &Strategy {
        &self.environment.policy.strategy
    }

    pub(super) fn journal(&self) -> Journal {
        Journal::of(&self.data_dir, &self.target)
    }

    /// `configmap NAMESPACE/NAME`.
    pub(super) fn record_place(&self) -> String {
        format!(
            "configmap {}/{}",
            self.namespace(),
            self.target.record_name()
        )
    }

    /// One fresh reading of all objects.
    pub(super) async fn observe(&self) -> Result<Snapshot, EffectError> {
        let reading = Box::pin(observe(
            &self.calls,
            &self.environment,
            &self.target,
            Timestamp::now(),
        ));
        reading
            .await
            .map_err(|error| EffectError::Observe(Box::new(error)))
    }

    /// Carries a smoke test out.
    pub(super) async fn smoke_test(&self, test: &SmokeTest) -> Result<SmokeReport, EffectError> {
        let smoke = Smoke {
            http: self.http.clone(),
            kube: self.calls.clone(),
            namespace: self.namespace().to_owned(),
        };
        let ran = smoke.run(test).await;
        ran.map_err(|error| EffectError::Observe(Box::new(error)))
    }

    /// Waits for a call to the API server no longer than ten seconds, and names it where it fails.
    pub(super) async fn call<T>(
        &self,
        verb: &'static str,
        resource: &'static str,
        name: &str,
        call: impl Future<Output = kube::Result<T>>,
    ) -> Result<T, EffectError> {
        let cause = match tokio::time::timeout(CALL_LIMIT, call).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => Cause::from(error),
            Err(_) => Cause::Silent(CALL_LIMIT.as_secs()),
        };
        Err(self.failed(verb, resource, name, cause))
    }

    pub(super) fn failed(
        &self,
        verb: &'static str,
        resource: &'static str,
        name: &str,
        source: Cause,
    ) -> EffectError {
        EffectError::Call {
            attempt: Box::new(Attempt {
                verb,
                resource,
                name: Some(name.to_owned()),
                namespace: Some(self.namespace().to_owned()),
            }),
            who: self.who.line(),
            source,
        }
    }
}
