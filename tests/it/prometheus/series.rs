//! What was recorded before the first reading, in the series and in the model.

use crate::fixture;
use flightdeck::analysis::window::Series;
use flightdeck::app::event::Event;
use flightdeck::app::model::{Basis, Model};
use flightdeck::app::update::update;
use flightdeck::domain::counters::{Counters, PodReading, Reading, Scrape, Side};
use flightdeck::domain::event::SourceEvent;
use jiff::Timestamp;
use std::time::Duration;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

/// Both sides after `seconds` of 10 requests a second each; the canary fails one in ten.
fn scrape(seconds: i64) -> Scrape {
    let requests = f64::from(i32::try_from(seconds).unwrap()) * 10.0;
    let pod = |pod: &str, side, errors| PodReading {
        pod: pod.to_owned(),
        side,
        reading: Reading::Counted(Counters {
            requests,
            errors,
            cpu_seconds: None,
            buckets: Vec::new(),
            started_at: Some(at(0)),
        }),
    };
    Scrape {
        at: at(seconds),
        pods: vec![
            pod("s-1", Side::Stable, 0.0),
            pod("c-1", Side::Canary, requests / 10.0),
        ],
    }
}

#[test]
fn moments_far_apart_fill_a_series_without_gaps() {
    let mut series = Series::new(Duration::from_secs(1), 100);
    assert!(series.backfill(&[scrape(0), scrape(60), scrape(120)]));
    assert_eq!(series.points(Side::Canary).count(), 2);
    assert_eq!(series.intervals().count(), 2);
    assert_eq!(series.gaps(Side::Canary, at(120)).count(), 0);
    let counts = series.since(Side::Canary, at(0)).counts;
    assert_eq!((counts.requests, counts.errors), (1200.0, 120.0));
    series.push(&scrape(121));
    let last = series
        .points(Side::Canary)
        .last()
        .map(|point| point.counts.requests);
    assert_eq!(last, Some(10.0));
}

#[test]
fn a_hole_in_what_was_recorded_stays_a_gap() {
    let mut series = Series::new(Duration::from_secs(1), 100);
    series.backfill(&[scrape(0), scrape(10), scrape(60)]);
    let gaps: Vec<_> = series.gaps(Side::Stable, at(60)).collect();
    assert_eq!(gaps.len(), 1);
    assert_eq!((gaps[0].from, gaps[0].until), (at(10), at(60)));
}

#[test]
fn nothing_is_filled_in_once_something_was_read_or_out_of_order() {
    let mut series = Series::new(Duration::from_secs(1), 100);
    assert!(!series.backfill(&[]));
    assert!(!series.backfill(&[scrape(60), scrape(0)]));
    series.push(&scrape(60));
    let before = series.clone();
    assert!(!series.backfill(&[scrape(0), scrape(30)]));
    assert_eq!(series, before);
}

#[test]
fn a_cockpit_opened_in_the_middle_of_a_step_judges_the_whole_step() {
    let now = at(600);
    let mut model = Model::new(
        fixture::settings(),
        fixture::target(),
        fixture::who(),
        "t",
        now,
    );
    // The step began half way.
    let mut snapshot = fixture::canary_at(5, at(900));
    snapshot.at = now;
    for news in [
        SourceEvent::ClusterRead(fixture::target(), Box::new(snapshot)),
        SourceEvent::Backfilled(
            fixture::target(),
            (0..=20).map(|n| scrape(n * 30)).collect(),
        ),
    ] {
        update(&mut model, Event::Source(news).at(now));
    }
    assert_eq!(model.reading.series.steps().last(), Some(at(300)));
    let counted = model.reading.series.since_step(Side::Canary).counts;
    assert_eq!((counted.requests, counted.errors), (3000.0, 300.0));
    assert_eq!(model.reading.basis, Basis::SinceStep);
    assert!(
        model.reading.verdict.sentence.contains("10"),
        "{}",
        model.reading.verdict.sentence
    );
}

#[test]
fn news_of_another_environment_fill_nothing() {
    let mut model = Model::new(
        fixture::settings(),
        fixture::target(),
        fixture::who(),
        "t",
        at(600),
    );
    let other = flightdeck::domain::ids::Target::new("checkout", "staging");
    let news = SourceEvent::Backfilled(other, vec![scrape(0), scrape(30)]);
    update(&mut model, Event::Source(news).at(at(600)));
    assert_eq!(model.reading.series.points(Side::Canary).count(), 0);
}
