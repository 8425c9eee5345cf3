//! The mouse: it chooses and scrolls, answers nothing, and begins nothing that changes something.

use crate::fixture;
use crate::screens::failing;
use crate::widgets::{paint, rows};
use flightdeck::app::action::Action;
use flightdeck::app::asking::Asking;
use flightdeck::app::chord::label;
use flightdeck::app::effect::Effect;
use flightdeck::app::event::Event;
use flightdeck::app::intent::{Intent, Motion};
use flightdeck::app::key::Key;
use flightdeck::app::keymap::Scope;
use flightdeck::app::model::Model;
use flightdeck::app::pick::Pick;
use flightdeck::app::pointing::{Did, Pointer, Rolled, Spot, Spots, Touched};
use flightdeck::app::screen::{Overlay, Pane, Screen};
use flightdeck::app::update::update;
use flightdeck::config::theme::{Charset, Depth};
use flightdeck::domain::event::EffectEvent;
use flightdeck::runtime::keyboard;
use flightdeck::runtime::terminal::Mouse;
use flightdeck::view::{draw, spots};
use futures_util::{StreamExt as _, stream};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

fn on(model: &Model, (columns, rows): (u16, u16)) -> Spots {
    let paint = paint(Depth::TrueColor, Charset::Unicode);
    spots(model, &paint, Rect::new(0, 0, columns, rows))
}

fn shown(model: &Model, (columns, height): (u16, u16)) -> Vec<String> {
    let paint = paint(Depth::TrueColor, Charset::Unicode);
    let mut buffer = Buffer::empty(Rect::new(0, 0, columns, height));
    draw(model, &paint, &mut buffer);
    rows(&buffer)
}

fn press(column: u16, row: u16) -> Pointer {
    Pointer {
        column,
        row,
        did: Did::Press,
    }
}

/// Presses there at 80x24.
fn click(model: &mut Model, column: u16, row: u16) -> Vec<Effect> {
    let event = on(model, (80, 24)).event(press(column, row));
    let at = model.now;
    event.map_or_else(Vec::new, |event| update(model, event.at(at)))
}

/// The cell in which a text stands.
fn place(model: &Model, text: &str) -> (u16, u16) {
    let lines = shown(model, (80, 24));
    let found = lines.iter().enumerate().find_map(|(row, line)| {
        let at = line.find(text)?;
        Some((line[..at].chars().count(), row))
    });
    let (column, row) = found.unwrap_or_else(|| panic!("no {text:?} in\n{}", lines.join("\n")));
    (u16::try_from(column).unwrap(), u16::try_from(row).unwrap())
}

fn want(model: &mut Model, intent: Intent) -> Vec<Effect> {
    let at = model.now;
    update(model, Event::Wanted(intent).at(at))
}

/// The service with a release under way, on every screen.
fn everywhere() -> Vec<Model> {
    let on = |screen| {
        let mut model = failing();
        model
            .feeds
            .cluster
            .take(fixture::canary_at(5, model.now), model.now);
        model.ui.screen = screen;
        model
    };
    let zoomed = [Pane::Errors, Pane::Latency, Pane::Verdict, Pane::Events].map(Screen::Zoomed);
    let plain = [
        Screen::Service,
        Screen::History,
        Screen::Release,
        Screen::Messages,
        Screen::Pipeline,
    ];
    let mut models: Vec<Model> = plain.into_iter().chain(zoomed).map(on).collect();
    models.push(crate::fleet::busy());
    models
}

#[test]
fn what_can_be_pressed_on_in_the_bar_changes_nothing_and_stands_where_its_key_is() {
    for model in everywhere() {
        for size in SIZES {
            let (spots, lines) = (on(&model, size), shown(&model, size));
            let row = size.1 - 1;
            let mut seen = Vec::new();
            for column in 0..size.0 {
                let Some((area, spot)) = spots.under(column, row) else {
                    continue;
                };
                if area.x != column {
                    continue;
                }
                let written: String = lines[usize::from(row)]
                    .chars()
                    .skip(usize::from(area.x))
                    .take(usize::from(area.width))
                    .collect();
                let scope = Scope::of(model.ui.screen);
                let key = match spot {
                    Spot::Hint(action) => {
                        assert!(!action.changes(), "{action:?}");
                        model.keys.label(scope, *action)
                    }
                    Spot::Menu(key) => label(*key),
                    other => panic!("{other:?} in the bar"),
                };
                assert!(written.starts_with(&key), "{written:?} is not {key:?}");
                seen.push(written);
            }
            assert!(!seen.is_empty(), "{:?} {size:?}", model.ui.screen);
        }
    }
}

