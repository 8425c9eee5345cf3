//! Arguments of `smoke`, and where a pipeline says that the health check is.

use super::target::Named;
use crate::config::rules;
use crate::domain::smoke::SmokeTest;
use clap::Args;

/// Arguments of `smoke`.
#[derive(Clone, Debug, Args)]
pub struct Smoke {
    /// Where.
    #[command(flatten)]
    pub named: Named,
    /// Where the health check is.
    #[command(flatten)]
    pub at: HealthCheck,
    /// The path whose answers are timed; by default the configured one, else the health check itself
    #[arg(long, value_name = "PATH", value_parser = path_argument)]
    pub sample: Option<String>,
}

/// Where the health check is.
#[derive(Clone, Debug, Default, Args)]
pub struct HealthCheck {
    /// URL of the health check; by default $HEALTHCHECK_URL, else as configured, else through the API server
    #[arg(long = "url", value_name = "URL", env = "HEALTHCHECK_URL", hide_env = true, value_parser = url_argument)]
    url: Option<Url>,
}

/// A URL, or the empty value of a variable that is set to nothing.
#[derive(Clone, Debug)]
struct Url(String);

impl HealthCheck {
    /// The same test there, where a URL is given.
    pub fn of(&self, test: SmokeTest) -> SmokeTest {
        match &self.url {
            Some(Url(url)) if !url.is_empty() => test.at_url(url),
            Some(_) | None => test,
        }
    }
}

fn url_argument(text: &str) -> Result<Url, String> {
    if text.is_empty() || rules::is_url(text) {
        Ok(Url(text.to_owned()))
    } else {
        Err("expected a URL such as https://checkout.example.com/healthz, without a login or a query in it".to_owned())
    }
}

fn path_argument(text: &str) -> Result<String, String> {
    if text.starts_with('/') && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(text.to_owned())
    } else {
        Err("expected a path such as /orders".to_owned())
    }
}
