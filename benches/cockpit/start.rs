//! From the start of the process to its first frame and to live data, and what the first frame costs.

use crate::http::address;
use crate::proxy::{Proxy, Request};
use crate::table::{Row, Times};
use crate::terminal::Terminal;
use crate::world::{FLIGHTDECK, OPEN, World};
use std::collections::BTreeMap;
use std::io;
use std::thread;
use std::time::Duration;

const STARTS: usize = 15;

/// The rows of this file.
pub fn rows(world: &World) -> io::Result<Vec<Row>> {
    let config = world.config("start", world.url("kube"), "1s")?;
    let (mut frames, mut live) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let cockpit = Terminal::start((80, 24), &config, &OPEN)?;
        let frame = cockpit.see("checkout")?;
        frames.push(frame - cockpit.started);
        let seen = cockpit.see("METRICS live")?;
        live.push(seen - cockpit.started);
    }
    let (frames, live) = (Times::of(frames), Times::of(live));
    let window = format!("{STARTS} starts, each until its data were live");
    let mut rows = vec![
        Row::new(
            "start to first frame",
            frames.text(),
            window.clone(),
            frames.count(),
        )
        .aims(
            "50 ms (median)",
            frames.median() <= Duration::from_millis(50),
        ),
        Row::new("start to live data", live.text(), window, live.count()).aims(
            "150 ms (median)",
            live.median() <= Duration::from_millis(150),
        ),
    ];
    rows.extend(first_frames(world)?);
    rows.push(calls(world)?);
    rows.push(size()?);
    Ok(rows)
}

fn first_frames(world: &World) -> io::Result<Vec<Row>> {
    let config = world.config("frame", world.url("kube"), "1s")?;
    let mut rows = Vec::new();
    for (size, most) in [((80, 24), 7_000), ((160, 45), 21_000)] {
        let cockpit = Terminal::start(size, &config, &OPEN)?;
        cockpit.see("METRICS live")?;
        let seen = cockpit.seen();
        rows.push(
            Row::new(
                &format!("bytes until the data are live, {} by {}", size.0, size.1),
                format!("{} bytes", seen.bytes),
                format!("{} pieces", seen.writes),
                seen.writes,
            )
            .aims(&format!("{most} bytes"), seen.bytes < most),
        );
    }
    Ok(rows)
}

/// Requests of a start and twenty seconds, by what they are.
fn calls(world: &World) -> io::Result<Row> {
    let proxy = Proxy::before(address(world.url("kube")), Duration::ZERO)?;
    let config = world.config("calls", &proxy.url(), "5s")?;
    let cockpit = Terminal::start((80, 24), &config, &OPEN)?;
    cockpit.see("METRICS live")?;
    thread::sleep(Duration::from_secs(20));
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut alike: BTreeMap<(String, String), usize> = BTreeMap::new();
    let requests = proxy.take();
    for request in &requests {
        *counts.entry(kind(request)).or_default() += 1;
        *alike.entry((kind(request), chosen(request))).or_default() += 1;
    }
    let most = |what: &str| {
        let of = alike.iter().filter(|((kind, _), _)| kind.starts_with(what));
        of.map(|(_, count)| *count).max().unwrap_or(0)
    };
    // A watch lasts 15 s, so that a dead one is noticed.
    let met = most("list ") <= 1 && most("watch ") <= 2;
    let told: Vec<String> = counts
        .iter()
        .map(|(kind, count)| format!("{kind} {count}"))
        .collect();
    Ok(Row::new(
        "calls of a start and 20 s, scraped every 5 s",
        told.join(", "),
        format!("{} requests", requests.len()),
        requests.len(),
    )
    .aims("no list twice, no watch before its end", met))
}

/// Which objects a list or a watch is of.
fn chosen(request: &Request) -> String {
    let query = request.path.split_once('?').map_or("", |(_, query)| query);
    let selectors = query.split('&').filter(|part| part.contains("Selector="));
    selectors.collect::<Vec<_>>().join("&")
}

fn kind(request: &Request) -> String {
    let path = request.path.split('?').next().unwrap_or_default();
    if path.contains("/proxy/") {
        return "scrape".to_owned();
    }
    if request.method == "POST" {
        return "review".to_owned();
    }
    let words: Vec<&str> = path.trim_matches('/').split('/').collect();
    let resources = words
        .iter()
        .position(|word| *word == "namespaces")
        .map_or(&words[..], |at| words.get(at + 2..).unwrap_or(&[]));
    match (request.path.contains("watch="), resources) {
        (true, [resource, ..]) => format!("watch {resource}"),
        (false, [resource])
            if request.path.contains("labelSelector")
                || request.path.contains("fieldSelector")
                || request.path.contains("limit=") =>
        {
            format!("list {resource}")
        }
        (false, [resource, ..]) => format!("get {resource}"),
        (_, []) => "other".to_owned(),
    }
}

fn size() -> io::Result<Row> {
    let bytes = std::fs::metadata(FLIGHTDECK)?.len();
    #[expect(clippy::cast_precision_loss, reason = "a file's size")]
    let megabytes = bytes as f64 / 1e6;
    Ok(Row::new(
        "binary",
        format!("{megabytes:.1} MB"),
        "one file".to_owned(),
        usize::from(bytes > 0),
    )
    .aims("15 MB", megabytes < 15.0))
}
