//! The record in its ConfigMap.

use crate::domain::record::{KEY, Record, RecordRead};
use crate::domain::text::Text;
use k8s_openapi::api::core::v1::ConfigMap;
use std::error::Error;

/// Reads the record; a ConfigMap without a record of this version is unreadable, never absent.
pub fn record(object: Option<&ConfigMap>) -> RecordRead {
    let Some(object) = object else {
        return RecordRead::Absent;
    };
    let Some(text) = object.data.as_ref().and_then(|data| data.get(KEY)) else {
        return RecordRead::Unreadable(Text::new(format!("the ConfigMap has no key `{KEY}`")));
    };
    match Record::parse(text) {
        Ok(record) => RecordRead::Read {
            record: Box::new(record),
            version: object.metadata.resource_version.clone().unwrap_or_default(),
            uid: object.metadata.uid.clone().unwrap_or_default(),
        },
        Err(fault) => RecordRead::Unreadable(Text::new(match fault.source() {
            Some(cause) => format!("{fault}: {cause}"),
            None => fault.to_string(),
        })),
    }
}
