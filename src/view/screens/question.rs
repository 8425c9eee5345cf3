//! The question before anything is changed.
//!
//! Its frame has a fixed size that no value can widen; every value from outside is cleaned, quoted and cut to one line.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Scene, words};
use crate::app::asking::{Focus, Ground, Question};
use crate::config::theme::{Glyph, Role};
use crate::domain::text::Text;
use crate::strategy::plan::{Confirm, Plan};
use crate::view::text;
use crate::view::widgets::{dialog, put_line};

/// Columns and rows of the frame.
const SIZE: (u16, u16) = (78, 22);
/// Columns of the names in front of values.
const NAME: usize = 12;
/// Lines that one step may take.
const LINES_A_STEP: usize = 3;
/// Lines that the effect may take.
const LINES_OF_EFFECT: usize = 2;

pub(super) fn draw(scene: Scene<'_>, question: &Question, buf: &mut Buffer, area: Rect) {
    let plan = &question.plan;
    let title = plan.goal.title().to_uppercase();
    let inner = dialog::frame(buf, area, SIZE, &title, scene.paint);
    let width = usize::from(inner.width);
    let foot = foot(scene, question, width);
    let room = usize::from(inner.height).saturating_sub(foot.len());
    let cautions = cautions(scene, plan, width);
    let (before, after) = (place(scene, plan, width), effect(scene, question, width));
    let taken = before.len() + after.len() + cautions.len();
    let steps = self::steps(scene, question, width, room.saturating_sub(taken).max(2));
    let mut lines: Vec<Line<'_>> = before
        .into_iter()
        .chain(steps)
        .chain(after)
        .chain(cautions)
        .collect();
    if lines.len() > room {
        lines.truncate(room);
        lines.pop();
        lines.push(Line::from(scene.paint.span(
            Role::Warn,
            "more warnings than fit: `flightdeck plan` tells all",
        )));
    }
    for (row, line) in (0..).zip(&lines) {
        put_line(buf, inner, row, line);
    }
    let first = inner
        .height
        .saturating_sub(u16::try_from(foot.len()).unwrap_or(u16::MAX));
    for (row, line) in (first..).zip(&foot) {
        put_line(buf, inner, row, line);
    }
}

/// A plan is under way and somebody wants to leave.
pub(super) fn leaving(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    let inner = dialog::frame(buf, area, (60, 7), "LEAVE", scene.paint);
    let title = scene
        .model
        .running()
        .map_or(String::new(), |run| words::clean(&run.plan.title));
    let mark = scene.paint.glyph(Glyph::Cut);
    let lines = [
        (Role::Text, format!("A plan is under way: {title}")),
        (
            Role::Text,
            "It stops after the step in hand; the record keeps it, and the".to_owned(),
        ),
        (
            Role::Text,
            "next cockpit resumes it or takes it back.".to_owned(),
        ),
        (Role::Text, String::new()),
        (Role::Key, "y leave    any other key stays".to_owned()),
    ];
    for (row, (role, line)) in (0..).zip(lines) {
        put_line(
            buf,
            inner,
            row,
            &Line::from(
                scene
                    .paint
                    .span(role, text::cut(&line, usize::from(inner.width), mark)),
            ),
        );
    }
}

/// A value behind its name, cut to the line.
pub(super) fn fact<'t>(scene: Scene<'t>, name: &str, value: &str, width: usize) -> Line<'t> {
    let value = text::cut(
        value,
        width.saturating_sub(NAME),
        scene.paint.glyph(Glyph::Cut),
    );
    Line::from(vec![
        scene.paint.span(Role::Muted, format!("{name:<11} ")),
        scene.paint.span(Role::Strong, value),
    ])
}

/// In quotes, so that a value cannot pass for a word of the question.
fn quoted(value: &str) -> String {
    format!("\"{}\"", Text::new(value).shown())
}

