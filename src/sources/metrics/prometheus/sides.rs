//! Which version a counter belongs to, by the name of who counted.

use super::Prometheus;
use super::keys::{pod_of_cpu, service_of};
use crate::domain::counters::Side;

impl Prometheus {
    /// The side of a pod, or of what a gateway counted; that of `pods` where it is among them.
    pub(super) fn side(&self, pods: &[(String, Side)], pod: &str) -> Option<Side> {
        if service_of(pod).is_some() {
            return self.backends.side_of(pod);
        }
        let pod = pod_of_cpu(pod).unwrap_or(pod);
        let given = pods
            .iter()
            .find(|(known, _)| known == pod)
            .map(|(_, side)| *side);
        // A pod that is gone belongs to the version whose ReplicaSet made it: one Deployment may run two.
        let of_set = || {
            let sibling = pods.iter().find(|(known, _)| is_same_set(known, pod));
            sibling.map(|(_, side)| *side)
        };
        given.or_else(of_set).or_else(|| {
            let owner = self
                .workloads
                .iter()
                .find(|(workload, _)| workload_of(pod) == Some(workload));
            owner.map(|(_, side)| *side)
        })
    }
}

/// The Deployment whose pod it is by its name: that of the Deployment, its template's hash and a suffix; or the Service of
/// what a gateway counted.
pub(super) fn owner_of(name: &str) -> Option<&str> {
    service_of(name).or_else(|| workload_of(pod_of_cpu(name).unwrap_or(name)))
}

/// The Deployment whose pod it is by its name.
fn workload_of(pod: &str) -> Option<&str> {
    let (set, suffix) = pod.rsplit_once('-')?;
    let (workload, hash) = set.rsplit_once('-')?;
    (!hash.is_empty() && !suffix.is_empty()).then_some(workload)
}

/// Whether two pods' names differ in their last part only.
fn is_same_set<'p>(one: &'p str, other: &'p str) -> bool {
    let set = |pod: &'p str| pod.rsplit_once('-').map(|(set, _)| set);
    set(one).is_some() && set(one) == set(other)
}
