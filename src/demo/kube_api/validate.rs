//! The checks of the API server that a client of this world can run into.

use serde_json::Value;

use super::resource::Resource;
use super::selector::selects;
use super::status::{Outcome, Refusal};

/// The causes found so far, as (field, what is wrong).
#[derive(Default)]
struct Causes(Vec<(String, String)>);

impl Causes {
    fn add(&mut self, field: impl Into<String>, wrong: impl Into<String>) {
        self.0.push((field.into(), wrong.into()));
    }
}

/// Refuses an object that the API server would not store; `old` is what it replaces.
pub(crate) fn check(resource: Resource, old: Option<&Value>, new: &Value) -> Outcome<()> {
    let mut causes = Causes::default();
    let name = new["metadata"]["name"].as_str().unwrap_or_default();
    object_name(name, &mut causes);
    match resource {
        Resource::Deployments | Resource::ReplicaSets => workload(old, new, &mut causes),
        Resource::HttpRoutes => http_route(new, &mut causes),
        Resource::ConfigMaps => config_map(new, &mut causes),
        Resource::Events
        | Resource::Namespaces
        | Resource::Pods
        | Resource::Services
        | Resource::EndpointSlices
        | Resource::Secrets
        | Resource::Nodes
        | Resource::HorizontalPodAutoscalers
        | Resource::Leases => {}
    }
    if causes.0.is_empty() {
        Ok(())
    } else {
        Err(Refusal::invalid(resource, name, &causes.0))
    }
}

fn object_name(name: &str, causes: &mut Causes) {
    let plain = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.'
    };
    let edge = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_alphanumeric);
    let bytes = name.as_bytes();
    if name.len() > 253
        || !bytes.iter().all(|byte| plain(*byte))
        || !edge(bytes.first())
        || !edge(bytes.last())
    {
        causes.add(
            "metadata.name",
            format!("Invalid value: \"{name}\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character"),
        );
    }
}

fn workload(old: Option<&Value>, new: &Value, causes: &mut Causes) {
    let spec = &new["spec"];
    if spec["replicas"]
        .as_i64()
        .is_none_or(|replicas| !(0..=i64::from(i32::MAX)).contains(&replicas))
    {
        let wrong = format!(
            "Invalid value: {}: must be greater than or equal to 0",
            spec["replicas"]
        );
        causes.add("spec.replicas", wrong);
    }
    if !selects(&spec["selector"], &spec["template"]["metadata"]["labels"]) {
        causes.add(
            "spec.template.metadata.labels",
            format!(
                "Invalid value: {}: `selector` does not match template `labels`",
                spec["template"]["metadata"]["labels"]
            ),
        );
    }
    if old.is_some_and(|old| old["spec"]["selector"] != spec["selector"]) {
        causes.add(
            "spec.selector",
            format!("Invalid value: {}: field is immutable", spec["selector"]),
        );
    }
    let containers = spec["template"]["spec"]["containers"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    if containers.is_empty() {
        causes.add("spec.template.spec.containers", "Required value");
    }
    for (index, container) in containers.iter().enumerate() {
        for field in ["name", "image"] {
            if container[field].as_str().is_none_or(str::is_empty) {
                causes.add(
                    format!("spec.template.spec.containers[{index}].{field}"),
                    "Required value",
                );
            }
        }
    }
}

fn http_route(new: &Value, causes: &mut Causes) {
    let rules = new["spec"]["rules"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate();
    for (rule, content) in rules {
        let backends = content["backendRefs"]
            .as_array()
            .into_iter()
            .flatten()
            .enumerate();
        for (backend, reference) in backends {
            let field = format!("spec.rules[{rule}].backendRefs[{backend}]");
            if reference["name"].as_str().is_none_or(str::is_empty) {
                causes.add(format!("{field}.name"), "Required value");
            }
            match reference["weight"].as_i64() {
                Some(0..=1_000_000) => {}
                Some(weight) => causes.add(
                    format!("{field}.weight"),
                    format!("Invalid value: {weight}: {field}.weight in body should be between 0 and 1000000"),
                ),
                None => causes.add(
                    format!("{field}.weight"),
                    format!("Invalid value: {}: {field}.weight in body must be of type integer", reference["weight"]),
                ),
            }
        }
    }
}

fn config_map(new: &Value, causes: &mut Causes) {
    let entries = new["data"].as_object().into_iter().flatten();
    for (name, value) in entries.filter(|(_, value)| !value.is_string()) {
        causes.add(
            format!("data[{name}]"),
            format!("Invalid value: {value}: must be a string"),
        );
    }
}

/// Refuses an event (in its stored form) that lacks what `events.k8s.io/v1` requires.
pub(crate) fn event(stored: &Value) -> Outcome<()> {
    let required = [
        ("eventTime", "eventTime"),
        ("reportingComponent", "reportingController"),
        ("reportingInstance", "reportingInstance"),
        ("action", "action"),
        ("reason", "reason"),
        ("type", "type"),
    ];
    let missing = required
        .iter()
        .filter(|(field, _)| stored[*field].as_str().is_none_or(str::is_empty));
    let mut causes: Vec<_> = missing
        .map(|(_, name)| ((*name).to_owned(), "Required value".to_owned()))
        .collect();
    if stored["message"]
        .as_str()
        .is_some_and(|note| note.len() > 1024)
    {
        causes.push((
            "note".to_owned(),
            "Too long: may not be more than 1024 bytes".to_owned(),
        ));
    }
    let name = stored["metadata"]["name"].as_str().unwrap_or_default();
    if causes.is_empty() {
        Ok(())
    } else {
        Err(Refusal::invalid(Resource::Events, name, &causes))
    }
}
