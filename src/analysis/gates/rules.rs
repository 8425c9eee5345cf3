//! The table of rules, read from `rules.toml` as it was compiled in.

use super::words::{Phrase, Words};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

const TABLE: &str = include_str!("rules.toml");

/// One rule of the table.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    /// What it looks for, in words.
    pub(super) says: String,
    /// From 1 to 5, or 0 for none of the five.
    pub(super) gate: u8,
    /// Teams mean different things by such a name.
    pub(super) open: bool,
    declared: Option<Tier>,
    has: Vec<Vec<(String, Phrase)>>,
    lacks: Vec<Phrase>,
}

/// What kind of environment a job declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Tier {
    Production,
    Other,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    words: BTreeMap<String, Vec<String>>,
    rule: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    says: String,
    gate: u8,
    #[serde(default)]
    open: bool,
    declared: Option<Tier>,
    has: Vec<Vec<String>>,
    #[serde(default)]
    lacks: Vec<String>,
}

/// The rules in their order, and the words for environments.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) ordered: Vec<Rule>,
    production: Vec<Phrase>,
    not_production: Vec<Phrase>,
    other: Vec<Phrase>,
}

/// Read once: it is asked for again with every look at a run.
static COMPILED_IN: LazyLock<Result<Rules, toml::de::Error>> = LazyLock::new(Rules::read);

impl Rules {
    /// The table that was compiled in.
    pub(super) fn compiled_in() -> Result<&'static Self, toml::de::Error> {
        COMPILED_IN.as_ref().map_err(Clone::clone)
    }

    fn read() -> Result<Self, toml::de::Error> {
        let table: Table = toml::from_str(TABLE)?;
        let set = |name: &str| -> Vec<Phrase> {
            spelled_out(&[format!("@{name}")], &table.words)
                .map(|(_, phrase)| phrase)
                .collect()
        };
        let rules = table
            .rule
            .iter()
            .map(|line| Rule {
                says: line.says.clone(),
                gate: line.gate,
                open: line.open,
                declared: line.declared,
                has: line
                    .has
                    .iter()
                    .map(|list| spelled_out(list, &table.words).collect())
                    .collect(),
                lacks: spelled_out(&line.lacks, &table.words)
                    .map(|(_, phrase)| phrase)
                    .collect(),
            })
            .collect();
        Ok(Self {
            ordered: rules,
            production: set("production"),
            not_production: set("not_production"),
            other: set("other_declared"),
        })
    }

    /// What kind of environment a declared name is; `None` where it does not tell, as of a mere guard.
    pub(super) fn tier(&self, environment: &str) -> Option<Tier> {
        let words = Words::of(environment);
        let holds = |phrases: &[Phrase]| phrases.iter().any(|phrase| phrase.is_in(&words));
        if holds(&self.production) && !holds(&self.not_production) {
            return Some(Tier::Production);
        }
        holds(&self.other).then_some(Tier::Other)
    }
}

/// The phrases of a list, those of word sets in place of their names.
fn spelled_out<'t>(
    list: &'t [String],
    words: &'t BTreeMap<String, Vec<String>>,
) -> impl Iterator<Item = (String, Phrase)> + 't {
    list.iter()
        .flat_map(move |text| match text.strip_prefix('@') {
            Some(set) => words.get(set).map(Vec::as_slice).unwrap_or_default(),
            None => std::slice::from_ref(text),
        })
        .map(|text| (text.clone(), Phrase::parse(text)))
}

impl Rule {
    /// The phrases that were found, where the rule holds.
    pub(super) fn holds(&self, words: &Words, tier: Option<Tier>) -> Option<Vec<&str>> {
        if self.declared.is_some() && self.declared != tier {
            return None;
        }
        let found = self.has.iter().map(|list| {
            list.iter()
                .find(|(_, phrase)| phrase.is_in(words))
                .map(|(text, _)| text.as_str())
        });
        let found: Vec<&str> = found.collect::<Option<_>>()?;
        let is_lacking = self.lacks.iter().all(|phrase| !phrase.is_in(words));
        is_lacking.then_some(found)
    }
}
