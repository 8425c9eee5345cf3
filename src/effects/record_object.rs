//! The ConfigMap that holds the record: read, created, and patched only at the version that was read.

use super::black_box::shortened;
use super::context::Context;
use super::errors::EffectError;
use super::objects::FIELD_MANAGER;
use crate::domain::ids::SERVICE_LABEL;
use crate::domain::record::{BOX_KEY, KEY, Record, RecordRead};
use crate::domain::trim;
use crate::sources::cluster::decode;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Api;
use kube::api::{Patch, PatchParams, PostParams};
use serde_json::json;
use std::collections::BTreeMap;

/// How often a write of the record is tried when others write it too, or its answer is lost.
pub(super) const TRIES: u32 = 6;

const CONFIG_MAPS: &str = "configmaps";

/// The record as it was read, with what writing it back needs.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RecordAt {
    pub(super) record: Record,
    /// `metadata.resourceVersion`; `None` where there is no ConfigMap yet.
    pub(super) version: Option<String>,
    /// The black box beside it, as written.
    pub(super) black_box: Option<String>,
}

impl Context {
    fn records(&self) -> Api<ConfigMap> {
        Api::namespaced(self.calls.clone(), self.namespace())
    }

    /// The record now; an empty one where there is none.
    pub(super) async fn read_record(&self) -> Result<RecordAt, EffectError> {
        let (api, name) = (self.records(), self.target.record_name());
        let found = match self.call("get", CONFIG_MAPS, &name, api.get(&name)).await {
            Ok(found) => Some(found),
            Err(error) if error.is_missing() => None,
            Err(error) => return Err(error),
        };
        let black_box = found
            .as_ref()
            .and_then(|found| found.data.as_ref()?.get(BOX_KEY).cloned());
        match decode::record(found.as_ref()) {
            RecordRead::Read {
                record, version, ..
            } => Ok(RecordAt {
                record: *record,
                version: Some(version),
                black_box,
            }),
            RecordRead::Absent | RecordRead::Unread => Ok(RecordAt {
                record: Record::default(),
                version: None,
                black_box: None,
            }),
            RecordRead::Unreadable(text) | RecordRead::Failed(text) => {
                Err(EffectError::RecordUnreadable(text))
            }
        }
    }

    /// Writes a record that was read with [`Self::read_record`] and changed: 409 where it changed since. It is kept below
    /// its limit, the black box beside it first.
    pub(super) async fn write_record(&self, changed: &mut RecordAt) -> Result<(), EffectError> {
        trim::trim(&mut changed.record, trim::MOST_BYTES, trim::MOST_RELEASES);
        let text = serde_json::to_string(&changed.record).map_err(EffectError::Encode)?;
        let Some(version) = &changed.version else {
            return self.create_record(text).await;
        };
        let room = trim::MOST_BYTES.saturating_sub(text.len());
        let mut data = json!({ KEY: text });
        if let Some(shorter) = changed
            .black_box
            .as_deref()
            .and_then(|text| shortened(text, room))
        {
            data[BOX_KEY] = shorter.into();
        }
        self.patch_data(data, version).await
    }

    /// Writes the black box beside the record that was read at `version`.
    pub(super) async fn patch_black_box(
        &self,
        text: &str,
        version: &str,
    ) -> Result<(), EffectError> {
        self.patch_data(json!({ BOX_KEY: text }), version).await
    }

    async fn patch_data(&self, data: serde_json::Value, version: &str) -> Result<(), EffectError> {
        let (api, name) = (self.records(), self.target.record_name());
        let patch = Patch::Merge(json!({
            "metadata": {
                "resourceVersion": version,
                "labels": { SERVICE_LABEL: self.target.service },
            },
            "data": data,
        }));
        let params = PatchParams::apply(FIELD_MANAGER);
        self.call(
            "patch",
            CONFIG_MAPS,
            &name,
            api.patch(&name, &params, &patch),
        )
        .await?;
        Ok(())
    }

    async fn create_record(&self, text: String) -> Result<(), EffectError> {
        let (api, name) = (self.records(), self.target.record_name());
        let labels = BTreeMap::from([(
            SERVICE_LABEL.to_owned(),
            self.target.service.as_str().to_owned(),
        )]);
        let object = ConfigMap {
            metadata: ObjectMeta {
                name: Some(name.clone()),
                labels: Some(labels),
                ..ObjectMeta::default()
            },
            data: Some(BTreeMap::from([(KEY.to_owned(), text)])),
            ..ConfigMap::default()
        };
        let params = PostParams {
            field_manager: Some(FIELD_MANAGER.to_owned()),
            ..PostParams::default()
        };
        self.call("create", CONFIG_MAPS, &name, api.create(&params, &object))
            .await?;
        Ok(())
    }
}
