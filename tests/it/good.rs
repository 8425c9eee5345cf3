//! Good by proof, the black box, the record's limit: the pure parts, and the core that drives them.

use std::collections::BTreeMap;
use std::time::Duration;

use flightdeck::analysis::black_box::{Line, Seen, merged, newest, rejudge};
use flightdeck::analysis::good::{Proof, Window, prove};
use flightdeck::analysis::share::share_interval;
use flightdeck::analysis::window::Series;
use flightdeck::app::effect::Effect;
use flightdeck::app::event::Event;
use flightdeck::app::intent::Intent;
use flightdeck::app::model::Model;
use flightdeck::app::proof::{Attention, Mark, Remark};
use flightdeck::app::update::{farewell, update};
use flightdeck::domain::amendment::{Adds, Amended, Amendment, amend};
use flightdeck::domain::cluster::Snapshot;
use flightdeck::domain::counters::{Bucket, Counters, PodReading, Reading, Scrape, Side};
use flightdeck::domain::event::{EffectEvent, SourceEvent};
use flightdeck::domain::feed::{FaultKind, FeedFault, FeedName};
use flightdeck::domain::ids::RequestId;
use flightdeck::domain::notice::{Notice, NoticeKind};
use flightdeck::domain::record::{Claim, Ended, Good, Note, Record, RecordRead, Release};
use flightdeck::domain::rights::{Right, Rights};
use flightdeck::domain::smoke::{SmokeCheck, SmokeReport, SmokeTest};
use flightdeck::domain::traffic::{Track, Weight};
use flightdeck::domain::trim::{MOST_RELEASES, bytes, trim};
use flightdeck::headless::report::{Asked, Pictures, Sources, build, charts, markdown};
use flightdeck::record::black_box::BoxFile;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::Value;

use crate::fixture::{canary_at, goals, image, settings, target, who};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

// --- the window --------------------------------------------------------------------------------------------------------

/// What a pod has counted after so many requests: one in `failing` fails, all take less than `slowest` seconds.
fn counted(requests: u32, failing: u32, slowest: f64) -> Counters {
    let requests = f64::from(requests);
    let buckets = [0.1, 0.4, 1.0, f64::INFINITY].map(|le| Bucket {
        le,
        count: if le >= slowest { requests } else { 0.0 },
    });
    Counters {
        requests,
        errors: if failing == 0 {
            0.0
        } else {
            (requests / f64::from(failing)).floor()
        },
        cpu_seconds: None,
        buckets: buckets.to_vec(),
        started_at: None,
    }
}

fn scrape(seconds: i64, sides: &[(Side, Counters)]) -> Scrape {
    let pod = |(side, counters): &(Side, Counters)| PodReading {
        pod: format!("{side:?}"),
        side: *side,
        reading: Reading::Counted(counters.clone()),
    };
    Scrape {
        at: at(seconds),
        pods: sides.iter().map(pod).collect(),
    }
}

/// A minute of stable alone, read each 5 s at these seconds, with 20 requests a second.
fn alone_series(seconds: impl IntoIterator<Item = i64>, failing: u32, slowest: f64) -> Series {
    let mut series = Series::new(Duration::from_secs(5), 1000);
    for second in seconds {
        let requests = u32::try_from(second * 20).unwrap();
        series.push(&scrape(
            second,
            &[(Side::Stable, counted(requests, failing, slowest))],
        ));
    }
    series
}

fn proof(series: &Series, since: i64, now: i64) -> Proof {
    let goals = goals();
    let window = Window {
        since: at(since),
        length: Duration::from_secs(60),
        every: Duration::from_secs(5),
        goals: &goals,
        now: at(now),
    };
    prove(series.points(Side::Stable), &window)
}

fn word(proof: &Proof) -> &'static str {
    match proof {
        Proof::Earned { .. } => "earned",
        Proof::Waiting { .. } => "waiting",
        Proof::Failed { .. } => "failed",
    }
}

fn said(proof: &Proof) -> String {
    match proof {
        Proof::Earned { evidence } => evidence.clone(),
        Proof::Waiting { missing, .. } => missing.clone(),
        Proof::Failed { why } => why.clone(),
    }
}

