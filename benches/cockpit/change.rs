//! From a change in the cluster to its cells on the screen, beside `kubectl get -w`, and what a slow wire adds.

use crate::http::address;
use crate::proxy::Proxy;
use crate::table::{Row, Times, millis};
use crate::terminal::Terminal;
use crate::world::{OPEN, World};
use serde_json::json;
use std::io::{self, BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

const ROUTE: &str = "/apis/gateway.networking.k8s.io/v1/namespaces/production/httproutes";
const ROUNDS: u64 = 60;

/// The weight that a line of text ends with, and when it was there.
type Told = (Instant, u64);

/// What three onlookers saw of the same changes.
struct Seen {
    /// After the bare watch: the cells.
    cells: Times,
    /// After the bare watch: the line of `kubectl get -w`.
    kubectl: Option<Times>,
}

/// The rows of this file.
pub fn rows(world: &World) -> io::Result<Vec<Row>> {
    let direct = look(world, Duration::ZERO)?;
    let slow = look(world, Duration::from_millis(20))?;
    let cells = &direct.cells;
    let met = cells.median() <= Duration::from_millis(3)
        && cells.quantile(0.99) <= Duration::from_millis(25);
    let mut rows = vec![
        Row::new(
            "change in the cluster to its cells, after a bare watch had it",
            cells.text(),
            format!(
                "{} changes of weight, each seen in its cells",
                cells.count()
            ),
            cells.count(),
        )
        .aims("median 3 ms, p99 25 ms", met),
    ];
    if let Some(kubectl) = &direct.kubectl {
        rows.push(
            Row::new(
                "the same change to the line of `kubectl get -w`, in the same run",
                kubectl.text(),
                format!("{} lines", kubectl.count()),
                kubectl.count(),
            )
            .aims(
                "the cells come no later (median)",
                cells.median() <= kubectl.median(),
            ),
        );
    }
    let moved = slow.cells.median().saturating_sub(cells.median());
    let fits = (Duration::from_millis(18)..=Duration::from_millis(22)).contains(&moved);
    rows.push(
        Row::new(
            "20 ms put between world and screen move the first row by",
            millis(moved),
            format!("{} changes through the delayed wire", slow.cells.count()),
            slow.cells.count(),
        )
        .aims("18 to 22 ms", fits),
    );
    Ok(rows)
}

fn look(world: &World, delay: Duration) -> io::Result<Seen> {
    let proxy = Proxy::before(address(world.url("kube")), delay)?;
    let config = world.config(&format!("change-{}", delay.as_millis()), &proxy.url(), "1s")?;
    let cockpit = Terminal::start((80, 24), &config, &OPEN)?;
    cockpit.see("METRICS live")?;
    let watch = bare_watch(world)?;
    let kubectl = kubectl(world);
    let mut kube = world.kube()?;
    let (mut cells, mut lines) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let weight = 10 + round % 7;
        let rules = json!([
            { "op": "replace", "path": "/spec/rules/0/backendRefs/0/weight", "value": 100 - weight },
            { "op": "replace", "path": "/spec/rules/0/backendRefs/1/weight", "value": weight },
        ]);
        kube.ask("PATCH", &format!("{ROUTE}/checkout"), Some(&rules))?;
        let known = told(&watch, weight)?;
        let wanted = format!("weight  {weight}%");
        let shown = cockpit.see(&wanted)?;
        cells.push(shown.saturating_duration_since(known));
        if let Some((_, told_by)) = &kubectl {
            lines.push(told(told_by, weight)?.saturating_duration_since(known));
        }
        // The next change meets a screen that is quiet again, at another place between two ticks.
        thread::sleep(Duration::from_millis(90 + 37 * (round % 5)));
    }
    let by_kubectl = kubectl.map(|(mut child, _)| {
        drop(child.kill());
        drop(child.wait());
        Times::of(lines)
    });
    Ok(Seen {
        cells: Times::of(cells),
        kubectl: by_kubectl,
    })
}

fn told(lines: &Receiver<Told>, weight: u64) -> io::Result<Instant> {
    loop {
        let line = lines.recv_timeout(Duration::from_secs(20));
        let (at, told) = line.map_err(|error| io::Error::other(format!("watch: {error}")))?;
        if told == weight {
            return Ok(at);
        }
    }
}

/// A watch of the route that does nothing but read: the moment that the watch delivered it.
fn bare_watch(world: &World) -> io::Result<Receiver<Told>> {
    let mut lines = world.kube()?.watch(&format!(
        "{ROUTE}?watch=true&fieldSelector=metadata.name%3Dcheckout"
    ))?;
    let (tell, told) = channel();
    thread::spawn(move || {
        let mut kept = Vec::new();
        while let Ok(line) = lines.next(&mut kept) {
            let at = Instant::now();
            let event: serde_json::Value = serde_json::from_slice(&line).unwrap_or_default();
            let weight = &event["object"]["spec"]["rules"][0]["backendRefs"][1]["weight"];
            if let Some(weight) = weight.as_u64()
                && tell.send((at, weight)).is_err()
            {
                break;
            }
        }
    });
    Ok(told)
}

/// `kubectl get -w` on the same route; `None`, said aloud, where it is not installed.
fn kubectl(world: &World) -> Option<(Child, Receiver<Told>)> {
    let started = Command::new("kubectl")
        .args([
            "get",
            "httproute",
            "checkout",
            "-n",
            "production",
            "-w",
            "-o",
        ])
        .arg("jsonpath={.spec.rules[0].backendRefs[1].weight}{\"\\n\"}")
        .arg("--kubeconfig")
        .arg(world.dir().join("kubeconfig"))
        .env("HOME", world.dir())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) => {
            crate::say(&format!("SKIPPED: kubectl cannot be run here ({error})"));
            return None;
        }
    };
    let out = BufReader::new(child.stdout.take()?);
    let (tell, told) = channel();
    thread::spawn(move || {
        for line in out.lines().map_while(Result::ok) {
            let at = Instant::now();
            if let Ok(weight) = line.trim().parse()
                && tell.send((at, weight)).is_err()
            {
                break;
            }
        }
    });
    // Its first line: the watch is open.
    told.recv_timeout(Duration::from_secs(20)).ok()?;
    Some((child, told))
}
