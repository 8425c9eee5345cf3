//! A record that makes no sense to this version, kept aside on this machine before anybody moves it away.

use super::context::Context;
use crate::domain::record::KEY;
use crate::record::private::{make_directory, write_once};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use std::path::PathBuf;

impl Context {
    /// Copies the record's text, as it is, to a file that bears its version; one that is there stays as it is. Answers the
    /// file; `None` where it could not be read or written, which is no more than a copy less.
    pub(super) async fn keep_aside(&self) -> Option<PathBuf> {
        let name = self.target.record_name();
        let api: Api<ConfigMap> = Api::namespaced(self.calls.clone(), self.namespace());
        let found = self.call("get", "configmaps", &name, api.get(&name)).await;
        let found = found.ok()?;
        let text = found.data?.remove(KEY)?;
        let version = found.metadata.resource_version.unwrap_or_default();
        let version: String = version
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        let directory = self.data_dir.join("journal");
        let path = directory.join(format!("{name}.unreadable-{version}.json"));
        let kept = tokio::task::spawn_blocking(move || {
            make_directory(&directory)?;
            write_once(&path, &text).map(|()| path)
        });
        match kept.await {
            Ok(Ok(path)) => Some(path),
            Ok(Err(error)) => {
                tracing::warn!("the unreadable record could not be copied: {error}");
                None
            }
            Err(_) => None,
        }
    }
}
