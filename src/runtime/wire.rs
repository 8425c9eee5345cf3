//! The only place that builds clients; those of a Prometheus stand in [`mod@super::wire_prometheus`].

use super::login;
pub use super::wire_prometheus::{owners, prometheus, prometheus_of_all};
use crate::config::settings::{CiProject, CiSource, Environment, Settings};
use crate::domain::notice::{Notice, NoticeKind};
use crate::sources::ci::http::{Address, Http};
use crate::sources::ci::{self, CiError, Provider};
use hyper::header::{HeaderValue, USER_AGENT};
use kube::config::{ExecInteractiveMode, KubeConfigOptions, Kubeconfig, KubeconfigError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};
use std::time::Duration;

/// How the program names itself to servers.
pub const AGENT: &str = concat!("flightdeck/", env!("CARGO_PKG_VERSION"));

/// A call that gets no byte for this long has failed.
pub(super) const READ_WITHIN: Duration = Duration::from_secs(10);
pub(super) const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// Which cluster, and by which login.
#[derive(Clone, Copy, Debug)]
pub struct Login<'a> {
    /// The kubeconfig file; the usual places where absent.
    pub kubeconfig: Option<&'a Path>,
    /// The context; the current one where absent.
    pub context: Option<&'a str>,
    /// Whose settings decide about a proxy.
    pub proxy: Proxy,
}

/// Whether the kubeconfig and the environment variables may put a proxy in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proxy {
    /// As they say.
    AsConfigured,
    /// None: the demo world is on this machine.
    Never,
}

impl<'a> Login<'a> {
    /// That of an environment.
    pub fn of(settings: &Settings, environment: &'a Environment) -> Self {
        Self {
            kubeconfig: environment.kubeconfig.as_deref(),
            context: environment.context.as_deref(),
            proxy: if settings.is_demo() {
                Proxy::Never
            } else {
                Proxy::AsConfigured
            },
        }
    }
}

/// A context of the kubeconfig.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Its name.
    pub name: String,
    /// Its namespace; `default` where it names none.
    pub namespace: String,
}

