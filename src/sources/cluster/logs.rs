//! What a pod's container printed.

use super::errors::{Attempt, ClusterError};
use super::objects::within;
pub use crate::domain::pod_log::Process;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::LogParams;

/// The most of one log that is read, in bytes.
const MOST_BYTES: i64 = 4 * 1024 * 1024;

/// The end of what a container printed, `lines` long, each line with its time before it.
pub async fn log(
    client: &kube::Client,
    namespace: &str,
    (pod, container): (&str, Option<&str>),
    process: Process,
    lines: i64,
) -> Result<String, ClusterError> {
    let api: Api<Pod> = Api::namespaced(client.clone(), namespace);
    let wanted = LogParams {
        container: container.map(str::to_owned),
        previous: process == Process::Previous,
        tail_lines: Some(lines),
        limit_bytes: Some(MOST_BYTES),
        timestamps: true,
        ..LogParams::default()
    };
    let read = within(Box::pin(api.logs(pod, &wanted))).await;
    read.map_err(|cause| {
        let attempt = Attempt {
            verb: "get",
            resource: "pods/log",
            name: Some(pod.to_owned()),
            namespace: Some(namespace.to_owned()),
        };
        ClusterError::call(attempt, cause)
    })
}
