//! A person's word that a release is good: so a record begins on a service that was there before it.

use super::confirm::Risk;
use super::draft::Draft;
use super::releases;
use super::situation::{Situation, record_is_kept};
use crate::domain::history;
use crate::domain::record::{Ended, Release};
use crate::strategy::plan::Plan;
use crate::strategy::refusal::{Reason, Refusal};

pub(super) fn plan(at: &Situation<'_>, name: Option<&str>) -> Result<Plan, Refusal> {
    record_is_kept(at.seen)?;
    let mut draft = Draft::new(at);
    let (revision, tag) = match known(at, name) {
        Some(release) if release.good.is_some() => {
            return Err(Refusal::new(
                Reason::NothingToDo,
                format!("{} is marked good already", release.tag()),
            ));
        }
        Some(release) => {
            if matches!(release.ended, Ended::RolledBack | Ended::Aborted) {
                draft.warnings.push(format!(
                    "{} ended as {}",
                    release.tag(),
                    release.ended.word().replace('_', " ")
                ));
            }
            (release.revision, release.tag().to_owned())
        }
        None if name.is_none_or(|name| name == at.stable_tag()) => {
            let release = running(at);
            let found = (release.revision, release.tag().to_owned());
            draft.record.release = Some(release);
            found
        }
        None => return Err(unknown(at, name.unwrap_or_default())),
    };
    draft.record.good = Some((revision, at.request.reason.clone()));
    let expected = format!("{tag} is what a later roll back goes to");
    Ok(draft.done(format!("declare {tag} good"), expected, Risk::Word))
}

fn known<'a>(at: &Situation<'a>, name: Option<&str>) -> Option<&'a Release> {
    match name {
        Some(name) => history::named(at.record()?, name),
        None => at.release_of(&at.stable.image),
    }
}

/// What stable runs, as a release that the record did not know.
fn running(at: &Situation<'_>) -> Release {
    let stable = at.rollout.stable.as_ref();
    let mut release = releases::new(at, &at.stable.image, Ended::Promoted);
    release.digest = stable.and_then(|stable| stable.digest.clone());
    release.templates = stable
        .and_then(|stable| Some((stable.deployment.clone(), stable.hash.clone()?)))
        .into_iter()
        .collect();
    release
}

fn unknown(at: &Situation<'_>, name: &str) -> Refusal {
    Refusal::new(
        Reason::UnknownRelease,
        format!("no release `{name}` is known"),
    )
    .hint(format!(
        "name a tag or a revision of the record, or {}, which serves",
        at.stable_tag()
    ))
}
