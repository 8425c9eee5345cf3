//! The event log, newest line last.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Scene, words};
use crate::app::log::Line as LogLine;
use crate::domain::event::NoteKind;
use crate::view::widgets::lines::{EventLine, State, event};
use crate::view::widgets::pane::Pane;
use crate::view::widgets::put_line;

pub(super) fn draw(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    if area.height < 2 {
        return;
    }
    let inner =
        Pane::titled(scene.tier.frame(), "events", scene.paint).draw(buf, area, scene.paint);
    let lines = scene.model.log.lines();
    let skipped = lines.len().saturating_sub(usize::from(inner.height));
    for (row, line) in (0..).zip(lines.skip(skipped)) {
        put_line(
            buf,
            inner,
            row,
            &event(&told(scene, line), usize::from(inner.width), scene.paint),
        );
    }
}

fn told(scene: Scene<'_>, line: &LogLine) -> EventLine {
    let state = match line.kind {
        NoteKind::Rollout | NoteKind::Plan | NoteKind::Verdict | NoteKind::Ci => State::Ok,
        NoteKind::Pod | NoteKind::Feed => State::Warn,
    };
    EventLine {
        time: words::when(scene, line.at),
        kind: line.kind.word().to_owned(),
        state,
        text: line.text.shown().to_owned(),
    }
}
