//! Flag over environment variable over file over default, and where each value came from.

use super::document::Written;
use super::file::{self, File};
use super::goals::P95;
use super::settings::{ColorDepth, Environment, Glyphs, Origin, SecretRef, Service, Settings, Ui};
use super::shown::Shown;
use crate::domain::artifact::TagRule;
use crate::domain::assurance::Assurance;
use crate::domain::ids::{EnvironmentName, ServiceName};
use crate::domain::policy::{CanaryPolicy, CanaryStep, Policy, RollingPolicy, Strategy};
use crate::domain::smoke::{HEALTH, REQUESTS, SmokePlace, SmokeService, SmokeTest};
use crate::domain::traffic::Weight;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A value given outside the file, and what gave it: `--theme`, `NO_COLOR`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given<T> {
    /// The value.
    pub value: T,
    /// The flag or variable.
    pub by: &'static str,
}

/// What flags and environment variables say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `ui.theme`.
    pub theme: Option<Given<String>>,
    /// `ui.glyphs`.
    pub glyphs: Option<Given<Glyphs>>,
    /// `ui.color`.
    pub color: Option<Given<ColorDepth>>,
    /// `ui.inline`.
    pub inline: Option<Given<bool>>,
    /// `ui.low_bandwidth`.
    pub low_bandwidth: Option<Given<bool>>,
    /// `ui.mouse`.
    pub mouse: Option<Given<bool>>,
    /// `context` of every environment.
    pub context: Option<Given<String>>,
    /// Nothing may be changed.
    pub read_only: bool,
}

/// What paths in a file are relative to, and what the platform gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surroundings {
    /// The config, and whether it is the demo world's.
    pub origin: Origin,
    /// The home directory, for `~/`.
    pub home: Option<PathBuf>,
    /// Where data go unless the file says otherwise.
    pub data_dir: PathBuf,
}

/// A value in effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    /// The key's path.
    pub key: String,
    /// The value as it would be written in the file; `None` where nothing is set.
    pub value: Option<String>,
    /// `default`, `preset`, `file`, or the flag or variable that set it.
    pub from: &'static str,
}

/// Settings, and where each value came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Layered {
    /// What the program uses.
    pub settings: Settings,
    /// Every value, in the order of the file's shape.
    pub values: Vec<Effective>,
}

/// Lays the three layers over the defaults.
pub fn layer(file: &File, over: &Overrides, around: &Surroundings) -> Layered {
    let mut stack = Stack {
        values: Vec::new(),
        around,
        over,
    };
    let ui = stack.ui(&file.ui);
    let notify = stack.notify(&file.notify);
    let data_dir = stack.data_dir(file);
    let ci = file
        .ci
        .iter()
        .map(|(name, source)| stack.ci_source(&name.value, source))
        .collect();
    let services = file
        .services
        .iter()
        .map(|(name, service)| stack.service(&name.value, service))
        .collect();
    Layered {
        settings: Settings {
            origin: around.origin.clone(),
            services,
            ci,
            ui,
            notify,
            data_dir,
            read_only: over.read_only,
        },
        values: stack.values,
    }
}

/// How long pods may take to become available.
const READY_WITHIN: Duration = Duration::from_secs(300);

/// The weights of a canary whose steps are not written out.
pub fn default_steps() -> Vec<CanaryStep> {
    steps([5, 50, 100])
}

/// The same where the numbers of pods divide the traffic: after the last one comes the finish.
pub fn default_steps_by_pods() -> Vec<CanaryStep> {
    steps([5, 25, 50])
}

fn steps(weights: [u32; 3]) -> Vec<CanaryStep> {
    weights
        .map(|weight| CanaryStep {
            weight: Weight::saturating(weight),
            hold: Duration::from_secs(600),
        })
        .to_vec()
}

pub(super) struct Stack<'a> {
    values: Vec<Effective>,
    around: &'a Surroundings,
    over: &'a Overrides,
}

