//! The releases of the record: which there were, who brought them, how they ended, which are good.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Scene, actions, listing, notices, title, words};
use crate::app::pointing::Spots;
use crate::app::releases::{chosen, record, releases};
use crate::app::screen::Screen;
use crate::config::theme::{Glyph, Role};
use crate::domain::record::{Ended, RecordRead, Release};
use crate::view::text;
use crate::view::widgets::lines::State;
use crate::view::widgets::pane::Pane;
use crate::view::widgets::put_line;

/// Where the parts stand: title, list, details, keys.
fn places(scene: Scene<'_>, area: Rect) -> [Rect; 4] {
    let row = |y: u16, height: u16| Rect {
        y: area.y + y.min(area.height),
        height: height.min(area.height.saturating_sub(y)),
        ..area
    };
    let body = area.height.saturating_sub(2);
    let below = match scene.model.ui.screen {
        Screen::Release => body,
        Screen::History
        | Screen::Fleet
        | Screen::Service
        | Screen::Zoomed(_)
        | Screen::Messages
        | Screen::Pipeline
        | Screen::Changes
        | Screen::Logs => body.min(10.max(body / 3)),
    };
    [
        row(0, 1),
        row(1, body - below),
        row(1 + body - below, below),
        row(area.height.saturating_sub(1), 1),
    ]
}

pub(super) fn draw(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    let [head, upper, lower, keys] = places(scene, area);
    title::draw(scene, buf, head);
    list(scene, buf, upper);
    details(scene, buf, lower);
    notices::draw(scene, buf, area);
    actions::bar(scene, buf, keys);
}

/// What can be pressed on: the releases.
pub(super) fn spots(scene: Scene<'_>, area: Rect, spots: &mut Spots) {
    let [_, upper, _, keys] = places(scene, area);
    let rows = below_head(scene.tier.frame().inner(upper));
    let pick = &scene.model.ui.list;
    listing::spots(rows, pick.at, releases(scene.model).len(), spots);
    actions::spots(scene, keys, spots);
}

/// Where the rows stand below their heads.
fn below_head(inner: Rect) -> Rect {
    Rect {
        y: inner.y + 1.min(inner.height),
        height: inner.height.saturating_sub(1),
        ..inner
    }
}

fn list(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    let (paint, pick) = (scene.paint, &scene.model.ui.list);
    let all = releases(scene.model);
    let pane = Pane::titled(scene.tier.frame(), "releases", paint).with_right(listing::filter(
        scene,
        pick,
        all.len(),
    ));
    let inner = pane.draw(buf, area, paint);
    let columns = Columns::of(usize::from(inner.width));
    put_line(
        buf,
        inner,
        0,
        &Line::from(paint.span(
            Role::Muted,
            format!(
                "  {}",
                columns.row(["REV", "VERSION", "COMMIT", "DEPLOYED", "BY", "OUTCOME"])
            ),
        )),
    );
    let rows = below_head(inner);
    if all.is_empty() {
        put_line(
            buf,
            rows,
            0,
            &Line::from(paint.span(Role::Unknown, nothing(scene))),
        );
    }
    let lines = all
        .into_iter()
        .map(|one| line(scene, one, &columns))
        .collect();
    listing::draw(scene, lines, pick.at, buf, rows);
}

/// Why there is nothing to list.
fn nothing(scene: Scene<'_>) -> String {
    match scene
        .model
        .feeds
        .cluster
        .value
        .as_ref()
        .map(|snapshot| &snapshot.record)
    {
        None | Some(RecordRead::Unread) => "the record has not been read yet".to_owned(),
        Some(RecordRead::Absent) => "there is no record: the first deploy begins it".to_owned(),
        Some(RecordRead::Read { .. }) => "no release fits".to_owned(),
        Some(RecordRead::Unreadable(why) | RecordRead::Failed(why)) => {
            format!("the record cannot be read: {}", why.shown())
        }
    }
}

/// The widths of the columns; the last takes what is left.
struct Columns {
    version: usize,
    by: usize,
    mark: &'static str,
}

impl Columns {
    fn of(width: usize) -> Self {
        let spare = width.saturating_sub(78);
        Self {
            version: 14 + (spare / 3).min(26),
            by: 12 + (spare / 3).min(20),
            mark: "~",
        }
    }

    fn row(&self, [rev, version, commit, deployed, by, outcome]: [&str; 6]) -> String {
        let mark = self.mark;
        format!(
            "{} {} {} {} {} {}",
            text::pad_left(rev, 4, mark),
            text::pad(version, self.version, mark),
            text::pad(commit, 8, mark),
            text::pad(deployed, 11, mark),
            text::pad(by, self.by, mark),
            text::pad(outcome, 12, mark),
        )
    }
}

