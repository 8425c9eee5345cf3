//! News of the pipeline, and what is looked at of it.

use super::toast;
use crate::app::effect::Effect;
use crate::app::intent::{LogWish, Motion};
use crate::app::log_pane::LogPane;
use crate::app::model::Model;
use crate::app::pick::stepped;
use crate::app::pipeline::{Side, Strip, linked, read_gates, rows};
use crate::app::screen::{Level, Screen};
use crate::domain::event::NoteKind;
use crate::domain::feed::FeedFault;
use crate::domain::ids::RequestId;
use crate::domain::notice::Notice;
use crate::domain::pipeline::{Answered, JobId, LogPiece, Pipelines, Run, State};

/// Takes what the watch knows now.
pub(super) fn read(model: &mut Model, pipelines: Pipelines) {
    let at = pipelines.at;
    if let Some(before) = &model.pipeline.feed.value {
        for line in changes(&before.runs, &pipelines.runs) {
            model.log.push(at, NoteKind::Ci, line);
        }
    }
    model.pipeline.feed.take(pipelines, at);
    model.pipeline.strip = None;
    link(model);
    keep_in_range(model);
}

/// What is worth a line: runs that begin, end, or wait.
fn changes(before: &[Run], after: &[Run]) -> Vec<String> {
    let line = |run: &Run| {
        let known = before.iter().find(|known| known.id == run.id);
        let label = run.label();
        match known {
            Some(known) if known.state == run.state && known.attempt == run.attempt => None,
            _ if run.state.is_over() && known.is_some() => {
                Some(format!("run {label} {}", run.state.word()))
            }
            _ if run.state == State::NeedsHuman => Some(match run.approvals.first() {
                Some(what) => format!("run {label} waits for approval: {}", what.name.shown()),
                None => format!("run {label} waits for a person"),
            }),
            None if run.state == State::Running || run.state == State::Queued => {
                Some(format!("run {label} began: {}", run.title.shown()))
            }
            Some(known) if known.attempt != run.attempt => {
                Some(format!("run {label} is run again"))
            }
            _ => None,
        }
    };
    after.iter().rev().filter_map(line).collect()
}

/// Finds the run of the release in view; its gates are read anew where it is another or has changed.
pub(super) fn link(model: &mut Model) {
    let Some(known) = &model.pipeline.feed.value else {
        return;
    };
    let Some((run, link)) = linked(model, &known.runs) else {
        model.pipeline.strip = None;
        return;
    };
    let same = model
        .pipeline
        .strip
        .as_ref()
        .is_some_and(|strip| strip.run == run && strip.link == link);
    if same {
        return;
    }
    let gates = known
        .runs
        .iter()
        .find(|known| known.id == run)
        .map_or_else(Vec::new, |run| read_gates(model, run));
    model.pipeline.strip = Some(Strip { run, link, gates });
}

/// Takes more of a job's log.
pub(super) fn log_read(model: &mut Model, job: &JobId, piece: Result<LogPiece, FeedFault>) {
    if model.pipeline.log_of.as_ref() != Some(job) {
        return;
    }
    let log = &mut model.pipeline.log;
    match piece {
        Ok(piece) => log.take(piece),
        Err(fault) => log.fault = Some(fault),
    }
}

/// The provider did what was asked, or did not.
pub(super) fn answered(model: &mut Model, id: RequestId, result: Result<Answered, Notice>) {
    let Some((_, command)) = model.pipeline.sent.take_if(|(sent, _)| *sent == id) else {
        return;
    };
    model.pipeline.hurry += 1;
    match result {
        Ok(answered) => {
            model
                .log
                .push(model.now, NoteKind::Ci, answered.text.clone());
            toast(model, Level::Info, answered.text.shown());
            if answered.run != *command.run() {
                model.pipeline.chosen = Some(answered.run);
            }
        }
        Err(notice) => {
            let hint = notice
                .hint
                .map(|hint| format!(" - {hint}"))
                .unwrap_or_default();
            toast(model, Level::Error, format!("{}{hint}", notice.summary));
        }
    }
}

/// To the pipeline; without one it says what is missing.
pub(super) fn go(model: &mut Model) -> Vec<Effect> {
    let effects = super::fleet::open_seen(model);
    if !crate::app::pipeline::is_configured(model) {
        let text = "no pipeline in the config: add [ci.NAME] and [services.NAME.ci]";
        toast(model, Level::Warn, text);
        return effects;
    }
    super::intents::go(model, Screen::Pipeline);
    // The keys of this screen move what is live: a held picture would hide it.
    model.frozen = None;
    model.pipeline.side = Side::Tree;
    model.pipeline.hurry += 1;
    to_what_matters(model);
    effects
}

