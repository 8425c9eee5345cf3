//! The node on which nothing runs: its pods are ready as soon as they are there, gone as soon as they are to go, and what they
//! would have counted is made up.

use std::net::Ipv4Addr;

use jiff::Timestamp;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::NODE;
use crate::demo::dice::fingerprint;
use crate::demo::kube_api::{ChangeKind, Key, Resource, Store};
use crate::demo::traffic::{Counters, Facts, Stage, write_status};

/// Of so many requests one fails.
const ONE_FAILS_OF: u64 = 500;

/// Keeps the node's pods until `stop`.
pub(crate) async fn keep(store: Store, stop: CancellationToken) {
    let keep = async {
        loop {
            // After a cut in the history the list holds what came in it.
            let (listed, mut news) = store.list_and_subscribe(Resource::Pods, None);
            for pod in &listed.items {
                settle(&store, pod);
            }
            while let Ok(changes) = news.next().await {
                for change in changes {
                    if change.kind != ChangeKind::Deleted {
                        settle(&store, &change.object);
                    }
                }
            }
        }
    };
    let _stopped: Option<()> = stop.run_until_cancelled(keep).await;
}

fn settle(store: &Store, pod: &Value) {
    if pod["spec"]["nodeName"] != NODE {
        return;
    }
    let key = Key::of(Resource::Pods, pod);
    // What went in the meantime is what was wanted.
    if pod["metadata"]["deletionTimestamp"].is_string() {
        drop(store.delete(&key));
    } else if pod["status"]["containerStatuses"].is_null() {
        let facts = Facts {
            address: Some(Ipv4Addr::new(10, 1, 0, 1)),
            started: Some(Timestamp::now()),
            ..Facts::default()
        };
        drop(store.edit(&key, |pod| write_status(pod, Stage::Ready, &facts)));
    }
}

/// What a pod of this node answers GET `path`; `None` for pods of others.
pub(crate) fn answer(pod: &Value, path: &str) -> Option<String> {
    if pod["spec"]["nodeName"] != NODE || path != "/metrics" {
        return None;
    }
    if pod["status"]["phase"] != "Running" {
        return None;
    }
    let name = pod["metadata"]["name"].as_str().unwrap_or_default();
    let started: Timestamp = pod["status"]["startTime"].as_str()?.parse().ok()?;
    let age = Timestamp::now().duration_since(started).as_millis();
    let age = u64::try_from(age).unwrap_or(0);
    // Between one request in five seconds and four in one.
    let per_minute = 12 + fingerprint(3, name) % 228;
    let requests = age * per_minute / 60_000;
    let counters = Counters::made_up(started, requests, requests / ONE_FAILS_OF);
    Some(counters.exposition())
}