#[test]
fn no_hint_of_a_change_is_obeyed_whoever_says_it() {
    let mut model = failing();
    for action in Action::ALL.iter().filter(|action| action.changes()) {
        let before = model.clone();
        let effects = want(&mut model, Intent::Touch(Touched::Hint(*action)));
        assert_eq!((effects, &model), (Vec::new(), &before), "{action:?}");
    }
}

/// A question about a roll back, asked by keys.
fn asked() -> Model {
    let mut model = failing();
    for key in ["a", "b"] {
        let key = Key::char(key.chars().next().unwrap());
        let pressed = Event::KeyPressed(key).at(model.now);
        drop(update(&mut model, pressed));
    }
    let Asking::Observing(id, ..) = model.asking else {
        panic!("{:?}", model.asking)
    };
    let seen = Box::new(fixture::canary_at(5, model.now));
    let seen = Event::Effect(EffectEvent::Observed(id, Ok(seen))).at(model.now);
    drop(update(&mut model, seen));
    assert!(matches!(model.asking, Asking::Question(_)));
    model
}

#[test]
fn a_question_is_answered_by_keys_alone() {
    let mut model = asked();
    model.now += jiff::SignedDuration::from_secs(5);
    assert_eq!(on(&model, (80, 24)), Spots::default());
    let before = model.clone();
    for touched in [
        Touched::Hint(Action::Back),
        Touched::Menu(Key::char('a')),
        Touched::Line(0),
        Touched::Service(fixture::target()),
        Touched::Log,
        Touched::Moment(model.now),
        Touched::Title(Pane::Errors),
        Touched::Strip,
    ] {
        assert!(want(&mut model, Intent::Touch(touched)).is_empty());
        assert_eq!(model, before);
    }
    for over in [Rolled::List, Rolled::Log, Rolled::Chart] {
        assert!(want(&mut model, Intent::Roll(over, Motion::Down)).is_empty());
        assert_eq!(model, before);
    }
    for overlay in [
        Overlay::Menu(Key::char('a')),
        Overlay::Pilot(String::new()),
        Overlay::Leaving,
        Overlay::Drill,
    ] {
        let mut model = failing();
        model.ui.overlay = overlay;
        assert_eq!(on(&model, (80, 24)), Spots::default());
    }
}

#[test]
fn a_row_is_chosen_and_the_chosen_one_opened() {
    let mut model = crate::fleet::busy();
    let (column, row) = place(&model, "search");
    assert!(click(&mut model, column, row).is_empty());
    assert_eq!(model.ui.screen, Screen::Fleet);
    assert_eq!(
        model.fleet.chosen.as_ref().unwrap().service.as_str(),
        "search"
    );
    drop(click(&mut model, column, row));
    assert_eq!(model.ui.screen, Screen::Service);
    assert_eq!(model.target.service.as_str(), "search");

    drop(want(&mut model, Intent::GoHistory));
    model
        .feeds
        .cluster
        .take(fixture::canary_at(5, model.now), model.now);
    let (column, row) = place(&model, "v2.41.0 ");
    let row = if row == 0 {
        place(&model, "REV").1 + 2
    } else {
        row
    };
    drop(click(&mut model, column, row));
    assert_eq!(model.ui.list.at, 1);
    assert_eq!(model.ui.screen, Screen::History);
    drop(click(&mut model, column, row));
    assert_eq!(model.ui.screen, Screen::Release);
}

