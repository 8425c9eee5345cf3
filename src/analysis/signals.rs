//! What is seen of a candidate besides the numbers that are compared: restarts, saturation, queries of the team's own.
//!
//! Invariants: what is `off` changes nothing; what only warns changes no call; a query that decides and cannot be read holds,
//! for nothing is concluded from silence; what could not be measured otherwise is not held against the candidate.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::limits::call_of;
use super::verdict::{Call, Reason, Verdict};
use super::wording::percent;
use crate::domain::guardrails::{Beyond, Consequence, Guardrail, Guardrails};

/// From this share of its limit on a pod has nothing to spare.
const SATURATED: f64 = 0.9;
/// So many answers in a row must be beyond the limit: one may be a hiccup.
pub const ANSWERS: usize = 3;

/// What was seen of a candidate's pods and by the team's queries.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Signals {
    /// Restarts of its containers. `None`: not known.
    pub restarts: Option<u32>,
    /// CPU used of the pods' limit, 0 to 1. `None`: no limit, or not reported.
    pub cpu: Option<f64>,
    /// Pods whose last container ended for lack of memory.
    pub out_of_memory: Vec<String>,
    /// The team's own queries.
    pub extra: Vec<Answered>,
}

/// What one of the team's queries has answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// What people call it.
    pub name: String,
    /// The number that it is held to.
    pub limit: f64,
    /// Where it is bad.
    pub beyond: Beyond,
    /// What that comes to.
    pub effect: Consequence,
    /// The last answers, oldest first.
    pub values: Vec<f64>,
    /// Why there is no answer now.
    pub fault: Option<String>,
    /// When it answered last.
    pub at: Option<Timestamp>,
}

/// Something that was found.
struct Finding {
    guardrail: String,
    reason: Reason,
    effect: Consequence,
    text: String,
    until: String,
}

impl Signals {
    /// Nothing is seen.
    pub const NONE: Self = Self {
        restarts: None,
        cpu: None,
        out_of_memory: Vec::new(),
        extra: Vec::new(),
    };

    /// What it does to a verdict that was made from the numbers.
    pub(super) fn bear_on(&self, verdict: &mut Verdict, guardrails: Guardrails) {
        let mut findings = self.findings(guardrails);
        // The gravest first; the order of the list among equals.
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.effect));
        for finding in findings {
            finding.bear_on(verdict);
        }
    }

    fn findings(&self, guardrails: Guardrails) -> Vec<Finding> {
        let mut findings: Vec<Finding> = [
            self.restarted(guardrails.restarts),
            self.busy(guardrails.saturation),
            self.starved(guardrails.saturation),
        ]
        .into_iter()
        .flatten()
        .collect();
        findings.extend(self.extra.iter().filter_map(Answered::finding));
        findings.retain(|finding| finding.effect != Consequence::Off);
        findings
    }

    fn restarted(&self, effect: Consequence) -> Option<Finding> {
        let restarts = self.restarts.filter(|restarts| *restarts > 0)?;
        let times = if restarts == 1 {
            "once".to_owned()
        } else {
            format!("{restarts} times")
        };
        Some(Finding {
            guardrail: Guardrail::Restarts.word().to_owned(),
            reason: Reason::Restarts,
            effect,
            text: format!("the canary's pods restarted {times}"),
            until: "pods that restarted have to be replaced by pods that do not".to_owned(),
        })
    }

    fn busy(&self, effect: Consequence) -> Option<Finding> {
        let share = self.cpu.filter(|share| *share > SATURATED)?;
        Some(Finding {
            guardrail: Guardrail::Saturation.word().to_owned(),
            reason: Reason::Saturation,
            effect,
            text: format!(
                "the canary's pods use {} of their CPU limit",
                percent(share)
            ),
            until: format!(
                "their CPU has to fall below {} of its limit",
                percent(SATURATED)
            ),
        })
    }

    fn starved(&self, effect: Consequence) -> Option<Finding> {
        let pod = self.out_of_memory.first()?;
        let others = match self.out_of_memory.len() - 1 {
            0 => String::new(),
            others => format!(" and {others} more"),
        };
        Some(Finding {
            guardrail: Guardrail::Saturation.word().to_owned(),
            reason: Reason::Saturation,
            effect,
            text: format!("{pod}{others} ran out of memory (OOMKilled)"),
            until: "pods that ran out of memory have to be replaced by pods that do not".to_owned(),
        })
    }
}

impl Answered {
    fn finding(&self) -> Option<Finding> {
        let side = self.beyond.word();
        let (name, limit) = (&self.name, self.limit);
        let (text, effect) = match (&self.fault, self.values.last()) {
            (Some(fault), _) => (
                format!("{name} cannot be read: {fault}"),
                self.effect.min(Consequence::Hold),
            ),
            (None, None) => (
                format!("{name} has not answered yet"),
                self.effect.min(Consequence::Hold),
            ),
            (None, Some(value)) if self.is_beyond() => (
                format!("{name} is {value}, {side} its limit of {limit}"),
                self.effect,
            ),
            (None, Some(_)) => return None,
        };
        let inside = match self.beyond {
            Beyond::Above => "at most",
            Beyond::Below => "at least",
        };
        Some(Finding {
            guardrail: format!("{}: {name}", Guardrail::Extra),
            reason: Reason::Extra,
            effect,
            text,
            until: format!("{name} has to be {inside} {limit}"),
        })
    }

    /// The last answers are all beyond the limit.
    fn is_beyond(&self) -> bool {
        let last = self.values.iter().rev().take(ANSWERS);
        self.values.len() >= ANSWERS
            && last
                .into_iter()
                .all(|value| self.beyond.holds(*value, self.limit))
    }
}

impl Finding {
    fn bear_on(self, verdict: &mut Verdict) {
        let is_graver = match (call_of(self.effect), verdict.call) {
            (None, _) | (Some(_), Call::RollBack) => false,
            (Some(Call::RollBack), _) => true,
            (Some(_), Call::Promote | Call::NotEnoughData) => verdict.reason != Reason::NoData,
            (Some(_), Call::Hold) => false,
        };
        if !is_graver {
            verdict
                .warnings
                .push(format!("{}: {}", self.guardrail, self.text));
            return;
        }
        let (call, begins, until) = match self.effect {
            Consequence::RollBack => (
                Call::RollBack,
                "Rolling back",
                "nothing but a new release changes this".to_owned(),
            ),
            Consequence::Off | Consequence::Warn | Consequence::Hold => {
                (Call::Hold, "Holding", self.until)
            }
        };
        verdict.call = call;
        verdict.reason = self.reason;
        verdict.culprit = None;
        verdict.sentence = format!("{begins}: {}. {}", self.text, verdict.sentence);
        verdict.guardrail = Some(self.guardrail);
        verdict.until = Some(until);
    }
}
