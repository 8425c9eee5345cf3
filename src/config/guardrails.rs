//! `[….guardrails]` as it may be written, and what is in effect: what each finding about a candidate comes to.

use super::document::{Reader, Written};
use super::file::{self, Environment};
use super::layer::Stack;
use super::rules;
use super::shown::Shown;
use crate::domain::guardrails::{Beyond, Consequence, ExtraGuardrail, Guardrails as Settled};

/// The consequences by their names in the config.
const CONSEQUENCES: [(&str, Consequence); 4] = [
    ("off", Consequence::Off),
    ("warn", Consequence::Warn),
    ("hold", Consequence::Hold),
    ("rollback", Consequence::RollBack),
];

const SIDES: [(&str, Beyond); 2] = [("above", Beyond::Above), ("below", Beyond::Below)];

/// `[….guardrails]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Guardrails {
    /// `error_rate`.
    pub error_rate: Option<Written<Consequence>>,
    /// `latency_p95`.
    pub latency_p95: Option<Written<Consequence>>,
    /// `cpu_per_request`.
    pub cpu_per_request: Option<Written<Consequence>>,
    /// `restarts`.
    pub restarts: Option<Written<Consequence>>,
    /// `saturation`.
    pub saturation: Option<Written<Consequence>>,
    /// `slo`.
    pub slo: Option<Written<Consequence>>,
    /// `[[….guardrails.extra]]`.
    pub extra: Option<Written<Vec<ExtraGuardrail>>>,
}

impl Guardrails {
    pub(super) fn read(reader: &mut Reader<'_, '_>) -> Self {
        let guardrails = Self {
            error_rate: reader.optional("error_rate", rules::word(&CONSEQUENCES)),
            latency_p95: reader.optional("latency_p95", rules::word(&CONSEQUENCES)),
            cpu_per_request: reader.optional("cpu_per_request", rules::word(&CONSEQUENCES)),
            restarts: reader.optional("restarts", rules::word(&CONSEQUENCES)),
            saturation: reader.optional("saturation", rules::word(&CONSEQUENCES)),
            slo: reader.optional("slo", rules::word(&CONSEQUENCES)),
            extra: extra(reader),
        };
        if !guardrails.proves_something() {
            reader.fault_here(
                "error_rate and latency_p95 both decide nothing, so that no canary could be promoted by the verdict; leave one of them at hold or rollback"
                    .to_owned(),
            );
        }
        reader.refuse_others();
        guardrails
    }

    fn proves_something(&self) -> bool {
        let usual = Settled::default();
        let decides = |written: &Option<Written<Consequence>>, usual: Consequence| {
            written
                .as_ref()
                .map_or(usual, |written| written.value)
                .decides()
        };
        decides(&self.error_rate, usual.error_rate) || decides(&self.latency_p95, usual.latency_p95)
    }
}

/// What makes sense only beside other tables.
pub(super) fn check(reader: &mut Reader<'_, '_>, environment: &Environment) {
    let guardrails = &environment.guardrails;
    let watches_cpu = guardrails
        .cpu_per_request
        .as_ref()
        .filter(|written| matches!(written.value, Consequence::Warn | Consequence::RollBack));
    if let (Some(written), None) = (watches_cpu, &environment.goals.cpu_tolerance) {
        let text =
            "needs goals.cpu_tolerance: how much more CPU per request than stable is tolerated";
        reader.fault(written.at, "guardrails.cpu_per_request", text.to_owned());
    }
    let is_prometheus = environment
        .metrics
        .source
        .as_ref()
        .is_some_and(|source| source.value == "prometheus");
    let queries = guardrails.extra.as_ref();
    if let Some(extra) = queries.filter(|extra| !extra.value.is_empty() && !is_prometheus) {
        let text = "needs metrics.source = \"prometheus\": pods answer no queries".to_owned();
        reader.fault(extra.at, "guardrails.extra", text);
    }
}

fn extra(reader: &mut Reader<'_, '_>) -> Option<Written<Vec<ExtraGuardrail>>> {
    let items = reader.tables("extra", |reader| {
        let name = reader.required("name", "what people call it", rules::text);
        let query = reader.required("query", "the PromQL that gives one number", rules::text);
        let limit = reader.required(
            "limit",
            "the number that it is held to",
            rules::number(f64::MIN..=f64::MAX),
        );
        let beyond = reader.required(
            "is",
            "whether it is bad \"above\" or \"below\" its limit",
            rules::word(&SIDES),
        );
        let effect = reader.optional("effect", rules::word(&CONSEQUENCES));
        reader.refuse_others();
        Some(ExtraGuardrail {
            name: name?.value,
            query: query?.value,
            limit: limit?.value,
            beyond: beyond?.value,
            effect: effect.map_or(Consequence::Hold, |effect| effect.value),
        })
    })?;
    // One that could not be read has been told already.
    let extra: Vec<ExtraGuardrail> = items.value.iter().cloned().collect::<Option<_>>()?;
    for (index, one) in extra.iter().enumerate() {
        if extra.iter().take(index).any(|other| other.name == one.name) {
            let text = format!("two are called {:?}; names tell them apart", one.name);
            reader.fault(items.at, "extra", text);
        }
    }
    Some(Written {
        value: extra,
        at: items.at,
    })
}

impl Stack<'_> {
    pub(super) fn guardrails(&mut self, at: &str, file: &Guardrails) -> Settled {
        let usual = Settled::default();
        let mut one = |name: &str, written: &Option<Written<Consequence>>, usual: Consequence| {
            self.set(&format!("{at}.{name}"), written.as_ref(), usual)
        };
        Settled {
            error_rate: one("error_rate", &file.error_rate, usual.error_rate),
            latency_p95: one("latency_p95", &file.latency_p95, usual.latency_p95),
            cpu_per_request: one(
                "cpu_per_request",
                &file.cpu_per_request,
                usual.cpu_per_request,
            ),
            restarts: one("restarts", &file.restarts, usual.restarts),
            saturation: one("saturation", &file.saturation, usual.saturation),
            slo: one("slo", &file.slo, usual.slo),
        }
    }

    pub(super) fn extra_guardrails(
        &mut self,
        at: &str,
        file: &file::Environment,
    ) -> Vec<ExtraGuardrail> {
        let written = file.guardrails.extra.as_ref();
        self.set(&format!("{at}.guardrails.extra"), written, Vec::new())
    }
}

impl Shown for Consequence {
    fn shown(&self) -> Option<String> {
        Some(format!("{:?}", self.word()))
    }
}

impl Shown for Vec<ExtraGuardrail> {
    fn shown(&self) -> Option<String> {
        let one = |extra: &ExtraGuardrail| {
            format!(
                "{{ name = {:?}, query = {:?}, is = {:?}, limit = {}, effect = {:?} }}",
                extra.name,
                extra.query,
                extra.beyond.word(),
                extra.limit,
                extra.effect.word()
            )
        };
        let all: Vec<String> = self.iter().map(one).collect();
        Some(format!("[{}]", all.join(", ")))
    }
}
