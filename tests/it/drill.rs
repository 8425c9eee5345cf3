//! The drill: its sentence says only what was measured, on the screen and after the end.

use flightdeck::analysis::verdict::Call;
use flightdeck::app::drill::{Drill, Recovery};
use flightdeck::app::event::Event;
use flightdeck::app::key::{Key, KeyCode};
use flightdeck::app::screen::Overlay;
use flightdeck::app::subscription::{Sub, subscriptions};
use flightdeck::config::theme::{Charset, Depth};
use flightdeck::domain::drill::GroundTruth;
use flightdeck::domain::event::{EffectEvent, PlanEvent, SourceEvent};
use flightdeck::domain::outcome::End;
use flightdeck::domain::text::Text;
use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde_json::{Value, json};

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::fixture::target;
use crate::pty::terminal::Terminal;
use crate::update::{Script, outcome};
use crate::widgets::{paint, rows};

fn truth(began_at: Timestamp, harmed: u64) -> SourceEvent {
    let truth = GroundTruth {
        tag: Text::new("v2.42.0"),
        began_at,
        harmed,
    };
    SourceEvent::HarmCounted(target(), truth)
}

fn said(script: &Script) -> Option<String> {
    let drill = script.model.drill.as_ref().unwrap();
    drill.sentence(script.model.now)
}

fn shown(script: &Script) -> String {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 80, 24));
    flightdeck::view::draw(
        &script.model,
        &paint(Depth::TrueColor, Charset::Unicode),
        &mut buffer,
    );
    rows(&buffer).join("\n")
}

#[test]
fn every_moment_of_a_drill_is_told_when_it_was() {
    let mut script = Script::watching();
    script.model.drill = Some(Drill::new("http://127.0.0.1:1"));
    let asks = |sub: &Sub| matches!(sub, Sub::GroundTruth(_, url) if url == "http://127.0.0.1:1");
    assert!(subscriptions(&script.model).iter().any(asks));
    assert_eq!(said(&script), None, "no harm, no result");

    let began = script.model.now;
    script.source(truth(began, 0));
    script.after(20_000, Event::Ticked);
    assert_eq!(
        said(&script).unwrap(),
        "harm began, no verdict in 20 s, no key in 20 s, not recovered, 0 requests harmed so far"
    );
    script.model.reading.verdict.call = Call::RollBack;
    script.after(11_000, Event::KeyPressed(Key::plain(KeyCode::Other)));
    script.source(truth(began, 60));
    script.keys("ab").observed();
    script.after(12_000, Event::KeyPressed(Key::char('y')));
    assert_eq!(
        said(&script).unwrap(),
        "harm began, verdict after 31 s, your key after 12 s, not recovered, 60 requests harmed so far"
    );
    let plan = script.model.run.as_ref().unwrap().plan.id.clone();
    let ended = |end: End| {
        let mut outcome = outcome();
        outcome.end = end;
        outcome.full_effect_s = Some(1.2);
        PlanEvent::Ended(Box::new(outcome))
    };
    let failed = ended(End::NotProven("the canary still gets 5 %".to_owned()));
    let moved = EffectEvent::PlanMoved(plan.clone(), failed);
    script.event(Event::Effect(moved));
    assert_eq!(script.model.ui.overlay, Overlay::None, "nothing was proved");

    script.event(Event::Effect(EffectEvent::PlanMoved(
        plan,
        ended(End::Done),
    )));
    script.source(truth(began, 87));
    assert_eq!(
        said(&script).unwrap(),
        "harm began, verdict after 31 s, your key after 12 s, recovered after 1 s, 87 requests harmed"
    );
    assert_eq!(script.model.ui.overlay, Overlay::Drill);
    let screen = shown(&script);
    for part in [
        "DRILL",
        "verdict after 31 s",
        "recovered after 1 s",
        "87 requests harmed",
    ] {
        assert!(screen.contains(part), "{part} in\n{screen}");
    }
    script.event(Event::KeyPressed(Key::plain(KeyCode::Esc)));
    assert_eq!(script.model.ui.overlay, Overlay::None);
    script.after(1000, Event::Ticked);
    assert_eq!(script.model.ui.overlay, Overlay::None, "once is enough");
}

#[test]
fn a_key_before_the_verdict_counts_from_the_harm() {
    let began: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
    let at = |seconds| began + SignedDuration::from_secs(seconds);
    let mut drill = Drill::new("");
    drill.truth = Some(GroundTruth {
        tag: Text::new("v2.42.0"),
        began_at: began,
        harmed: 1,
    });
    drill.key_at = Some(at(9));
    drill.recovery = Recovery::Seen(SignedDuration::from_millis(430));
    assert_eq!(
        drill.sentence(at(60)).unwrap(),
        "harm began, no verdict before your key, your key after 9 s, recovered after 0.4 s, 1 request harmed"
    );
}

/// One control request, from outside any runtime.
fn put(control: &str, path: &str, body: &Value) {
    let address = control.strip_prefix("http://").unwrap();
    let body = body.to_string();
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    let head = format!(
        "PUT {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
    );
    stream
        .write_all(format!("{head}{body}").as_bytes())
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

/// The whole drill as a stranger meets it, its harm brought forward by the world's own control.
#[test]
fn the_result_is_on_the_screen_and_printed_after_quitting() {
    let home = tempfile::tempdir().unwrap();
    let place = home.path().display().to_string();
    let dir = home.path().join("world");
    let mut terminal = Terminal::start(
        env!("CARGO_BIN_EXE_flightdeck"),
        &["demo", "--dir", &dir.display().to_string()],
        &[("HOME", &place), ("TMPDIR", &place)],
    );
    terminal.see("METRICS live");
    let world: Value =
        serde_json::from_str(&std::fs::read_to_string(dir.join("world.json")).unwrap()).unwrap();
    let control = world["control"].as_str().unwrap();
    put(control, "/versions/v2.42.0", &json!({ "error_share": 0.6 }));
    terminal.see("VERDICT  ROLL BACK");
    terminal.keys("ab");
    terminal.see("y does it");
    // Keys that were typed before the question opened do not count.
    std::thread::sleep(std::time::Duration::from_millis(400));
    terminal.keys("y");
    terminal.see("DRILL: THE RELEASE IS BACK");
    terminal.see("requests harmed");
    terminal.see("DEMO");
    terminal.keys("q");
    terminal.ends_restored(0);
    terminal.see("harm began, verdict after ");
    terminal.see(" requests harmed");
}