/// What is acted on, and what the plan is called.
fn place<'t>(scene: Scene<'t>, plan: &Plan, width: usize) -> Vec<Line<'t>> {
    let environment = scene.model.environment();
    let protected = if environment.is_some_and(|e| e.policy.protected) {
        "  (protected)"
    } else {
        ""
    };
    let place = environment.map_or(String::new(), |e| {
        let context = e
            .context
            .as_deref()
            .map_or("the current context".to_owned(), quoted);
        format!("{context}, namespace {}", quoted(&e.namespace))
    });
    vec![
        fact(
            scene,
            "service",
            &quoted(plan.target.service.as_str()),
            width,
        ),
        fact(
            scene,
            "environment",
            &format!("{}{protected}", quoted(plan.target.environment.as_str())),
            width,
        ),
        fact(scene, "cluster", &place, width),
        fact(scene, "plan", &words::clean(&plan.title), width),
    ]
}

/// The steps in at most `room` lines, none of them cut; what has no room is counted and can be scrolled to.
fn steps<'t>(scene: Scene<'t>, question: &Question, width: usize, room: usize) -> Vec<Line<'t>> {
    let mark = scene.paint.glyph(Glyph::Cut);
    let wide = width.saturating_sub(NAME);
    let steps: Vec<Vec<String>> = (1..)
        .zip(&question.plan.steps)
        .map(|(number, step)| numbered(number, &words::clean(&step.text()), wide, mark))
        .collect();
    let lines: Vec<&String> = steps.iter().flatten().collect();
    let said = |line: &&String| fact(scene, "", line, width);
    if lines.len() <= room {
        return lines.iter().map(said).collect();
    }
    let shown = room.saturating_sub(1).max(1);
    let above: usize = steps.iter().take(question.scrolled).map(Vec::len).sum();
    let mut told: Vec<Line<'t>> = lines.iter().skip(above).take(shown).map(said).collect();
    let below = lines.len().saturating_sub(above + told.len());
    let more = match (above, below) {
        (0, below) => format!("{below} more lines: Down"),
        (above, 0) => format!("{above} lines above: Up"),
        (above, below) => format!("{above} lines above: Up    {below} more: Down"),
    };
    told.push(Line::from(
        scene.paint.span(Role::Key, format!("{:NAME$}{more}", "")),
    ));
    told
}

/// A step behind its number, on as many lines as it takes.
fn numbered(number: usize, step: &str, width: usize, mark: &str) -> Vec<String> {
    let head = format!("{number} ");
    let room = width.saturating_sub(head.len());
    let wrapped = text::wrap(step, room, LINES_A_STEP, mark);
    let line = |(at, line): (usize, String)| {
        let front = if at == 0 { head.as_str() } else { "" };
        format!("{front:width$}{line}", width = head.len())
    };
    wrapped.into_iter().enumerate().map(line).collect()
}

/// What it comes to, who acts, and how old the reading is.
fn effect<'t>(scene: Scene<'t>, question: &Question, width: usize) -> Vec<Line<'t>> {
    let plan = &question.plan;
    let read = words::tenths(
        scene
            .model
            .now
            .duration_since(question.read_at)
            .as_secs_f64(),
    );
    let effect = format!(
        "{}, about {}s",
        words::clean(&plan.expected),
        plan.takes.as_secs()
    );
    let mark = scene.paint.glyph(Glyph::Cut);
    let wide = width.saturating_sub(NAME);
    let mut lines: Vec<Line<'t>> = text::wrap(&effect, wide, LINES_OF_EFFECT, mark)
        .iter()
        .zip(["effect"].into_iter().chain(std::iter::repeat("")))
        .map(|(line, name)| fact(scene, name, line, width))
        .collect();
    lines.extend([
        fact(scene, "acting as", &words::clean(&plan.by.line()), width),
        fact(scene, "state", &format!("read {read} ago"), width),
    ]);
    lines
}

