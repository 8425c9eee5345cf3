//! The title of the fleet: where, in which mode, how its clusters stand, how many rows are in which class, and when.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use std::collections::BTreeMap;

use super::sign;
use crate::app::fleet::{Risk, tally};
use crate::config::theme::Role;
use crate::domain::feed::FeedState;
use crate::view::screens::layout::Tier;
use crate::view::screens::{Scene, title, words};
use crate::view::text;
use crate::view::widgets::{put_line, put_right};

pub(super) fn draw(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    let mut left = vec![scene.paint.span(Role::Title, " FLEET  ")];
    left.extend(title::modes(scene).into_iter().skip(1));
    left.push("  ".into());
    left.extend(clusters(scene));
    let left = Line::from(left);
    let clock = Line::from(title::clock(scene));
    let room = usize::from(area.width).saturating_sub(left.width() + 2);
    let mut right = clock;
    let counted = counted(scene, scene.tier);
    if counted.width() + right.width() < room {
        let mut spans = counted.spans;
        spans.push("  ".into());
        spans.extend(right.spans);
        right = Line::from(spans);
    }
    put_line(buf, area, 0, &left);
    put_right(buf, area, 0, &right);
}

/// `1 failing  3 under way  17 healthy`; where there is little room, signs in place of words.
fn counted<'t>(scene: Scene<'t>, tier: Tier) -> Line<'t> {
    let mut spans: Vec<Span<'_>> = Vec::new();
    for (risk, count) in tally(&scene.model.fleet, scene.model.now) {
        if count == 0 {
            continue;
        }
        let (glyph, role) = sign(risk);
        let said = match tier {
            Tier::Text | Tier::Compact => format!("{}{count} ", scene.paint.glyph(glyph)),
            Tier::Boxed | Tier::Wide => format!("{count} {}  ", word(risk)),
        };
        spans.push(scene.paint.span(role, said));
    }
    Line::from(spans)
}

fn word(risk: Risk) -> &'static str {
    match risk {
        Risk::Failing => "failing",
        Risk::RollBack => "to roll back",
        Risk::Hold => "on hold",
        Risk::Waiting => "waiting",
        Risk::UnderWay => "under way",
        Risk::Unknown => "unknown",
        Risk::Healthy => "healthy",
    }
}

/// One context by its name; of several how many there are, and those that are not live by name and age.
fn clusters(scene: Scene<'_>) -> Vec<Span<'_>> {
    let (paint, now) = (scene.paint, scene.model.now);
    let mut worst: BTreeMap<&str, (FeedState, String)> = BTreeMap::new();
    for (place, feed) in &scene.model.fleet.places {
        let state = feed.state(now);
        let age = feed.age(now).map_or(String::new(), |age| {
            format!(" {}", text::age(words::seconds(age)))
        });
        let known = worst
            .entry(place.context.as_deref().unwrap_or("current context"))
            .or_insert((state, age.clone()));
        if badness(state) > badness(known.0) {
            *known = (state, age);
        }
    }
    let several = worst.len() > 1;
    let mut spans = Vec::new();
    if several {
        let live = worst
            .values()
            .filter(|(state, _)| *state == FeedState::Live);
        let said = format!("{} of {} contexts live  ", live.count(), worst.len());
        spans.push(paint.span(Role::Muted, said));
    }
    for (context, (state, age)) in worst {
        if several && state == FeedState::Live {
            continue;
        }
        let (role, word) = title::feed_word(state);
        spans.push(paint.span(Role::Muted, format!("{} ", words::clean(context))));
        spans.push(paint.span(role, word));
        spans.push(paint.span(Role::Text, format!("{age}  ")));
    }
    spans
}

fn badness(state: FeedState) -> u8 {
    match state {
        FeedState::Live => 0,
        FeedState::Starting => 1,
        FeedState::Stale => 2,
        FeedState::Down => 3,
        FeedState::LoginExpired => 4,
    }
}
