//! What the program uses: complete and valid.

pub use super::ci_kinds::{CiKind, CiProject, CiSource, GateRule};
use crate::domain::exposition::{MetricNames, WrittenQueries};
use crate::domain::ids::{EnvironmentName, ServiceName, Target};
use crate::domain::place::Place;
use crate::domain::policy::Policy;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Everything a person decided, with every default filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Where they came from.
    pub origin: Origin,
    /// Services in the order of the config.
    pub services: Vec<Service>,
    /// CI servers, named once and referred to by services.
    #[serde(default)]
    pub ci: Vec<CiSource>,
    /// Looks.
    pub ui: Ui,
    /// How people who are not looking are told.
    #[serde(default)]
    pub notify: Notify,
    /// Directory of journal and log.
    pub data_dir: PathBuf,
    /// Nothing may be changed.
    pub read_only: bool,
}

/// Where settings came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A file.
    File(PathBuf),
    /// The demo world: every frame says so.
    Demo(PathBuf),
    /// Nothing was written: guessed from the cluster. The path is where a config would lie.
    Guessed(PathBuf),
}

impl Origin {
    /// The file, or where it would lie.
    pub fn path(&self) -> &Path {
        match self {
            Self::File(path) | Self::Demo(path) | Self::Guessed(path) => path,
        }
    }
}

/// One API with its environments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Service {
    /// Its name.
    pub name: ServiceName,
    /// Its environments, in the order of the config.
    pub environments: Vec<Environment>,
    /// Its pipeline, where one is named.
    #[serde(default)]
    pub ci: Option<CiProject>,
}

/// One environment of a service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// Its name.
    pub name: EnvironmentName,
    /// Kubeconfig file; the usual places where absent.
    pub kubeconfig: Option<PathBuf>,
    /// Context; the current one where absent.
    pub context: Option<String>,
    /// Namespace.
    pub namespace: String,
    /// Strategy, goals, protection.
    pub policy: Policy,
    /// Where its metrics come from.
    pub metrics: Metrics,
}

impl Environment {
    /// The namespace that it shares with others.
    pub fn place(&self) -> Place {
        Place {
            kubeconfig: self.kubeconfig.clone(),
            context: self.context.clone(),
            namespace: self.namespace.clone(),
        }
    }
}

/// Where metrics come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Who is asked.
    pub source: MetricsSource,
    /// Port of the container, where the pods are asked.
    pub port: u16,
    /// Path, where the pods are asked.
    pub path: String,
    /// Time between two scrapes.
    pub interval: Duration,
    /// Names of the series.
    pub names: MetricNames,
}

/// Who is asked for the pods' counters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricsSource {
    /// The pods' own `/metrics`, through the API server.
    Pods,
    /// A Prometheus that scrapes them.
    Prometheus(Box<Prometheus>),
}

impl MetricsSource {
    /// The word in the config and in JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Pods => "pods",
            Self::Prometheus(_) => "prometheus",
        }
    }
}

/// A Prometheus, or whatever speaks its query API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prometheus {
    /// Where it is.
    pub base: PrometheusBase,
    /// What it wants to see of who asks.
    pub auth: Auth,
    /// Whom it is taken for, and by which certificate it is asked.
    #[serde(default)]
    pub tls: Tls,
    /// Whose data are asked for, where it keeps those of several: the header `X-Scope-OrgID`.
    #[serde(default)]
    pub tenant: Option<String>,
    /// Headers that go with each question.
    #[serde(default)]
    pub headers: Vec<HeaderRef>,
    /// Its label with the pod's name.
    pub pod_label: String,
    /// Its label with the pod's namespace.
    pub namespace_label: String,
    /// Queries that are written out.
    #[serde(default)]
    pub queries: WrittenQueries,
}

/// Where a Prometheus is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrometheusBase {
    /// Its URL, without `/api/v1`.
    Url(String),
    /// A Service of the environment's cluster, through the API server and by its login.
    Service {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// The port's number or name.
        port: String,
    },
}

/// What a server wants to see of who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Auth {
    /// Nothing.
    None,
    /// A bearer token.
    Bearer(SecretRef),
    /// A name and a password.
    Basic {
        /// The name.
        user: String,
        /// Where the password is.
        password: SecretRef,
    },
}

/// Certificates of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tls {
    /// File with authorities that are trusted besides the system's.
    pub ca: Option<PathBuf>,
    /// What is shown to a server that wants to know who asks.
    pub client: Option<ClientCertificate>,
}

/// A certificate of who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientCertificate {
    /// Its file, with those between it and the authority.
    pub certificate: PathBuf,
    /// Where its key is.
    pub key: SecretRef,
}

