//! The pods' logs: what the stable pods do not print first and counted, then all lines.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::job_log::{self, Looked};
use super::{Scene, actions, notices, pointing, title, words};
use crate::analysis::log_lines::Unlike;
use crate::app::pod_logs::{pods, short};
use crate::app::pointing::{Spot, Spots};
use crate::config::theme::{Glyph, Role};
use crate::domain::pod_log::Process;
use crate::domain::traffic::Track;
use crate::view::text;
use crate::view::widgets::pane::Pane;
use crate::view::widgets::put_line;

/// Most kinds of lines that are counted above the log.
const KINDS: usize = 6;

/// Where the parts stand.
struct Places {
    title: Rect,
    unlike: Rect,
    log: Rect,
    keys: Rect,
}

fn places(scene: Scene<'_>, area: Rect, kinds: usize) -> Places {
    let row = |y: u16, height: u16| Rect {
        y: area.y + y.min(area.height),
        height: height.min(area.height.saturating_sub(y)),
        ..area
    };
    let body = area.height.saturating_sub(2);
    let frame = scene.tier.frame().rows();
    let wanted = u16::try_from(kinds.clamp(1, KINDS)).unwrap_or(u16::MAX);
    let above = match scene.model.pod_logs.focus.track {
        // Stable's own lines are compared with nothing.
        Track::Stable => 0,
        Track::Canary => (wanted + frame).min(body / 2),
    };
    Places {
        title: row(0, 1),
        unlike: row(1, above),
        log: row(1 + above, body - above),
        keys: row(area.height.saturating_sub(1), 1),
    }
}

pub(super) fn draw(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    let unlike = scene.model.pod_logs.kinds.unlike();
    let at = places(scene, area, unlike.len());
    title::draw(scene, buf, at.title);
    kinds(scene, &unlike, buf, at.unlike);
    log(scene, buf, at.log);
    notices::draw(scene, buf, area);
    actions::bar(scene, buf, at.keys);
}

/// What can be pressed on: the log.
pub(super) fn spots(scene: Scene<'_>, area: Rect, spots: &mut Spots) {
    let kinds = scene.model.pod_logs.kinds.unlike().len();
    let at = places(scene, area, kinds);
    spots.add(pointing::area(at.log), Spot::Log);
    actions::spots(scene, at.keys, spots);
}

fn kinds(scene: Scene<'_>, unlike: &[Unlike], buf: &mut Buffer, area: Rect) {
    if area.height == 0 {
        return;
    }
    let (paint, logs) = (scene.paint, &scene.model.pod_logs);
    let count = match unlike.len() {
        0 => String::new(),
        1 => "1 kind of line ".to_owned(),
        many => format!("{many} kinds of lines "),
    };
    let pane = Pane::titled(
        scene.tier.frame(),
        "what the stable pods do not print",
        paint,
    )
    .with_right(Line::from(paint.span(Role::Muted, count)));
    let inner = pane.draw(buf, area, paint);
    let said = match (logs.is_read, logs.kinds.can_compare()) {
        (false, _) if logs.pane.fault.is_some() => "not known",
        (false, _) => "the logs are being read",
        (true, false) => "not known: no line of the stable pods was read",
        (true, true) => "nothing: the stable pods print every kind of line too",
    };
    if unlike.is_empty() {
        return put_line(buf, inner, 0, &Line::from(paint.span(Role::Muted, said)));
    }
    let left_out = unlike.len().saturating_sub(usize::from(inner.height));
    for (row, one) in (0..inner.height).zip(unlike) {
        let line = if left_out > 0 && row + 1 == inner.height {
            let more = format!("and {} more kinds", left_out + 1);
            Line::from(paint.span(Role::Muted, more))
        } else {
            counted(scene, one, usize::from(inner.width))
        };
        put_line(buf, inner, row, &line);
    }
}

/// `  12x  2 pods  cart item rejected: negative quantity`.
fn counted<'t>(scene: Scene<'t>, one: &Unlike, width: usize) -> Line<'t> {
    let pods = match one.pods {
        1 => "1 pod".to_owned(),
        pods => format!("{pods} pods"),
    };
    let head = format!("{:>6}x {pods:>7}  ", one.count);
    let room = width.saturating_sub(text::width(&head));
    let newest = text::cut(
        &words::clean(&one.newest.text),
        room,
        scene.paint.glyph(Glyph::Cut),
    );
    Line::from(vec![
        scene.paint.span(Role::Strong, head),
        scene.paint.span(Role::LogWarn, newest),
    ])
}

fn log(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    let logs = &scene.model.pod_logs;
    let looked = Looked {
        pane: &logs.pane,
        title: heading(scene),
        said: said_instead(scene),
        has_keys: true,
    };
    job_log::pane(scene, &looked, buf, area);
}

/// `logs: canary v2.42.0, 2 pods`, and where it is so that they are of the containers before their restart.
fn heading(scene: Scene<'_>) -> String {
    let logs = &scene.model.pod_logs;
    let rollout = scene.model.reading.rollout.as_ref();
    let side = rollout.and_then(|rollout| rollout.side(logs.focus.track));
    let tag = side.map_or(String::new(), |side| {
        format!(" {}", words::clean(side.tag()))
    });
    let process = match logs.focus.process {
        Process::Present => "",
        Process::Previous => ", before their restart",
    };
    let pods = match pods(scene.model, logs.focus.track).len() {
        1 => "1 pod".to_owned(),
        pods => format!("{pods} pods"),
    };
    format!("logs: {}{tag}, {pods}{process}", logs.focus.track.word())
}

/// What stands in the pane where there are no lines.
fn said_instead(scene: Scene<'_>) -> Option<(Role, String)> {
    let logs = &scene.model.pod_logs;
    if !logs.pane.lines.is_empty() {
        return None;
    }
    if let Some(fault) = &logs.pane.fault {
        let hint = fault.hint.as_ref();
        let hint = hint.map_or(String::new(), |hint| format!(" - {}", hint.shown()));
        return Some((Role::Fail, format!("{}{hint}", fault.text.shown())));
    }
    if let [(pod, why), ..] = logs.unread.as_slice() {
        let said = format!("{}: {}", words::clean(short(pod)), why.shown());
        return Some((Role::Warn, said));
    }
    if pods(scene.model, logs.focus.track).is_empty() {
        let said = format!("there are no {} pods", logs.focus.track.word());
        return Some((Role::Muted, said));
    }
    let said = if logs.is_read {
        "nothing was printed"
    } else {
        "the logs are being read"
    };
    Some((Role::Muted, said.to_owned()))
}
