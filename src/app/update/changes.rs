//! What the candidate brings: the commits are asked for once, while they are looked at.

use super::{fleet, intents};
use crate::app::changes::{Changes, wanted};
use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::app::screen::Screen;
use crate::domain::ids::RequestId;
use crate::domain::notice::Notice;
use crate::domain::pipeline::Comparison;

/// To what the candidate of what is seen brings.
pub(super) fn go(model: &mut Model) -> Vec<Effect> {
    let mut effects = fleet::open_seen(model);
    intents::go(model, Screen::Changes);
    // Below the first heading.
    model.ui.list.at = 1;
    if matches!(model.changes.compared, Some(Err(_))) {
        // Who looks again wants to know anew.
        model.changes = Changes::default();
    }
    effects.extend(follow(model));
    effects
}

/// Asks for the commits of another pair of releases.
pub(super) fn follow(model: &mut Model) -> Vec<Effect> {
    if model.ui.screen != Screen::Changes {
        return Vec::new();
    }
    let Some(between) = wanted(model) else {
        return Vec::new();
    };
    if model.changes.between.as_ref() == Some(&between) {
        return Vec::new();
    }
    let id = model.ids.request();
    let (base, head) = between.clone();
    model.changes = Changes {
        between: Some(between),
        request: Some(id),
        compared: None,
    };
    vec![Effect::Compare(id, model.target.clone(), base, head)]
}

/// The commits came, or could not be told.
pub(super) fn compared(model: &mut Model, id: RequestId, result: Result<Comparison, Notice>) {
    if model.changes.awaits(id) {
        model.changes.request = None;
        model.changes.compared = Some(result);
    }
}
