//! What a person does with the cockpit besides acting: looking back, holding, searching, copying.

use flightdeck::app::asking::Asking;
use flightdeck::app::effect::Effect;
use flightdeck::app::event::Event;
use flightdeck::app::fuzzy::score;
use flightdeck::app::intent::Export;
use flightdeck::app::key::{Key, KeyCode};
use flightdeck::app::messages::messages;
use flightdeck::app::model::Model;
use flightdeck::app::screen::{Layout, Level, Overlay, Screen, Times};
use flightdeck::domain::event::NoteKind;
use flightdeck::strategy::goal::{Goal, RollBackTo};
use jiff::SignedDuration;
use proptest::prelude::*;

use crate::screens::failing;
use crate::update::Script;

fn script(model: Model) -> Script {
    Script {
        model,
        effects: Vec::new(),
    }
}

fn enter(script: &mut Script) -> &mut Script {
    script.event(Event::KeyPressed(Key::plain(KeyCode::Enter)))
}

fn esc(script: &mut Script) -> &mut Script {
    script.event(Event::KeyPressed(Key::plain(KeyCode::Esc)))
}

#[test]
fn the_cursor_moves_bucket_by_bucket_and_stays_within_the_data() {
    let mut script = script(failing());
    script.keys("i");
    let newest = script.model.ui.inspect.expect("a cursor");
    assert_eq!(newest, script.model.now);
    script.keys("l");
    assert_eq!(
        script.model.ui.inspect,
        Some(newest),
        "there is nothing newer"
    );
    script.keys("h");
    let before = script.model.ui.inspect.unwrap();
    assert!(
        before < newest && newest.duration_since(before) <= SignedDuration::from_secs(8),
        "{before}"
    );
    script.keys("g");
    let oldest = script.model.ui.inspect.unwrap();
    assert!(newest.duration_since(oldest) > SignedDuration::from_secs(200));
    script.keys("hhh");
    assert_eq!(script.model.ui.inspect, Some(oldest));
    script.keys("G");
    assert_eq!(script.model.ui.inspect, Some(newest));
    esc(&mut script);
    assert_eq!(script.model.ui.inspect, None);
}

#[test]
fn the_cursor_crosses_a_gap_in_one_step() {
    let mut script = script(failing());
    script.keys("i");
    let mut gaps = 0;
    for _ in 0..200 {
        let before = script.model.ui.inspect.unwrap();
        script.keys("h");
        gaps += usize::from(
            before.duration_since(script.model.ui.inspect.unwrap())
                >= SignedDuration::from_secs(28),
        );
    }
    assert_eq!(gaps, 1, "30 s are missing once");
}

#[test]
fn panning_goes_no_further_than_the_data_and_comes_back_to_the_present() {
    let mut script = script(failing());
    script.model.now += SignedDuration::from_secs(600);
    let now = script.model.now;
    for _ in 0..50 {
        script.keys(",");
    }
    let until = script.model.ui.until.expect("a window of the past");
    assert!(
        until < now && now.duration_since(until) < SignedDuration::from_secs(840),
        "{until}"
    );
    assert!(
        script
            .model
            .ui
            .toast
            .as_ref()
            .unwrap()
            .text
            .contains("no older data")
    );
    for _ in 0..50 {
        script.keys(".");
    }
    assert_eq!(script.model.ui.until, None);
    script.keys(",");
    assert!(script.model.ui.until.is_some());
    script.keys("=");
    assert_eq!(script.model.ui.until, None);
}

#[test]
fn a_held_picture_stands_still_until_it_is_let_go() {
    let mut script = Script::watching();
    script.keys("f");
    let held = script.model.picture().now;
    script.after(5000, Event::Ticked);
    script.model.log.push(held, NoteKind::Pod, "later");
    script.event(Event::Ticked);
    assert_eq!(script.model.picture().now, held);
    assert!(
        script
            .model
            .picture()
            .log
            .lines()
            .all(|line| line.text.shown() != "later")
    );
    script.keys("z");
    assert_ne!(
        script.model.picture().ui.screen,
        Screen::Service,
        "what a person does is seen"
    );
    script.keys("f");
    assert!(script.model.frozen.is_none());
}

#[test]
fn a_question_is_never_asked_over_a_held_picture() {
    let mut script = Script::watching();
    script.keys("f");
    script.keys("ab");
    assert!(script.model.frozen.is_none(), "thawed");
    assert!(
        matches!(script.effects[..], [Effect::Observe(..)]),
        "read afresh"
    );
    script.observed();
    assert_eq!(
        script.question().plan.goal,
        Goal::RollBack(RollBackTo::LastKnownGood)
    );
}

