//! A person's word that a release is good: so a record begins on a service that was there before it.

use super::ledger::Ledger;
use super::plan::RecordChange;
use super::refusal::{Reason, Refusal};
use crate::domain::history;
use crate::domain::record::{Ended, Release};
use crate::domain::rollout::TrackState;

/// What the record is told.
pub(super) struct Declared {
    pub(super) tag: String,
    pub(super) change: RecordChange,
    pub(super) warnings: Vec<String>,
}

/// The release of that name, or what serves, is good.
pub(super) fn good(
    ledger: Ledger<'_>,
    serves: &TrackState,
    name: Option<&str>,
) -> Result<Declared, Refusal> {
    let known = match name {
        Some(name) => ledger
            .record
            .and_then(|record| history::named(record, name)),
        None => ledger.release_of(&serves.image),
    };
    let mut change = RecordChange::default();
    let (revision, tag, warnings) = match known {
        Some(release) if release.good.is_some() => {
            return Err(Refusal::new(
                Reason::NothingToDo,
                format!("{} is marked good already", release.tag()),
            ));
        }
        Some(release) => (
            release.revision,
            release.tag().to_owned(),
            ended_badly(release),
        ),
        None if name.is_none_or(|name| name == serves.tag()) => {
            let release = entered(ledger, serves);
            let found = (release.revision, release.tag().to_owned(), Vec::new());
            change.release = Some(release);
            found
        }
        None => return Err(unknown(name.unwrap_or_default(), serves.tag())),
    };
    change.good = Some((revision, ledger.request.reason.clone()));
    Ok(Declared {
        tag,
        change,
        warnings,
    })
}

fn ended_badly(release: &Release) -> Vec<String> {
    if matches!(release.ended, Ended::RolledBack | Ended::Aborted) {
        let ended = release.ended.word().replace('_', " ");
        vec![format!("{} ended as {ended}", release.tag())]
    } else {
        Vec::new()
    }
}

/// What serves, as a release that the record did not know.
fn entered(ledger: Ledger<'_>, serves: &TrackState) -> Release {
    let mut release = ledger.enter(&serves.image, Ended::Promoted);
    release.digest.clone_from(&serves.digest);
    release.templates = serves
        .hash
        .iter()
        .map(|hash| (serves.deployment.clone(), hash.clone()))
        .collect();
    release
}

fn unknown(name: &str, serves: &str) -> Refusal {
    Refusal::new(
        Reason::UnknownRelease,
        format!("no release `{name}` is known"),
    )
    .hint(format!(
        "name a tag or a revision of the record, or {serves}, which serves"
    ))
}
