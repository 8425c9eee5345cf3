//! How objects are shown: in the client's form, whole, as metadata only, or as rows of a table.

use axum::http::{HeaderMap, header};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value, json};

use super::event_form;
use super::path::{Form, Target};
use super::resource::Resource;
use super::table;

/// In which shape a client wants objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// As they are.
    Whole,
    /// `PartialObjectMetadata`.
    Metadata,
    /// `Table`.
    Table,
}

impl Shape {
    /// The first shape in the Accept header that the server knows.
    pub(crate) fn wanted(headers: &HeaderMap) -> Self {
        let accept = headers
            .get(header::ACCEPT)
            .and_then(|accept| accept.to_str().ok())
            .unwrap_or_default();
        let shape = |media: &str| {
            if !media.trim_start().starts_with("application/json") {
                None
            } else if media.contains("as=Table") {
                Some(Self::Table)
            } else if media.contains("as=PartialObjectMetadata") {
                Some(Self::Metadata)
            } else {
                Some(Self::Whole)
            }
        };
        accept.split(',').find_map(shape).unwrap_or(Self::Whole)
    }
}

/// A way to show the objects of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct View {
    resource: Resource,
    form: Form,
    shape: Shape,
}

impl View {
    /// The way to show `target`'s kind in `shape`.
    pub(crate) fn new(target: &Target, shape: Shape) -> Self {
        Self {
            resource: target.resource,
            form: target.form,
            shape,
        }
    }

    /// Whether objects are shown just as they are stored.
    pub(crate) fn is_plain(self) -> bool {
        self.shape == Shape::Whole && self.form == Form::Stored
    }

    /// One object.
    pub(crate) fn object(self, stored: &Value) -> Value {
        match self.shape {
            Shape::Whole => in_form(self.form, stored),
            Shape::Metadata => metadata(stored),
            Shape::Table => table::table(
                self.resource,
                &[stored],
                &stored["metadata"]["resourceVersion"],
            ),
        }
    }

    /// A listing at a version, or a page of it.
    pub(crate) fn list<T: AsRef<Value>>(self, items: &[T], at: &At, api_version: &str) -> Vec<u8> {
        let version = json!(at.version.to_string());
        let body = match self.shape {
            Shape::Table => {
                let items: Vec<&Value> = items.iter().map(AsRef::as_ref).collect();
                serde_json::to_vec(&table::table(self.resource, &items, &version))
            }
            Shape::Metadata => {
                let items: Vec<Value> = items.iter().map(|item| metadata(item.as_ref())).collect();
                serde_json::to_vec(
                    &json!({ "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1",
                    "metadata": { "resourceVersion": version }, "items": items }),
                )
            }
            Shape::Whole if self.form == Form::EventsV1 => {
                let items: Vec<Value> = items
                    .iter()
                    .map(|item| in_form(self.form, item.as_ref()))
                    .collect();
                self.whole(&items.iter().collect::<Vec<_>>(), at, api_version)
            }
            Shape::Whole => {
                let items: Vec<&Value> = items.iter().map(AsRef::as_ref).collect();
                self.whole(&items, at, api_version)
            }
        };
        body.unwrap_or_default()
    }

    fn whole(self, items: &[&Value], at: &At, api_version: &str) -> serde_json::Result<Vec<u8>> {
        #[derive(serde::Serialize)]
        struct List<'a> {
            kind: String,
            #[serde(rename = "apiVersion")]
            api_version: &'a str,
            metadata: Value,
            items: Vec<Item<'a>>,
        }
        let typed = self.resource != Resource::HttpRoutes;
        let item = |value| {
            if typed {
                Item::Bare(value)
            } else {
                Item::Whole(value)
            }
        };
        let mut metadata = json!({ "resourceVersion": at.version.to_string() });
        if let Some(more) = &at.more {
            metadata["continue"] = json!(more.token);
            metadata["remainingItemCount"] = json!(more.left);
        }
        serde_json::to_vec(&List {
            kind: format!("{}List", self.resource.facts().kind),
            api_version,
            metadata,
            items: items.iter().copied().map(item).collect(),
        })
    }
}

/// When a listing is true, and what follows it.
#[derive(Debug, Clone)]
pub(crate) struct At {
    pub(crate) version: u64,
    pub(crate) more: Option<More>,
}

/// What follows a page.
#[derive(Debug, Clone)]
pub(crate) struct More {
    pub(crate) token: String,
    pub(crate) left: usize,
}

/// An item of a listing. Those of built-in kinds do not repeat what the list says: its kind and version.
enum Item<'a> {
    Bare(&'a Value),
    Whole(&'a Value),
}

impl Serialize for Item<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = match self {
            Self::Whole(value) => return value.serialize(serializer),
            Self::Bare(value) => value.as_object().into_iter().flatten(),
        };
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in fields.filter(|(name, _)| *name != "kind" && *name != "apiVersion") {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// An object in the form the client speaks of.
pub(crate) fn in_form(form: Form, stored: &Value) -> Value {
    match form {
        Form::Stored => stored.clone(),
        Form::EventsV1 => event_form::as_events_v1(stored),
    }
}

/// An object as `PartialObjectMetadata`.
pub(crate) fn metadata(stored: &Value) -> Value {
    json!({ "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": stored["metadata"] })
}
