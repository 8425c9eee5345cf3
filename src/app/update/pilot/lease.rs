//! The pilot is let in and out, and keeps its Lease.

use super::held;
use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::app::pilot;
use crate::app::proof::Attention;
use crate::app::screen::{Level, Overlay};
use crate::domain::event::NoteKind;
use crate::domain::ids::RequestId;
use crate::domain::notice::Notice;
use crate::domain::pilot::LeaseAnswer;
use crate::domain::text::Text;
use crate::strategy::pilot::{Held, Wish};

/// The pilot of this process is to do so from now on.
pub(in crate::app::update) fn wish(model: &mut Model, wish: Wish) -> Vec<Effect> {
    model.ui.overlay = Overlay::None;
    let is_on = matches!(wish, Wish::Drive | Wish::TakeOver);
    if is_on && let Some(refusal) = pilot::refuses(model) {
        model.say(Level::Warn, format!("pilot: {}", refusal.text));
        return Vec::new();
    }
    if is_on && model.attention == Attention::Glancing {
        return Vec::new();
    }
    if is_on && !model.pilot.is_on() {
        model.pilot.me = name(model);
    }
    let was_on = model.pilot.is_on();
    model.pilot.wish = wish;
    if was_on != is_on {
        model.pilot.decision = None;
        let line = if is_on {
            "the pilot is on here"
        } else {
            "the pilot is off here"
        };
        model.log.push(model.now, NoteKind::Pilot, line);
    }
    Vec::new()
}

/// A name like no other's: who it is, and which run of the program.
fn name(model: &Model) -> Text {
    Text::new(format!("{} #{}", model.actor.who.line(), model.ids.run))
}

/// Sends the write of the Lease that is due.
pub(super) fn keep(model: &mut Model) -> Vec<Effect> {
    let now = model.now;
    if model.pilot.wish == Wish::Know {
        return Vec::new();
    }
    if held(model) != Held::Here && model.pilot.wish == Wish::GiveBack {
        model.pilot.wish = Wish::Know;
        return Vec::new();
    }
    let is_acting = model.running().is_some();
    let is_asked = pilot::asked_to_hand_over(model).is_some();
    let pilot = &mut model.pilot;
    // A plan in hand, a person's too, comes to its end first: the Lease is given back at its end only.
    let wish = match pilot.wish {
        Wish::GiveBack if is_acting => Wish::Drive,
        Wish::Drive | Wish::TakeOver if is_asked && !is_acting => Wish::GiveBack,
        wish @ (Wish::Know | Wish::Drive | Wish::TakeOver | Wish::GiveBack) => wish,
    };
    let me = pilot.me.clone();
    let Some(write) = pilot.lease.due(&me, wish, now) else {
        return Vec::new();
    };
    let id = model.ids.request();
    model.pilot.lease_request = Some(id);
    vec![Effect::WriteLease(id, write)]
}

/// The Lease was written, or could not be.
pub(in crate::app::update) fn lease_written(
    model: &mut Model,
    id: RequestId,
    result: Result<LeaseAnswer, Notice>,
) -> Vec<Effect> {
    let now = model.now;
    if model.pilot.lease_request != Some(id) {
        return Vec::new();
    }
    model.pilot.lease_request = None;
    match result {
        Ok(answer) => {
            model.pilot.lease_fault = None;
            model.pilot.lease.answered(answer, now);
        }
        Err(notice) => {
            let fault = format!("the Lease cannot be written: {}", notice.summary);
            if model.pilot.lease_fault.as_ref() != Some(&fault) {
                model.log.push(now, NoteKind::Pilot, fault.as_str());
            }
            model.pilot.lease_fault = Some(fault);
            model.pilot.lease.failed(now);
        }
    }
    Vec::new()
}