/// A header whose value is a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeaderRef {
    /// Its name.
    pub name: String,
    /// Where its value is.
    pub value: SecretRef,
}

impl Prometheus {
    /// Every secret that it is asked with.
    pub fn secrets(&self) -> Vec<&SecretRef> {
        let login = match &self.auth {
            Auth::None => None,
            Auth::Bearer(secret)
            | Auth::Basic {
                password: secret, ..
            } => Some(secret),
        };
        let key = self.tls.client.as_ref().map(|client| &client.key);
        let headers = self.headers.iter().map(|header| &header.value);
        login.into_iter().chain(key).chain(headers).collect()
    }
}

/// Where a secret is; the secret itself is in no setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretRef {
    /// A variable of the environment.
    Env(String),
    /// What a program prints: program and arguments.
    Command(Vec<String>),
    /// A file that nobody else can read.
    File(PathBuf),
}

/// How people who are not looking are told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notify {
    /// Who is sent a message.
    pub webhook: Option<Webhook>,
    /// Whether the terminal's bell rings.
    pub bell: bool,
}

/// Who is sent a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Where its URL is: whoever knows it can write there.
    pub url: SecretRef,
    /// What it understands.
    pub format: WebhookFormat,
}

/// What a webhook understands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookFormat {
    /// All that is known, as JSON.
    #[default]
    Json,
    /// One line in `text`, as Slack and those who took that over read it.
    Slack,
}

/// How it looks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ui {
    /// Theme: `auto`, a shipped name, or that of a file in the folder `themes` beside the config.
    pub theme: String,
    /// Symbol set.
    pub glyphs: Glyphs,
    /// Colours.
    pub color: ColorDepth,
    /// Do not leave the normal screen.
    pub inline: bool,
    /// Few bytes a second.
    pub low_bandwidth: bool,
    /// Whether the terminal tells of the mouse.
    #[serde(default)]
    pub mouse: bool,
}

/// Which symbols may be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Glyphs {
    /// By the locale.
    Auto,
    /// All that fonts have without emoji forms.
    Unicode,
    /// ASCII only.
    Ascii,
}

/// How many colours may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColorDepth {
    /// By `NO_COLOR`, `COLORTERM` and `TERM`.
    Auto,
    /// 24 bit.
    Truecolor,
    /// 256.
    Indexed,
    /// 16.
    Sixteen,
    /// None.
    Never,
}

impl Settings {
    /// The pipeline of a service, and the server that it runs on.
    pub fn pipeline(&self, service: &ServiceName) -> Option<(&CiSource, &CiProject)> {
        let project = self
            .services
            .iter()
            .find(|known| known.name == *service)?
            .ci
            .as_ref()?;
        let source = self
            .ci
            .iter()
            .find(|source| source.name == project.source)?;
        Some((source, project))
    }

    /// Settings that name nothing: what stands in a place that the true ones have left.
    pub fn empty() -> Self {
        Self {
            origin: Origin::File(PathBuf::new()),
            services: Vec::new(),
            ci: Vec::new(),
            ui: Ui {
                theme: String::new(),
                glyphs: Glyphs::Auto,
                color: ColorDepth::Auto,
                inline: false,
                low_bandwidth: false,
                mouse: false,
            },
            notify: Notify::default(),
            data_dir: PathBuf::new(),
            read_only: true,
        }
    }

    /// The environment that a target names.
    pub fn environment(&self, target: &Target) -> Option<&Environment> {
        self.services
            .iter()
            .find(|service| service.name == target.service)?
            .environments
            .iter()
            .find(|environment| environment.name == target.environment)
    }

    /// Every service in every environment.
    pub fn targets(&self) -> impl Iterator<Item = Target> + '_ {
        self.services.iter().flat_map(|service| {
            service.environments.iter().map(|environment| Target {
                service: service.name.clone(),
                environment: environment.name.clone(),
            })
        })
    }

    /// Every environment with the target that names it, in the order of the config.
    pub fn environments(&self) -> impl Iterator<Item = (Target, &Environment)> {
        self.services.iter().flat_map(|service| {
            service.environments.iter().map(|environment| {
                let target = Target {
                    service: service.name.clone(),
                    environment: environment.name.clone(),
                };
                (target, environment)
            })
        })
    }

    /// Whether this is the demo world.
    pub fn is_demo(&self) -> bool {
        match self.origin {
            Origin::Demo(_) => true,
            Origin::File(_) | Origin::Guessed(_) => false,
        }
    }

    /// Whether they are only guessed: looking and getting back to safety is then all that may be done.
    pub fn are_guessed(&self) -> bool {
        match self.origin {
            Origin::Guessed(_) => true,
            Origin::File(_) | Origin::Demo(_) => false,
        }
    }
}
