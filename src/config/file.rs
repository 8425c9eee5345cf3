//! What may be written in a config: every key optional unless nothing can stand in for it, unknown keys refused.

pub use super::assurance::Assurance;
pub use super::metrics::Metrics;

use super::ci;
use super::document::{Reader, Written};
use super::fault::{Fault, Faults};
pub use super::goals::Goals;
use super::guardrails;
pub use super::guardrails::Guardrails;
use super::pilot::{self, NotifyTable, Pilot};
use super::rules;
use super::settings::{ColorDepth, Glyphs};
use super::smoke::Smoke;
use crate::domain::freeze::Freeze;
use crate::domain::policy::{CanaryStep, HIGHEST_BY_PODS};
use crate::domain::traffic::Weight;
use std::path::Path;
use std::time::Duration;
use toml::de::DeTable;

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A config as written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct File {
    /// `[ui]`.
    pub ui: Ui,
    /// `[notify]`.
    pub notify: NotifyTable,
    /// `data.dir`: directory of journal and log.
    pub data_dir: Option<Written<String>>,
    /// `[ci.NAME]`, in the order of the text.
    pub ci: Vec<(Written<String>, ci::Source)>,
    /// `[services.NAME]`, in the order of the text.
    pub services: Vec<(Written<String>, Service)>,
}

/// `[ui]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ui {
    /// `theme`.
    pub theme: Option<Written<String>>,
    /// `glyphs`.
    pub glyphs: Option<Written<Glyphs>>,
    /// `color`.
    pub color: Option<Written<ColorDepth>>,
    /// `inline`.
    pub inline: Option<Written<bool>>,
    /// `low_bandwidth`.
    pub low_bandwidth: Option<Written<bool>>,
    /// `mouse`.
    pub mouse: Option<Written<bool>>,
}

/// `[services.NAME]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Service {
    /// `[services.NAME.ci]`.
    pub ci: Option<ci::Project>,
    /// `[services.NAME.environments.ENV]`, in the order of the text.
    pub environments: Vec<(Written<String>, Environment)>,
}

/// `[services.NAME.environments.ENV]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Environment {
    /// `kubeconfig`.
    pub kubeconfig: Option<Written<String>>,
    /// `context`.
    pub context: Option<Written<String>>,
    /// `namespace`; required.
    pub namespace: Option<Written<String>>,
    /// `protected`.
    pub protected: Option<Written<bool>>,
    /// `allow_tags`.
    pub allow_tags: Option<Written<String>>,
    /// `verify_for`.
    pub verify_for: Option<Written<Duration>>,
    /// `good_after`.
    pub good_after: Option<Written<Duration>>,
    /// `freezes`.
    pub freezes: Option<Written<Vec<Freeze>>>,
    /// `[….pilot]`.
    pub pilot: Pilot,
    /// `[….strategy]`; required.
    pub strategy: Option<Strategy>,
    /// `[….goals]`.
    pub goals: Goals,
    /// `[….verdict]`.
    pub assurance: Assurance,
    /// `[….guardrails]`.
    pub guardrails: Guardrails,
    /// `[….metrics]`.
    pub metrics: Metrics,
    /// `[….smoke]`.
    pub smoke: Option<Smoke>,
}

/// `[….strategy]`, by its kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Strategy {
    /// `kind = "canary"`.
    Canary(Canary),
    /// `kind = "rolling"`.
    Rolling(Rolling),
}

/// `[….strategy]` of kind canary.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Canary {
    /// `stable`; required.
    pub stable: Option<Written<String>>,
    /// `canary`; required.
    pub canary: Option<Written<String>>,
    /// `container`.
    pub container: Option<Written<String>>,
    /// `route`.
    pub route: Option<Written<String>>,
    /// `stable_service`.
    pub stable_service: Option<Written<String>>,
    /// `canary_service`.
    pub canary_service: Option<Written<String>>,
    /// `steps`.
    pub steps: Option<Written<Vec<CanaryStep>>>,
    /// `drain`.
    pub drain: Option<Written<Duration>>,
    /// `ready_within`.
    pub ready_within: Option<Written<Duration>>,
}

/// `[….strategy]` of kind rolling.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rolling {
    /// `deployment`.
    pub deployment: Option<Written<String>>,
    /// `container`.
    pub container: Option<Written<String>>,
    /// `service`.
    pub service: Option<Written<String>>,
    /// `ready_within`.
    pub ready_within: Option<Written<Duration>>,
}

