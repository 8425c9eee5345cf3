//! What it costs to leave it running: processor, memory, bytes.

use crate::process::{busy, resident};
use crate::table::Row;
use crate::terminal::Terminal;
use crate::world::{OPEN, World};
use serde_json::json;
use std::io;
use std::thread;
use std::time::Duration;

/// How long each is left alone.
const WINDOW: Duration = Duration::from_secs(60);
/// After a start, until what is only done once is done.
const SETTLED: Duration = Duration::from_secs(8);

/// Size, scrape interval, arguments, most bytes a second.
type Case = ((u16, u16), &'static str, &'static [&'static str], usize);

/// The rows of this file.
pub fn rows(world: &World) -> io::Result<Vec<Row>> {
    let mut rows = bytes(world)?;
    rows.push(live(world)?);
    world
        .control()?
        .ask("PUT", "/traffic", Some(&json!({ "rps": 0.0 })))?;
    rows.push(idle(world)?);
    world
        .control()?
        .ask("PUT", "/traffic", Some(&json!({ "rps": 200.0 })))?;
    rows.push(of_the_world(world)?);
    Ok(rows)
}

/// Bytes a second of several cockpits on the same canary: their bytes do not depend on each other.
fn bytes(world: &World) -> io::Result<Vec<Row>> {
    let cases: [Case; 6] = [
        ((80, 24), "5s", &[], 300),
        ((80, 24), "1s", &[], 700),
        ((80, 24), "5s", &["--low-bandwidth"], 60),
        ((160, 45), "5s", &[], 900),
        ((160, 45), "1s", &[], 2_100),
        ((160, 45), "5s", &["--low-bandwidth"], 180),
    ];
    let mut cockpits = Vec::new();
    for (number, (size, interval, arguments, most)) in cases.into_iter().enumerate() {
        let config = world.config(&format!("bytes-{number}"), world.url("kube"), interval)?;
        let arguments = [&OPEN, arguments].concat();
        let cockpit = Terminal::start(size, &config, &arguments)?;
        cockpit.see("checkout")?;
        cockpits.push((size, interval, arguments, most, cockpit));
    }
    thread::sleep(SETTLED);
    let before: Vec<_> = cockpits
        .iter()
        .map(|(.., cockpit)| cockpit.seen())
        .collect();
    thread::sleep(WINDOW);
    let rows = cockpits.iter().zip(before).map(|(cockpit, before)| {
        let (size, interval, arguments, most, cockpit) = cockpit;
        let seen = cockpit.seen();
        let pieces = seen.writes - before.writes;
        let seconds = usize::try_from(WINDOW.as_secs()).unwrap_or(1);
        let rate = (seen.bytes - before.bytes) / seconds;
        let low = arguments.last().filter(|last| last.starts_with("--"));
        Row::new(
            &format!(
                "live canary, {} by {}, samples every {interval}{}{}",
                size.0,
                size.1,
                if low.is_some() { ", " } else { "" },
                low.unwrap_or(&"")
            ),
            format!("{rate} B/s"),
            format!("{pieces} pieces in {seconds} s"),
            pieces,
        )
        .aims(&format!("{most} B/s"), rate < *most)
    });
    Ok(rows.collect())
}

/// Share of one core over the window in per cent, resident memory at its end, and the pieces written in it.
pub fn cost(cockpit: &Terminal, window: Duration) -> io::Result<(f64, f64, usize)> {
    let (before, seen) = (busy(cockpit.pid())?, cockpit.seen());
    thread::sleep(window);
    let used = busy(cockpit.pid())?.saturating_sub(before);
    let share = used.as_secs_f64() / window.as_secs_f64() * 100.0;
    let pieces = cockpit.seen().writes - seen.writes;
    Ok((share, resident(cockpit.pid())?, pieces))
}

fn settled(world: &World, name: &str) -> io::Result<(f64, f64, usize)> {
    let config = world.config(name, world.url("kube"), "5s")?;
    let cockpit = Terminal::start((80, 24), &config, &OPEN)?;
    cockpit.see("METRICS live")?;
    thread::sleep(SETTLED);
    cost(&cockpit, WINDOW)
}

fn live(world: &World) -> io::Result<Row> {
    let (share, memory, pieces) = settled(world, "live")?;
    Ok(Row::new(
        "live canary: processor, resident memory",
        format!("{share:.2} % of a core, {memory:.1} MB"),
        format!("{pieces} pieces written"),
        pieces,
    )
    .aims("1 %, 25 MB", share <= 1.0 && memory <= 25.0))
}

fn idle(world: &World) -> io::Result<Row> {
    let (share, memory, pieces) = settled(world, "idle")?;
    Ok(Row::new(
        "nothing changing: processor, resident memory",
        format!("{share:.2} % of a core, {memory:.1} MB"),
        format!("{pieces} pieces written, the clock's"),
        pieces,
    )
    .aims("0.3 %, 25 MB", share <= 0.3 && memory <= 25.0))
}

fn of_the_world(world: &World) -> io::Result<Row> {
    let answered = |world: &World| -> io::Result<u64> {
        let served = world.control()?.ask("GET", "/served", None)?;
        Ok(served["clients"]["answered"].as_u64().unwrap_or(0))
    };
    let (before, first) = (busy(world.pid())?, answered(world)?);
    let window = Duration::from_secs(20);
    thread::sleep(window);
    let used = busy(world.pid())?.saturating_sub(before).as_secs_f64() / window.as_secs_f64();
    let requests = answered(world)? - first;
    Ok(Row::new(
        "the demo world at 200 requests a second",
        format!("{:.1} % of a core", used * 100.0),
        format!("{requests} requests answered"),
        usize::try_from(requests).unwrap_or(usize::MAX),
    )
    .aims("25 %", used <= 0.25))
}
