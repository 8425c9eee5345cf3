//! Time going on: what was fresh goes stale, what was said goes away.

use super::feeds::judge;
use super::{black_box, fleet, good, settle};
use crate::app::effect::Effect;
use crate::app::model::Model;

pub(super) fn tick(model: &mut Model) -> Vec<Effect> {
    let now = model.now;
    model.ui.toast.take_if(|toast| toast.until <= now);
    judge(model);
    let mut effects = good::prove(model);
    effects.extend(settle::settle(model));
    effects.extend(black_box::keep(model));
    effects.extend(fleet::each_parked(model, black_box::keep));
    effects
}
