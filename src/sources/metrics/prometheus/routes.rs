//! The places of a namespace's routes: a gateway that calls a Service by its place is understood only with them.
//!
//! Invariant: they are read anew for each reading. Backends that changed their places would else be taken for each other.

use super::PrometheusError;
use super::keys::Places;
use crate::domain::cluster::Route;
use crate::sources::cluster::routes::routes;

/// Routes, and how they are read.
#[derive(Clone)]
pub struct Routes {
    /// The environment's cluster.
    pub client: kube::Client,
    /// Their namespace.
    pub namespace: String,
    /// Their names.
    pub names: Vec<String>,
}

impl Routes {
    pub(super) async fn places(&self) -> Result<Places, PrometheusError> {
        let read = routes(&self.client, &self.namespace, &self.names).await;
        Ok(read
            .map_err(PrometheusError::Routes)?
            .iter()
            .flat_map(places)
            .collect())
    }
}

fn places(route: &Route) -> Vec<(String, Vec<String>)> {
    let mut places = Vec::new();
    for (number, backends) in route.rules.iter().enumerate() {
        let rule = format!("{}/rule/{number}", route.name);
        let names: Vec<String> = backends
            .iter()
            .map(|backend| backend.name.clone())
            .collect();
        for (place, name) in names.iter().enumerate() {
            places.push((format!("{rule}/backend/{place}"), vec![name.clone()]));
        }
        places.push((rule, names));
    }
    places
}
