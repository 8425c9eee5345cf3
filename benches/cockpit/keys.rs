//! From a key to its echo, to its request on the wire, and to the last request that the bad version answered.

use crate::http::{Http, address};
use crate::proxy::Proxy;
use crate::table::{Row, Times, millis};
use crate::terminal::Terminal;
use crate::world::{OPEN, World};
use serde_json::json;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

const ROUNDS: usize = 60;

/// The rows of this file.
pub fn rows(world: &World) -> io::Result<Vec<Row>> {
    let proxy = Proxy::before(address(world.url("kube")), Duration::ZERO)?;
    let config = world.config("keys", &proxy.url(), "1s")?;
    let mut cockpit = Terminal::start((80, 24), &config, &OPEN)?;
    cockpit.see("METRICS live")?;
    let mut rows = pressed(&mut cockpit, &proxy, "")?;
    let storm = Storm::begin(world)?;
    let began = Instant::now();
    let under = pressed(&mut cockpit, &proxy, ", under a storm of events")?;
    let (events, seconds) = (storm.end(), began.elapsed().as_secs_f64());
    #[expect(clippy::cast_precision_loss, reason = "a small count")]
    let rate = events as f64 / seconds;
    rows.extend(under.into_iter().map(|row| Row {
        window: format!("{}; {rate:.0} events/s, {events} in all", row.window),
        happened: row.happened.min(events),
        ..row
    }));
    Ok(rows)
}

fn pressed(cockpit: &mut Terminal, proxy: &Proxy, when: &str) -> io::Result<Vec<Row>> {
    let echo = echoes(cockpit)?;
    let wire = requests(cockpit, proxy)?;
    let met = |times: &Times| times.quantile(0.99) <= Duration::from_millis(10);
    let row = |name: &str, times: &Times, window: &str| {
        Row::new(
            &format!("{name}{when}"),
            times.text(),
            format!("{} {window}", times.count()),
            times.count(),
        )
        .aims("p99 10 ms", met(times))
    };
    Ok(vec![
        row("key to echo on the screen", &echo, "times the help opened"),
        row(
            "key to request on the wire",
            &wire,
            "fresh readings asked for by a key",
        ),
    ])
}

fn echoes(cockpit: &mut Terminal) -> io::Result<Times> {
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let at = cockpit.keys("?")?;
        let shown = cockpit.see("Esc closes")?;
        times.push(shown.saturating_duration_since(at));
        cockpit.keys("\x1b")?;
        cockpit.wait("the help closed", |screen| !screen.contains("Esc closes"))?;
        settle(round);
    }
    Ok(Times::of(times))
}

/// A key that asks: the plan is made from a fresh reading, whose first request is what counts.
fn requests(cockpit: &mut Terminal, proxy: &Proxy) -> io::Result<Times> {
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        cockpit.keys("a")?;
        cockpit.see("a: actions")?;
        settle(round);
        drop(proxy.take());
        let at = cockpit.keys("b")?;
        cockpit.see("acting as")?;
        let first = proxy
            .take()
            .into_iter()
            .find(|request| request.at >= at && is_reading(&request.path));
        let first = first.ok_or_else(|| io::Error::other("a question without a request"))?;
        times.push(first.at - at);
        cockpit.keys("\x1b")?;
        cockpit.wait("the question closed", |screen| {
            !screen.contains("acting as")
        })?;
    }
    Ok(Times::of(times))
}

/// Neither a scrape, nor a watch, nor an access review.
fn is_reading(path: &str) -> bool {
    !path.contains("/proxy/") && !path.contains("watch=") && !path.contains("authorization")
}

/// The next key comes at another place between two ticks.
fn settle(round: usize) {
    thread::sleep(Duration::from_millis(20 + 31 * (round as u64 % 5)));
}

/// A thousand changes a second to a watched object.
struct Storm {
    stop: Arc<AtomicBool>,
    made: Arc<AtomicUsize>,
    maker: JoinHandle<()>,
}

impl Storm {
    fn begin(world: &World) -> io::Result<Self> {
        let mut kube = world.kube()?;
        let (stop, made) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let (ended, counted) = (stop.clone(), made.clone());
        let maker = thread::spawn(move || {
            let path = "/apis/apps/v1/namespaces/production/deployments/checkout";
            let began = Instant::now();
            for number in 1_u32.. {
                if ended.load(Ordering::SeqCst) {
                    break;
                }
                let change =
                    json!({ "metadata": { "annotations": { "bench": number.to_string() } } });
                if kube.ask("PATCH", path, Some(&change)).is_err() {
                    break;
                }
                counted.fetch_add(1, Ordering::SeqCst);
                let due = began + Duration::from_millis(1) * number;
                thread::sleep(due.saturating_duration_since(Instant::now()));
            }
        });
        Ok(Self { stop, made, maker })
    }

    fn end(self) -> usize {
        self.stop.store(true, Ordering::SeqCst);
        drop(self.maker.join());
        self.made.load(Ordering::SeqCst)
    }
}

/// From the last key of a roll back to the last answer of the bad version.
pub fn roll_back() -> io::Result<Vec<Row>> {
    let mut times = Vec::new();
    let mut answered = 0;
    for seed in ["1", "2", "3"] {
        let world = World::start(&["--scenario", "errors", "--seed", seed])?;
        let config = world.config("roll-back", world.url("kube"), "1s")?;
        let mut cockpit = Terminal::start((80, 24), &config, &OPEN)?;
        cockpit.see("METRICS live")?;
        cockpit.keys("a")?;
        cockpit.see("a: actions")?;
        cockpit.keys("b")?;
        cockpit.see("acting as")?;
        // Keys that were typed before the question opened do not count.
        thread::sleep(Duration::from_millis(500));
        let before = served(&mut world.control()?)?;
        let at = cockpit.keys("y")?;
        let (last, count) = last_answer(&world, at)?;
        times.push(last.saturating_duration_since(at));
        answered += count - before;
        cockpit.see("recovered in")?;
    }
    let times = Times::of(times);
    let longest = times.quantile(1.0);
    Ok(vec![
        Row::new(
            "roll back: key to the last request answered by the bad version",
            format!("longest {}", millis(longest)),
            format!(
                "{} roll backs, {answered} answers of the bad version after the key",
                times.count()
            ),
            times.count(),
        )
        .aims("1 s", longest <= Duration::from_secs(1)),
    ])
}

/// Answers of the bad version so far.
fn served(control: &mut Http) -> io::Result<u64> {
    let served = control.ask("GET", "/served", None)?;
    Ok(served["since_start"]["v2.42.0"]["requests"]
        .as_u64()
        .unwrap_or(0))
}

/// Polls the ground truth until the bad version has been silent for two seconds.
fn last_answer(world: &World, began: Instant) -> io::Result<(Instant, u64)> {
    let mut control = world.control()?;
    let (mut last, mut count) = (began, served(&mut control)?);
    while last.elapsed() < Duration::from_secs(2) {
        let now = served(&mut control)?;
        if now != count {
            (last, count) = (Instant::now(), now);
        }
        if began.elapsed() > Duration::from_secs(30) {
            return Err(io::Error::other("the bad version still answers"));
        }
        thread::sleep(Duration::from_millis(5));
    }
    Ok((last, count))
}