#[test]
fn a_release_is_good_when_a_whole_window_says_so() {
    let every_five = |from: i64, until: i64| (from..=until).step_by(5);
    let cases: [(&str, Series, i64, i64, &str, &str); 10] = [
        (
            "all well",
            alone_series(every_five(0, 60), 0, 0.1),
            0,
            61,
            "earned",
            "1200 requests in",
        ),
        (
            "not long enough",
            alone_series(every_five(0, 55), 0, 0.1),
            0,
            56,
            "waiting",
            "requests",
        ),
        (
            "nothing read",
            Series::new(Duration::from_secs(5), 10),
            0,
            60,
            "waiting",
            "no fresh metrics",
        ),
        (
            "read before it was alone",
            alone_series(every_five(0, 60), 0, 0.1),
            30,
            61,
            "waiting",
            "600 requests",
        ),
        (
            "stale at the end",
            alone_series(every_five(0, 60), 0, 0.1),
            0,
            90,
            "waiting",
            "no fresh metrics since",
        ),
        (
            "one in ten fails",
            alone_series(every_five(0, 60), 10, 0.1),
            0,
            61,
            "failed",
            "errors 10.0 %",
        ),
        (
            "so bad that the window need not end",
            alone_series(every_five(0, 20), 4, 0.1),
            0,
            21,
            "failed",
            "errors 25.0 %",
        ),
        (
            "slow",
            alone_series(every_five(0, 60), 0, 0.5),
            0,
            61,
            "failed",
            "p95",
        ),
        (
            "slower than the largest bucket",
            alone_series(every_five(0, 60), 0, 2.0),
            0,
            61,
            "failed",
            "p95 above 1.00 s",
        ),
        (
            "near the goal: not sure yet",
            alone_series(every_five(0, 60), 60, 0.1),
            0,
            61,
            "waiting",
            "too few to be sure",
        ),
    ];
    for (name, series, since, now, expected, words) in cases {
        let proof = proof(&series, since, now);
        assert_eq!(word(&proof), expected, "{name}: {proof:?}");
        assert!(said(&proof).contains(words), "{name}: {proof:?}");
    }
}

#[test]
fn a_gap_begins_the_window_anew_and_silence_earns_nothing() {
    let gapped = alone_series((0..=40).step_by(5).chain((65..=90).step_by(5)), 0, 0.1);
    let waiting = proof(&gapped, 0, 91);
    let Proof::Waiting { until, .. } = &waiting else {
        panic!("{waiting:?}")
    };
    assert_eq!(
        *until,
        Some(at(125)),
        "sixty seconds from the first reading after the gap"
    );
    let quiet = alone_series([0, 30, 60, 90], 0, 0.1);
    assert_eq!(
        word(&proof(&quiet, 0, 91)),
        "waiting",
        "each reading is a gap by itself"
    );
}

#[test]
fn too_few_requests_wait_and_are_counted() {
    let mut series = Series::new(Duration::from_secs(5), 1000);
    for second in (0..=60).step_by(5) {
        let requests = u32::try_from(second / 2).unwrap();
        series.push(&scrape(
            second,
            &[(Side::Stable, counted(requests, 0, 0.1))],
        ));
    }
    let waiting = proof(&series, 0, 61);
    assert_eq!(
        (word(&waiting), said(&waiting).as_str()),
        ("waiting", "30 of 50 requests")
    );
}

#[test]
fn a_pod_that_counts_anew_has_restarted() {
    let mut series = Series::new(Duration::from_secs(5), 1000);
    for second in (0..=60).step_by(5) {
        let from_start = if second < 30 { second } else { second - 29 };
        let requests = u32::try_from(from_start * 20).unwrap();
        series.push(&scrape(
            second,
            &[(Side::Stable, counted(requests, 0, 0.1))],
        ));
    }
    let failed = proof(&series, 0, 61);
    assert!(
        word(&failed) == "failed" && said(&failed).contains("restarted"),
        "{failed:?}"
    );
}

#[test]
fn share_intervals_are_those_of_the_vectors() {
    let document: Value = serde_json::from_str(include_str!("data/canary-vectors.json")).unwrap();
    let cases = document["cases"].as_array().unwrap().iter();
    let mut seen = 0;
    for case in cases.filter(|case| case["kind"] == "share_interval") {
        let input = |key: &str| case["input"][key].as_f64();
        let (bad, requests, error) = (input("bad"), input("requests"), input("error"));
        let phi = input("phi").unwrap_or(1.0);
        let (lower, upper) = share_interval(bad.unwrap(), requests.unwrap(), error.unwrap(), phi);
        for (got, key) in [(lower, "lower"), (upper, "upper")] {
            let expected = case["expected"][key].as_f64().unwrap();
            assert!(
                (got - expected).abs() <= 1e-9,
                "{}: {key} {got}, expected {expected}",
                case["id"]
            );
        }
        seen += 1;
    }
    assert_eq!(seen, 6);
}

