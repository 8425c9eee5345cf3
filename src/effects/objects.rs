//! The objects that plans write to, as JSON: guards are tests on exactly what the API server holds.

use super::context::Context;
use super::errors::EffectError;
use crate::domain::text::Text;
use crate::sources::cluster::errors::Cause;
use json_patch::Patch as JsonPatch;
use kube::Api;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams};
use serde_json::Value;

/// The manager that fields are written as.
pub(super) const FIELD_MANAGER: &str = "flightdeck";

/// The annotation that bears the id of the plan that wrote last.
pub(super) const PLAN_ANNOTATION: &str = "flightdeck.dev/plan";

/// A kind of object that plans write to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `apps/v1` Deployment.
    Deployment,
    /// Gateway API HTTPRoute.
    Route,
}

impl Kind {
    /// The word in messages.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Deployment => "deployment",
            Self::Route => "httproute",
        }
    }

    /// As access reviews and messages name the resource.
    fn resource(self) -> &'static str {
        match self {
            Self::Deployment => "deployments.apps",
            Self::Route => "httproutes.gateway.networking.k8s.io",
        }
    }

    fn api_resource(self) -> ApiResource {
        let (group, kind, plural) = match self {
            Self::Deployment => ("apps", "Deployment", "deployments"),
            Self::Route => ("gateway.networking.k8s.io", "HTTPRoute", "httproutes"),
        };
        ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, "v1", kind), plural)
    }
}

/// An object as the API server holds it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seen(pub(super) Value);

impl Seen {
    pub(super) fn at(&self, pointer: &str) -> Option<&Value> {
        self.0.pointer(pointer)
    }

    pub(super) fn text(&self, pointer: &str) -> Option<&str> {
        self.at(pointer)?.as_str()
    }

    pub(super) fn uid(&self) -> &str {
        self.text("/metadata/uid").unwrap_or_default()
    }

    pub(super) fn generation(&self) -> Option<i64> {
        self.at("/metadata/generation")?.as_i64()
    }

    /// The plan that wrote last.
    pub(super) fn plan(&self) -> Option<&str> {
        self.text("/metadata/annotations/flightdeck.dev~1plan")
    }
}

impl Context {
    fn api(&self, kind: Kind) -> Api<DynamicObject> {
        Api::namespaced_with(self.calls.clone(), self.namespace(), &kind.api_resource())
    }

    pub(super) async fn read(&self, kind: Kind, name: &str) -> Result<Seen, EffectError> {
        let api = self.api(kind);
        let object = self
            .call("get", kind.resource(), name, api.get(name))
            .await?;
        self.seen(kind, name, &object)
    }

    pub(super) async fn patch(
        &self,
        kind: Kind,
        name: &str,
        patch: JsonPatch,
    ) -> Result<Seen, EffectError> {
        let (api, params) = (self.api(kind), PatchParams::apply(FIELD_MANAGER));
        let patch = Patch::Json::<()>(patch);
        let call = api.patch(name, &params, &patch);
        let object = self.call("patch", kind.resource(), name, call).await?;
        self.seen(kind, name, &object)
    }

    fn seen(&self, kind: Kind, name: &str, object: &DynamicObject) -> Result<Seen, EffectError> {
        let garbled = |error: serde_json::Error| {
            self.failed(
                "read",
                kind.resource(),
                name,
                Cause::Garbled(Text::new(error.to_string())),
            )
        };
        serde_json::to_value(object).map(Seen).map_err(garbled)
    }
}
