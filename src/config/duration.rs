//! Durations as people write them: `400ms`, `20s`, `1m30s`.

use std::time::Duration;

/// The units, longest first, with their milliseconds.
const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Reads whole numbers with units `d`, `h`, `m`, `s` and `ms`, each at most once and in this order. `None`: it is none.
pub fn parse(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut units = UNITS.iter();
    let mut total: u64 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest.get(..digits)?.parse().ok()?;
        let unit_and_more = rest.get(digits..)?;
        let end = unit_and_more
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(unit_and_more.len());
        let (unit, more) = unit_and_more.split_at(end);
        let (_, milliseconds) = units.find(|(name, _)| *name == unit)?;
        total = total.checked_add(number.checked_mul(*milliseconds)?)?;
        rest = more;
    }
    Some(Duration::from_millis(total))
}

/// Writes a duration so that [`parse`] reads the same, to the millisecond.
pub fn write(duration: Duration) -> String {
    let mut left = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let mut parts = Vec::new();
    for (unit, milliseconds) in UNITS {
        let number = left / milliseconds;
        left %= milliseconds;
        if number > 0 {
            parts.push(format!("{number}{unit}"));
        }
    }
    if parts.is_empty() {
        "0s".to_owned()
    } else {
        parts.concat()
    }
}
