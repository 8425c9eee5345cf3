//! A promote that was cut off is carried on as it was confirmed; what speaks against it now asks for the name.

use super::world::{World, at, goal, request};
use flightdeck::domain::cluster::Snapshot;
use flightdeck::domain::freeze::{Freeze, When, Zone};
use flightdeck::domain::record::RecordRead;
use flightdeck::strategy::engine;
use flightdeck::strategy::goal::{Goal, Mend};
use flightdeck::strategy::plan::{Confirm, Plan};
use flightdeck::strategy::record_change::{beat, begin};
use jiff::civil::date;

fn world() -> World {
    toml::from_str(
        "weight = 5\ncanary = { tag = \"v2.42.0\", replicas = 1 }\nreleases = [{ rev = 42, tag = \"v2.42.0\", ended = \"running\" }, { rev = 41, tag = \"v2.41.0\", good = true }]",
    )
    .unwrap()
}

/// A promote to 50 % has begun, and its program is gone.
fn cut_off(world: &World) -> Snapshot {
    let mut seen = world.snapshot();
    let policy = world.policy();
    let plan = engine(&policy)
        .plan(&request(goal("promote")), &seen, &policy)
        .unwrap();
    assert_eq!(plan.confirm, Confirm::Yes);
    let RecordRead::Read { record, .. } = &mut seen.record else {
        panic!("there is a record");
    };
    begin(record, &plan, at());
    beat(record, &plan.id, 0);
    seen
}

fn taken(mend: Mend, against: Option<&str>, freezes: Vec<Freeze>) -> Plan {
    let world = world();
    let mut policy = world.policy();
    policy.freezes = freezes;
    let mut request = request(Goal::TakeUp(mend));
    request.against_verdict = against.map(str::to_owned);
    engine(&policy)
        .plan(&request, &cut_off(&world), &policy)
        .unwrap()
}

fn all_year() -> Vec<Freeze> {
    vec![Freeze {
        name: "all year".to_owned(),
        when: When::Once {
            from: date(2026, 1, 1).at(0, 0, 0, 0),
            until: date(2026, 12, 31).at(0, 0, 0, 0),
        },
        zone: Zone::named("UTC").unwrap(),
    }]
}

#[test]
fn what_speaks_against_a_resumed_promote_is_told_and_confirmed_by_name() {
    let plain = taken(Mend::Resume, None, Vec::new());
    assert_eq!(plain.confirm, Confirm::Yes, "{:?}", plain.warnings);
    assert_eq!(plain.against_verdict, None);

    let against = taken(Mend::Resume, Some("Rolling back: 9 % fail."), Vec::new());
    assert_eq!(against.confirm, Confirm::Name);
    assert_eq!(
        against.against_verdict.as_deref(),
        Some("Rolling back: 9 % fail.")
    );

    let frozen = taken(Mend::Resume, None, all_year());
    assert_eq!(frozen.confirm, Confirm::Name);
    assert!(
        frozen.warnings[0].contains("frozen by \"all year\""),
        "{:?}",
        frozen.warnings
    );
}

#[test]
fn taking_a_promote_back_is_never_held() {
    let undone = taken(Mend::Undo, Some("Rolling back: 9 % fail."), all_year());
    assert_eq!(undone.confirm, Confirm::Yes);
    assert!(
        !undone.warnings.iter().any(|told| told.contains("frozen")),
        "{:?}",
        undone.warnings
    );
}
