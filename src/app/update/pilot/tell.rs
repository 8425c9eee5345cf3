//! What the pilot came to, told: in the log, the black box, the record, and to people who are not looking.

use super::{black_box, held};
use crate::analysis::black_box::Seen;
use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::app::screen::Level;
use crate::domain::event::NoteKind;
use crate::domain::ids::RequestId;
use crate::domain::notice::Notice;
use crate::domain::notification::Notification;
use crate::domain::pilot::PilotNote;
use crate::domain::text::Text;
use crate::strategy::pilot::{Decision, Held, Topic};

/// Tells a decision that is not the one before.
pub(super) fn tell(model: &mut Model, decision: &Decision) -> Vec<Effect> {
    let before = model.pilot.decision.replace(decision.clone());
    if before
        .as_ref()
        .is_some_and(|before| before.goes_on_as(decision))
    {
        return Vec::new();
    }
    if let Decision::StandStill(Topic::Start, _) = decision {
        return Vec::new();
    }
    let sentence = decision.sentence();
    let line = format!("the pilot {sentence}");
    model.log.push(model.now, NoteKind::Pilot, line.as_str());
    black_box::event(model, Seen::Plan(line.clone()));
    want_note(model, decision, sentence.as_str());
    if decision.wants_a_person() {
        model.say(Level::Warn, line.clone());
    }
    let is_loud = decision.wants_a_person() || matches!(decision, Decision::RollBack(_));
    if is_loud {
        send(model, decision.word(), &line)
    } else {
        Vec::new()
    }
}

fn want_note(model: &mut Model, decision: &Decision, sentence: &str) {
    let Some(lease) = model
        .pilot
        .lease
        .lease()
        .filter(|_| held(model) == Held::Here)
    else {
        return;
    };
    model.pilot.note.wanted = Some(PilotNote {
        who: model.pilot.me.clone(),
        drives: true,
        since: lease.since.unwrap_or(model.now),
        doing: decision.word().to_owned(),
        text: Text::from(sentence),
        at: model.now,
    });
}

/// Writes the note while nothing else of the pilot is on its way to the record.
pub(super) fn note(model: &mut Model) -> Vec<Effect> {
    let is_free = model.pilot.planning.is_none() && model.running().is_none();
    let is_raising = model
        .pilot
        .decision
        .as_ref()
        .is_some_and(|decision| decision.goal().is_some());
    let has_record = model
        .feeds
        .cluster
        .live(model.now)
        .is_some_and(|snapshot| snapshot.record.record().is_some());
    if !is_free || is_raising || !has_record || held(model) != Held::Here {
        return Vec::new();
    }
    let id = model.ids.request();
    let now = model.now;
    let note = model.pilot.note.due(id, now);
    note.map_or_else(Vec::new, |note| vec![Effect::NotePilot(id, note)])
}

/// The note was written, or could not be.
pub(in crate::app::update) fn noted(model: &mut Model, id: RequestId, result: &Result<(), Notice>) {
    let now = model.now;
    if model.pilot.note.answered(id, result.is_ok(), now)
        && let Err(notice) = result
    {
        let line = format!("the pilot's note is not in the record: {}", notice.summary);
        model.log.push(now, NoteKind::Pilot, line);
    }
}

/// Sends a message to people who are not looking, and rings.
pub(in crate::app::update) fn send(model: &mut Model, what: &str, text: &str) -> Vec<Effect> {
    let now = model.now;
    let notify = &model.settings.notify;
    let (has_webhook, has_bell) = (notify.webhook.is_some(), notify.bell);
    let rollout = model.reading.rollout.as_ref();
    let release =
        rollout.and_then(|rollout| rollout.candidate.as_ref().or(rollout.stable.as_ref()));
    let message = Notification {
        at: now,
        target: model.target.clone(),
        release: release.map(|track| track.tag().to_owned()),
        what: what.to_owned(),
        text: text.to_owned(),
        left_out: 0,
    };
    let mut effects = Vec::new();
    if has_webhook && let Some(message) = model.pilot.messenger.send(message) {
        effects.push(Effect::Notify(model.ids.request(), message));
    }
    if has_bell && model.pilot.messenger.rings(now) {
        effects.push(Effect::Ring);
    }
    effects
}

/// A message was sent, or could not be; the same failure is told once.
pub(in crate::app::update) fn notified(model: &mut Model, result: Result<(), Notice>) {
    let fault = result.err().map(|notice| {
        let chain = notice
            .chain
            .first()
            .map_or(String::new(), |why| format!(": {why}"));
        format!("a message could not be sent: {}{chain}", notice.summary)
    });
    if fault == model.pilot.messenger.fault {
        return;
    }
    if let Some(fault) = &fault {
        model.log.push(model.now, NoteKind::Pilot, fault.as_str());
        model.say(Level::Warn, fault.clone());
    }
    model.pilot.messenger.fault = fault;
}