proptest! {
    /// More time without a failure never takes the mark further away, and a mark needs its window and its requests.
    #[test]
    fn only_a_whole_window_earns(length in 1..30_i64, since in 0..200_i64) {
        let series = alone_series((0..=length * 5).step_by(5), 0, 0.1);
        let proof = proof(&series, since, length * 5 + 1);
        if word(&proof) == "earned" {
            prop_assert!(since + 60 <= length * 5);
        } else {
            prop_assert!(length * 5 - (since + 4) / 5 * 5 < 60);
        }
    }

    #[test]
    fn an_interval_holds_its_share(requests in 1..5000_u32, bad in 0.0..=1.0_f64, error in 0.001..0.5_f64) {
        let requests = f64::from(requests);
        let bad = (requests * bad).floor();
        let (lower, upper) = share_interval(bad, requests, error, 1.0);
        prop_assert!(0.0 <= lower && lower <= bad / requests && bad / requests <= upper && upper <= 1.0);
    }
}

// --- what is written into the record -----------------------------------------------------------------------------------

fn release(revision: u64, ended: Ended, good: bool) -> Release {
    Release {
        revision,
        image: image(&format!("v1.0.{revision}")),
        digest: None,
        templates: BTreeMap::new(),
        commit: None,
        run: None,
        deployed_at: at(0),
        by: "mira".into(),
        reason: None,
        evidence: None,
        ended,
        alone_since: None,
        good: good.then(|| mark("jonas")),
        notes: Vec::new(),
        more: BTreeMap::new(),
    }
}

fn mark(by: &str) -> Good {
    Good {
        since: at(1),
        by: by.into(),
        why: None,
        evidence: None,
    }
}

fn record(releases: Vec<Release>) -> Record {
    Record {
        releases,
        ..Record::default()
    }
}

fn good(revision: u64) -> Amendment {
    let adds = Adds::Good(mark("the window"));
    Amendment { revision, adds }
}

#[test]
fn a_mark_is_written_once_to_a_release_that_serves_in_peace() {
    let mut fresh = record(vec![release(2, Ended::Promoted, false)]);
    assert_eq!(amend(&mut fresh, &good(2)), Amended::Written);
    assert_eq!(
        fresh.releases[0].good.as_ref().unwrap().by.shown(),
        "the window"
    );
    let mut marked = record(vec![release(2, Ended::Promoted, true)]);
    let before = marked.clone();
    assert_eq!(
        amend(&mut marked, &good(2)),
        Amended::MarkedBy("jonas".into())
    );
    assert_eq!(marked, before);
    for ended in [Ended::RolledBack, Ended::Aborted, Ended::Superseded] {
        let mut left = record(vec![release(2, ended, false)]);
        let before = left.clone();
        assert!(
            matches!(amend(&mut left, &good(2)), Amended::Moved(_)),
            "{ended:?}"
        );
        assert_eq!(left, before);
    }
    let mut claimed = record(vec![release(2, Ended::Promoted, false)]);
    claimed.current = Some(Claim {
        plan: "p".to_owned(),
        goal: "promote".into(),
        title: "promote".into(),
        done: 0,
        steps: 1,
        by: "jonas".into(),
        since: at(0),
        heartbeat: 0,
        whole: None,
    });
    assert!(matches!(amend(&mut claimed, &good(2)), Amended::Moved(_)));
    assert!(matches!(amend(&mut fresh, &good(9)), Amended::Moved(_)));
}

#[test]
fn remarks_are_added_and_nothing_is_rewritten() {
    let note = |text: &str| Note {
        at: at(5),
        by: "mira".into(),
        text: text.into(),
    };
    let mut noted = record(vec![release(2, Ended::RolledBack, false)]);
    for text in ["first", "second"] {
        let adds = Adds::Note(note(text));
        assert_eq!(
            amend(&mut noted, &Amendment { revision: 2, adds }),
            Amended::Written
        );
    }
    assert_eq!(noted.releases[0].notes, [note("first"), note("second")]);
}

fn ended() -> impl Strategy<Value = Ended> {
    prop_oneof![
        Just(Ended::Running),
        Just(Ended::Promoted),
        Just(Ended::RolledBack),
        Just(Ended::Aborted),
        Just(Ended::Superseded),
    ]
}

fn records() -> impl Strategy<Value = Record> {
    let one = (ended(), any::<bool>(), 0..400_usize);
    proptest::collection::vec(one, 0..40).prop_map(|made| {
        let releases = (1..).zip(made).map(|(revision, (ended, good, length))| {
            let mut release = release(revision, ended, good);
            release.reason = Some("x".repeat(length).into());
            release
        });
        let mut releases: Vec<Release> = releases.collect();
        releases.reverse();
        record(releases)
    })
}

