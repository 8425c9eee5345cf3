//! Paths of the API: which object, listing, subresource or document one names.

use super::query::decode;
use super::resource::{Resource, Scope};

/// What a path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// `/version`.
    Version,
    /// `/healthz`, `/livez`, `/readyz`.
    Health,
    /// `/api`: the versions of the core group.
    CoreVersions,
    /// `/apis`: all groups.
    Groups,
    /// `/apis/GROUP`.
    Group(String),
    /// `/api/v1` or `/apis/GROUP/VERSION`: the kinds of one group version.
    Kinds(String),
    /// `/openapi/v3`: which documents there are.
    OpenApiIndex,
    /// `/openapi/v3/apis/GROUP/VERSION`: one document, by group version.
    OpenApi(String),
    /// `/openapi/v2`: the older document.
    OpenApiV2,
    /// A review: a question sent with POST.
    Review(Review),
    /// An object or a listing.
    Object(Target),
}

/// The questions a client can send about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Review {
    /// May I do this?
    Access,
    /// What may I do here?
    Rules,
    /// Who am I?
    Identity,
}

/// In which of its forms an object is spoken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As it is stored.
    Stored,
    /// An event as `events.k8s.io/v1`.
    EventsV1,
}

/// An object or a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// The kind.
    pub(crate) resource: Resource,
    /// The form in which the client speaks of it.
    pub(crate) form: Form,
    /// The namespace, absent for cluster-wide kinds and for listings of all namespaces.
    pub(crate) namespace: Option<String>,
    /// The name, absent for listings.
    pub(crate) name: Option<String>,
    /// The subresource.
    pub(crate) subresource: Option<String>,
    /// What follows the subresource, without a leading slash, not decoded: the path a proxied request goes to.
    pub(crate) rest: String,
}

impl Target {
    /// `apiVersion` as the client sees it.
    pub(crate) fn api_version(&self) -> String {
        match self.form {
            Form::Stored => self.resource.facts().api_version(),
            Form::EventsV1 => "events.k8s.io/v1".to_owned(),
        }
    }

    /// The API group as the client sees it.
    pub(crate) fn group(&self) -> &'static str {
        match self.form {
            Form::Stored => self.resource.facts().group,
            Form::EventsV1 => "events.k8s.io",
        }
    }

    /// `PLURAL[/SUBRESOURCE]`, as rules name it.
    pub(crate) fn ruled(&self) -> String {
        let plural = self.resource.facts().plural;
        match &self.subresource {
            Some(subresource) => format!("{plural}/{subresource}"),
            None => plural.to_owned(),
        }
    }
}

/// Reads a path as it stands in the request line.
pub(crate) fn parse(path: &str) -> Option<Route> {
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    match segments.as_slice() {
        ["version"] => Some(Route::Version),
        ["healthz" | "livez" | "readyz"] => Some(Route::Health),
        ["api"] => Some(Route::CoreVersions),
        ["apis"] => Some(Route::Groups),
        ["apis", group] => Some(Route::Group((*group).to_owned())),
        ["api", version] => Some(Route::Kinds((*version).to_owned())),
        ["apis", group, version] => Some(Route::Kinds(format!("{group}/{version}"))),
        ["openapi", "v2"] => Some(Route::OpenApiV2),
        ["openapi", "v3"] => Some(Route::OpenApiIndex),
        ["openapi", "v3", "api", version] => Some(Route::OpenApi((*version).to_owned())),
        ["openapi", "v3", "apis", group, version] => {
            Some(Route::OpenApi(format!("{group}/{version}")))
        }
        [
            "apis",
            "authorization.k8s.io",
            "v1",
            "selfsubjectaccessreviews",
        ] => Some(Route::Review(Review::Access)),
        [
            "apis",
            "authorization.k8s.io",
            "v1",
            "selfsubjectrulesreviews",
        ] => Some(Route::Review(Review::Rules)),
        ["apis", "authentication.k8s.io", "v1", "selfsubjectreviews"] => {
            Some(Route::Review(Review::Identity))
        }
        ["api", version, rest @ ..] => target("", version, rest).map(Route::Object),
        ["apis", group, version, rest @ ..] => target(group, version, rest).map(Route::Object),
        _ => None,
    }
}

fn target(group: &str, version: &str, segments: &[&str]) -> Option<Target> {
    let (namespace, segments) = match segments {
        ["namespaces", _, "status" | "finalize"] | ["namespaces", _] | ["namespaces"] => {
            (None, segments)
        }
        ["namespaces", namespace, rest @ ..] => (Some(decode(namespace)), rest),
        _ => (None, segments),
    };
    let (plural, segments) = segments.split_first()?;
    let (resource, form) = kind(group, version, plural)?;
    if namespace.is_some() && resource.facts().scope == Scope::Cluster {
        return None;
    }
    let mut segments = segments.iter();
    let name = segments.next().map(|name| decode(name));
    if name.is_some() && namespace.is_none() && resource.facts().scope == Scope::Namespaced {
        return None;
    }
    let subresource = segments.next().map(|subresource| decode(subresource));
    let served = |name: &String| resource.facts().subresources.contains(&name.as_str());
    if subresource
        .as_ref()
        .is_some_and(|subresource| !served(subresource))
    {
        return None;
    }
    let rest: Vec<&str> = segments.copied().collect();
    Some(Target {
        resource,
        form,
        namespace,
        name,
        subresource,
        rest: rest.join("/"),
    })
}

fn kind(group: &str, version: &str, plural: &str) -> Option<(Resource, Form)> {
    let resource = Resource::from_plural(plural)?;
    if resource == Resource::Events && group == "events.k8s.io" && version == "v1" {
        return Some((resource, Form::EventsV1));
    }
    let facts = resource.facts();
    (facts.group == group && facts.version == version).then_some((resource, Form::Stored))
}
