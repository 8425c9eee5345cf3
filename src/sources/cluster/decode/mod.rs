//! From the API's types to the domain's: total, without I/O. What is absent stays absent; what makes no sense is dropped or
//! said, never guessed.

mod owner;
mod pod;
mod record;
mod route;
mod surroundings;
mod workload;

pub use owner::owner;
pub use pod::{bare_pod, digests, pod};
pub use record::record;
pub use route::route;
pub use surroundings::{autoscaler, endpoints};
pub use workload::{deployment, replica_set};

use kube::core::ObjectMeta;

fn annotation<'a>(meta: &'a ObjectMeta, key: &str) -> Option<&'a str> {
    meta.annotations.as_ref()?.get(key).map(String::as_str)
}

fn label<'a>(meta: &'a ObjectMeta, key: &str) -> Option<&'a str> {
    meta.labels.as_ref()?.get(key).map(String::as_str)
}

/// uid of the object that controls this one, if it is of that kind.
fn controller(meta: &ObjectMeta, kind: &str) -> Option<String> {
    let owners = meta.owner_references.as_deref().unwrap_or_default();
    let owner = owners.iter().find(|owner| owner.controller == Some(true))?;
    (owner.kind == kind).then(|| owner.uid.clone())
}

/// The server never sends a negative count; if one comes it is shown as nothing rather than as four billion.
fn count(number: Option<i32>) -> u32 {
    number
        .and_then(|number| u32::try_from(number).ok())
        .unwrap_or(0)
}
