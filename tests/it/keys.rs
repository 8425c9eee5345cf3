//! Keys: what may stand in `keys.toml`, and what is told when it is wrong.

use flightdeck::app::action::Action;
use flightdeck::app::chord::Chord;
use flightdeck::app::key::Key;
use flightdeck::app::keymap::{Hit, Keymap, Scope};
use flightdeck::app::remap::parse;
use std::collections::BTreeSet;

fn wrong(text: &str) -> Vec<String> {
    parse(text)
        .expect_err("the keys are wrong")
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn the_keys_as_shipped_are_well_formed_and_clash_nowhere() {
    let written: usize = Action::ALL
        .iter()
        .map(|action| action.default_keys().len())
        .sum();
    let keymap = Keymap::default();
    let read: usize = keymap
        .on(Scope::Global)
        .map(|(_, chords)| chords.len())
        .sum();
    assert_eq!(written, read, "every key can be read");
    parse("").expect("they have no faults");
    let names: BTreeSet<&str> = Action::ALL.iter().map(|action| action.name()).collect();
    assert_eq!(names.len(), Action::ALL.len());
}

#[test]
fn nothing_that_changes_the_world_is_on_a_single_key_as_shipped() {
    let keymap = Keymap::default();
    for (action, chords) in keymap
        .on(Scope::Global)
        .filter(|(action, _)| action.goal().is_some())
    {
        assert!(
            chords.iter().all(|chord| chord.then.is_some()),
            "{action:?}"
        );
    }
}

#[test]
fn a_key_is_replaced_added_for_a_screen_or_taken_away() {
    let keymap = parse("[global]\nzoom = \"Z\"\nfreeze = []\n[history]\nzoom = [\"x\", \"C-w\"]\npromote = \"u p\"\n").expect("right");
    assert_eq!(
        keymap.first(Scope::Service, Key::char('Z')),
        Hit::Action(Action::Zoom)
    );
    assert_eq!(keymap.first(Scope::Service, Key::char('z')), Hit::Nothing);
    assert_eq!(keymap.first(Scope::Service, Key::char('f')), Hit::Nothing);
    assert_eq!(
        keymap.first(Scope::History, Key::ctrl('w')),
        Hit::Action(Action::Zoom)
    );
    assert_eq!(keymap.first(Scope::History, Key::char('Z')), Hit::Nothing);
    assert_eq!(
        keymap.second(Scope::History, Key::char('u'), Key::char('p')),
        Some(Action::Promote)
    );
    assert_eq!(
        keymap.second(Scope::Service, Key::char('a'), Key::char('p')),
        Some(Action::Promote)
    );
    assert_eq!(keymap.label(Scope::Service, Action::Pause), "a spc");
}

#[test]
fn every_mistake_is_told_with_its_line_and_both_names() {
    let cases: &[(&str, &[&str])] = &[
        (
            "[global]\nzom = \"Z\"\n",
            &["line 2: unknown action `zom`", "did you mean `zoom`?"],
        ),
        (
            "[globl]\nzoom = \"Z\"\n",
            &["line 2: unknown screen `globl`", "did you mean `global`?"],
        ),
        (
            "[global]\n\nzoom = \"f\"\n",
            &["line 3: `f` is bound to both zoom and freeze"],
        ),
        (
            "[service]\nzoom = \"f\"\n",
            &["line 2: `f` is bound to both zoom and freeze"],
        ),
        (
            "[global]\nzoom = \"i z\"\n",
            &["line 2: `i z` of zoom begins with `i`, which is bound to inspect"],
        ),
        (
            "[global]\nzoom = \"a\"\n",
            &["of promote begins with `a`, which is bound to zoom"],
        ),
        (
            "[global]\nabort = \"A\"\n",
            &["line 2: abort changes the cluster and cannot be on `A` alone"],
        ),
        (
            "[global]\nzoom = \"C-i\"\n",
            &["line 2: zoom: `C-i`: terminals cannot tell it from Tab"],
        ),
        (
            "[global]\nzoom = \"C-S\"\n",
            &["line 2: zoom: `C-S`: terminals send Ctrl with a small letter only"],
        ),
        ("[global]\nzoom = \"C-c\"\n", &["`C-c` always quits"]),
        (
            "[global]\nzoom = \"F99\"\n",
            &["line 2: zoom: no key `F99`"],
        ),
        (
            "[global]\nzoom = \"a b c\"\n",
            &["line 2: zoom: `a b c` has more than two keys"],
        ),
        ("[global]\nzoom = \"\"\n", &["line 2: zoom: an empty key"]),
        (
            "[global]\nzoom = 3\n",
            &["line 2: zoom: expected a key such as"],
        ),
        ("zoom = \"z\"\n", &["line 1: `zoom` stands outside a table"]),
        ("[global\n", &["line 1: "]),
    ];
    for (text, wanted) in cases {
        let told = wrong(text).join("\n");
        for one in *wanted {
            assert!(told.contains(one), "{text:?}: {one:?} is not in {told:?}");
        }
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let told = wrong("[global]\nzom = \"Z\"\nfreze = \"Q\"\nabort = \"B\"\nzoom = \"f\"\n");
    assert_eq!(told.len(), 4, "{told:?}");
}

#[test]
fn a_key_freed_by_another_line_may_be_taken() {
    parse("[global]\nfreeze = \"Q\"\nzoom = \"f\"\n").expect("no clash: freeze has left");
}

#[test]
fn written_and_read_keys_are_the_same() {
    for text in ["p", "a p", "C-d", "Esc", "PgUp", "a spc", "S-Tab", "+", ","] {
        assert_eq!(Chord::parse(text).expect(text).label(), text);
    }
}