/// Two clients of one cluster.
#[derive(Clone)]
pub struct Clients {
    /// For calls: gives up on a silent server.
    pub calls: kube::Client,
    /// For watches, which are silent for long.
    pub watches: kube::Client,
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The named file, or every usual place, has none.
    #[error("there is no kubeconfig; looked for {}", list(.0))]
    NoKubeconfig(Vec<PathBuf>),
    /// It is there and makes no sense.
    #[error("cannot read the kubeconfig {}", list(.0))]
    Kubeconfig(Vec<PathBuf>, #[source] KubeconfigError),
    /// No context is current and none was named.
    #[error("the kubeconfig names no current context")]
    NoCurrentContext,
    /// The context is not in it.
    #[error("the kubeconfig has no context `{name}`; it has {}", known.join(", "))]
    NoContext {
        /// What was asked for.
        name: String,
        /// What it has.
        known: Vec<String>,
    },
    /// The context's cluster or user makes no sense.
    #[error("the context `{0}` cannot be used")]
    Context(String, #[source] KubeconfigError),
    /// The client could not be made: certificates, or the login's own program.
    #[error("cannot set up a connection by the context `{0}`")]
    Client(String),
    /// The client for URLs could not be made.
    #[error("cannot set up a client for HTTP")]
    Http(#[source] reqwest::Error),
}

/// Builds the clients of an environment. Runs the kubeconfig's login program where it has one, so it is called before the
/// screen is up.
pub async fn connect(settings: &Settings, environment: &Environment) -> Result<Clients, WireError> {
    let (clients, _) = log_in(Login::of(settings, environment)).await?;
    Ok(clients)
}

/// Builds the clients of a login, and tells which context that is. Runs its program as [`connect`] does.
pub async fn log_in(login: Login<'_>) -> Result<(Clients, Context), WireError> {
    install_crypto();
    let (context, mut config) = match in_cluster(login) {
        Some(config) => ("in-cluster".to_owned(), config),
        None => by_kubeconfig(login).await?,
    };
    match login.proxy {
        Proxy::AsConfigured => {}
        Proxy::Never => config.proxy_url = None,
    }
    let namespace = config.default_namespace.clone();
    config
        .headers
        .push((USER_AGENT, HeaderValue::from_static(AGENT)));
    config.connect_timeout = Some(CONNECT_WITHIN);
    // A lost answer must be looked at, never sent again blindly.
    config.default_retry = false;
    let build = async |config: kube::Config| {
        // The login's program may be slow, and it is waited for in place.
        let made = tokio::task::spawn_blocking(move || kube::Client::try_from(config)).await;
        // What it printed may hold a token: the cause is not told.
        made.ok()
            .and_then(Result::ok)
            .ok_or_else(|| WireError::Client(context.clone()))
    };
    let watches = build(config.clone()).await?;
    config.read_timeout = Some(READ_WITHIN);
    // Else the time that a pooled connection was idle counts as waiting.
    config.reset_reader_on_write = true;
    let calls = build(config).await?;
    let context = Context {
        name: context,
        namespace,
    };
    Ok((Clients { calls, watches }, context))
}

/// Sets up the way to a service's pipeline; nothing is sent yet. Answers are kept below `data_dir`, so that after a restart
/// the server can say that nothing changed.
pub fn pipeline(
    source: &CiSource,
    project: &CiProject,
    data_dir: &Path,
    proxy: Proxy,
) -> Result<Arc<dyn Provider>, CiError> {
    install_crypto();
    let mut http = reqwest::Client::builder()
        .user_agent(AGENT)
        .connect_timeout(CONNECT_WITHIN)
        .redirect(reqwest::redirect::Policy::none());
    match proxy {
        Proxy::AsConfigured => {}
        Proxy::Never => http = http.no_proxy(),
    }
    let http = http.build().map_err(|error| CiError::NoClient {
        place: source.url.clone(),
        source: Box::new(error),
    })?;
    let address = Address {
        url: source.url.clone(),
        scheme: ci::scheme(source),
        token: source.token.clone(),
        kept_in: Some(data_dir.join("ci").join(&source.name)),
        clock: super::clock::now,
    };
    ci::open(source, project, Http::new(http, address)?)
}

/// A client for servers that are named by URL; it follows no redirection.
pub fn http() -> Result<reqwest::Client, WireError> {
    install_crypto();
    let client = reqwest::Client::builder()
        .user_agent(AGENT)
        .connect_timeout(CONNECT_WITHIN)
        .redirect(reqwest::redirect::Policy::none());
    client.build().map_err(WireError::Http)
}

/// A client for the demo world's controls, which are on this machine whatever a proxy's settings say.
pub fn loopback() -> reqwest::Result<reqwest::Client> {
    install_crypto();
    reqwest::Client::builder()
        .user_agent(AGENT)
        .connect_timeout(CONNECT_WITHIN)
        .no_proxy()
        .build()
}

/// Chooses the TLS provider for the whole process, once.
pub fn install_crypto() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An error means that one is installed already.
        drop(rustls::crypto::ring::default_provider().install_default());
    });
}

/// The login that a cluster gives its pods, where no kubeconfig is named or there.
fn in_cluster(login: Login<'_>) -> Option<kube::Config> {
    let is_named = login.kubeconfig.is_some() || login.context.is_some();
    if is_named || places(login).iter().any(|place| place.exists()) {
        return None;
    }
    kube::Config::incluster().ok()
}

async fn by_kubeconfig(login: Login<'_>) -> Result<(String, kube::Config), WireError> {
    let mut kubeconfig = read(login)?;
    let context = context(&kubeconfig, login)?;
    silence_logins(&mut kubeconfig);
    let options = KubeConfigOptions {
        context: Some(context.clone()),
        ..KubeConfigOptions::default()
    };
    let config = kube::Config::from_custom_kubeconfig(kubeconfig, &options)
        .await
        .map_err(|error| WireError::Context(context.clone(), error))?;
    Ok((context, config))
}

