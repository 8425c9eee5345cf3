//! What was just refused, is being read or has been told: a line or two above the keys.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Scene, actions, words};
use crate::app::action::Action;
use crate::app::asking::Asking;
use crate::app::cut_off::{Standing, standing, told};
use crate::app::screen::Level;
use crate::config::theme::{Glyph, Role};
use crate::view::text;
use crate::view::widgets::{clear, put};

pub(super) fn draw(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    let Some((role, glyph, said)) = notice(scene) else {
        return;
    };
    let paint = scene.paint;
    let said = format!("{} {said}", paint.glyph(glyph));
    let lines = text::wrap(
        &said,
        usize::from(area.width.saturating_sub(2)),
        3,
        paint.glyph(Glyph::Cut),
    );
    let height = u16::try_from(lines.len()).unwrap_or(3);
    let Some(top) = area.height.checked_sub(1 + height) else {
        return;
    };
    clear(
        buf,
        Rect {
            y: area.y + top,
            height,
            ..area
        },
        paint.style(role),
    );
    for (row, line) in (top..).zip(&lines) {
        put(buf, area, (1, row), line, paint.style(role));
    }
}

fn notice(scene: Scene<'_>) -> Option<(Role, Glyph, String)> {
    let hint =
        |hint: Option<&String>| hint.map_or(String::new(), |h| format!(": {}", words::clean(h)));
    match &scene.model.asking {
        Asking::Observing(_, request, _) => {
            let said = format!("{}: reading the cluster afresh", request.goal.title());
            return Some((Role::Running, Glyph::Running, said));
        }
        Asking::Refused(goal, refusal) => {
            let said = format!(
                "{} refused: {}{}",
                goal.title(),
                words::clean(&refusal.text),
                hint(refusal.hint.as_ref())
            );
            return Some((Role::ToastWarn, Glyph::Warn, said));
        }
        Asking::Failed(goal, notice) => {
            let said = format!(
                "{} not planned: {}{}",
                goal.title(),
                words::clean(&notice.summary),
                hint(notice.hint.as_ref())
            );
            return Some((Role::ToastError, Glyph::Fail, said));
        }
        Asking::Nothing | Asking::Question(_) => {}
    }
    let Some(toast) = &scene.model.ui.toast else {
        return cut_off(scene).or_else(|| fault(scene));
    };
    let (role, glyph) = match toast.level {
        Level::Info => (Role::ToastInfo, Glyph::Ok),
        Level::Warn => (Role::ToastWarn, Glyph::Warn),
        Level::Error => (Role::ToastError, Glyph::Fail),
    };
    Some((role, glyph, words::clean(&toast.text)))
}

/// A plan that was cut off, and the keys that deal with it.
fn cut_off(scene: Scene<'_>) -> Option<(Role, Glyph, String)> {
    let (claim, Standing::CutOff) = standing(scene.model)? else {
        return None;
    };
    let key = |action| actions::written(scene, action);
    Some((
        Role::ToastWarn,
        Glyph::Warn,
        format!(
            "a plan was cut off: {}. {} resumes, {} undoes",
            words::clean(&told(claim, scene.model.now)),
            key(Action::ResumePlan),
            key(Action::UndoPlan)
        ),
    ))
}

/// Why a feed is down, as long as it is.
fn fault(scene: Scene<'_>) -> Option<(Role, Glyph, String)> {
    let feeds = &scene.model.feeds;
    let cluster = feeds.cluster.fault.as_ref().map(|fault| ("K8S", fault));
    let (name, fault) = cluster.or(feeds.metrics.fault.as_ref().map(|fault| ("METRICS", fault)))?;
    let hint = fault
        .hint
        .as_ref()
        .map_or(String::new(), |hint| format!(": {}", hint.shown()));
    Some((
        Role::Offline,
        Glyph::Fail,
        format!("{name} {}{hint}", fault.text.shown()),
    ))
}