impl Stack<'_> {
    fn pick<T: Shown + Clone>(
        &mut self,
        key: &str,
        over: Option<&Given<T>>,
        file: Option<&Written<T>>,
        default: T,
    ) -> T {
        let (value, from) = match (over, file) {
            (Some(given), _) => (given.value.clone(), given.by),
            (None, Some(written)) => (written.value.clone(), "file"),
            (None, None) => (default, "default"),
        };
        self.values.push(Effective {
            key: key.to_owned(),
            value: value.shown(),
            from,
        });
        value
    }

    pub(super) fn set<T: Shown + Clone>(
        &mut self,
        key: &str,
        file: Option<&Written<T>>,
        default: T,
    ) -> T {
        self.pick(key, None, file, default)
    }

    /// As [`Self::set`]; what stands in for the file comes from `from`.
    pub(super) fn set_from<T: Shown + Clone>(
        &mut self,
        key: &str,
        file: Option<&Written<T>>,
        (rest, from): (T, &'static str),
    ) -> T {
        let value = self.set(key, file, rest);
        if let (None, Some(told)) = (file, self.values.last_mut()) {
            told.from = from;
        }
        value
    }

    /// A value that may be absent.
    pub(super) fn maybe<T: Shown + Clone>(
        &mut self,
        key: &str,
        over: Option<&Given<T>>,
        file: Option<&Written<T>>,
    ) -> Option<T> {
        let over = over.map(|given| Given {
            value: Some(given.value.clone()),
            by: given.by,
        });
        let file = file.map(|written| Written {
            value: Some(written.value.clone()),
            at: written.at,
        });
        self.pick(key, over.as_ref(), file.as_ref(), None)
    }

    fn ui(&mut self, file: &file::Ui) -> Ui {
        let over = self.over;
        Ui {
            theme: self.pick(
                "ui.theme",
                over.theme.as_ref(),
                file.theme.as_ref(),
                "default".to_owned(),
            ),
            glyphs: self.pick(
                "ui.glyphs",
                over.glyphs.as_ref(),
                file.glyphs.as_ref(),
                Glyphs::Auto,
            ),
            color: self.pick(
                "ui.color",
                over.color.as_ref(),
                file.color.as_ref(),
                ColorDepth::Auto,
            ),
            inline: self.pick(
                "ui.inline",
                over.inline.as_ref(),
                file.inline.as_ref(),
                false,
            ),
            low_bandwidth: self.pick(
                "ui.low_bandwidth",
                over.low_bandwidth.as_ref(),
                file.low_bandwidth.as_ref(),
                false,
            ),
            mouse: self.pick("ui.mouse", over.mouse.as_ref(), file.mouse.as_ref(), true),
        }
    }

    fn data_dir(&mut self, file: &File) -> PathBuf {
        let written = file.data_dir.as_ref().map(|dir| self.path(dir));
        self.set("data.dir", written.as_ref(), self.around.data_dir.clone())
    }

    fn service(&mut self, name: &str, file: &file::Service) -> Service {
        let environments = file
            .environments
            .iter()
            .map(|(environment, written)| self.environment(name, &environment.value, written))
            .collect();
        Service {
            name: ServiceName::new(name),
            ci: file.ci.as_ref().map(|ci| self.ci_project(name, ci)),
            environments,
        }
    }

    fn environment(&mut self, service: &str, name: &str, file: &file::Environment) -> Environment {
        let at = format!("services.{service}.environments.{name}");
        let key = |key: &str| format!("{at}.{key}");
        let kubeconfig = file.kubeconfig.as_ref().map(|path| self.path(path));
        let context = self.over.context.as_ref();
        Environment {
            name: EnvironmentName::new(name),
            kubeconfig: self.maybe(&key("kubeconfig"), None, kubeconfig.as_ref()),
            context: self.maybe(&key("context"), context, file.context.as_ref()),
            namespace: self.set(&key("namespace"), file.namespace.as_ref(), String::new()),
            policy: Policy {
                protected: self.set(&key("protected"), file.protected.as_ref(), false),
                tags: TagRule {
                    allow: self.maybe(&key("allow_tags"), None, file.allow_tags.as_ref()),
                },
                verify_for: self.set(
                    &key("verify_for"),
                    file.verify_for.as_ref(),
                    Duration::from_secs(60),
                ),
                good_after: self.set(
                    &key("good_after"),
                    file.good_after.as_ref(),
                    Duration::from_secs(600),
                ),
                freezes: self.set(&key("freezes"), file.freezes.as_ref(), Vec::new()),
                pilot: self.pilot(&key("pilot"), &file.pilot),
                strategy: self.strategy(service, &key("strategy"), file.strategy.as_ref()),
                goals: self.goals(&at, file),
                extra_guardrails: self.extra_guardrails(&at, file),
                assurance: self.assurance(&key("verdict"), &file.assurance),
                smoke: self.smoke(&key("smoke"), file),
            },
            metrics: self.metrics(&key("metrics"), &file.metrics),
        }
    }

    fn strategy(&mut self, service: &str, at: &str, file: Option<&file::Strategy>) -> Strategy {
        match file {
            Some(file::Strategy::Canary(canary)) => {
                Strategy::Canary(self.canary(service, at, canary))
            }
            Some(file::Strategy::Rolling(rolling)) => {
                Strategy::Rolling(self.rolling(service, at, rolling))
            }
            None => Strategy::Canary(self.canary(service, at, &file::Canary::default())),
        }
    }

    fn rolling(&mut self, service: &str, at: &str, file: &file::Rolling) -> RollingPolicy {
        let key = |key: &str| format!("{at}.{key}");
        RollingPolicy {
            deployment: self.set(
                &key("deployment"),
                file.deployment.as_ref(),
                service.to_owned(),
            ),
            container: self.set(
                &key("container"),
                file.container.as_ref(),
                service.to_owned(),
            ),
            service: self.maybe(&key("service"), None, file.service.as_ref()),
            ready_within: self.set(
                &key("ready_within"),
                file.ready_within.as_ref(),
                READY_WITHIN,
            ),
        }
    }

    fn canary(&mut self, service: &str, at: &str, file: &file::Canary) -> CanaryPolicy {
        let steps = match file.route {
            Some(_) => default_steps(),
            None => default_steps_by_pods(),
        };
        let key = |key: &str| format!("{at}.{key}");
        let stable = self.set(&key("stable"), file.stable.as_ref(), service.to_owned());
        let canary = self.set(
            &key("canary"),
            file.canary.as_ref(),
            format!("{service}-canary"),
        );
        CanaryPolicy {
            container: self.set(
                &key("container"),
                file.container.as_ref(),
                service.to_owned(),
            ),
            route: self.maybe(&key("route"), None, file.route.as_ref()),
            stable_service: self.set(
                &key("stable_service"),
                file.stable_service.as_ref(),
                stable.clone(),
            ),
            canary_service: self.set(
                &key("canary_service"),
                file.canary_service.as_ref(),
                canary.clone(),
            ),
            steps: self.set(&key("steps"), file.steps.as_ref(), steps),
            drain: self.set(&key("drain"), file.drain.as_ref(), Duration::from_secs(30)),
            ready_within: self.set(
                &key("ready_within"),
                file.ready_within.as_ref(),
                READY_WITHIN,
            ),
            stable,
            canary,
        }
    }

    fn assurance(&mut self, at: &str, file: &file::Assurance) -> Assurance {
        let key = |key: &str| format!("{at}.{key}");
        let usual = Assurance::default();
        let mut number = |name: &str, file: &Option<Written<f64>>, default: f64| {
            self.set(&key(name), file.as_ref(), default)
        };
        Assurance {
            false_alarms: number("false_alarms", &file.false_alarms, usual.false_alarms),
            error_ratio: number("error_ratio", &file.error_ratio, usual.error_ratio),
            error_floor: number("error_floor", &file.error_floor, usual.error_floor),
            slow_down: number("slow_down", &file.slow_down, usual.slow_down),
            warm_up: self.set(&key("warm_up"), file.warm_up.as_ref(), usual.warm_up),
            burst_errors: self.maybe(&key("burst_errors"), None, file.burst_errors.as_ref()),
            burst_slow: self.maybe(&key("burst_slow"), None, file.burst_slow.as_ref()),
            margins: self.set(&key("margins"), file.margins.as_ref(), usual.margins),
        }
    }

    /// Its p95 is the goal's unless another is written.
    fn smoke(&mut self, at: &str, environment: &file::Environment) -> Option<SmokeTest> {
        let key = |key: &str| format!("{at}.{key}");
        let file = environment.smoke.as_ref()?;
        let goal = environment.goals.p95.as_ref().map_or(P95, |p95| p95.value);
        let url = self.maybe(&key("url"), None, file.url.as_ref());
        let service = SmokeService {
            name: self.maybe(&key("service"), None, file.service.as_ref()),
            port: self.maybe(&key("port"), None, file.port.as_ref()),
        };
        let requests = self.set(&key("requests"), file.requests.as_ref(), REQUESTS.into());
        Some(SmokeTest {
            place: url.map_or(SmokePlace::Service(service), |url| {
                SmokePlace::Url(url.trim_end_matches('/').to_owned())
            }),
            health: self.set(&key("health"), file.health.as_ref(), HEALTH.to_owned()),
            sample: self.maybe(&key("sample"), None, file.sample.as_ref()),
            requests: u32::try_from(requests).unwrap_or(REQUESTS),
            p95: self.set(&key("p95"), file.p95.as_ref(), goal),
        })
    }

    pub(super) fn secret(&self, written: &Written<SecretRef>) -> Written<SecretRef> {
        let value = match &written.value {
            SecretRef::File(file) => SecretRef::File(
                self.path(&Written {
                    value: file.display().to_string(),
                    at: written.at,
                })
                .value,
            ),
            SecretRef::Env(_) | SecretRef::Command(_) => written.value.clone(),
        };
        Written {
            value,
            at: written.at,
        }
    }

    /// A path of the file: `~/` is the home directory, anything else relative lies beside the config.
    pub(super) fn path(&self, written: &Written<String>) -> Written<PathBuf> {
        let config = self.around.origin.path();
        let value = match (written.value.strip_prefix("~/"), &self.around.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => config
                .parent()
                .unwrap_or(Path::new(""))
                .join(&written.value),
        };
        Written {
            value,
            at: written.at,
        }
    }
}
