//! The title: what is where, how the sources stand, and when this is.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::layout::Tier;
use super::{Scene, words};
use crate::config::settings::MetricsSource;
use crate::config::theme::{Glyph, Role};
use crate::domain::feed::{Feed, FeedState};
use crate::view::text;
use crate::view::widgets::{put_line, put_right};

pub(super) fn draw(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    let mut right = Line::default();
    match scene.tier {
        Tier::Boxed | Tier::Wide => {
            right = feeds(scene);
            right.spans.push("  ".into());
        }
        Tier::Text | Tier::Compact => {}
    }
    right.spans.extend(clock(scene));
    let room = usize::from(area.width).saturating_sub(right.width() + 1);
    put_line(buf, area, 0, &identity(scene, room));
    put_right(buf, area, 0, &right);
}

/// The time; of a held picture, that it is held and for how long.
pub(super) fn clock(scene: Scene<'_>) -> Vec<Span<'_>> {
    let clock = scene.paint.span(
        Role::Strong,
        format!("{} ", words::clock(scene, scene.model.now)),
    );
    match scene.held {
        None => vec![clock],
        Some(age) => {
            let held = format!(" FROZEN {} ", text::age(words::seconds(age)));
            let held = scene.paint.span(Role::VerdictHold, held);
            match scene.tier {
                Tier::Text | Tier::Compact => vec![held, " ".into()],
                Tier::Boxed | Tier::Wide => vec![held, " ".into(), clock],
            }
        }
    }
}

/// Service, environment, context, versions, mode. The environment, what tells the versions apart and the mode are never
/// cut; the service's name is, where it must be.
fn identity(scene: Scene<'_>, room: usize) -> Line<'_> {
    let (paint, mark) = (scene.paint, scene.paint.glyph(Glyph::Cut));
    let environment = words::clean(scene.model.target.environment.as_str());
    let service = words::clean(scene.model.target.service.as_str());
    let modes = modes(scene);
    let fixed = 3 + text::width(&environment) + 2 + modes.iter().map(Span::width).sum::<usize>();
    let left = room.saturating_sub(fixed);
    // A third for the name, what it does not use for the versions; never less than what tells two commits apart.
    let wanted = if scene.tier == Tier::Text {
        0
    } else {
        versions_width(scene)
    };
    let name = text::width(&service).min((left / 3).max(left.saturating_sub(wanted)));
    let versions = versions(scene, left.saturating_sub(name + 2));
    let used: usize = versions.iter().map(Span::width).sum();
    let mut spans = vec![
        paint.span(
            Role::Title,
            format!(" {}  ", text::cut(&service, name, mark)),
        ),
        paint.span(environment_role(scene), environment),
    ];
    let context = context(scene);
    if !context.is_empty() && name + used + text::width(&context) + 3 <= left {
        spans.push(paint.span(Role::Muted, format!(" @{context}")));
    }
    if scene.tier != Tier::Text {
        spans.push("  ".into());
        spans.extend(versions);
    }
    spans.extend(modes);
    Line::from(spans)
}

/// Stable's tag, and behind an arrow the canary's, in a line of their own.
pub(super) fn versions_line(scene: Scene<'_>, width: usize) -> Line<'_> {
    Line::from(versions(scene, width))
}

fn environment_role(scene: Scene<'_>) -> Role {
    match scene.model.environment() {
        Some(environment) if environment.policy.protected => Role::EnvProduction,
        Some(_) | None => Role::EnvOther,
    }
}

fn context(scene: Scene<'_>) -> String {
    let context = scene.model.environment().and_then(|e| e.context.as_deref());
    context.map(words::clean).unwrap_or_default()
}

fn tags(scene: Scene<'_>) -> (String, Option<String>) {
    let rollout = scene.model.reading.rollout.as_ref();
    let stable = rollout
        .and_then(|r| r.stable.as_ref())
        .map_or("?", |t| t.tag());
    let canary = rollout
        .and_then(|r| r.candidate.as_ref())
        .map(|t| words::clean(t.tag()));
    (words::clean(stable), canary)
}

fn versions_width(scene: Scene<'_>) -> usize {
    let (stable, canary) = tags(scene);
    text::width(&stable) + canary.map_or(0, |c| text::width(&c) + 4) + 2
}

/// Stable's tag, and behind an arrow the canary's, in at most `room` cells.
fn versions(scene: Scene<'_>, room: usize) -> Vec<Span<'_>> {
    let (paint, mark) = (scene.paint, scene.paint.glyph(Glyph::Cut));
    let (stable, canary) = tags(scene);
    let Some(canary) = canary else {
        return vec![paint.span(Role::Stable, text::cut(&stable, room, mark))];
    };
    let arrow = format!(" {} ", paint.glyph(Glyph::Arrow));
    let (stable, canary) =
        if text::width(&stable) + text::width(&canary) + text::width(&arrow) <= room {
            (stable, canary)
        } else {
            text::tell_apart(
                &stable,
                &canary,
                room.saturating_sub(text::width(&arrow)) / 2,
                mark,
            )
        };
    vec![
        paint.span(Role::Stable, stable),
        paint.span(Role::Muted, arrow),
        paint.span(Role::Canary, canary),
    ]
}

pub(super) fn modes(scene: Scene<'_>) -> Vec<Span<'_>> {
    let paint = scene.paint;
    let mut spans = vec!["  ".into()];
    spans.push(if scene.model.settings.read_only {
        paint.span(Role::ModeReadOnly, "[RO]")
    } else {
        paint.span(Role::ModeWrite, "[RW]")
    });
    if scene.model.settings.is_demo() {
        spans.push("  ".into());
        spans.push(paint.span(Role::ModeReadOnly, "DEMO"));
    }
    if scene.model.settings.are_guessed() {
        spans.push("  ".into());
        spans.push(paint.span(Role::ModeReadOnly, "no config: guessed"));
    }
    spans
}

/// The feeds with state and age: `K8S live 0s  METRICS stale 41s  CI live 2s`.
pub(super) fn feeds(scene: Scene<'_>) -> Line<'_> {
    let mut spans = feed(scene, "K8S", &scene.model.feeds.cluster);
    spans.push("  ".into());
    spans.extend(feed(scene, metrics_name(scene), &scene.model.feeds.metrics));
    if crate::app::pipeline::is_configured(scene.model) {
        spans.push("  ".into());
        spans.extend(feed(scene, "CI", &scene.model.pipeline.feed));
    }
    Line::from(spans)
}

/// Who tells the metrics.
fn metrics_name(scene: Scene<'_>) -> &'static str {
    match scene
        .model
        .environment()
        .map(|environment| &environment.metrics.source)
    {
        Some(MetricsSource::Prometheus(_)) => "PROMETHEUS",
        Some(MetricsSource::Pods) | None => "METRICS",
    }
}

/// The word for a feed's state, and how it is drawn.
pub(super) fn feed_word(state: FeedState) -> (Role, &'static str) {
    match state {
        FeedState::Starting => (Role::Unknown, "starting"),
        FeedState::Live => (Role::Ok, "live"),
        FeedState::Stale => (Role::Warn, "stale"),
        FeedState::Down => (Role::Offline, "DOWN"),
        FeedState::LoginExpired => (Role::Offline, "LOGIN EXPIRED"),
    }
}

fn feed<'t, T>(scene: Scene<'t>, name: &'static str, feed: &Feed<T>) -> Vec<Span<'t>> {
    let now = scene.model.now;
    let (role, word) = feed_word(feed.state(now));
    // What is live is seconds old at most; saying which costs bytes with every frame.
    let spared = scene.model.settings.ui.low_bandwidth && feed.state(now) == FeedState::Live;
    let age = feed.age(now).filter(|_| !spared);
    let age = age.map_or(String::new(), |age| {
        format!(" {}", text::age(words::seconds(age)))
    });
    vec![
        scene.paint.span(Role::Muted, format!("{name} ")),
        scene.paint.span(role, word),
        scene.paint.span(Role::Text, age),
    ]
}
