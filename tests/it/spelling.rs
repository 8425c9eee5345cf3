//! The palette as a command line, copying, and long questions.

use flightdeck::app::asking::Asking;
use flightdeck::app::effect::Effect;
use flightdeck::app::event::Event;
use flightdeck::app::key::{Key, KeyCode};
use flightdeck::app::screen::Overlay;
use flightdeck::strategy::goal::{Goal, RollBackTo};
use std::time::Duration;

use crate::update::Script;

fn press(script: &mut Script, code: KeyCode) {
    script.event(Event::KeyPressed(Key::plain(code)));
}

fn typed(script: &Script) -> &str {
    match &script.model.ui.overlay {
        Overlay::Palette(pick) => &pick.typed,
        other => panic!("the palette is not open: {other:?}"),
    }
}

/// What is being read for.
fn goal(script: &Script) -> &Goal {
    match &script.model.asking {
        Asking::Observing(_, request, _) => &request.goal,
        other => panic!("nothing is asked: {other:?}"),
    }
}

#[test]
fn the_palette_takes_what_follows_a_word() {
    let mut script = Script::watching();
    script.keys(":rollback v2.40.3");
    press(&mut script, KeyCode::Enter);
    assert_eq!(
        goal(&script),
        &Goal::RollBack(RollBackTo::Named("v2.40.3".to_owned()))
    );
    press(&mut script, KeyCode::Esc);

    script.model.asking = Asking::Nothing;
    script.keys(":range 42m");
    press(&mut script, KeyCode::Enter);
    assert_eq!(script.model.ui.range, Duration::from_secs(42 * 60));

    // A tag is one of what serves now.
    script.keys(":deploy v2.43.0");
    press(&mut script, KeyCode::Enter);
    let Goal::Deploy(wanted) = goal(&script) else {
        panic!("{:?}", script.model.asking)
    };
    assert_eq!(
        wanted.image.to_string(),
        "registry.example.com/shop/checkout:v2.43.0"
    );
    script.model.asking = Asking::Nothing;

    // Choosing a word begins it in the field instead of running it.
    script.keys(":note TE");
    press(&mut script, KeyCode::Backspace);
    press(&mut script, KeyCode::Backspace);
    press(&mut script, KeyCode::Backspace);
    press(&mut script, KeyCode::Enter);
    assert_eq!(typed(&script), "note ");
    script.keys("seen on the dashboards too");
    press(&mut script, KeyCode::Enter);
    assert!(
        matches!(script.effects[..], [Effect::Amend(..)]),
        "{:?}",
        script.effects
    );
}

#[test]
fn the_palette_remembers_what_was_run() {
    let mut script = Script::watching();
    for words in [":range 42m", ":range 7m", ":range 42m"] {
        script.keys(words);
        press(&mut script, KeyCode::Enter);
    }
    script.keys(":");
    press(&mut script, KeyCode::Up);
    assert_eq!(typed(&script), "range 42m");
    press(&mut script, KeyCode::Up);
    assert_eq!(typed(&script), "range 7m");
    press(&mut script, KeyCode::Up);
    assert_eq!(typed(&script), "range 7m", "there is nothing older");
    press(&mut script, KeyCode::Enter);
    assert_eq!(script.model.ui.range, Duration::from_secs(7 * 60));
}

fn copied(script: &mut Script, keys: &str) -> String {
    script.keys(keys);
    match &script.effects[..] {
        [Effect::Copy(text)] => text.clone(),
        other => panic!("{keys}: {other:?}"),
    }
}

#[test]
fn a_pod_and_a_line_can_be_copied_and_what_is_not_known_is_said() {
    let mut script = Script::watching();
    let pod = copied(&mut script, "yp");
    assert!(pod.starts_with("checkout-canary-"), "{pod}");
    script.keys("yu");
    assert!(script.effects.is_empty());
    let toast = script.model.ui.toast.as_ref().unwrap();
    assert_eq!(toast.text, "no URL is known here");
    script.keys("!");
    let newest = copied(&mut script, "yl");
    script.keys("n");
    let older = copied(&mut script, "yl");
    script.keys("N");
    assert_ne!(newest, older, "n goes to the next line");
    assert_eq!(script.model.ui.list.at, 0);
}

#[test]
fn a_question_scrolls_no_further_than_its_steps() {
    let mut script = Script::watching();
    script.keys("ab").observed();
    let steps = script.question().plan.steps.len();
    for _ in 0..100 {
        script.after(400, Event::KeyPressed(Key::plain(KeyCode::Down)));
    }
    assert_eq!(script.question().scrolled, steps - 1);
    for _ in 0..100 {
        press(&mut script, KeyCode::Up);
    }
    assert_eq!(script.question().scrolled, 0);
    script.after(400, Event::KeyPressed(Key::char('y')));
    assert!(script.carried_out().is_some());
}
