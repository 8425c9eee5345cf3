//! Going from one service to another: what is asked is about what is seen, and what is under way goes on.

use super::{busy, now, read, target};
use crate::fixture;
use flightdeck::app::effect::Effect;
use flightdeck::app::event::Event;
use flightdeck::app::fleet::Opened;
use flightdeck::app::intent::Intent;
use flightdeck::app::key::{Key, KeyCode};
use flightdeck::app::model::Model;
use flightdeck::app::screen::{Overlay, Screen};
use flightdeck::app::subscription::{Sub, subscriptions};
use flightdeck::app::update::update;
use flightdeck::domain::event::SourceEvent;
use flightdeck::domain::feed::{FaultKind, FeedFault, FeedName};

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
