//! The question before a pipeline is approved, rejected, run again or cancelled.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::question::fact;
use super::{Scene, words};
use crate::app::pipeline::{CiQuestion, CiWish, FocusOn};
use crate::config::theme::{Glyph, Role};
use crate::domain::pipeline::{Approval, May};
use crate::domain::text::Text;
use crate::view::text;
use crate::view::widgets::{dialog, put_line};

/// Columns and rows of the frame.
const SIZE: (u16, u16) = (72, 17);

pub(super) fn draw(scene: Scene<'_>, question: &CiQuestion, buf: &mut Buffer, area: Rect) {
    let title = question.wish.word().to_uppercase();
    let inner = dialog::frame(buf, area, SIZE, &title, scene.paint);
    let width = usize::from(inner.width);
    let mut lines = facts(scene, question, width);
    if question.wish.takes_comment() {
        for approval in question.run.approvals.iter().take(2) {
            lines.extend(waits(scene, approval, width));
        }
        lines.push(comment(scene, question, width));
    } else {
        lines.push(fact(scene, "effect", effect(question.wish), width));
    }
    let foot = foot(scene, question, width);
    let first = inner
        .height
        .saturating_sub(u16::try_from(foot.len()).unwrap_or(u16::MAX));
    for (row, line) in (0..first).zip(&lines) {
        put_line(buf, inner, row, line);
    }
    for (row, line) in (first..).zip(&foot) {
        put_line(buf, inner, row, line);
    }
}

/// In quotes, so that a value cannot pass for a word of the question.
fn quoted(value: &Text) -> String {
    format!("\"{}\"", value.shown())
}

fn facts<'t>(scene: Scene<'t>, question: &CiQuestion, width: usize) -> Vec<Line<'t>> {
    let run = &question.run;
    let project = scene
        .model
        .settings
        .pipeline(&scene.model.target.service)
        .map_or(String::new(), |(source, project)| {
            format!("{} at {}", project.project, source.url)
        });
    let by = run
        .by
        .as_ref()
        .map_or(String::new(), |by| format!(", by {}", quoted(by)));
    let what = format!("{} of {}{by}", run.label(), run.short_commit());
    vec![
        fact(scene, "project", &words::clean(&project), width),
        fact(scene, "run", &what, width),
        fact(scene, "title", &quoted(&run.title), width),
    ]
}

/// The environment, since when it waits, and who may decide.
fn waits<'t>(scene: Scene<'t>, approval: &Approval, width: usize) -> Vec<Line<'t>> {
    let since = approval.since.map_or_else(String::new, |since| {
        format!(", waits {}", words::ago(scene, since))
    });
    let timer = approval.not_before.filter(|at| *at > scene.model.now);
    let timer = timer.map_or_else(String::new, |at| {
        format!(", not before {}", words::clock(scene, at))
    });
    let who: Vec<&str> = approval.reviewers.iter().map(Text::shown).collect();
    let who = match (&approval.may, who.as_slice()) {
        (May::Yes, []) => "you".to_owned(),
        (May::Yes, some) => format!("{} (you can)", some.join(", ")),
        (May::No(why), _) => why.shown().to_owned(),
        (May::Unknown, []) => "the provider does not tell".to_owned(),
        (May::Unknown, some) => some.join(", "),
    };
    vec![
        fact(
            scene,
            "environment",
            &format!("{}{since}{timer}", quoted(&approval.name)),
            width,
        ),
        fact(scene, "reviewers", &who, width),
    ]
}

fn comment<'t>(scene: Scene<'t>, question: &CiQuestion, width: usize) -> Line<'t> {
    let paint = scene.paint;
    let typed = text::cut_middle(
        &words::clean(&question.comment),
        width.saturating_sub(14),
        paint.glyph(Glyph::Cut),
    );
    let mut spans = vec![
        paint.span(Role::Muted, format!("{:<11} ", "comment")),
        paint.span(Role::Input, typed),
    ];
    if question.focus == FocusOn::Comment {
        spans.push(paint.span(Role::Cursor, paint.glyph(Glyph::Cursor).to_owned()));
    } else if question.comment.is_empty() {
        spans.push(paint.span(Role::Muted, "none; c writes one"));
    }
    Line::from(spans)
}

fn effect(wish: CiWish) -> &'static str {
    match wish {
        CiWish::Approve => "the waiting jobs go on",
        CiWish::Reject => "the waiting jobs fail",
        CiWish::Rerun => "all jobs run again, as a new attempt",
        CiWish::RerunFailed => "failed jobs and those that need them run again",
        CiWish::Cancel => "jobs under way are stopped, also a deploy",
    }
}

fn foot<'t>(scene: Scene<'t>, question: &CiQuestion, width: usize) -> Vec<Line<'t>> {
    let paint = scene.paint;
    let button = |label: &str, focus: FocusOn| -> Span<'t> {
        if question.focus == focus {
            paint.span(Role::Selection, format!("[ {label} ]"))
        } else {
            paint.span(Role::Text, format!("( {label} )"))
        }
    };
    let said = if question.focus == FocusOn::Comment {
        vec![
            paint.span(Role::Key, "Enter"),
            paint.span(Role::Text, " leaves the comment, Esc cancels."),
        ]
    } else {
        vec![
            paint.span(Role::Key, "y"),
            paint.span(Role::Text, " does it, Esc cancels."),
        ]
    };
    let hint = "Esc cancel   Tab move   keys typed before it opened are dropped";
    vec![
        Line::from(said),
        Line::from(vec![
            button("Cancel", FocusOn::Cancel),
            "    ".into(),
            button(question.wish.word(), FocusOn::Accept),
        ]),
        Line::from(paint.span(Role::Muted, text::cut(hint, width, paint.glyph(Glyph::Cut)))),
    ]
}
