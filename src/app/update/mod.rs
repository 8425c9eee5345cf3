//! The one function that changes the model.
//!
//! One file per flow. No clock, no I/O: the time is the event's.

mod answers;
mod black_box;
mod canary;
mod changes;
mod charts;
mod ci_question;
mod clock;
mod cut_off;
mod drill;
mod feeds;
mod fleet;
mod good;
mod intents;
mod keys;
mod lists;
mod looks;
mod picking;
mod pilot;
mod pipeline;
mod plans;
mod pod_logs;
mod pointing;
mod question;
mod remark;
mod settle;
mod signals;
mod smoke;

use super::effect::Effect;
use super::event::{Event, Stamped};
use super::model::Model;
use super::screen::Level;
use jiff::SignedDuration;

/// Takes an event; returns what is to be done in the world.
pub fn update(model: &mut Model, stamped: Stamped) -> Vec<Effect> {
    model.now = model.now.max(stamped.at);
    let mut effects = match stamped.event {
        Event::Ticked => clock::tick(model),
        Event::KeyPressed(key) => keys::press(model, key),
        // A paste is never a decision: no field of this program wants one.
        Event::Pasted(_) => Vec::new(),
        Event::Resized(columns, rows) => {
            model.ui.size = (columns, rows);
            Vec::new()
        }
        Event::ScreenSpoilt => vec![Effect::Redraw],
        Event::Wanted(intent) => intents::carry(model, intent),
        Event::Source(news) => {
            let mut effects = feeds::take(model, news);
            effects.extend(good::prove(model));
            effects.extend(canary::keep(model));
            effects.extend(settle::settle(model));
            effects.extend(cut_off::watch(model));
            effects.extend(changes::follow(model));
            effects
        }
        Event::Effect(answer) => match fleet::answered(model, answer) {
            Ok(effects) => effects,
            Err(answer) => answers::take(model, *answer),
        },
    };
    effects.extend(pilot::fly(model));
    drill::follow(model);
    looks::hold(model);
    effects
}

/// What is to be done in the world before the program ends.
pub fn farewell(model: &mut Model) -> Vec<Effect> {
    let mut effects = fleet::each_parked(model, black_box::farewell);
    effects.extend(black_box::farewell(model));
    effects.extend(pilot::farewell(model));
    effects
}

/// Says one line for as long as its level asks for.
fn toast(model: &mut Model, level: Level, text: impl Into<String>) {
    model.say(level, text);
}

/// Whether `earlier` lies less than `milliseconds` before now.
fn within(model: &Model, earlier: jiff::Timestamp, milliseconds: i64) -> bool {
    model.now.duration_since(earlier) < SignedDuration::from_millis(milliseconds)
}
