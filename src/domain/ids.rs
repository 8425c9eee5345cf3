//! Names and numbers that must not be mixed up, each a type of its own.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! name {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $type(String);

        impl $type {
            /// Takes the name as it stands in the config, on the command line or in the cluster.
            pub fn new(name: impl Into<String>) -> Self {
                Self(name.into())
            }

            /// The name as received.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// One API with its environments, as named in the config.
    ServiceName
}
name! {
    /// Staging, production: as named in the config.
    EnvironmentName
}
name! {
    /// Marks everything one plan wrote: the claim in the record, the annotation on workloads, the journal's lines.
    PlanId
}

/// The label of what is kept in the cluster about a service, records and Leases; its value is the service's name.
pub const SERVICE_LABEL: &str = "flightdeck.dev/service";

/// A service in one of its environments: what is watched and acted on.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Target {
    /// The service.
    pub service: ServiceName,
    /// The environment.
    pub environment: EnvironmentName,
}

impl Target {
    /// Pairs a service with an environment.
    pub fn new(service: impl Into<String>, environment: impl Into<String>) -> Self {
        Self {
            service: ServiceName::new(service),
            environment: EnvironmentName::new(environment),
        }
    }

    /// Name of the record's ConfigMap, of the Lease and of the local journal: `flightdeck-SERVICE-ENVIRONMENT`.
    pub fn record_name(&self) -> String {
        format!("flightdeck-{}-{}", self.service, self.environment)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.service, self.environment)
    }
}

/// Number of an effect in flight; the answer bears the same number, late answers to dropped questions are dropped.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct RequestId(pub u64);
