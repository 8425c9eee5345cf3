//! `judge`: recorded counts from a file or standard input, and what is said of counts that make no sense.

use crate::support::{Ran, flightdeck, ran};
use serde_json::{Value, json};
use std::io::Write as _;

fn judged(input: &Value, args: &[&str]) -> Ran {
    let home = tempfile::tempdir().unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(file, "{input}").unwrap();
    let mut command = flightdeck(home.path());
    command
        .args(["judge", file.path().to_str().unwrap()])
        .args(args);
    ran(command)
}

fn interval(n: u32, x: u32) -> Value {
    json!({ "n": n, "m": 1900, "x": x, "y": 19 })
}

#[test]
fn a_file_is_judged_in_json_and_in_words() {
    let bad: Vec<Value> = (0..6).map(|_| interval(100, 9)).collect();
    let input = json!({ "intervals": bad, "params": { "alpha": 0.01 } });
    let document = judged(&input, &["-o", "json"]).exits(9).json();
    assert_eq!(document["schema"], "flightdeck.judgement/1");
    assert_eq!(document["verdict"], "rollback");
    assert_eq!(document["reason"], "error");
    assert_eq!(document["log_e_path"].as_array().unwrap().len(), 6);
    let sentence = document["sentence"].as_str().unwrap();
    for part in [
        "9.0 % of",
        "1.0 % on stable",
        "times as bad",
        "limit 100:1",
        "after 2 intervals",
    ] {
        assert!(sentence.contains(part), "{part}: {sentence}");
    }
    let text = judged(&input, &[]).exits(9).out;
    assert!(
        text.starts_with("rollback (error)\nRolling back: "),
        "{text}"
    );
}

#[test]
fn little_traffic_is_told_with_what_is_missing() {
    let few: Vec<Value> = (0..8)
        .map(|second| {
            json!({ "t0": second * 15, "t1": second * 15 + 15, "n": 10, "m": 190, "x": 0, "y": 1 })
        })
        .collect();
    let document = judged(&json!({ "intervals": few }), &["-o", "json"])
        .exits(0)
        .json();
    assert_eq!(document["verdict"], "not_enough_data");
    let sentence = document["sentence"].as_str().unwrap();
    assert!(
        sentence.contains("nothing bad seen in 80 canary requests")
            && sentence.contains("min more, or ")
            && sentence.contains("times the traffic share"),
        "{sentence}"
    );
    let none = judged(&json!({ "intervals": [] }), &["-o", "json"])
        .exits(0)
        .json();
    assert_eq!(none["reason"], "no_data");
}

#[test]
fn standard_input_is_read_where_no_file_is_named() {
    let home = tempfile::tempdir().unwrap();
    let mut command = flightdeck(home.path());
    command
        .args(["judge", "-o", "json"])
        .stdin(std::process::Stdio::null());
    let error = ran(command).exits(2).json();
    assert_eq!(error["summary"], "cannot judge standard input");
}

#[test]
fn counts_that_make_no_sense_are_named_with_their_place() {
    let cases = [
        (
            json!({ "intervals": [interval(10, 11)] }),
            "`intervals[0].x` is 11",
        ),
        (
            json!({ "intervals": [{ "n": -1, "m": 1, "x": 0, "y": 0 }] }),
            "`intervals[0].n` is -1",
        ),
        (
            json!({ "intervals": [{ "n": 1, "m": 1, "x": 0 }] }),
            "missing field `y`",
        ),
        (
            json!({ "intervals": [], "params": { "alpha": 2 } }),
            "`params.alpha` is 2",
        ),
        (
            json!({ "intervals": [], "params": { "aplha": 0.1 } }),
            "unknown field `aplha`",
        ),
        (
            json!({
                "intervals": [{ "n": 9, "m": 9, "x": 0, "y": 0, "slow": [[1, 1], [0, 0]] }],
                "params": { "slow": [{ "tail": 0.05, "rho": 1.1 }] },
            }),
            "`intervals[0].slow` has 2 entries; expected one for each of the 1 bounds",
        ),
    ];
    for (input, said) in cases {
        let ran = judged(&input, &[]).exits(2);
        assert!(ran.err.contains(said), "{said}: {}", ran.err);
        assert!(
            ran.err.contains("\"intervals\""),
            "what is expected: {}",
            ran.err
        );
        assert_eq!(ran.out, "");
    }
    let home = tempfile::tempdir().unwrap();
    let mut command = flightdeck(home.path());
    command.args(["judge", "/nowhere/counts.json"]);
    let ran = ran(command).exits(2);
    assert!(ran.err.contains("/nowhere/counts.json"), "{}", ran.err);
}
