//! The guardrails in the verdict's detail: which one decided, and what is watched besides the numbers.

use ratatui::text::Line;

use super::evidence::label;
use super::{Scene, words};
use crate::analysis::signals::Answered;
use crate::config::theme::{Glyph, Role};
use crate::domain::guardrails::Consequence;
use crate::view::text;

/// Lines of a warning at most.
const MOST: usize = 2;

/// Which guardrail decided; then what only warns.
pub(super) fn decided(scene: Scene<'_>, width: usize) -> Vec<Line<'static>> {
    let verdict = &scene.model.reading.verdict;
    let mut lines: Vec<Line<'static>> = verdict
        .guardrail
        .iter()
        .flat_map(|name| wrapped(scene, Role::Strong, &format!("guardrail {name}"), width))
        .collect();
    for warning in &verdict.warnings {
        let text = format!("{} {warning}", scene.paint.glyph(Glyph::Warn));
        lines.extend(wrapped(scene, Role::Warn, &text, width));
    }
    lines
}

fn wrapped(scene: Scene<'_>, role: Role, text: &str, width: usize) -> Vec<Line<'static>> {
    let mark = scene.paint.glyph(Glyph::Cut);
    text::wrap(&words::clean(text), width, MOST, mark)
        .into_iter()
        .map(|line| Line::from(scene.paint.span(role, line)))
        .collect()
}

/// What is watched besides the numbers, each with what it comes to.
pub(super) fn seen(scene: Scene<'_>, width: usize) -> Vec<Line<'static>> {
    let Some(environment) = scene.model.environment() else {
        return Vec::new();
    };
    let (signals, guardrails) = (
        &scene.model.reading.signals,
        &environment.policy.goals.guardrails,
    );
    let mut lines = Vec::new();
    if let (Some(restarts), true) = (signals.restarts, guardrails.restarts != Consequence::Off) {
        let text = format!("{restarts}{}", only(guardrails.restarts));
        lines.push(line(scene, "restarts", (restarts == 0, text), width));
    }
    if let (Some(share), true) = (signals.cpu, guardrails.saturation != Consequence::Off) {
        let text = format!(
            "{} % of their limit{}",
            words::percent(Some(share)),
            only(guardrails.saturation)
        );
        lines.push(line(scene, "pods' CPU", (share <= 0.9, text), width));
    }
    let extra = signals
        .extra
        .iter()
        .filter(|one| one.effect != Consequence::Off);
    lines.extend(extra.map(|one| line(scene, &one.name, answered(one), width)));
    lines
}

fn answered(one: &Answered) -> (bool, String) {
    let limit = format!("{} {} {}", verb(one.effect), one.beyond.word(), one.limit);
    match (&one.fault, one.values.last()) {
        (Some(fault), _) => (false, format!("unknown: {fault}")),
        (None, None) => (false, format!("not answered yet; {limit}")),
        (None, Some(value)) => {
            let is_within = !one.beyond.holds(*value, one.limit);
            (is_within, format!("{value}; {limit}"))
        }
    }
}

fn line(
    scene: Scene<'_>,
    name: &str,
    (is_well, text): (bool, String),
    width: usize,
) -> Line<'static> {
    let role = if is_well { Role::Ok } else { Role::Warn };
    let mark = scene.paint.glyph(Glyph::Cut);
    let label = label(scene, &words::clean(name));
    let room = width.saturating_sub(label.width());
    let text = text::cut(&words::clean(&text), room, mark);
    Line::from(vec![label, scene.paint.span(role, text)])
}

/// What a finding comes to, where that is no roll back.
pub(super) fn only(effect: Consequence) -> &'static str {
    match effect {
        Consequence::RollBack => "",
        Consequence::Hold => ", only holds",
        Consequence::Warn => ", only warns",
        Consequence::Off => ", off",
    }
}

fn verb(effect: Consequence) -> &'static str {
    match effect {
        Consequence::RollBack => "rolls back",
        Consequence::Hold => "holds",
        Consequence::Warn => "warns",
        Consequence::Off => "off",
    }
}
