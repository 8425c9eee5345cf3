//! The help: every key, page by page, with the reason where one does nothing now. What is chosen can be run.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::actions::written;
use super::{Scene, listing, pointing, words};
use crate::app::action::Action;
use crate::app::command::{Command, help};
use crate::app::pick::{Field, Pick};
use crate::app::pointing::{Spot, Spots};
use crate::config::theme::{Glyph, Role};
use crate::view::text;
use crate::view::widgets::pane::{Frame, Pane};
use crate::view::widgets::{clear, put_line};

/// Columns of the keys.
const KEYS: usize = 9;

/// A row: a heading, an entry with its number, or a sign.
enum Row {
    Head(&'static str),
    Entry(usize, Box<Command>),
    Sign(String),
}

pub(super) fn draw(scene: Scene<'_>, pick: &Pick, buf: &mut Buffer, area: Rect) {
    let place = place(area);
    clear(buf, place, scene.paint.style(Role::Text));
    let rows = rows(scene, &pick.typed);
    let height = usize::from(place.height.saturating_sub(2)).max(1);
    let page = page(&rows, pick.at, height);
    let pages = rows.len().div_ceil(2 * height).max(1);
    let title = match (pick.field, pick.typed.as_str()) {
        (Field::Left, "") => "help".to_owned(),
        (Field::Left | Field::Typed, typed) => format!(
            "help /{}{}",
            words::clean(typed),
            scene.paint.glyph(Glyph::Cursor)
        ),
    };
    let framed = Pane::titled(Frame::Box, &title, scene.paint)
        .with_right(right(scene, page + 1, pages))
        .with_right(Line::from(format!("{}/{pages} ", page + 1)));
    let inner = framed.draw(buf, place, scene.paint);
    for (column, place) in columns(inner, page) {
        let left = place.width;
        for (row, one) in (0..inner.height).zip(rows.iter().skip(column * height).take(height)) {
            put_line(
                buf,
                place,
                row,
                &line(scene, one, usize::from(left), pick.at),
            );
        }
    }
}

fn place(area: Rect) -> Rect {
    let size = (78.min(area.width), 34.min(area.height));
    Rect {
        x: area.x + (area.width - size.0) / 2,
        y: area.y + (area.height - size.1) / 2,
        width: size.0,
        height: size.1,
    }
}

/// The page of two columns that the chosen entry is on.
fn page(rows: &[Row], at: usize, height: usize) -> usize {
    let chosen = rows
        .iter()
        .position(|row| matches!(row, Row::Entry(number, _) if *number == at));
    chosen.unwrap_or(0) / (2 * height)
}

/// The columns of a page, by their numbers from the first page's first.
fn columns(inner: Rect, page: usize) -> [(usize, Rect); 2] {
    let width = (inner.width / 2).saturating_sub(1);
    [(2 * page, inner.x), (2 * page + 1, inner.x + width + 2)]
        .map(|(column, x)| (column, Rect { x, width, ..inner }))
}

/// What can be pressed on: an entry is chosen, not run.
pub(super) fn spots(scene: Scene<'_>, pick: &Pick, area: Rect, spots: &mut Spots) {
    let inner = Frame::Box.inner(place(area));
    let rows = rows(scene, &pick.typed);
    let height = usize::from(inner.height).max(1);
    for (column, place) in columns(inner, page(&rows, pick.at, height)) {
        for (y, row) in (0..inner.height).zip(rows.iter().skip(column * height).take(height)) {
            if let Row::Entry(at, _) = row {
                let place = Rect {
                    y: place.y + y,
                    height: 1,
                    ..place
                };
                spots.add(pointing::area(place), Spot::Lines(*at));
            }
        }
    }
}

fn right(scene: Scene<'_>, page: usize, pages: usize) -> Line<'_> {
    let keys = [
        (Action::Filter, "search"),
        (Action::Open, "runs it"),
        (Action::Back, "closes"),
    ];
    let said: Vec<String> = keys
        .iter()
        .map(|(action, does)| format!("{} {does}", written(scene, *action)))
        .collect();
    let pages = if pages > 1 {
        format!("   {page}/{pages}")
    } else {
        String::new()
    };
    Line::from(
        scene
            .paint
            .span(Role::Muted, format!("{}{pages} ", said.join("  "))),
    )
}

fn rows(scene: Scene<'_>, typed: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut group = None;
    for (at, command) in help(scene.model, typed).into_iter().enumerate() {
        if typed.is_empty() && group != Some(command.group) {
            group = Some(command.group);
            rows.push(Row::Head(command.group.title()));
        }
        rows.push(Row::Entry(at, Box::new(command)));
    }
    if typed.is_empty() {
        rows.push(Row::Head("SIGNS"));
        rows.extend(signs(scene).map(Row::Sign));
    } else if rows.is_empty() {
        rows.push(Row::Sign("nothing fits".to_owned()));
    }
    rows
}

fn line<'t>(scene: Scene<'t>, row: &Row, width: usize, chosen: usize) -> Line<'t> {
    let (paint, mark) = (scene.paint, scene.paint.glyph(Glyph::Cut));
    match row {
        Row::Head(title) => Line::from(paint.span(Role::Title, *title)),
        Row::Sign(said) => Line::from(paint.span(Role::Text, text::cut(said, width, mark))),
        Row::Entry(at, command) => {
            let (key, does) = match command.refused {
                None => (Role::Key, Role::Text),
                Some(_) => (Role::KeyDisabled, Role::Muted),
            };
            let why = command
                .refused
                .as_ref()
                .map_or(String::new(), |why| format!(" ({why})"));
            let said = words::clean(&format!("{}{why}", command.does));
            let line = Line::from(vec![
                paint.span(key, text::pad(&command.keys, KEYS, mark)),
                " ".into(),
                paint.span(does, text::pad(&said, width.saturating_sub(KEYS + 1), mark)),
            ]);
            listing::chosen(line, *at == chosen, paint)
        }
    }
}

fn signs(scene: Scene<'_>) -> impl Iterator<Item = String> {
    let sign =
        |glyph, means: &str| text::pad(&format!("{} {means}", scene.paint.glyph(glyph)), 18, "");
    [
        sign(Glyph::Canary, "canary") + &sign(Glyph::Stable, "stable"),
        sign(Glyph::Ok, "done, fine") + &sign(Glyph::Running, "under way"),
        sign(Glyph::Warn, "look here") + &sign(Glyph::Fail, "failed"),
        sign(Glyph::Unknown, "not known") + &sign(Glyph::Gap, "no data"),
    ]
    .into_iter()
}
