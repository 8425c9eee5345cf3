//! One reading with one question to it: what every plan is made from.

use super::read::read;
use super::state::State;
use crate::domain::cluster::Snapshot;
use crate::domain::policy::{Policy, RollingPolicy};
use crate::domain::record::Record;
use crate::domain::rollout::Rollout;
use crate::strategy::earlier::Earlier;
use crate::strategy::ledger::Ledger;
use crate::strategy::refusal::{Reason, Refusal};
use crate::strategy::request::Request;
use crate::strategy::side::side;

/// What a plan is made from.
pub(super) struct Situation<'a> {
    pub(super) request: &'a Request,
    pub(super) seen: &'a Snapshot,
    pub(super) policy: &'a Policy,
    pub(super) own: &'a RollingPolicy,
    pub(super) rollout: Rollout,
    pub(super) state: State<'a>,
}

impl<'a> Situation<'a> {
    pub(super) fn new(
        request: &'a Request,
        seen: &'a Snapshot,
        policy: &'a Policy,
        own: &'a RollingPolicy,
    ) -> Result<Self, Refusal> {
        let side = side(seen, &own.deployment, &own.container).map_err(|what| {
            Refusal::new(Reason::MissingObject, what)
                .hint("name the Deployment and its container in the config")
        })?;
        Ok(Self {
            request,
            seen,
            policy,
            own,
            rollout: read(seen, own),
            state: State::of(seen, side),
        })
    }

    /// The record, where it could be read.
    pub(super) fn record(&self) -> Option<&'a Record> {
        self.seen.record.record()
    }

    /// What plans say to the record.
    pub(super) fn ledger(&self) -> Ledger<'a> {
        Ledger {
            record: self.record(),
            request: self.request,
        }
    }

    /// What the Deployment ran before.
    pub(super) fn earlier(&self) -> Earlier<'_, 'a> {
        Earlier {
            seen: self.seen,
            side: &self.state.side,
            record: self.record(),
        }
    }

    /// The Deployment's name.
    pub(super) fn name(&self) -> &'a str {
        &self.state.side.deployment.name
    }

    /// What people call the version of the present template.
    pub(super) fn tag(&self) -> &str {
        self.state.side.image.label()
    }

    /// Pods that are wanted.
    pub(super) fn replicas(&self) -> u32 {
        self.state.side.deployment.replicas
    }
}
