//! The verdict: its word, its numbers against their limits, what to do about it and what it has cost so far.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::charts::{Figure, stable_check};
use super::layout::Tier;
use super::{Scene, words};
use crate::analysis::harm::harm;
use crate::analysis::verdict::{Call, CheckState};
use crate::app::advice::advice;
use crate::app::model::Basis;
use crate::config::theme::{Glyph, Role};
use crate::domain::feed::FeedState;
use crate::domain::traffic::Track;
use crate::view::text;
use crate::view::widgets::lines::{Check, State, check};
use crate::view::widgets::pane::Pane;
use crate::view::widgets::{put_line, put_right};

pub(super) fn draw(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    let inner = match scene.tier {
        Tier::Text | Tier::Compact => area,
        Tier::Boxed | Tier::Wide => {
            Pane::titled(scene.tier.frame(), "verdict", scene.paint).draw(buf, area, scene.paint)
        }
    };
    fill(scene, buf, inner);
}

/// The verdict without a frame: head and checks from the top, advice and harm on the last lines.
pub(super) fn fill(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    if area.is_empty() {
        return;
    }
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let mut head = head(scene);
    if let Some(age) = age(scene) {
        let age = Line::from(scene.paint.span(Role::Stale, format!(" {age}")));
        if head.width() + age.width() > width {
            // The word of the verdict and that it is old say more than its title.
            head.spans.remove(0);
        }
        put_right(buf, area, 0, &age);
    }
    put_line(buf, area, 0, &head);
    let mut foot = foot(scene, width, if height < 10 { 4 } else { 6 });
    let room = height.saturating_sub(1);
    // Advice and harm leave at least one check its line.
    foot.truncate(room.saturating_sub(1).max(1));
    let body = body(scene, width, room.saturating_sub(foot.len()));
    let first = area
        .height
        .saturating_sub(u16::try_from(foot.len()).unwrap_or(u16::MAX));
    for (row, line) in (1..).zip(&body) {
        put_line(buf, area, row, line);
    }
    for (row, line) in (first..).zip(&foot) {
        put_line(buf, area, row, line);
    }
}

/// How a verdict is drawn.
pub(super) fn call_role(call: Call) -> Role {
    match call {
        Call::Promote => Role::VerdictPromote,
        Call::Hold => Role::VerdictHold,
        Call::RollBack => Role::VerdictRollback,
        Call::NotEnoughData => Role::VerdictNoData,
    }
}

pub(super) fn head(scene: Scene<'_>) -> Line<'_> {
    let call = scene.model.reading.verdict.call;
    // Old numbers never look like a recommendation to go on.
    let role = if call == Call::Promote && age(scene).is_some() {
        Role::VerdictNoData
    } else {
        call_role(call)
    };
    let mut spans = vec![scene.paint.span(Role::Title, "VERDICT ")];
    if under_trial(scene) {
        spans.push(scene.paint.span(role, format!(" {} ", call.word())));
    } else {
        spans.push(scene.paint.span(Role::Muted, "no canary"));
    }
    Line::from(spans)
}

/// Whether there is a candidate, as far as is known.
pub(super) fn under_trial(scene: Scene<'_>) -> bool {
    scene
        .model
        .reading
        .rollout
        .as_ref()
        .is_none_or(|r| r.candidate.is_some())
}

/// How old the numbers are, where they are no longer fresh: a verdict never stands on old numbers without saying so.
fn age(scene: Scene<'_>) -> Option<String> {
    let (feed, now) = (&scene.model.feeds.metrics, scene.model.now);
    match feed.state(now) {
        FeedState::Live | FeedState::Starting => None,
        FeedState::Stale | FeedState::Down | FeedState::LoginExpired => {
            let age = feed.age(now).map_or(String::new(), |age| {
                format!(" {}", text::age(words::seconds(age)))
            });
            Some(format!("stale{age}"))
        }
    }
}

/// Checks, and where there is room the sentence above them and the state of the metrics below.
fn body<'t>(scene: Scene<'t>, width: usize, height: usize) -> Vec<Line<'t>> {
    let (paint, verdict) = (scene.paint, &scene.model.reading.verdict);
    let mark = paint.glyph(Glyph::Cut);
    let stale = age(scene).is_some();
    let checks = if under_trial(scene) {
        verdict
            .checks
            .iter()
            .map(|one| Check {
                state: state(one.state),
                text: words::clean(&one.text),
            })
            .chain(verdict.warnings.iter().map(|warning| Check {
                state: State::Warn,
                text: words::clean(warning),
            }))
            .collect()
    } else {
        [Figure::Errors, Figure::Latency]
            .map(|figure| stable_check(scene, figure))
            .to_vec()
    };
    let known = |one: Check| match one.state {
        State::Ok if stale => Check {
            state: State::Unknown,
            ..one
        },
        _ => one,
    };
    let mut lines: Vec<Line<'t>> = checks
        .into_iter()
        .take(height)
        .map(|one| check(&known(one), width, paint))
        .collect();
    let spare = height - lines.len();
    if under_trial(scene) && (lines.is_empty() || spare > 4) {
        let most = if lines.is_empty() { height } else { spare - 1 };
        let sentence = text::wrap(&words::clean(&verdict.sentence), width, most, mark);
        let sentence = sentence
            .into_iter()
            .map(|line| Line::from(paint.span(Role::Text, line)));
        lines = sentence.chain(std::mem::take(&mut lines)).collect();
    }
    if lines.len() < height {
        lines.push(Line::from(
            paint.span(Role::Muted, text::cut(&rates(scene), width, mark)),
        ));
    }
    lines
}

