//! What is written into the record beside any plan: a mark that was earned, a remark.
//!
//! Invariants: a mark that is there is never overwritten; nothing is marked while a plan is under way; remarks are only
//! added.

use crate::domain::record::{Ended, Good, Note, Record};
use crate::domain::text::Text;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A change of one release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amendment {
    /// The release's number.
    pub revision: u64,
    /// What is added to it.
    pub adds: Adds,
}

/// What is added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Adds {
    /// The mark.
    Good(Good),
    /// A remark.
    Note(Note),
    /// What its canary is judged by.
    Watched(serde_json::Value),
    /// Its rollout, which nobody waited for, is complete: it serves alone since then.
    Complete(Timestamp),
}

/// What became of an amendment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Amended {
    /// The record bears it, or what was fixed before it.
    Written,
    /// Somebody else's mark was there already.
    MarkedBy(Text),
    /// The release is not as it was when this was decided.
    Moved(String),
}

/// Folds an amendment into the record as it stands now; only [`Amended::Written`] may have changed it.
pub fn amend(record: &mut Record, amendment: &Amendment) -> Amended {
    let under_way = record
        .current
        .as_ref()
        .map(|claim| claim.title.shown().to_owned());
    let found = record
        .releases
        .iter_mut()
        .find(|release| release.revision == amendment.revision);
    let Some(release) = found else {
        return Amended::Moved(format!("the record has no release {}", amendment.revision));
    };
    match &amendment.adds {
        Adds::Note(note) => release.notes.push(note.clone()),
        Adds::Watched(fixed) => {
            if let Some(title) = under_way {
                return Amended::Moved(format!("\"{title}\" is under way"));
            }
            // Whoever fixed it first has fixed it.
            let known = record.watched.as_ref();
            if known.is_none_or(|known| known["revision"] != fixed["revision"]) {
                record.watched = Some(fixed.clone());
            }
        }
        Adds::Good(_) if release.good.is_some() => {
            let by = release.good.as_ref().map(|mark| mark.by.clone());
            return Amended::MarkedBy(by.unwrap_or_default());
        }
        Adds::Good(_) if !matches!(release.ended, Ended::Running | Ended::Promoted) => {
            return Amended::Moved(format!("{} does not serve any more", release.image.label()));
        }
        Adds::Complete(_) if release.ended != Ended::Running => {
            return Amended::Moved(format!("{} has ended already", release.image.label()));
        }
        Adds::Complete(_) | Adds::Good(_) if under_way.is_some() => {
            let title = under_way.unwrap_or_default();
            return Amended::Moved(format!("\"{title}\" is under way"));
        }
        Adds::Complete(since) => {
            release.ended = Ended::Promoted;
            release.alone_since = Some(*since);
        }
        Adds::Good(good) => release.good = Some(good.clone()),
    }
    Amended::Written
}
