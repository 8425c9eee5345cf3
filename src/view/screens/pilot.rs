//! Who drives and what it does, and the question before a pilot is let drive from here.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Scene, words};
use crate::app::pilot;
use crate::config::theme::{Glyph, Role};
use crate::domain::text::Text;
use crate::strategy::pilot::{Decision, Held};
use crate::view::text;
use crate::view::widgets::{dialog, put_line};

/// One line about the pilot; `None` where nobody drives and none is on here.
pub(super) fn line(scene: Scene<'_>, width: usize) -> Option<Line<'_>> {
    let (role, told) = told(scene)?;
    let mark = scene.paint.glyph(Glyph::Cut);
    let room = width.saturating_sub(7);
    Some(Line::from(vec![
        scene.paint.span(Role::Muted, "pilot  "),
        scene.paint.span(role, text::cut(&told, room, mark)),
    ]))
}

fn told(scene: Scene<'_>) -> Option<(Role, String)> {
    let model = scene.model;
    let note = pilot::note(model);
    if model.pilot.is_on() {
        let decision = model.pilot.decision.as_ref();
        let is_here = model.pilot.lease.held(&model.pilot.me, model.now) == Held::Here;
        let told = decision.map_or_else(|| "looks".to_owned(), Decision::sentence);
        let is_calm = decision.is_some_and(|decision| !decision.wants_a_person()) && is_here;
        let role = if is_calm { Role::Ok } else { Role::Warn };
        return Some((role, words::clean(&format!("here, {told}"))));
    }
    let (who, _) = pilot::driver(model)?;
    let doing = note.filter(|note| note.drives && note.who == who);
    let doing = doing.map_or_else(|| "drives".to_owned(), |note| note.text.shown().to_owned());
    Some((Role::Text, format!("{}: {doing}", short(&who))))
}

/// Without what only tells one run of the program from another.
fn short(who: &Text) -> &str {
    let shown = who.shown();
    shown.rsplit_once(" #").map_or(shown, |(who, _)| who)
}

/// The question.
pub(super) fn question(scene: Scene<'_>, typed: &str, buf: &mut Buffer, area: Rect) {
    let inner = dialog::frame(buf, area, (72, 14), "PILOT", scene.paint);
    let model = scene.model;
    let mark = scene.paint.glyph(Glyph::Cut);
    let mut lines: Vec<(Role, String)> = vec![
        (
            Role::Strong,
            format!(
                "The pilot drives {} from here, without asking again:",
                model.target
            ),
        ),
        (
            Role::Text,
            "- to the next step when its time is over and the verdict says PROMOTE".to_owned(),
        ),
        (
            Role::Text,
            "- back at once when it says ROLL BACK".to_owned(),
        ),
        (
            Role::Text,
            "- it waits in a freeze, holds and asks in doubt, and yields to a pause or an abort"
                .to_owned(),
        ),
        (
            Role::Text,
            "It drives while this cockpit is open.".to_owned(),
        ),
        (Role::Text, String::new()),
    ];
    if let Some((who, _)) = pilot::driver(model) {
        lines.push((
            Role::Warn,
            format!("{} drives now and is asked to hand over.", short(&who)),
        ));
        lines.push((Role::Text, String::new()));
    }
    lines.push(if pilot::is_confirmed_by_name(model) {
        (
            Role::Key,
            format!(
                "type {} and Enter: {typed}_    Esc cancel",
                model.target.service
            ),
        )
    } else {
        (
            Role::Key,
            "y let it drive    any other key cancels".to_owned(),
        )
    });
    let width = usize::from(inner.width);
    let lines = lines.into_iter().flat_map(|(role, line)| {
        let wrapped = text::wrap(&words::clean(&line), width, 2, mark);
        let wrapped = if wrapped.is_empty() {
            vec![String::new()]
        } else {
            wrapped
        };
        wrapped.into_iter().map(move |line| (role, line))
    });
    for (row, (role, line)) in (0..).zip(lines) {
        put_line(buf, inner, row, &Line::from(scene.paint.span(role, line)));
    }
}
