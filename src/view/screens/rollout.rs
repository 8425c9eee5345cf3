//! The rollout pane: weight, step, pods of both sides, troubles, the last known good release.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::layout::Tier;
use super::{Scene, words};
use crate::analysis::good::Proof;
use crate::config::theme::{Glyph, Role};
use crate::domain::cluster::Pod;
use crate::domain::feed::FeedState;
use crate::domain::rollout::{Phase, Rollout, TrackState};
use crate::domain::text::Text;
use crate::domain::traffic::Track;
use crate::view::text;
use crate::view::widgets::gates::gauge;
use crate::view::widgets::pane::Pane;
use crate::view::widgets::put_line;

pub(super) fn draw(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    let age = stale_age(scene).map(|age| Line::from(scene.paint.span(Role::Stale, age)));
    let mut pane = Pane::titled(scene.tier.frame(), "rollout", scene.paint);
    if let Some(age) = age {
        pane = pane.with_right(age);
    }
    let inner = pane.draw(buf, area, scene.paint);
    let lines = lines(scene, usize::from(inner.width), usize::from(inner.height));
    for (row, line) in (0..inner.height).zip(&lines) {
        put_line(buf, inner, row, line);
    }
    if stale_age(scene).is_some() {
        buf.set_style(inner.intersection(buf.area), scene.paint.style(Role::Stale));
    }
}

/// How old the picture is, where it is no longer live.
fn stale_age(scene: Scene<'_>) -> Option<String> {
    let (feed, now) = (&scene.model.feeds.cluster, scene.model.now);
    match feed.state(now) {
        FeedState::Live | FeedState::Starting => None,
        FeedState::Stale | FeedState::Down | FeedState::LoginExpired => feed
            .age(now)
            .map(|age| format!("{} old", text::age(words::seconds(age)))),
    }
}

/// The pane in at most `height` lines of at most `width` cells, the most telling ones.
pub(super) fn lines(scene: Scene<'_>, width: usize, height: usize) -> Vec<Line<'_>> {
    let Some(rollout) = &scene.model.reading.rollout else {
        return unread(scene, width);
    };
    let mut lines = fitting(told(scene, rollout, width, height), height);
    if scene.tier != Tier::Compact && lines.len() + 2 < height {
        lines.push(Line::default());
        let room = height - lines.len();
        lines.extend(pods(scene, rollout, width, room));
    }
    lines
}

/// How early a line goes when rows are short: the last go first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    State,
    Trouble,
    Sides,
    Holder,
    Proof,
    Good,
    Head,
}

/// Everything there is to say, in the order of the screen.
fn told<'t>(
    scene: Scene<'t>,
    rollout: &Rollout,
    width: usize,
    height: usize,
) -> Vec<(Rank, Line<'t>)> {
    let mut told = vec![
        (Rank::State, weight(scene, rollout, width)),
        (Rank::State, Line::from(state(scene, rollout, width))),
    ];
    told.extend(
        troubles(scene, rollout, width, 1 + height / 8)
            .into_iter()
            .map(|line| (Rank::Trouble, line)),
    );
    told.extend(
        holders(scene, rollout, width)
            .into_iter()
            .map(|line| (Rank::Holder, line)),
    );
    told.extend(super::pilot::line(scene, width).map(|line| (Rank::Holder, line)));
    told.push((Rank::Head, head(scene, width)));
    told.extend(
        sides(scene, rollout, width)
            .into_iter()
            .map(|line| (Rank::Sides, line)),
    );
    told.extend(proof(scene, rollout, width).map(|line| (Rank::Proof, line)));
    told.push((Rank::Good, good(scene, rollout, width)));
    told
}

