//! What the candidate brings against the stable release: differences of the pod template, commits.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Scene, actions, listing, notices, title, words};
use crate::app::changes::{Named, Row, rows, sides};
use crate::app::pointing::Spots;
use crate::config::theme::{Glyph, Role};
use crate::domain::pipeline::Commit;
use crate::strategy::changes::TemplateChange;
use crate::view::text;
use crate::view::widgets::pane::{Frame, Pane};
use crate::view::widgets::put_line;

pub(super) fn draw(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    let (paint, pick) = (scene.paint, &scene.model.ui.list);
    let [head, list, whole, keys] = listing::places(area);
    title::draw(scene, buf, head);
    let rows = rows(scene.model);
    let pane = Pane::titled(scene.tier.frame(), "changes", paint).with_right(between(scene));
    let inner = pane.draw(buf, list, paint);
    let width = usize::from(inner.width);
    let lines = rows.iter().map(|row| line(scene, row, width)).collect();
    listing::draw(scene, lines, pick.at, buf, inner);
    full(scene, rows.get(pick.at), buf, whole);
    notices::draw(scene, buf, area);
    actions::bar(scene, buf, keys);
}

/// What can be pressed on: the lines.
pub(super) fn spots(scene: Scene<'_>, area: Rect, spots: &mut Spots) {
    let [_, list, _, keys] = listing::places(area);
    let inner = scene.tier.frame().inner(list);
    let count = rows(scene.model).len();
    listing::spots(inner, scene.model.ui.list.at, count, spots);
    actions::spots(scene, keys, spots);
}

/// `77e0d12 → a1b9c3e`.
fn between(scene: Scene<'_>) -> Line<'_> {
    let Some((stable, candidate)) = sides(scene.model) else {
        return Line::default();
    };
    let arrow = format!(" {} ", scene.paint.glyph(Glyph::Arrow));
    Line::from(vec![
        scene.paint.span(Role::Stable, told(&stable)),
        scene.paint.span(Role::Muted, arrow),
        scene
            .paint
            .span(Role::Canary, format!("{} ", told(&candidate))),
    ])
}

fn told(side: &Named) -> String {
    let commit = side.commit.as_deref().unwrap_or("commit unknown");
    words::clean(commit.get(..7).unwrap_or(commit))
}

fn line<'t>(scene: Scene<'t>, row: &Row, width: usize) -> Line<'t> {
    let (paint, mark) = (scene.paint, scene.paint.glyph(Glyph::Cut));
    match row {
        Row::Head(said) => Line::from(paint.span(Role::Title, text::cut(said, width, mark))),
        Row::Said(said) => {
            let said = text::cut(&words::clean(said), width.saturating_sub(2), mark);
            Line::from(paint.span(Role::Muted, format!("  {said}")))
        }
        Row::Template(change) => {
            let (head, said) = template(change);
            let room = width.saturating_sub(text::width(&head));
            Line::from(vec![
                paint.span(Role::Strong, head),
                paint.span(Role::Text, text::cut(&words::clean(&said), room, mark)),
            ])
        }
        Row::Commit(commit) => {
            let head = format!("  {} ", short(commit));
            let room = width.saturating_sub(text::width(&head));
            Line::from(vec![
                paint.span(Role::Accent, head),
                paint.span(Role::Text, text::cut(&subject(commit), room, mark)),
            ])
        }
    }
}

/// The kind of a difference, and the difference.
fn template(change: &TemplateChange) -> (String, String) {
    let values = match (&change.from, &change.to) {
        (Some(from), Some(to)) => format!("  {from} -> {to}"),
        (None, Some(to)) => format!("  {to}"),
        (Some(from), None) => format!("  was {from}"),
        (None, None) => String::new(),
    };
    (
        format!("  {:<9} {:<7} ", change.kind.word(), change.change.word()),
        format!("{}{values}", change.path),
    )
}

fn short(commit: &Commit) -> String {
    let id = commit.id.shown();
    id.get(..8).unwrap_or(id).to_owned()
}

/// The subject with the number of its request, and who wrote it.
fn subject(commit: &Commit) -> String {
    let subject = commit.subject.shown();
    let request = match commit.request {
        Some(number) if !subject.contains('#') => format!(" (#{number})"),
        Some(_) | None => String::new(),
    };
    format!("{subject}{request}  {}", commit.author.shown())
}

/// The chosen line uncut, where it has room.
fn full(scene: Scene<'_>, row: Option<&Row>, buf: &mut Buffer, area: Rect) {
    let paint = scene.paint;
    let inner = Pane::titled(Frame::Rule, "in full", paint).draw(buf, area, paint);
    let said = match row {
        None => String::new(),
        Some(Row::Head(said) | Row::Said(said)) => words::clean(said),
        Some(Row::Template(change)) => {
            let (head, said) = template(change);
            format!("{} {}", head.trim(), words::clean(&said))
        }
        Some(Row::Commit(commit)) => {
            let at = commit
                .at
                .map_or(String::new(), |at| format!("  {}", words::moment(at)));
            format!("{} {}{at}", commit.id.shown(), subject(commit))
        }
    };
    let (width, height) = (usize::from(inner.width), usize::from(inner.height));
    let lines = text::wrap(&said, width, height, paint.glyph(Glyph::Cut));
    for (row, line) in (0..).zip(lines) {
        put_line(buf, inner, row, &Line::from(paint.span(Role::Text, line)));
    }
}
