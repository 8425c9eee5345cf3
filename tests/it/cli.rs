//! The command line of the built program: what it refuses, with which exit code, and where it says so.

use crate::support::{Ran, flightdeck, ran};
use std::path::Path;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/data/config");

fn run(args: &[&str]) -> Ran {
    let home = tempfile::tempdir().unwrap();
    let mut command = flightdeck(home.path());
    command.args(args);
    ran(command)
}

fn with_config(config: &str, args: &[&str]) -> Ran {
    let path = format!("{DATA}/{config}");
    assert!(Path::new(&path).exists());
    let mut all = vec!["--config", path.as_str()];
    all.extend(args);
    run(&all)
}

#[test]
fn wrong_use_exits_2_and_prints_nothing_to_standard_output() {
    let wrong: &[&[&str]] = &[
        &["fly"],
        &["status", "--colour"],
        &["--color", "pink", "status"],
        &["-o", "yaml", "status"],
        &["watch", "--until", "soon"],
        &["watch", "--until", "101"],
        &["promote", "--timeout", "5"],
        &["demo", "--serve"],
        &["demo", "--scenario", "unheard-of"],
        &[
            "demo",
            "--serve",
            "--dir",
            "/dev/null/none",
            "--fleet",
            "40by100",
        ],
        &["plan"],
        &["plan", "launch"],
    ];
    for args in wrong {
        let ran = run(args).exits(2);
        assert_eq!(ran.out, "", "{args:?}");
        assert!(!ran.err.is_empty(), "{args:?}");
    }
}

#[test]
fn every_command_is_listed() {
    let help = run(&["--help"]).exits(0).out;
    let commands = help.split_once("Commands:\n").unwrap().1;
    let commands = commands.split_once("\n\n").unwrap().0.lines();
    // What a line goes on with is farther in.
    let named = commands.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let mut named: Vec<&str> = named
        .map(|line| line.split_whitespace().next().unwrap())
        .collect();
    named.sort_unstable();
    assert_eq!(
        named,
        [
            "abort",
            "approve",
            "cancel",
            "changes",
            "checklist",
            "completions",
            "config",
            "demo",
            "deploy",
            "doctor",
            "gates",
            "good",
            "help",
            "history",
            "joblog",
            "judge",
            "keys",
            "logs",
            "man",
            "note",
            "open",
            "pause",
            "pilot",
            "plan",
            "promote",
            "reject",
            "replay",
            "report",
            "rerun",
            "resume",
            "resume-plan",
            "rollback",
            "runbook",
            "runs",
            "smoke",
            "status",
            "theme",
            "undo-plan",
            "watch",
        ]
    );
}

#[test]
fn without_a_config_it_exits_3_and_names_the_places() {
    let ran = run(&["status"]).exits(3);
    for named in [
        "--config",
        "FLIGHTDECK_CONFIG",
        "config.toml",
        "flightdeck demo",
    ] {
        assert!(ran.err.contains(named), "{named}: {ran:#?}");
    }
    let error = run(&["-o", "json", "status"]).exits(3).json();
    assert_eq!(error["schema"], "flightdeck.error/1");
    assert_eq!(error["kind"], "config");
    assert_eq!(error["exit_code"], 3);
}

#[test]
fn a_wrong_config_exits_3_with_every_place() {
    let ran = with_config("invalid/many.toml", &["status"]).exits(3);
    assert!(
        ran.err
            .contains("many.toml:7:1: services.checkout.environments.production.namespce"),
        "{ran:#?}"
    );
    assert!(ran.err.contains("many.toml:27:8:"), "{ran:#?}");
    let missing = run(&["--config", "/nowhere/config.toml", "config", "check"]).exits(3);
    assert!(missing.err.contains("/nowhere/config.toml"), "{missing:#?}");
}

#[test]
fn config_print_tells_where_values_came_from() {
    let ran = with_config("valid/two.toml", &["config", "print", "--ascii"]).exits(0);
    for line in [
        "ui.theme = \"mono\"  # file",
        "ui.glyphs = \"ascii\"  # --ascii",
        "ui.inline = false  # default",
        "services.cart.environments.staging.strategy.drain = \"1m30s\"  # file",
    ] {
        assert!(
            ran.out.lines().any(|printed| printed == line),
            "{line}: {}",
            ran.out
        );
    }
    with_config("valid/two.toml", &["config", "check"]).exits(0);
}