fn read(login: Login<'_>) -> Result<Kubeconfig, WireError> {
    let places = places(login);
    let existing: Vec<PathBuf> = places
        .iter()
        .filter(|place| place.exists())
        .cloned()
        .collect();
    if existing.is_empty() {
        return Err(WireError::NoKubeconfig(places));
    }
    let merged = existing
        .iter()
        .try_fold(Kubeconfig::default(), |merged, place| {
            merged.merge(Kubeconfig::read_from(place)?)
        });
    merged.map_err(|error| WireError::Kubeconfig(existing, error))
}

/// The environment's own file, else `KUBECONFIG`'s list, else the file in the home directory.
fn places(login: Login<'_>) -> Vec<PathBuf> {
    if let Some(file) = login.kubeconfig {
        return vec![file.to_owned()];
    }
    let named =
        std::env::var_os("KUBECONFIG").map(|list| std::env::split_paths(&list).collect::<Vec<_>>());
    let named: Vec<PathBuf> = named
        .into_iter()
        .flatten()
        .filter(|path| !path.as_os_str().is_empty())
        .collect();
    if !named.is_empty() {
        return named;
    }
    let home =
        directories::BaseDirs::new().map(|dirs| dirs.home_dir().join(".kube").join("config"));
    home.into_iter().collect()
}

fn context(kubeconfig: &Kubeconfig, login: Login<'_>) -> Result<String, WireError> {
    let wanted = login
        .context
        .map(str::to_owned)
        .or_else(|| kubeconfig.current_context.clone());
    let name = wanted
        .filter(|name| !name.is_empty())
        .ok_or(WireError::NoCurrentContext)?;
    let known: Vec<String> = kubeconfig
        .contexts
        .iter()
        .map(|context| context.name.clone())
        .collect();
    if known.contains(&name) {
        Ok(name)
    } else {
        Err(WireError::NoContext { name, known })
    }
}

/// Login programs get no terminal: what they print or ask would land on the screen.
fn silence_logins(kubeconfig: &mut Kubeconfig) {
    let logins = kubeconfig
        .auth_infos
        .iter_mut()
        .filter_map(|named| named.auth_info.as_mut()?.exec.as_mut());
    for exec in logins {
        exec.interactive_mode = Some(ExecInteractiveMode::Never);
        if let (Some(own), Some(program)) = (login::own(), exec.command.clone()) {
            let own_arguments = vec![login::COMMAND.to_owned(), "--".to_owned(), program];
            let arguments = exec.args.take().unwrap_or_default();
            exec.args = Some([own_arguments, arguments].concat());
            exec.command = Some(own.display().to_string());
        }
    }
}

fn list(places: &[PathBuf]) -> String {
    match places {
        [] => "no place: there is no home directory".to_owned(),
        places => places
            .iter()
            .map(|place| place.display().to_string())
            .collect::<Vec<_>>()
            .join(", "),
    }
}

impl From<&WireError> for Notice {
    fn from(error: &WireError) -> Self {
        let (kind, hint) = match error {
            WireError::NoKubeconfig(_) => (
                NoticeKind::Config,
                "set KUBECONFIG, or `kubeconfig` of the environment; to look around without a cluster: flightdeck demo",
            ),
            WireError::Kubeconfig(..) => (NoticeKind::Config, "check it with: kubectl config view"),
            WireError::NoCurrentContext => (
                NoticeKind::Config,
                "name one with --context, or: kubectl config use-context NAME",
            ),
            WireError::NoContext { .. } => (
                NoticeKind::Config,
                "set `context` of the environment, or give --context",
            ),
            WireError::Context(..) => (
                NoticeKind::Config,
                "check its cluster and user with: kubectl config view",
            ),
            WireError::Http(_) => (
                NoticeKind::Internal,
                "check the system's certificates and the proxy variables",
            ),
            WireError::Client(_) => (
                NoticeKind::Unreachable,
                "run any kubectl command with this context to see what its login or certificates say",
            ),
        };
        let mut notice = Self::new(kind, error.to_string()).hint(hint);
        let mut next = std::error::Error::source(error);
        while let Some(cause) = next {
            notice.chain.push(cause.to_string());
            next = cause.source();
        }
        notice
    }
}
