//! One request on an object or a listing, read and ready to be carried out.

use axum::http::{HeaderMap, Method, header};
use bytes::Bytes;
use serde_json::Value;

use super::path::{Form, Target};
use super::present::Shape;
use super::query::Query;
use super::selector::Selector;
use super::status::{Outcome, Refusal};

/// What a request wants done, as access rules name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    /// Read one object.
    Get,
    /// Read a listing.
    List,
    /// Follow a listing.
    Watch,
    /// Create an object.
    Create,
    /// Replace an object.
    Update,
    /// Change an object.
    Patch,
    /// Remove an object.
    Delete,
    /// Remove the objects of a listing.
    DeleteCollection,
}

impl Verb {
    /// Its name in access rules.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Watch => "watch",
            Self::Create => "create",
            Self::Update => "update",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::DeleteCollection => "deletecollection",
        }
    }

    /// Whether it changes objects.
    pub(crate) fn writes(self) -> bool {
        !matches!(self, Self::Get | Self::List | Self::Watch)
    }

    fn of(method: &Method, target: &Target, query: &Query) -> Outcome<Self> {
        match (method.as_str(), target.name.is_some()) {
            ("GET" | "HEAD", _) if query.is_set("watch") => Ok(Self::Watch),
            ("GET" | "HEAD", true) => Ok(Self::Get),
            ("GET" | "HEAD", false) => Ok(Self::List),
            ("POST", named) if !named || target.subresource.as_deref() == Some("proxy") => {
                Ok(Self::Create)
            }
            ("PUT", true) => Ok(Self::Update),
            ("PATCH", true) => Ok(Self::Patch),
            ("DELETE", true) => Ok(Self::Delete),
            ("DELETE", false) => Ok(Self::DeleteCollection),
            _ => Err(Refusal::method()),
        }
    }
}

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) verb: Verb,
    pub(crate) target: Target,
    pub(crate) query: Query,
    pub(crate) shape: Shape,
    pub(crate) content_type: String,
    pub(crate) user_agent: String,
    pub(crate) body: Bytes,
}

impl Call {
    /// Reads a request's head; its body comes later.
    pub(crate) fn new(
        method: &Method,
        target: Target,
        query: Query,
        headers: &HeaderMap,
    ) -> Outcome<Self> {
        let text = |name: header::HeaderName| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_owned()
        };
        Ok(Self {
            verb: Verb::of(method, &target, &query)?,
            shape: Shape::wanted(headers),
            content_type: text(header::CONTENT_TYPE),
            user_agent: text(header::USER_AGENT),
            target,
            query,
            body: Bytes::new(),
        })
    }

    /// What of the listing is wanted.
    pub(crate) fn selector(&self) -> Outcome<Selector> {
        let resource = self.target.resource;
        let mut selector = Selector::within(self.target.namespace.clone())
            .with_labels(self.query.get("labelSelector").unwrap_or_default())?
            .with_fields(
                self.query.get("fieldSelector").unwrap_or_default(),
                resource,
            )?;
        if let Some(name) = &self.target.name {
            selector = selector.with_fields(&format!("metadata.name={name}"), resource)?;
        }
        Ok(selector)
    }

    /// The body as JSON, in whatever form the client speaks; only a JSON or YAML content type is taken.
    pub(crate) fn json(&self) -> Outcome<Value> {
        let media = self
            .content_type
            .split(';')
            .next()
            .unwrap_or_default()
            .trim();
        if !media.is_empty() && !media.contains("json") && !media.contains("yaml") {
            return Err(Refusal::media_type(&[
                "application/json",
                "application/yaml",
            ]));
        }
        serde_json::from_slice(&self.body).map_err(|error| {
            Refusal::bad_request(format!("the object provided is unrecognized: {error}"))
        })
    }

    /// Whether the client speaks of events in their newer form.
    pub(crate) fn speaks_events_v1(&self) -> bool {
        self.target.form == Form::EventsV1
    }

    /// Whether nothing is to be stored.
    pub(crate) fn is_dry_run(&self) -> bool {
        self.query.get("dryRun") == Some("All")
    }
}
