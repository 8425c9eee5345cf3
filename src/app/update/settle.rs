//! A rolling update that nobody waited for: whoever sees it complete says so in the record, once.

use super::good;
use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::app::proof::{Mark, Settling};
use crate::domain::amendment::{Adds, Amended, Amendment};
use crate::domain::event::NoteKind;
use crate::domain::ids::RequestId;
use crate::domain::notice::Notice;
use crate::domain::policy::Strategy;
use crate::domain::record::Ended;
use crate::domain::rollout::Phase;
use crate::domain::text::Text;

/// Writes what is complete and not recorded as such.
pub(super) fn settle(model: &mut Model) -> Vec<Effect> {
    let Some((revision, tag)) = complete(model) else {
        model.reading.settling = None;
        return Vec::new();
    };
    let known = model.reading.settling.take();
    let mut settling = known
        .filter(|known| known.revision == revision)
        .unwrap_or(Settling {
            revision,
            tag,
            mark: Mark::Unwritten,
        });
    let mut effects = Vec::new();
    if settling.mark.is_due(model.now) && good::may_write(model) {
        let id = model.ids.request();
        settling.mark = Mark::Asked(id);
        let amendment = Amendment {
            revision,
            adds: Adds::Complete(model.now),
        };
        effects.push(Effect::Amend(id, amendment));
    }
    model.reading.settling = Some(settling);
    effects
}

/// The release that serves alone on a plain Deployment, which the record still has as running.
fn complete(model: &Model) -> Option<(u64, String)> {
    match model.environment()?.policy.strategy {
        Strategy::Rolling(_) => {}
        // A canary's release ends with a plan that was watched.
        Strategy::Canary(_) => return None,
    }
    let snapshot = model.feeds.cluster.live(model.now)?;
    let record = snapshot.record.record()?;
    let rollout = model.reading.rollout.as_ref()?;
    let is_calm =
        rollout.phase == Phase::Healthy && rollout.candidate.is_none() && record.current.is_none();
    let stable = rollout.stable.as_ref().filter(|_| is_calm)?;
    let release = record.release_of(&stable.image)?;
    let is_open = release.ended == Ended::Running;
    is_open.then(|| (release.revision, release.tag().to_owned()))
}

/// That was written, or could not be. `false`: the answer is not to this.
pub(super) fn settled(model: &mut Model, id: RequestId, result: &Result<Amended, Notice>) -> bool {
    let now = model.now;
    let settling = model.reading.settling.as_mut();
    let Some(settling) = settling.filter(|settling| settling.mark == Mark::Asked(id)) else {
        return false;
    };
    let failed = |why: &str| {
        let line = format!("that the rollout is complete could not be recorded: {why}");
        (Mark::Failed(now, Text::from(why)), Some(line))
    };
    let (mark, line) = match result {
        Ok(Amended::Written) => {
            let line = format!(
                "the rollout of {} is complete, and recorded so",
                settling.tag
            );
            (Mark::Written, Some(line))
        }
        // Another has seen it too.
        Ok(Amended::MarkedBy(_) | Amended::Moved(_)) => (Mark::Written, None),
        Err(notice) => failed(&notice.summary),
    };
    settling.mark = mark;
    if let Some(line) = line {
        model.log.push(now, NoteKind::Rollout, line);
    }
    true
}
