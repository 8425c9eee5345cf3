//! Which kinds of objects there are, and what the protocol says about each: group, version, names, subresources.

/// A kind of object that the server stores, named by its plural as in a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Resource {
    /// `v1` namespaces (cluster-wide).
    Namespaces,
    /// `v1` pods.
    Pods,
    /// `v1` services.
    Services,
    /// `discovery.k8s.io/v1` endpointslices.
    EndpointSlices,
    /// `v1` configmaps.
    ConfigMaps,
    /// `v1` secrets.
    Secrets,
    /// `v1` nodes (cluster-wide).
    Nodes,
    /// Events, stored in their `v1` form and also served as `events.k8s.io/v1`.
    Events,
    /// `apps/v1` deployments.
    Deployments,
    /// `apps/v1` replicasets.
    ReplicaSets,
    /// `autoscaling/v2` horizontalpodautoscalers.
    HorizontalPodAutoscalers,
    /// `coordination.k8s.io/v1` leases.
    Leases,
    /// `gateway.networking.k8s.io/v1` httproutes.
    HttpRoutes,
}

/// Whether objects of a kind live in namespaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// They live in a namespace.
    Namespaced,
    /// There is one set of them for the cluster.
    Cluster,
}

/// Who numbers an object's specification with `metadata.generation`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    /// The kind has none.
    None,
    /// It counts changes of anything but metadata and status.
    Spec,
    /// As `Spec`, and it also counts changes that clients make to the annotations.
    SpecAndAnnotations,
}

/// What the protocol says about a kind.
#[derive(Debug, PartialEq, Eq)]
pub struct Facts {
    /// API group, empty for the core group.
    pub group: &'static str,
    /// Version within the group.
    pub version: &'static str,
    /// Plural name, as in URLs.
    pub plural: &'static str,
    /// Singular name.
    pub singular: &'static str,
    /// The value of `kind`.
    pub kind: &'static str,
    /// What `kubectl` takes in place of the plural.
    pub short: &'static [&'static str],
    /// Whether it lives in namespaces.
    pub scope: Scope,
    /// The subresources that are served.
    pub subresources: &'static [&'static str],
    /// What moves its generation.
    pub generation: Generation,
}

