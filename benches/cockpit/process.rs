//! What a process used, as the kernel counts it.

use std::io;
use std::time::Duration;

/// Clock ticks a second in `/proc/PID/stat`, the same on every Linux that this runs on.
const TICKS: u64 = 100;

/// Time on a processor since the start, in user and system mode.
pub fn busy(pid: u32) -> io::Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name in parentheses may hold blanks.
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
    let ticks = ticks(11).zip(ticks(12)).map(|(user, system)| user + system);
    let ticks = ticks.ok_or_else(|| io::Error::other(format!("not understood: {stat}")))?;
    Ok(Duration::from_millis(ticks * 1000 / TICKS))
}

/// Resident memory in MB (10^6 bytes).
pub fn resident(pid: u32) -> io::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let kilobytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes
        .map(|kilobytes| kilobytes * 1024.0 / 1e6)
        .ok_or_else(|| io::Error::other("no resident memory is told"))
}

/// The machine's load of the last minute.
pub fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or("?").to_owned()
}
