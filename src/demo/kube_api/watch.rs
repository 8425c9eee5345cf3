//! Watches: an answer that never seems to end, one JSON line for each change.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Response, StatusCode};
use bytes::Bytes;
use futures_util::stream;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::Instant;

use super::api::Api;
use super::call::Call;
use super::faults::{ExpiredShape, Faults, Outage, Part};
use super::history::{Change, ChangeKind, Snapshot, Subscription};
use super::path::{Form, Target};
use super::present::{View, in_form};
use super::selector::Selector;
use super::status::{Outcome, Refusal, bytes_response};

/// How long a watch lasts where the client does not say.
const LASTS: Duration = Duration::from_secs(1800);
/// How often a bookmark tells how far the watch has come.
const BOOKMARK_EVERY: Duration = Duration::from_secs(60);

/// Opens a watch.
pub(crate) fn open(api: &Api, call: &Call) -> Outcome<Response<Body>> {
    let selector = call.selector()?;
    let store = api.store();
    let resource = call.target.resource;
    let asked = call
        .query
        .number("resourceVersion")
        .filter(|version| *version > 0);
    let initial = call.query.is_set("sendInitialEvents");
    let (snapshot, subscription) = match asked {
        Some(version) if !initial => match store.subscribe(resource, version) {
            Ok(subscription) => (None, subscription),
            Err(expired) => return refuse(&api.faults(), &Refusal::expired(expired)),
        },
        _ => {
            let (snapshot, subscription) =
                store.list_and_subscribe(resource, call.target.namespace.as_deref());
            (Some(snapshot), subscription)
        }
    };
    let mut feed = Feed::new(api, call, selector, subscription);
    if let Some(snapshot) = snapshot {
        feed.first = feed.initial(&snapshot, initial.then_some(snapshot.version));
    }
    let lines = stream::unfold(feed, |mut feed| async {
        let line = feed.next().await?;
        Some((Ok::<_, std::convert::Infallible>(line), feed))
    });
    Ok(bytes_response(
        StatusCode::OK,
        "application/json",
        Body::from_stream(lines),
    ))
}

fn refuse(faults: &Faults, refusal: &Refusal) -> Outcome<Response<Body>> {
    match faults.expired_shape() {
        ExpiredShape::Status => Err(refusal.clone()),
        ExpiredShape::Stream => Ok(bytes_response(
            StatusCode::OK,
            "application/json",
            error_line(refusal),
        )),
    }
}

fn error_line(refusal: &Refusal) -> Bytes {
    line(
        "ERROR",
        &serde_json::to_vec(&refusal.body()).unwrap_or_default(),
    )
}

fn line(kind: &str, object: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(object.len() + 40);
    push_line(&mut out, kind, object);
    Bytes::from(out)
}

fn push_line(out: &mut Vec<u8>, kind: &str, object: &[u8]) {
    out.extend_from_slice(b"{\"type\":\"");
    out.extend_from_slice(kind.as_bytes());
    out.extend_from_slice(b"\",\"object\":");
    out.extend_from_slice(object);
    out.extend_from_slice(b"}\n");
}

/// One open watch.
struct Feed {
    target: Target,
    selector: Selector,
    view: View,
    subscription: Subscription,
    faults: Faults,
    outages: watch::Receiver<Option<Outage>>,
    first: Bytes,
    ends: Instant,
    bookmark: Option<Instant>,
    ended: bool,
}

impl Feed {
    fn new(api: &Api, call: &Call, selector: Selector, subscription: Subscription) -> Self {
        let lasts = call
            .query
            .number("timeoutSeconds")
            .map_or(LASTS, Duration::from_secs)
            .min(LASTS);
        let faults = api.faults();
        Self {
            target: call.target.clone(),
            selector,
            view: View::new(&call.target, call.shape),
            subscription,
            outages: faults.outages(Part::Kube).subscribe(),
            faults,
            first: Bytes::new(),
            ends: Instant::now() + lasts,
            bookmark: call
                .query
                .is_set("allowWatchBookmarks")
                .then(|| Instant::now() + BOOKMARK_EVERY),
            ended: false,
        }
    }

    /// The state so far as ADDED lines; with a version, a bookmark that says so ends them.
    fn initial(&self, snapshot: &Snapshot, told: Option<u64>) -> Bytes {
        let mut out = Vec::new();
        for item in snapshot.items.iter().filter(|item| self.wants(item)) {
            push_line(&mut out, "ADDED", &self.shown(item));
        }
        if let Some(version) = told {
            push_line(
                &mut out,
                "BOOKMARK",
                &self.bookmark_at(version, json!({ "k8s.io/initial-events-end": "true" })),
            );
        }
        Bytes::from(out)
    }

    /// The next lines; `None` at the end. Nothing comes while the server hangs.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            self.outages.mark_unchanged();
            if self.ended || self.faults.wait_while_hanging(Part::Kube).await.is_some() {
                return None;
            }
            if !self.first.is_empty() {
                return Some(std::mem::take(&mut self.first));
            }
            let bookmark = self.bookmark.unwrap_or(self.ends);
            tokio::select! {
                biased;
                _ = self.outages.changed() => {}
                changes = self.subscription.next() => match changes {
                    Ok(changes) => self.first = self.lines(&changes),
                    Err(expired) => {
                        self.ended = true;
                        return Some(error_line(&Refusal::expired(expired)));
                    }
                },
                () = tokio::time::sleep_until(bookmark.min(self.ends)) => self.on_time(),
            }
        }
    }

    fn on_time(&mut self) {
        self.ended = Instant::now() >= self.ends;
        if !self.ended && self.bookmark.is_some() {
            self.bookmark = Some(Instant::now() + BOOKMARK_EVERY);
            let version = self.subscription.catch_up();
            self.first = line("BOOKMARK", &self.bookmark_at(version, Value::Null));
        }
    }

    fn bookmark_at(&self, version: u64, annotations: Value) -> Vec<u8> {
        let mut object = json!({ "kind": self.target.resource.facts().kind, "apiVersion": self.target.api_version(),
            "metadata": { "resourceVersion": version.to_string(), "creationTimestamp": null } });
        if !annotations.is_null() {
            object["metadata"]["annotations"] = annotations;
        }
        serde_json::to_vec(&object).unwrap_or_default()
    }

    fn lines(&self, changes: &[Arc<Change>]) -> Bytes {
        let mut out = Vec::new();
        for change in changes {
            self.push(&mut out, change);
        }
        Bytes::from(out)
    }

    /// A change as this watch sees it: an object that begins to be wanted is added, one that no longer is, is deleted.
    fn push(&self, out: &mut Vec<u8>, change: &Change) {
        let before = change
            .previous
            .as_ref()
            .is_some_and(|previous| self.wants(previous));
        let after = change.kind != ChangeKind::Deleted && self.wants(&change.object);
        let kind = match (before, after) {
            (false, false) => return,
            (false, true) => "ADDED",
            (true, true) => "MODIFIED",
            (true, false) => "DELETED",
        };
        if self.view.is_plain() {
            push_line(out, kind, &change.json());
        } else {
            push_line(out, kind, &self.shown(&change.object));
        }
    }

    fn wants(&self, stored: &Value) -> bool {
        match self.target.form {
            Form::Stored => self.selector.wants(stored),
            Form::EventsV1 => self.selector.wants(&in_form(Form::EventsV1, stored)),
        }
    }

    fn shown(&self, stored: &Value) -> Vec<u8> {
        serde_json::to_vec(&self.view.object(stored)).unwrap_or_default()
    }
}
