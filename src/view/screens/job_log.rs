//! The log pane: the open job's lines, folded, searched, cut or broken.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::layout::Tier;
use super::{Scene, words};
use crate::app::log_pane::{LogPane, Shown as ShownLine, Tail};
use crate::app::pick::Field;
use crate::app::pipeline::Side;
use crate::config::theme::{Glyph, Role};
use crate::domain::pipeline::{Delivery, LineKind};
use crate::view::text;
use crate::view::widgets::pane::Pane;
use crate::view::widgets::put_line;

/// A log as it is drawn.
pub(super) struct Looked<'l> {
    /// Its lines.
    pub(super) pane: &'l LogPane,
    /// What stands in its frame.
    pub(super) title: String,
    /// What is said where there are no lines.
    pub(super) said: Option<(Role, String)>,
    /// Whether keys go to it.
    pub(super) has_keys: bool,
}

pub(super) fn draw(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    let pipeline = &scene.model.pipeline;
    let title = match pipeline.job() {
        Some(job) => format!("log: {}", job.name.shown()),
        None => "log".to_owned(),
    };
    let looked = Looked {
        pane: &pipeline.log,
        title,
        said: said_instead(scene),
        has_keys: pipeline.side == Side::Log,
    };
    pane(scene, &looked, buf, area);
}

/// Draws a log in its frame.
pub(super) fn pane(scene: Scene<'_>, looked: &Looked<'_>, buf: &mut Buffer, area: Rect) {
    let most = usize::from(area.width / 2);
    let title = text::cut(&looked.title, most, scene.paint.glyph(Glyph::Cut));
    let mut pane = Pane::titled(scene.tier.frame(), &title, scene.paint);
    if looked.said.is_none() {
        for status in status(scene, looked.pane) {
            pane = pane.with_right(status);
        }
    }
    let inner = pane.draw(buf, area, scene.paint);
    match &looked.said {
        Some((role, said)) => {
            let width = usize::from(inner.width);
            let lines = text::wrap(said, width, 6, scene.paint.glyph(Glyph::Cut));
            for (row, line) in (0..).zip(lines) {
                put_line(buf, inner, row, &Line::from(scene.paint.span(*role, line)));
            }
        }
        None => self::lines(scene, looked, buf, inner),
    }
}

/// Follow, wrap, matches; shorter forms where there is no room.
fn status<'t>(scene: Scene<'t>, log: &LogPane) -> Vec<Line<'t>> {
    let pick = &scene.model.ui.list;
    let cursor = match pick.field {
        Field::Typed => scene.paint.glyph(Glyph::Cursor),
        Field::Left => "",
    };
    let found = match (pick.typed.as_str(), pick.field) {
        ("", Field::Left) => String::new(),
        (typed, _) => {
            let matches = log.matches(typed);
            let place = matches.iter().position(|number| *number == log.at);
            let place = place.map_or("-".to_owned(), |at| (at + 1).to_string());
            format!(
                "/{}{cursor}/ {place} of {}  ",
                words::clean(typed),
                matches.len()
            )
        }
    };
    let tail = match log.tail {
        Tail::Followed => "follow on",
        Tail::Left => "follow off",
    };
    let wrap = if log.wraps { "wrap on" } else { "wrap off" };
    let line = |said: String| Line::from(scene.paint.span(Role::Input, said));
    vec![
        line(format!("{found}{tail}  {wrap} ")),
        line(format!("{found}{tail} ")),
        line(found),
    ]
}

/// What stands in the pane where there are no lines.
fn said_instead(scene: Scene<'_>) -> Option<(Role, String)> {
    let pipeline = &scene.model.pipeline;
    let log = &pipeline.log;
    let Some(job) = pipeline.job() else {
        return Some((
            Role::Muted,
            "Enter on a job opens its steps and its log".to_owned(),
        ));
    };
    if !log.lines.is_empty() {
        return None;
    }
    if let Some(fault) = &log.fault {
        let hint = fault
            .hint
            .as_ref()
            .map_or(String::new(), |hint| format!(" - {}", hint.shown()));
        return Some((Role::Fail, format!("{}{hint}", fault.text.shown())));
    }
    let known = pipeline.feed.value.as_ref()?;
    let at_the_end = known.capabilities.logs == Delivery::AtTheEnd;
    if at_the_end && !job.state.is_over() {
        let said = format!(
            "{} gives a log when its job has ended. This one is {}; its steps show at the left how far it is.",
            known.capabilities.provider,
            job.state.word()
        );
        return Some((Role::Muted, said));
    }
    let said = if log.ended {
        "the log is empty"
    } else {
        "the log is being read"
    };
    Some((Role::Muted, said.to_owned()))
}

fn lines(scene: Scene<'_>, looked: &Looked<'_>, buf: &mut Buffer, area: Rect) {
    let log = looked.pane;
    let (height, width) = (usize::from(area.height), usize::from(area.width));
    let shown = log.shown();
    let here = shown
        .partition_point(|one| one.number < log.at)
        .min(shown.len().saturating_sub(1));
    let gone = gone(log);
    let rows = rows_around(scene, looked, (&shown, here), (width, height));
    let starts_at_top = rows.first_shown == 0;
    let mut y = 0;
    if let (Some(gone), true) = (gone, starts_at_top && rows.lines.len() < height) {
        put_line(
            buf,
            area,
            0,
            &Line::from(scene.paint.span(Role::Warn, gone)),
        );
        y = 1;
    }
    for line in rows
        .lines
        .iter()
        .take(height.saturating_sub(usize::from(y)))
    {
        put_line(buf, area, y, line);
        y += 1;
    }
}

