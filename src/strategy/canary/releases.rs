//! What plans say to the record about releases.

use super::draft::Draft;
use super::situation::Situation;
use super::trial::Trial;
use crate::domain::artifact::Image;
use crate::domain::record::Ended;
use crate::strategy::plan::Began;
use crate::strategy::side::Side;

/// A release begins: it stands on top, and what stable runs now is kept.
pub(super) fn begins(draft: &mut Draft<'_, '_>, image: &Image) {
    let at = draft.at;
    draft.record.release = Some(at.ledger().enter(image, Ended::Running));
    draft.record.began = Some(began(at));
}

/// The candidate goes on. One that the record does not know begins there now; a promote against the verdict is noted.
pub(super) fn goes_on(draft: &mut Draft<'_, '_>, canary: &Side<'_>) {
    let at = draft.at;
    let ledger = at.ledger();
    if ledger.release_of(&canary.image).is_none() {
        draft.record.release = Some(ledger.enter(&canary.image, Ended::Running));
        // What stable ran before can only be told while it still does.
        draft.record.began = Some(began(at)).filter(|_| at.trial != Trial::Finishing);
    }
    if let Some(sentence) = &at.request.against_verdict {
        let text = format!("promoted against the verdict: {sentence}");
        let revision = ledger.revision(&canary.image);
        draft.record.notes.push((revision, text));
    }
}

fn began(at: &Situation<'_>) -> Began {
    Began {
        base: at.base,
        stable: at.stable.version(at.seen),
    }
}
