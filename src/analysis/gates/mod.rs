//! From the names of stages, jobs and steps to the five gates.
//!
//! A team's own map comes first, then what the pipeline declares, then an ordered table of rules on the name, then the same
//! on the stage or workflow around it, then on its steps. Invariants: every answer says which rule gave it; a name that no
//! rule knows is unknown, which is none of the five and never counts as passed.

mod mistakes;
mod rules;
mod words;

pub use mistakes::{Mistake, Part, mistakes};

use crate::domain::gate::Gate;
use regex::bytes::{Regex, RegexBuilder};
use rules::{Rules, Tier};
use serde::{Deserialize, Serialize};
use std::fmt;
use words::Words;

/// Where a name leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// One of the five gates.
    Gate(Gate),
    /// Set-up, clean-up, notices, summaries: none of the five.
    Chore,
    /// No rule knows it.
    Unknown,
}

impl Place {
    /// The gate, where it is one.
    pub fn gate(self) -> Option<Gate> {
        match self {
            Self::Gate(gate) => Some(gate),
            Self::Chore | Self::Unknown => None,
        }
    }

    /// From 1 to 5; 0 for none of the five.
    pub fn number(self) -> u8 {
        self.gate().map_or(0, Gate::number)
    }

    fn of_number(number: u8) -> Self {
        Gate::of_number(number).map_or(Self::Chore, Self::Gate)
    }
}

/// A name and what is known around it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Named<'n> {
    /// The name itself.
    pub name: &'n str,
    /// The environment that the pipeline declares for it.
    pub environment: Option<&'n str>,
    /// The stage and the workflow around it, the nearest first.
    pub around: &'n [&'n str],
    /// The names of its steps.
    pub steps: &'n [&'n str],
    /// How the provider composes names.
    pub dialect: Dialect,
}

impl<'n> Named<'n> {
    /// A name alone.
    pub fn alone(name: &'n str) -> Self {
        Self {
            name,
            ..Self::default()
        }
    }
}

/// How a provider composes names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// `CALLER / CALLED`, as GitHub, Gitea and Forgejo do.
    #[default]
    Called,
    /// As they were written: GitLab, Jenkins.
    Plain,
}

/// Where a name leads, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Where.
    pub place: Place,
    /// The rule, and what it found.
    pub rule: String,
    /// Teams mean different things by such a name: worth a line in the team's own map.
    pub ambiguous: bool,
}

/// A line of a team's own map.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnRule {
    /// A regular expression that a whole name must match, in upper or lower case.
    pub name: String,
    /// The gate; `None`: none of the five.
    pub gate: Option<Gate>,
}

/// Why a map cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MapError {
    /// A pattern is no regular expression.
    #[error("the pattern {pattern:?} of the gate map is not a regular expression")]
    Pattern {
        /// As it was written.
        pattern: String,
        /// What is wrong with it.
        #[source]
        source: Box<regex::Error>,
    },
    /// The table that was compiled in cannot be read: a fault of the program.
    #[error("the built-in table of gate rules cannot be read")]
    Table(#[source] Box<toml::de::Error>),
}

/// A team's own map and the table.
#[derive(Clone, Debug)]
pub struct GateMap {
    own: Vec<(Regex, OwnRule)>,
    rules: &'static Rules,
}

impl GateMap {
    /// The table, and `own` before it in its order.
    pub fn new(own: &[OwnRule]) -> Result<Self, MapError> {
        let rules = Rules::compiled_in().map_err(|error| MapError::Table(Box::new(error)))?;
        let own = own.iter().map(compiled).collect::<Result<_, _>>()?;
        Ok(Self { own, rules })
    }

    /// Where a name leads.
    pub fn place(&self, named: &Named<'_>) -> Placed {
        self.by_own(named.name)
            .or_else(|| self.by_rules(named))
            .or_else(|| self.by_surroundings(named))
            .or_else(|| self.by_steps(named))
            .unwrap_or_else(|| Placed {
                place: Place::Unknown,
                rule: "no rule knows it".to_owned(),
                ambiguous: true,
            })
    }

    fn by_own(&self, name: &str) -> Option<Placed> {
        let (_, own) = self
            .own
            .iter()
            .find(|(regex, _)| regex.is_match(name.as_bytes()))?;
        Some(Placed {
            place: own.gate.map_or(Place::Chore, Place::Gate),
            rule: format!("your own map: {}", own.name),
            ambiguous: false,
        })
    }

    fn by_rules(&self, named: &Named<'_>) -> Option<Placed> {
        let tier = named
            .environment
            .and_then(|environment| self.rules.tier(environment));
        let called = match named.dialect {
            Dialect::Called => named.name.rsplit_once(" / ").map(|(_, called)| called),
            Dialect::Plain => None,
        };
        // A called workflow's set-up is set-up, whatever its caller is called.
        let called = called
            .and_then(|called| self.hit(called, None))
            .filter(|placed| placed.place == Place::Chore && !placed.ambiguous);
        called.or_else(|| self.hit(named.name, tier))
    }

    fn hit(&self, name: &str, tier: Option<Tier>) -> Option<Placed> {
        let words = Words::of(name);
        if words.is_empty() && tier.is_none() {
            return None;
        }
        self.rules.ordered.iter().find_map(|rule| {
            let found = rule.holds(&words, tier)?;
            Some(Placed {
                place: Place::of_number(rule.gate),
                rule: Explained(&rule.says, &found).to_string(),
                ambiguous: rule.open,
            })
        })
    }

    fn by_surroundings(&self, named: &Named<'_>) -> Option<Placed> {
        named.around.iter().find_map(|around| {
            let placed = self.by_own(around).or_else(|| self.hit(around, None))?;
            Some(Placed {
                rule: format!("around it, {around:?}: {}", placed.rule),
                ambiguous: true,
                ..placed
            })
        })
    }

    /// By the furthest gate that one of its steps belongs to.
    fn by_steps(&self, named: &Named<'_>) -> Option<Placed> {
        let placed = named.steps.iter().filter_map(|step| {
            let placed = self.hit(step, None)?;
            Some((*step, placed))
        });
        let (step, placed) = placed.max_by_key(|(_, placed)| placed.place.number())?;
        Some(Placed {
            rule: format!("its step {step:?}: {}", placed.rule),
            ambiguous: true,
            ..placed
        })
    }
}

fn compiled(own: &OwnRule) -> Result<(Regex, OwnRule), MapError> {
    let regex = RegexBuilder::new(&format!("^(?:{})$", own.name))
        .unicode(false)
        .case_insensitive(true)
        .build()
        .map_err(|error| MapError::Pattern {
            pattern: own.name.clone(),
            source: Box::new(error),
        })?;
    Ok((regex, own.clone()))
}

/// A rule and the phrases it found.
struct Explained<'r>(&'r str, &'r [&'r str]);

impl fmt::Display for Explained<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)?;
        for (at, phrase) in self.1.iter().enumerate() {
            f.write_str(if at == 0 { ": " } else { " + " })?;
            f.write_str(phrase)?;
        }
        Ok(())
    }
}