#[test]
fn times_and_layouts_go_round() {
    let mut script = Script::watching();
    let times: Vec<Times> = (0..3).map(|_| script.keys("t").model.ui.times).collect();
    assert_eq!(times, [Times::Local, Times::Age, Times::Utc]);
    let layouts: Vec<Layout> = (0..3).map(|_| script.keys("v").model.ui.layout).collect();
    assert_eq!(layouts, [Layout::Charts, Layout::Text, Layout::Balanced]);
}

#[test]
fn a_release_of_the_history_is_named_in_the_roll_back_to_it() {
    let mut script = Script::watching();
    script.keys("4j");
    let wanted = flightdeck::app::releases::chosen(&script.model)
        .unwrap()
        .tag()
        .to_owned();
    script.keys("ab");
    let Asking::Observing(_, request, _) = &script.model.asking else {
        panic!("{:?}", script.model.asking)
    };
    assert_eq!(request.goal, Goal::RollBack(RollBackTo::Named(wanted)));
}

#[test]
fn the_help_searches_and_runs_what_is_chosen() {
    let mut script = Script::watching();
    script.keys("?/history");
    assert!(matches!(script.model.ui.overlay, Overlay::Help(_)));
    script.event(Event::KeyPressed(Key::plain(KeyCode::Backspace)));
    script.keys("y");
    enter(&mut script);
    assert_eq!(
        (script.model.ui.screen, &script.model.ui.overlay),
        (Screen::History, &Overlay::None)
    );
    esc(&mut script);
    script.keys("?/releases");
    enter(&mut script);
    assert_eq!(script.model.ui.screen, Screen::History);
    script.keys("?q");
    assert_eq!(
        script.model.ui.overlay,
        Overlay::None,
        "q closes the help, not the program"
    );
    assert!(script.effects.is_empty());
}

#[test]
fn the_palette_finds_by_a_few_letters() {
    let mut script = Script::watching();
    script.keys(":thdark");
    enter(&mut script);
    assert_eq!(script.model.ui.theme, "dark");
    script.keys(":range3h");
    enter(&mut script);
    assert_eq!(script.model.ui.range.as_secs(), 3 * 3600);
    script.keys(":nothing like this");
    enter(&mut script);
    assert!(
        matches!(script.model.ui.overlay, Overlay::Palette(_)),
        "nothing runs where nothing fits"
    );
    esc(&mut script);
    assert_eq!(script.model.ui.overlay, Overlay::None);
}

#[test]
fn letters_of_a_filter_are_no_keys() {
    let mut script = Script::watching();
    script
        .model
        .log
        .push(script.model.now, NoteKind::Pod, "a queue was abandoned");
    script.keys("!/abq");
    assert_eq!(script.model.ui.list.typed, "abq");
    assert_eq!(script.model.asking, Asking::Nothing);
    assert!(messages(&script.model).is_empty());
    esc(&mut script);
    script.keys("/queue");
    assert_eq!(messages(&script.model).len(), 1);
    enter(&mut script);
    esc(&mut script);
    assert_eq!(
        script.model.ui.screen,
        Screen::Messages,
        "the filter goes first"
    );
    esc(&mut script);
    assert_eq!(script.model.ui.screen, Screen::Service);
}

#[test]
fn what_was_said_is_kept_and_bounded() {
    let mut script = Script::watching();
    for number in 0..300 {
        script.model.say(Level::Warn, format!("said {number}"));
    }
    let all = messages(&script.model);
    assert!(
        all.iter().any(|one| one.text == "said 299") && all.iter().all(|one| one.text != "said 0")
    );
}

#[test]
fn a_copy_is_cleaned_of_one_line_and_tells_its_size() {
    let mut script = Script::watching();
    script.keys("yv");
    assert_eq!(script.effects, [Effect::Copy("v2.42.0".to_owned())]);
    assert!(
        script
            .model
            .ui
            .toast
            .as_ref()
            .unwrap()
            .text
            .contains("7 bytes")
    );
    let record = script.model.feeds.cluster.value.as_mut().unwrap();
    if let flightdeck::domain::record::RecordRead::Read { record, .. } = &mut record.record {
        record.releases[0].commit = Some("abc\u{1b}]52;c;aGk=\u{7}\nrm -rf /\n".into());
    }
    script.keys("yc");
    let [Effect::Copy(text)] = &script.effects[..] else {
        panic!("{:?}", script.effects)
    };
    assert!(
        !text.chars().any(char::is_control) && text.starts_with("abc"),
        "{text:?}"
    );
    script.keys("q");
}

