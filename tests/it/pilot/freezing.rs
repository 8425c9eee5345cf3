//! Freezes: which moments they hold, also on days on which clocks are put forward or back; and how they are written.

use flightdeck::config::file::File;
use flightdeck::config::layer::{Overrides, Surroundings, layer};
use flightdeck::config::settings::{Origin, Settings};
use flightdeck::domain::freeze::{Freeze, frozen};
use jiff::Timestamp;
use std::path::{Path, PathBuf};

const HEAD: &str = "[services.checkout.environments.production]\nnamespace = \"production\"\n";
const STRATEGY: &str = "[services.checkout.environments.production.strategy]\nkind = \"canary\"\nstable = \"a\"\ncanary = \"b\"\nroute = \"a\"\n";

fn parse(lines: &str) -> Result<Settings, String> {
    let text = format!("{HEAD}{lines}\n{STRATEGY}");
    let file = File::parse(Path::new("/c.toml"), &text).map_err(|faults| {
        let lines: Vec<String> = faults.lines().to_vec();
        lines.join("\n")
    })?;
    let around = Surroundings {
        origin: Origin::File(PathBuf::from("/c.toml")),
        home: None,
        data_dir: PathBuf::from("/data"),
    };
    Ok(layer(&file, &Overrides::default(), &around).settings)
}

