//! What a checklist is made from: the environment that the release goes into, the one before it, and the pipeline.

use crate::app::model::Model;
use crate::config::settings::{Service, Settings};
use crate::domain::artifact::{Image, commit_in};
use crate::domain::ids::Target;
use crate::domain::notice::Notice;
use crate::domain::pipeline::Run;
use crate::domain::record::{Record, Release};
use crate::domain::rollout::TrackState;
use crate::headless::history;
use crate::headless::reading::{Look, look, look_closely, unread};
use std::io;

/// The environments of the last gate and of the one before it, by the names that people give them.
const LAST: &str = "production";
const BEFORE: &str = "staging";

/// What is known.
pub(super) struct Facts {
    pub(super) target: Target,
    /// What was read of the target; `None` where not even that began.
    pub(super) model: Option<Box<Model>>,
    /// Its record, of this machine where the cluster's could not be read.
    pub(super) record: Option<Record>,
    /// The environment before it, and its record.
    pub(super) before: Option<(Target, Option<Record>)>,
    /// Why something could not be read.
    pub(super) unread: Vec<String>,
}

/// What became of gathering.
pub(super) enum Gathered {
    Facts(Box<Facts>),
    Ended(u8),
}

/// The environment of the last gate: the one that is called so, else the last of the config.
pub fn last(service: &Service) -> Option<Target> {
    let all = &service.environments;
    let named = all.iter().find(|one| one.name.as_str() == LAST);
    let environment = named.or_else(|| all.last())?;
    Some(Target::new(
        service.name.as_str(),
        environment.name.as_str(),
    ))
}

/// The environment before it: the one that is called so, else the one that the config has before.
fn before(settings: &Settings, target: &Target) -> Option<Target> {
    let service = settings
        .services
        .iter()
        .find(|service| service.name == target.service)?;
    let all = &service.environments;
    let own = all.iter().position(|one| one.name == target.environment)?;
    let named = all.iter().find(|one| one.name.as_str() == BEFORE);
    let named = named.filter(|one| one.name != target.environment);
    let environment = named.or_else(|| all.get(own.checked_sub(1)?))?;
    Some(Target::new(
        service.name.as_str(),
        environment.name.as_str(),
    ))
}

pub(super) async fn gather(settings: &Settings, target: &Target) -> io::Result<Gathered> {
    let mut facts = Facts {
        target: target.clone(),
        model: None,
        record: None,
        before: None,
        unread: Vec::new(),
    };
    match look_closely(settings, target).await? {
        Ok(Look::Ended(code)) => return Ok(Gathered::Ended(code)),
        Ok(Look::Seen(model)) => {
            if model.reading.rollout.is_none() {
                facts.unread.push(unread(&model).summary);
            }
            let recorded = history::recorded(&model);
            facts.record = facts.taken(settings, target, recorded);
            facts.model = Some(model);
        }
        Err(notice) => facts.record = facts.taken(settings, target, Err(notice)),
    }
    if let Some(before) = before(settings, target) {
        let recorded = match look(settings, &before).await? {
            Ok(Look::Ended(code)) => return Ok(Gathered::Ended(code)),
            Ok(Look::Seen(model)) => history::recorded(&model),
            Err(notice) => Err(notice),
        };
        let record = facts.taken(settings, &before, recorded);
        facts.before = Some((before, record));
    }
    facts.unread.dedup();
    Ok(Gathered::Facts(Box::new(facts)))
}

impl Facts {
    /// The cluster's record, else this machine's.
    fn taken(
        &mut self,
        settings: &Settings,
        target: &Target,
        recorded: Result<Record, Notice>,
    ) -> Option<Record> {
        match recorded {
            Ok(record) => Some(record),
            Err(notice) => {
                self.unread.push(notice.summary);
                history::journaled(settings, target)
            }
        }
    }

    /// The side that runs the release: the candidate, else what serves.
    pub(super) fn side(&self) -> Option<&TrackState> {
        let rollout = self.model.as_ref()?.reading.rollout.as_ref()?;
        rollout.candidate.as_ref().or(rollout.stable.as_ref())
    }

    /// The image that is checked; where the cluster does not tell, the newest of the record.
    pub(super) fn image(&self) -> Option<&Image> {
        let newest = || Some(&self.record.as_ref()?.newest()?.image);
        self.side().map(|side| &side.image).or_else(newest)
    }

    /// What the record says of it.
    pub(super) fn release(&self) -> Option<&Release> {
        self.record.as_ref()?.release_of(self.image()?)
    }

    pub(super) fn digest(&self) -> Option<String> {
        let image = self.image()?.digest.clone();
        let live = || self.side().and_then(|side| side.digest.clone());
        let recorded = || self.release().and_then(|release| release.digest.clone());
        image.or_else(live).or_else(recorded)
    }

    /// The commit by the record, else by the tag.
    pub(super) fn commit(&self) -> Option<String> {
        let recorded = self.release().and_then(|release| release.commit.as_ref());
        let named = || commit_in(self.image()?.tag.as_deref()?).map(str::to_owned);
        recorded
            .map(|commit| commit.shown().to_owned())
            .or_else(named)
    }

    /// The run in view, where it made the release for certain.
    pub(super) fn run(&self) -> Option<&Run> {
        let pipeline = &self.model.as_ref()?.pipeline;
        let strip = pipeline.strip.as_ref()?;
        let made = strip.link.made_the_release() && !strip.link.is_likely();
        let runs = &pipeline.feed.value.as_ref()?.runs;
        runs.iter().find(|run| made && run.id == strip.run)
    }
}
