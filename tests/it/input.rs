//! Keys over slow lines: whatever was cut wherever, a letter never acts that nobody typed.

use flightdeck::app::event::Event;
use flightdeck::app::key::{Key, KeyCode};
use flightdeck::runtime::escapes::{BETWEEN, HELD, Joiner, Pressed};
use flightdeck::runtime::keyboard;
use futures_util::{StreamExt as _, stream};
use proptest::prelude::*;
use std::time::Duration;
use tokio::time::Instant;

/// How the terminal library reports pieces in which the Esc came alone.
fn pressed(c: char) -> Pressed {
    let key = match c {
        '\x1b' => Key::plain(KeyCode::Esc),
        '\x07' => Key::ctrl('g'),
        c => Key::char(c),
    };
    Pressed { key, alt: false }
}

/// Feeds characters with a pause before each; answers what acts, with everything expired at the end.
fn typed(text: &str, pause: impl Fn(usize) -> Duration) -> Vec<Key> {
    let mut joiner = Joiner::default();
    let mut now = Instant::now();
    let mut keys = Vec::new();
    for (index, c) in text.chars().enumerate() {
        now += pause(index);
        // The loop calls this when the deadline passes.
        keys.extend(joiner.expire(now));
        keys.extend(joiner.press(pressed(c), now));
    }
    keys.extend(joiner.expire(now + Duration::from_secs(5)));
    keys.extend(joiner.expire(now + Duration::from_secs(10)));
    keys
}

const SOON: Duration = Duration::from_millis(30);

#[test]
fn a_sequence_cut_after_its_escape_is_the_key_that_was_pressed() {
    for (text, code) in [
        ("\x1b[A", KeyCode::Up),
        ("\x1b[B", KeyCode::Down),
        ("\x1b[C", KeyCode::Right),
        ("\x1b[D", KeyCode::Left),
        ("\x1bOA", KeyCode::Up),
        ("\x1bOH", KeyCode::Home),
        ("\x1b[F", KeyCode::End),
        ("\x1b[1;5D", KeyCode::Left),
        ("\x1b[5~", KeyCode::PageUp),
        ("\x1b[6~", KeyCode::PageDown),
        ("\x1b[3~", KeyCode::Delete),
        ("\x1b[Z", KeyCode::BackTab),
    ] {
        assert_eq!(typed(text, |_| SOON), [Key::plain(code)], "{text:?}");
    }
}

#[test]
fn a_sequence_cut_for_longer_never_acts() {
    for text in [
        "\x1b[A",
        "\x1bOP",
        "\x1b[?2026;2$y",
        "\x1b]11;rgb:0000/0000/0000\x07",
        "\x1bP>|term\x1b\\",
        "\x1b[200~y\x1b[201~",
    ] {
        let slow = |index| if index == 1 { HELD + SOON } else { SOON };
        let keys = typed(text, slow);
        assert_eq!(keys, [Key::plain(KeyCode::Esc)], "{text:?}");
    }
}

#[test]
fn late_answers_are_swallowed() {
    for text in [
        "\x1b[?2026;2$y",
        "\x1b[?1;2c",
        "\x1b[12;40R",
        "\x1b]11;rgb:ffff/ffff/ffff\x1b\\",
        "\x1b]10;?\x07",
        "\x1bP1$r0m\x1b\\",
    ] {
        assert_eq!(typed(text, |_| SOON), [], "{text:?}");
        let then = format!("{text}q");
        assert_eq!(
            typed(&then, |_| SOON),
            [Key::char('q')],
            "the next key counts: {text:?}"
        );
    }
}

#[test]
fn a_bare_escape_is_a_key_after_a_moment_and_before_another_key() {
    assert_eq!(typed("\x1b", |_| SOON), [Key::plain(KeyCode::Esc)]);
    assert_eq!(
        typed("\x1bq", |_| SOON),
        [Key::plain(KeyCode::Esc), Key::char('q')]
    );
    assert_eq!(
        typed("\x1b\x1b", |_| SOON),
        [Key::plain(KeyCode::Esc), Key::plain(KeyCode::Esc)]
    );
    assert_eq!(
        typed("abx[O", |_| SOON).len(),
        5,
        "without an Esc nothing is held"
    );
}

#[test]
fn a_sequence_that_never_ends_does_not_hold_the_keyboard() {
    let slow = |index| if index == 3 { BETWEEN + SOON } else { SOON };
    assert_eq!(typed("\x1b[1q", slow), [Key::char('q')]);
}

#[test]
fn an_escape_with_a_letter_in_one_piece_cancels_and_is_no_letter() {
    let mut joiner = Joiner::default();
    let key = Pressed {
        key: Key::char('y'),
        alt: true,
    };
    assert_eq!(
        joiner.press(key, Instant::now()),
        [Key::plain(KeyCode::Esc)]
    );
}

proptest! {
    /// A control sequence cut anywhere, however slowly, gives at most an Esc and the key it stands for.
    #[test]
    fn no_cut_makes_a_letter(
        parameters in "[0-9;?$>]{0,12}",
        last in "[@-~]",
        pauses in proptest::collection::vec(0_u64..400, 16),
    ) {
        let text = format!("\x1b[{parameters}{last}");
        let keys = typed(&text, |index| Duration::from_millis(pauses[index % pauses.len()]));
        prop_assert!(keys.iter().all(|key| !matches!(key.code, KeyCode::Char(_))), "{text:?}: {keys:?}");
        prop_assert!(keys.len() <= 2);
    }
}

#[tokio::test]
async fn the_stream_tells_a_held_escape_without_another_key() {
    use crossterm::event::{Event as Raw, KeyCode as RawCode, KeyEvent, KeyModifiers};
    let escape = Raw::Key(KeyEvent::new(RawCode::Esc, KeyModifiers::NONE));
    let source = stream::iter([
        Ok(escape),
        Ok(Raw::Resize(100, 30)),
        Ok(Raw::Paste("y".to_owned())),
    ])
    .chain(stream::pending());
    let events: Vec<Event> = keyboard::joined(source).take(3).collect().await;
    let held = Event::KeyPressed(Key::plain(KeyCode::Esc));
    assert!(
        events.contains(&held) && events.contains(&Event::Resized(100, 30)),
        "{events:?}"
    );
    assert!(events.contains(&Event::Pasted("y".to_owned())));
}

#[test]
fn a_report_of_the_mouse_is_never_typed() {
    for text in ["\x1b[<0;65;89M", "\x1b[<0;65;89m", "\x1b[M ab", "\x1b[M ay"] {
        assert_eq!(typed(text, |_| SOON), [], "{text:?}");
    }
    let after = typed("\x1b[M abj", |_| SOON);
    assert_eq!(after, [Key::char('j')], "what comes after it counts");
}
