//! The table of services. Only the rows that are visible are made.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::columns::{Column, Contexts, columns};
use super::{sign, visible};
use crate::analysis::verdict::Call;
use crate::analysis::window::{Point, Series};
use crate::app::fleet::{self, Fleet, Opened, Risk, Row};
use crate::app::pick::Field;
use crate::config::theme::{Glyph, Role};
use crate::domain::feed::FeedState;
use crate::domain::rollout::{Phase, Rollout};
use crate::domain::traffic::Track;
use crate::view::screens::{Scene, listing, words};
use crate::view::text;
use crate::view::widgets::pane::Pane;
use crate::view::widgets::put_line;

pub(super) fn draw(scene: Scene<'_>, rows: &[(Risk, &Row)], buf: &mut Buffer, area: Rect) {
    let paint = scene.paint;
    let pane =
        Pane::titled(scene.tier.frame(), "services", paint).with_right(right(scene, rows.len()));
    let inner = pane.draw(buf, area, paint);
    let columns = columns(usize::from(inner.width), contexts(&scene.model.fleet));
    put_line(buf, inner, 0, &head(scene, &columns));
    let list = list(scene, area);
    let Some((at, _)) = fleet::chosen(&scene.model.fleet, rows) else {
        let said = Line::from(paint.span(Role::Unknown, "  no service fits the filter"));
        return put_line(buf, list, 0, &said);
    };
    let range = visible(list.height, at, rows.len());
    let first = range.start;
    for (y, (index, (risk, row))) in (0..list.height).zip(
        rows.get(range)
            .unwrap_or_default()
            .iter()
            .enumerate()
            .map(|(offset, row)| (first + offset, row)),
    ) {
        let line = listing::chosen(line(scene, *risk, row, &columns), index == at, paint);
        put_line(buf, list, y, &line);
    }
}

/// Where the rows stand, below their heads.
pub(super) fn list(scene: Scene<'_>, area: Rect) -> Rect {
    let inner = scene.tier.frame().inner(area);
    Rect {
        y: inner.y + 1.min(inner.height),
        height: inner.height.saturating_sub(1),
        ..inner
    }
}

fn contexts(fleet: &Fleet) -> Contexts {
    let mut places = fleet.places.iter().map(|(place, _)| &place.context);
    let first = places.next();
    if places.any(|context| Some(context) != first) {
        Contexts::Several
    } else {
        Contexts::One
    }
}

/// `filter: cart_  sort: risk  3 of 21`.
fn right(scene: Scene<'_>, shown: usize) -> Line<'_> {
    let fleet = &scene.model.fleet;
    let cursor = match fleet.filter.field {
        Field::Typed => scene.paint.glyph(Glyph::Cursor),
        Field::Left => "",
    };
    let mut spans = Vec::new();
    if fleet.filter.field == Field::Typed || !fleet.filter.typed.is_empty() {
        let typed = words::clean(&fleet.filter.typed);
        spans.push(
            scene
                .paint
                .span(Role::Input, format!("filter: {typed}{cursor}  ")),
        );
    }
    let all = fleet.rows.len();
    let count = if shown == all {
        format!("{all} ")
    } else {
        format!("{shown} of {all} ")
    };
    spans.push(
        scene
            .paint
            .span(Role::Muted, format!("sort: {}  ", fleet.sort.word())),
    );
    spans.push(scene.paint.span(Role::Text, count));
    Line::from(spans)
}

fn head<'t>(scene: Scene<'t>, columns: &[(Column, usize)]) -> Line<'t> {
    let titles: Vec<String> = columns
        .iter()
        .map(|(column, width)| aligned(*column, column.title(), *width, ""))
        .collect();
    Line::from(scene.paint.span(Role::Muted, titles.join(" ")))
}

/// Numbers stand at the right of their columns.
fn aligned(column: Column, text: &str, width: usize, mark: &str) -> String {
    match column {
        Column::Weight | Column::Errors | Column::Latency | Column::Age => {
            text::pad_left(text, width, mark)
        }
        Column::Sign
        | Column::Service
        | Column::Environment
        | Column::Context
        | Column::Version
        | Column::Step
        | Column::State => text::pad(text, width, mark),
    }
}

fn line<'t>(scene: Scene<'t>, risk: Risk, row: &Row, columns: &[(Column, usize)]) -> Line<'t> {
    let mark = scene.paint.glyph(Glyph::Cut);
    let state = scene.model.fleet.state(row, scene.model.now);
    let mut spans: Vec<Span<'_>> = Vec::with_capacity(columns.len() * 2);
    for (column, width) in columns {
        let (role, said) = cell(scene, *column, risk, row);
        // What is not fresh is not drawn as if it were.
        let role = match (state, column) {
            (FeedState::Live, _) | (_, Column::Service | Column::State) => role,
            (_, Column::Sign) if risk == Risk::Unknown => role,
            (FeedState::Starting, _) => Role::Unknown,
            (FeedState::Stale | FeedState::Down | FeedState::LoginExpired, _) => Role::Stale,
        };
        let said = if *column == Column::Version {
            text::cut_middle(&said, *width, mark)
        } else {
            said
        };
        spans.push(
            scene
                .paint
                .span(role, aligned(*column, &said, *width, mark)),
        );
        spans.push(scene.paint.span(Role::Text, " "));
    }
    Line::from(spans)
}