impl File {
    /// Reads `text`, the content of `path`. Every mistake is in the answer, at most once.
    pub fn parse(path: &Path, text: &str) -> Result<Self, Faults> {
        let (document, errors) = DeTable::parse_recoverable(text);
        let mut faults: Vec<Fault> = errors
            .iter()
            .map(|error| Fault {
                at: error.span().map_or(0, |span| span.start),
                key: String::new(),
                text: error.message().to_owned(),
            })
            .collect();
        // What could not be parsed is missing from the tree: telling that too would blame the wrong place.
        if !faults.is_empty() {
            return Err(Faults::new(path, text, faults));
        }
        let file = Self::read(&mut Reader::root(document.get_ref(), &mut faults));
        if faults.is_empty() {
            Ok(file)
        } else {
            Err(Faults::new(path, text, faults))
        }
    }

    fn read(reader: &mut Reader<'_, '_>) -> Self {
        let file = Self {
            ui: reader.table("ui", Ui::read).unwrap_or_default(),
            notify: reader
                .table("notify", NotifyTable::read)
                .unwrap_or_default(),
            data_dir: reader.table("data", data_dir).flatten(),
            ci: reader
                .table("ci", |reader| reader.named(ci::Source::read))
                .unwrap_or_default(),
            services: reader
                .table("services", |reader| reader.named(Service::read))
                .unwrap_or_default(),
        };
        ci::refuse_unknown(&file, reader);
        reader.refuse_others();
        file
    }
}

fn data_dir(reader: &mut Reader<'_, '_>) -> Option<Written<String>> {
    let dir = reader.optional("dir", rules::text);
    reader.refuse_others();
    dir
}

impl Ui {
    fn read(reader: &mut Reader<'_, '_>) -> Self {
        let ui = Self {
            theme: reader.optional("theme", rules::theme),
            glyphs: reader.optional("glyphs", rules::word(&rules::GLYPHS)),
            color: reader.optional("color", rules::word(&rules::COLORS)),
            inline: reader.optional("inline", rules::boolean),
            low_bandwidth: reader.optional("low_bandwidth", rules::boolean),
            mouse: reader.optional("mouse", rules::boolean),
        };
        reader.refuse_others();
        ui
    }
}

impl Service {
    fn read(reader: &mut Reader<'_, '_>, name: &str) -> Self {
        refuse_odd_name(reader, name, "service");
        let environments = reader.table("environments", |reader| reader.named(Environment::read));
        let told_already = environments.is_none() && reader.holds("environments");
        let service = Self {
            ci: reader.table("ci", ci::Project::read),
            environments: environments.unwrap_or_default(),
        };
        if service.environments.is_empty() && !told_already {
            reader.fault_here(format!(
                "the service has no environment; add [services.{name}.environments.NAME]"
            ));
        }
        reader.refuse_others();
        service
    }
}

impl Environment {
    fn read(reader: &mut Reader<'_, '_>, name: &str) -> Self {
        refuse_odd_name(reader, name, "environment");
        let environment = Self {
            kubeconfig: reader.optional("kubeconfig", rules::text),
            context: reader.optional("context", rules::text),
            namespace: reader.required(
                "namespace",
                "the namespace of the environment's objects",
                rules::label,
            ),
            protected: reader.optional("protected", rules::boolean),
            allow_tags: reader.optional("allow_tags", rules::pattern),
            verify_for: reader.optional("verify_for", rules::duration(Duration::ZERO, DAY)),
            good_after: reader.optional("good_after", rules::duration(SECOND, DAY)),
            freezes: pilot::freezes(reader),
            pilot: reader.table("pilot", Pilot::read).unwrap_or_default(),
            strategy: reader.table("strategy", Strategy::read),
            goals: reader.table("goals", Goals::read).unwrap_or_default(),
            assurance: reader.table("verdict", Assurance::read).unwrap_or_default(),
            guardrails: reader
                .table("guardrails", Guardrails::read)
                .unwrap_or_default(),
            metrics: reader.table("metrics", Metrics::read).unwrap_or_default(),
            smoke: reader.table("smoke", Smoke::read),
        };
        if !reader.holds("strategy") {
            let purpose = "how the environment takes a new release (kind = \"canary\", stable, canary; or kind = \"rolling\")";
            reader.fault_here(format!("strategy is missing; it says {purpose}"));
        }
        guardrails::check(reader, &environment);
        environment.refuse_one_service(reader);
        reader.refuse_others();
        environment
    }