fn fitting(mut told: Vec<(Rank, Line<'_>)>, height: usize) -> Vec<Line<'_>> {
    while told.len() > height {
        let least = told.iter().map(|(rank, _)| *rank).max();
        match told.iter().rposition(|(rank, _)| Some(*rank) == least) {
            Some(at) => drop(told.remove(at)),
            None => break,
        }
    }
    told.into_iter().map(|(_, line)| line).collect()
}

fn unread(scene: Scene<'_>, width: usize) -> Vec<Line<'_>> {
    let feed = &scene.model.feeds.cluster;
    let mark = scene.paint.glyph(Glyph::Cut);
    let Some(fault) = &feed.fault else {
        return vec![Line::from(
            scene.paint.span(Role::Unknown, "reading the cluster"),
        )];
    };
    let hint = fault.hint.as_ref().map_or("", |h| h.shown());
    let said = text::wrap(fault.text.shown(), width, 5, mark)
        .into_iter()
        .map(|l| (Role::Fail, l));
    let hints = text::wrap(hint, width, 3, mark)
        .into_iter()
        .map(|l| (Role::Text, l));
    said.chain(hints)
        .map(|(role, line)| Line::from(scene.paint.span(role, line)))
        .collect()
}

fn weight<'t>(scene: Scene<'t>, rollout: &Rollout, width: usize) -> Line<'t> {
    let Some(split) = rollout.split else {
        return Line::from(scene.paint.span(Role::Unknown, "weight ?  no route tells"));
    };
    let percent = u8::try_from(split.canary.percent()).unwrap_or(100);
    let label = format!("weight {percent:>3}% ");
    let cells = width.saturating_sub(label.len() + 1).min(24);
    let mut spans = vec![scene.paint.span(Role::Text, label)];
    spans.extend(gauge(percent, cells, scene.paint));
    Line::from(spans)
}

/// Phase and step in one line: `step 2/3 held 1m52s more`.
fn state<'t>(scene: Scene<'t>, rollout: &Rollout, width: usize) -> Span<'t> {
    let now = scene.model.now;
    let step = rollout
        .step
        .map(|s| format!("step {}/{}", s.index + 1, s.count));
    let held = rollout
        .step
        .and_then(|s| s.holds_until)
        .filter(|until| *until > now);
    let (role, said) = match (&rollout.paused, &rollout.weight_set_by) {
        (Some(paused), _) => (
            Role::Paused,
            format!(
                "{} by {}",
                scene.paint.glyph(Glyph::Paused).to_owned() + "paused",
                paused.by.shown()
            ),
        ),
        (None, Some(by)) => (Role::Warn, format!("weight set by {}", by.shown())),
        (None, None) => match held {
            Some(until) => (
                Role::Text,
                format!(
                    "{} left",
                    text::age(words::seconds(until.duration_since(now)))
                ),
            ),
            None => (phase_role(rollout.phase), rollout.phase.word().to_owned()),
        },
    };
    let said = step.map_or(said.clone(), |step| format!("{step} {said}"));
    scene
        .paint
        .span(role, text::cut(&said, width, scene.paint.glyph(Glyph::Cut)))
}

fn phase_role(phase: Phase) -> Role {
    match phase {
        Phase::Healthy => Role::Ok,
        Phase::Progressing => Role::Running,
        Phase::Paused => Role::Paused,
        Phase::Degraded | Phase::Aborted => Role::Fail,
        Phase::Unknown => Role::Unknown,
    }
}

fn troubles<'t>(scene: Scene<'t>, rollout: &Rollout, width: usize, most: usize) -> Vec<Line<'t>> {
    let mark = scene.paint.glyph(Glyph::Cut);
    let more = rollout.troubles.len().saturating_sub(most);
    let line = |(index, trouble): (usize, &Text)| {
        let more = if index + 1 == most && more > 0 {
            format!(" +{more}")
        } else {
            String::new()
        };
        let said = format!("{} {}", scene.paint.glyph(Glyph::Fail), trouble.shown());
        let said = text::cut(&said, width.saturating_sub(text::width(&more)), mark) + &more;
        Line::from(scene.paint.span(Role::Fail, said))
    };
    rollout
        .troubles
        .iter()
        .take(most)
        .enumerate()
        .map(line)
        .collect()
}