fn cell(scene: Scene<'_>, column: Column, risk: Risk, row: &Row) -> (Role, String) {
    let rollout = row.rollout.as_ref();
    match column {
        Column::Sign => {
            let (glyph, role) = sign(risk);
            (role, scene.paint.glyph(glyph).to_owned())
        }
        Column::Service => (Role::Strong, words::clean(row.target.service.as_str())),
        Column::Environment => environment(scene, row),
        Column::Context => {
            let place = scene.model.fleet.place(row);
            let context = place.map_or("", |(place, _)| place.context.as_deref().unwrap_or("-"));
            (Role::Muted, words::clean(context))
        }
        Column::Version => (
            Role::Text,
            rollout.map_or_else(String::new, |rollout| versions(scene, rollout)),
        ),
        Column::Step => {
            let step = rollout.and_then(|rollout| rollout.step);
            let said = step.map_or_else(String::new, |step| {
                format!("{}/{}", step.index + 1, step.count)
            });
            (Role::Text, said)
        }
        Column::Weight => (Role::Text, weight(rollout)),
        Column::Errors => numbers(scene, row, |series, side| {
            words::percent(series.points(side).next_back().and_then(Point::error_share))
        }),
        Column::Latency => numbers(scene, row, |series, side| {
            words::millis(series.points(side).next_back().and_then(|point| point.p95))
        }),
        Column::State => state(scene, row),
        Column::Age => (Role::Muted, age(scene, row)),
    }
}

fn environment(scene: Scene<'_>, row: &Row) -> (Role, String) {
    let environment = scene.model.settings.environment(&row.target);
    let role = match environment {
        Some(environment) if environment.policy.protected => Role::EnvProduction,
        Some(_) | None => Role::EnvOther,
    };
    (role, words::clean(row.target.environment.as_str()))
}

fn versions(scene: Scene<'_>, rollout: &Rollout) -> String {
    let stable = rollout.stable.as_ref().map_or("?", |side| side.tag());
    match &rollout.candidate {
        None => words::clean(stable),
        Some(candidate) => words::clean(&format!(
            "{stable}{}{}",
            scene.paint.glyph(Glyph::Arrow),
            candidate.tag()
        )),
    }
}

fn weight(rollout: Option<&Rollout>) -> String {
    let split = rollout
        .filter(|rollout| rollout.candidate.is_some())
        .and_then(|rollout| rollout.split);
    split.map_or_else(|| "-".to_owned(), |split| split.canary.to_string())
}

/// Both sides' number: the candidate's only while there is one.
fn numbers(scene: Scene<'_>, row: &Row, of: impl Fn(&Series, Track) -> String) -> (Role, String) {
    let model = scene.model;
    let is_open = model.fleet.opened == Opened::Target && row.target == model.target;
    let (series, state) = if is_open {
        (&model.reading.series, model.feeds.metrics.state(model.now))
    } else {
        (&row.series, row.numbers.state(model.now))
    };
    let role = match state {
        FeedState::Live => Role::Text,
        FeedState::Starting => Role::Muted,
        FeedState::Stale | FeedState::Down | FeedState::LoginExpired => Role::Stale,
    };
    let stable = of(series, Track::Stable);
    let said = if row.is_under_way() {
        format!("{}/{stable}", of(series, Track::Canary))
    } else {
        stable
    };
    (role, said)
}

/// The verdict on a candidate, else the phase; of what is not fresh, how long it has not been.
fn state(scene: Scene<'_>, row: &Row) -> (Role, String) {
    let fleet = &scene.model.fleet;
    let aged = |word: &str| {
        let age = fleet.age(row, scene.model.now);
        let age = age.map_or(String::new(), |age| {
            format!(" {}", text::age(words::seconds(age)))
        });
        format!("{word}{age}")
    };
    match fleet.state(row, scene.model.now) {
        FeedState::Starting => (Role::Unknown, "unknown".to_owned()),
        FeedState::Stale => (Role::Stale, aged("stale")),
        FeedState::Down if row.fault.is_some() && row.rollout.is_none() => {
            (Role::Offline, "not found".to_owned())
        }
        FeedState::Down if row.rollout.is_none() => (Role::Unknown, "unknown".to_owned()),
        FeedState::Down => (Role::Offline, aged("stale")),
        FeedState::LoginExpired => (Role::Offline, "login expired".to_owned()),
        FeedState::Live => match &row.rollout {
            Some(rollout) => fresh(row, rollout),
            None => (Role::Unknown, "unknown".to_owned()),
        },
    }
}

fn fresh(row: &Row, rollout: &Rollout) -> (Role, String) {
    let call = row.verdict.as_ref().map(|verdict| verdict.call);
    let (role, word) = match (rollout.phase, call) {
        (Phase::Progressing, Some(Call::Promote)) => (Role::VerdictPromote, "PROMOTE"),
        (Phase::Progressing, Some(Call::Hold)) => (Role::VerdictHold, "HOLD"),
        (Phase::Progressing | Phase::Paused, Some(Call::RollBack)) => {
            (Role::VerdictRollback, "ROLL BACK")
        }
        (Phase::Progressing, Some(Call::NotEnoughData)) => (Role::Unknown, "NO DATA"),
        (Phase::Progressing, None) => (Role::Running, Phase::Progressing.word()),
        (Phase::Healthy, _) => (Role::Ok, Phase::Healthy.word()),
        (Phase::Paused, _) => (Role::Paused, Phase::Paused.word()),
        (Phase::Degraded, _) => (Role::Fail, Phase::Degraded.word()),
        (Phase::Aborted, _) => (Role::Waiting, Phase::Aborted.word()),
        (Phase::Unknown, _) => (Role::Unknown, Phase::Unknown.word()),
    };
    (role, word.to_owned())
}

/// How long its step, else its release, has been there.
fn age(scene: Scene<'_>, row: &Row) -> String {
    let step = row
        .rollout
        .as_ref()
        .and_then(|rollout| rollout.step?.started_at);
    let since = step.or(row.deployed_at);
    since.map_or_else(|| "-".to_owned(), |at| words::ago(scene, at))
}
