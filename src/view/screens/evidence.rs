//! The verdict in detail: each part's evidence as a bar toward its limit, what is known of both versions' shares, each pod's
//! own share, and when the step can end.

use ratatui::text::Line;

use super::{Scene, guardrails, verdict, words};
use crate::analysis::ratio::Ratio;
use crate::analysis::sequential::finding::{Knowledge, Part};
use crate::analysis::sequential::judge::Judge;
use crate::analysis::sequential::sentence::odds;
use crate::analysis::sequential::turn;
use crate::config::theme::{Glyph, Role};
use crate::domain::counters::{Counters, Side};
use crate::domain::guardrails::Consequence;
use crate::view::text;

/// Cells of a line's name.
const NAME: usize = 15;
/// Pods that are told one by one.
const MOST_PODS: usize = 8;

/// The lines, most important first; none before there is evidence.
pub(super) fn lines(scene: Scene<'_>, width: usize) -> Vec<Line<'static>> {
    let Some(judge) = scene.model.reading.canary.evidence.judge() else {
        return Vec::new();
    };
    let mut lines = vec![heading(scene, judge)];
    lines.extend(guardrails::decided(scene, width));
    lines.extend(bars(scene, judge, width));
    lines.extend(turns(scene, judge, width));
    lines.extend(guardrails::seen(scene, width));
    lines.extend(intervals(scene, judge));
    lines.extend(pods(scene, width));
    lines.extend(step(scene));
    lines.extend(assumed(scene));
    lines
}

/// What would change the verdict.
fn turns(scene: Scene<'_>, judge: &Judge, width: usize) -> Vec<Line<'static>> {
    let (paint, reading) = (scene.paint, &scene.model.reading);
    let every = scene
        .model
        .environment()
        .map(|environment| environment.metrics.interval.as_secs_f64());
    let turns = turn::turns(judge, &reading.verdict, every);
    if turns.is_empty() {
        let said = "nothing changes a proven roll back: another candidate begins anew";
        let said = text::cut(said, width, paint.glyph(Glyph::Cut));
        return vec![Line::from(paint.span(Role::Text, said))];
    }
    let told = |turn: turn::Turn| {
        let room = width.saturating_sub(NAME + 1);
        let said = text::cut(&turn.takes, room, paint.glyph(Glyph::Cut));
        Line::from(vec![
            label(scene, &format!("to {}", turn.to.word())),
            paint.span(verdict::call_role(turn.to), said),
        ])
    };
    turns.into_iter().map(told).collect()
}

/// The verdict's sentence in at most three lines.
pub(super) fn sentence(scene: Scene<'_>, width: usize) -> Vec<Line<'static>> {
    let mark = scene.paint.glyph(Glyph::Cut);
    let sentence = words::clean(&scene.model.reading.verdict.sentence);
    text::wrap(&sentence, width, 3, mark)
        .into_iter()
        .map(|line| Line::from(scene.paint.span(Role::Text, line)))
        .collect()
}

fn heading(scene: Scene<'_>, judge: &Judge) -> Line<'static> {
    let text = format!(
        "evidence of harm {}, roll back at {}",
        odds(judge.ln_e()),
        odds(judge.needed())
    );
    Line::from(scene.paint.span(Role::Title, text))
}

/// One bar a part, and the CPU guardrail where it is watched.
fn bars(scene: Scene<'_>, judge: &Judge, width: usize) -> Vec<Line<'static>> {
    let needed = judge.needed();
    let mut parts: Vec<(&str, Consequence, (f64, f64))> = judge
        .pieces()
        .map(|piece| (name(piece.part), piece.effect, (piece.ln_e, needed)))
        .collect();
    if let Some(sign) = scene.model.reading.canary.evidence.cpu() {
        let needed = -judge.params().cpu_warn.ln();
        let effect = judge.params().guardrails.cpu_per_request;
        parts.push(("CPU", effect, (sign.ln_e(), needed)));
    }
    parts
        .into_iter()
        .map(|(name, effect, evidence)| bar(scene, (name, effect), evidence, width))
        .collect()
}

fn name(part: Part) -> &'static str {
    match part {
        Part::Error => "errors",
        Part::Latency => "slow requests",
        Part::SloError => "promised errors",
        Part::SloLatency => "promised p95",
    }
}

/// `errors          ███░░░░░░░  3.4:1`: full at the limit.
fn bar(
    scene: Scene<'_>,
    (name, effect): (&str, Consequence),
    (ln_e, needed): (f64, f64),
    width: usize,
) -> Line<'static> {
    let paint = scene.paint;
    let cells = width.saturating_sub(NAME + 16).clamp(5, 30);
    let share = (ln_e / needed).clamp(0.0, 1.0);
    let full = (0..cells)
        .filter(|cell| share * number(cells) > number(*cell))
        .count();
    let (on, off) = (
        paint.glyph(Glyph::GaugeFull),
        paint.glyph(Glyph::GaugeEmpty),
    );
    let role = if share >= 1.0 {
        Role::Fail
    } else if share >= 0.5 {
        Role::Warn
    } else {
        Role::Ok
    };
    Line::from(vec![
        label(scene, name),
        paint.span(role, on.repeat(full)),
        paint.span(Role::Muted, off.repeat(cells - full)),
        paint.span(
            Role::Text,
            format!(
                " {} of {}{}",
                odds(ln_e),
                odds(needed),
                guardrails::only(effect)
            ),
        ),
    ])
}

#[expect(clippy::cast_precision_loss, reason = "cells of a line")]
fn number(cells: usize) -> f64 {
    cells as f64
}

pub(super) fn label<'t>(scene: Scene<'_>, name: &str) -> ratatui::text::Span<'t> {
    let mark = scene.paint.glyph(Glyph::Cut);
    scene
        .paint
        .span(Role::Muted, format!("{} ", text::pad(name, NAME, mark)))
}

/// Where the shares and their ratios lie, and what they must stay below.
fn intervals(scene: Scene<'_>, judge: &Judge) -> Vec<Line<'static>> {
    let known: Knowledge = judge.knowledge();
    let params = judge.params();
    let share = |(lower, upper): (f64, f64)| {
        format!(
            "{} % to {} %",
            words::percent(Some(lower)),
            words::percent(Some(upper))
        )
    };
    let line = |name: &str, role: Role, text: String| {
        Line::from(vec![label(scene, name), scene.paint.span(role, text)])
    };
    let mut lines = vec![
        line(
            "canary errors",
            Role::Canary,
            share(known.error_share_canary),
        ),
        line(
            "stable errors",
            Role::Stable,
            share(known.error_share_stable),
        ),
        line(
            "their ratio",
            safety(known.safe_error),
            format!(
                "{}; safe below {} times, or errors below {} %",
                ratio(known.error_ratio),
                params.safe_ratio_error,
                words::percent(Some(params.safe_floor_error))
            ),
        ),
    ];
    lines.extend(known.slow_ratio.map(|slow| {
        line(
            "slow requests",
            safety(known.safe_latency.unwrap_or(false)),
            format!(
                "{}; safe below {} times",
                ratio(slow),
                params.safe_ratio_latency
            ),
        )
    }));
    lines
}

fn safety(is_safe: bool) -> Role {
    if is_safe { Role::Ok } else { Role::Unknown }
}

fn ratio(ratio: Ratio) -> String {
    match ratio {
        (lower, Some(upper)) => format!("{lower:.1} to {upper:.1} times stable"),
        (lower, None) if lower > 0.0 => format!("at least {lower:.1} times stable"),
        (_, None) => "not known yet".to_owned(),
    }
}

/// The canary's pods, worst first: one bad pod is another story than a bad version.
fn pods(scene: Scene<'_>, width: usize) -> Vec<Line<'static>> {
    let Some(scrape) = &scene.model.feeds.metrics.value else {
        return Vec::new();
    };
    let counts = |(_, counters): &(&str, &Counters)| {
        // Where a proxy counts the requests, a pod's CPU stands apart from them.
        counters.requests > 0.0 || !counters.buckets.is_empty()
    };
    let mut pods: Vec<(&str, &Counters)> = scrape.usable(Side::Canary).filter(counts).collect();
    pods.sort_by(|(_, one), (_, other)| errors(other).total_cmp(&errors(one)));
    let more = pods.len().saturating_sub(MOST_PODS);
    let mark = scene.paint.glyph(Glyph::Cut);
    let mut lines: Vec<Line<'static>> = pods
        .iter()
        .take(MOST_PODS)
        .map(|(pod, counters)| {
            let share = (counters.requests > 0.0).then(|| errors(counters));
            let told = format!(
                "{} % of {:.0} fail",
                words::percent(share),
                counters.requests
            );
            let room = width.saturating_sub(text::width(&told) + 2).min(40);
            let pod = text::pad(
                &text::cut_middle(&words::clean(pod), room, mark),
                room,
                mark,
            );
            Line::from(vec![
                scene.paint.span(Role::Muted, format!("{pod}  ")),
                scene.paint.span(Role::Text, told),
            ])
        })
        .collect();
    if more > 0 {
        let text = format!("and {more} more pods");
        lines.push(Line::from(scene.paint.span(Role::Muted, text)));
    }
    lines
}

fn errors(counters: &Counters) -> f64 {
    if counters.requests > 0.0 {
        counters.errors / counters.requests
    } else {
        0.0
    }
}

/// When the step can end.
fn step(scene: Scene<'_>) -> Option<Line<'static>> {
    let step = scene.model.reading.rollout.as_ref()?.step?;
    let until = step.holds_until?;
    let text = if until > scene.model.now {
        format!("{} held until {}", step.weight, words::clock(scene, until))
    } else {
        format!("{} was held long enough", step.weight)
    };
    Some(Line::from(vec![
        label(scene, "step"),
        scene.paint.span(Role::Text, text),
    ]))
}

fn assumed(scene: Scene<'_>) -> Option<Line<'static>> {
    let watched = scene.model.reading.canary.watched.as_ref()?;
    watched.is_assumed.then(|| {
        let text = format!("assumed: errors come {} at a time", watched.burst_errors);
        Line::from(scene.paint.span(Role::Muted, text))
    })
}
