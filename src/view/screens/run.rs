//! The pipeline screen: a run's stages, jobs and steps beside the open job's log.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::layout::Tier;
use super::{Scene, actions, job_log, listing, notices, pointing, title, words};
use crate::app::pipeline::{Row, Side, critical_path, rows, usual};
use crate::app::pointing::{Spot, Spots};
use crate::config::theme::{Glyph, Role};
use crate::domain::pipeline::{Job, Run, Span as Times, State as JobState};
use crate::domain::text::Text;
use crate::view::text;
use crate::view::widgets::lines::State;
use crate::view::widgets::pane::{Frame, Pane};
use crate::view::widgets::{put_line, put_right};

/// Where the parts stand.
struct Places {
    title: Rect,
    head: Rect,
    tree: Rect,
    log: Rect,
    keys: Rect,
}

fn places(scene: Scene<'_>, area: Rect) -> Places {
    let row = |y: u16, height: u16| Rect {
        y: area.y + y.min(area.height),
        height: height.min(area.height.saturating_sub(y)),
        ..area
    };
    let body = row(3, area.height.saturating_sub(4));
    let tree = match (scene.tier, scene.model.pipeline.side) {
        (Tier::Wide | Tier::Boxed, _) => 52,
        // Where it is narrow, the side with the keys gets the room.
        (Tier::Text | Tier::Compact, Side::Tree) => 40,
        (Tier::Text | Tier::Compact, Side::Log) => 24,
    }
    .min(area.width);
    // Boxes have sides of their own.
    let gap = match scene.tier.frame() {
        Frame::Rule => 1,
        Frame::Box => 0,
    };
    let taken = (tree + gap).min(area.width);
    Places {
        title: row(0, 1),
        head: row(1, 2),
        tree: Rect {
            width: tree,
            ..body
        },
        log: Rect {
            x: body.x + taken,
            width: area.width - taken,
            ..body
        },
        keys: row(area.height.saturating_sub(1), 1),
    }
}

pub(super) fn draw(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    let at = places(scene, area);
    title::draw(scene, buf, at.title);
    head(scene, buf, at.head);
    tree(scene, buf, at.tree);
    job_log::draw(scene, buf, at.log);
    notices::draw(scene, buf, area);
    actions::bar(scene, buf, at.keys);
}

/// What can be pressed on: rows of the tree, and the log.
pub(super) fn spots(scene: Scene<'_>, area: Rect, spots: &mut Spots) {
    let at = places(scene, area);
    let pipeline = &scene.model.pipeline;
    let count = pipeline
        .run()
        .map_or(0, |run| rows(run, pipeline.opened.as_ref()).len());
    let inner = scene.tier.frame().inner(at.tree);
    listing::spots(inner, pipeline.row, count, spots);
    spots.add(pointing::area(at.log), Spot::Log);
    actions::spots(scene, at.keys, spots);
}

/// Which run, of what, by whom, how it stands; below it what waits for a person, or how many calls are left.
fn head(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    let (paint, pipeline) = (scene.paint, &scene.model.pipeline);
    let Some(run) = pipeline.run() else {
        let said = match &pipeline.feed.fault {
            Some(fault) => fault.text.shown().to_owned(),
            None => "no run has been read yet".to_owned(),
        };
        put_line(
            buf,
            area,
            0,
            &Line::from(paint.span(Role::Muted, format!(" {said}"))),
        );
        return;
    };
    let right = Line::from(paint.span(Role::Text, format!("{} ", how_long(scene, run))));
    let room = usize::from(area.width).saturating_sub(right.width() + 1);
    put_line(buf, area, 0, &what(scene, run, room));
    put_right(buf, area, 0, &right);
    put_line(buf, area, 1, &waits(scene, run, usize::from(area.width)));
    put_right(buf, area, 1, &left_calls(scene));
}