fn freezes(from: &str, until: &str, zone: &str) -> Vec<Freeze> {
    let line = format!(
        "freezes = [{{ name = \"f\", from = \"{from}\", until = \"{until}\", zone = \"{zone}\" }}]"
    );
    let settings = parse(&line).unwrap_or_else(|faults| panic!("{faults}"));
    settings.services[0].environments[0].policy.freezes.clone()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Window, moment, its end where it holds.
type Line = (
    (&'static str, &'static str, &'static str),
    &'static str,
    Option<&'static str>,
);

#[test]
fn a_freeze_holds_from_its_begin_to_its_end_in_its_own_time() {
    let friday = ("Fri 15:00", "Sat 00:00", "Europe/Berlin");
    let weekend = ("Fri 15:00", "Mon 08:00", "Europe/Berlin");
    let night = ("22:00", "06:00", "Europe/Berlin");
    let lunch = ("12:00", "13:00", "America/New_York");
    let holidays = ("2026-12-20", "2027-01-03", "Europe/Berlin");
    let spring = ("2026-03-29 02:30", "2026-03-29 12:00", "Europe/Berlin");
    let autumn = ("2026-10-25 02:30", "2026-10-25 02:45", "Europe/Berlin");
    let table: &[Line] = &[
        // In winter 15:00 in Berlin is 14:00 UTC, in summer 13:00.
        (friday, "2026-11-27T13:59:59Z", None),
        (friday, "2026-11-27T14:00:00Z", Some("2026-11-27T23:00:00Z")),
        (friday, "2026-11-27T22:59:59Z", Some("2026-11-27T23:00:00Z")),
        (friday, "2026-11-27T23:00:00Z", None),
        (friday, "2026-07-03T12:59:59Z", None),
        (friday, "2026-07-03T13:00:00Z", Some("2026-07-03T22:00:00Z")),
        // Over the week's end, and over the end of summer time within it.
        (
            weekend,
            "2026-11-30T06:59:59Z",
            Some("2026-11-30T07:00:00Z"),
        ),
        (weekend, "2026-11-30T07:00:00Z", None),
        (
            weekend,
            "2026-10-23T13:00:00Z",
            Some("2026-10-26T07:00:00Z"),
        ),
        (
            weekend,
            "2026-10-26T06:30:00Z",
            Some("2026-10-26T07:00:00Z"),
        ),
        (weekend, "2026-10-23T12:59:59Z", None),
        // Over the begin of summer time.
        (
            weekend,
            "2026-03-27T14:00:00Z",
            Some("2026-03-30T06:00:00Z"),
        ),
        (
            weekend,
            "2026-03-30T05:59:59Z",
            Some("2026-03-30T06:00:00Z"),
        ),
        (weekend, "2026-03-30T06:00:00Z", None),
        // Each night; on the short one too.
        (night, "2026-03-28T21:00:00Z", Some("2026-03-29T04:00:00Z")),
        (night, "2026-03-29T03:59:59Z", Some("2026-03-29T04:00:00Z")),
        (night, "2026-03-29T04:00:00Z", None),
        (night, "2026-10-25T04:30:00Z", Some("2026-10-25T05:00:00Z")),
        (night, "2026-10-25T12:00:00Z", None),
        (lunch, "2026-07-01T16:30:00Z", Some("2026-07-01T17:00:00Z")),
        (lunch, "2026-12-01T16:30:00Z", None),
        // Days of the calendar; the last one is part of it.
        (holidays, "2026-12-19T22:59:59Z", None),
        (
            holidays,
            "2026-12-19T23:00:00Z",
            Some("2027-01-03T23:00:00Z"),
        ),
        (
            holidays,
            "2027-01-03T22:59:59Z",
            Some("2027-01-03T23:00:00Z"),
        ),
        (holidays, "2027-01-03T23:00:00Z", None),
        // 02:30 is left out on that night: it begins before the hour that is missing.
        (spring, "2026-03-29T00:29:59Z", None),
        (spring, "2026-03-29T00:30:00Z", Some("2026-03-29T10:00:00Z")),
        // 02:30 to 02:45 comes twice: it holds from the first to the second.
        (autumn, "2026-10-25T00:29:59Z", None),
        (autumn, "2026-10-25T00:30:00Z", Some("2026-10-25T01:45:00Z")),
        (autumn, "2026-10-25T01:15:00Z", Some("2026-10-25T01:45:00Z")),
        (autumn, "2026-10-25T01:45:00Z", None),
    ];
    for ((from, until, zone), now, end) in table {
        let held = frozen(&freezes(from, until, zone), at(now));
        assert_eq!(
            held.as_ref().map(|held| held.until),
            end.map(at),
            "{from} to {until} {zone} at {now}"
        );
    }
}

#[test]
fn of_several_freezes_the_one_that_ends_last_is_told() {
    let line = "freezes = [\n{ name = \"night\", from = \"22:00\", until = \"06:00\", zone = \"UTC\" },\n{ name = \"weekend\", from = \"fri 15:00\", until = \"MON 08:00\", zone = \"UTC\" },\n]";
    let settings = parse(line).unwrap();
    let freezes = &settings.services[0].environments[0].policy.freezes;
    let held = frozen(freezes, at("2026-11-27T23:00:00Z")).unwrap();
    assert_eq!(
        (held.name.as_str(), held.until),
        ("weekend", at("2026-11-30T08:00:00Z"))
    );
    assert!(held.words().contains("\"weekend\" until 2026-11-30 08:00Z"));
}

#[test]
fn what_is_no_freeze_is_told_with_what_was_expected() {
    let table = [
        (
            "from = \"Fri 25:00\", until = \"Mon 08:00\", zone = \"UTC\"",
            "a time such as",
        ),
        (
            "from = \"Friday 15:00\", until = \"Mon 08:00\", zone = \"UTC\"",
            "a time such as",
        ),
        (
            "from = \"Fri 15:00\", until = \"08:00\", zone = \"UTC\"",
            "another kind of time",
        ),
        (
            "from = \"08:00\", until = \"08:00\", zone = \"UTC\"",
            "never end",
        ),
        (
            "from = \"2026-02-01\", until = \"2026-01-01\", zone = \"UTC\"",
            "before from",
        ),
        (
            "from = \"2026-02-30\", until = \"2026-03-01\", zone = \"UTC\"",
            "a time such as",
        ),
        (
            "from = \"08:00\", until = \"09:00\", zone = \"Europe/Berlim\"",
            "a time zone such as",
        ),
        ("from = \"08:00\", until = \"09:00\"", "zone: missing"),
        (
            "from = \"08:00\", until = \"09:00\", zone = \"UTC\", day = \"Fri\"",
            "unknown key",
        ),
    ];
    for (keys, expected) in table {
        let faults = parse(&format!("freezes = [{{ name = \"f\", {keys} }}]")).unwrap_err();
        assert!(faults.contains(expected), "{keys}: {faults}");
    }
    let faults =
        parse("[services.checkout.environments.production.pilot]\non_not_enough_data = \"guess\"")
            .unwrap_err();
    assert!(
        faults.contains("\"hold\", \"extend\" or \"continue\""),
        "{faults}"
    );
    let faults =
        parse("[services.checkout.environments.production.pilot]\nextend_by = \"5m\"").unwrap_err();
    assert!(faults.contains("only with on_not_enough_data"), "{faults}");
}