proptest! {
    #[test]
    fn a_trimmed_record_keeps_what_is_needed(original in records(), most in 500..20_000_usize, releases in 1..30_usize) {
        let mut trimmed = original.clone();
        trim(&mut trimmed, most, releases);
        let serves = |release: &Release| matches!(release.ended, Ended::Running | Ended::Promoted);
        let last_good = original.releases.iter().filter(|release| release.good.is_some()).map(|release| release.revision).max();
        let newest = original.releases.iter().map(|release| release.revision).max();
        let is_needed = |release: &Release| serves(release) || Some(release.revision) == last_good || Some(release.revision) == newest;
        let is_kept = |release: &Release| trimmed.releases.contains(release);
        prop_assert!(original.releases.iter().filter(|release| is_needed(release)).all(is_kept));
        let fits = bytes(&trimmed) <= most && trimmed.releases.len() <= releases;
        prop_assert!(fits || trimmed.releases.iter().all(is_needed));
        let gone: Vec<&Release> = original.releases.iter().filter(|release| !is_kept(release)).collect();
        for left in trimmed.releases.iter().filter(|release| !is_needed(release)) {
            for gone in &gone {
                let (gone, left) = ((gone.good.is_some(), gone.revision), (left.good.is_some(), left.revision));
                prop_assert!(gone < left, "{gone:?} went and {left:?} stayed");
            }
        }
        let mut again = trimmed.clone();
        trim(&mut again, most, releases);
        prop_assert_eq!(again, trimmed);
    }
}

#[test]
fn the_longest_record_stays_below_its_limit() {
    let mut long = record(
        (1..=400)
            .rev()
            .map(|revision| release(revision, Ended::Superseded, true))
            .collect(),
    );
    for number in 0..4000 {
        let note = Note {
            at: at(number),
            by: "mira".into(),
            text: "a remark of some length that somebody's script adds again and again".into(),
        };
        long.releases[0].notes.push(note);
    }
    trim(&mut long, 512 * 1024, MOST_RELEASES);
    assert!(bytes(&long) <= 512 * 1024);
    assert_eq!(long.releases[0].revision, 400);
    assert_eq!(
        long.releases[0].notes.last().unwrap().at,
        at(3999),
        "the newest remark stays"
    );
}

// --- the core ----------------------------------------------------------------------------------------------------------

/// v2.42.0 alone on stable since `since`, unmarked; v2.41.0 before it, good.
pub(crate) fn alone(since: Timestamp, now: Timestamp) -> Snapshot {
    let mut seen = canary_at(5, now);
    seen.pods.retain(|pod| pod.track == Track::Stable);
    for pod in &mut seen.pods {
        pod.started_at = Some(since);
    }
    let template = seen.deployments[1].template.clone();
    seen.deployments[0].containers[0].image = image("v2.42.0").to_string();
    seen.deployments[0].template = template.clone();
    seen.deployments[1].replicas = 0;
    seen.deployments[1].counted = flightdeck::domain::cluster::ReplicaCounts::default();
    let serving = seen
        .replica_sets
        .iter_mut()
        .find(|set| set.hash == "7c9d4")
        .unwrap();
    serving.containers[0].image = image("v2.42.0").to_string();
    serving.template = template;
    let route = seen.route.as_mut().unwrap();
    route.rules[0][0].weight = Some(100);
    route.rules[0][1].weight = Some(0);
    let RecordRead::Read { record, .. } = &mut seen.record else {
        panic!("the fixture has a record")
    };
    record.set_weight = Some(Weight::ZERO);
    record.releases[0].ended = Ended::Promoted;
    record.releases[0].alone_since = Some(since);
    record.releases[1].ended = Ended::Superseded;
    seen
}

struct Script {
    model: Model,
    effects: Vec<Effect>,
}

impl Script {
    fn new() -> Self {
        let mut settings = settings();
        settings.services[0].environments[0].policy.good_after = Duration::from_secs(60);
        Self {
            model: Model::new(settings, target(), who(), "run", at(0)),
            effects: Vec::new(),
        }
    }

    fn event(&mut self, seconds: i64, event: Event) {
        let effects = update(&mut self.model, event.at(at(seconds)));
        self.effects.extend(effects);
    }

    fn seen(&mut self, seconds: i64, snapshot: Snapshot) {
        self.event(
            seconds,
            Event::Source(SourceEvent::ClusterRead(target(), Box::new(snapshot))),
        );
    }

    fn scraped(&mut self, seconds: i64, sides: &[(Side, Counters)]) {
        let scrape = Box::new(scrape(seconds, sides));
        self.event(
            seconds,
            Event::Source(SourceEvent::Scraped(target(), scrape)),
        );
    }

    /// A minute and a bit in which v2.42.0 serves alone, all of it watched.
    fn serves_alone(&mut self, failing: u32) {
        self.seen(0, alone(at(0), at(0)));
        for second in (0..=65).step_by(5) {
            let requests = u32::try_from(second * 20).unwrap();
            self.scraped(second, &[(Side::Stable, counted(requests, failing, 0.1))]);
            if second == 60 {
                self.seen(60, alone(at(0), at(60)));
            }
        }
    }

