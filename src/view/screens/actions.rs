//! The keys: the bar on the last row and the box of keys that can follow another.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Scene;
use crate::app::action::{Action, Group};
use crate::app::availability::obstacle;
use crate::app::chord::label;
use crate::app::command::{does, refused};
use crate::app::key::Key;
use crate::app::keymap::Scope;
use crate::app::pointing::{Spot, Spots};
use crate::app::screen::{Screen, Telling};
use crate::domain::pod_log::Process;
use crate::domain::traffic::Track;
use crate::strategy::goal::{Goal, Mend};
use crate::view::widgets::lines::{Hint, hints, hints_placed};
use crate::view::widgets::{dialog, put_line};

/// The bar: every action that is allowed now with its key, then the keys of the screen, more of them where there is room.
pub(super) fn bar(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    let (first, more) = entries(scene, usize::from(area.width));
    let (first, more) = (told(&first), told(&more));
    let line = hints(&[&first, &more], usize::from(area.width), scene.paint);
    put_line(buf, area, 0, &line);
}

/// Where the bar can be pressed on.
pub(super) fn spots(scene: Scene<'_>, area: Rect, spots: &mut Spots) {
    let (first, more) = entries(scene, usize::from(area.width));
    let hints = [told(&first), told(&more)];
    let (_, places) = hints_placed(
        &[&hints[0], &hints[1]],
        usize::from(area.width),
        scene.paint,
    );
    let entries: Vec<&Entry> = first.iter().chain(&more).collect();
    for (at, cells) in places {
        let Some(spot) = entries.get(at).and_then(|entry| entry.spot.clone()) else {
            continue;
        };
        let within = |cells: usize| u16::try_from(cells).unwrap_or(u16::MAX).min(area.width);
        let (from, until) = (within(cells.start), within(cells.end));
        let place = Rect {
            x: area.x + from,
            width: until - from,
            height: area.height.min(1),
            ..area
        };
        spots.add(super::pointing::area(place), spot);
    }
}

/// A hint, and what a press on it does.
#[derive(Clone)]
struct Entry {
    hint: Hint,
    spot: Option<Spot>,
}

impl Entry {
    fn plain(key: &str, does: &str) -> Self {
        Self {
            hint: Hint::new(key, does),
            spot: None,
        }
    }

    /// A key that others can follow.
    fn first(key: Key, does: &str) -> Self {
        Self {
            hint: Hint::new(&label(key), does),
            spot: Some(Spot::Menu(key)),
        }
    }
}

fn told(entries: &[Entry]) -> Vec<Hint> {
    entries.iter().map(|entry| entry.hint.clone()).collect()
}

/// The two groups of the bar: so many of the spare ones that all have their labels.
fn entries(scene: Scene<'_>, width: usize) -> (Vec<Entry>, Vec<Entry>) {
    let (first, more, spare) = of_screen(scene);
    let last = [
        key(scene, Action::Help, "help"),
        key(scene, Action::Quit, "quit"),
    ];
    let taking = |count: usize| -> Vec<Entry> {
        let all = more.iter().chain(spare.iter().take(count)).chain(&last);
        all.flatten().cloned().collect()
    };
    let fits = |more: &Vec<Entry>| {
        let line = hints(&[&told(&first), &told(more)], usize::MAX, scene.paint);
        line.width() <= width
    };
    let more = (1..=spare.len()).rev().map(taking).find(fits);
    let more = more.unwrap_or_else(|| taking(0));
    (first, more)
}

fn of_screen(scene: Scene<'_>) -> Bar {
    match scene.model.ui.screen {
        Screen::Service | Screen::Zoomed(_) if scene.model.ui.inspect.is_some() => {
            inspecting(scene)
        }
        Screen::Fleet => choosing(scene),
        Screen::Service | Screen::Zoomed(_) => serving(scene),
        Screen::History | Screen::Release | Screen::Messages => listing(scene),
        Screen::Pipeline => piping(scene),
        Screen::Changes => comparing(scene),
        Screen::Logs => reading(scene),
    }
}

/// Hints that come first, those that follow them, and those that come where there is room, the most useful first.
type Bar = (Vec<Entry>, Vec<Option<Entry>>, Vec<Option<Entry>>);

