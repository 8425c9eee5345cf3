//! A plan under way, step by step, and how it ended.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Scene, words};
use crate::app::run::{PlanRun, Progress};
use crate::app::screen::Telling;
use crate::config::theme::{Glyph, Role};
use crate::domain::outcome::{End, Outcome, StepResult};
use crate::domain::text::clean_line;
use crate::domain::traffic::Track;
use crate::strategy::step::Step;
use crate::view::text;
use crate::view::widgets::lines::{PlanStep, State, plan_step};
use crate::view::widgets::pane::Pane;
use crate::view::widgets::put_line;

pub(super) fn draw(scene: Scene<'_>, run: &PlanRun, buf: &mut Buffer, area: Rect) {
    let title = head(scene, run, usize::from(area.width.saturating_sub(FRAME)));
    let pane = Pane {
        frame: scene.tier.frame(),
        title,
        right: vec![Line::from(rates(scene))],
    };
    let inner = pane.draw(buf, area, scene.paint);
    let (width, height) = (usize::from(inner.width), usize::from(inner.height));
    let foot = foot(scene, run, width);
    let room = height.saturating_sub(foot.len());
    let lines = lines(scene, run, width);
    let shown = window(&lines, first_of_interest(run), room);
    for (row, line) in (0..).zip(shown.iter().chain(&foot)) {
        put_line(buf, inner, row, line);
    }
}

/// Columns that the frame takes beside a title.
const FRAME: u16 = 4;

/// `roll back to v2.41.0  by mira  4.2s`. What has no room is left out from the end of that order: who, then the title's end;
/// the time stays.
fn head<'t>(scene: Scene<'t>, run: &PlanRun, width: usize) -> Line<'t> {
    let took = match &run.outcome {
        Some(outcome) => outcome.took_s,
        None => scene.model.now.duration_since(run.began_at).as_secs_f64(),
    };
    let title = words::clean(&run.plan.title);
    let by = run
        .plan
        .by
        .cluster
        .as_ref()
        .or(run.plan.by.os_user.as_ref())
        .map_or("unknown", |by| by.shown());
    let time = format!("  {}", words::tenths(took));
    let by = format!("  by {by}");
    let left = width.saturating_sub(text::width(&time));
    let by = if text::width(&title) + text::width(&by) <= left {
        by
    } else {
        String::new()
    };
    let title = text::cut(&title, left, scene.paint.glyph(Glyph::Cut));
    Line::from(vec![
        scene.paint.span(Role::Title, title),
        scene.paint.span(Role::Muted, format!("{by}{time}")),
    ])
}

fn rates(scene: Scene<'_>) -> ratatui::text::Span<'_> {
    let rate = |track| {
        let totals = scene
            .model
            .reading
            .series
            .recent(track, Duration::from_secs(5));
        totals
            .requests_per_second()
            .map_or("-".to_owned(), |r| format!("{r:.0}"))
    };
    scene.paint.span(
        Role::Text,
        format!(
            "requests/s stable {} canary {}",
            rate(Track::Stable),
            rate(Track::Canary)
        ),
    )
}

/// Each step and check, on as many lines as it takes.
fn lines<'t>(scene: Scene<'t>, run: &PlanRun, width: usize) -> Vec<Vec<Line<'t>>> {
    let namespace = scene
        .model
        .environment()
        .map_or("default", |e| e.namespace.as_str());
    let told = |step: &Step| match scene.model.ui.telling {
        Telling::Words => words::clean(&step.text()),
        // A command is longer than any name, and useless when it is cut.
        Telling::Commands => clean_line(&step.kubectl(namespace)).into_owned(),
    };
    let begun = run
        .plan
        .steps
        .iter()
        .zip(&run.steps)
        .map(|(step, progress)| PlanStep {
            state: state(*progress),
            text: told(step),
            took: took(scene, *progress),
        });
    let checks = run
        .plan
        .checks
        .iter()
        .zip(&run.checks)
        .map(|(check, answer)| match answer {
            None => PlanStep {
                state: State::Pending,
                text: words::clean(&check.text()),
                took: String::new(),
            },
            Some((ok, seen)) => PlanStep {
                state: answered(*ok),
                text: seen.shown().to_owned(),
                took: String::new(),
            },
        });
    (1..)
        .zip(begun.chain(checks))
        .map(|(number, step)| folded(scene, step, number, width))
        .collect()
}

fn folded(scene: Scene<'_>, mut step: PlanStep, number: usize, width: usize) -> Vec<Line<'_>> {
    // Mark, number and time stand on the first line.
    let mut texts = text::fold(&step.text, width.saturating_sub(11)).into_iter();
    step.text = texts.next().unwrap_or_default();
    let first = plan_step(&step, number, width, scene.paint);
    let more = texts.map(|line| Line::from(scene.paint.span(Role::Text, format!("    {line}"))));
    std::iter::once(first).chain(more).collect()
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

/// The step that must be seen: what is under way or failed, else the last.
fn first_of_interest(run: &PlanRun) -> usize {
    let told = run
        .steps
        .iter()
        .position(|p| matches!(state(*p), State::Running | State::Fail | State::Pending));
    told.unwrap_or(run.steps.len() + run.checks.len())
}

/// The part of the lines that fits into `room` and holds step `at`, with what came before it where there is room.
fn window<'t>(steps: &[Vec<Line<'t>>], at: usize, room: usize) -> Vec<Line<'t>> {
    let end: usize = steps.iter().take(at + 1).map(Vec::len).sum();
    let begin: usize = steps.iter().take(at).map(Vec::len).sum();
    let lines: Vec<Line<'t>> = steps.iter().flatten().cloned().collect();
    // One line ahead, so that it is seen that more follows.
    let first = (end + 1)
        .saturating_sub(room)
        .min(begin)
        .min(lines.len().saturating_sub(room));
    lines.into_iter().skip(first).take(room).collect()
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
        (None, None, None) => (
            Role::Running,
            Glyph::Running,
            "journal and claim are being written".to_owned(),
        ),
    };
    let said = format!("{} {said}", paint.glyph(glyph));
    text::wrap(&said, width, 3, mark)
        .into_iter()
        .map(|line| Line::from(paint.span(role, line)))
        .collect()
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
