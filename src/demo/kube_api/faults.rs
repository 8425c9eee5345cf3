//! What can be made to go wrong, from outside, while clients are at work: outages, held writes, rights, logins.
//!
//! Each fault is a state that the server reads when a request comes; setting one never waits.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::ledger::{Ledger, Written};

/// The longest an outage lasts.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// Which part of the server is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The whole API server.
    Kube,
    /// Only the way through it to the pods.
    PodProxy,
}

/// In which way a part is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutageMode {
    /// Connections are closed and new ones refused.
    Refuse,
    /// Requests are taken and not answered; open watches fall silent. All goes on when the outage ends.
    Hang,
    /// Each request is answered with 503; open watches end.
    Error,
}

/// An outage under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outage {
    /// In which way.
    pub mode: OutageMode,
    /// Until when.
    pub until: Instant,
}

/// When a held write is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldWhen {
    /// Before it is applied.
    Received,
    /// After it was applied, before it is answered.
    Applied,
}

/// How a watch from a forgotten version is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExpiredShape {
    /// Status 200, and an ERROR event of code 410 as the stream's only line: the API server's own way.
    #[default]
    Stream,
    /// Status 410 as the watch opens: the way of aggregated servers and proxies.
    Status,
}

/// A hold that has not met its write yet.
#[derive(Debug)]
struct Wanted {
    left: u32,
    when: HoldWhen,
    of: Vec<String>,
}

impl Wanted {
    fn counts(&self, object: &str) -> bool {
        self.of.is_empty() || self.of.iter().any(|start| object.starts_with(start))
    }
}

#[derive(Debug, Default)]
struct State {
    hold: Option<Wanted>,
    forbidden: BTreeSet<(String, String)>,
    login_expired: bool,
    expired_shape: ExpiredShape,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    kube: watch::Sender<Option<Outage>>,
    proxy: watch::Sender<Option<Outage>>,
    releases: watch::Sender<u64>,
    ledger: Ledger,
}

/// The faults of one server and the ledger of its writes. A clone is another handle on the same.
#[derive(Debug, Clone)]
pub struct Faults {
    shared: Arc<Shared>,
}

