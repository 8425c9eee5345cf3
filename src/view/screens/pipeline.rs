//! The strip of the five gates: what the record and the cluster know of them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::layout::Tier;
use super::{Scene, run, title, words};
use crate::app::pipeline::{GateReading, Strip};
use crate::config::theme::{Glyph, Role};
use crate::domain::gate::Gate as Number;
use crate::domain::pipeline::State as JobState;
use crate::domain::record::Release;
use crate::domain::rollout::{Phase, Rollout};
use crate::domain::traffic::Weight;
use crate::view::text;
use crate::view::widgets::gates::{Gate, strip};
use crate::view::widgets::lines::State;
use crate::view::widgets::pane::Pane;
use crate::view::widgets::put_line;

pub(super) fn draw(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    let paint = scene.paint;
    let (full, brief) = headings(scene);
    let mut pane = Pane::titled(scene.tier.frame(), &full, paint);
    let brief = Pane::titled(scene.tier.frame(), &brief, paint);
    if scene.tier == Tier::Compact {
        let feeds = title::feeds(scene);
        if pane.title.width() + feeds.width() + 4 > usize::from(area.width) {
            pane = brief;
        }
        pane = pane.with_right(feeds);
    }
    let inner = pane.draw(buf, area, paint);
    put_line(
        buf,
        inner,
        0,
        &strip(&gates(scene), usize::from(inner.width), paint),
    );
    put_line(buf, inner, 1, &detail(scene, usize::from(inner.width)));
}

/// Which run, in full and in brief.
fn headings(scene: Scene<'_>) -> (String, String) {
    let pipeline = &scene.model.pipeline;
    if !crate::app::pipeline::is_configured(scene.model) {
        return (
            "pipeline: no pipeline source".to_owned(),
            "pipeline: no source".to_owned(),
        );
    }
    let strip = pipeline.strip.as_ref();
    let known = pipeline.feed.value.as_ref();
    let run = strip.and_then(|strip| known?.runs.iter().find(|run| run.id == strip.run));
    let (Some(strip), Some(run)) = (strip, run) else {
        let said = match &pipeline.feed.fault {
            Some(_) => "pipeline: unknown",
            None if known.is_some() => "pipeline: no run",
            None => "pipeline: being read",
        };
        return (said.to_owned(), said.to_owned());
    };
    let likely = if strip.link.is_likely() {
        "likely "
    } else {
        ""
    };
    let brief = format!("pipeline {likely}{}", run.label());
    let by = run
        .by
        .as_ref()
        .map_or(String::new(), |by| format!(" by {}", by.shown()));
    let full = format!("{brief} {}{by}", run.short_commit());
    (full, brief)
}

/// The gates of the run in view, and the rollout's own picture of the last one where the run made the release.
fn of_run(scene: Scene<'_>, strip: &Strip) -> Vec<Gate> {
    let rollout = scene.model.reading.rollout.as_ref();
    let gate = |reading: &GateReading| {
        let made = reading.gate == Number::Production && strip.link.made_the_release();
        if let (true, Some(rollout)) = (made, rollout) {
            let (state, note) = production(scene, rollout);
            return Gate {
                state,
                name: reading.gate.word().to_owned(),
                note,
            };
        }
        Gate {
            state: reading.state.as_ref().map_or(State::Unknown, run::look),
            name: reading.gate.word().to_owned(),
            note: note(scene, reading),
        }
    };
    strip.gates.iter().map(gate).collect()
}

fn note(scene: Scene<'_>, reading: &GateReading) -> String {
    let since = reading.since.map(|since| words::ago(scene, since));
    match (&reading.state, since) {
        (Some(JobState::NeedsHuman), Some(since)) => format!("waits for approval {since}"),
        (Some(JobState::NeedsHuman), None) => "waits for approval".to_owned(),
        (Some(JobState::Running), Some(since)) => since,
        (Some(JobState::Failed | JobState::Warned | JobState::Cancelled), _) => {
            reading.job.clone().unwrap_or_default()
        }
        (Some(JobState::Unknown(word)), _) => word.shown().to_owned(),
        _ => String::new(),
    }
}