/// The first row that failed, waits or runs.
fn to_what_matters(model: &mut Model) {
    let pipeline = &model.pipeline;
    let Some(run) = pipeline.run() else {
        return;
    };
    let wanted = [State::Failed, State::NeedsHuman, State::Running];
    let rows = rows(run, pipeline.opened.as_ref());
    let row = wanted.iter().find_map(|state| {
        rows.iter()
            .position(|row| row.job().is_some_and(|job| job.state == *state))
    });
    model.pipeline.row = row.unwrap_or(0);
}

fn keep_in_range(model: &mut Model) {
    let count = row_count(model);
    model.pipeline.row = model.pipeline.row.min(count.saturating_sub(1));
}

fn row_count(model: &Model) -> usize {
    let pipeline = &model.pipeline;
    pipeline
        .run()
        .map_or(0, |run| rows(run, pipeline.opened.as_ref()).len())
}

/// Moves within the side that has the keys; left and right go to another run.
pub(super) fn step(model: &mut Model, motion: Motion) {
    if model.pipeline.side == Side::Log {
        model.pipeline.log.step(motion);
        return;
    }
    match motion {
        Motion::Left => other_run(model, 1),
        Motion::Right => other_run(model, -1),
        Motion::Up
        | Motion::Down
        | Motion::First
        | Motion::Last
        | Motion::PageUp
        | Motion::PageDown => {
            model.pipeline.row = stepped(model.pipeline.row, motion, row_count(model));
        }
    }
}

fn close_log(model: &mut Model) {
    model.pipeline.log_of = None;
    model.pipeline.log = model.pipeline.log.anew();
}

/// To an older (1) or newer (-1) run.
fn other_run(model: &mut Model, by: isize) {
    let Some(known) = &model.pipeline.feed.value else {
        return;
    };
    let here = model.pipeline.run().map(|run| run.id.clone());
    let here = known
        .runs
        .iter()
        .position(|run| Some(&run.id) == here.as_ref());
    let to = here.unwrap_or(0).saturating_add_signed(by);
    if let Some(run) = known.runs.get(to.min(known.runs.len().saturating_sub(1))) {
        model.pipeline.chosen = Some(run.id.clone());
        model.pipeline.opened = None;
        close_log(model);
        to_what_matters(model);
    }
}

/// Opens the job of the row: its steps and its log; in the log, the group.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    if model.pipeline.side == Side::Log {
        model.pipeline.log.turn();
        return Vec::new();
    }
    let pipeline = &model.pipeline;
    let Some(run) = pipeline.run() else {
        return Vec::new();
    };
    let rows = rows(run, pipeline.opened.as_ref());
    let Some(job) = rows.get(pipeline.row).and_then(|row| row.job()) else {
        return Vec::new();
    };
    let job = job.id.clone();
    if model.pipeline.log_of.as_ref() != Some(&job) {
        model.pipeline.log_of = Some(job.clone());
        model.pipeline.log = model.pipeline.log.anew();
    }
    let again = model.pipeline.opened.as_ref() == Some(&job);
    model.pipeline.opened = Some(job.clone());
    if again {
        model.pipeline.side = Side::Log;
    }
    // Steps of another job may have gone from above.
    let rows = model
        .pipeline
        .run()
        .map(|run| crate::app::pipeline::rows(run, Some(&job)));
    let place = rows.and_then(|rows| {
        rows.iter()
            .position(|row| row.job().is_some_and(|other| other.id == job))
    });
    if !again {
        model.pipeline.row = place.unwrap_or(0);
    }
    Vec::new()
}

/// Back: from the log to the tree, from a chosen run to that in view; `false` where nothing was left to close.
pub(super) fn back(model: &mut Model) -> bool {
    if model.pipeline.side == Side::Log {
        model.pipeline.side = Side::Tree;
    } else if model.pipeline.opened.take().is_some() {
        close_log(model);
        keep_in_range(model);
    } else if model.pipeline.chosen.take().is_none() {
        return false;
    }
    true
}

/// Does something to the log pane.
pub(super) fn look(model: &mut Model, wish: LogWish) {
    let typed = model.ui.list.typed.clone();
    let job = model.pipeline.job().cloned();
    let fault = |log: &mut LogPane| {
        let is_found = job.is_some_and(|job| log.seek_fault(&job));
        is_found
            .then_some(())
            .ok_or("no fault is marked in this log")
    };
    match model.pipeline.log.look(wish, &typed, fault) {
        Ok(()) if matches!(wish, LogWish::Next | LogWish::Previous | LogWish::Fault) => {
            model.pipeline.side = Side::Log;
        }
        Ok(()) => {}
        Err(text) => toast(model, Level::Warn, text),
    }
}
