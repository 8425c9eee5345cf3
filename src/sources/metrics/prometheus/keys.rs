//! Whose a series is: the pod, or the Service behind a gateway, by the labels that the exporter gives it.

use super::answer::Series;
use crate::domain::counters::Side;
use crate::domain::exposition::{BackendForm, BackendLabel, CountedBy};
use std::borrow::Cow;
use std::collections::HashMap;

/// Stands between a Service and the gateway's pod that counted its requests. No name in a cluster has a blank in it.
const AT: &str = " at ";
/// Stands behind a pod whose CPU is counted apart from its requests.
const CPU: &str = " (CPU)";
/// The label with the address that was scraped.
const INSTANCE: &str = "instance";

/// What stands behind a gateway in one namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backends {
    /// The namespace.
    pub namespace: String,
    /// Its Services and their sides.
    pub services: HashMap<String, Side>,
}

impl Backends {
    /// The side of what a gateway counted.
    pub(super) fn side_of(&self, unit: &str) -> Option<Side> {
        self.services.get(service_of(unit)?).copied()
    }
}

/// The Services at each place of the namespace's routes: `ROUTE/rule/N` has all of a rule, `ROUTE/rule/N/backend/M` one.
pub(super) type Places = HashMap<String, Vec<String>>;

/// How series are told apart.
pub(super) struct Keys<'a> {
    pub(super) pod: &'a str,
    pub(super) code: &'a str,
    pub(super) counted_by: &'a CountedBy,
    pub(super) backends: &'a Backends,
    pub(super) places: &'a Places,
}

impl Keys<'_> {
    /// The pod's name.
    pub(super) fn pod<'s>(&self, series: &'s Series) -> Option<&'s str> {
        series.label(self.pod)
    }

    /// Who counted: the pod's name, or a Service and the gateway's pod.
    pub(super) fn unit<'s>(&self, series: &'s Series) -> Option<Cow<'s, str>> {
        match self.counted_by {
            CountedBy::Pods | CountedBy::Sidecars => self.pod(series).map(Cow::Borrowed),
            CountedBy::Gateway(labels) => {
                let service = self.service(labels, series)?;
                Some(Cow::Owned(format!(
                    "{service}{AT}{}",
                    self.exporter(series)?
                )))
            }
        }
    }

    /// Under which name the CPU of a pod is counted: apart, where the counters of requests live on when the pod's own
    /// process restarts.
    pub(super) fn cpu<'s>(&self, series: &'s Series) -> Option<Cow<'s, str>> {
        let pod = self.pod(series)?;
        Some(match self.counted_by {
            CountedBy::Pods => Cow::Borrowed(pod),
            CountedBy::Sidecars | CountedBy::Gateway(_) => Cow::Owned(format!("{pod}{CPU}")),
        })
    }

    /// The pod, or else the address, of a gateway.
    pub(super) fn exporter<'s>(&self, series: &'s Series) -> Option<&'s str> {
        self.pod(series).or_else(|| series.label(INSTANCE))
    }

    /// The Service that a gateway's series is about; `None` where it is none of these.
    fn service<'s>(&'s self, labels: &[BackendLabel], series: &'s Series) -> Option<&'s str> {
        let (label, form) = labels
            .iter()
            .find_map(|backend| Some((series.label(&backend.label)?, backend.form)))?;
        match form {
            BackendForm::Name => self.known(label),
            BackendForm::Joined => self.joined(label),
            BackendForm::Placed => {
                let place = self.place(label)?;
                let at_place = self.places.get(place)?;
                // Where all of a rule are counted as one there is nothing to tell apart.
                let [service] = at_place.as_slice() else {
                    return None;
                };
                self.known(service)
            }
        }
    }

    fn known(&self, service: &str) -> Option<&str> {
        let (service, _) = self.backends.services.get_key_value(service)?;
        Some(service)
    }

    /// `[…-]NAMESPACE-SERVICE-PORT[@…]`; where several Services fit it is the longest.
    fn joined(&self, label: &str) -> Option<&str> {
        let name = label.split_once('@').map_or(label, |(name, _)| name);
        let (name, _port) = name.rsplit_once('-')?;
        let namespace = self.backends.namespace.as_str();
        let mut ends = name.match_indices(namespace).filter_map(|(at, _)| {
            let is_whole = at == 0 || name[..at].ends_with('-');
            name[at + namespace.len()..]
                .strip_prefix('-')
                .filter(|_| is_whole)
        });
        ends.find_map(|service| self.known(service))
    }

    /// The place of a gateway's cluster in the routes of this namespace.
    fn place<'s>(&self, cluster: &'s str) -> Option<&'s str> {
        let rest = cluster.strip_prefix("httproute/")?;
        rest.strip_prefix(self.backends.namespace.as_str())?
            .strip_prefix('/')
    }

    /// The Services, of these, that a gateway counts as one, and under which name.
    pub(super) fn together<'s>(&self, series: &'s Series) -> Option<(&'s str, Vec<String>)> {
        let CountedBy::Gateway(labels) = self.counted_by else {
            return None;
        };
        let placed = labels
            .iter()
            .find(|label| label.form == BackendForm::Placed)?;
        let cluster = series.label(&placed.label)?;
        let at_place = self.places.get(self.place(cluster)?)?;
        let own = |service: &&String| self.known(service).is_some();
        let is_own = at_place.len() > 1 && at_place.iter().any(|service| own(&service));
        is_own.then(|| (cluster, at_place.clone()))
    }
}

/// The Service in the name of what a gateway counted.
pub(super) fn service_of(unit: &str) -> Option<&str> {
    unit.split_once(AT).map(|(service, _)| service)
}

/// The gateway's pod in it.
pub(super) fn exporter_of(unit: &str) -> Option<&str> {
    unit.split_once(AT).map(|(_, exporter)| exporter)
}

/// The pod in the name under which its CPU is counted apart.
pub(super) fn pod_of_cpu(name: &str) -> Option<&str> {
    name.strip_suffix(CPU)
}