fn what<'t>(scene: Scene<'t>, run: &Run, room: usize) -> Line<'t> {
    let paint = scene.paint;
    let (role, glyph) = look(&run.state).look();
    let by = run
        .by
        .as_ref()
        .map_or(String::new(), |by| format!(" by {}", by.shown()));
    let attempt = match run.attempt {
        0 | 1 => String::new(),
        more => format!("  attempt {more}"),
    };
    let reference = run
        .reference
        .as_ref()
        .map_or("", |reference| reference.shown());
    let said = format!(
        " {} {}  {}{by}  {}{attempt}",
        run.label(),
        run.short_commit(),
        reference,
        run.title.shown()
    );
    Line::from(vec![
        " ".into(),
        paint.span(role, paint.glyph(glyph).to_owned()),
        paint.span(
            Role::Strong,
            text::cut(&said, room.saturating_sub(2), paint.glyph(Glyph::Cut)),
        ),
    ])
}

fn how_long(scene: Scene<'_>, run: &Run) -> String {
    let took = run
        .span
        .took(scene.model.now)
        .map(|took| text::age(words::seconds(took)));
    let word = run.state.word();
    took.map_or_else(|| word.to_owned(), |took| format!("{word} {took}"))
}

fn waits<'t>(scene: Scene<'t>, run: &Run, width: usize) -> Line<'t> {
    let paint = scene.paint;
    let Some(approval) = run.approvals.first() else {
        let likely = scene
            .model
            .pipeline
            .strip
            .as_ref()
            .filter(|strip| strip.run == run.id && strip.link.is_likely());
        let said = likely.map_or("", |_| " likely the run of the release in view");
        return Line::from(paint.span(Role::Muted, said));
    };
    let since = approval.since.map_or(String::new(), |since| {
        format!(", for {}", words::ago(scene, since))
    });
    let who = match approval.reviewers.as_slice() {
        [] => String::new(),
        some => {
            let names: Vec<&str> = some.iter().map(Text::shown).collect();
            format!(" by {}", names.join(", "))
        }
    };
    let said = format!(
        " {} waits for approval of {}{who}{since}",
        paint.glyph(Glyph::Waiting),
        approval.name.shown()
    );
    Line::from(paint.span(
        Role::Waiting,
        text::cut(&said, width, paint.glyph(Glyph::Cut)),
    ))
}