fn is_wide(scene: Scene<'_>, width: usize) -> bool {
    scene.tier != Tier::Compact && width >= 40
}

fn head(scene: Scene<'_>, width: usize) -> Line<'_> {
    let head = if is_wide(scene, width) {
        "            DESIRED READY AVAIL RESTARTS"
    } else {
        "          READY RESTARTS"
    };
    Line::from(scene.paint.span(Role::Muted, head))
}

fn sides<'t>(scene: Scene<'t>, rollout: &Rollout, width: usize) -> Vec<Line<'t>> {
    let wide = is_wide(scene, width);
    let mut lines = Vec::new();
    for (track, glyph, role) in [
        (Track::Canary, Glyph::Canary, Role::Canary),
        (Track::Stable, Glyph::Stable, Role::Stable),
    ] {
        let name = format!("{} {} ", track.word(), scene.paint.glyph(glyph));
        let mut spans = vec![scene.paint.span(role, name)];
        match rollout.side(track) {
            None => spans.push(scene.paint.span(
                Role::Unknown,
                if track == Track::Canary {
                    "  none"
                } else {
                    "  ?"
                },
            )),
            Some(side) => spans.extend(counts(scene, side, wide)),
        }
        lines.push(Line::from(spans));
    }
    lines
}

fn counts<'t>(scene: Scene<'t>, side: &TrackState, wide: bool) -> Vec<Span<'t>> {
    let ready = if side.ready < side.desired {
        Role::Warn
    } else {
        Role::Text
    };
    let pods = if wide {
        format!(
            "   {:>7} {:>5} {:>5}",
            side.desired, side.ready, side.available
        )
    } else {
        format!("{:>6}", format!("{}/{}", side.ready, side.desired))
    };
    let (role, mark) = if side.restarts > 0 {
        (Role::Warn, " !")
    } else {
        (Role::Text, "")
    };
    let restarts = if wide {
        format!(" {:>8}{mark}", side.restarts)
    } else {
        format!(" {:>6}{mark}", side.restarts)
    };
    vec![
        scene.paint.span(ready, pods),
        scene.paint.span(role, restarts),
    ]
}

fn good<'t>(scene: Scene<'t>, rollout: &Rollout, width: usize) -> Line<'t> {
    let (role, said) = match &rollout.last_known_good {
        Some(release) => (
            Role::Ok,
            format!("rolls back to {}", words::clean(release.tag())),
        ),
        None => (Role::Unknown, "no good release recorded".to_owned()),
    };
    Line::from(scene.paint.span(
        role,
        text::cut_middle(&said, width, scene.paint.glyph(Glyph::Cut)),
    ))
}

/// How the release that serves alone stands to the mark; nothing while two releases share the traffic.
fn proof<'t>(scene: Scene<'t>, rollout: &Rollout, width: usize) -> Option<Line<'t>> {
    let (role, said) = match &scene.model.reading.trial {
        Some(trial) => on_trial(&trial.proof, scene.model.now),
        None if rollout.candidate.is_none() => marked(scene, rollout, width)?,
        None => return None,
    };
    let said = text::cut(&said, width, scene.paint.glyph(Glyph::Cut));
    Some(Line::from(scene.paint.span(role, said)))
}

fn on_trial(proof: &Proof, now: jiff::Timestamp) -> (Role, String) {
    match proof {
        Proof::Earned { .. } => (Role::Ok, "proved good".to_owned()),
        Proof::Waiting {
            missing,
            until: Some(until),
        } => {
            let left = text::age(words::seconds(until.duration_since(now)));
            (
                Role::Unknown,
                format!("good in {left}: {}", words::clean(missing)),
            )
        }
        Proof::Waiting {
            missing,
            until: None,
        } => (
            Role::Unknown,
            format!("unproven: {}", words::clean(missing)),
        ),
        Proof::Failed { why } => (Role::Fail, format!("not good: {}", words::clean(why))),
    }
}