#[test]
fn a_press_in_a_chart_puts_the_cursor_there_and_the_wheel_changes_its_range() {
    let mut model = failing();
    let (_, top) = place(&model, "error rate %");
    drop(click(&mut model, 45, top + 4));
    let at = model.ui.inspect.unwrap();
    // The cursor is drawn where it was pressed, or next to it.
    let line = shown(&model, (80, 24))[usize::from(top) + 3].clone();
    let axis = 1 + line.chars().position(|c| c == '│').unwrap();
    let drawn = axis + line.chars().skip(axis).position(|c| c == '│').unwrap();
    assert!((44..=46).contains(&drawn), "{drawn} in {line}");
    let dragged = Pointer {
        did: Did::Drag,
        ..press(60, top + 4)
    };
    let event = on(&model, (80, 24)).event(dragged).unwrap().at(model.now);
    drop(update(&mut model, event));
    assert!(model.ui.inspect.unwrap() > at);
    let range = model.ui.range;
    let turned = |did| Pointer {
        did,
        ..press(45, top + 4)
    };
    for (did, grows) in [(Did::WheelDown, true), (Did::WheelUp, false)] {
        let event = on(&model, (80, 24))
            .event(turned(did))
            .unwrap()
            .at(model.now);
        drop(update(&mut model, event));
        assert_eq!(model.ui.range > range, grows);
    }
    // The title gives its pane the room, and gives it back.
    let (column, row) = place(&model, "p95 latency ms");
    drop(click(&mut model, column, row));
    assert_eq!(model.ui.screen, Screen::Zoomed(Pane::Latency));
    let (column, row) = place(&model, "p95 latency ms");
    drop(click(&mut model, column, row));
    assert_eq!(model.ui.screen, Screen::Service);
}

#[test]
fn in_the_palette_a_press_chooses_and_runs_nothing() {
    let mut model = failing();
    model.ui.overlay = Overlay::Palette(Pick::typing());
    let (column, row) = place(&model, "roll back to last good");
    assert!(click(&mut model, column, row).is_empty());
    let Overlay::Palette(pick) = &model.ui.overlay else {
        panic!("{:?}", model.ui.overlay)
    };
    assert!(pick.at > 0);
    assert_eq!(model.asking, Asking::Nothing);
    let at = pick.at;
    drop(want(&mut model, Intent::Roll(Rolled::List, Motion::Down)));
    let Overlay::Palette(pick) = &model.ui.overlay else {
        panic!("{:?}", model.ui.overlay)
    };
    assert_eq!(pick.at, at + 1);
}

#[tokio::test]
async fn what_the_terminal_tells_of_the_mouse_is_what_lies_under_it() {
    use crossterm::event::{
        Event as Raw, KeyModifiers, MouseButton, MouseEvent, MouseEventKind as Kind,
    };
    let model = failing();
    let (column, row) = place(&model, "error rate %");
    let raw = |kind, modifiers| {
        Ok(Raw::Mouse(MouseEvent {
            kind,
            column,
            row,
            modifiers,
        }))
    };
    let plain = KeyModifiers::NONE;
    let told = [
        raw(Kind::Moved, plain),
        raw(Kind::Up(MouseButton::Left), plain),
        raw(Kind::Down(MouseButton::Right), plain),
        // Shift is the terminal's: it selects text.
        raw(Kind::Down(MouseButton::Left), KeyModifiers::SHIFT),
        raw(Kind::Down(MouseButton::Left), plain),
    ];
    let (_keep, spots) = tokio::sync::watch::channel(on(&model, (80, 24)));
    let events: Vec<Event> = keyboard::pointed(stream::iter(told), spots).collect().await;
    let wanted = Intent::Touch(Touched::Title(Pane::Errors));
    assert_eq!(events, [Event::Wanted(wanted)]);
}

#[test]
fn a_slow_line_hears_only_of_buttons_and_the_wheel() {
    let mut ui = fixture::settings().ui;
    assert_eq!(Mouse::of(&ui), Mouse::Drags);
    ui.low_bandwidth = true;
    assert_eq!(Mouse::of(&ui), Mouse::Buttons);
    ui.mouse = false;
    assert_eq!(Mouse::of(&ui), Mouse::Untold);
}
