//! Writing the Lease by which one pilot drives: each write at the version that was seen, so that of two one is refused.
//!
//! A Lease does not fence: who was refused, or came too late, may still have a write under way. What keeps two pilots apart is
//! the claim in the record and the guard of every write.

use super::context::Context;
use super::errors::EffectError;
use super::objects::FIELD_MANAGER;
use crate::domain::ids::SERVICE_LABEL;
use crate::domain::pilot::{LEASE_SECONDS, LeaseAnswer, LeaseChange, LeaseRead, LeaseWrite};
use crate::domain::text::Text;
use crate::sources::cluster::decode::{self, HAND_OVER};
use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use kube::Api;
use kube::api::{Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const LEASES: &str = "leases.coordination.k8s.io";

impl Context {
    fn leases(&self) -> Api<Lease> {
        Api::namespaced(self.calls.clone(), self.namespace())
    }

    /// Writes it where it is still as it was seen; otherwise answers what is there.
    pub(super) async fn write_lease(&self, write: &LeaseWrite) -> Result<LeaseAnswer, EffectError> {
        let now = Timestamp::now();
        let written = match &write.version {
            Some(version) => self.patch_lease(version, &write.change, now).await,
            None => self.create_lease(&write.change, now).await,
        };
        match written {
            Ok(lease) => Ok(LeaseAnswer::Written(decode::lease(&lease))),
            Err(error) if error.is_conflict() || error.is_missing() => {
                Ok(LeaseAnswer::Moved(self.read_lease().await?))
            }
            Err(error) => Err(error),
        }
    }

    async fn read_lease(&self) -> Result<LeaseRead, EffectError> {
        let (api, name) = (self.leases(), self.target.record_name());
        match self.call("get", LEASES, &name, api.get(&name)).await {
            Ok(lease) => Ok(LeaseRead::Read(decode::lease(&lease))),
            Err(error) if error.is_missing() => Ok(LeaseRead::Absent),
            Err(error) => Err(error),
        }
    }

    async fn patch_lease(
        &self,
        version: &str,
        change: &LeaseChange,
        now: Timestamp,
    ) -> Result<Lease, EffectError> {
        let (api, name) = (self.leases(), self.target.record_name());
        let mut patch = changed(change, now);
        patch["metadata"]["resourceVersion"] = version.into();
        let params = PatchParams::apply(FIELD_MANAGER);
        let patch = Patch::Merge(patch);
        self.call("patch", LEASES, &name, api.patch(&name, &params, &patch))
            .await
    }

    async fn create_lease(
        &self,
        change: &LeaseChange,
        now: Timestamp,
    ) -> Result<Lease, EffectError> {
        let (api, name) = (self.leases(), self.target.record_name());
        let (holder, since) = match change {
            LeaseChange::Take { holder, since, .. } => (holder.clone(), *since),
            LeaseChange::Renew | LeaseChange::AskFor(_) | LeaseChange::GiveBack => {
                (Text::default(), now)
            }
        };
        let service = self.target.service.as_str().to_owned();
        let object = Lease {
            metadata: ObjectMeta {
                name: Some(name.clone()),
                labels: Some(BTreeMap::from([(SERVICE_LABEL.to_owned(), service)])),
                ..ObjectMeta::default()
            },
            spec: Some(LeaseSpec {
                holder_identity: Some(holder.raw().to_owned()),
                lease_duration_seconds: i32::try_from(LEASE_SECONDS).ok(),
                acquire_time: Some(MicroTime(since)),
                renew_time: Some(MicroTime(now)),
                lease_transitions: Some(0),
                ..LeaseSpec::default()
            }),
        };
        let params = PostParams {
            field_manager: Some(FIELD_MANAGER.to_owned()),
            ..PostParams::default()
        };
        self.call("create", LEASES, &name, api.create(&params, &object))
            .await
    }
}

/// The merge patch of a change, without the version.
fn changed(change: &LeaseChange, now: Timestamp) -> Value {
    let renewed = MicroTime(now);
    match change {
        LeaseChange::Take {
            holder,
            since,
            transitions,
        } => json!({
            "metadata": { "annotations": { HAND_OVER: null } },
            "spec": {
                "holderIdentity": holder.raw(),
                "leaseDurationSeconds": LEASE_SECONDS,
                "acquireTime": MicroTime(*since),
                "renewTime": renewed,
                "leaseTransitions": transitions,
            },
        }),
        LeaseChange::Renew => json!({ "spec": { "renewTime": renewed } }),
        LeaseChange::AskFor(who) => {
            json!({ "metadata": { "annotations": { HAND_OVER: who.raw() } } })
        }
        LeaseChange::GiveBack => json!({
            "spec": { "holderIdentity": "", "leaseDurationSeconds": 1, "renewTime": renewed },
        }),
    }
}