impl Facts {
    /// `GROUP/VERSION`, or the version alone for the core group.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// `PLURAL.GROUP` as the server names a kind in its messages; the plural alone for the core group.
    pub fn qualified(&self) -> String {
        if self.group.is_empty() {
            self.plural.to_owned()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }
}

const CORE: Facts = Facts {
    group: "",
    version: "v1",
    plural: "",
    singular: "",
    kind: "",
    short: &[],
    scope: Scope::Namespaced,
    subresources: &[],
    generation: Generation::None,
};

static NAMESPACES: Facts = Facts {
    plural: "namespaces",
    singular: "namespace",
    kind: "Namespace",
    short: &["ns"],
    scope: Scope::Cluster,
    subresources: &["status"],
    ..CORE
};
static PODS: Facts = Facts {
    plural: "pods",
    singular: "pod",
    kind: "Pod",
    short: &["po"],
    subresources: &["log", "proxy", "status"],
    ..CORE
};
static SERVICES: Facts = Facts {
    plural: "services",
    singular: "service",
    kind: "Service",
    short: &["svc"],
    subresources: &["proxy", "status"],
    ..CORE
};
static ENDPOINT_SLICES: Facts = Facts {
    group: "discovery.k8s.io",
    plural: "endpointslices",
    singular: "endpointslice",
    kind: "EndpointSlice",
    generation: Generation::Spec,
    ..CORE
};
static CONFIG_MAPS: Facts = Facts {
    plural: "configmaps",
    singular: "configmap",
    kind: "ConfigMap",
    short: &["cm"],
    ..CORE
};
static SECRETS: Facts = Facts {
    plural: "secrets",
    singular: "secret",
    kind: "Secret",
    ..CORE
};
static NODES: Facts = Facts {
    plural: "nodes",
    singular: "node",
    kind: "Node",
    short: &["no"],
    scope: Scope::Cluster,
    subresources: &["status"],
    ..CORE
};
static EVENTS: Facts = Facts {
    plural: "events",
    singular: "event",
    kind: "Event",
    short: &["ev"],
    ..CORE
};
static DEPLOYMENTS: Facts = Facts {
    group: "apps",
    plural: "deployments",
    singular: "deployment",
    kind: "Deployment",
    short: &["deploy"],
    subresources: &["scale", "status"],
    generation: Generation::SpecAndAnnotations,
    ..CORE
};
static REPLICA_SETS: Facts = Facts {
    group: "apps",
    plural: "replicasets",
    singular: "replicaset",
    kind: "ReplicaSet",
    short: &["rs"],
    subresources: &["scale", "status"],
    generation: Generation::Spec,
    ..CORE
};
static AUTOSCALERS: Facts = Facts {
    group: "autoscaling",
    version: "v2",
    plural: "horizontalpodautoscalers",
    singular: "horizontalpodautoscaler",
    kind: "HorizontalPodAutoscaler",
    short: &["hpa"],
    subresources: &["status"],
    ..CORE
};
static LEASES: Facts = Facts {
    group: "coordination.k8s.io",
    plural: "leases",
    singular: "lease",
    kind: "Lease",
    ..CORE
};
static HTTP_ROUTES: Facts = Facts {
    group: "gateway.networking.k8s.io",
    plural: "httproutes",
    singular: "httproute",
    kind: "HTTPRoute",
    subresources: &["status"],
    generation: Generation::Spec,
    ..CORE
};

impl Resource {
    /// Every kind, in the order of discovery.
    pub const ALL: [Self; 13] = [
        Self::Namespaces,
        Self::Pods,
        Self::Services,
        Self::EndpointSlices,
        Self::ConfigMaps,
        Self::Secrets,
        Self::Nodes,
        Self::Events,
        Self::Deployments,
        Self::ReplicaSets,
        Self::HorizontalPodAutoscalers,
        Self::Leases,
        Self::HttpRoutes,
    ];

    /// What the protocol says about this kind.
    pub fn facts(self) -> &'static Facts {
        match self {
            Self::Namespaces => &NAMESPACES,
            Self::Pods => &PODS,
            Self::Services => &SERVICES,
            Self::EndpointSlices => &ENDPOINT_SLICES,
            Self::ConfigMaps => &CONFIG_MAPS,
            Self::Secrets => &SECRETS,
            Self::Nodes => &NODES,
            Self::Events => &EVENTS,
            Self::Deployments => &DEPLOYMENTS,
            Self::ReplicaSets => &REPLICA_SETS,
            Self::HorizontalPodAutoscalers => &AUTOSCALERS,
            Self::Leases => &LEASES,
            Self::HttpRoutes => &HTTP_ROUTES,
        }
    }

    /// The fields, beside name and namespace, that a field selector can name; one that ends in a dot stands for all below it.
    pub fn selectable(self) -> &'static [&'static str] {
        match self {
            Self::Pods => &[
                "spec.nodeName",
                "spec.restartPolicy",
                "spec.schedulerName",
                "status.phase",
                "status.podIP",
            ],
            Self::Events => &[
                "involvedObject.",
                "regarding.",
                "reason",
                "reportingComponent",
                "reportingController",
                "source",
                "type",
            ],
            Self::Namespaces => &["status.phase"],
            Self::Secrets => &["type"],
            Self::Services => &["spec.clusterIP", "spec.type"],
            Self::Nodes => &["spec.unschedulable"],
            Self::ReplicaSets => &["status.replicas"],
            Self::EndpointSlices
            | Self::ConfigMaps
            | Self::Deployments
            | Self::HorizontalPodAutoscalers
            | Self::Leases
            | Self::HttpRoutes => &[],
        }
    }

    /// The kind with this plural name.
    pub fn from_plural(plural: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|resource| resource.facts().plural == plural)
    }
}
