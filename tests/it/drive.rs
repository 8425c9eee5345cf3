//! The true loop, with a look instead of a terminal and a script instead of a person.

use crate::fixture;
use flightdeck::app::effect::Effect;
use flightdeck::app::event::{Event, Stamped};
use flightdeck::app::intent::Intent;
use flightdeck::app::key::{Key, KeyCode};
use flightdeck::app::model::Model;
use flightdeck::app::screen::Overlay;
use flightdeck::app::subscription::Sub;
use flightdeck::app::update::update;
use flightdeck::config::theme::{Charset, Depth, Theme};
use flightdeck::domain::counters::{Bucket, Counters, PodReading, Reading, Scrape};
use flightdeck::domain::event::{EffectEvent, SourceEvent};
use flightdeck::domain::feed::{FeedName, FeedState};
use flightdeck::domain::ids::PlanId;
use flightdeck::domain::traffic::Track;
use flightdeck::runtime::drive::{DriveError, Edge, News, Order, Show, drive};
use flightdeck::runtime::pacing::{Frames, Pacing, Urgency};
use flightdeck::runtime::ring::Ring;
use flightdeck::runtime::screen::Screen;
use flightdeck::view::{self, Paint};
use futures_util::{Stream, stream};
use jiff::{SignedDuration, Timestamp};
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{self, Poll, Waker};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Samples that are never due by themselves, so that what is drawn was drawn for another reason.
const HELD_BACK: Pacing = Pacing {
    state: Duration::from_millis(1),
    samples: Duration::from_secs(3600),
};

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

/// The world as a script: what it is asked for is kept.
struct Script {
    keys: mpsc::Sender<Event>,
    answers: mpsc::Sender<EffectEvent>,
    news: mpsc::Sender<News>,
    orders: Arc<Mutex<Vec<Order>>>,
}

impl Script {
    fn new(pacing: Pacing) -> (Self, Edge, impl Stream<Item = Event> + Unpin) {
        let (keys, input) = mpsc::channel(64);
        let (answer, answers) = mpsc::channel(64);
        let (tell, news) = mpsc::channel(64);
        let orders = Arc::new(Mutex::new(Vec::new()));
        let kept = orders.clone();
        let edge = Edge {
            clock: now,
            pacing,
            answers,
            news,
            orders: Box::new(move |order| kept.lock().unwrap().push(order)),
            ring: Ring::new(std::env::temp_dir()),
            export: Box::new(|_, form| Ok(format!("view.{}", form.extension()).into())),
        };
        let input = Box::pin(stream::unfold(
            input,
            async |mut input: mpsc::Receiver<Event>| input.recv().await.map(|event| (event, input)),
        ));
        let script = Self {
            keys,
            answers: answer,
            news: tell,
            orders,
        };
        (script, edge, input)
    }

    async fn key(&self, key: Key) {
        self.keys.send(Event::KeyPressed(key)).await.unwrap();
    }

    async fn want(&self, intent: Intent) {
        self.keys.send(Event::Wanted(intent)).await.unwrap();
    }

