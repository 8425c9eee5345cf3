//! What is sorted where, and what is never taken for healthy.

use super::{busy, calm, now, read, settings, target, tell, unread};
use crate::fixture;
use flightdeck::app::event::Event;
use flightdeck::app::fleet::{Risk, Sort, attention, listed, risk};
use flightdeck::app::model::Model;
use flightdeck::app::update::update;
use flightdeck::domain::event::SourceEvent;
use flightdeck::domain::feed::{FaultKind, FeedFault, FeedState};
use flightdeck::domain::rollout::Phase;
use jiff::SignedDuration;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn names(model: &Model) -> Vec<(Risk, String)> {
    listed(&model.fleet, model.now)
        .into_iter()
        .map(|(risk, row)| (risk, row.target.service.to_string()))
        .collect()
}

#[test]
fn what_needs_a_person_comes_first_and_what_is_stale_is_not_well() {
    let order = names(&busy());
    let expected = [
        (Risk::Failing, "payments"),
        (Risk::Waiting, "search"),
        (Risk::UnderWay, "checkout"),
        (Risk::Unknown, "auth"),
        (Risk::Unknown, "catalog"),
        (Risk::Healthy, "mailer"),
    ];
    let expected: Vec<(Risk, String)> = expected
        .map(|(risk, name)| (risk, name.to_owned()))
        .to_vec();
    assert_eq!(order, expected);
}

#[test]
fn time_alone_makes_a_healthy_row_unknown() {
    let mut model = unread();
    read(&mut model, "mailer", calm());
    assert_eq!(names(&model)[5], (Risk::Healthy, "mailer".to_owned()));
    let later = now() + SignedDuration::from_secs(76);
    drop(update(&mut model, Event::Ticked.at(later)));
    let row = model.fleet.row(&target("mailer")).unwrap();
    assert_eq!(model.fleet.state(row, model.now), FeedState::Stale);
    assert_eq!(risk(&model.fleet, row, model.now), Risk::Unknown);
    let place = super::place_of(&model, "mailer");
    drop(update(
        &mut model,
        Event::Source(SourceEvent::PlaceSeen(place)).at(later),
    ));
    assert_eq!(names(&model)[5], (Risk::Healthy, "mailer".to_owned()));
}

#[test]
fn the_filter_takes_several_words_and_leaves_out_what_is_marked() {
    let mut model = busy();
    let mut filtered = |typed: &str| {
        typed.clone_into(&mut model.fleet.filter.typed);
        let names = names(&model).into_iter().map(|(_, name)| name);
        names.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(filtered("PROD-US"), "auth catalog");
    assert_eq!(filtered("degraded"), "payments");
    assert_eq!(filtered("prod-eu !degraded v2.42"), "search checkout");
    assert_eq!(filtered("nothing like it"), "");
    assert_eq!(filtered(""), "payments search checkout auth catalog mailer");
}

#[test]
fn by_name_is_by_name() {
    let mut model = busy();
    model.fleet.sort = Sort::Name;
    let names: Vec<String> = names(&model).into_iter().map(|(_, name)| name).collect();
    assert!(names.is_sorted(), "{names:?}");
}

#[test]
fn the_attention_pane_names_what_is_wrong_and_what_changed_since() {
    let mut model = busy();
    let lines = |model: &Model| -> Vec<String> {
        attention(&model.fleet, model.now)
            .into_iter()
            .map(|one| format!("{}: {}", one.name, one.text))
            .collect()
    };
    let first = lines(&model);
    assert_eq!(first.len(), 3, "{first:#?}");
    assert!(first[0].contains("CrashLoopBackOff"), "{first:#?}");
    assert!(first[1].contains("waits for a promote"), "{first:#?}");
    assert!(
        first[2].starts_with("prod-us1: cannot watch pods"),
        "{first:#?}"
    );
    // The look ends when a service is opened; what happens meanwhile is told at the next one.
    let intent = flightdeck::app::intent::Intent::OpenService(target("mailer"));
    drop(update(&mut model, Event::Wanted(intent).at(now())));
    read(&mut model, "checkout", fixture::canary_at(50, now()));
    read(&mut model, "payments", calm());
    let since = lines(&model);
    assert!(
        since.contains(&"checkout production: 5 % to 50 % of the traffic".to_owned()),
        "{since:#?}"
    );
    assert!(
        since.contains(&"payments production: degraded to healthy".to_owned()),
        "{since:#?}"
    );
    // It survives being written and read; another version's file is an empty look.
    let text = serde_json::to_string(&model.fleet.looked).unwrap();
    assert_eq!(model.fleet.looked, serde_json::from_str(&text).unwrap());
}

/// What can happen to a service, and to its cluster.
#[derive(Clone, Copy, Debug)]
enum News {
    Calm,
    Trial(u32),
    Broken,
    Gone,
    Down,
    Seen,
    Later(i64),
}

fn news() -> impl Strategy<Value = (usize, News)> {
    let what = prop_oneof![
        Just(News::Calm),
        (0..=100u32).prop_map(News::Trial),
        Just(News::Broken),
        Just(News::Gone),
        Just(News::Down),
        Just(News::Seen),
        (1..200i64).prop_map(News::Later),
    ];
    (0..super::SERVICES.len(), what)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn the_order_is_total_and_nothing_unknown_is_healthy(told in prop::collection::vec(news(), 0..24)) {
        let mut model = unread();
        let all: BTreeSet<_> = settings().targets().collect();
        for (service, what) in told {
            let name = super::SERVICES[service].0;
            let place = super::place_of(&model, name);
            let fault = FeedFault { kind: FaultKind::Unreachable, text: "gone".into(), hint: None };
            match what {
                News::Calm => read(&mut model, name, calm()),
                News::Trial(weight) => read(&mut model, name, fixture::canary_at(weight, now())),
                News::Broken => read(&mut model, name, super::broken()),
                News::Gone => tell(&mut model, SourceEvent::FeedFailed(target(name), flightdeck::domain::feed::FeedName::Cluster, fault)),
                News::Down => tell(&mut model, SourceEvent::PlaceFailed(place, fault)),
                News::Seen => tell(&mut model, SourceEvent::PlaceSeen(place)),
                News::Later(seconds) => {
                    let at = model.now + SignedDuration::from_secs(seconds);
                    drop(update(&mut model, Event::Ticked.at(at)));
                }
            }
            let rows = listed(&model.fleet, model.now);
            let there: BTreeSet<_> = rows.iter().map(|(_, row)| row.target.clone()).collect();
            prop_assert_eq!(&there, &all);
            prop_assert!(rows.is_sorted_by_key(|(risk, _)| *risk));
            prop_assert_eq!(&rows, &listed(&model.fleet, model.now));
            for (risk, row) in rows {
                let state = model.fleet.state(row, model.now);
                let phase = row.rollout.as_ref().map(|rollout| rollout.phase);
                let well = state == FeedState::Live && phase == Some(Phase::Healthy);
                prop_assert!(risk != Risk::Healthy || well, "{:?} {:?} {:?}", row.target, state, phase);
            }
        }
    }
}
