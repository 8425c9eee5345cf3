//! Staying until a release has earned the mark of a good one, or has not.

use crate::analysis::good::Proof;
use crate::app::model::Model;
use crate::app::proof::Mark;
use crate::domain::record::{Ended, Release};
use crate::strategy::plan::Plan;
use jiff::Timestamp;

/// How a release stands to the mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It may still earn it; what is missing.
    Waiting(String),
    /// The record bears it; what speaks for it.
    Good(String),
    /// It will not; why.
    NotGood(String),
}

/// The number of the release that a plan brings further.
pub fn revision(plan: &Plan, model: &Model) -> Option<u64> {
    let begun = plan.record.release.as_ref().map(|release| release.revision);
    begun.or_else(|| releases(model).map(|release| release.revision).max())
}

/// How the release stands now.
pub fn standing(model: &Model, revision: Option<u64>) -> Standing {
    let Some(release) = releases(model).find(|release| Some(release.revision) == revision) else {
        return Standing::Waiting("the record does not tell of it yet".to_owned());
    };
    let tag = release.tag();
    if let Some(mark) = &release.good {
        let evidence = mark.evidence.as_ref().or(mark.why.as_ref());
        return Standing::Good(evidence.map_or("", |text| text.shown()).to_owned());
    }
    match release.ended {
        Ended::RolledBack => Standing::NotGood(format!("{tag} was rolled back")),
        Ended::Aborted => Standing::NotGood(format!("{tag} was aborted")),
        Ended::Superseded => {
            Standing::NotGood(format!("{tag} was superseded before it was proved"))
        }
        Ended::Running | Ended::Promoted => on_trial(model, release),
    }
}

fn on_trial(model: &Model, release: &Release) -> Standing {
    let trial = model
        .reading
        .trial
        .as_ref()
        .filter(|trial| trial.proving.revision == release.revision);
    let Some(trial) = trial else {
        return Standing::Waiting(format!("{} does not take all traffic alone", release.tag()));
    };
    match (&trial.proof, &trial.mark) {
        (Proof::Earned { evidence }, Mark::Written) => Standing::Good(evidence.clone()),
        (Proof::Earned { .. }, Mark::Failed(_, why)) => {
            Standing::Waiting(format!("the mark could not be written: {why}"))
        }
        (Proof::Earned { .. }, Mark::Unwritten | Mark::Asked(_)) => {
            Standing::Waiting("the mark is being written".to_owned())
        }
        (Proof::Failed { why }, _) => Standing::NotGood(why.clone()),
        (Proof::Waiting { missing, until }, _) => {
            Standing::Waiting(waiting(missing, *until, model.now))
        }
    }
}

/// `in 12 s: 214 of 500 requests`.
fn waiting(missing: &str, until: Option<Timestamp>, now: Timestamp) -> String {
    match until.map(|until| until.duration_since(now).as_secs().max(1)) {
        Some(left) => format!("in {left} s: {missing}"),
        None => missing.to_owned(),
    }
}

fn releases(model: &Model) -> impl Iterator<Item = &Release> {
    let record = model
        .feeds
        .cluster
        .value
        .as_ref()
        .and_then(|snapshot| snapshot.record.record());
    record.into_iter().flat_map(|record| &record.releases)
}