fn serving(scene: Scene<'_>) -> Bar {
    let mut more = vec![key(
        scene,
        Action::Zoom,
        if scene.model.ui.screen == Screen::Service {
            "zoom"
        } else {
            "next pane"
        },
    )];
    if scene.model.frozen.is_some() || scene.held.is_some() {
        more.push(key(scene, Action::Freeze, "go on"));
    }
    if scene.model.run.as_ref().is_some_and(|run| !run.hidden) {
        let telling = match scene.model.ui.telling {
            Telling::Words => "commands",
            Telling::Commands => "words",
        };
        more.push(key(scene, Action::Commands, telling));
        more.push(key(scene, Action::Back, "hide"));
    }
    if scene.model.fleet.is_one_of_many() && scene.model.ui.screen == Screen::Service {
        more.push(key(scene, Action::Fleet, "fleet"));
    }
    let spare = [
        (Action::Logs, "logs"),
        (Action::Pipeline, "pipeline"),
        (Action::Changes, "changes"),
        (Action::Inspect, "inspect"),
        (Action::Freeze, "freeze"),
        (Action::History, "history"),
        (Action::Palette, "palette"),
        (Action::Longer, "range"),
        (Action::Messages, "messages"),
        (Action::Layout, "layout"),
        (Action::Times, "times"),
    ];
    let spare = spare
        .map(|(action, does)| key(scene, action, does))
        .to_vec();
    (possible(scene), more, spare)
}

/// The keys of the fleet.
fn choosing(scene: Scene<'_>) -> Bar {
    let act = Action::ALL
        .iter()
        .find(|action| action.group() == Group::Act)
        .and_then(|action| scene.model.keys.chords(scope(scene), *action).first());
    let mut first: Vec<Entry> = key(scene, Action::Open, "open").into_iter().collect();
    first.extend(act.map(|chord| Entry::first(chord.first, "actions")));
    let more = vec![
        key(scene, Action::Filter, "filter"),
        key(scene, Action::Sort, "sort"),
        key(scene, Action::Palette, "command"),
    ];
    let spare = [
        (Action::Messages, "messages"),
        (Action::Freeze, "freeze"),
        (Action::Times, "times"),
        (Action::Refresh, "refresh"),
    ];
    let spare = spare
        .map(|(action, does)| key(scene, action, does))
        .to_vec();
    (first, more, spare)
}

/// The actions that are allowed now.
fn possible(scene: Scene<'_>) -> Vec<Entry> {
    let all = Action::ALL
        .iter()
        .filter_map(|action| Some((*action, action.goal()?)));
    let allowed: Vec<(Action, Goal)> = all
        .filter(|(_, goal)| obstacle(scene.model, goal).is_none())
        .collect();
    let chord = |action: Action| {
        scene
            .model
            .keys
            .chords(scope(scene), action)
            .first()
            .cloned()
    };
    let chords: Vec<_> = Action::ALL
        .iter()
        .filter(|a| a.group() == Group::Act)
        .filter_map(|a| chord(*a))
        .collect();
    let shared = chords.first().filter(|first| {
        chords
            .iter()
            .all(|c| c.first == first.first && c.then.is_some())
    });
    let Some(shared) = shared else {
        let whole = |(action, goal): &(Action, Goal)| key(scene, *action, brief(goal));
        return allowed.iter().filter_map(whole).collect();
    };
    let title = if allowed.is_empty() {
        "actions"
    } else {
        "actions:"
    };
    let second = |(action, goal): (Action, Goal)| {
        Some(Entry::plain(&label(chord(action)?.then?), brief(&goal)))
    };
    let mut entries = vec![Entry::first(shared.first, title)];
    entries.extend(allowed.into_iter().filter_map(second));
    entries
}

fn inspecting(scene: Scene<'_>) -> Bar {
    let pair = |one, other, does: &str| {
        let (one, other) = (written(scene, one), written(scene, other));
        Entry::plain(&format!("{one} {other}"), does)
    };
    let more = vec![
        // The key of the logs moves the cursor while there is one.
        Some(pair(Action::Left, Action::Logs, "move")),
        key(scene, Action::Inspect, "leave"),
    ];
    let spare = vec![
        Some(pair(Action::First, Action::Last, "ends")),
        Some(pair(Action::Older, Action::Newer, "pan")),
        Some(pair(Action::Longer, Action::Shorter, "range")),
        key(scene, Action::Zoom, "zoom"),
    ];
    (possible(scene), more, spare)
}

fn listing(scene: Scene<'_>) -> Bar {
    let history = Scope::of(scene.model.ui.screen) == Scope::History;
    let mut first = Vec::new();
    if history
        && obstacle(
            scene.model,
            &Goal::RollBack(crate::strategy::goal::RollBackTo::LastKnownGood),
        )
        .is_none()
    {
        let does = super::words::clean(&does(scene.model, Action::RollBack));
        first.extend(key(scene, Action::RollBack, &does));
    }
    if scene.model.ui.screen == Screen::History {
        first.extend(key(scene, Action::Open, "details"));
    }
    if scene.model.ui.screen != Screen::Release {
        first.extend(key(scene, Action::Filter, "filter"));
    }
    let moves = format!(
        "{} {}",
        written(scene, Action::Down),
        written(scene, Action::Up)
    );
    first.push(Entry::plain(&moves, "move"));
    let more = vec![key(scene, Action::Back, "back")];
    let spare = if history {
        vec![
            key(scene, Action::CopyVersion, "copy version"),
            key(scene, Action::Times, "times"),
        ]
    } else {
        vec![key(scene, Action::Times, "times")]
    };
    (first, more, spare)
}