    fn amendments(&self) -> Vec<(RequestId, &Amendment)> {
        let amendment = |effect| match effect {
            &Effect::Amend(id, ref amendment) => Some((id, amendment)),
            _ => None,
        };
        self.effects.iter().filter_map(amendment).collect()
    }

    fn told(&self, words: &str) -> bool {
        self.model
            .log
            .lines()
            .any(|line| line.text.shown().contains(words))
    }
}

#[test]
fn whoever_watches_writes_the_mark_once() {
    let mut script = Script::new();
    script.serves_alone(0);
    let amendments = script.amendments();
    assert_eq!(amendments.len(), 1, "{:?}", script.model.reading.trial);
    let (id, amendment) = (amendments[0].0, amendments[0].1.clone());
    let Adds::Good(good) = &amendment.adds else {
        panic!("{amendment:?}")
    };
    assert_eq!(amendment.revision, 42);
    assert!(good.by.shown().contains("watched by mira@corp"), "{good:?}");
    assert!(
        good.evidence
            .as_ref()
            .unwrap()
            .shown()
            .contains("requests in"),
        "{good:?}"
    );
    script.event(
        66,
        Event::Effect(EffectEvent::Amended(
            id,
            Ok(Amended::MarkedBy("jonas".into())),
        )),
    );
    assert!(script.told("marked good by jonas"));
    script.event(120, Event::Ticked);
    assert_eq!(
        script.amendments().len(),
        1,
        "another's mark is not written again"
    );
    assert_eq!(
        script.model.reading.trial.as_ref().unwrap().mark,
        Mark::Written
    );
}

/// The smoke test that was asked for, answered.
fn smoked(script: &mut Script, seconds: i64, result: Result<SmokeReport, Notice>) {
    let asked = script.effects.iter().rev().find_map(|effect| match effect {
        Effect::RunSmokeTest(id, test) => Some((*id, test.place.text())),
        _ => None,
    });
    let (id, place) = asked.expect("a smoke test was asked for");
    assert_eq!(place, "service/checkout");
    script.event(seconds, Event::Effect(EffectEvent::SmokeTested(id, result)));
}

fn smoke_report(ok: bool) -> SmokeReport {
    SmokeReport {
        checks: vec![SmokeCheck {
            check: "health".to_owned(),
            ok,
            text: "/healthz answered 503".to_owned(),
        }],
        requests: 0,
        p95_s: None,
    }
}

fn with_a_smoke_test() -> Script {
    let mut script = Script::new();
    let policy = &mut script.model.settings.services[0].environments[0].policy;
    policy.smoke = Some(SmokeTest::plain(policy.goals.p95));
    script
}

#[test]
fn where_a_smoke_test_is_configured_it_belongs_to_the_proof() {
    let mut script = with_a_smoke_test();
    script.serves_alone(0);
    assert!(
        script.amendments().is_empty(),
        "nothing is earned before it"
    );
    let notice = Notice::new(NoticeKind::Unreachable, "no answer");
    smoked(&mut script, 66, Err(notice));
    let proof = &script.model.reading.trial.as_ref().unwrap().proof;
    assert_eq!(
        said(proof),
        "the smoke test could not be carried out: no answer"
    );
    for second in (70..=100).step_by(5) {
        let requests = u32::try_from(second * 20).unwrap();
        script.scraped(second, &[(Side::Stable, counted(requests, 0, 0.1))]);
    }
    smoked(&mut script, 101, Ok(smoke_report(true)));
    let [(_, amendment)] = script.amendments()[..] else {
        panic!("{:?}", script.effects)
    };
    let Adds::Good(good) = &amendment.adds else {
        panic!("{amendment:?}")
    };
    let evidence = good.evidence.as_ref().unwrap().shown();
    assert!(evidence.ends_with(", smoke test passed"), "{evidence}");

    let mut script = with_a_smoke_test();
    script.serves_alone(0);
    smoked(&mut script, 66, Ok(smoke_report(false)));
    assert!(script.amendments().is_empty());
    assert!(script.told("v2.42.0 is not good: the smoke test failed: /healthz answered 503"));

    let mut glance = with_a_smoke_test();
    glance.model.attention = Attention::Glancing;
    glance.serves_alone(0);
    let asks = |effect: &Effect| matches!(effect, Effect::RunSmokeTest(..));
    assert!(
        !glance.effects.iter().any(asks),
        "who only looks sends no requests"
    );
}

