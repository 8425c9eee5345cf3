//! What would change the verdict, for a person.

use super::judge::Judge;
use super::missing::more_needed;
use super::sentence::odds;
use crate::analysis::verdict::{Call, Reason, Verdict};
use crate::analysis::wording::{count, span};

/// Another verdict, and what it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// The verdict that would come.
    pub to: Call,
    /// What it takes.
    pub takes: String,
}

/// What would change `verdict`, the worst first; `every` is the time from interval to interval, in seconds. Nothing changes a
/// proven roll back: then there is none.
pub fn turns(judge: &Judge, verdict: &Verdict, every: Option<f64>) -> Vec<Turn> {
    if judge.rolled_back().is_some() {
        return Vec::new();
    }
    let mut turns = Vec::new();
    if verdict.call != Call::RollBack {
        turns.push(roll_back(judge));
    }
    if matches!(verdict.call, Call::Promote | Call::NotEnoughData) {
        turns.push(hold(judge));
    }
    if verdict.call != Call::Promote {
        turns.push(Turn {
            to: Call::Promote,
            takes: promote(judge, verdict, every),
        });
    }
    turns
}

fn roll_back(judge: &Judge) -> Turn {
    let (now, needed) = (odds(judge.ln_e()), odds(judge.needed()));
    Turn {
        to: Call::RollBack,
        takes: format!("evidence of harm {needed}, now {now}; it stands then"),
    }
}

fn hold(judge: &Judge) -> Turn {
    let held = odds(-judge.params().warn.ln());
    Turn {
        to: Call::Hold,
        takes: format!("evidence of harm {held}, or no fresh data"),
    }
}

fn promote(judge: &Judge, verdict: &Verdict, every: Option<f64>) -> String {
    match verdict.reason {
        Reason::Stale => "fresh data first: nothing is concluded from silence".to_owned(),
        Reason::NoData | Reason::TooFewRequests => {
            "requests on both versions: nothing is concluded from none".to_owned()
        }
        // What looks worse may be the plain number alone, which is held to its limit.
        Reason::Suspicious if judge.ln_e() < -judge.params().warn.ln() => {
            again_within(judge, every)
        }
        Reason::Suspicious => {
            let held = odds(-judge.params().warn.ln());
            format!("evidence below {held}; {}", excluded(judge, every))
        }
        Reason::SharedBreach => "stable back within the limit that both break".to_owned(),
        Reason::Cpu => "CPU per request back within what is tolerated".to_owned(),
        Reason::LatencyUnknown => "a histogram that reaches up to the limit".to_owned(),
        Reason::Error | Reason::Latency | Reason::SloError | Reason::SloLatency => {
            again_within(judge, every)
        }
        Reason::Restarts | Reason::Saturation | Reason::Extra => verdict
            .until
            .clone()
            .unwrap_or_else(|| "within the limits again".to_owned()),
        Reason::Unproven | Reason::Safe | Reason::WithinLimits => excluded(judge, every),
    }
}

fn again_within(judge: &Judge, every: Option<f64>) -> String {
    format!("within the limits again; {}", excluded(judge, every))
}

/// `harm excluded, about 4 min more`.
fn excluded(judge: &Judge, every: Option<f64>) -> String {
    let Some(more) = more_needed(judge) else {
        return "harm excluded, which more of the same would not do".to_owned();
    };
    match every {
        Some(every) => format!("harm excluded, about {} more", span(more.intervals * every)),
        None => format!(
            "harm excluded, about {} intervals more",
            count(more.intervals)
        ),
    }
}
