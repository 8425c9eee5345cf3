//! Seeing in the pods' own counters where the traffic goes; what was just written proves nothing.

use super::carrier::Carrier;
use super::counters::{Tally, between};
use super::halt::Halt;
use super::judgement::{Expected, FEWEST, Judgement, agreement, contradiction, judge};
use crate::domain::cluster::{Acceptance, Snapshot};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A window is whole after so long.
const WINDOW: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(300);
/// Counters that cannot be read for so long are unknown.
const UNREADABLE_AFTER: Duration = Duration::from_secs(10);
/// The same where a Prometheus can be asked instead.
const RECORDED_AFTER: Duration = Duration::from_secs(3);

/// What is looked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sought<'a> {
    pub(super) expected: Expected,
    pub(super) canary_tag: &'a str,
    /// The route that divides it; `None` where the numbers of pods do.
    pub(super) route: Option<&'a str>,
    pub(super) within: Duration,
}

/// The traffic was seen where it should be.
#[derive(Clone, Debug)]
pub(super) struct Proof {
    /// From this moment on it was there.
    pub(super) since: Instant,
    /// What was seen.
    pub(super) text: String,
}

/// What looking at the traffic gave.
#[derive(Clone, Debug)]
pub(super) enum Traffic {
    /// Seen.
    Proven(Proof),
    /// Counters cannot tell; what stands in for them, and why.
    Unknown(String),
}

enum Window {
    Proven(Proof),
    Contradicted(String),
    TooFew(Tally),
    Unreadable(String),
}

impl Carrier {
    /// Watches windows of requests until one shows the split. Counters that contradict it when the time is over halt the
    /// plan; counters that cannot tell are stood in for by the gateway's own word.
    pub(super) async fn traffic(&self, sought: Sought<'_>) -> Result<Traffic, Halt> {
        let deadline = Instant::now() + sought.within;
        let mut unreadable_since = None;
        loop {
            match self.window(sought).await {
                Window::Proven(proof) => return Ok(Traffic::Proven(proof)),
                Window::Contradicted(text) if Instant::now() >= deadline => {
                    return Err(Halt::NotProven(text));
                }
                Window::Contradicted(text) => {
                    unreadable_since = None;
                    self.voice.waited(text);
                }
                Window::TooFew(tally) => {
                    let requests = tally.requests();
                    let seconds = WINDOW.as_secs();
                    let reason = format!(
                        "only {requests:.0} requests in {seconds} s, {FEWEST:.0} are needed"
                    );
                    return self.gateways_word(sought, reason).await;
                }
                Window::Unreadable(reason) => {
                    let since = *unreadable_since.get_or_insert_with(Instant::now);
                    if since.elapsed() >= self.unreadable_after() {
                        return self.stand_in(sought, reason).await;
                    }
                    self.voice.waited(format!("counters: {reason}"));
                    sleep(POLL).await;
                }
            }
        }
    }

    /// Somebody else can be asked soon.
    fn unreadable_after(&self) -> Duration {
        if self.has_recorder() {
            RECORDED_AFTER
        } else {
            UNREADABLE_AFTER
        }
    }

    /// One window, begun after the call.
    async fn window(&self, sought: Sought<'_>) -> Window {
        self.try_window(sought)
            .await
            .unwrap_or_else(Window::Unreadable)
    }

    /// One window as it was recorded, begun after the call.
    async fn recorded_window(&self, sought: Sought<'_>) -> Result<Window, String> {
        let asked = self.pods().await?;
        let since = Instant::now();
        let tally = self.recorded(&asked).await?;
        let (split, tag) = (sought.expected.split, sought.canary_tag);
        Ok(match judge(sought.expected, &tally, true) {
            Judgement::Contradicts => Window::Contradicted(contradiction(split, tag, &tally)),
            Judgement::Open | Judgement::TooFew => Window::TooFew(tally),
            Judgement::Agrees => {
                if !self.pods().await?.serves_like(&asked) {
                    return Err("the pods changed meanwhile".to_owned());
                }
                let text = format!("{}, as recorded", agreement(split, tag, &tally));
                Window::Proven(Proof { since, text })
            }
        })
    }

    async fn try_window(&self, sought: Sought<'_>) -> Result<Window, String> {
        let asked = self.pods().await?;
        let first = self.scrape(&asked).await?;
        let since = Instant::now();
        let (split, tag) = (sought.expected.split, sought.canary_tag);
        loop {
            sleep(POLL).await;
            let second = self.scrape(&asked).await?;
            let tally = between(&asked, &first, &second)?;
            match judge(sought.expected, &tally, since.elapsed() >= WINDOW) {
                Judgement::Open => self.voice.waited(progress(tag, &tally)),
                Judgement::Contradicts => {
                    return Ok(Window::Contradicted(contradiction(split, tag, &tally)));
                }
                Judgement::TooFew => return Ok(Window::TooFew(tally)),
                Judgement::Agrees => {
                    if !self.pods().await?.serves_like(&asked) {
                        return Err("the pods changed meanwhile".to_owned());
                    }
                    let text = agreement(split, tag, &tally);
                    return Ok(Window::Proven(Proof { since, text }));
                }
            }
        }
    }

    /// What a Prometheus recorded in place of the pods' own word; without it, or where it cannot tell, the gateway's.
    async fn stand_in(&self, sought: Sought<'_>, reason: String) -> Result<Traffic, Halt> {
        if !self.has_recorder() {
            return self.gateways_word(sought, reason).await;
        }
        match self.recorded_window(sought).await {
            Ok(Window::Proven(proof)) => Ok(Traffic::Proven(proof)),
            Ok(Window::Contradicted(text)) => Err(Halt::NotProven(format!("{text}, as recorded"))),
            Ok(Window::TooFew(tally)) => {
                let requests = tally.requests();
                let few = format!("{reason}; only {requests:.0} requests were recorded");
                self.gateways_word(sought, few).await
            }
            Ok(Window::Unreadable(recorded)) | Err(recorded) => {
                let both = format!("{reason}; {recorded}");
                self.gateways_word(sought, both).await
            }
        }
    }

    /// The gateway's word in place of counters: enough to go on, never a proof.
    async fn gateways_word(&self, sought: Sought<'_>, reason: String) -> Result<Traffic, Halt> {
        let said = match (sought.route, self.look().await) {
            (Some(route), Ok(seen)) => accepted(&seen, route)?,
            (None, Ok(_)) => "it follows the ready pods, and no route tells more".to_owned(),
            (_, Err(error)) => error.sentence(),
        };
        Ok(Traffic::Unknown(format!(
            "the traffic could not be seen ({reason}); {said}"
        )))
    }
}

fn progress(tag: &str, tally: &Tally) -> String {
    let (canary, all) = (tally.canary.requests, tally.requests());
    format!("{canary:.0} of {all:.0} requests on {tag} so far")
}

fn accepted(seen: &Snapshot, route: &str) -> Result<String, Halt> {
    let Some(found) = seen.route.as_ref().filter(|found| found.name == route) else {
        return Err(Halt::Moved(format!("httproute {route} is gone")));
    };
    match &found.acceptance {
        Acceptance::Accepted => Ok(format!(
            "a gateway has accepted the route at generation {}",
            found.generation
        )),
        Acceptance::Unanswered => Ok("no gateway has answered for the route".to_owned()),
        Acceptance::Refused(text) => Err(Halt::NotProven(format!(
            "the gateway refused the route: {text}"
        ))),
    }
}
