//! The cockpit on one environment, from the first connection to the last word.

use super::drive::Edge;
use super::looks::Looks;
use super::terminal::{self, Place};
use super::tui::{self, Ended};
use super::{clock, edge, export, identity, keys, looked, signals};
use crate::app::drill::Drill;
use crate::app::model::Model;
use crate::app::pointing::Spots;
use crate::app::run::PlanRun;
use crate::app::screen::Level;
use crate::config::settings::Settings;
use crate::domain::ids::{PlanId, Target};
use crate::domain::notice::{Notice, NoticeKind};
use crate::view;
use ratatui::buffer::Buffer;
use std::io::{self, Write as _, stderr, stdout};
use std::sync::Arc;
use std::time::Duration;

/// A plan that a person leaves with the program may take this long to reach a safe end.
const FINISHED_WITHIN: Duration = Duration::from_secs(60);
/// After a signal the system does not wait long before it kills.
const STOPPED_WITHIN: Duration = Duration::from_secs(5);
/// Nobody can look on any more; an abort or a roll back is carried out all the same.
const HUNG_UP_WITHIN: Duration = signals::FINISHED_ALONE;

/// What the cockpit opens on.
#[derive(Clone, Debug)]
pub enum On {
    /// All services.
    Fleet,
    /// One of them.
    Service(Target),
}

/// Opens the cockpit and stays until it ends; answers the exit code.
pub async fn open(settings: Settings, on: On) -> Result<u8, Notice> {
    Box::pin(stay(settings, on, None)).await
}

/// The same as a drill in a demo world: how it went is said on the screen, and on standard output at the end.
pub async fn practise(settings: Settings, target: Target, drill: Drill) -> Result<u8, Notice> {
    Box::pin(stay(settings, On::Service(target), Some(drill))).await
}

async fn stay(settings: Settings, on: On, drill: Option<Drill>) -> Result<u8, Notice> {
    let looks = Arc::new(Looks::load(&settings)?);
    let place = if settings.ui.inline {
        Place::Inline
    } else {
        Place::Alternate
    };
    let looked = looked::load(&settings);
    let (mut model, mut edge) = begin(settings, on).await?;
    model.fleet.looked = looked;
    model.drill = drill;
    model.ui.themes = looks.names();
    model.ui.theme = looks.chosen().to_owned();
    take_keys(&mut model);
    let (drawn, written) = (looks.clone(), looks);
    edge.export =
        Box::new(move |model, form| export::write(model, written.on_dark(&model.ui.theme), form));
    let mut draw = move |model: &Model, buffer: &mut Buffer| {
        let paint = drawn.paint(&model.ui.theme);
        view::draw(model, paint, buffer);
        if model.settings.ui.mouse {
            view::spots(model, paint, buffer.area)
        } else {
            Spots::default()
        }
    };
    let ended = tui::run(&mut model, &mut edge, place, &mut draw)
        .await
        .map_err(|error| no_terminal(&error))?;
    leave(&mut model, &mut edge, ended).await;
    Ok(ended.code())
}

async fn begin(settings: Settings, on: On) -> Result<(Model, Edge), Notice> {
    let (who, run, now) = (identity::person(), identity::run_word(), clock::now());
    match on {
        On::Service(target) => {
            let edge = edge::open(&settings, &target).await?;
            Ok((Model::new(settings, target, who, run, now), edge))
        }
        On::Fleet => {
            let edge = edge::open_all(&settings).await?;
            let model = Model::of_all(settings, who, run, now);
            let nothing = || Notice::new(NoticeKind::Config, "the config names no service");
            Ok((model.ok_or_else(nothing)?, edge))
        }
    }
}

/// Takes the keys of `keys.toml`. One with mistakes changes nothing: the keys are as shipped, and it says so.
fn take_keys(model: &mut Model) {
    let origin = model.settings.origin.clone();
    match keys::load(&origin) {
        Ok(keymap) => model.keys = keymap,
        Err(faults) => {
            for fault in &faults.lines {
                model.say(
                    Level::Warn,
                    format!("{}: {fault}", crate::config::keys::FILE),
                );
            }
            model.say(
                Level::Error,
                format!("{faults}, the keys are as shipped; see them with: flightdeck keys check"),
            );
        }
    }
}

fn no_terminal(error: &io::Error) -> Notice {
    Notice::new(NoticeKind::Usage, "the terminal cannot be set up")
        .caused_by(error)
        .hint("without a terminal there is: flightdeck status SERVICE -e ENV")
}

/// Brings what is under way to its end, and says on the terminal what became of it.
pub async fn leave(model: &mut Model, edge: &mut Edge, ended: Ended) {
    let limit = match ended {
        Ended::Wanted(_) => FINISHED_WITHIN,
        Ended::HungUp | Ended::Signal(signals::HUNG_UP) => HUNG_UP_WITHIN,
        Ended::Signal(_) | Ended::Panicked => STOPPED_WITHIN,
    };
    if ended == Ended::Panicked {
        match edge.ring.save() {
            Ok(path) => say(&format!("what led to it is recorded in {}", path.display())),
            Err(notice) => say(&notice.summary),
        }
    }
    for run in runs(model).filter(|run| run.is_running()) {
        terminal::finish_alone();
        say(&format!(
            "{}: under way, waiting up to {} s for its end",
            run.plan.title,
            limit.as_secs()
        ));
    }
    let left = edge.finish(model, limit).await;
    if let Some(look) = model.last_look() {
        looked::keep(&model.settings, &look);
    }
    for line in last_words(model, &left) {
        say(&line);
    }
    let sentence = model
        .drill
        .as_ref()
        .and_then(|drill| drill.sentence(clock::now()));
    if let Some(sentence) = sentence {
        // Where standard output is gone nobody waits for the result.
        drop(writeln!(stdout(), "{sentence}"));
    }
}

/// The plans of all services: of those that were left, and of the open one.
fn runs(model: &Model) -> impl Iterator<Item = &PlanRun> {
    let parked = model.fleet.parked.iter();
    parked
        .filter_map(|parked| parked.run.as_ref())
        .chain(&model.run)
}

/// What became of the last plans, to paste: the screen that showed them is gone.
fn last_words(model: &Model, left: &[PlanId]) -> Vec<String> {
    runs(model).flat_map(|run| words_of(run, left)).collect()
}

fn words_of(run: &PlanRun, left: &[PlanId]) -> Vec<String> {
    let steps = run.outcome.iter().flat_map(|outcome| &outcome.steps);
    let mut lines: Vec<String> = steps
        .map(|step| format!("  {}: {}", step.text, step.result.words()))
        .collect();
    lines.push(last_word(run, left));
    lines
}

fn last_word(run: &PlanRun, left: &[PlanId]) -> String {
    let title = &run.plan.title;
    match &run.outcome {
        Some(outcome) => format!("{title}: {}", outcome.sentence),
        None if left.contains(&run.plan.id) => {
            format!("{title}: left under way; see how far it came with: flightdeck history")
        }
        None => format!("{title}: its end was not seen"),
    }
}

/// Where standard error is gone there is nowhere to say it.
fn say(line: &str) {
    drop(writeln!(
        stderr(),
        "{}",
        crate::domain::text::clean_line(line)
    ));
}
