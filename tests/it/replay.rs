//! Recordings: what is written, what is left out, and that a replay shows what was on the screen.

use crate::drive::counted;
use crate::fixture;
use flightdeck::app::event::Event;
use flightdeck::app::key::{Key, KeyCode};
use flightdeck::app::model::Model;
use flightdeck::app::update::update;
use flightdeck::domain::counters::Scrape;
use flightdeck::domain::event::SourceEvent;
use flightdeck::domain::feed::FeedName;
use flightdeck::domain::traffic::Track;
use flightdeck::runtime::recording;
use flightdeck::runtime::replay::digest::{self, Digest};
use flightdeck::runtime::replay::player::{Going, Player};
use flightdeck::runtime::replay::{self};
use flightdeck::runtime::ring::Ring;
use jiff::{SignedDuration, Timestamp};
use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

fn now() -> Timestamp {
    "2026-11-24T10:00:00Z".parse().unwrap()
}

fn model() -> Model {
    Model::new(
        fixture::settings(),
        fixture::target(),
        fixture::who(),
        "test",
        now(),
    )
}

/// A canary with a sample a second, and a person who looks around.
fn happened(seconds: u32) -> Vec<Event> {
    let mut snapshot = fixture::canary_at(5, now());
    for (number, value) in ["hunter2", "hunter2", "correct horse"].iter().enumerate() {
        let side = &mut snapshot.deployments[number % 2].template.0["spec"]["containers"][0];
        let variable = serde_json::json!({ "name": format!("TOKEN_{number}"), "value": value });
        match side["env"].as_array_mut() {
            Some(variables) => variables.push(variable),
            None => side["env"] = serde_json::json!([variable]),
        }
    }
    let mut events = vec![Event::Source(SourceEvent::ClusterRead(
        fixture::target(),
        Box::new(snapshot),
    ))];
    for second in 0..seconds {
        let scrape = Scrape {
            at: now() + SignedDuration::from_secs(i64::from(second)),
            pods: vec![
                counted("checkout-a", Track::Stable, second, 140.0),
                counted("checkout-canary-a", Track::Canary, second, 8.0),
            ],
        };
        events.push(Event::Source(SourceEvent::Scraped(
            fixture::target(),
            Box::new(scrape),
        )));
        events.push(Event::Ticked);
        let key = match second % 9 {
            1 => Key::char('?'),
            2 => Key::plain(KeyCode::Esc),
            4 => Key::char('z'),
            6 => Key::char('t'),
            8 => Key::char('f'),
            _ => continue,
        };
        events.push(Event::KeyPressed(key));
    }
    events.push(Event::Resized(100, 30));
    events.push(Event::Pasted(
        "a secret from somebody's clipboard".to_owned(),
    ));
    events
}

/// Folds events live; answers the digest of every picture, and the recording.
fn live(dir: &Path, seconds: u32) -> (String, PathBuf) {
    let paint = digest::paint().unwrap();
    let mut ring = Ring::new(dir.to_owned());
    let mut model = model();
    let mut digest = Digest::default();
    digest.take(&digest::frame(&model, &paint));
    for (number, event) in (0_i64..).zip(happened(seconds)) {
        let stamped = event.at(now() + SignedDuration::from_millis(300 * number));
        ring.push(&model, &stamped);
        drop(update(&mut model, stamped));
        digest.take(&digest::frame(&model, &paint));
    }
    (digest.text(), ring.save().unwrap())
}

#[test]
fn a_replay_shows_every_picture_that_was_on_the_screen() {
    let dir = tempfile::tempdir().unwrap();
    let (digest, file) = live(dir.path(), 100);
    let told = replay::tell(replay::open(&file).unwrap()).unwrap();
    assert_eq!(told.digest, digest);
    assert_eq!(told.events, happened(100).len());
    assert_eq!(told.size, (100, 30));
    assert!(told.picture.contains("checkout"), "{}", told.picture);

    // The digest is of the pictures: another second gives another one.
    let (other, _) = live(dir.path(), 101);
    assert_ne!(other, digest);
}

#[test]
fn a_recording_is_its_owners_and_holds_no_value_that_could_be_a_secret() {
    let dir = tempfile::tempdir().unwrap();
    let (_, file) = live(dir.path(), 3);
    let mode = std::fs::metadata(&file).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600, "{mode:o}");
    let text = std::fs::read_to_string(&file).unwrap();
    for secret in ["hunter2", "correct horse", "clipboard"] {
        assert!(!text.contains(secret), "{secret} was recorded");
    }
    assert!(text.contains("TOKEN_2"), "the names stay");
    assert!(
        text.contains("(left out 1)")
            && text.contains("(left out 2)")
            && !text.contains("(left out 3)"),
        "equal values stay equal, different ones different"
    );
}