#[test]
fn a_mark_that_could_not_be_written_is_tried_again() {
    let mut script = Script::new();
    script.serves_alone(0);
    let id = script.amendments()[0].0;
    let notice = Notice::new(NoticeKind::Unreachable, "no answer");
    script.event(66, Event::Effect(EffectEvent::Amended(id, Err(notice))));
    script.event(67, Event::Ticked);
    assert_eq!(script.amendments().len(), 1);
    for second in (70..=100).step_by(5) {
        let requests = u32::try_from(second * 20).unwrap();
        script.scraped(second, &[(Side::Stable, counted(requests, 0, 0.1))]);
    }
    assert_eq!(script.amendments().len(), 2);
}

#[test]
fn nobody_marks_who_only_looks_or_may_not_write_or_saw_it_fail() {
    type Spoil = fn(&mut Model);
    let spoil: [(&str, Spoil); 3] = [
        ("glancing", |model| model.attention = Attention::Glancing),
        ("read-only", |model| model.settings.read_only = true),
        ("no right", |model| {
            model.actor.rights = Rights {
                answers: [(Right::PatchRecord, false)].into(),
            };
        }),
    ];
    for (name, spoil) in spoil {
        let mut script = Script::new();
        spoil(&mut script.model);
        script.serves_alone(0);
        assert!(script.amendments().is_empty(), "{name}");
        let proof = &script.model.reading.trial.as_ref().unwrap().proof;
        assert_eq!(word(proof), "earned", "{name}: it is shown all the same");
    }
    let mut failing = Script::new();
    failing.serves_alone(10);
    assert!(failing.amendments().is_empty());
    assert!(
        failing.told("v2.42.0 is not good: errors"),
        "{:?}",
        failing.model.reading.trial
    );
}

#[test]
fn what_was_not_seen_is_not_proved() {
    let mut missing = Script::new();
    let mut short = alone(at(0), at(0));
    short.deployments[0].counted.available = 3;
    missing.seen(0, short);
    for second in (0..=40).step_by(5) {
        let requests = u32::try_from(second * 20).unwrap();
        missing.scraped(second, &[(Side::Stable, counted(requests, 0, 0.1))]);
    }
    let trial = missing.model.reading.trial.clone().unwrap();
    assert_eq!(said(&trial.proof), "3 of 4 pods available");
    missing.seen(40, alone(at(0), at(40)));
    for second in (45..=70).step_by(5) {
        let requests = u32::try_from(second * 20).unwrap();
        missing.scraped(second, &[(Side::Stable, counted(requests, 0, 0.1))]);
    }
    assert!(
        missing.amendments().is_empty(),
        "the window began when all pods were there"
    );

    let mut restarted = Script::new();
    restarted.seen(0, alone(at(0), at(0)));
    let mut crashed = alone(at(0), at(30));
    crashed.pods[0].restarts = 1;
    restarted.seen(30, crashed);
    let trial = restarted.model.reading.trial.clone().unwrap();
    assert!(said(&trial.proof).contains("restarted"), "{trial:?}");

    let mut blind = Script::new();
    blind.seen(0, alone(at(0), at(0)));
    let fault = FeedFault {
        kind: FaultKind::Unreachable,
        text: "gone".into(),
        hint: None,
    };
    blind.event(
        1,
        Event::Source(SourceEvent::FeedFailed(target(), FeedName::Cluster, fault)),
    );
    let trial = blind.model.reading.trial.clone().unwrap();
    assert_eq!(said(&trial.proof), "the cluster does not answer");
}

#[test]
fn a_remark_goes_to_the_release_under_way() {
    let mut script = Script::new();
    script.event(
        0,
        Event::Wanted(Intent::Remark("before anything was read".to_owned())),
    );
    assert!(matches!(script.model.remark, Remark::Failed(_)));
    script.seen(0, canary_at(5, at(0)));
    script.event(1, Event::Wanted(Intent::Remark("looks odd".to_owned())));
    let (id, amendment) = script.amendments()[0];
    assert_eq!(amendment.revision, 42);
    script.event(
        2,
        Event::Effect(EffectEvent::Amended(id, Ok(Amended::Written))),
    );
    assert_eq!(script.model.remark, Remark::Written("v2.42.0".to_owned()));
    for wrong in [String::new(), "x".repeat(5000)] {
        script.event(3, Event::Wanted(Intent::Remark(wrong)));
        assert!(matches!(script.model.remark, Remark::Failed(_)));
    }
    assert_eq!(script.amendments().len(), 1);
}

// --- the black box -----------------------------------------------------------------------------------------------------

