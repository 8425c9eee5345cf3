//! One smoke test of one environment, asked for by a command.

use super::edge::unknown;
use super::wire;
use crate::config::settings::Settings;
use crate::domain::ids::Target;
use crate::domain::notice::Notice;
use crate::domain::smoke::{SmokeReport, SmokeTest};
use crate::sources::smoke::Smoke;

/// Carries `test` out in the environment that `target` names.
///
/// # Errors
/// Where the cluster is not reached or does not pass the requests on; a test that failed is a report.
pub async fn run(
    settings: &Settings,
    target: &Target,
    test: &SmokeTest,
) -> Result<SmokeReport, Notice> {
    let environment = settings
        .environment(target)
        .ok_or_else(|| unknown(target))?;
    let clients = wire::connect(settings, environment);
    let clients = clients.await.map_err(|error| Notice::from(&error))?;
    let smoke = Smoke {
        http: wire::http().map_err(|error| Notice::from(&error))?,
        kube: clients.calls,
        namespace: environment.namespace.clone(),
    };
    smoke.run(test).await.map_err(|error| Notice::from(&error))
}