/// The five gates. Without a pipeline source the first four are known only by what they left behind.
fn gates(scene: Scene<'_>) -> Vec<Gate> {
    if let Some(strip) = scene
        .model
        .pipeline
        .strip
        .as_ref()
        .filter(|strip| !strip.gates.is_empty())
    {
        return of_run(scene, strip);
    }
    let gate = |state, name: &str, note: String| Gate {
        state,
        name: name.to_owned(),
        note,
    };
    let rollout = scene.model.reading.rollout.as_ref();
    let built = match rollout.and_then(|r| r.candidate.as_ref().or(r.stable.as_ref())) {
        Some(_) => State::Ok,
        None => State::Unknown,
    };
    let (state, note) = rollout.map_or((State::Unknown, String::new()), |r| production(scene, r));
    vec![
        gate(State::Unknown, "fast", String::new()),
        gate(built, "build", String::new()),
        gate(State::Unknown, "deeper", String::new()),
        gate(State::Unknown, "staging", String::new()),
        gate(state, "production", note),
    ]
}

fn production(scene: Scene<'_>, rollout: &Rollout) -> (State, String) {
    if rollout.candidate.is_none() {
        let state = match rollout.phase {
            Phase::Healthy => State::Ok,
            Phase::Degraded => State::Fail,
            Phase::Progressing => State::Running,
            Phase::Paused => State::Paused,
            Phase::Aborted | Phase::Unknown => State::Unknown,
        };
        return (state, rollout.phase.word().to_owned());
    }
    let weight = rollout
        .split
        .map_or("?".to_owned(), |s| format!("{}%", s.canary.percent()));
    let since = rollout
        .step
        .and_then(|s| s.started_at)
        .map(|at| words::seconds(scene.model.now.duration_since(at)));
    let since = since
        .map(|s| format!(" {}", text::age(s)))
        .unwrap_or_default();
    match (rollout.phase, rollout.split.map(|s| s.canary)) {
        (Phase::Aborted, _) | (_, Some(Weight::ZERO)) => (State::Fail, "canary 0%".to_owned()),
        (Phase::Paused, _) => (State::Paused, format!("canary {weight} paused")),
        (Phase::Degraded, _) => (State::Fail, format!("canary {weight} degraded")),
        (Phase::Unknown, _) => (State::Unknown, format!("canary {weight}")),
        (Phase::Healthy | Phase::Progressing, _) => {
            (State::Running, format!("canary {weight}{since}"))
        }
    }
}

/// What the record says of the release that is looked at.
fn detail(scene: Scene<'_>, width: usize) -> Line<'_> {
    let model = scene.model;
    let image = model
        .reading
        .rollout
        .as_ref()
        .and_then(|r| r.candidate.as_ref().or(r.stable.as_ref()))
        .map(|t| &t.image);
    let record = model
        .feeds
        .cluster
        .value
        .as_ref()
        .and_then(|s| s.record.record());
    let release = record
        .zip(image)
        .and_then(|(record, image)| record.release_of(image));
    let said = match (release, image) {
        (Some(release), _) => told(release),
        (None, Some(image)) => format!("{}  not in the record", words::clean(image.label())),
        (None, None) => "nothing read yet".to_owned(),
    };
    Line::from(scene.paint.span(
        Role::Muted,
        text::cut(&said, width, scene.paint.glyph(Glyph::Cut)),
    ))
}

fn told(release: &Release) -> String {
    let more = [
        ("run", release.run.as_ref()),
        ("commit", release.commit.as_ref()),
        ("why:", release.reason.as_ref()),
        ("evidence:", release.evidence.as_ref()),
    ];
    let more = more
        .into_iter()
        .filter_map(|(word, value)| Some(format!("  {word} {}", value?.shown())));
    let said = format!("revision {}  by {}", release.revision, release.by.shown());
    std::iter::once(said).chain(more).collect()
}
