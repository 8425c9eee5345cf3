//! What a runbook is written from: the config, what the cluster shows, and the record, of this machine where need be.

use crate::app::model::Model;
use crate::config::settings::{Environment, Settings};
use crate::domain::artifact::Image;
use crate::domain::cluster::Route;
use crate::domain::history::rollback_target;
use crate::domain::ids::Target;
use crate::domain::notice::Notice;
use crate::domain::record::{Record, Release};
use crate::headless::history;
use crate::headless::json::{GoodStatus, ServiceStatus};
use crate::headless::reading::{Look, look_closely, unread};
use crate::runtime::clock;
use crate::runtime::edge::unknown;
use jiff::Timestamp;
use std::io;

/// What is known.
pub(super) struct Facts<'s> {
    pub(super) settings: &'s Settings,
    pub(super) target: &'s Target,
    pub(super) environment: &'s Environment,
    pub(super) now: Timestamp,
    /// What the cluster shows; `None` where it could not be read.
    pub(super) live: Option<ServiceStatus>,
    pub(super) route: Option<Route>,
    /// Where the record comes from, and what it says.
    pub(super) record: Option<(&'static str, Record)>,
    /// Why the cluster, or its record, could not be read.
    pub(super) without_cluster: Option<String>,
}

/// What became of gathering.
pub(super) enum Gathered<'s> {
    Facts(Box<Facts<'s>>),
    Ended(u8),
}

pub(super) async fn gather<'s>(
    settings: &'s Settings,
    target: &'s Target,
) -> io::Result<Result<Gathered<'s>, Notice>> {
    let Some(environment) = settings.environment(target) else {
        return Ok(Err(unknown(target)));
    };
    let mut facts = Facts {
        settings,
        target,
        environment,
        now: clock::now(),
        live: None,
        route: None,
        record: None,
        without_cluster: None,
    };
    match look_closely(settings, target).await? {
        Ok(Look::Seen(model)) => facts.take(&model),
        Ok(Look::Ended(code)) => return Ok(Ok(Gathered::Ended(code))),
        Err(notice) => facts.without_cluster = Some(notice.summary),
    }
    if facts.record.is_none() {
        let journaled = history::journaled(settings, target);
        facts.record = journaled.map(|record| ("journal", record));
    }
    Ok(Ok(Gathered::Facts(Box::new(facts))))
}

impl Facts<'_> {
    fn take(&mut self, model: &Model) {
        if model.reading.rollout.is_none() {
            self.without_cluster = Some(unread(model).summary);
            return;
        }
        self.live = Some(ServiceStatus::of(model));
        let snapshot = model.feeds.cluster.value.as_ref();
        self.route = snapshot.and_then(|snapshot| snapshot.route.clone());
        match history::recorded(model) {
            Ok(record) => self.record = Some(("cluster", record)),
            Err(notice) => self.without_cluster = Some(notice.summary),
        }
    }

    /// The record, wherever it comes from.
    pub(super) fn record(&self) -> Option<&Record> {
        self.record.as_ref().map(|(_, record)| record)
    }

    /// The release that a roll back goes to: the cluster's answer, else what the record says of what it saw run last.
    pub(super) fn last_known_good(&self) -> Option<&Release> {
        let record = self.record()?;
        let running = match &self.live {
            Some(live) => {
                let side = live.candidate.as_ref().or(live.stable.as_ref())?;
                Image::parse(&side.image).ok()?
            }
            None => record.newest()?.image.clone(),
        };
        rollback_target(record, &running)
    }

    /// The same for the document.
    pub(super) fn last_good(&self) -> Option<GoodStatus> {
        self.last_known_good().map(GoodStatus::of)
    }

    /// `SERVICE -e ENV`.
    pub(super) fn named(&self) -> String {
        format!("{} -e {}", self.target.service, self.target.environment)
    }
}
