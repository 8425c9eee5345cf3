//! Which pod gets the next request: a Service by the route's weights, then one of its ready endpoints in turn.
//!
//! Weights are met by smooth weighted round robin, so that of any 100 requests a weight of 5 gets 5. A Service that was
//! picked and has no endpoint is not replaced by another: its share of requests fails, as behind a real gateway.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use serde_json::Value;

/// A Service behind the route.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Backend {
    service: String,
    weight: i64,
    /// What it is owed; the largest is served next.
    credit: i64,
}

/// The route's weights and the turn each Service has.
#[derive(Debug, Default)]
pub(crate) struct Split(Vec<Backend>);

impl Split {
    /// Takes the weights of an `HTTPRoute`'s first rule; turns start over only where something changed.
    pub(crate) fn follow(&mut self, route: Option<&Value>) {
        let refs = route
            .and_then(|route| route.pointer("/spec/rules/0/backendRefs"))
            .and_then(Value::as_array);
        let wanted: Vec<_> = refs.into_iter().flatten().filter_map(backend).collect();
        let present = self
            .0
            .iter()
            .map(|backend| (&backend.service, backend.weight));
        if !present.eq(wanted
            .iter()
            .map(|backend| (&backend.service, backend.weight)))
        {
            self.0 = wanted;
        }
    }

    /// The Service whose turn it is; none where no weight is above 0.
    pub(crate) fn next(&mut self) -> Option<&str> {
        let total: i64 = self.0.iter().map(|backend| backend.weight).sum();
        for backend in &mut self.0 {
            backend.credit += backend.weight;
        }
        // The first of equals, so that the order in the route decides.
        let next = self
            .0
            .iter_mut()
            .filter(|backend| backend.weight > 0)
            .reduce(|best, other| {
                if other.credit > best.credit {
                    other
                } else {
                    best
                }
            })?;
        next.credit -= total;
        Some(&next.service)
    }
}

fn backend(reference: &Value) -> Option<Backend> {
    let service = reference["name"].as_str()?.to_owned();
    let weight = reference["weight"]
        .as_i64()
        .unwrap_or(1)
        .clamp(0, 1_000_000);
    Some(Backend {
        service,
        weight,
        credit: 0,
    })
}

/// The endpoints of each Service that may get new requests.
#[derive(Debug, Default)]
pub(crate) struct Endpoints(BTreeMap<String, Turns>);

#[derive(Debug, Default)]
struct Turns {
    addresses: Vec<SocketAddr>,
    given: usize,
}

impl Endpoints {
    /// Takes over what a namespace's `EndpointSlice`s say now: ready and not terminating.
    pub(crate) fn follow<'a>(&mut self, slices: impl IntoIterator<Item = &'a Value>) {
        let mut present: BTreeMap<String, Turns> = BTreeMap::new();
        for slice in slices {
            if let Some(service) = slice
                .pointer("/metadata/labels/kubernetes.io~1service-name")
                .and_then(Value::as_str)
            {
                present
                    .entry(service.to_owned())
                    .or_default()
                    .addresses
                    .extend(ready_addresses(slice));
            }
        }
        for (service, turns) in &mut present {
            turns.given = self.0.get(service).map_or(0, |before| before.given);
        }
        self.0 = present;
    }

    /// The next endpoint of a Service, passing over those that were tried.
    pub(crate) fn next(&mut self, service: &str, tried: &[SocketAddr]) -> Option<SocketAddr> {
        let turns = self.0.get_mut(service)?;
        let count = turns.addresses.len();
        let order = (0..count).map(|step| (turns.given + step) % count);
        let next = order.clone().find(|index| {
            turns
                .addresses
                .get(*index)
                .is_some_and(|address| !tried.contains(address))
        })?;
        turns.given = next + 1;
        turns.addresses.get(next).copied()
    }

    pub(crate) fn contains(&self, address: &SocketAddr) -> bool {
        self.0
            .values()
            .any(|turns| turns.addresses.contains(address))
    }
}

/// The addresses of one slice that may get new requests.
pub(crate) fn ready_addresses(slice: &Value) -> impl Iterator<Item = SocketAddr> {
    let port = slice
        .pointer("/ports/0/port")
        .and_then(Value::as_u64)
        .and_then(|port| u16::try_from(port).ok());
    let endpoints = slice["endpoints"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|endpoint| takes_requests(endpoint));
    endpoints.filter_map(move |endpoint| {
        let address: IpAddr = endpoint.pointer("/addresses/0")?.as_str()?.parse().ok()?;
        Some(SocketAddr::new(address, port?))
    })
}

fn takes_requests(endpoint: &Value) -> bool {
    let condition = |name: &str| endpoint["conditions"][name].as_bool();
    condition("ready") == Some(true) && condition("terminating") != Some(true)
}
