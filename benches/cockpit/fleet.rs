//! Five hundred services and ten thousand pods.

use crate::leave::cost;
use crate::table::{Row, Times, millis};
use crate::terminal::Terminal;
use crate::world::World;
use std::io;
use std::thread;
use std::time::Duration;

const WINDOW: Duration = Duration::from_secs(30);

/// The cluster is live and its services have states, most of them healthy.
fn is_live(screen: &str) -> bool {
    let title = screen.lines().next().unwrap_or_default();
    title.contains(" live ") && title.contains('✓')
}

/// The rows of this file; none, said aloud, where the binary has no such world.
pub fn rows() -> io::Result<Vec<Row>> {
    let world = match World::start(&["--fleet", "500x20"]) {
        Ok(world) => world,
        Err(error) => {
            crate::say(&format!("SKIPPED: the fleet ({error})"));
            return Ok(Vec::new());
        }
    };
    let config = world.config("fleet", world.url("kube"), "5s")?;
    let (mut frames, mut live) = (Vec::new(), Vec::new());
    let mut last = None;
    for _ in 0..5 {
        let cockpit = Terminal::start((80, 24), &config, &[])?;
        let frame = cockpit.wait("a first frame", |screen| !screen.trim().is_empty())?;
        frames.push(frame - cockpit.started);
        let seen = cockpit.wait("live data", is_live)?;
        live.push(seen - cockpit.started);
        last = Some(cockpit);
    }
    let (frames, live) = (Times::of(frames), Times::of(live));
    let Some(cockpit) = last else {
        return Ok(Vec::new());
    };
    thread::sleep(Duration::from_secs(10));
    let (share, memory, pieces) = cost(&cockpit, WINDOW)?;
    let window = format!("{} starts on 500 services with 20 pods each", live.count());
    Ok(vec![
        Row::new(
            "fleet 500x20: start to first frame, to live data",
            format!(
                "{}, {} (medians)",
                millis(frames.median()),
                millis(live.median())
            ),
            window,
            live.count(),
        )
        .aims(
            "50 ms, 1.5 s",
            frames.median() <= Duration::from_millis(50)
                && live.median() <= Duration::from_millis(1500),
        ),
        Row::new(
            "fleet 500x20: processor, resident memory",
            format!("{share:.2} % of a core, {memory:.1} MB"),
            format!("{} s with {pieces} pieces written", WINDOW.as_secs()),
            pieces,
        )
        .aims("1 %, 80 MB", share <= 1.0 && memory <= 80.0),
    ])
}
