//! Follows the Lease by which one pilot drives.
//!
//! Invariants: what cannot be read for want of a right is told once as hidden; a server that does not answer leaves what was
//! seen last as it is, since only the watcher's own clock tells how long a holder has been silent.

use super::decode;
use super::errors::{Cause, ClusterError};
use super::follow::{Collection, News, follow};
use super::objects::{self, Objects};
use super::observe::failure;
use super::watch::Watched;
use crate::domain::event::SourceEvent;
use crate::domain::pilot::LeaseRead;
use k8s_openapi::api::coordination::v1::Lease;
use tokio::sync::mpsc;

/// News that may wait.
const WAITING: usize = 16;

/// Follows until `out` is closed.
pub async fn watch_lease(watched: Watched, out: mpsc::Sender<SourceEvent>) {
    let objects = Objects::new(&watched.client, &watched.environment);
    let name = watched.target.record_name();
    let collection = Collection {
        api: objects.leases(),
        labels: None,
        page: None,
        keep: Some,
        name: Some(name.clone()),
        attempt: objects.attempt("list", objects::LEASES, Some(&name)),
    };
    let (sender, mut news) = mpsc::channel(WAITING);
    let follower = follow(collection, watched.pace, |news| news, sender);
    let telling = async {
        while let Some(news) = news.recv().await {
            let Some(read) = read(&news) else { continue };
            let event = SourceEvent::LeaseSeen(watched.target.clone(), read);
            if out.send(event).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = follower => {}
        () = telling => {}
        () = out.closed() => {}
    }
}

fn read(news: &News<Lease>) -> Option<LeaseRead> {
    match news {
        News::Listed(leases) => Some(match leases.first() {
            Some(lease) => LeaseRead::Read(decode::lease(lease)),
            None => LeaseRead::Absent,
        }),
        News::Applied(lease) => Some(LeaseRead::Read(decode::lease(lease))),
        News::Deleted(_) => Some(LeaseRead::Absent),
        News::Alive => None,
        News::Failed(error) => is_refused(error).then(|| LeaseRead::Hidden(failure(error))),
    }
}

fn is_refused(error: &ClusterError) -> bool {
    matches!(error.cause(), Some(Cause::Forbidden(_)))
}