/// The mark of the serving release, where the record knows it; a narrow pane has its day alone.
fn marked(scene: Scene<'_>, rollout: &Rollout, width: usize) -> Option<(Role, String)> {
    let record = scene.model.feeds.cluster.value.as_ref()?.record.record()?;
    let good = &record.release_of(&rollout.stable.as_ref()?.image)?.good;
    Some(match good {
        Some(mark) => {
            let whole = format!("is good since {}", mark.since.strftime("%Y-%m-%d %H:%M"));
            let day = || format!("is good since {}", mark.since.strftime("%Y-%m-%d"));
            let fits = text::width(&whole) <= width;
            (Role::Ok, if fits { whole } else { day() })
        }
        None => (Role::Unknown, "unproven".to_owned()),
    })
}

/// Who else acts here: the holder of the claim, and whoever would put a change back.
fn holders<'t>(scene: Scene<'t>, rollout: &Rollout, width: usize) -> Vec<Line<'t>> {
    let claim = rollout.claim.as_ref().map(|c| {
        format!(
            "plan of {}: {} ({}/{})",
            c.by.shown(),
            c.title.shown(),
            c.done,
            c.steps
        )
    });
    let owner = rollout.owner.as_ref().map(|o| {
        let does = if o.reverts {
            "reverts changes"
        } else {
            "owns it"
        };
        format!("{} {} {does}", words::clean(&o.kind), o.name.shown())
    });
    let mark = scene.paint.glyph(Glyph::Cut);
    [claim, owner]
        .into_iter()
        .flatten()
        .map(|said| Line::from(scene.paint.span(Role::Warn, text::cut(&said, width, mark))))
        .collect()
}

fn pods<'t>(scene: Scene<'t>, rollout: &Rollout, width: usize, height: usize) -> Vec<Line<'t>> {
    let mut lines = vec![Line::from(scene.paint.span(Role::Muted, "PODS"))];
    let mut ordered: Vec<&Pod> = rollout.pods.iter().collect();
    // The canary's and what is not ready first.
    ordered.sort_by_key(|pod| (pod.track == Track::Stable, pod.ready, pod.name.clone()));
    let room = height.saturating_sub(1);
    let shown = if ordered.len() > room {
        room.saturating_sub(1)
    } else {
        ordered.len()
    };
    lines.extend(
        ordered
            .iter()
            .take(shown)
            .map(|pod| self::pod(scene, pod, width)),
    );
    if ordered.len() > shown {
        lines.push(Line::from(
            scene
                .paint
                .span(Role::Muted, format!("{} more pods", ordered.len() - shown)),
        ));
    }
    lines
}

fn pod<'t>(scene: Scene<'t>, pod: &Pod, width: usize) -> Line<'t> {
    let paint = scene.paint;
    let (role, glyph) = match pod.track {
        Track::Canary => (Role::Canary, Glyph::Canary),
        Track::Stable => (Role::Stable, Glyph::Stable),
    };
    let state_role = match (pod.deleting, pod.ready) {
        (true, _) => Role::Muted,
        (false, true) => Role::Text,
        (false, false) => Role::Warn,
    };
    let age = pod.started_at.map_or("-".to_owned(), |at| {
        text::age(words::seconds(scene.model.now.duration_since(at)))
    });
    let restarts = if pod.restarts > 0 {
        format!(" {} restarts", pod.restarts)
    } else {
        String::new()
    };
    let state = if pod.deleting {
        "Terminating"
    } else {
        pod.state.shown()
    };
    let tail = format!("  {state}{restarts}  {age}");
    let name = text::cut_middle(
        &words::clean(&pod.name),
        width.saturating_sub(2 + text::width(&tail)),
        paint.glyph(Glyph::Cut),
    );
    Line::from(vec![
        paint.span(role, format!("{} ", paint.glyph(glyph))),
        paint.span(Role::Text, name),
        paint.span(state_role, tail),
    ])
}
