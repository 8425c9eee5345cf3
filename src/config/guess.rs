//! What is taken for a service where there is no config, and how it would be written down.
//!
//! Invariant: what is used without a config is read from the very text that `config init` writes.

use super::duration;
use super::layer::default_steps;
use serde_json::json;
use std::fmt::Write as _;

/// A service as the cluster's objects suggest it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// The service: the name of the Deployment, of a canary's stable one.
    pub service: String,
    /// The environment: that of the record which is there already, else the namespace's name.
    pub environment: String,
    /// The kubeconfig's context.
    pub context: String,
    /// Namespace.
    pub namespace: String,
    /// Which objects it consists of.
    pub layout: Layout,
    /// The container that bears the release's image.
    pub container: String,
    /// Where the pods are taken to serve metrics.
    pub metrics: Exposed,
}

/// The objects of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Two Deployments, and a route that splits the traffic between their Services.
    Canary(Pair),
    /// One Deployment.
    Rolling(Side),
}

impl Layout {
    /// What it is called in a list.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Canary(_) => "a canary",
            Self::Rolling(_) => "a plain Deployment",
        }
    }
}

/// Both sides of a canary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The route with two backends.
    pub route: String,
    /// The backend taken for stable, and the Deployment that its selector finds.
    pub stable: Side,
    /// The other one.
    pub canary: Side,
    /// Why the sides are not the other way round.
    pub sides_by: &'static str,
}

/// A Service with the Deployment behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// The Service; a canary's sides always have one.
    pub service: Option<String>,
    /// The Deployment.
    pub deployment: String,
}

/// Where pods serve metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposed {
    /// The port.
    pub port: u16,
    /// The path.
    pub path: String,
    /// What told them.
    pub by: &'static str,
}

/// A config of exactly these guesses, each with what it rests on.
pub fn written(guesses: &[Guess]) -> String {
    let mut text = String::from(HEAD);
    for guess in guesses {
        text.push_str(&environment(guess));
    }
    text
}

const HEAD: &str = "\
# Flightdeck's configuration, guessed from what the cluster shows: read it, and change what is not so.
# `flightdeck config check` tells every mistake, `flightdeck config print` every value with its default,
# `flightdeck doctor` what works and what is missing.
";

fn environment(guess: &Guess) -> String {
    let at = format!(
        "services.{}.environments.{}",
        guess.service, guess.environment
    );
    let mut text = String::new();
    let mut line = |words: String| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{words}");
    };
    line(format!(
        "\n# The record is ConfigMap flightdeck-{}-{}: with another name for either, another record begins.",
        guess.service, guess.environment
    ));
    line(format!("[{at}]"));
    line(
        "# The context and namespace that were looked at; without a context: the current one."
            .to_owned(),
    );
    line(format!("context = {}", quoted(&guess.context)));
    line(format!("namespace = {}", quoted(&guess.namespace)));
    line(
        "# Set it for production: everything but what leads to safety then asks one level more."
            .to_owned(),
    );
    line("protected = false".to_owned());
    line(format!("\n[{at}.strategy]"));
    match &guess.layout {
        Layout::Canary(pair) => canary(pair, &mut line),
        Layout::Rolling(side) => rolling(side, &mut line),
    }
    line("# The container that bears the release's image.".to_owned());
    line(format!("container = {}", quoted(&guess.container)));
    line(format!("\n[{at}.metrics]"));
    line(format!(
        "# The pods' own metrics; port and path by {}.",
        guess.metrics.by
    ));
    line("source = \"pods\"".to_owned());
    line(format!("port = {}", guess.metrics.port));
    line(format!("path = {}", quoted(&guess.metrics.path)));
    line(format!(
        "\n# What a release is held to: the defaults, which are not your service's goals yet.\n[{at}.goals]"
    ));
    line("error_share = 0.01".to_owned());
    line("p95 = \"500ms\"".to_owned());
    line("min_requests = 500".to_owned());
    text
}

fn canary(pair: &Pair, line: &mut impl FnMut(String)) {
    let service = |side: &Side| side.service.clone().unwrap_or_default();
    let (stable, canary) = (&pair.stable, &pair.canary);
    line("kind = \"canary\"".to_owned());
    line(format!(
        "# HTTPRoute {} has two backends. {} is taken for stable: {}.",
        pair.route,
        service(stable),
        pair.sides_by
    ));
    line(format!("route = {}", quoted(&pair.route)));
    line(format!("stable_service = {}", quoted(&service(stable))));
    line(format!("canary_service = {}", quoted(&service(canary))));
    line("# The Deployments whose pods these Services select.".to_owned());
    line(format!("stable = {}", quoted(&stable.deployment)));
    line(format!("canary = {}", quoted(&canary.deployment)));
    line("# Nothing in the cluster tells the steps: these are the defaults.".to_owned());
    line(format!("steps = {}", steps()));
}

fn rolling(side: &Side, line: &mut impl FnMut(String)) {
    line(
        "# A Deployment that no route splits traffic to: its own controller updates it.".to_owned(),
    );
    line("kind = \"rolling\"".to_owned());
    line(format!("deployment = {}", quoted(&side.deployment)));
    if let Some(service) = &side.service {
        line("# The Service that selects its pods and no others.".to_owned());
        line(format!("service = {}", quoted(service)));
    }
}

fn steps() -> String {
    let steps: Vec<String> = default_steps()
        .into_iter()
        .map(|step| {
            let hold = duration::write(step.hold);
            format!(
                "{{ weight = {}, hold = \"{hold}\" }}",
                step.weight.percent()
            )
        })
        .collect();
    format!("[{}]", steps.join(", "))
}

/// A JSON string is a TOML string too.
fn quoted(text: &str) -> String {
    json!(text).to_string()
}