impl Default for Faults {
    fn default() -> Self {
        let shared = Shared {
            state: Mutex::default(),
            kube: watch::channel(None).0,
            proxy: watch::channel(None).0,
            releases: watch::channel(0).0,
            ledger: Ledger::default(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }
}

impl Faults {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Every write the server got, oldest first.
    pub fn writes(&self) -> Vec<Written> {
        self.writes_after(0)
    }

    /// The writes that came after the first `count`, oldest first.
    pub fn writes_after(&self, count: usize) -> Vec<Written> {
        self.shared.ledger.writes_after(count)
    }

    /// How often what was listed and watched, by `VERB RESOURCE/NAMESPACE`.
    pub fn reads(&self) -> std::collections::BTreeMap<String, u64> {
        self.shared.ledger.reads()
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.shared.ledger
    }

    /// Keeps the `nth` write from now (1 is the next) to objects that begin with one of `of`, as the ledger names them (to any
    /// where it is empty), dry runs not counted, until [`Faults::release`]. A kept write is with the server: it is applied on
    /// release even if its client has gone.
    pub fn hold(&self, nth: u32, when: HoldWhen, of: &[String]) {
        self.lock().hold = Some(Wanted {
            left: nth.max(1),
            when,
            of: of.to_vec(),
        });
    }

    /// Lets kept writes go on; a hold that has not met its write yet is called off.
    pub fn release(&self) {
        self.lock().hold = None;
        self.shared.releases.send_modify(|count| *count += 1);
    }

    /// Counts a write to `object`; the answer says whether, and when, it is to be kept.
    pub(crate) fn count_write(&self, object: &str) -> Option<Hold> {
        let mut state = self.lock();
        let wanted = state.hold.as_mut().filter(|wanted| wanted.counts(object))?;
        wanted.left -= 1;
        if wanted.left > 0 {
            return None;
        }
        let when = state.hold.take()?.when;
        let mut releases = self.shared.releases.subscribe();
        releases.mark_unchanged();
        Some(Hold { when, releases })
    }

    /// Takes `part` away for `lasts`, at most for a day. A new outage takes the place of one under way; a time of zero ends it.
    pub fn outage(&self, part: Part, mode: OutageMode, lasts: Duration) {
        self.outages(part).send_replace(Some(Outage {
            mode,
            until: Instant::now() + lasts.min(LONGEST),
        }));
    }

    /// The outages of `part`, as they begin; see [`Faults::outage_now`] for whether one is under way.
    pub(crate) fn outages(&self, part: Part) -> &watch::Sender<Option<Outage>> {
        match part {
            Part::Kube => &self.shared.kube,
            Part::PodProxy => &self.shared.proxy,
        }
    }

    /// The outage of `part` that is under way.
    pub fn outage_now(&self, part: Part) -> Option<Outage> {
        self.outages(part)
            .borrow()
            .filter(|outage| Instant::now() < outage.until)
    }

    /// Waits while `part` hangs; gives what other outage there is then.
    pub(crate) async fn wait_while_hanging(&self, part: Part) -> Option<OutageMode> {
        let mut outages = self.outages(part).subscribe();
        loop {
            outages.mark_unchanged();
            match self.outage_now(part) {
                None => return None,
                Some(Outage {
                    mode: OutageMode::Hang,
                    until,
                }) => tokio::select! {
                    () = tokio::time::sleep_until(until) => {}
                    _ = outages.changed() => {}
                },
                Some(Outage { mode, .. }) => return Some(mode),
            }
        }
    }

    /// Takes a right away: `verb` as in access rules (`get`, `patch`, `*`), `resource` by plural name, with or without its group,
    /// with `/SUBRESOURCE` for one (`deployments/scale`), or `*`.
    pub fn forbid(&self, verb: &str, resource: &str) {
        self.lock()
            .forbidden
            .insert((verb.to_owned(), without_group(resource)));
    }

    /// Gives all rights back.
    pub fn unforbid(&self) {
        self.lock().forbidden.clear();
    }

    /// Whether the right to `verb` on `resource` (`PLURAL[/SUBRESOURCE]`) was taken away.
    pub fn is_forbidden(&self, verb: &str, resource: &str) -> bool {
        let state = self.lock();
        let hits = |rule: &str, asked: &str| rule == "*" || rule == asked;
        state
            .forbidden
            .iter()
            .any(|(verbs, resources)| hits(verbs, verb) && hits(resources, resource))
    }

    /// The rights that were taken away, as (verb, resource).
    pub fn forbidden(&self) -> Vec<(String, String)> {
        self.lock().forbidden.iter().cloned().collect()
    }

    /// From now on every request is answered with 401.
    pub fn expire_login(&self) {
        self.lock().login_expired = true;
    }

    /// The login is good again.
    pub fn restore_login(&self) {
        self.lock().login_expired = false;
    }

    pub(crate) fn login_expired(&self) -> bool {
        self.lock().login_expired
    }

    /// Chooses how a watch from a forgotten version is refused.
    pub fn refuse_expired_as(&self, shape: ExpiredShape) {
        self.lock().expired_shape = shape;
    }

    pub(crate) fn expired_shape(&self) -> ExpiredShape {
        self.lock().expired_shape
    }
}

/// A write that is kept.
#[derive(Debug)]
pub(crate) struct Hold {
    pub(crate) when: HoldWhen,
    releases: watch::Receiver<u64>,
}

impl Hold {
    /// Waits for the release.
    pub(crate) async fn released(&mut self) {
        if self.releases.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// `PLURAL[/SUBRESOURCE]` of `PLURAL[.GROUP][/SUBRESOURCE]`.
fn without_group(resource: &str) -> String {
    let (plural, subresource) = resource.split_once('/').unwrap_or((resource, ""));
    let plural = plural.split('.').next().unwrap_or(plural);
    if subresource.is_empty() {
        plural.to_owned()
    } else {
        format!("{plural}/{subresource}")
    }
}
