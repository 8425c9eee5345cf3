//! Lines of text with meaning: states, checks, keys, events, the steps of a plan.

use std::ops::Range;

use ratatui::text::{Line, Span};

use crate::config::theme::{Glyph, Role};
use crate::view::{Paint, text};

/// How something stands; each state has a symbol of its own, so that colour never carries it alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Done, within its limit.
    Ok,
    /// Near its limit, or wants a look.
    Warn,
    /// Failed, beyond its limit.
    Fail,
    /// Under way.
    Running,
    /// Waits for a person.
    Waiting,
    /// Held by a person.
    Paused,
    /// Not begun.
    Pending,
    /// Left out on purpose.
    Skipped,
    /// Not known.
    Unknown,
}

impl State {
    /// Its role and symbol.
    pub fn look(self) -> (Role, Glyph) {
        match self {
            Self::Ok => (Role::Ok, Glyph::Ok),
            Self::Warn => (Role::Warn, Glyph::Warn),
            Self::Fail => (Role::Fail, Glyph::Fail),
            Self::Running => (Role::Running, Glyph::Running),
            Self::Waiting => (Role::Waiting, Glyph::Waiting),
            Self::Paused => (Role::Paused, Glyph::Paused),
            Self::Pending => (Role::Pending, Glyph::Pending),
            Self::Skipped => (Role::Skipped, Glyph::Skipped),
            Self::Unknown => (Role::Unknown, Glyph::Unknown),
        }
    }

    fn span<'t>(self, paint: &Paint) -> Span<'t> {
        let (role, glyph) = self.look();
        paint.span(role, paint.glyph(glyph).to_owned())
    }
}

/// One thing that was measured against a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// How it stands.
    pub state: State,
    /// What was measured, with its limit.
    pub text: String,
}

/// A check as a line of at most `width` cells.
pub fn check<'t>(check: &Check, width: usize, paint: &Paint) -> Line<'t> {
    let text = text::cut(
        &check.text,
        width.saturating_sub(2),
        paint.glyph(Glyph::Cut),
    );
    let role = if check.state == State::Unknown {
        Role::Unknown
    } else {
        Role::Text
    };
    Line::from(vec![
        check.state.span(paint),
        " ".into(),
        paint.span(role, text),
    ])
}

/// A key and what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The key as it is written on the screen.
    pub key: String,
    /// What it does, in a word or two.
    pub label: String,
    /// Why it does not work now; `None` where it does.
    pub refused: Option<String>,
}

impl Hint {
    /// A key that works.
    pub fn new(key: &str, label: &str) -> Self {
        Self {
            key: key.to_owned(),
            label: label.to_owned(),
            refused: None,
        }
    }
}

/// Keys in one line of at most `width` cells. Refused ones go first, then labels from the end; an allowed key never goes.
pub fn hints<'t>(groups: &[&[Hint]], width: usize, paint: &Paint) -> Line<'t> {
    hints_placed(groups, width, paint).0
}

/// The same, and the cells of each hint that is shown, by its place among all of them.
pub fn hints_placed<'t>(
    groups: &[&[Hint]],
    width: usize,
    paint: &Paint,
) -> (Line<'t>, Vec<(usize, Range<usize>)>) {
    let all: usize = groups.iter().map(|g| g.len()).sum();
    let whole = hint_line(groups, true, all, paint);
    if whole.0.width() <= width {
        return whole;
    }
    (0..=all)
        .rev()
        .map(|labelled| hint_line(groups, false, labelled, paint))
        .find(|(line, _)| line.width() <= width)
        .unwrap_or_else(|| hint_line(groups, false, 0, paint))
}

fn hint_line<'t>(
    groups: &[&[Hint]],
    with_refused: bool,
    labelled: usize,
    paint: &Paint,
) -> (Line<'t>, Vec<(usize, Range<usize>)>) {
    let mut line = Line::default();
    let mut places = Vec::new();
    let mut before = 0;
    for group in groups {
        let shown = group.iter().enumerate();
        let shown = shown.filter(|(_, h)| with_refused || h.refused.is_none());
        for (i, (at, hint)) in shown.enumerate() {
            let gap = if i == 0 && !line.spans.is_empty() {
                " | "
            } else {
                " "
            };
            line.spans.push(paint.span(Role::Muted, gap));
            let from = line.width();
            let labelled = places.len() < labelled;
            hint_spans(&mut line.spans, hint, labelled, paint);
            places.push((before + at, from..line.width()));
        }
        before += group.len();
    }
    (line, places)
}

fn hint_spans(spans: &mut Vec<Span<'_>>, hint: &Hint, labelled: bool, paint: &Paint) {
    let (key, label) = match hint.refused {
        None => (Role::Key, Role::Text),
        Some(_) => (Role::KeyDisabled, Role::KeyDisabled),
    };
    spans.push(paint.span(key, hint.key.clone()));
    if labelled && !hint.label.is_empty() {
        spans.push(paint.span(label, format!(" {}", hint.label)));
    }
}

/// A line of the event log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventLine {
    /// The time of day.
    pub time: String,
    /// Where it comes from, in capitals.
    pub kind: String,
    /// How much it matters: `Ok` and `Running` are ordinary.
    pub state: State,
    /// What happened.
    pub text: String,
}

/// An event as a line of at most `width` cells.
pub fn event<'t>(event: &EventLine, width: usize, paint: &Paint) -> Line<'t> {
    let mark = paint.glyph(Glyph::Cut);
    let kind = text::pad(&event.kind, 8, mark);
    let used = text::width(&event.time) + 1 + text::width(&kind) + 1;
    let role = match event.state {
        State::Fail => Role::LogError,
        State::Warn | State::Waiting | State::Paused => Role::LogWarn,
        State::Pending | State::Skipped | State::Unknown => Role::LogDebug,
        State::Ok | State::Running => Role::LogInfo,
    };
    Line::from(vec![
        paint.span(Role::LogTime, event.time.clone()),
        paint.span(Role::Strong, format!(" {kind} ")),
        paint.span(
            role,
            text::cut(&event.text, width.saturating_sub(used), mark),
        ),
    ])
}

/// A step of a plan under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanStep {
    /// How it stands.
    pub state: State,
    /// What it does, with its guard.
    pub text: String,
    /// How long it took or has been taking; empty before it begins.
    pub took: String,
}

/// Step number `number` (from 1) as a line of at most `width` cells, its time at the right.
pub fn plan_step<'t>(step: &PlanStep, number: usize, width: usize, paint: &Paint) -> Line<'t> {
    let took = if step.took.is_empty() {
        String::new()
    } else {
        format!(" {}", step.took)
    };
    let room = width.saturating_sub(2 + text::width(&took));
    let body = text::pad(
        &format!("{number} {}", step.text),
        room,
        paint.glyph(Glyph::Cut),
    );
    let role = match step.state {
        State::Pending | State::Skipped | State::Unknown => Role::Muted,
        State::Fail => Role::Fail,
        State::Running => Role::Strong,
        State::Ok | State::Warn | State::Waiting | State::Paused => Role::Text,
    };
    let glyph = if step.state == State::Pending {
        paint.span(Role::Pending, paint.glyph(Glyph::Next).to_owned())
    } else {
        step.state.span(paint)
    };
    Line::from(vec![
        glyph,
        " ".into(),
        paint.span(role, body),
        paint.span(Role::Muted, took),
    ])
}