    /// Returns when the loop has taken all news.
    async fn taken(&self) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.news.capacity() < self.news.max_capacity() {
            assert!(Instant::now() < deadline, "the loop takes no news");
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn what_the_model_wants_watched_is_ordered_once_and_again_when_it_changes() {
    let (script, mut edge, input) = Script::new(HELD_BACK);
    let mut model = model();
    let snapshot = fixture::canary_at(5, now());
    script
        .news
        .send(News::Source(SourceEvent::ClusterRead(
            fixture::target(),
            Box::new(snapshot),
        )))
        .await
        .unwrap();
    let look = |model: &Model, _: Show| {
        Ok(match model.feeds.cluster.value {
            Some(_) => ControlFlow::Break(0),
            None => ControlFlow::Continue(()),
        })
    };
    assert_eq!(drive(&mut model, &mut edge, input, look).await.unwrap(), 0);
    let orders = script.orders.lock().unwrap();
    let watched: Vec<usize> = orders
        .iter()
        .map(|order| match order {
            Order::Watch(subs) => subs
                .iter()
                .filter(|sub| matches!(sub, Sub::Metrics(_, pods) if !pods.is_empty()))
                .count(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        watched,
        [0, 1],
        "first without pods, then with them, nothing in between"
    );
}

#[tokio::test]
async fn samples_wait_keys_do_not() {
    let (script, mut edge, input) = Script::new(HELD_BACK);
    let mut model = model();
    let frames = Mutex::new(Vec::new());
    let look = |model: &Model, show: Show| {
        frames
            .lock()
            .unwrap()
            .push((show, model.ui.overlay.clone()));
        Ok(ControlFlow::Continue(()))
    };
    let person = async {
        for _ in 0..40 {
            script.news.send(News::Ticked).await.unwrap();
        }
        script.taken().await;
        script.key(Key::char('?')).await;
        script.key(Key::plain(KeyCode::Esc)).await;
        script.want(Intent::QuitNow).await;
    };
    let (ended, ()) = tokio::join!(drive(&mut model, &mut edge, input, look), person);
    assert_eq!(ended.unwrap(), 0);
    let frames = frames.into_inner().unwrap();
    assert_eq!(
        frames[0],
        (Show::Frame, Overlay::None),
        "the first frame comes at once"
    );
    assert!(frames.len() <= 4, "40 ticks were drawn: {frames:?}");
    assert_eq!(frames.last(), Some(&(Show::Frame, Overlay::None)));
}

/// As a terminal's reader does it: who finds it empty first is woken, and whoever asks until then is not remembered.
struct FirstAsker {
    keys: mpsc::Receiver<Event>,
    asker: Arc<Mutex<Option<Waker>>>,
    waking: tokio::task::JoinHandle<()>,
}

impl FirstAsker {
    fn new() -> (mpsc::Sender<Event>, Self) {
        let (person, mut typed) = mpsc::channel::<Event>(8);
        let (pass, keys) = mpsc::channel(8);
        let asker = Arc::new(Mutex::new(None::<Waker>));
        let woken = asker.clone();
        let waking = tokio::spawn(async move {
            while let Some(key) = typed.recv().await {
                pass.send(key).await.unwrap();
                if let Some(waker) = woken.lock().unwrap().take() {
                    waker.wake();
                }
            }
        });
        let reader = Self {
            keys,
            asker,
            waking,
        };
        (person, reader)
    }
}

impl Drop for FirstAsker {
    fn drop(&mut self) {
        self.waking.abort();
    }
}

impl Stream for FirstAsker {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<Option<Event>> {
        let known = self.asker.clone();
        let mut asker = known.lock().unwrap();
        if let Ok(key) = self.keys.try_recv() {
            return Poll::Ready(Some(key));
        }
        asker.get_or_insert_with(|| context.waker().clone());
        Poll::Pending
    }
}

#[tokio::test]
async fn a_key_after_a_key_needs_nothing_else_to_be_seen() {
    let (_script, mut edge, _) = Script::new(HELD_BACK);
    let (person, input) = FirstAsker::new();
    let mut model = model();
    let (shown, mut pictures) = mpsc::channel(64);
    let look = |model: &Model, _: Show| {
        shown.try_send(model.ui.overlay.clone()).unwrap();
        Ok(ControlFlow::Continue(()))
    };
    let typing = async {
        // The first frame, and a picture for each key that is answered: nothing but keys happens.
        assert_eq!(pictures.recv().await, Some(Overlay::None));
        for _ in 0..4 {
            let key = Key::char('?');
            person.send(Event::KeyPressed(key)).await.unwrap();
            assert!(pictures.recv().await.is_some());
            let key = Key::plain(KeyCode::Esc);
            person.send(Event::KeyPressed(key)).await.unwrap();
            assert_eq!(pictures.recv().await, Some(Overlay::None));
        }
    };
    let typed = async {
        tokio::select! {
            ended = drive(&mut model, &mut edge, input, look) => panic!("the loop ended: {ended:?}"),
            () = typing => {}
        }
    };
    let patience = Duration::from_secs(10);
    let seen = tokio::time::timeout(patience, typed).await;
    seen.expect("a key lies until something else happens");
}

#[tokio::test]
async fn an_effect_is_handed_out_and_its_answer_folded() {
    let (script, mut edge, input) = Script::new(HELD_BACK);
    let mut model = model();
    let snapshot = fixture::canary_at(5, now());
    let news = News::Source(SourceEvent::ClusterRead(
        fixture::target(),
        Box::new(snapshot.clone()),
    ));
    script.news.send(news).await.unwrap();
    let person = async {
        script.taken().await;
        script.key(Key::char('a')).await;
        script.key(Key::char('b')).await;
        let deadline = Instant::now() + Duration::from_secs(10);
        let id = loop {
            let found = script
                .orders
                .lock()
                .unwrap()
                .iter()
                .find_map(|order| match order {
                    Order::Carry(_, Effect::Observe(id, target))
                        if *target == fixture::target() =>
                    {
                        Some(*id)
                    }
                    _ => None,
                });
            if let Some(id) = found {
                break id;
            }
            assert!(
                Instant::now() < deadline,
                "{:?}",
                script.orders.lock().unwrap()
            );
            tokio::task::yield_now().await;
        };
        script
            .answers
            .send(EffectEvent::Observed(id, Ok(Box::new(snapshot))))
            .await
            .unwrap();
    };
    let look = |model: &Model, _: Show| {
        Ok(match &model.asking {
            flightdeck::app::asking::Asking::Question(_) => ControlFlow::Break(42),
            _ => ControlFlow::Continue(()),
        })
    };
    let (ended, ()) = tokio::join!(drive(&mut model, &mut edge, input, look), person);
    assert_eq!(ended.unwrap(), 42);
}

#[tokio::test]
async fn suspension_goes_through_the_look_and_ends_in_a_redraw() {
    let (script, mut edge, input) = Script::new(HELD_BACK);
    let mut model = model();
    let shown = Mutex::new(Vec::new());
    script.want(Intent::Suspend).await;
    let look = |_: &Model, show: Show| {
        let mut shown = shown.lock().unwrap();
        shown.push(show.clone());
        Ok(if show == Show::Redraw {
            ControlFlow::Break(0)
        } else {
            ControlFlow::Continue(())
        })
    };
    drive(&mut model, &mut edge, input, look).await.unwrap();
    let shown = shown.into_inner().unwrap();
    let at = shown
        .iter()
        .position(|show| *show == Show::Suspend)
        .unwrap();
    assert_eq!(shown[at + 1], Show::Redraw, "{shown:?}");
}

#[tokio::test]
async fn a_terminal_that_is_gone_ends_the_loop() {
    let (_script, mut edge, input) = Script::new(HELD_BACK);
    let look = |_: &Model, _: Show| Err(io::Error::from(io::ErrorKind::BrokenPipe));
    let ended = drive(&mut model(), &mut edge, input, look).await;
    assert!(matches!(ended, Err(DriveError::Look(_))), "{ended:?}");

    let (script, mut edge, input) = Script::new(HELD_BACK);
    drop(script.keys);
    let look = |_: &Model, _: Show| Ok(ControlFlow::Continue(()));
    let ended = drive(&mut model(), &mut edge, input, look).await;
    assert!(matches!(ended, Err(DriveError::InputEnded)), "{ended:?}");
}

#[tokio::test]
async fn answers_that_come_while_the_program_ends_still_reach_the_model() {
    let (script, mut edge, _input) = Script::new(HELD_BACK);
    let mut model = model();
    let orders = script.orders.clone();
    let world = async {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let asked = orders.lock().unwrap().pop();
            if let Some(Order::Finish(_, reply)) = asked {
                // More than the channel holds: a full channel must not hold up the end.
                for number in 0..200 {
                    let answer = EffectEvent::Written(
                        flightdeck::domain::ids::RequestId(number),
                        Ok("somewhere".to_owned()),
                    );
                    script.answers.send(answer).await.unwrap();
                }
                return reply.send(vec![PlanId::new("left")]).unwrap();
            }
            assert!(Instant::now() < deadline);
            tokio::task::yield_now().await;
        }
    };
    let (left, ()) = tokio::join!(edge.finish(&mut model, Duration::from_secs(1)), world);
    assert_eq!(left, [PlanId::new("left")]);
    assert_eq!(
        script.answers.capacity(),
        script.answers.max_capacity(),
        "all were taken"
    );
}

#[test]
fn frames_are_due_by_urgency() {
    let begin = tokio::time::Instant::now();
    let ms = Duration::from_millis;
    for (pacing, urgency, pause) in [
        (Pacing::LOCAL, Urgency::Input, ms(0)),
        (Pacing::LOCAL, Urgency::State, ms(20)),
        (Pacing::LOCAL, Urgency::Sample, ms(500)),
        (Pacing::SSH, Urgency::State, ms(50)),
        (Pacing::SSH, Urgency::Sample, ms(1000)),
        (Pacing::LOW_BANDWIDTH, Urgency::Sample, ms(15_000)),
    ] {
        let mut frames = Frames::new(pacing);
        assert_eq!(
            frames.due(begin),
            Some(begin),
            "the first frame is due at once"
        );
        frames.drawn(begin);
        assert_eq!(frames.due(begin), None, "nothing changed");
        frames.want(urgency);
        assert_eq!(
            frames.due(begin + ms(1)),
            Some(begin + pause),
            "{urgency:?}"
        );
        frames.want(Urgency::Sample);
        assert_eq!(
            frames.due(begin + ms(1)),
            Some(begin + pause),
            "the more urgent one counts"
        );
    }
}

#[test]
fn a_recording_folds_to_the_same_picture_and_holds_no_environment() {
    let dir = tempfile::tempdir().unwrap();
    let mut ring = Ring::new(dir.path().to_owned());
    let mut live = model();
    let mut snapshot = fixture::canary_at(5, now());
    snapshot.deployments[0].template.0["spec"]["containers"][0]["env"] =
        serde_json::json!([{ "name": "TOKEN", "value": "hunter2" }]);
    let source = |event| Event::Source(event);
    let mut events = vec![source(SourceEvent::ClusterRead(
        fixture::target(),
        Box::new(snapshot),
    ))];
    events.extend(
        (0..650).map(|_| source(SourceEvent::FeedSeen(fixture::target(), FeedName::Cluster))),
    );
    events.push(Event::KeyPressed(Key::char('?')));
    for event in events {
        let stamped = event.at(now());
        ring.push(&live, &stamped);
        update(&mut live, stamped);
    }
    let text = std::fs::read_to_string(ring.save().unwrap()).unwrap();
    assert!(text.contains("TOKEN") && !text.contains("hunter2"));
    let recording: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut again: Model = serde_json::from_value(recording["model"].clone()).unwrap();
    let events: Vec<Stamped> = serde_json::from_value(recording["events"].clone()).unwrap();
    assert!(
        (300..=600).contains(&events.len()),
        "{} events kept",
        events.len()
    );
    for event in events {
        update(&mut again, event);
    }
    assert_eq!(again.ui, live.ui);
    assert_eq!(again.feeds.cluster.state(now()), FeedState::Live);
    assert_eq!(again.reading.rollout, live.reading.rollout);
}

/// Counts writes and bytes.
#[derive(Clone, Default)]
struct Wire(Arc<Mutex<Vec<Vec<u8>>>>);

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().push(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn only_what_changed_is_written_and_in_one_piece() {
    let wire = Wire::default();
    let mut screen = Screen::new(wire.clone());
    let take = || std::mem::take(&mut *wire.0.lock().unwrap());
    let mut show = |size, line: &str| {
        screen.frame(size, |buffer| {
            buffer.set_string(0, 0, line, ratatui::style::Style::default());
        })
    };
    show((160, 45), "first").unwrap();
    let first = take();
    assert_eq!(first.len(), 1, "one write");
    let text = String::from_utf8(first.concat()).unwrap();
    assert!(
        text.starts_with("\x1b[?2026h\x1b[2J") && text.ends_with("\x1b[?2026l"),
        "{text:?}"
    );

    show((160, 45), "first").unwrap();
    assert!(take().is_empty(), "nothing changed, nothing is written");

    show((160, 45), "fiRst").unwrap();
    let change = take().concat();
    assert!(change.len() < 64, "one cell costs {} bytes", change.len());
    assert!(!String::from_utf8(change).unwrap().contains("\x1b[2J"));

    show((80, 24), "fiRst").unwrap();
    assert!(
        String::from_utf8(take().concat())
            .unwrap()
            .contains("\x1b[2J"),
        "another size is drawn anew"
    );
}

#[tokio::test]
async fn a_copy_goes_to_the_terminal_and_an_export_is_answered_with_its_place() {
    let (script, mut edge, input) = Script::new(HELD_BACK);
    let mut model = model();
    let shown = Mutex::new(Vec::new());
    let look = |_: &Model, show: Show| {
        shown.lock().unwrap().push(show);
        Ok(ControlFlow::Continue(()))
    };
    let snapshot = fixture::canary_at(5, now());
    script
        .news
        .send(News::Source(SourceEvent::ClusterRead(
            fixture::target(),
            Box::new(snapshot),
        )))
        .await
        .unwrap();
    let person = async {
        script.taken().await;
        for key in "yvet".chars() {
            script.key(Key::char(key)).await;
        }
        script.want(Intent::QuitNow).await;
    };
    let (ended, ()) = tokio::join!(drive(&mut model, &mut edge, input, look), person);
    assert_eq!(ended.unwrap(), 0);
    let copied = Show::Copy("v2.42.0".to_owned());
    assert!(shown.lock().unwrap().contains(&copied), "{shown:?}");
    assert_eq!(model.ui.toast.unwrap().text, "written to view.txt");
}

/// A pod's counters after that many seconds of about `rate` requests a second, uneven as real ones are.
pub fn counted(pod: &str, side: Track, seconds: u32, rate: f64) -> PodReading {
    let requests = (0..seconds)
        .map(|second| rate + f64::from(second * 7 % 5) - 2.0)
        .sum::<f64>()
        .max(0.0);
    let bucket = |le: f64, share: f64| Bucket {
        le,
        count: (requests * (share - 0.02 * f64::from(seconds % 3))).round(),
    };
    PodReading {
        pod: pod.to_owned(),
        side,
        reading: Reading::Counted(Counters {
            requests,
            errors: (requests * 0.01 + f64::from(seconds * 3 % 4)).floor(),
            cpu_seconds: Some(requests * 0.004),
            buckets: vec![
                bucket(0.05, 0.6),
                bucket(0.1, 0.9),
                bucket(0.25, 0.98),
                Bucket {
                    le: f64::INFINITY,
                    count: requests,
                },
            ],
            started_at: Some(now()),
        }),
    }
}

/// How a minute is lived through: what is sampled and drawn every so many seconds.
#[derive(Clone, Copy, Debug)]
struct Minute {
    size: (u16, u16),
    sampled: u32,
    drawn: u32,
    low_bandwidth: bool,
}

/// Bytes of the first frame and of the minute after it, with a tick every second.
fn bytes_of_a_minute(minute: Minute) -> (usize, usize) {
    let size = minute.size;
    let theme = Theme::load_builtin("default", Depth::Indexed256, Charset::Unicode).unwrap();
    let paint = Paint::new(&theme);
    let wire = Wire::default();
    let mut screen = Screen::new(wire.clone());
    let mut model = model();
    model.ui.size = size;
    model.settings.ui.low_bandwidth = minute.low_bandwidth;
    let snapshot = fixture::canary_at(5, now());
    let fold = |model: &mut Model, second: u32, event: Event| {
        let at = now() + SignedDuration::from_secs(i64::from(second));
        drop(update(model, event.at(at)));
    };
    let source = |event| Event::Source(event);
    fold(
        &mut model,
        0,
        source(SourceEvent::ClusterRead(
            fixture::target(),
            Box::new(snapshot),
        )),
    );
    let mut first = 0;
    for second in 0..=60 {
        let scrape = Scrape {
            at: now() + SignedDuration::from_secs(i64::from(second)),
            pods: vec![
                counted("checkout-a", Track::Stable, second, 140.0),
                counted("checkout-canary-a", Track::Canary, second, 8.0),
            ],
        };
        if second % minute.sampled == 0 {
            fold(
                &mut model,
                second,
                source(SourceEvent::Scraped(fixture::target(), Box::new(scrape))),
            );
        }
        fold(&mut model, second, Event::Ticked);
        if second % minute.drawn != 0 {
            continue;
        }
        for _ in 0..2 {
            screen
                .frame(size, |buffer| view::draw(&model, &paint, buffer))
                .unwrap();
        }
        if second == 0 {
            first = std::mem::take(&mut *wire.0.lock().unwrap()).concat().len();
        }
    }
    let writes = wire.0.lock().unwrap();
    assert!(writes.len() <= 60, "a picture without changes was written");
    (first, writes.concat().len())
}

#[test]
fn a_live_minute_fits_a_slow_line() {
    for (sampled, drawn, low_bandwidth, most) in [
        (1, 1, false, 700),
        (5, 1, false, 300),
        (5, 15, true, 60),
        (1, 15, true, 60),
    ] {
        for (size, budget) in [((80, 24), 1), ((160, 45), 3)] {
            let minute = Minute {
                size,
                sampled,
                drawn,
                low_bandwidth,
            };
            let (first, minute_has) = bytes_of_a_minute(minute);
            eprintln!(
                "{minute:?}: first {first} bytes, then {} a second",
                minute_has / 60
            );
            assert!(
                first < 7_000 * budget,
                "{minute:?}: the first frame has {first} bytes"
            );
            assert!(
                minute_has < most * 60 * budget,
                "{minute:?}: {minute_has} bytes"
            );
        }
    }
}