#[test]
fn a_service_or_environment_that_is_not_told_exits_2() {
    let which = with_config("valid/two.toml", &["promote", "--yes"]).exits(2);
    assert!(which.err.contains("staging, production"), "{which:#?}");
    let meant = with_config("valid/two.toml", &["promote", "crat", "-e", "staging"]).exits(2);
    assert!(meant.err.contains("did you mean `cart`?"), "{meant:#?}");
    let meant = with_config("valid/two.toml", &["promote", "cart", "-e", "stagging"]).exits(2);
    assert!(meant.err.contains("did you mean `staging`?"), "{meant:#?}");
    let nothing = with_config("valid/two.toml", &["deploy", "cart", "-e", "prod"]).exits(2);
    assert!(nothing.err.contains("REGISTRY_URL"), "{nothing:#?}");
    let odd = with_config(
        "valid/two.toml",
        &["deploy", "cart", "-e", "prod", "--image", "a:b:c d"],
    )
    .exits(2);
    assert!(odd.err.contains("no image reference"), "{odd:#?}");
}

#[test]
fn a_kubeconfig_that_is_not_there_exits_3() {
    let ran = with_config(
        "valid/two.toml",
        &["-o", "json", "status", "cart", "-e", "staging"],
    )
    .exits(3);
    assert!(
        ran.json()["summary"]
            .as_str()
            .unwrap()
            .contains("valid/kube/config"),
        "{ran:#?}"
    );
}

#[test]
fn scenarios_are_listed() {
    let ran = run(&["demo", "--list"]).exits(0);
    for scenario in ["drill", "good", "errors", "latency", "quiet"] {
        assert!(
            ran.out.lines().any(|line| line.starts_with(scenario)),
            "{scenario}"
        );
    }
}

#[test]
fn themes_are_listed_checked_and_shown() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("config.toml");
    std::fs::create_dir(dir.path().join("themes")).unwrap();
    std::fs::write(
        dir.path().join("themes/mine.toml"),
        "inherits = \"dark\"\n[palette]\nok = \"#00ff00\"\n",
    )
    .unwrap();
    let run = |args: &[&str]| {
        let mut all = vec!["--config", config.to_str().unwrap()];
        all.extend(args);
        run(&all)
    };
    let listed = run(&["theme", "list"]).exits(0).out;
    for name in [
        "default",
        "dark",
        "light",
        "colourblind",
        "contrast",
        "mono",
        "mine",
    ] {
        assert!(
            listed.lines().any(|line| line.starts_with(name)),
            "{name} is not in\n{listed}"
        );
    }
    run(&["theme", "check"]).exits(0);
    let shown = run(&["theme", "preview", "mine", "--color", "truecolor"])
        .exits(0)
        .out;
    assert!(shown.contains("\u{1b}[0;38;2;0;255;0mok "), "{shown:?}");
    std::fs::write(
        dir.path().join("themes/broken.toml"),
        "[roles]\nokk = \"red\"\n",
    )
    .unwrap();
    let told = run(&["theme", "check"]).exits(3).out;
    assert!(
        told.contains("theme `broken`, line 2: unknown role `okk`"),
        "{told}"
    );
    run(&["theme", "preview", "nope"]).exits(3);
}

#[test]
fn keys_are_listed_and_checked_beside_the_config() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("config.toml");
    let run = |args: &[&str]| {
        let mut all = vec!["--config", config.to_str().unwrap()];
        all.extend(args);
        run(&all)
    };
    let listed = run(&["keys", "list"]).exits(0).out;
    assert!(
        listed.starts_with("[global]\n") && listed.contains("roll-back       = [\"a b\"]"),
        "{listed}"
    );
    std::fs::write(dir.path().join("keys.toml"), &listed).unwrap();
    assert_eq!(
        run(&["keys", "list"]).exits(0).out,
        listed,
        "what is listed can be written down"
    );
    std::fs::write(dir.path().join("keys.toml"), "[global]\nzoom = \"f\"\n").unwrap();
    let told = run(&["keys", "check"]).exits(3).out;
    assert!(
        told.contains("keys.toml: line 2: `f` is bound to both zoom and freeze"),
        "{told}"
    );
    std::fs::write(dir.path().join("keys.toml"), "[global]\nzoom = \"Z\"\n").unwrap();
    run(&["keys", "check"]).exits(0);
}

#[test]
fn a_theme_that_is_nowhere_is_a_mistake_of_the_config_with_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("config.toml");
    let valid = std::fs::read_to_string(format!("{DATA}/valid/minimal.toml")).unwrap();
    std::fs::write(&config, format!("[ui]\ntheme = \"drak\"\n{valid}")).unwrap();
    let ran = run(&["--config", config.to_str().unwrap(), "config", "check"]).exits(3);
    let told = ran.err + &ran.out;
    assert!(
        told.contains(
            "config.toml:2:9: ui.theme: there is no theme \"drak\"; did you mean `dark`?"
        ),
        "{told}"
    );
}