fn state(state: CheckState) -> State {
    match state {
        CheckState::Ok => State::Ok,
        CheckState::Warn => State::Warn,
        CheckState::Breach => State::Fail,
        CheckState::Unknown => State::Unknown,
    }
}

/// Requests a second of both sides, and since when the verdict's numbers are counted where that is not the step.
fn rates(scene: Scene<'_>) -> String {
    let basis = match scene.model.reading.basis {
        Basis::SinceStep => "",
        Basis::SinceStart => ", since start",
    };
    let rate = |track| {
        let totals = scene
            .model
            .reading
            .series
            .recent(track, std::time::Duration::from_secs(10));
        totals
            .requests_per_second()
            .map_or("-".to_owned(), |r| format!("{r:.0}"))
    };
    format!(
        "req/s {}/{}{basis}",
        rate(Track::Canary),
        rate(Track::Stable)
    )
}

/// Advice with its key, then the harm so far, in at most `most` lines.
fn foot(scene: Scene<'_>, width: usize, most: usize) -> Vec<Line<'_>> {
    let paint = scene.paint;
    let mark = paint.glyph(Glyph::Cut);
    let advice = advice(scene.model);
    let keys = advice
        .action
        .map(|action| super::actions::written(scene, action));
    let said = match &keys {
        Some(keys) => format!(
            "{} {keys}: {}",
            paint.glyph(Glyph::Advice),
            words::clean(&advice.text)
        ),
        None => format!(
            "{} {}",
            paint.glyph(Glyph::Advice),
            words::clean(&advice.text)
        ),
    };
    let role = if keys.is_some() {
        Role::Key
    } else {
        Role::Text
    };
    let harm = text::wrap(&harm_line(scene), width, 2, mark);
    let advice = text::wrap(&said, width, most.saturating_sub(harm.len()), mark);
    let advice = advice
        .into_iter()
        .map(|line| Line::from(paint.span(role, line)));
    advice
        .chain(
            harm.into_iter()
                .map(|line| Line::from(paint.span(Role::Strong, line))),
        )
        .collect()
}

/// `214 requests harmed, 18/min`: failed above stable's share. Empty without a canary.
fn harm_line(scene: Scene<'_>) -> String {
    let series = &scene.model.reading.series;
    let (Some(canary), Some(stable)) = (
        series.since_start(Track::Canary),
        series.since_start(Track::Stable),
    ) else {
        return String::new();
    };
    if !under_trial(scene) {
        return String::new();
    }
    match harm(canary, stable) {
        None => "harm unknown: stable had no requests".to_owned(),
        Some(harm) if harm.requests < 0.5 => "no request harmed so far".to_owned(),
        Some(harm) => {
            let pace = harm
                .per_minute
                .map_or(String::new(), |p| format!(", {p:.0}/min"));
            let plural = if harm.requests < 1.5 { "" } else { "s" };
            format!("{:.0} request{plural} harmed{pace}", harm.requests)
        }
    }
}