/// A canary that is well, gets a higher weight, and then fails: all lines that went to the journal.
fn flight() -> Script {
    let mut script = Script::new();
    script.seen(0, canary_at(5, at(0)));
    let (mut canary, mut stable) = ((0_u32, 0.0), 0_u32);
    for second in (0..=600_i64).step_by(5) {
        let failing = second > 400;
        if second == 300 {
            script.seen(302, canary_at(50, at(302)));
        }
        canary.0 += 40;
        canary.1 += if failing { 8.0 } else { 0.0 };
        stable += 60;
        let counters = Counters {
            errors: canary.1,
            ..counted(canary.0, 0, 0.4)
        };
        let after = if second == 300 { 303 } else { second };
        script.scraped(
            after,
            &[
                (Side::Canary, counters),
                (Side::Stable, counted(stable, 0, 0.1)),
            ],
        );
        script.event(after + 1, Event::Ticked);
        answer_all(&mut script, after + 1);
    }
    script
}

/// Every write succeeds.
fn answer_all(script: &mut Script, seconds: i64) {
    let asked: Vec<RequestId> = script
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::JournalLines(id, _) | Effect::PublishLines(id, _) => Some(*id),
            _ => None,
        })
        .collect();
    for id in asked {
        script.event(seconds, Event::Effect(EffectEvent::LinesKept(id, Ok(()))));
    }
}

fn journaled(script: &Script) -> Vec<Line> {
    let lines = script.effects.iter().filter_map(|effect| match effect {
        Effect::JournalLines(_, lines) => Some(lines.clone()),
        _ => None,
    });
    lines.flatten().collect()
}

fn published(script: &Script) -> Vec<Vec<Line>> {
    let lines = script.effects.iter().filter_map(|effect| match effect {
        Effect::PublishLines(_, lines) => Some(lines.clone()),
        _ => None,
    });
    lines.collect()
}

fn verdicts(lines: &[Line]) -> Vec<usize> {
    let is_verdict =
        |(index, line): (usize, &Line)| matches!(line.seen, Seen::Verdict(_)).then_some(index);
    lines.iter().enumerate().filter_map(is_verdict).collect()
}

#[test]
fn the_intervals_give_again_what_was_shown() {
    let lines = journaled(&flight());
    let shown = verdicts(&lines);
    let calls: Vec<String> = shown
        .iter()
        .map(|index| rejudge(&lines, *index).unwrap().call.to_string())
        .collect();
    assert!(
        calls.contains(&"PROMOTE".to_owned()) && calls.contains(&"ROLL BACK".to_owned()),
        "{calls:?}"
    );
    for index in shown {
        let Seen::Verdict(shown) = &lines[index].seen else {
            unreachable!()
        };
        assert_eq!(rejudge(&lines, index).as_ref(), Some(&shown.verdict));
    }
    let text = serde_json::to_string(&lines).unwrap();
    let read: Vec<Line> = serde_json::from_str(&text).unwrap();
    assert_eq!(read, lines, "what is written reads the same");
}

#[test]
fn what_lies_around_a_change_goes_to_the_cluster() {
    let script = flight();
    let published = published(&script);
    let all: Vec<Line> = published.iter().flatten().cloned().collect();
    let intervals = all
        .iter()
        .filter(|line| matches!(line.seen, Seen::Interval(_)))
        .count();
    let kept = journaled(&script)
        .iter()
        .filter(|line| matches!(line.seen, Seen::Interval(_)))
        .count();
    assert!(
        !published.is_empty() && published.len() <= 8,
        "{} writes",
        published.len()
    );
    assert!(intervals > 30 && intervals < kept, "{intervals} of {kept}");
    let mut once = all.clone();
    once.dedup();
    assert_eq!(once.len(), all.len(), "no line is written twice");
}

#[test]
fn a_glance_writes_nothing_and_a_failed_write_comes_again() {
    let mut glance = Script::new();
    glance.model.attention = Attention::Glancing;
    glance.seen(0, canary_at(5, at(0)));
    for second in (0..=60).step_by(5) {
        let requests = u32::try_from(second * 20).unwrap();
        glance.scraped(
            second,
            &[
                (Side::Canary, counted(requests, 4, 0.1)),
                (Side::Stable, counted(requests, 0, 0.1)),
            ],
        );
        glance.event(second, Event::Ticked);
    }
    assert!(glance.effects.is_empty(), "{:?}", glance.effects);
    assert!(farewell(&mut glance.model).is_empty());

    let mut failing = Script::new();
    failing.seen(0, canary_at(5, at(0)));
    failing.event(1, Event::Ticked);
    let first = journaled(&failing);
    let Some(Effect::JournalLines(id, _)) = failing.effects.first() else {
        panic!("{:?}", failing.effects)
    };
    let (id, notice) = (*id, Notice::new(NoticeKind::Internal, "the disk is full"));
    failing.event(2, Event::Effect(EffectEvent::LinesKept(id, Err(notice))));
    failing.effects.clear();
    failing.event(3, Event::Ticked);
    assert!(failing.effects.is_empty(), "not at once");
    assert!(failing.told("the disk is full"));
    failing.event(40, Event::Ticked);
    assert_eq!(journaled(&failing)[..first.len()], first);
}

