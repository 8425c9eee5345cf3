//! A remark on the release under way, else on the one that serves.

use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::app::proof::Remark;
use crate::domain::amendment::{Adds, Amended, Amendment};
use crate::domain::ids::RequestId;
use crate::domain::notice::{Notice, NoticeKind};
use crate::domain::record::{Note, Release};
use crate::domain::text::Text;

/// Longest remark, in bytes.
const MOST_BYTES: usize = 4096;

/// Adds the remark, where there is a release to add it to.
pub(super) fn add(model: &mut Model, text: &str) -> Vec<Effect> {
    let (revision, tag) = match addressed(model, text) {
        Ok(release) => (release.revision, release.tag().to_owned()),
        Err(notice) => {
            model.remark = Remark::Failed(notice);
            return Vec::new();
        }
    };
    let id = model.ids.request();
    model.remark = Remark::Asked(id, tag);
    let note = Note {
        at: model.now,
        by: Text::new(model.actor.who.line()),
        text: Text::from(text),
    };
    let adds = Adds::Note(note);
    vec![Effect::Amend(id, Amendment { revision, adds })]
}

fn addressed<'m>(model: &'m Model, text: &str) -> Result<&'m Release, Notice> {
    if model.settings.read_only {
        let text = "the program runs read-only, no remark is written";
        return Err(Notice::new(NoticeKind::Refused, text).hint("start it without `--read-only`"));
    }
    if text.trim().is_empty() || text.len() > MOST_BYTES {
        let text = format!(
            "a remark has 1 to {MOST_BYTES} bytes; this one has {}",
            text.trim().len()
        );
        return Err(Notice::new(NoticeKind::Usage, text));
    }
    let record = model
        .feeds
        .cluster
        .value
        .as_ref()
        .and_then(|snapshot| snapshot.record.record());
    let rollout = model.reading.rollout.as_ref();
    let track = rollout.and_then(|rollout| rollout.candidate.as_ref().or(rollout.stable.as_ref()));
    let release = record
        .zip(track)
        .and_then(|(record, track)| record.release_of(&track.image));
    release.ok_or_else(|| {
        Notice::new(
            NoticeKind::Refused,
            format!(
                "the record of {} does not know what runs there",
                model.target
            ),
        )
        .hint("a record begins with a deploy, or with: flightdeck good SERVICE -e ENV")
    })
}

/// The remark was written, or could not be.
pub(super) fn added(model: &mut Model, id: RequestId, result: Result<Amended, Notice>) {
    let Remark::Asked(asked, tag) = &model.remark else {
        return;
    };
    if *asked != id {
        return;
    }
    model.remark = match result {
        Ok(Amended::Written) => Remark::Written(tag.clone()),
        Ok(Amended::MarkedBy(by)) => {
            Remark::Failed(Notice::new(NoticeKind::Conflict, format!("marked by {by}")))
        }
        Ok(Amended::Moved(why)) => Remark::Failed(Notice::new(NoticeKind::Conflict, why)),
        Err(notice) => Remark::Failed(notice),
    };
}