fn cautions<'t>(scene: Scene<'t>, plan: &Plan, width: usize) -> Vec<Line<'t>> {
    let against = plan
        .against_verdict
        .as_ref()
        .map(|said| format!("against the verdict: {}", quoted(said)));
    let all = against
        .into_iter()
        .chain(plan.warnings.iter().map(|w| words::clean(w)));
    let mark = scene.paint.glyph(Glyph::Cut);
    all.flat_map(|said| {
        text::wrap(
            &format!("{} {said}", scene.paint.glyph(Glyph::Warn)),
            width,
            2,
            mark,
        )
    })
    .map(|line| Line::from(scene.paint.span(Role::Warn, line)))
    .collect()
}

fn foot<'t>(scene: Scene<'t>, question: &Question, width: usize) -> Vec<Line<'t>> {
    let paint = scene.paint;
    let mark = paint.glyph(Glyph::Cut);
    let mut lines = vec![Line::default()];
    match (question.ground, question.plan.confirm) {
        (Ground::Moved, _) => {
            let said = "The state changed behind this question. Esc, then ask again.";
            lines.push(Line::from(
                paint.span(Role::Fail, text::cut(said, width, mark)),
            ));
        }
        (Ground::Same, Confirm::None | Confirm::Yes) => {
            lines.push(Line::from(vec![
                paint.span(Role::Key, "y"),
                paint.span(Role::Text, " does it, Esc cancels."),
            ]));
        }
        (Ground::Same, Confirm::Name) => {
            lines.push(Line::from(
                paint.span(Role::Text, "Type the service's name to enable the action:"),
            ));
            lines.push(field(scene, question, width));
        }
    }
    lines.push(buttons(scene, question));
    let hint = "Esc cancel   Tab move   keys typed before it opened are dropped";
    lines.push(Line::from(
        paint.span(Role::Muted, text::cut(hint, width, mark)),
    ));
    lines
}

fn field<'t>(scene: Scene<'t>, question: &Question, width: usize) -> Line<'t> {
    let paint = scene.paint;
    let typed = text::cut_middle(
        &words::clean(&question.typed),
        width.saturating_sub(4),
        paint.glyph(Glyph::Cut),
    );
    let role = if question
        .plan
        .target
        .service
        .as_str()
        .starts_with(&question.typed)
    {
        Role::Input
    } else {
        Role::InputError
    };
    Line::from(vec![
        paint.span(Role::Muted, "> "),
        paint.span(role, typed),
        paint.span(Role::Cursor, paint.glyph(Glyph::Cursor).to_owned()),
    ])
}

/// Why the accepting button does nothing yet.
fn locked(question: &Question) -> Option<&'static str> {
    match (question.ground, question.plan.confirm) {
        (Ground::Moved, _) => Some("disabled: the state changed"),
        (Ground::Same, Confirm::Name)
            if question.typed != question.plan.target.service.as_str() =>
        {
            Some("disabled: name not complete")
        }
        (Ground::Same, Confirm::None | Confirm::Yes | Confirm::Name) => None,
    }
}

fn buttons<'t>(scene: Scene<'t>, question: &Question) -> Line<'t> {
    let locked = locked(question);
    let accept = question.plan.goal.title();
    let button = |label: &str, focus: Focus, idle: Role| -> Span<'t> {
        if question.focus == focus {
            scene.paint.span(Role::Selection, format!("[ {label} ]"))
        } else {
            scene.paint.span(idle, format!("( {label} )"))
        }
    };
    let idle = if locked.is_some() {
        Role::KeyDisabled
    } else {
        Role::Text
    };
    let mut spans = vec![
        button("Cancel", Focus::Cancel, Role::Text),
        "    ".into(),
        button(accept, Focus::Accept, idle),
    ];
    if let Some(why) = locked {
        spans.push(scene.paint.span(Role::Muted, format!(" {why}")));
    }
    Line::from(spans)
}
