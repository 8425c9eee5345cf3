//! All services at once.

mod order;
mod screen;
mod switching;
mod watching;
mod whole;

use crate::fixture;
use flightdeck::app::event::Event;
use flightdeck::app::model::Model;
use flightdeck::app::update::update;
use flightdeck::config::settings::{Environment, Service, Settings};
use flightdeck::domain::cluster::Snapshot;
use flightdeck::domain::event::SourceEvent;
use flightdeck::domain::feed::{FaultKind, FeedFault};
use flightdeck::domain::ids::{EnvironmentName, ServiceName, Target};
use flightdeck::domain::record::RecordRead;
use jiff::{SignedDuration, Timestamp};

fn now() -> Timestamp {
    "2026-01-02T14:07:32Z".parse().unwrap()
}

/// The services of the fixture fleet, each with its context.
const SERVICES: [(&str, &str); 6] = [
    ("checkout", "prod-eu1"),
    ("search", "prod-eu1"),
    ("payments", "prod-eu1"),
    ("auth", "prod-us1"),
    ("catalog", "prod-us1"),
    ("mailer", "prod-eu1"),
];

/// Canaries named otherwise, in two contexts.
fn settings() -> Settings {
    let one = fixture::settings();
    let environment = |context: &str| Environment {
        name: EnvironmentName::new("production"),
        context: Some(context.to_owned()),
        ..one.services[0].environments[0].clone()
    };
    Settings {
        services: SERVICES
            .iter()
            .map(|(name, context)| Service {
                ci: None,
                name: ServiceName::new(*name),
                environments: vec![environment(context)],
            })
            .collect(),
        ..one
    }
}

fn target(service: &str) -> Target {
    Target::new(service, "production")
}

/// A fleet of which nothing is known.
fn unread() -> Model {
    Model::of_all(settings(), fixture::who(), "run", now()).unwrap()
}

fn tell(model: &mut Model, event: SourceEvent) {
    drop(update(model, Event::Source(event).at(now())));
}

/// The objects of the fixture, under the names that every service of the fleet has.
fn read(model: &mut Model, service: &str, snapshot: Snapshot) {
    let event = SourceEvent::ClusterRead(target(service), Box::new(snapshot));
    tell(model, event);
}

/// Nothing under way, everything available.
fn calm() -> Snapshot {
    let mut snapshot = fixture::canary_at(0, now());
    for deployment in &mut snapshot.deployments {
        if deployment.name == "checkout-canary" {
            deployment.replicas = 0;
            deployment.counted = flightdeck::domain::cluster::ReplicaCounts::default();
        }
    }
    for set in &mut snapshot.replica_sets {
        if set.owner_uid == "uid-checkout-canary" {
            set.replicas = 0;
            set.ready = 0;
            set.available = 0;
        }
    }
    snapshot
        .pods
        .retain(|pod| !pod.name.starts_with("checkout-canary"));
    if let RecordRead::Read { record, .. } = &mut snapshot.record {
        record.releases.remove(0);
        record.step_started_at = None;
        record.stable_before = None;
    }
    snapshot
}

/// A pod that cannot start.
fn broken() -> Snapshot {
    let mut snapshot = calm();
    snapshot.pods[0].state = "CrashLoopBackOff".into();
    snapshot.pods[0].ready = false;
    snapshot
}

fn place_of(model: &Model, service: &str) -> flightdeck::domain::place::Place {
    model
        .settings
        .environment(&target(service))
        .unwrap()
        .place()
}

/// A service is broken, one is on trial, one waits past its step's time, one is calm; one cluster is down since a minute.
pub(crate) fn busy() -> Model {
    let mut model = unread();
    let early = now() - SignedDuration::from_secs(120);
    read(&mut model, "search", fixture::canary_at(50, now()));
    let mut fresh = fixture::canary_at(5, now());
    if let RecordRead::Read { record, .. } = &mut fresh.record {
        record.step_started_at = Some(now() - SignedDuration::from_secs(60));
    }
    read(&mut model, "checkout", fresh);
    read(&mut model, "payments", broken());
    read(&mut model, "mailer", calm());
    let auth = SourceEvent::ClusterRead(target("auth"), Box::new(calm()));
    drop(update(&mut model, Event::Source(auth).at(early)));
    let place = place_of(&model, "auth");
    let fault = FeedFault {
        kind: FaultKind::Unreachable,
        text: "cannot watch pods in namespace `production`: no connection to the API server".into(),
        hint: Some("check network, VPN and the context's server".into()),
    };
    let feed = model
        .fleet
        .places
        .iter_mut()
        .find(|(known, _)| *known == place);
    feed.unwrap().1.seen_at = Some(early);
    tell(&mut model, SourceEvent::PlaceFailed(place, fault));
    model
}
