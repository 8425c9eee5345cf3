//! What is taken for a service where there is no config, and how it would be written down.
//!
//! Invariant: what is used without a config is read from the very text that `config init` writes.

use super::duration;
use super::layer::default_steps;
use serde_json::json;
use std::fmt::Write as _;

/// A canary as the cluster's objects suggest it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// The service: the stable Deployment's name.
    pub service: String,
    /// The environment: that of the record which is there already, else the namespace's name.
    pub environment: String,
    /// The kubeconfig's context.
    pub context: String,
    /// Namespace.
    pub namespace: String,
    /// The route with two backends.
    pub route: String,
    /// The backend taken for stable, and the Deployment that its selector finds.
    pub stable: Side,
    /// The other one.
    pub canary: Side,
    /// Why the sides are not the other way round.
    pub sides_by: &'static str,
    /// The container of both.
    pub container: String,
    /// Where the pods are taken to serve metrics.
    pub metrics: Exposed,
}

/// A Service with the Deployment behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// The Service.
    pub service: String,
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
    let (stable, canary) = (&guess.stable, &guess.canary);
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
    line("kind = \"canary\"".to_owned());
    line(format!(
        "# HTTPRoute {} has two backends. {} is taken for stable: {}.",
        guess.route, stable.service, guess.sides_by
    ));
    line(format!("route = {}", quoted(&guess.route)));
    line(format!("stable_service = {}", quoted(&stable.service)));
    line(format!("canary_service = {}", quoted(&canary.service)));
    line(
        "# The Deployments whose pods these Services select, and the container that both have."
            .to_owned(),
    );
    line(format!("stable = {}", quoted(&stable.deployment)));
    line(format!("canary = {}", quoted(&canary.deployment)));
    line(format!("container = {}", quoted(&guess.container)));
    line("# Nothing in the cluster tells the steps: these are the defaults.".to_owned());
    line(format!("steps = {}", steps()));
    line(format!("\n[{at}.metrics]"));
    line(format!(
        "# The pods' own metrics; port and path by {}.",
        guess.metrics.by
    ));
    line("source = \"pods\"".to_owned());
    line(format!("port = {}", guess.metrics.port));
    line(format!("path = {}", quoted(&guess.metrics.path)));
    line(format!(
        "\n# What a canary is held to: the defaults, which are not your service's goals yet.\n[{at}.goals]"
    ));
    line("error_share = 0.01".to_owned());
    line("p95 = \"500ms\"".to_owned());
    line("min_requests = 500".to_owned());
    text
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
