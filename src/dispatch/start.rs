//! Where everything starts: a config or a guess, the environment that is meant, and what is wrong where neither works.

use super::{Stop, overrides};
use crate::cli::globals::Globals;
use crate::cli::target::{Named, TargetFault};
use crate::cli::{ConfigCommand, Doctor};
use crate::config::access::{Access, Purpose, needed};
use crate::config::layer::Layered;
use crate::config::places::{self, ConfigError};
use crate::config::settings::Settings;
use crate::domain::ids::Target;
use crate::domain::notice::{Notice, NoticeKind};
use crate::headless::config::InitError;
use crate::headless::doctor::Patient;
use crate::headless::output::Output;
use crate::headless::role::{self, Subject};
use crate::headless::under_way::{self, Meant};
use crate::headless::{checklist, config, doctor, trouble};
use crate::runtime::cockpit::On;
use crate::runtime::guess::{self, Looked, Wish};
use crate::runtime::wire;
use crate::sources::cluster::access;
use crate::sources::cluster::guess::Scope;
use std::ops::ControlFlow;

/// The config; where there is none, what the cluster suggests, and standard error says so.
pub(super) async fn layered(globals: &Globals, output: &mut Output<'_>) -> Result<Layered, Stop> {
    let nowhere = match written(globals)? {
        Ok(layered) => return Ok(layered),
        Err(nowhere) => nowhere,
    };
    let looked = guess::look(&wish(globals), &nowhere).await?;
    let layered = looked.settings(&overrides(globals))?;
    output.notice(&format!("no config: guessed from {}", looked.place()))?;
    if let [first, others @ ..] = looked.guessed.left_out.as_slice() {
        let more = match others.len() {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        output.notice(&format!("not shown without a config: {first}{more}"))?;
    }
    Ok(layered)
}

/// The config that is written; the inner error: there is none.
fn written(globals: &Globals) -> Result<Result<Layered, ConfigError>, Stop> {
    match places::load(globals.config.as_deref(), &overrides(globals)) {
        Err(nowhere @ ConfigError::Nowhere(_)) => Ok(Err(nowhere)),
        Err(error) => Err(trouble::config(&error).into()),
        Ok(layered) if scope(globals).is_none() => Ok(Ok(layered)),
        Ok(layered) => {
            let path = layered.settings.origin.path().display();
            let text =
                format!("-n and -A are for looking without a config, and there is one: {path}");
            Err(Notice::new(NoticeKind::Usage, text)
                .hint("name a service and, with -e, its environment")
                .into())
        }
    }
}

fn wish(globals: &Globals) -> Wish {
    Wish {
        context: globals.context.clone(),
        scope: scope(globals),
    }
}

fn scope(globals: &Globals) -> Option<Scope> {
    match (&globals.namespace, globals.all_namespaces) {
        (_, true) => Some(Scope::Everywhere),
        (Some(namespace), false) => Some(Scope::Namespace(namespace.clone())),
        (None, false) => None,
    }
}

/// What the cockpit opens on: the environment named, the only one, or the one with a release under way; where nothing is named
/// and there are several services, all.
pub(super) async fn meant(
    settings: &Settings,
    named: &Named,
    output: &mut Output<'_>,
) -> Result<ControlFlow<u8, On>, Stop> {
    if named.names_nothing() && settings.services.len() > 1 {
        return Ok(ControlFlow::Continue(On::Fleet));
    }
    let several = match named.target(settings) {
        Ok(target) => return Ok(ControlFlow::Continue(On::Service(target))),
        Err(TargetFault::WhichEnvironment { .. }) => named
            .targets(settings)
            .map_err(|fault| trouble::target(&fault))?,
        Err(fault) => return Err(trouble::target(&fault).into()),
    };
    match under_way::meant(settings, &several).await? {
        Meant::One(target, tag) => {
            output.notice(&format!("{}: {tag} is under way there", target.environment))?;
            Ok(ControlFlow::Continue(On::Service(target)))
        }
        Meant::Signal(code) => Ok(ControlFlow::Break(code)),
    }
}

/// The environment that is named, else that of the last gate.
pub(super) fn last_gate(settings: &Settings, named: &Named) -> Result<Target, Stop> {
    match named.target(settings) {
        Err(fault @ TargetFault::WhichEnvironment { .. }) => {
            let service = named.service(settings).ok();
            let last = service.and_then(checklist::last);
            last.ok_or_else(|| trouble::target(&fault).into())
        }
        Err(fault) => Err(trouble::target(&fault).into()),
        Ok(target) => Ok(target),
    }
}

/// `config …`.
pub(super) async fn configured(
    globals: &Globals,
    command: &ConfigCommand,
    output: &mut Output<'_>,
) -> Result<u8, Stop> {
    let read = || written(globals)?.map_err(|nowhere| Stop::from(trouble::config(&nowhere)));
    match command {
        ConfigCommand::Print => Ok(config::print(&read()?, output)?),
        ConfigCommand::Check => Ok(config::check(&read()?, output)?),
        ConfigCommand::Init(named) => init(globals, named, output).await,
    }
}

async fn init(globals: &Globals, named: &Named, output: &mut Output<'_>) -> Result<u8, Stop> {
    let path = match &globals.config {
        Some(path) => path.clone(),
        None => places::usual().ok_or_else(|| trouble::config(&ConfigError::Homeless))?,
    };
    // Before the cluster is asked for anything.
    if path.exists() {
        return Err(not_written(InitError::There(path)));
    }
    let looked = guess::look(&wish(globals), &ConfigError::Nowhere(vec![path.clone()])).await?;
    let service = service(&looked, named)?;
    let environment = named.environment.as_deref().filter(|name| !name.is_empty());
    let guess = looked.of(&service, environment)?;
    config::init(&path, &guess, output).map_err(not_written)
}

fn service(looked: &Looked, named: &Named) -> Result<String, Notice> {
    if let Some(name) = named.service.as_ref().filter(|name| !name.is_empty()) {
        return Ok(name.clone());
    }
    let mut services: Vec<&str> = looked
        .guessed
        .services
        .iter()
        .map(|guess| guess.service.as_str())
        .collect();
    services.dedup();
    match services.as_slice() {
        [only] => Ok((*only).to_owned()),
        several => {
            let text = format!(
                "no service is named; {} shows {}",
                looked.place(),
                several.join(", ")
            );
            Err(Notice::new(NoticeKind::Usage, text))
        }
    }
}

fn not_written(error: InitError) -> Stop {
    match error {
        InitError::Output(error) => error.into(),
        InitError::There(_) => Notice::new(NoticeKind::Refused, error.to_string())
            .hint("see what it says with: flightdeck config print")
            .into(),
        InitError::Unwritten(_, ref cause) => Notice::new(NoticeKind::Config, error.to_string())
            .caused_by(cause)
            .into(),
    }
}

/// `doctor`, and `doctor --role`.
pub(super) async fn doctor(
    globals: &Globals,
    wish: &Doctor,
    output: &mut Output<'_>,
) -> Result<u8, Stop> {
    let settings = match layered(globals, output).await {
        Ok(layered) => layered.settings,
        Err(Stop::Told(notice)) if !wish.role => {
            let patient = Patient {
                config: doctor::no_config(&notice),
                settings: None,
            };
            return Ok(doctor::run(patient, output).await?);
        }
        Err(stop) => return Err(stop),
    };
    if wish.role {
        return granted(&settings, wish, output).await;
    }
    let targets = wish
        .named
        .targets(&settings)
        .map_err(|fault| trouble::target(&fault))?;
    let patient = Patient {
        config: vec![doctor::config(&settings)],
        settings: Some((&settings, &targets)),
    };
    Ok(doctor::run(patient, output).await?)
}

async fn granted(settings: &Settings, wish: &Doctor, output: &mut Output<'_>) -> Result<u8, Stop> {
    let target = super::target(&wish.named, settings)?;
    let subject = match subject(wish)? {
        Some(subject) => subject,
        None => asking(settings, &target).await?,
    };
    let wanted: Vec<Access> = settings
        .environment(&target)
        .map(|environment| needed(environment, &target))
        .unwrap_or_default()
        .into_iter()
        .filter(|access| !(settings.read_only && access.purpose == Purpose::Acting))
        .collect();
    Ok(role::run(&target, &wanted, &subject, output)?)
}

fn subject(wish: &Doctor) -> Result<Option<Subject>, Notice> {
    if let Some(account) = &wish.serviceaccount {
        let subject = Subject::account(account).ok_or_else(|| {
            let text = format!("`{account}` is no service account: expected NAMESPACE:NAME");
            Notice::new(NoticeKind::Usage, text)
        })?;
        return Ok(Some(subject));
    }
    let user = wish.user.clone().map(Subject::User);
    Ok(user.or_else(|| wish.group.clone().map(Subject::Group)))
}

/// Who the cluster says is asking.
async fn asking(settings: &Settings, target: &Target) -> Result<Subject, Notice> {
    let unknown = |why: String| {
        Notice::new(
            NoticeKind::Usage,
            format!("who is to get the Role is not known: {why}"),
        )
        .hint("say it with --user, --group or --serviceaccount")
    };
    let environment = settings
        .environment(target)
        .ok_or_else(|| unknown(format!("there is no {target}")))?;
    let clients = wire::connect(settings, environment)
        .await
        .map_err(|error| unknown(error.to_string()))?;
    match access::identity(&clients.calls).await {
        Ok(Some(user)) => Ok(Subject::of_identity(user.shown())),
        Ok(None) => Err(unknown("the cluster does not tell".to_owned())),
        Err(error) => Err(unknown(error.to_string())),
    }
}
