//! The strip of gates: how far a release has come, each with a symbol and a word.

use ratatui::text::{Line, Span};

use super::lines::State;
use crate::config::theme::{Glyph, Role};
use crate::view::Paint;

/// One gate of the strip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// How it stands.
    pub state: State,
    /// Its name.
    pub name: String,
    /// What is known beside its state, such as `canary 10% 4m08s`.
    pub note: String,
}

/// What to say of a gate, and how wide the joint between two is.
type Way<'w> = (&'w dyn Fn(&Gate) -> String, usize);

/// The strip in at most `width` cells: with notes, else with the note of what is under way only, else names cut to a letter.
pub fn strip<'t>(gates: &[Gate], width: usize, paint: &Paint) -> Line<'t> {
    let under_way = |g: &Gate| {
        matches!(
            g.state,
            State::Running | State::Waiting | State::Fail | State::Paused
        )
    };
    let letter = |g: &Gate| g.name.chars().take(1).collect::<String>();
    let full = |g: &Gate| worded(&g.name, &g.note);
    let brief = |g: &Gate| {
        if under_way(g) {
            full(g)
        } else {
            g.name.clone()
        }
    };
    let tight = |g: &Gate| if under_way(g) { full(g) } else { letter(g) };
    let ways: [Way<'_>; 4] = [(&full, 3), (&brief, 3), (&brief, 1), (&tight, 1)];
    for (word, joint) in ways {
        let line = joined(gates, word, joint, paint);
        if line.width() <= width {
            return line;
        }
    }
    joined(gates, &letter, 1, paint)
}

fn worded(name: &str, note: &str) -> String {
    if note.is_empty() {
        name.to_owned()
    } else {
        format!("{name} {note}")
    }
}

fn joined<'t>(
    gates: &[Gate],
    word: &dyn Fn(&Gate) -> String,
    joint: usize,
    paint: &Paint,
) -> Line<'t> {
    let joint = if joint > 1 {
        format!(" {} ", paint.glyph(Glyph::Rule))
    } else {
        " ".to_owned()
    };
    let mut spans: Vec<Span<'t>> = Vec::new();
    for gate in gates {
        if !spans.is_empty() {
            spans.push(paint.span(Role::Muted, joint.clone()));
        }
        let (role, glyph) = gate.state.look();
        spans.push(paint.span(role, paint.glyph(glyph).to_owned()));
        let role = if matches!(gate.state, State::Pending | State::Unknown | State::Skipped) {
            Role::Muted
        } else {
            Role::Text
        };
        spans.push(paint.span(role, word(gate)));
    }
    Line::from(spans)
}

/// A weight as a bar of `cells` cells: anything above nothing shows at least one, anything below all leaves at least one.
pub fn gauge<'t>(percent: u8, cells: usize, paint: &Paint) -> Vec<Span<'t>> {
    let percent = usize::from(percent.min(100));
    let rounded = (percent * cells + 50) / 100;
    let filled = match percent {
        0 => 0,
        100 => cells,
        _ => rounded.clamp(cells.min(1), cells.saturating_sub(1).max(1)),
    };
    let bar = |glyph: Glyph, count: usize| paint.glyph(glyph).repeat(count);
    let filled = filled.min(cells);
    vec![
        paint.span(Role::Canary, bar(Glyph::GaugeFull, filled)),
        paint.span(Role::Muted, bar(Glyph::GaugeEmpty, cells - filled)),
    ]
}
