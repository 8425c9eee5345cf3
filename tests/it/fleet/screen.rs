//! The fleet's screen, with styles, at three sizes; and what must stand on it.

use super::{busy, calm, now, read, target, unread};
use crate::fixture;
use crate::widgets::{paint, rows};
use flightdeck::app::event::Event;
use flightdeck::app::intent::Intent;
use flightdeck::app::model::Model;
use flightdeck::app::pick::{Field, Pick};
use flightdeck::app::update::update;
use flightdeck::config::theme::{Charset, Depth};
use flightdeck::view::{Paint, draw};
use jiff::SignedDuration;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

fn frame(model: &Model, size: (u16, u16), paint: &Paint) -> Buffer {
    let mut model = model.clone();
    model.ui.size = size;
    let mut buffer = Buffer::empty(Rect::new(0, 0, size.0, size.1));
    draw(&model, paint, &mut buffer);
    buffer
}

fn filtered(typed: &str, field: Field) -> Model {
    let mut model = busy();
    model.fleet.filter = Pick {
        typed: typed.to_owned(),
        field,
        ..Pick::default()
    };
    model
}

/// A look that ended ten minutes ago, and much that happened since.
fn changed() -> Model {
    let mut model = busy();
    let intent = Intent::OpenService(target("mailer"));
    drop(update(&mut model, Event::Wanted(intent).at(now())));
    model.fleet.looked.at = Some(now() - SignedDuration::from_mins(10));
    read(&mut model, "checkout", fixture::canary_at(50, now()));
    read(&mut model, "payments", calm());
    drop(update(&mut model, Event::Wanted(Intent::GoFleet).at(now())));
    model
}

fn states() -> Vec<(&'static str, Model)> {
    vec![
        ("busy", busy()),
        ("unread", unread()),
        ("filtering", filtered("pay", Field::Typed)),
        ("nothing_fits", filtered("nothing", Field::Left)),
        ("changed", changed()),
    ]
}

#[test]
fn every_state_at_every_size() {
    let paint = paint(Depth::Indexed256, Charset::Unicode);
    for (name, model) in states() {
        for size in SIZES {
            let buffer = frame(&model, size, &paint);
            insta::assert_debug_snapshot!(format!("{name}_{}x{}", size.0, size.1), buffer);
        }
    }
}

#[test]
fn ascii_has_no_other_signs() {
    let buffer = frame(&busy(), (80, 24), &paint(Depth::Indexed256, Charset::Ascii));
    let text = rows(&buffer).join("\n");
    assert!(text.is_ascii(), "{text}");
}

#[test]
fn the_smallest_screen_says_where_what_and_how_old() {
    let paint = paint(Depth::Indexed256, Charset::Unicode);
    let text = rows(&frame(&busy(), (80, 24), &paint)).join("\n");
    for wanted in [
        "FLEET",
        "prod-us1 DOWN 2m00s",
        "payments",
        "degraded",
        "stale 2m00s",
        "CrashLoopBackOff",
        "waits for a promote",
        "Enter open",
        "q quit",
    ] {
        assert!(text.contains(wanted), "{wanted:?} is missing in\n{text}");
    }
}

#[test]
fn nothing_is_drawn_as_healthy_before_it_was_read_or_after_it_went_stale() {
    let paint = paint(Depth::Indexed256, Charset::Unicode);
    for size in SIZES {
        let text = rows(&frame(&unread(), size, &paint)).join("\n");
        assert!(!text.contains("healthy") && !text.contains('✓'), "{text}");
        let mut late = unread();
        read(&mut late, "mailer", calm());
        late.now += SignedDuration::from_mins(10);
        let text = rows(&frame(&late, size, &paint)).join("\n");
        assert!(!text.contains("healthy") && !text.contains('✓'), "{text}");
    }
}

#[test]
fn a_tiny_terminal_still_lists() {
    let paint = paint(Depth::Indexed256, Charset::Unicode);
    for size in [(40, 10), (20, 5), (3, 2), (1, 1)] {
        let buffer = frame(&busy(), size, &paint);
        if size.1 >= 10 {
            assert!(rows(&buffer).join("\n").contains("payments"));
        }
    }
}
