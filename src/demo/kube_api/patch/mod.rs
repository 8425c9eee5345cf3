//! The four patch formats, each as a pure function from a stored object to a new one.

pub(crate) mod apply;
pub(crate) mod json;
pub(crate) mod merge;
pub(crate) mod strategic;

use serde_json::Value;

use super::resource::Resource;
use super::status::{Outcome, Refusal};

/// Which format a patch is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// RFC 6902.
    Json,
    /// RFC 7386.
    Merge,
    /// Kubernetes' merge that knows lists.
    Strategic,
    /// Server-side apply.
    Apply,
}

const FORMATS: [(&str, Format); 4] = [
    ("application/json-patch+json", Format::Json),
    ("application/merge-patch+json", Format::Merge),
    ("application/apply-patch+yaml", Format::Apply),
    ("application/strategic-merge-patch+json", Format::Strategic),
];

impl Format {
    /// The format of a content type; kinds that are not built in take no strategic merge.
    pub(crate) fn of(content_type: &str, resource: Resource) -> Outcome<Self> {
        let known = if is_custom(resource) {
            &FORMATS[..3]
        } else {
            &FORMATS[..]
        };
        let media = content_type.split(';').next().unwrap_or_default().trim();
        let found = known
            .iter()
            .find(|(name, _)| *name == media)
            .map(|(_, format)| *format);
        found.ok_or_else(|| {
            Refusal::media_type(&known.iter().map(|(name, _)| *name).collect::<Vec<_>>())
        })
    }

    /// Applies a patch of one of the formats that need no owner.
    pub(crate) fn patched(self, object: &Value, patch: &Value) -> Outcome<Value> {
        match self {
            Self::Json => json::patched(object, patch),
            Self::Merge | Self::Apply => Ok(merge::patched(object, patch)),
            Self::Strategic => Ok(strategic::patched(object, patch)),
        }
    }
}

fn is_custom(resource: Resource) -> bool {
    resource == Resource::HttpRoutes
}