fn line<'t>(scene: Scene<'t>, release: &Release, columns: &Columns) -> Line<'t> {
    let paint = scene.paint;
    let (role, glyph) = state(scene, release).look();
    let commit = release.commit.as_ref().map_or("-", |commit| commit.shown());
    let commit: String = commit.chars().take(7).collect();
    let cells = [
        &release.revision.to_string(),
        &words::clean(release.tag()),
        &commit,
        &deployed(scene, release),
        release.by.shown(),
        &outcome(scene, release),
    ];
    let row = columns.row(cells);
    let good = match release.good {
        Some(_) => paint.span(Role::Ok, format!(" {} good", paint.glyph(Glyph::Ok))),
        None => paint.span(Role::Muted, " not good"),
    };
    Line::from(vec![
        paint.span(role, format!("{} ", paint.glyph(glyph))),
        paint.span(Role::Text, row),
        good,
    ])
}

fn deployed(scene: Scene<'_>, release: &Release) -> String {
    words::day(scene, release.deployed_at)
}

/// How it ended, and that it serves now.
fn outcome(scene: Scene<'_>, release: &Release) -> String {
    let rollout = scene.model.reading.rollout.as_ref();
    let runs = |track: Option<&crate::domain::rollout::TrackState>| {
        track.is_some_and(|track| release.runs(&track.image))
    };
    if runs(rollout.and_then(|rollout| rollout.candidate.as_ref()))
        && release.ended == Ended::Running
    {
        return "canary now".to_owned();
    }
    let newest = record(scene.model)
        .and_then(|record| record.releases.iter().find(|one| runs_same(one, release)));
    let is_newest = newest.is_none_or(|newest| newest.revision == release.revision);
    if is_newest && runs(rollout.and_then(|rollout| rollout.stable.as_ref())) {
        return "serves now".to_owned();
    }
    release.ended.word().replace('_', " ")
}

fn runs_same(one: &Release, other: &Release) -> bool {
    one.runs(&other.image)
}

fn state(scene: Scene<'_>, release: &Release) -> State {
    match release.ended {
        Ended::Running => State::Running,
        Ended::Promoted => State::Ok,
        Ended::RolledBack | Ended::Aborted => State::Fail,
        Ended::Superseded if scene.model.reading.rollout.is_none() => State::Unknown,
        Ended::Superseded => State::Skipped,
    }
}

/// All that the record knows of the chosen release.
fn details(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    let paint = scene.paint;
    let Some(release) = chosen(scene.model) else {
        return;
    };
    let name = format!(
        "revision {}  {}",
        release.revision,
        words::clean(release.tag())
    );
    let inner = Pane::titled(scene.tier.frame(), &name, paint).draw(buf, area, paint);
    let mut row = 0;
    for (label, value) in facts(release) {
        let width = usize::from(inner.width).saturating_sub(10);
        let most = usize::from(inner.height.saturating_sub(row));
        for (index, part) in text::wrap(&value, width, most.min(4), paint.glyph(Glyph::Cut))
            .into_iter()
            .enumerate()
        {
            let label = if index == 0 { label } else { "" };
            let line = vec![
                paint.span(Role::Muted, format!("{label:<10}")),
                paint.span(Role::Text, part),
            ];
            put_line(buf, inner, row, &Line::from(line));
            row += 1;
        }
    }
}

fn facts(release: &Release) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("image", words::clean(&release.image.to_string())),
        (
            "deployed",
            format!(
                "{} by {}",
                words::moment(release.deployed_at),
                release.by.shown()
            ),
        ),
        ("ended", release.ended.word().replace('_', " ")),
        ("good", good(release)),
    ];
    let more = [
        ("why", release.reason.as_ref()),
        ("evidence", release.evidence.as_ref()),
        ("commit", release.commit.as_ref()),
        ("run", release.run.as_ref()),
    ];
    facts.extend(
        more.into_iter()
            .filter_map(|(label, value)| Some((label, value?.shown().to_owned()))),
    );
    facts.extend(
        release
            .digest
            .as_ref()
            .map(|digest| ("digest", words::clean(digest))),
    );
    let note = |note: &crate::domain::record::Note| {
        (
            "note",
            format!(
                "{} {}: {}",
                words::moment(note.at),
                note.by.shown(),
                note.text.shown()
            ),
        )
    };
    facts.extend(release.notes.iter().map(note));
    facts
}

fn good(release: &Release) -> String {
    let Some(good) = &release.good else {
        return "not marked: a roll back never goes to it by itself".to_owned();
    };
    let more = [
        ("", good.why.as_ref()),
        ("evidence: ", good.evidence.as_ref()),
    ];
    let more = more
        .into_iter()
        .filter_map(|(word, value)| Some(format!("; {word}{}", value?.shown())));
    let said = format!("since {} by {}", words::moment(good.since), good.by.shown());
    std::iter::once(said).chain(more).collect()
}
