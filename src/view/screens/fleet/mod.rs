//! All services: a row each, what needs a person first, and below them what a person should know before anything else.

mod attention;
mod columns;
mod head;
mod table;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::layout::Tier;
use super::{Scene, actions, listing, notices, pointing};
use crate::app::fleet::{self, Notable, Risk, Row};
use crate::app::pointing::{Spot, Spots};
use crate::config::theme::{Glyph, Role};

/// The title.
pub(super) fn head(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    head::draw(scene, buf, area);
}

/// Where the parts of the screen stand.
#[derive(Debug, Clone, Copy)]
struct Places {
    head: Rect,
    table: Rect,
    attention: Rect,
    keys: Rect,
}

pub(super) fn draw(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    let model = scene.model;
    let rows = fleet::listed(&model.fleet, model.now);
    let notable = fleet::attention(&model.fleet, model.now);
    let places = places(scene.tier, area, &notable);
    head::draw(scene, buf, places.head);
    table::draw(scene, &rows, buf, places.table);
    attention::draw(scene, &notable, buf, places.attention);
    notices::draw(scene, buf, area);
    actions::bar(scene, buf, places.keys);
}

/// What can be pressed on: services, in the table and in the attention pane.
pub(super) fn spots(scene: Scene<'_>, area: Rect, spots: &mut Spots) {
    let model = scene.model;
    let rows = fleet::listed(&model.fleet, model.now);
    let notable = fleet::attention(&model.fleet, model.now);
    let places = places(scene.tier, area, &notable);
    let list = table::list(scene, places.table);
    let at = fleet::chosen(&model.fleet, &rows).map_or(0, |(at, _)| at);
    let shown = visible(list.height, at, rows.len());
    let shown = rows.get(shown).unwrap_or_default();
    let of_table = shown.iter().map(|(_, row)| Some(*row));
    row_spots(list, of_table, spots);
    if places.attention.height > 0 {
        let list = attention::list(scene, places.attention);
        row_spots(list, notable.iter().map(|one| one.row), spots);
    }
    actions::spots(scene, places.keys, spots);
}

fn row_spots<'r>(list: Rect, rows: impl Iterator<Item = Option<&'r Row>>, spots: &mut Spots) {
    for (y, row) in (0..list.height).zip(rows) {
        let place = Rect {
            y: list.y + y,
            height: 1,
            ..list
        };
        if let Some(row) = row {
            spots.add(pointing::area(place), Spot::Service(row.target.clone()));
        }
    }
}

/// The attention pane takes what it needs, as far as the rows can spare it.
fn places(tier: Tier, area: Rect, notable: &[Notable<'_>]) -> Places {
    let at = |y: u16, height: u16| Rect {
        y: area.y + y.min(area.height),
        height: height.min(area.height.saturating_sub(y)),
        ..area
    };
    let body = area.height.saturating_sub(2);
    let frame = match tier {
        Tier::Text | Tier::Compact => 1,
        Tier::Boxed | Tier::Wide => 2,
    };
    let wanted = u16::try_from(notable.len().max(1)).unwrap_or(u16::MAX);
    let below = match tier {
        Tier::Text => 0,
        Tier::Compact | Tier::Boxed | Tier::Wide => {
            wanted.saturating_add(frame).min((body / 3).max(frame + 1))
        }
    };
    Places {
        head: at(0, 1),
        table: at(1, body - below),
        attention: at(1 + body - below, below),
        keys: at(area.height.saturating_sub(1), 1),
    }
}

/// The sign of a class, and how it is drawn. Nothing but a row that is fresh and well gets the sign of health.
fn sign(risk: Risk) -> (Glyph, Role) {
    match risk {
        Risk::Failing => (Glyph::Fail, Role::Fail),
        Risk::RollBack => (Glyph::Fail, Role::VerdictRollback),
        Risk::Hold => (Glyph::Warn, Role::VerdictHold),
        Risk::Waiting => (Glyph::Waiting, Role::Waiting),
        Risk::UnderWay => (Glyph::Running, Role::Running),
        Risk::Unknown => (Glyph::Unknown, Role::Unknown),
        Risk::Healthy => (Glyph::Ok, Role::Ok),
    }
}

/// What stands in the table's pane: its rows, from the first that is visible.
fn visible(height: u16, at: usize, count: usize) -> std::ops::Range<usize> {
    let first = listing::first(height, at, count);
    first..(first + usize::from(height)).min(count)
}
