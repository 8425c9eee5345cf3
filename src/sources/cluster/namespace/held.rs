//! What is kept of an object: little, since a namespace can have ten thousand.

use crate::domain::cluster::{Deployment, Pod, ReplicaSet, Route, Template};
use crate::domain::feed::FeedFault;
use crate::domain::record::RecordRead;
use crate::sources::cluster::change::garbled;
use crate::sources::cluster::decode;
use k8s_openapi::api::{apps, core};
use kube::ResourceExt;
use kube::api::DynamicObject;

/// A pod template as text: a small part of what its tree takes. Equal trees have equal texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Packed(Box<str>);

impl Packed {
    fn of(template: &mut Template) -> Self {
        let template = std::mem::take(template);
        Self(template.0.to_string().into_boxed_str())
    }

    pub(super) fn unpack(&self) -> Template {
        Template(serde_json::from_str(&self.0).unwrap_or_default())
    }
}

/// A Deployment.
#[derive(Debug)]
pub(super) struct HeldDeployment {
    pub(super) deployment: Deployment,
    pub(super) template: Packed,
}

pub(super) fn deployment(object: apps::v1::Deployment) -> Option<HeldDeployment> {
    let mut deployment = decode::deployment(&object);
    let template = Packed::of(&mut deployment.template);
    Some(HeldDeployment {
        deployment,
        template,
    })
}

/// A ReplicaSet.
#[derive(Debug)]
pub(super) struct HeldSet {
    pub(super) set: ReplicaSet,
    pub(super) template: Packed,
}

pub(super) fn replica_set(object: apps::v1::ReplicaSet) -> Option<HeldSet> {
    let mut set = decode::replica_set(&object)?;
    let template = Packed::of(&mut set.template);
    Some(HeldSet { set, template })
}

/// A pod.
#[derive(Debug)]
pub(super) struct HeldPod {
    pub(super) pod: Pod,
    /// Digests of its images by container.
    pub(super) digests: Vec<(String, String)>,
}

pub(super) fn pod(object: core::v1::Pod) -> Option<HeldPod> {
    Some(HeldPod {
        pod: decode::bare_pod(&object)?,
        digests: decode::digests(&object),
    })
}

/// A route.
#[derive(Debug)]
pub(super) struct HeldRoute {
    pub(super) name: String,
    pub(super) route: Result<Route, FeedFault>,
}

pub(super) fn route(object: DynamicObject) -> Option<HeldRoute> {
    Some(HeldRoute {
        name: object.name_any(),
        route: decode::route(&object).map_err(|fault| garbled(&fault)),
    })
}

/// A record.
#[derive(Debug)]
pub(super) struct HeldRecord {
    pub(super) name: String,
    pub(super) record: RecordRead,
}

pub(super) fn record(object: core::v1::ConfigMap) -> Option<HeldRecord> {
    Some(HeldRecord {
        name: object.name_any(),
        record: decode::record(Some(&object)),
    })
}
