//! Forgejo Actions: Gitea's paths with other objects, a true graph of jobs, and a way to cancel.

pub(super) mod decode;
pub(super) mod wire;

use super::gitea::{Flavour, provider};
use super::{Connection, Provider};
use crate::domain::pipeline::{Ability, Capabilities, Delivery};
use std::sync::Arc;

/// Said of what waits for a maintainer.
const APPROVED_ON_ITS_PAGE: &str =
    "Forgejo's API has no approvals; a run from a fork is approved on its page";

/// The provider of one repository at Forgejo.
pub(super) fn open(connection: Connection) -> Arc<dyn Provider> {
    provider(connection, Flavour::Forgejo)
}

/// What Forgejo can do.
pub(super) fn capabilities() -> Capabilities {
    Capabilities {
        provider: "Forgejo Actions".to_owned(),
        logs: Delivery::Live,
        approve: Ability::no(APPROVED_ON_ITS_PAGE),
        comment: Ability::no(APPROVED_ON_ITS_PAGE),
        rerun: Ability::Yes,
        rerun_failed: Ability::no(
            "Forgejo's API runs again a whole run or one job, not those that failed",
        ),
        rerun_job: Ability::Yes,
        cancel: Ability::Yes,
        tests: Ability::no("Forgejo does not tell test counts"),
        compare: Ability::Yes,
    }
}
