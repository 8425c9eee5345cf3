//! The Lease by which one pilot drives.

use crate::domain::pilot;
use crate::domain::text::Text;
use k8s_openapi::api::coordination::v1::Lease;

/// Annotation by which somebody asks the holder to hand over: the asker's name in the Lease.
pub const HAND_OVER: &str = "flightdeck.dev/hand-over-to";

/// What of a Lease matters.
pub fn lease(object: &Lease) -> pilot::Lease {
    let metadata = &object.metadata;
    let spec = object.spec.clone().unwrap_or_default();
    let filled = |text: String| (!text.is_empty()).then(|| Text::new(text));
    let count = |number: Option<i32>| number.and_then(|number| u32::try_from(number).ok());
    pilot::Lease {
        version: metadata.resource_version.clone().unwrap_or_default(),
        holder: spec.holder_identity.and_then(filled),
        since: spec.acquire_time.map(|time| time.0),
        seconds: count(spec.lease_duration_seconds).unwrap_or_default(),
        transitions: count(spec.lease_transitions).unwrap_or_default(),
        asked_by: metadata
            .annotations
            .as_ref()
            .and_then(|annotations| annotations.get(HAND_OVER).cloned())
            .and_then(filled),
    }
}