#[test]
fn nothing_known_is_not_copied() {
    let mut script = Script::new();
    script.keys("yi");
    assert!(script.effects.is_empty());
    assert_eq!(script.model.ui.toast.as_ref().unwrap().level, Level::Warn);
}

#[test]
fn an_export_is_an_effect_with_its_form() {
    let mut script = Script::watching();
    let mut forms = Vec::new();
    for key in ["et", "es", "ej"] {
        script.keys(key);
        match &script.effects[..] {
            [Effect::Export(_, form)] => forms.push(*form),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(forms, [Export::Text, Export::Svg, Export::Json]);
}

proptest! {
    #[test]
    fn a_subsequence_has_a_score_and_nothing_else_has(text in "[a-c ]{0,12}", picks in prop::collection::vec(any::<bool>(), 12), other in "[a-d]{1,5}") {
        let letters: Vec<char> = text.chars().collect();
        let typed: String = letters.iter().zip(&picks).filter(|(_, pick)| **pick).map(|(c, _)| *c).collect();
        prop_assert!(score(&typed, &text).is_some());
        let mut rest = letters.iter();
        let fits = other.chars().all(|wanted| rest.any(|c| *c == wanted));
        prop_assert_eq!(score(&other, &text).is_some(), fits);
    }

    #[test]
    fn no_key_breaks_the_model(keys in prop::collection::vec(prop_oneof![
        "[a-zA-Z0-9 ,.:/?!+=@-]".prop_map(|s| Key::char(s.chars().next().unwrap())),
        prop::sample::select(vec![KeyCode::Enter, KeyCode::Esc, KeyCode::Up, KeyCode::Down, KeyCode::Left, KeyCode::Backspace, KeyCode::PageDown, KeyCode::End]).prop_map(Key::plain),
    ], 0..60)) {
        let mut script = script(failing());
        let paint = crate::widgets::paint(flightdeck::config::theme::Depth::Ansi16, flightdeck::config::theme::Charset::Ascii);
        for key in keys {
            script.event(Event::KeyPressed(key));
        }
        crate::screens::frame(&script.model, (80, 24), &paint);
        crate::screens::frame(&script.model, (60, 20), &paint);
    }
}

#[test]
fn local_times_are_of_the_zone_and_name_it() {
    let theme = flightdeck::config::theme::Theme::load_builtin(
        "default",
        flightdeck::config::theme::Depth::Ansi16,
        flightdeck::config::theme::Charset::Unicode,
    );
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(2));
    let paint = flightdeck::view::Paint::new(&theme.expect("loads")).with_zone(zone);
    let mut script = script(failing());
    script.keys("t");
    let rows = crate::widgets::rows(&crate::screens::frame(&script.model, (80, 24), &paint));
    assert!(rows[0].contains("16:07:32 +02"), "{}", rows[0]);
    assert!(
        rows.iter().any(|row| row.starts_with("16:05:11 POD")),
        "{rows:#?}"
    );
}

#[test]
fn a_zone_is_found_by_its_name_and_no_path_is_taken_for_one() {
    use flightdeck::runtime::detect::named_zone;
    for wrong in [
        "../../etc/passwd",
        "/etc/localtime",
        "",
        "Europe//Berlin",
        "Nowhere/Land",
    ] {
        assert!(named_zone(wrong).is_none(), "{wrong}");
    }
}

#[test]
fn a_view_is_written_as_text_picture_and_document() {
    use flightdeck::runtime::export::write;
    let dir = tempfile::tempdir().unwrap();
    let mut model = failing();
    model.settings.origin =
        flightdeck::config::settings::Origin::File("/etc/flightdeck/config.toml".into());
    model.settings.data_dir = dir.path().to_owned();
    let paint = crate::widgets::paint(
        flightdeck::config::theme::Depth::TrueColor,
        flightdeck::config::theme::Charset::Unicode,
    );
    let written = |form| {
        let path = write(&model, &paint, form).expect("it is written");
        assert!(path.starts_with(dir.path()) && path.extension().unwrap() == form.extension());
        std::fs::read_to_string(path).unwrap()
    };
    let text = written(Export::Text);
    assert!(
        text.lines().count() == 24 && text.contains("ROLL BACK"),
        "{text}"
    );
    assert!(written(Export::Svg).starts_with("<svg"));
    let json: serde_json::Value = serde_json::from_str(&written(Export::Json)).unwrap();
    assert_eq!(json["schema"], "flightdeck.status/1");
    assert_eq!(json["services"][0]["service"], "checkout");
}
