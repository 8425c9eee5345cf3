//! Routes of a namespace, read once.

use super::decode;
use super::errors::{Cause, ClusterError};
use super::objects::{Objects, ROUTES};
use crate::domain::cluster::Route;
use crate::domain::text::Text;

/// The routes of these names. One is got by its name, so that the right to it alone is enough; several are listed together.
pub async fn routes(
    client: &kube::Client,
    namespace: &str,
    names: &[String],
) -> Result<Vec<Route>, ClusterError> {
    let objects = Objects::within(client, namespace);
    let found = match names {
        [] => Vec::new(),
        [name] => objects
            .get(objects.routes(), ROUTES, name)
            .await?
            .into_iter()
            .collect(),
        _ => objects.list(objects.routes(), ROUTES, "").await?,
    };
    let decoded = found.iter().map(decode::route);
    decoded.collect::<Result<Vec<Route>, _>>().map_err(|error| {
        let attempt = objects.attempt("read", ROUTES, names.first().map(String::as_str));
        ClusterError::call(attempt, Cause::Garbled(Text::new(error.to_string())))
    })
}