#[test]
fn a_player_goes_forth_and_back_to_the_same_pictures() {
    let dir = tempfile::tempdir().unwrap();
    let (_, file) = live(dir.path(), 20);
    let mut player = replay::open(&file).unwrap();
    let all = player.place().1;
    let mut seen = vec![player.model().clone()];
    while player.step() {
        seen.push(player.model().clone());
    }
    assert_eq!(seen.len(), all + 1);
    let press = |player: &mut Player, key| assert!(player.press(key).is_continue());
    press(&mut player, Key::plain(KeyCode::Left));
    assert_eq!(player.model(), &seen[all - 1], "one back");
    press(&mut player, Key::plain(KeyCode::PageUp));
    assert_eq!(player.model(), &seen[all - 11], "ten back");
    press(&mut player, Key::char('l'));
    assert_eq!(player.model(), &seen[all - 10], "one forth");
    press(&mut player, Key::char('g'));
    assert_eq!((player.model(), player.place()), (&seen[0], (0, all)));
    press(&mut player, Key::char('h'));
    assert_eq!(
        player.place(),
        (0, all),
        "before the first there is nothing"
    );
    press(&mut player, Key::plain(KeyCode::End));
    assert_eq!(player.model(), &seen[all]);
    assert_eq!(player.press(Key::char('q')), ControlFlow::Break(()));
    assert_eq!(player.press(Key::ctrl('c')), ControlFlow::Break(()));
}

#[test]
fn a_player_keeps_the_recorded_time_or_a_multiple_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let (_, file) = live(dir.path(), 5);
    let mut player = replay::open(&file).unwrap();
    assert_eq!(player.pause(), None, "it stands at first");
    assert!(player.press(Key::char(' ')).is_continue());
    player.step();
    assert_eq!(player.pause(), Some(Duration::from_millis(300)));
    assert!(player.press(Key::char('+')).is_continue());
    assert_eq!(player.pause(), Some(Duration::from_millis(150)));
    for _ in 0..20 {
        assert!(player.press(Key::char('-')).is_continue());
    }
    assert_eq!(player.speed(), 1);
    while player.step() {}
    assert_eq!((player.going(), player.pause()), (Going::Stands, None));
    assert!(player.press(Key::char(' ')).is_continue());
    assert_eq!(
        (player.going(), player.place().0),
        (Going::Plays, 0),
        "at the end it begins again"
    );
}

#[test]
fn the_oldest_events_go_first_and_the_rest_still_replays() {
    let dir = tempfile::tempdir().unwrap();
    let paint = digest::paint().unwrap();
    let mut ring = Ring::new(dir.path().to_owned());
    let mut model = model();
    let mut frames = Vec::new();
    for number in 0..1_000 {
        let event = match number {
            0 => happened(0).remove(0),
            _ => Event::Source(SourceEvent::FeedSeen(fixture::target(), FeedName::Cluster)),
        };
        let stamped = event.at(now() + SignedDuration::from_secs(number));
        ring.push(&model, &stamped);
        drop(update(&mut model, stamped));
        frames.push(digest::frame(&model, &paint));
    }
    let mut player = replay::open(&ring.save().unwrap()).unwrap();
    let kept = player.place().1;
    assert!((300..=600).contains(&kept), "{kept}");
    for wanted in &frames[frames.len() - kept..] {
        assert!(player.step());
        assert!(digest::frame(player.model(), &paint) == *wanted);
    }
}

#[test]
fn what_is_no_recording_is_refused_with_its_reason() {
    let dir = tempfile::tempdir().unwrap();
    let (_, good) = live(dir.path(), 1);
    let good = std::fs::read_to_string(good).unwrap();
    let newer = good.replace(
        &format!("\"version\":\"{}\"", recording::VERSION),
        "\"version\":\"99.0.0\\u001b[2J\"",
    );
    let newer = newer.replacen("\"ui\":", "\"eye\":", 1);
    let cut = good[..good.len() / 2].to_owned();
    for (text, wanted) in [
        (String::new(), "is no recording of flightdeck"),
        (
            "\u{1b}[2J not json".to_owned(),
            "is no recording of flightdeck",
        ),
        (
            "{\"schema\":\"flightdeck.status/1\",\"version\":\"1\"}".to_owned(),
            "is no recording",
        ),
        (cut, "is no recording of flightdeck"),
        (newer, "written by flightdeck 99.0.0"),
        (
            good.replacen("\"events\":[", "\"events\":[{\"at\":7},", 1),
            "cannot be read by",
        ),
    ] {
        let path = dir.path().join("case.json");
        std::fs::write(&path, text).unwrap();
        let notice = replay::open(&path).unwrap_err();
        assert!(notice.summary.contains(wanted), "{notice:?}");
        assert!(!format!("{notice:?}").contains('\u{1b}'), "{notice:?}");
    }
    let gone = replay::open(&dir.path().join("gone.json")).unwrap_err();
    assert!(gone.summary.contains("cannot be read"), "{gone:?}");
    assert!(gone.chain[0].contains("No such file"), "{gone:?}");
}
