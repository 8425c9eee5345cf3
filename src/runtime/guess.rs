//! Settings where there is no config: guessed from what the current context shows.

use super::wire::{self, Context, Login, Proxy, WireError};
use crate::config::guess::{Guess, written};
use crate::config::layer::{Layered, Overrides};
use crate::config::places::{self, ConfigError};
use crate::domain::notice::{Notice, NoticeKind};
use crate::sources::cluster::ClusterError;
use crate::sources::cluster::guess::{self, Guessed, Scope};

/// What a person said about where to look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// The context; the current one where absent.
    pub context: Option<String>,
    /// Where in it; the context's namespace where absent.
    pub scope: Option<Scope>,
}

/// What was guessed, and from where.
#[derive(Clone, Debug)]
pub struct Looked {
    /// The context.
    pub context: Context,
    /// Where in it.
    pub scope: Scope,
    /// What was found.
    pub guessed: Guessed,
}

/// Looks at the cluster. `nowhere` is why there is no config; it is told along where there is nothing to guess from.
pub async fn look(wish: &Wish, nowhere: &ConfigError) -> Result<Looked, Notice> {
    let login = Login {
        kubeconfig: None,
        context: wish.context.as_deref(),
        proxy: Proxy::AsConfigured,
    };
    let (clients, context) = wire::log_in(login)
        .await
        .map_err(|error| no_login(&error, nowhere))?;
    let scope = wish
        .scope
        .clone()
        .unwrap_or_else(|| Scope::Namespace(context.namespace.clone()));
    let listed = guess::list(&clients.calls, &scope).await;
    let listed = listed.map_err(|error| {
        let mut notice = Notice::from(&error);
        notice.summary = format!(
            "there is no config, and guessing from context `{}` failed: {}",
            context.name, notice.summary
        );
        notice
    })?;
    if let Scope::Namespace(namespace) = &scope
        && listed.deployments.is_empty()
        && guess::is_absent(&clients.calls, namespace).await
    {
        let error = ClusterError::NoNamespace(namespace.clone());
        return Err(Notice::from(&error).hint("name another one with -n, or look at all with -A"));
    }
    let guessed = guess::guess(&listed, &context.name);
    Ok(Looked {
        context,
        scope,
        guessed,
    })
}

impl Looked {
    /// `context prod, namespace shop`.
    pub fn place(&self) -> String {
        let context = &self.context.name;
        match &self.scope {
            Scope::Namespace(namespace) => format!("context {context}, namespace {namespace}"),
            Scope::Everywhere => format!("context {context}, all namespaces"),
        }
    }

    /// The settings that the guesses make.
    pub fn settings(&self, over: &Overrides) -> Result<Layered, Notice> {
        let guesses = &self.guessed.services;
        if guesses.is_empty() {
            return Err(self.nothing());
        }
        places::load_guessed(&written(guesses), over).map_err(|error| {
            Notice::new(NoticeKind::Internal, "the guesses make no config").caused_by(&error)
        })
    }

    /// The guess of a service, in the environment named where several namespaces have it; an environment's name may be new
    /// where one namespace alone has it.
    pub fn of(&self, service: &str, environment: Option<&str>) -> Result<Guess, Notice> {
        let found: Vec<&Guess> = self
            .guessed
            .services
            .iter()
            .filter(|guess| guess.service == service)
            .collect();
        let named = environment.and_then(|name| {
            found
                .iter()
                .find(|guess| guess.environment == name)
                .copied()
        });
        match (named, found.as_slice(), environment) {
            (Some(guess), _, _) => Ok(guess.clone()),
            (None, [only], None) => Ok((*only).clone()),
            (None, [only], Some(name)) => Ok(Guess {
                environment: name.to_owned(),
                ..(*only).clone()
            }),
            (None, [], _) => Err(self.no_such(service)),
            (None, several, _) => {
                let known: Vec<&str> = several.iter().map(|g| g.environment.as_str()).collect();
                let text = format!("{service} is in several namespaces");
                Err(Notice::new(NoticeKind::Usage, text)
                    .hint(format!("name one with -e: {}", known.join(", "))))
            }
        }
    }

    fn no_such(&self, service: &str) -> Notice {
        let mut notice = self.nothing();
        notice.summary = format!("{} shows no service `{service}`", self.place());
        notice
    }

    fn nothing(&self) -> Notice {
        let mut notice = Notice::new(
            NoticeKind::Config,
            format!("there is no config, and {} shows no Deployment to guess from", self.place()),
        )
        .hint("look elsewhere with -n or -A, or write a config; to look around without a cluster: flightdeck demo");
        notice.chain.clone_from(&self.guessed.left_out);
        let services = self.guessed.services.iter();
        notice.chain.extend(services.map(|guess| {
            format!(
                "{}/{}: {}",
                guess.namespace,
                guess.service,
                guess.layout.word()
            )
        }));
        notice
    }
}

/// Neither config nor kubeconfig: both searches are told.
fn no_login(error: &WireError, nowhere: &ConfigError) -> Notice {
    let mut notice = Notice::from(error);
    match error {
        WireError::NoKubeconfig(_) => {
            notice.chain.push(notice.summary.clone());
            notice.summary = nowhere.to_string();
            notice
                .hint("point KUBECONFIG at a cluster; to look around without one: flightdeck demo")
        }
        WireError::Kubeconfig(..)
        | WireError::NoCurrentContext
        | WireError::NoContext { .. }
        | WireError::Context(..)
        | WireError::Client(_)
        | WireError::Http(_) => {
            notice.chain.insert(0, nowhere.to_string());
            notice
        }
    }
}