/// On the pipeline screen: what may be asked of the run, then the log's keys.
fn piping(scene: Scene<'_>) -> Bar {
    let asked = Action::ALL
        .iter()
        .filter_map(|action| Some((*action, action.ci_wish()?)));
    let first = asked
        .filter(|(_, wish)| crate::app::pipeline::obstacle(scene.model, *wish).is_none())
        .filter_map(|(action, wish)| key(scene, action, wish.word()))
        .collect();
    let in_log = scene.model.pipeline.side == crate::app::pipeline::Side::Log;
    let more = if in_log {
        vec![
            key(scene, Action::Open, "fold"),
            key(scene, Action::Filter, "search"),
        ]
    } else {
        vec![
            key(scene, Action::Open, "log"),
            key(scene, Action::Back, "back"),
        ]
    };
    let spare = vec![
        key(scene, Action::LogFault, "failing step"),
        key(scene, Action::LogFollow, "follow"),
        key(scene, Action::LogWrap, "wrap"),
        key(scene, Action::NextMatch, "next match"),
        key(scene, Action::Left, "older run"),
    ];
    (first, more, spare)
}

/// On the screen of what the candidate brings.
fn comparing(scene: Scene<'_>) -> Bar {
    let more = vec![
        key(scene, Action::Logs, "logs"),
        key(scene, Action::Back, "back"),
    ];
    let spare = vec![key(scene, Action::Pipeline, "pipeline")];
    (possible(scene), more, spare)
}

/// On the screen of the pods' logs.
fn reading(scene: Scene<'_>) -> Bar {
    let logs = &scene.model.pod_logs;
    let track = match logs.focus.track {
        Track::Canary => "stable's",
        Track::Stable => "canary's",
    };
    let process = match logs.focus.process {
        Process::Present => "before restart",
        Process::Previous => "as of now",
    };
    let more = vec![
        key(scene, Action::LogPrevious, process),
        key(scene, Action::Stable, track),
        key(scene, Action::Back, "back"),
    ];
    let spare = vec![
        key(scene, Action::LogFault, "unlike stable"),
        key(scene, Action::Filter, "search"),
        key(scene, Action::LogFollow, "follow"),
        key(scene, Action::LogWrap, "wrap"),
        key(scene, Action::NextMatch, "next match"),
        key(scene, Action::Changes, "changes"),
    ];
    (possible(scene), more, spare)
}

fn scope(scene: Scene<'_>) -> Scope {
    Scope::of(scene.model.ui.screen)
}

/// An action's key as it is written.
pub(super) fn written(scene: Scene<'_>, action: Action) -> String {
    scene.model.keys.label(scope(scene), action)
}

/// A hint; `None` where the action has no key. It can be pressed on where it changes nothing.
fn key(scene: Scene<'_>, action: Action, does: &str) -> Option<Entry> {
    let written = written(scene, action);
    (!written.is_empty()).then(|| Entry {
        hint: Hint::new(&written, does),
        spot: (!action.changes()).then_some(Spot::Hint(action)),
    })
}

/// What can follow a key, the ones that make no sense now with the reason.
pub(super) fn menu(scene: Scene<'_>, first: Key, buf: &mut Buffer, area: Rect) {
    let behind: Vec<(Action, Key)> = scene.model.keys.behind(scope(scene), first).collect();
    let title = behind
        .first()
        .map_or("", |(action, _)| action.group().title());
    let hint = |(action, then): &(Action, Key)| Hint {
        key: label(*then),
        label: super::words::clean(&does(scene.model, *action)),
        refused: refused(scene.model, *action).map(|why| super::words::clean(&why)),
    };
    let mut hints: Vec<Hint> = behind.iter().map(hint).collect();
    hints.push(Hint::new(&written(scene, Action::Back), "close"));
    let title = format!("{}: {}", label(first), title.to_lowercase());
    dialog::which_key(buf, area, &title, &hints, scene.paint);
}

fn brief(goal: &Goal) -> &'static str {
    match goal {
        Goal::Deploy(_) => "deploy",
        Goal::Promote => "promote",
        Goal::PromoteFully => "fully",
        Goal::Pause => "pause",
        Goal::Resume => "resume",
        Goal::Abort => "abort",
        Goal::RollBack(_) => "roll back",
        Goal::DeclareGood(_) => "good",
        Goal::TakeUp(Mend::Resume) => "resume plan",
        Goal::TakeUp(Mend::Undo) => "undo plan",
    }
}
