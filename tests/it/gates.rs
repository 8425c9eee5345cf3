//! Names to gates: measured on names of real projects, and on names that every team uses.

use flightdeck::analysis::gates::{
    Dialect, GateMap, Mistake, Named, OwnRule, Part, Place, mistakes,
};
use flightdeck::domain::gate::Gate;

/// One line of a table of names.
struct Row {
    context: String,
    name: String,
    environment: String,
    gate: u8,
    is_clear: bool,
}

/// The columns of a CSV line; a quoted one may hold commas.
fn columns(line: &str) -> Vec<String> {
    let mut columns = vec![String::new()];
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => columns.push(String::new()),
            other => columns.last_mut().unwrap().push(other),
        }
    }
    columns
}

fn rows(table: &str) -> Vec<Row> {
    let mut lines = table.lines();
    let head = columns(lines.next().unwrap());
    let at = |name: &str| head.iter().position(|column| column == name).unwrap();
    let (context, name, environment) = (at("context"), at("name"), at("environment"));
    let (gate, ambiguous) = (at("gate"), at("ambiguous"));
    lines
        .map(|line| {
            let row = columns(line);
            Row {
                context: row[context].clone(),
                name: row[name].clone(),
                environment: row[environment].clone(),
                gate: row[gate].parse().unwrap(),
                is_clear: row[ambiguous] == "no",
            }
        })
        .collect()
}

/// Right and all: of every row, and of the clear ones.
fn score(table: &str, label: &str) -> [f64; 2] {
    let map = GateMap::new(&[]).unwrap();
    let mut counts = [[0_u32; 2]; 2];
    for row in rows(table) {
        let around = [row.context.as_str()];
        let placed = map.place(&Named {
            name: &row.name,
            environment: (!row.environment.is_empty()).then_some(row.environment.as_str()),
            around: &around,
            ..Named::default()
        });
        let is_right = placed.place.number() == row.gate;
        if !is_right {
            let Row { name, gate, .. } = &row;
            let found = placed.place.number();
            eprintln!(
                "{label}: {name:?} is gate {gate}, found {found} by {}",
                placed.rule
            );
        }
        for counted in [Some(0), row.is_clear.then_some(1)].into_iter().flatten() {
            counts[counted][0] += u32::from(is_right);
            counts[counted][1] += 1;
        }
    }
    let [all, clear] = counts.map(|[right, all]| f64::from(right) / f64::from(all));
    eprintln!(
        "{label}: {:.1} % of all, {:.1} % of the clear ones",
        all * 100.0,
        clear * 100.0
    );
    [all, clear]
}

#[test]
fn names_of_real_projects_find_their_gates() {
    let [all, clear] = score(include_str!("data/gates/measured.csv"), "gate score");
    assert!(all >= 0.95, "{all}");
    assert!(clear >= 0.99, "{clear}");
}

#[test]
fn names_that_every_team_uses_find_their_gates() {
    let [all, _] = score(include_str!("data/gates/common.csv"), "common names");
    assert!(all >= 0.99, "{all}");
}

#[test]
fn casing_and_punctuation_make_no_difference() {
    let map = GateMap::new(&[]).unwrap();
    let place = |name: &str| map.place(&Named::alone(name)).place.number();
    let spellings = [
        (
            5,
            [
                "deploy-production",
                "DeployProduction",
                "DEPLOY_PRODUCTION",
                "deploy:production",
            ],
        ),
        (
            4,
            [
                "deploy-staging",
                "DeployStaging",
                "Deploy: Staging!",
                "deploy.staging",
            ],
        ),
        (3, ["e2e-tests", "E2ETests", "E2E_TESTS", "e2e / tests"]),
        (
            1,
            [
                "unit-tests",
                "UnitTests",
                "unit_tests 3/5",
                "Unit Tests (${{ matrix.os }}, 1.2)",
            ],
        ),
        (
            2,
            ["build-image", "buildImage", "BUILD IMAGE", "🐳 Build image"],
        ),
    ];
    for (gate, names) in spellings {
        for name in names {
            assert_eq!(place(name), gate, "{name}");
        }
    }
}

#[test]
fn a_teams_own_map_comes_first_and_says_so() {
    let own = |name: &str, gate| OwnRule {
        name: name.to_owned(),
        gate,
    };
    let map = GateMap::new(&[
        own("ship-it.*", Some(Gate::Production)),
        own("eslint", None),
    ])
    .unwrap();
    let placed = map.place(&Named::alone("Ship-It eu"));
    assert_eq!(placed.place, Place::Gate(Gate::Production));
    assert_eq!(placed.rule, "your own map: ship-it.*");
    assert!(!placed.ambiguous);
    assert_eq!(map.place(&Named::alone("eslint")).place, Place::Chore);
    let whole = map.place(&Named::alone("eslint 2"));
    assert_eq!(
        whole.place,
        Place::Gate(Gate::Fast),
        "a whole name must match"
    );
    let error = GateMap::new(&[own("(", None)]).unwrap_err().to_string();
    assert!(
        error.contains("\"(\"") && error.contains("not a regular expression"),
        "{error}"
    );
}