#[test]
fn a_report_is_made_from_what_was_kept_and_escapes_what_came_from_outside() {
    let script = flight();
    let RecordRead::Read { record, .. } = canary_at(50, at(600)).record else {
        panic!("the fixture has a record")
    };
    let mut record = *record;
    record.releases[0].deployed_at = at(0);
    record.releases[0].reason = Some("a | b <script>".into());
    let sources = Sources {
        source: "journal",
        record,
        entries: Vec::new(),
        lines: journaled(&script),
        without_cluster: None,
    };
    let report = build(&sources, &target(), &Asked::Newest, at(700)).unwrap();
    assert_eq!(report.release.as_ref().unwrap().tag, "v2.42.0");
    assert!(
        report
            .verdicts
            .iter()
            .all(|verdict| verdict.recomputed == Some(true)),
        "{:#?}",
        report.verdicts
    );
    assert!(
        report
            .verdicts
            .iter()
            .any(|verdict| verdict.sentence.contains("stable"))
    );
    let harmed = report.harmed.unwrap();
    assert!(
        (harmed.requests.unwrap() - harmed.canary_errors).abs() < 1e-6,
        "stable failed nothing: {harmed:?}"
    );
    assert!(report.timeline.is_sorted_by_key(|moment| moment.at));
    assert!(
        report
            .timeline
            .iter()
            .any(|moment| moment.kind == "weight" && moment.text.contains("50"))
    );
    let pictures = charts(&report);
    assert!(
        pictures
            .iter()
            .all(|(_, svg)| svg.lines().all(|line| line.len() < 8000))
    );
    let text = markdown(&report, &Pictures::Inside(pictures)).join("\n");
    assert!(
        text.contains("a \\| b &lt;script&gt;") && !text.contains("<script>"),
        "{text}"
    );
    assert!(text.contains("ROLL BACK") && text.contains("<svg"));
    let since = build(&sources, &target(), &Asked::Since(at(500)), at(700)).unwrap();
    assert!(since.intervals.len() < report.intervals.len() && since.release.is_none());
    assert!(
        build(
            &sources,
            &target(),
            &Asked::Release("v0".to_owned()),
            at(700)
        )
        .is_err()
    );
    assert!(build(&Sources::default(), &target(), &Asked::Newest, at(700)).is_err());
}

fn plain_line(second: i64) -> Line {
    Line {
        at: at(second),
        by: "run".to_owned(),
        seen: Seen::Plan(format!("line {second}")),
    }
}

proptest! {
    #[test]
    fn a_bounded_black_box_keeps_the_newest(first in proptest::collection::vec(0..500_i64, 0..60), second in proptest::collection::vec(0..500_i64, 0..60), most in 0..6000_usize) {
        let lines = |seconds: &[i64]| seconds.iter().map(|second| plain_line(*second)).collect::<Vec<_>>();
        let kept = merged(merged(Vec::new(), &lines(&first), usize::MAX), &lines(&second), most);
        prop_assert!(kept.is_sorted_by_key(|line| line.at));
        prop_assert!(serde_json::to_vec(&kept).unwrap().len() <= most.max(2) + 1);
        let all = merged(merged(Vec::new(), &lines(&first), usize::MAX), &lines(&second), usize::MAX);
        prop_assert_eq!(&all[all.len() - kept.len()..], &kept[..]);
        prop_assert_eq!(newest(kept.clone(), most), kept);
    }
}

#[test]
fn the_black_box_on_disk_is_bounded_and_survives_a_torn_line() {
    let dir = tempfile::tempdir().unwrap();
    let file = BoxFile::of(dir.path(), &target()).bounded(20_000);
    for second in 0..1000 {
        file.append(&[plain_line(second)]).unwrap();
    }
    let read: Vec<Line> = file.read().unwrap();
    assert_eq!(read.last(), Some(&plain_line(999)));
    assert!(read.len() < 1000 && read.len() > 150, "{}", read.len());
    let path = dir
        .path()
        .join("journal/flightdeck-checkout-production.blackbox.jsonl");
    let mut torn = std::fs::read(&path).unwrap();
    torn.extend_from_slice(b"{\"at\":");
    std::fs::write(&path, torn).unwrap();
    file.append(&[plain_line(2000)]).unwrap();
    let again: Vec<Line> = file.read().unwrap();
    assert_eq!(
        (again.len(), again.last()),
        (read.len() + 1, Some(&plain_line(2000)))
    );
}