    /// A gateway tells Services apart; without a route both versions stand behind one, or its places mean nothing.
    fn refuse_one_service(&self, reader: &mut Reader<'_, '_>) {
        let Some(preset) = self.metrics.preset else {
            return;
        };
        let word = preset.value;
        let text = match &self.strategy {
            Some(Strategy::Canary(canary)) if canary.route.is_none() => format!(
                "{word} counts by Service, and without strategy.route both versions stand behind one"
            ),
            Some(Strategy::Rolling(_)) if self.metrics.is_counted_by_place() => format!(
                "{word} counts by the backends of a route, and a rolling strategy names none"
            ),
            Some(Strategy::Canary(_) | Strategy::Rolling(_)) | None => return,
        };
        if self.metrics.is_counted_by_gateway() {
            reader.fault(preset.at, "metrics.preset", text);
        }
    }
}

/// The strategies by their names in the config.
#[derive(Clone, Copy)]
enum Kind {
    Canary,
    Rolling,
}

const KINDS: [(&str, Kind); 2] = [("canary", Kind::Canary), ("rolling", Kind::Rolling)];

impl Strategy {
    /// Where the kind cannot be told, the keys are read as a canary's.
    fn read(reader: &mut Reader<'_, '_>) -> Self {
        let kind = reader.required("kind", "the strategy", rules::word(&KINDS));
        match kind.map_or(Kind::Canary, |kind| kind.value) {
            Kind::Canary => Self::Canary(Canary::read(reader)),
            Kind::Rolling => Self::Rolling(Rolling::read(reader)),
        }
    }
}

impl Rolling {
    fn read(reader: &mut Reader<'_, '_>) -> Self {
        let rolling = Self {
            deployment: reader.optional("deployment", rules::object),
            container: reader.optional("container", rules::label),
            service: reader.optional("service", rules::object),
            ready_within: reader.optional("ready_within", rules::duration(SECOND, DAY)),
        };
        reader.refuse_others();
        rolling
    }
}

impl Canary {
    fn read(reader: &mut Reader<'_, '_>) -> Self {
        let canary = Self {
            stable: reader.required(
                "stable",
                "the Deployment that serves between releases",
                rules::object,
            ),
            canary: reader.required(
                "canary",
                "the Deployment that takes the candidate",
                rules::object,
            ),
            container: reader.optional("container", rules::label),
            route: reader.optional("route", rules::object),
            stable_service: reader.optional("stable_service", rules::object),
            canary_service: reader.optional("canary_service", rules::object),
            steps: steps(reader),
            drain: reader.optional("drain", rules::duration(Duration::ZERO, DAY)),
            ready_within: reader.optional("ready_within", rules::duration(SECOND, DAY)),
        };
        if let (Some(stable), Some(same)) = (&canary.stable, &canary.canary)
            && stable.value == same.value
        {
            reader.fault(
                same.at,
                "canary",
                "names the same Deployment as stable".to_owned(),
            );
        }
        reader.refuse_others();
        canary
    }
}

fn steps(reader: &mut Reader<'_, '_>) -> Option<Written<Vec<CanaryStep>>> {
    let items = reader.tables("steps", |reader| {
        let weight = reader.required("weight", "the canary's share of traffic", rules::weight);
        let hold = reader.required(
            "hold",
            "how long the weight is held",
            rules::duration(Duration::ZERO, DAY),
        );
        reader.refuse_others();
        Some(CanaryStep {
            weight: weight?.value,
            hold: hold?.value,
        })
    })?;
    // A step that could not be read has been told already.
    let steps: Vec<CanaryStep> = items.value.iter().copied().collect::<Option<_>>()?;
    let rising = steps
        .iter()
        .zip(steps.iter().skip(1))
        .all(|(a, b)| a.weight < b.weight);
    let last = steps.last().map(|last| last.weight);
    let (ends_well, expected) = if reader.holds("route") {
        (last == Some(Weight::FULL), "rise and end at 100")
    } else {
        (
            last.is_some_and(|last| last <= HIGHEST_BY_PODS),
            "rise to at most 50, since no route divides the traffic",
        )
    };
    if !rising || !ends_well {
        let weights: Vec<String> = steps
            .iter()
            .map(|step| step.weight.percent().to_string())
            .collect();
        let found = if weights.is_empty() {
            "none".to_owned()
        } else {
            weights.join(", ")
        };
        reader.fault(
            items.at,
            "steps",
            format!("expected weights that {expected}, found {found}"),
        );
    }
    Some(Written {
        value: steps,
        at: items.at,
    })
}

fn refuse_odd_name(reader: &mut Reader<'_, '_>, name: &str, what: &str) {
    if !rules::is_label(name) {
        reader.fault_here(format!(
            "the {what}'s name becomes part of an object's name: expected up to 63 lower-case letters, digits and \"-\""
        ));
    }
}
