//! Going from one service to another: what is asked is about what is seen, and what is under way goes on.

use super::{busy, now, read, target};
use crate::fixture;
use flightdeck::app::asking::Asking;
use flightdeck::app::effect::Effect;
use flightdeck::app::event::Event;
use flightdeck::app::fleet::{Opened, Reach, chosen, listed};
use flightdeck::app::intent::{Copied, Intent, Motion};
use flightdeck::app::key::{Key, KeyCode};
use flightdeck::app::model::Model;
use flightdeck::app::proof::{Mark, Remark, Settling};
use flightdeck::app::screen::{Overlay, Screen};
use flightdeck::app::subscription::{Sub, subscriptions};
use flightdeck::app::update::update;
use flightdeck::domain::amendment::Amended;
use flightdeck::domain::artifact::Image;
use flightdeck::domain::event::{EffectEvent, SourceEvent};
use flightdeck::domain::feed::{FaultKind, FeedFault, FeedName, FeedState};
use flightdeck::domain::ids::RequestId;
use flightdeck::domain::notice::{Notice, NoticeKind};
use flightdeck::domain::pipeline::{Command, RunId};
use flightdeck::strategy::goal::Goal;
use jiff::SignedDuration;

fn press(model: &mut Model, key: Key) -> Vec<Effect> {
    update(model, Event::KeyPressed(key).at(now()))
}

fn keys(model: &mut Model, keys: &str) {
    for key in keys.chars() {
        drop(press(model, Key::char(key)));
    }
}

#[test]
fn enter_opens_the_chosen_service_and_esc_goes_back_to_it() {
    let mut model = busy();
    assert_eq!(model.fleet.opened, Opened::Nothing);
    keys(&mut model, "jj");
    drop(press(&mut model, Key::plain(KeyCode::Enter)));
    assert_eq!(model.ui.screen, Screen::Service);
    assert_eq!(model.target, target("checkout"));
    assert!(model.settings.environment(&target("auth")).is_some());
    drop(press(&mut model, Key::plain(KeyCode::Esc)));
    assert_eq!(model.ui.screen, Screen::Fleet);
    assert_eq!(model.fleet.chosen, Some(target("checkout")));
    keys(&mut model, "2");
    assert_eq!(model.ui.screen, Screen::Service);
    keys(&mut model, "J");
    assert_eq!(model.target, target("auth"));
    keys(&mut model, "K");
    assert_eq!(model.target, target("checkout"));
    keys(&mut model, "q");
    assert_eq!(model.ui.screen, Screen::Fleet);
    assert_eq!(press(&mut model, Key::char('q')), [Effect::Quit(0)]);
}

#[test]
fn an_action_from_the_fleet_is_one_of_the_chosen_service() {
    let mut model = busy();
    keys(&mut model, "jj");
    drop(press(&mut model, Key::plain(KeyCode::Enter)));
    drop(press(&mut model, Key::plain(KeyCode::Esc)));
    // checkout is open behind the fleet; search is chosen.
    keys(&mut model, "k");
    keys(&mut model, "a");
    assert_eq!(model.target, target("search"));
    assert!(matches!(model.ui.overlay, Overlay::Menu(_)));
    let effects = press(&mut model, Key::char('b'));
    assert!(
        effects.iter().any(
            |effect| matches!(effect, Effect::Observe(_, asked) if *asked == target("search"))
        ),
        "{effects:?}"
    );
}

#[test]
fn a_service_that_was_left_is_as_new_when_it_is_opened_again() {
    let mut model = busy();
    let open = |model: &mut Model, name| {
        let intent = Intent::OpenService(target(name));
        drop(update(model, Event::Wanted(intent).at(now())));
    };
    open(&mut model, "checkout");
    read(&mut model, "checkout", fixture::canary_at(5, now()));
    assert!(model.reading.rollout.is_some());
    open(&mut model, "search");
    assert!(model.reading.rollout.is_none() && model.feeds.cluster.value.is_none());
    // News of the one that was left goes to its row alone.
    read(&mut model, "checkout", fixture::canary_at(50, now()));
    assert!(model.reading.rollout.is_none());
    let row = model.fleet.row(&target("checkout")).unwrap();
    let split = row.rollout.as_ref().and_then(|rollout| rollout.split);
    assert_eq!(split.unwrap().canary.percent(), 50);
}

