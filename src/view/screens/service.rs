//! The service screen: one service in one environment.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::charts::Figure;
use super::layout::{Places, Tier, places};
use super::{
    Scene, actions, charts, events, notices, pipeline, plan, pointing, rollout, title, verdict,
};
use crate::app::pointing::{Spot, Spots};
use crate::app::screen::{Layout, Pane, Telling};

pub(super) fn draw(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    let at = at(scene, area);
    title::draw(scene, buf, at.title);
    pipeline::draw(scene, buf, at.pipeline);
    match scene.model.run.as_ref().filter(|run| !run.hidden) {
        // Commands are long, and useless when they are cut.
        Some(run) if scene.model.ui.telling == Telling::Commands => {
            plan::draw(scene, run, buf, at.body);
        }
        Some(_) | None => body(scene, buf, &at),
    }
    notices::draw(scene, buf, area);
    actions::bar(scene, buf, at.keys);
}

fn at(scene: Scene<'_>, area: Rect) -> Places {
    // A plan that is shown needs the room of its parts.
    let layout = match scene.model.run.as_ref().filter(|run| !run.hidden) {
        Some(_) => Layout::Balanced,
        None => scene.model.ui.layout,
    };
    places(scene.tier, layout, area)
}

/// What can be pressed on: charts, titles of panes, the gates.
pub(super) fn spots(scene: Scene<'_>, area: Rect, spots: &mut Spots) {
    let at = at(scene, area);
    spots.add(pointing::area(at.pipeline), Spot::Strip);
    let run = scene.model.run.as_ref().filter(|run| !run.hidden);
    if run.is_none_or(|_| scene.model.ui.telling == Telling::Words) {
        charts::spots(scene, Some(Pane::Errors), at.errors, spots);
        charts::spots(scene, None, at.cpu, spots);
        let events = pointing::top(at.events);
        spots.add(pointing::area(events), Spot::Title(Pane::Events));
    }
    match (run, scene.tier) {
        (Some(_), Tier::Compact | Tier::Text) => {}
        (Some(_), Tier::Boxed | Tier::Wide) => {
            charts::spots(scene, Some(Pane::Latency), at.latency, spots);
        }
        (None, _) => {
            charts::spots(scene, Some(Pane::Latency), at.latency, spots);
            let verdict = pointing::top(at.verdict);
            spots.add(pointing::area(verdict), Spot::Title(Pane::Verdict));
        }
    }
    actions::spots(scene, at.keys, spots);
}

fn body(scene: Scene<'_>, buf: &mut Buffer, at: &Places) {
    rollout::draw(scene, buf, at.rollout);
    charts::draw(scene, Figure::Errors, buf, at.errors);
    charts::draw(scene, Figure::Cpu, buf, at.cpu);
    middle(scene, buf, at);
    events::draw(scene, buf, at.events);
}

/// Verdict and p95 chart; a plan that is shown takes the verdict's place, in a narrow terminal the chart's too.
fn middle(scene: Scene<'_>, buf: &mut Buffer, at: &Places) {
    let run = scene.model.run.as_ref().filter(|run| !run.hidden);
    match (run, scene.tier) {
        (Some(run), Tier::Compact | Tier::Text) => plan::draw(scene, run, buf, at.plan),
        (Some(run), Tier::Boxed | Tier::Wide) => {
            plan::draw(scene, run, buf, at.plan);
            charts::draw(scene, Figure::Latency, buf, at.latency);
        }
        (None, _) => {
            verdict::draw(scene, buf, at.verdict);
            charts::draw(scene, Figure::Latency, buf, at.latency);
        }
    }
}
