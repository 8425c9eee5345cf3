//! Each golden value of the shared file; a kind of value that is not known here fails.

use std::collections::BTreeMap;

use flightdeck::analysis::latency::{bucket_quantile, quantile_bracket};
use flightdeck::analysis::ratio::RatioPath;
use flightdeck::analysis::sequential::Onset;
use flightdeck::analysis::sequential::burst::burst_factor;
use flightdeck::analysis::sequential::cpu::{Block, CpuSign};
use flightdeck::analysis::sequential::detect::{Outlook, detectable};
use flightdeck::analysis::sequential::evidence::{
    LimitEvidence, Pair, RatioEvidence, ShareEvidence,
};
use flightdeck::analysis::sequential::recorded::Recorded;
use flightdeck::analysis::sequential::watched::{Tolerance, watched_bounds};
use flightdeck::analysis::series::{Interval, close_intervals};
use flightdeck::analysis::share::{difference, share_interval};
use flightdeck::domain::counters::{Bucket, Counters, PodReading, Reading, Scrape, Side};
use jiff::Timestamp;
use serde_json::{Value, json};

const VECTORS: &str = include_str!("../data/canary-vectors.json");

#[test]
fn every_vector_is_given() {
    let document: Value = serde_json::from_str(VECTORS).unwrap();
    let tolerance = document["tolerance"].as_f64().unwrap();
    let cases = document["cases"].as_array().unwrap();
    let mut wrong = Vec::new();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for case in cases {
        let kind = case["kind"].as_str().unwrap();
        *kinds.entry(kind).or_default() += 1;
        let got = answer(kind, &case["input"]);
        compare(
            &got,
            &case["expected"],
            tolerance,
            case["id"].as_str().unwrap(),
            &mut wrong,
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!((kinds.len(), cases.len()), (14, 108), "{kinds:?}");
}

/// What is expected must be there, each number within `tolerance * max(1, |expected|)`.
fn compare(got: &Value, expected: &Value, tolerance: f64, at: &str, wrong: &mut Vec<String>) {
    match (got, expected) {
        (Value::Number(got), Value::Number(expected)) => {
            let (got, expected) = (got.as_f64().unwrap(), expected.as_f64().unwrap());
            if (got - expected).abs() > tolerance * expected.abs().max(1.0) {
                wrong.push(format!("{at}: {got} is not {expected}"));
            }
        }
        (Value::Array(got), Value::Array(expected)) if got.len() == expected.len() => {
            for (index, (got, expected)) in got.iter().zip(expected).enumerate() {
                compare(got, expected, tolerance, &format!("{at}[{index}]"), wrong);
            }
        }
        (Value::Object(got), Value::Object(expected)) => {
            for (key, expected) in expected {
                let got = got.get(key).unwrap_or(&Value::Null);
                compare(got, expected, tolerance, &format!("{at}.{key}"), wrong);
            }
        }
        _ if got == expected => {}
        _ => wrong.push(format!("{at}: {got} is not {expected}")),
    }
}

fn answer(kind: &str, input: &Value) -> Value {
    match kind {
        "ratio_e" => ratio_e(input),
        "share_e" => share_e(input),
        "limit_e" => limit_e(input),
        "cpu_sign_e" => cpu_sign_e(input),
        "share_interval" => {
            let (lower, upper) = share_interval(
                number(&input["bad"]),
                number(&input["requests"]),
                number(&input["error"]),
                or(&input["phi"], 1.0),
            );
            json!({ "lower": lower, "upper": upper })
        }
        "ratio_interval" => ratio_interval(input),
        "difference_bounds" => {
            let half = number(&input["error"]) / 2.0;
            let of = |pair: &Value| share_interval(number(&pair[1]), number(&pair[0]), half, 1.0);
            let (lower, upper) = difference(of(&input["canary"]), of(&input["stable"]));
            json!({ "lower": lower, "upper": upper })
        }
        "burst_factor" => burst(input),
        "watched_bounds" => {
            let tolerance = Tolerance {
                usual: or(&input["tolerance"], 0.03),
                warm: or(&input["warm_tolerance"], 0.5),
            };
            let watched = watched_bounds(
                &numbers(&input["bounds"]),
                &numbers(&input["cumulative"]),
                tolerance,
            );
            serde_json::to_value(watched).unwrap()
        }
        "bucket_quantile" => {
            json!({ "value": bucket_quantile(&buckets(input), number(&input["q"])) })
        }
        "quantile_bracket" => {
            let (q, error) = (number(&input["q"]), number(&input["error"]));
            let (lower, upper) = quantile_bracket(&buckets(input), q, error);
            json!({ "lower": lower, "upper": upper })
        }
        "detectable" => detect(input),
        "close_intervals" => close(input),
        "judge" => {
            let recorded: Recorded = serde_json::from_value(input.clone()).unwrap();
            recorded.check().unwrap();
            serde_json::to_value(recorded.judge().1).unwrap()
        }
        other => panic!("no function is known for vectors of kind `{other}`"),
    }
}

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .or_else(|| value.as_str()?.parse().ok())
        .unwrap_or(f64::NAN)
}

fn or(value: &Value, default: f64) -> f64 {
    value.as_f64().unwrap_or(default)
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

/// `[n, m, x, y]` as the file writes an interval.
fn pairs(input: &Value) -> Vec<Pair> {
    let pair = |row: &Value| Pair {
        n: number(&row[0]),
        m: number(&row[1]),
        x: number(&row[2]),
        y: number(&row[3]),
    };
    input["intervals"]
        .as_array()
        .unwrap()
        .iter()
        .map(pair)
        .collect()
}

fn onset(input: &Value) -> Onset {
    let usual = Onset::default();
    Onset {
        at_once: or(&input["p_on"], usual.at_once),
        horizon: input["horizon"]
            .as_u64()
            .map_or(usual.horizon, |h| h.try_into().unwrap()),
        cap: or(&input["cap"], usual.cap),
    }
}

fn ratio_e(input: &Value) -> Value {
    let phi = or(&input["phi"], 1.0);
    let mut evidence = RatioEvidence::new(number(&input["rho"]), phi, onset(input));
    let path: Vec<f64> = pairs(input)
        .into_iter()
        .map(|pair| evidence.push(pair))
        .collect();
    json!({ "log_e": path })
}

fn limit_e(input: &Value) -> Value {
    let phi = or(&input["phi"], 1.0);
    let mut evidence = LimitEvidence::new(number(&input["limit"]), phi, onset(input));
    let is_stable = input["arm"] == "stable";
    let push = |pair: Pair| {
        if is_stable {
            evidence.push(pair.m, pair.y)
        } else {
            evidence.push(pair.n, pair.x)
        }
    };
    json!({ "log_e": pairs(input).into_iter().map(push).collect::<Vec<f64>>() })
}

fn share_e(input: &Value) -> Value {
    let phi = or(&input["phi"], 1.0);
    let mut evidence = ShareEvidence::new(number(&input["tail"]), phi, onset(input));
    let rho = number(&input["rho"]);
    let warm = input["warm"].as_u64().unwrap_or(0);
    let starts = input["warm_at"].as_array().map_or(vec![0], |at| {
        at.iter().map(|at| at.as_u64().unwrap()).collect()
    });
    let mut path = Vec::new();
    for (index, pair) in (0_u64..).zip(pairs(input)) {
        let is_warm = starts.iter().any(|&at| at <= index && index < at + warm);
        let tolerated = if is_warm {
            number(&input["rho_warm"])
        } else {
            rho
        };
        path.push(evidence.push(pair, tolerated));
    }
    json!({ "log_e": path })
}

fn cpu_sign_e(input: &Value) -> Value {
    let mut sign = CpuSign::new(number(&input["tolerance"]));
    let blocks = input["blocks"].as_array().unwrap().iter().map(|row| Block {
        canary_cpu: row[0].as_f64(),
        canary_requests: row[1].as_f64(),
        stable_cpu: row[2].as_f64(),
        stable_requests: row[3].as_f64(),
    });
    json!({ "log_e": blocks.filter_map(|block| sign.push(&block)).collect::<Vec<f64>>() })
}

fn ratio_interval(input: &Value) -> Value {
    let mut path = RatioPath::EMPTY;
    for pair in pairs(input) {
        path.push(pair.n, pair.x, pair.m, pair.y);
    }
    let (error, phi) = (number(&input["error"]), or(&input["phi"], 1.0));
    let at_once = path.interval(error, phi);
    path.settle();
    assert_eq!(
        at_once,
        path.interval(error, phi),
        "worked out at once or bit by bit"
    );
    json!({ "lower": at_once.0, "upper": at_once.1 })
}

fn burst(input: &Value) -> Value {
    let pod = |pod: &Value| (number(&pod[0]), number(&pod[1]));
    let block = |block: &Value| block.as_array().unwrap().iter().map(pod).collect();
    let blocks: Vec<Vec<(f64, f64)>> = input["blocks"]
        .as_array()
        .unwrap()
        .iter()
        .map(block)
        .collect();
    json!({ "phi": burst_factor(&blocks) })
}

fn buckets(input: &Value) -> Vec<Bucket> {
    let bounds = numbers(&input["bounds"]).into_iter().chain([f64::INFINITY]);
    bounds
        .zip(numbers(&input["cumulative"]))
        .map(|(le, count)| Bucket { le, count })
        .collect()
}

fn detect(input: &Value) -> Value {
    let usual = Outlook::default();
    let outlook = Outlook {
        canary_rps: number(&input["canary_rps"]),
        stable_rps: number(&input["stable_rps"]),
        bad_share: number(&input["bad_share"]),
        tolerated: or(&input["rho0"], usual.tolerated),
        alpha: or(&input["alpha"], usual.alpha),
        weight: or(&input["weight"], usual.weight),
        at_once: or(&input["p_on"], usual.at_once),
        burst: or(&input["phi"], usual.burst),
    };
    json!({ "ratio": detectable(&outlook, number(&input["seconds"])) })
}

fn at(value: &Value) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + value.as_i64().unwrap()).unwrap()
}

