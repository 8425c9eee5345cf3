//! Which service in which environment: arguments, then the standard variables, then the only one there is.

use crate::config::fault::nearest;
use crate::config::settings::{Service, Settings};
use crate::domain::ids::Target;
use clap::Args;

/// `SERVICE -e ENV`.
#[derive(Clone, Debug, Default, Args)]
pub struct Named {
    /// The service; by default `$SERVICE_NAME`, else the only one
    #[arg(value_name = "SERVICE", env = "SERVICE_NAME", hide_env = true)]
    pub service: Option<String>,
    /// The environment; by default `$ENV`, else the only one
    #[arg(short, long = "env", value_name = "ENV", env = "ENV", hide_env = true)]
    pub environment: Option<String>,
}

/// Why no environment is meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetFault {
    /// The config has no service.
    #[error("the config names no service")]
    NoService,
    /// None is named and there are several.
    #[error("no service is named; there are {0}")]
    WhichService(String),
    /// There is none of that name.
    #[error("there is no service `{name}`; {hint}")]
    UnknownService {
        /// As named.
        name: String,
        /// What there is.
        hint: String,
    },
    /// None is named and there are several.
    #[error("no environment of {service} is named; name one with -e: {environments}")]
    WhichEnvironment {
        /// The service.
        service: String,
        /// Its environments.
        environments: String,
    },
    /// There is none of that name.
    #[error("{service} has no environment `{name}` (named by -e or $ENV); {hint}")]
    UnknownEnvironment {
        /// The service.
        service: String,
        /// As named.
        name: String,
        /// What there is.
        hint: String,
    },
}

impl Named {
    /// The one environment that is meant.
    pub fn target(&self, settings: &Settings) -> Result<Target, TargetFault> {
        let service = self.service(settings)?;
        let name = match self.environment() {
            Some(name) => environment(service, name)?,
            None => only(service)?,
        };
        Ok(Target::new(service.name.as_str(), name))
    }

    /// Whether neither a service nor an environment is named.
    pub fn names_nothing(&self) -> bool {
        self.given_service().is_none() && self.environment().is_none()
    }

    /// All that are meant: without a service all of them, without an environment all of a service's.
    pub fn targets(&self, settings: &Settings) -> Result<Vec<Target>, TargetFault> {
        if settings.services.is_empty() {
            return Err(TargetFault::NoService);
        }
        let services: Vec<&Service> = match self.given_service() {
            Some(_) => vec![self.service(settings)?],
            None => settings.services.iter().collect(),
        };
        let mut targets = Vec::new();
        for service in services {
            match self.environment() {
                Some(name) => targets.push(Target::new(
                    service.name.as_str(),
                    environment(service, name)?,
                )),
                None => targets.extend(all(service)),
            }
        }
        Ok(targets)
    }

    /// The service that is meant.
    pub fn service<'s>(&self, settings: &'s Settings) -> Result<&'s Service, TargetFault> {
        let names = || {
            settings
                .services
                .iter()
                .map(|service| service.name.as_str())
        };
        match (self.given_service(), settings.services.as_slice()) {
            (Some(name), services) => services
                .iter()
                .find(|service| service.name.as_str() == name)
                .ok_or_else(|| TargetFault::UnknownService {
                    name: name.to_owned(),
                    hint: meant(name, names()),
                }),
            (None, [service]) => Ok(service),
            (None, []) => Err(TargetFault::NoService),
            (None, _) => Err(TargetFault::WhichService(
                names().collect::<Vec<_>>().join(", "),
            )),
        }
    }

    fn given_service(&self) -> Option<&str> {
        self.service.as_deref().filter(|name| !name.is_empty())
    }

    fn environment(&self) -> Option<&str> {
        self.environment.as_deref().filter(|name| !name.is_empty())
    }
}

fn all(service: &Service) -> impl Iterator<Item = Target> + '_ {
    let name = service.name.as_str();
    service
        .environments
        .iter()
        .map(move |environment| Target::new(name, environment.name.as_str()))
}

fn names(service: &Service) -> impl Iterator<Item = &str> + Clone {
    service
        .environments
        .iter()
        .map(|environment| environment.name.as_str())
}

fn environment<'s>(service: &'s Service, name: &str) -> Result<&'s str, TargetFault> {
    let long = match name {
        "prod" => "production",
        "dev" => "development",
        other => other,
    };
    // A config may well call an environment `prod`: that one is meant then.
    let find = |wanted: &str| names(service).find(|known| *known == wanted);
    find(name)
        .or_else(|| find(long))
        .ok_or_else(|| TargetFault::UnknownEnvironment {
            service: service.name.to_string(),
            name: name.to_owned(),
            hint: meant(name, names(service)),
        })
}

fn only(service: &Service) -> Result<&str, TargetFault> {
    match service.environments.as_slice() {
        [environment] => Ok(environment.name.as_str()),
        _ => Err(TargetFault::WhichEnvironment {
            service: service.name.to_string(),
            environments: names(service).collect::<Vec<_>>().join(", "),
        }),
    }
}

fn meant<'n>(name: &str, known: impl Iterator<Item = &'n str> + Clone) -> String {
    match nearest(name, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", known.collect::<Vec<_>>().join(", ")),
    }
}