#[test]
fn one_namespace_is_watched_once_whatever_is_open() {
    let mut model = busy();
    let namespaces = |model: &Model| {
        subscriptions(model)
            .into_iter()
            .filter(|sub| matches!(sub, Sub::Namespace(..)))
            .count()
    };
    assert_eq!(namespaces(&model), 2);
    let intent = Intent::OpenService(target("checkout"));
    drop(update(&mut model, Event::Wanted(intent).at(now())));
    assert_eq!(namespaces(&model), 2);
    let subs = subscriptions(&model);
    assert!(!subs.iter().any(|sub| matches!(sub, Sub::Cluster(_))));
    // The pods of the other service on trial are read too, those of calm ones are not.
    let scraped: Vec<String> = subs
        .iter()
        .filter_map(|sub| match sub {
            Sub::Metrics(target, _) => Some(target.service.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(scraped, ["search"]);
}

/// With rights on named objects alone, every service is followed by its own names: nothing is lost but the one watch for all.
#[test]
fn a_namespace_that_may_not_be_listed_is_followed_service_by_service() {
    let mut model = busy();
    let place = super::place_of(&model, "checkout");
    let fault = flightdeck::domain::feed::FeedFault {
        kind: flightdeck::domain::feed::FaultKind::Forbidden,
        text: "cannot list deployments.apps".into(),
        hint: None,
    };
    super::tell(
        &mut model,
        flightdeck::domain::event::SourceEvent::PlaceFailed(place.clone(), fault),
    );
    let subs = subscriptions(&model);
    let followed = subs.iter().filter(|sub| matches!(sub, Sub::Cluster(_)));
    assert_eq!(followed.count(), 4, "{subs:#?}");
    let whole = |sub: &&Sub| matches!(sub, Sub::Namespace(known, _) if *known == place);
    assert_eq!(subs.iter().filter(whole).count(), 0);
    read(&mut model, "mailer", super::calm());
    let row = model.fleet.row(&target("mailer")).unwrap();
    assert_eq!(
        model.fleet.state(row, model.now),
        flightdeck::domain::feed::FeedState::Live
    );
}

fn want(model: &mut Model, intent: Intent) -> Vec<Effect> {
    update(model, Event::Wanted(intent).at(now()))
}

fn open(model: &mut Model, name: &str) {
    drop(want(model, Intent::OpenService(target(name))));
}

fn toast(model: &Model) -> &str {
    model.ui.toast.as_ref().map_or("", |toast| &toast.text)
}

#[test]
fn a_tag_typed_in_the_fleet_is_one_of_the_chosen_service() {
    let mut model = busy();
    open(&mut model, "checkout");
    read(&mut model, "checkout", fixture::canary_at(5, now()));
    drop(want(&mut model, Intent::GoFleet));
    let row = model.fleet.row_mut(&target("search")).unwrap();
    let stable = row.rollout.as_mut().unwrap().stable.as_mut().unwrap();
    stable.image = Image::parse("registry.example.com/shop/search:v1.0.0").unwrap();
    model.fleet.chosen = Some(target("search"));
    keys(&mut model, ":deploy v1.1.0");
    drop(press(&mut model, Key::plain(KeyCode::Enter)));
    let Asking::Observing(_, request, _) = &model.asking else {
        panic!("{:?}", model.asking)
    };
    assert_eq!(request.target, target("search"));
    let Goal::Deploy(wanted) = &request.goal else {
        panic!("{:?}", request.goal)
    };
    let image = wanted.image.to_string();
    assert_eq!(image, "registry.example.com/shop/search:v1.1.0");
}

#[test]
fn what_is_wanted_in_the_fleet_is_not_done_to_the_service_behind_it() {
    let mut model = busy();
    open(&mut model, "checkout");
    read(&mut model, "checkout", fixture::canary_at(5, now()));
    drop(want(&mut model, Intent::GoFleet));
    model.fleet.chosen = Some(target("search"));

    assert!(want(&mut model, Intent::Remark("odd".to_owned())).is_empty());
    assert_eq!(model.remark, Remark::None);
    assert!(toast(&model).contains("open a service first"));

    assert!(want(&mut model, Intent::Copy(Copied::Pod)).is_empty());
    assert!(toast(&model).contains("is known here"), "{}", toast(&model));

    drop(want(&mut model, Intent::TogglePilot));
    assert_eq!(model.target, target("search"));
    assert!(matches!(model.ui.overlay, Overlay::Pilot(_)));
}

/// checkout with a plan under way, and questions of every kind on their way.
fn acting() -> Model {
    let mut model = busy();
    open(&mut model, "checkout");
    read(&mut model, "checkout", fixture::canary_at(5, now()));
    keys(&mut model, "ab");
    let Asking::Observing(id, ..) = model.asking else {
        panic!("{:?}", model.asking)
    };
    let seen = Box::new(fixture::canary_at(5, now()));
    let seen = Event::Effect(EffectEvent::Observed(id, Ok(seen)));
    drop(update(&mut model, seen.at(now())));
    let later = now() + SignedDuration::from_secs(1);
    drop(update(
        &mut model,
        Event::KeyPressed(Key::char('y')).at(later),
    ));
    assert!(model.running().is_some());
    model.reading.canary.mark = Mark::Asked(RequestId(901));
    model.reading.settling = Some(Settling {
        revision: 7,
        tag: "v2.42.0".to_owned(),
        mark: Mark::Asked(RequestId(902)),
    });
    model.remark = Remark::Asked(RequestId(903), "v2.42.0".to_owned());
    let cancel = Command::Cancel(RunId::new("42"));
    model.pipeline.sent = Some((RequestId(904), cancel));
    model
}

#[test]
fn a_service_that_was_left_gets_the_answers_to_its_own_questions() {
    let mut model = acting();
    open(&mut model, "search");
    for id in [901, 902, 903] {
        let written = EffectEvent::Amended(RequestId(id), Ok(Amended::Written));
        drop(update(&mut model, Event::Effect(written).at(now())));
    }
    let refused = Err(Notice::new(NoticeKind::Refused, "no"));
    let answer = EffectEvent::PipelineAnswered(RequestId(904), refused);
    drop(update(&mut model, Event::Effect(answer).at(now())));
    assert_eq!(model.remark, Remark::None, "search asked nothing");

    open(&mut model, "checkout");
    assert_eq!(model.reading.canary.mark, Mark::Written);
    let settling = model.reading.settling.as_ref().unwrap();
    assert_eq!(settling.mark, Mark::Written);
    assert_eq!(model.remark, Remark::Written("v2.42.0".to_owned()));
    assert_eq!(model.pipeline.sent, None);
}

#[test]
fn only_going_from_the_fleet_ends_a_look_at_it() {
    let mut model = busy();
    open(&mut model, "checkout");
    let looked = model.fleet.looked.clone();
    assert_eq!(looked.at, Some(model.now));
    let later = now() + SignedDuration::from_secs(60);
    for motion in [Motion::Down, Motion::Up] {
        let intent = Event::Wanted(Intent::Neighbour(motion));
        drop(update(&mut model, intent.at(later)));
    }
    assert_eq!(model.target, target("checkout"));
    assert_eq!(model.fleet.looked, looked, "no row was seen since");
}

#[test]
fn a_fleet_of_one_service_is_left_from_its_screen() {
    let mut model = Model::new(
        fixture::settings(),
        fixture::target(),
        fixture::who(),
        "run",
        now(),
    );
    assert!(!model.fleet.is_one_of_many());
    model.fleet.reach = Reach::All;
    assert_eq!(press(&mut model, Key::char('q')), [Effect::Quit(0)]);
}

#[test]
fn a_held_fleet_is_moved_in_as_it_is_drawn() {
    let mut model = busy();
    let first = listed(&model.fleet, model.now)[0].1.target.clone();
    assert_eq!(first, target("payments"));
    keys(&mut model, "f");
    // It is no longer the first of the live rows.
    read(&mut model, "payments", super::calm());
    keys(&mut model, "j");
    let picture = model.picture();
    let rows = listed(&picture.fleet, picture.now);
    assert_eq!(chosen(&picture.fleet, &rows).unwrap().0, 1);
    assert_eq!(model.fleet.chosen, Some(target("search")));
    model.fleet.chosen = None;
    drop(press(&mut model, Key::plain(KeyCode::Enter)));
    assert_eq!(model.target, target("payments"), "the first that is drawn");
}

#[test]
fn a_row_that_could_not_be_followed_is_live_again_with_its_next_sign_of_life() {
    let mut model = busy();
    let mailer = target("mailer");
    let state = |model: &Model| {
        let row = model.fleet.row(&target("mailer")).unwrap();
        model.fleet.state(row, model.now)
    };
    let fault = FeedFault {
        kind: FaultKind::Unreachable,
        text: "no connection".into(),
        hint: None,
    };
    let failed = SourceEvent::FeedFailed(mailer.clone(), FeedName::Cluster, fault);
    super::tell(&mut model, failed);
    assert_eq!(state(&model), FeedState::Down);
    super::tell(&mut model, SourceEvent::FeedSeen(mailer, FeedName::Cluster));
    assert_eq!(state(&model), FeedState::Live);
}

/// The namespace lives and the service in it is still missing: a sign of life of the one is none of the other.
#[test]
fn a_service_that_is_missing_stays_so_while_its_namespace_lives() {
    let mut model = busy();
    let open = Intent::OpenService(target("mailer"));
    drop(update(&mut model, Event::Wanted(open).at(now())));
    let fault = |kind, text: &str| FeedFault {
        kind,
        text: text.into(),
        hint: None,
    };
    let missing = fault(FaultKind::Missing, "there is no Deployment `mailer`");
    let gone = SourceEvent::FeedFailed(target("mailer"), FeedName::Cluster, missing.clone());
    super::tell(&mut model, gone);
    let place = super::place_of(&model, "mailer");
    super::tell(&mut model, SourceEvent::PlaceSeen(place.clone()));
    assert_eq!(model.feeds.cluster.fault, Some(missing.clone()));
    // Also after the namespace was lost and found again.
    let lost = fault(FaultKind::Unreachable, "no connection");
    super::tell(&mut model, SourceEvent::PlaceFailed(place.clone(), lost));
    super::tell(&mut model, SourceEvent::PlaceSeen(place.clone()));
    assert_eq!(model.feeds.cluster.fault, Some(missing));
    read(&mut model, "mailer", super::calm());
    super::tell(&mut model, SourceEvent::PlaceSeen(place));
    assert_eq!(model.feeds.cluster.fault, None);
}
