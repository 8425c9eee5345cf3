//! A plan under way, step by step, and how it ended.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Scene, steps, words};
use crate::app::run::{PlanRun, Progress};
use crate::app::screen::Telling;
use crate::config::theme::{Glyph, Role};
use crate::domain::outcome::{End, Outcome, StepResult};
use crate::domain::traffic::Track;
use crate::view::text;
use crate::view::widgets::lines::{PlanStep, State, plan_step};
use crate::view::widgets::pane::Pane;
use crate::view::widgets::put_line;

pub(super) fn draw(scene: Scene<'_>, run: &PlanRun, buf: &mut Buffer, area: Rect) {
    let title = head(scene, run);
    let pane = Pane { frame: scene.tier.frame(), title, right: vec![Line::from(rates(scene))] };
    let inner = pane.draw(buf, area, scene.paint);
    let (width, height) = (usize::from(inner.width), usize::from(inner.height));
    let foot = foot(scene, run, width);
    let room = height.saturating_sub(foot.len());
    let lines = lines(scene, run, width);
    let shown = window(&lines, first_of_interest(run, lines.len()), room);
    for (row, line) in (0..).zip(shown.iter().chain(&foot)) {
        put_line(buf, inner, row, line);
    }
}

/// `ROLL BACK to v2.41.0  by mira  4.2s`.
fn head<'t>(scene: Scene<'t>, run: &PlanRun) -> Line<'t> {
    let took = match &run.outcome {
        Some(outcome) => outcome.took_s,
        None => scene.model.now.duration_since(run.began_at).as_secs_f64(),
    };
    let title = words::clean(&run.plan.title);
    let by = run.plan.by.cluster.as_ref().or(run.plan.by.os_user.as_ref()).map_or("unknown", |by| by.shown());
    Line::from(vec![
        scene.paint.span(Role::Title, title),
        scene.paint.span(Role::Muted, format!("  by {by}  {}", words::tenths(took))),
    ])
}

fn rates<'t>(scene: Scene<'t>) -> ratatui::text::Span<'t> {
    let rate = |track| {
        let totals = scene.model.reading.series.recent(track, Duration::from_secs(5));
        totals.requests_per_second().map_or("-".to_owned(), |r| format!("{r:.0}"))
    };
    scene.paint.span(Role::Text, format!("requests/s stable {} canary {}", rate(Track::Stable), rate(Track::Canary)))
}

fn lines<'t>(scene: Scene<'t>, run: &PlanRun, width: usize) -> Vec<Line<'t>> {
    let namespace = scene.model.environment().map_or("default", |e| e.namespace.as_str());
    let told = |step| match scene.model.ui.telling {
        Telling::Words => steps::words(step),
        Telling::Commands => steps::commands(step, namespace),
    };
    let begun = run.plan.steps.iter().zip(&run.steps).map(|(step, progress)| PlanStep {
        state: state(*progress),
        text: told(step),
        took: took(scene, *progress),
    });
    let checks = run.plan.checks.iter().zip(&run.checks).map(|(check, answer)| match answer {
        None => PlanStep { state: State::Pending, text: steps::check(check), took: String::new() },
        Some((ok, seen)) => PlanStep { state: answered(*ok), text: seen.shown().to_owned(), took: String::new() },
    });
    (1..).zip(begun.chain(checks)).map(|(number, step)| plan_step(&step, number, width, scene.paint)).collect()
}

fn state(progress: Progress) -> State {
    match progress {
        Progress::Ahead => State::Pending,
        Progress::Began(_) => State::Running,
        Progress::Ended(StepResult::Done, _) => State::Ok,
        Progress::Ended(StepResult::Skipped, _) => State::Skipped,
        Progress::Ended(StepResult::Failed | StepResult::GuardFailed, _) => State::Fail,
    }
}

fn took(scene: Scene<'_>, progress: Progress) -> String {
    match progress {
        Progress::Ahead => String::new(),
        Progress::Began(at) => words::tenths(scene.model.now.duration_since(at).as_secs_f64()),
        Progress::Ended(_, took) => words::tenths(took),
    }
}

fn answered(ok: Option<bool>) -> State {
    match ok {
        Some(true) => State::Ok,
        Some(false) => State::Fail,
        None => State::Unknown,
    }
}

/// The line that must be seen: what is under way or failed, else the end.
fn first_of_interest(run: &PlanRun, count: usize) -> usize {
    let told = run.steps.iter().position(|p| matches!(state(*p), State::Running | State::Fail | State::Pending));
    told.unwrap_or(count)
}

/// The part of `lines` that fits into `room` and holds line `at`.
fn window<'l, 't>(lines: &'l [Line<'t>], at: usize, room: usize) -> &'l [Line<'t>] {
    let first = (at + 1).saturating_sub(room.saturating_sub(1)).min(lines.len().saturating_sub(room));
    &lines[first..(first + room).min(lines.len())]
}

/// What is waited for, or how it ended.
fn foot<'t>(scene: Scene<'t>, run: &PlanRun, width: usize) -> Vec<Line<'t>> {
    let (paint, mark) = (scene.paint, scene.paint.glyph(Glyph::Cut));
    let (role, glyph, said) = match (&run.outcome, run.told.last(), &run.waiting) {
        (Some(outcome), _, _) => {
            let (role, glyph) = ended(outcome);
            (role, glyph, words::clean(&outcome.sentence))
        }
        (None, Some(told), None) => (Role::Warn, Glyph::Warn, told.shown().to_owned()),
        (None, _, Some(waiting)) => (Role::Running, Glyph::Waiting, waiting.shown().to_owned()),
        (None, None, None) if run.claimed => return Vec::new(),
        (None, None, None) => (Role::Running, Glyph::Running, "journal and claim are being written".to_owned()),
    };
    let said = format!("{} {said}", paint.glyph(glyph));
    text::wrap(&said, width, 3, mark).into_iter().map(|line| Line::from(paint.span(role, line))).collect()
}

/// Proven only where every check was answered with yes.
fn ended(outcome: &Outcome) -> (Role, Glyph) {
    let proven = outcome.verified.iter().all(|v| v.ok == Some(true));
    match &outcome.end {
        End::Done if proven => (Role::Ok, Glyph::Ok),
        End::Done => (Role::Warn, Glyph::Warn),
        End::WorldMoved(_)
        | End::Forbidden(_)
        | End::Unreachable(_)
        | End::NotProven(_)
        | End::Bad(_)
        | End::Stopped(_)
        | End::Fault(_) => (Role::Fail, Glyph::Fail),
    }
}