/// What is left is shown where it gets short, and where there is room.
fn left_calls(scene: Scene<'_>) -> Line<'_> {
    let known = scene.model.pipeline.feed.value.as_ref();
    let Some(quota) = known.and_then(|known| known.quota) else {
        return Line::default();
    };
    let short = quota.remaining.saturating_mul(10) < quota.limit;
    if !short && matches!(scene.tier, Tier::Text | Tier::Compact) {
        return Line::default();
    }
    let role = if short { Role::Warn } else { Role::Muted };
    Line::from(scene.paint.span(
        role,
        format!("{} of {} calls left ", quota.remaining, quota.limit),
    ))
}

fn tree(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    let pipeline = &scene.model.pipeline;
    let mut pane = Pane::titled(scene.tier.frame(), "stages", scene.paint);
    pane = pane.with_right(Line::from(scene.paint.span(Role::Muted, "took / usual ")));
    let inner = pane.draw(buf, area, scene.paint);
    let Some(run) = pipeline.run() else {
        return;
    };
    let rows = rows(run, pipeline.opened.as_ref());
    if rows.is_empty() {
        let said = if run.stages.is_some() {
            "no jobs yet"
        } else {
            "its jobs are being read"
        };
        put_line(
            buf,
            inner,
            0,
            &Line::from(scene.paint.span(Role::Muted, said)),
        );
        return;
    }
    let critical = critical_path(run);
    let width = usize::from(inner.width);
    let at = pipeline.row.min(rows.len().saturating_sub(1));
    let first = listing::first(inner.height, at, rows.len());
    for (y, (index, row)) in (0..inner.height).zip(rows.iter().enumerate().skip(first)) {
        let is_critical = row.job().is_some_and(|job| critical.contains(&job.id));
        let line = row_line(scene, run, *row, (width, is_critical));
        let chosen = index == at && pipeline.side == Side::Tree;
        put_line(buf, inner, y, &listing::chosen(line, chosen, scene.paint));
        if index == at {
            mark(scene, buf, inner, y);
        }
    }
}

/// The chosen row keeps its mark while the keys are with the log.
fn mark(scene: Scene<'_>, buf: &mut Buffer, inner: Rect, y: u16) {
    if let Some(cell) = buf.cell_mut(Position::new(inner.x, inner.y + y)) {
        cell.set_symbol(scene.paint.glyph(Glyph::Cursor));
        cell.set_style(scene.paint.style(Role::Selection));
    }
}

fn row_line<'t>(
    scene: Scene<'t>,
    run: &Run,
    row: Row<'_>,
    (width, is_critical): (usize, bool),
) -> Line<'t> {
    let paint = scene.paint;
    let (state, name, indent, span, normal) = match row {
        Row::Stage(stage) => {
            let said = format!("{}  {} jobs", stage.name.shown(), stage.jobs.len());
            (stage.state(), said, 1, stage.span(), None)
        }
        Row::Job { stage, job } => {
            let indent = if stage.jobs.len() == 1 { 1 } else { 3 };
            (
                job.state.clone(),
                named(job),
                indent,
                job.span,
                usual_of(scene, run, job),
            )
        }
        Row::Step(_, step) => (
            step.state.clone(),
            step.name.shown().to_owned(),
            5,
            step.span,
            None,
        ),
    };
    let times = times(scene, &state, &span, normal);
    let (role, glyph) = look(&state).look();
    let room = width.saturating_sub(indent + 2 + text::width(&times) + 1);
    let said = text::pad(&name, room, paint.glyph(Glyph::Cut));
    let over_usual = normal
        .zip(span.took(scene.model.now))
        .is_some_and(|(normal, took)| took.as_secs_f64() > normal.as_secs_f64() * 1.5 + 5.0);
    let text_role = match (&state, is_critical) {
        (JobState::Queued | JobState::Skipped | JobState::Unknown(_), _) => Role::Muted,
        (_, true) => Role::Strong,
        (_, false) => Role::Text,
    };
    let spans: Vec<Span<'t>> = vec![
        " ".repeat(indent).into(),
        paint.span(role, paint.glyph(glyph).to_owned()),
        " ".into(),
        paint.span(text_role, said),
        " ".into(),
        paint.span(if over_usual { Role::Warn } else { Role::Muted }, times),
    ];
    Line::from(spans)
}

fn named(job: &Job) -> String {
    let unknown = match &job.state {
        JobState::Unknown(word) => format!(" ({})", word.shown()),
        _ => String::new(),
    };
    let attempt = match job.attempt {
        0 | 1 => String::new(),
        more => format!(" #{more}"),
    };
    format!("{}{attempt}{unknown}", job.name.shown())
}

fn usual_of(scene: Scene<'_>, run: &Run, job: &Job) -> Option<jiff::SignedDuration> {
    let known = scene.model.pipeline.feed.value.as_ref()?;
    usual(&known.runs, run, job)
}

fn times(
    scene: Scene<'_>,
    state: &JobState,
    span: &Times,
    normal: Option<jiff::SignedDuration>,
) -> String {
    let age = |took| text::age(words::seconds(took));
    let took = match state {
        JobState::Skipped => "-".to_owned(),
        JobState::NeedsHuman => span.created.map_or_else(
            || "waits".to_owned(),
            |since| format!("waits {}", words::ago(scene, since)),
        ),
        _ => span.took(scene.model.now).map_or("-".to_owned(), age),
    };
    match normal {
        Some(normal) => format!("{took} / {}", age(normal)),
        None => took,
    }
}

/// How a pipeline's state looks.
pub(super) fn look(state: &JobState) -> State {
    match state {
        JobState::Queued => State::Pending,
        JobState::Running => State::Running,
        JobState::NeedsHuman => State::Waiting,
        JobState::Passed => State::Ok,
        JobState::Warned => State::Warn,
        JobState::Failed | JobState::Cancelled => State::Fail,
        JobState::Skipped => State::Skipped,
        JobState::Unknown(_) => State::Unknown,
    }
}
