//! As much `OpenAPI` as `kubectl apply` needs to trust the server with validation: which kinds take which query parameters.

use serde_json::{Map, Value, json};

use super::discovery::group_versions;
use super::resource::{Resource, Scope};

/// The content type of `/openapi/v2`. An empty body is a document without any kinds: `kubectl` asks it about lists only, and
/// passes over what it does not find.
pub(crate) const V2: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/// `/openapi/v3`.
pub(crate) fn index() -> Value {
    let mut paths = Map::new();
    paths.insert(
        "api/v1".to_owned(),
        json!({ "serverRelativeURL": "/openapi/v3/api/v1" }),
    );
    for group in group_versions() {
        paths.insert(
            format!("apis/{group}"),
            json!({ "serverRelativeURL": format!("/openapi/v3/apis/{group}") }),
        );
    }
    json!({ "paths": paths })
}

/// The document of one group version.
pub(crate) fn document(group_version: &str) -> Option<Value> {
    if group_version != "v1" && !group_versions().iter().any(|known| known == group_version) {
        return None;
    }
    let mut paths = Map::new();
    let mut schemas = Map::new();
    for facts in Resource::ALL
        .into_iter()
        .map(Resource::facts)
        .filter(|facts| facts.api_version() == group_version)
    {
        let root = if facts.group.is_empty() {
            "/api/v1".to_owned()
        } else {
            format!("/apis/{group_version}")
        };
        let within = if facts.scope == Scope::Namespaced {
            "/namespaces/{namespace}"
        } else {
            ""
        };
        let kind = json!({ "group": facts.group, "version": facts.version, "kind": facts.kind });
        let parameter = |name: &str| json!({ "name": name, "in": "query", "schema": { "type": "string", "uniqueItems": true } });
        let parameters = ["dryRun", "fieldManager", "fieldValidation", "force"].map(parameter);
        let operation = json!({ "x-kubernetes-action": "patch", "x-kubernetes-group-version-kind": kind,
            "parameters": parameters, "responses": {} });
        paths.insert(
            format!("{root}{within}/{}/{{name}}", facts.plural),
            json!({ "patch": operation }),
        );
        let schema = json!({ "type": "object", "x-kubernetes-group-version-kind": [kind], "x-kubernetes-preserve-unknown-fields": true });
        schemas.insert(format!("demo.{}.{}", facts.version, facts.kind), schema);
    }
    Some(
        json!({ "openapi": "3.0.0", "info": { "title": "Kubernetes", "version": "v1.33.0" }, "paths": paths,
        "components": { "schemas": schemas } }),
    )
}