fn sample(value: &Value) -> Scrape {
    let mut pods = Vec::new();
    for (side, key) in [(Side::Canary, "canary"), (Side::Stable, "stable")] {
        for (pod, counts) in value[key].as_object().into_iter().flatten() {
            let counters = Counters {
                requests: number(&counts[0]),
                errors: number(&counts[1]),
                cpu_seconds: None,
                buckets: Vec::new(),
                started_at: None,
            };
            pods.push(PodReading {
                pod: pod.clone(),
                side,
                reading: Reading::Counted(counters),
            });
        }
    }
    Scrape {
        at: at(&value["t"]),
        pods,
    }
}

fn close(input: &Value) -> Value {
    let list = |key: &str| input[key].as_array().cloned().unwrap_or_default();
    let samples: Vec<Scrape> = list("samples").iter().map(sample).collect();
    let steps: Vec<Timestamp> = list("step_times").iter().map(at).collect();
    let warmup = input
        .get("warmup_until")
        .filter(|until| !until.is_null())
        .map(at);
    let row = |interval: &Interval| {
        let second = |at: Timestamp| at.as_second() - 1_700_000_000;
        json!({
            "t0": second(interval.span.from), "t1": second(interval.span.until),
            "n": interval.canary.requests, "x": interval.canary.errors,
            "m": interval.stable.requests, "y": interval.stable.errors,
            "used": interval.is_used(), "flags": interval.flags,
        })
    };
    let intervals = close_intervals(&samples, &steps, warmup);
    json!({ "intervals": intervals.iter().map(row).collect::<Vec<Value>>() })
}