/// What is not in the ring.
fn gone(log: &LogPane) -> Option<String> {
    let mib = log.skipped_bytes / 1024 / 1024;
    match (log.dropped, log.skipped_bytes) {
        (0, 0) => None,
        (0, bytes) if mib == 0 => Some(format!(
            "{} KiB before this were not read",
            bytes.div_ceil(1024)
        )),
        (0, _) => Some(format!("{mib} MiB before this were not read")),
        (lines, 0) => Some(format!("{lines} lines before this were dropped")),
        (lines, _) => Some(format!(
            "{lines} lines before this were dropped, {mib} MiB not read"
        )),
    }
}

struct Rows<'t> {
    lines: Vec<Line<'t>>,
    first_shown: usize,
}

/// So many rows that the line looked at is among them: at the end where it is the last, else in the middle.
fn rows_around<'t>(
    scene: Scene<'t>,
    looked: &Looked<'_>,
    (shown, here): (&[ShownLine<'_>], usize),
    (width, height): (usize, usize),
) -> Rows<'t> {
    let above = if here + 1 == shown.len() {
        height
    } else {
        height / 2
    };
    let mut before: Vec<Line<'t>> = Vec::new();
    let mut first_shown = here;
    for at in (0..=here).rev() {
        let Some(one) = shown.get(at) else { break };
        let rows = told(scene, looked, one, (width, at == here));
        if before.len() + rows.len() > above.max(1) && at != here {
            break;
        }
        first_shown = at;
        before.splice(0..0, rows);
    }
    let mut lines = before;
    for at in here + 1..shown.len() {
        if lines.len() >= height {
            break;
        }
        if let Some(one) = shown.get(at) {
            lines.extend(told(scene, looked, one, (width, false)));
        }
    }
    // A short rest below leaves room above.
    while lines.len() < height && first_shown > 0 {
        first_shown -= 1;
        if let Some(one) = shown.get(first_shown) {
            lines.splice(0..0, told(scene, looked, one, (width, false)));
        }
    }
    Rows { lines, first_shown }
}

fn told<'t>(
    scene: Scene<'t>,
    looked: &Looked<'_>,
    one: &ShownLine<'_>,
    (width, is_here): (usize, bool),
) -> Vec<Line<'t>> {
    let paint = scene.paint;
    let time = one
        .line
        .at
        .map_or(String::new(), |at| format!("{} ", words::when(scene, at)));
    let narrow = matches!(scene.tier, Tier::Text | Tier::Compact) && !looked.has_keys;
    let time = if narrow { String::new() } else { time };
    let role = match one.line.kind {
        LineKind::Plain | LineKind::GroupEnd => Role::LogInfo,
        LineKind::Command | LineKind::GroupBegin => Role::Strong,
        LineKind::Error => Role::LogError,
        LineKind::Warning => Role::LogWarn,
        LineKind::Debug => Role::LogDebug,
    };
    let said = match (one.line.kind, one.folded) {
        (LineKind::GroupBegin, 0) => format!("- {}", one.line.text),
        (LineKind::GroupBegin, 1) => format!("+ {} (1 line)", one.line.text),
        (LineKind::GroupBegin, folded) => format!("+ {} ({folded} lines)", one.line.text),
        _ => one.line.text.clone(),
    };
    let room = width.saturating_sub(text::width(&time));
    let parts = if looked.pane.wraps {
        text::fold(&said, room)
    } else {
        vec![text::cut(&said, room, paint.glyph(Glyph::Cut))]
    };
    let wanted = scene.model.ui.list.typed.to_lowercase();
    let mut lines = Vec::new();
    for (at, part) in parts.into_iter().enumerate() {
        let lead = if at == 0 {
            time.clone()
        } else {
            " ".repeat(text::width(&time))
        };
        let mut spans = vec![paint.span(Role::LogTime, lead)];
        spans.extend(marked(scene, &part, &wanted, role));
        let line = Line::from(spans);
        let chosen = is_here && looked.has_keys;
        lines.push(super::listing::chosen(line, chosen, paint));
    }
    lines
}

/// The text with what was searched for marked.
fn marked<'t>(scene: Scene<'t>, text: &str, wanted: &str, role: Role) -> Vec<Span<'t>> {
    let lower = text.to_lowercase();
    // Where lower case has other lengths, places would be wrong.
    if wanted.is_empty() || lower.len() != text.len() {
        return vec![scene.paint.span(role, text.to_owned())];
    }
    let mut spans = Vec::new();
    let mut done = 0;
    for (at, _) in lower.match_indices(wanted) {
        let (Some(before), Some(hit)) = (text.get(done..at), text.get(at..at + wanted.len()))
        else {
            break;
        };
        spans.push(scene.paint.span(role, before.to_owned()));
        spans.push(scene.paint.span(Role::LogMatch, hit.to_owned()));
        done = at + wanted.len();
    }
    spans.push(
        scene
            .paint
            .span(role, text.get(done..).unwrap_or_default().to_owned()),
    );
    spans
}