#[test]
fn what_is_declared_beats_a_name() {
    let map = GateMap::new(&[]).unwrap();
    let declared = |name, environment| {
        let named = Named {
            environment: Some(environment),
            ..Named::alone(name)
        };
        map.place(&named).place.number()
    };
    assert_eq!(declared("deploy staging", "production"), 5);
    assert_eq!(declared("go", "prod-eu"), 5);
    assert_eq!(declared("deploy", "review/feature-1"), 4);
    assert_eq!(declared("deploy-prod", "pre-production"), 4);
    assert_eq!(declared("build", "production"), 2, "a build is a build");
    assert_eq!(declared("cleanup", "production"), 0);
}

#[test]
fn what_no_rule_knows_is_asked_around_it_and_then_unknown() {
    let map = GateMap::new(&[]).unwrap();
    let placed = map.place(&Named::alone("xyzzy"));
    assert_eq!(placed.place, Place::Unknown);
    assert!(placed.ambiguous);
    let around = ["Deploy to production"];
    let named = Named {
        around: &around,
        ..Named::alone("xyzzy")
    };
    let placed = map.place(&named);
    assert_eq!(placed.place.number(), 5);
    assert!(
        placed.ambiguous && placed.rule.contains("around it"),
        "{}",
        placed.rule
    );
    let steps = ["Set up job", "Run cargo test", "docker push"];
    let named = Named {
        steps: &steps,
        ..Named::alone("xyzzy")
    };
    let placed = map.place(&named);
    assert_eq!(placed.place.number(), 2, "{}", placed.rule);
    let plain = Named {
        dialect: Dialect::Plain,
        ..Named::alone("codeql / plan")
    };
    assert_ne!(
        map.place(&plain).rule,
        map.place(&Named::alone("codeql / plan")).rule
    );
}

#[test]
fn common_mistakes_are_named() {
    let part = |name, gate, order, steps| Part {
        name,
        place: Place::Gate(gate),
        order,
        steps,
        asks_a_person: false,
    };
    let plain: &[&str] = &["kubectl set image"];
    let bad = [
        part("deploy staging", Gate::Staging, 0, plain),
        part("build", Gate::Build, 1, &[]),
        part("deploy prod", Gate::Production, 2, plain),
    ];
    let found = mistakes(&bad, true, Some(("shop/checkout:latest", true)));
    let expected = [
        Mistake::NoFastChecks,
        Mistake::BuiltAfterDeploy("build".to_owned()),
        Mistake::NoScan,
        Mistake::MutableTag("shop/checkout:latest".to_owned()),
        Mistake::NoRolloutWait("deploy staging".to_owned()),
        Mistake::NoRolloutWait("deploy prod".to_owned()),
        Mistake::NoApproval("deploy prod".to_owned()),
    ];
    assert_eq!(found, expected);
    for mistake in &found {
        assert!(mistake.sentence().len() > 20);
    }
    let careful: &[&str] = &["helm upgrade", "kubectl rollout status"];
    let good = [
        part("lint", Gate::Fast, 0, &[]),
        part("build", Gate::Build, 1, &[]),
        part("trivy", Gate::Deeper, 2, &[]),
        part("deploy staging", Gate::Staging, 3, careful),
        Part {
            asks_a_person: true,
            ..part("deploy prod", Gate::Production, 4, careful)
        },
    ];
    assert_eq!(
        mistakes(&good, true, Some(("shop/checkout:v1.2.3", false))),
        []
    );
}

#[test]
fn the_command_prints_each_name_with_its_gate_and_rule() {
    use flightdeck::cli::Gates;
    use flightdeck::cli::globals::Format;
    use flightdeck::headless::{gates, output::Output};
    let run = |names: &[&str], input: &str, format| {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let wish = Gates {
            provider: None,
            names: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        let mut output = Output::new(format, &mut out, &mut err);
        let ended = gates::run(&wish, &[], input.as_bytes(), &mut output);
        drop(output);
        (ended.unwrap().unwrap(), String::from_utf8(out).unwrap())
    };
    let (code, json) = run(&["deploy-prod", "xyzzy\u{1b}[2J"], "", Format::Json);
    assert_eq!(code, 0);
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(document["schema"], "flightdeck.gates/1");
    assert_eq!(document["names"][0]["gate"], 5);
    assert_eq!(document["names"][1]["gate"], 0);
    assert_eq!(document["names"][1]["ambiguous"], true);
    let (_, text) = run(&["deploy-prod", "xyzzy\u{1b}[2J"], "", Format::Text);
    assert!(text.starts_with("5  deploy-prod"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text:?}");
}
