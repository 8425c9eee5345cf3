//! Completions, the manual, and the names that the program is called by.

use crate::support::{DemoWorld, Ran, flightdeck, ran};
use std::io::Write as _;
use std::process::{Command, Stdio};

fn run(args: &[&str]) -> Ran {
    let home = tempfile::tempdir().unwrap();
    let mut command = flightdeck(home.path());
    command.args(args);
    ran(command)
}

fn commands() -> Vec<String> {
    let command = flightdeck::cli::command("flightdeck".as_ref());
    let visible = command.get_subcommands().filter(|sub| !sub.is_hide_set());
    visible.map(|sub| sub.get_name().to_owned()).collect()
}

#[test]
fn every_shell_completes_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run(&["completions", shell]).exits(0);
        assert_eq!(script.err, "");
        for command in commands() {
            assert!(script.out.contains(&command), "{shell} lacks {command}");
        }
    }
    let wrong = run(&["completions", "tcsh"]).exits(2);
    assert!(wrong.err.contains("bash"), "{wrong:#?}");
}

#[test]
fn bash_can_read_its_completions() {
    let script = run(&["completions", "bash"]).exits(0).out;
    let checked = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn();
    let Ok(mut bash) = checked else {
        eprintln!("SKIPPED: bash cannot be run here");
        return;
    };
    let mut input = bash.stdin.take().unwrap();
    input.write_all(script.as_bytes()).unwrap();
    drop(input);
    assert!(bash.wait().unwrap().success());
}

#[test]
fn the_manual_has_a_page_for_every_command() {
    let pages = run(&["man"]).exits(0).out;
    assert!(pages.contains(".TH flightdeck 1"), "{pages:.400}");
    for command in commands() {
        let title = format!(".TH flightdeck-{command} 1");
        assert!(pages.contains(&title), "no {title}");
    }
    // Each page calls the command as it is typed.
    assert!(
        pages.contains("\\fBflightdeck rollback\\fR"),
        "no synopsis of rollback"
    );
}

#[test]
fn as_a_plugin_it_calls_itself_so() {
    let home = tempfile::tempdir().unwrap();
    let plugin = home.path().join("kubectl-flightdeck");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_flightdeck"), &plugin).unwrap();
    let help = |program: &std::path::Path, args: &[&str]| {
        let mut command = Command::new(program);
        command.env_clear().env("HOME", home.path()).args(args);
        ran(command)
    };
    let of = help(&plugin, &["rollback", "--help"]).exits(0).out;
    assert!(of.contains("Usage: kubectl flightdeck rollback"), "{of}");
    let wrong = help(&plugin, &["fly"]).exits(2).err;
    assert!(wrong.contains("Usage: kubectl flightdeck"), "{wrong}");
    let plain = run(&["rollback", "--help"]).exits(0).out;
    assert!(plain.contains("Usage: flightdeck rollback"), "{plain}");

    let mut kubectl = Command::new("kubectl");
    let path = std::env::var("PATH").unwrap_or_default();
    kubectl
        .env_clear()
        .env("PATH", format!("{}:{path}", home.path().display()))
        .env("HOME", home.path())
        .args(["flightdeck", "--version"]);
    match kubectl.output() {
        Ok(output) => assert!(
            String::from_utf8_lossy(&output.stdout).starts_with("flightdeck "),
            "{output:?}"
        ),
        Err(error) => eprintln!("SKIPPED: kubectl cannot be run here ({error})"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_environment_the_one_with_a_release_under_way_is_meant() {
    let demo = DemoWorld::start("good").await;
    let open = demo.run(&["open", "checkout"]).await.exits(0);
    assert!(open.out.contains("checkout in production"), "{open:#?}");
    assert!(!open.out.contains("checkout in staging"), "{open:#?}");
    assert!(
        open.err.contains("production: v2.42.0 is under way"),
        "{open:#?}"
    );

    demo.run(&["rollback", "checkout", "-e", "production", "--yes"])
        .await
        .exits(0);
    let asked = demo.run(&["open", "checkout"]).await.exits(2);
    assert_eq!(asked.out, "", "production is not opened silently");
    for line in [
        "production: v2.41.0 serves, nothing is under way",
        "staging: ",
        "-e: production, staging",
    ] {
        assert!(asked.err.contains(line), "{line}: {asked:#?}");
    }
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_that_cannot_be_read_is_no_calm_one() {
    let demo = DemoWorld::start("good").await;
    let config = demo.world.dir().join("config.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let text = text.replace("namespace = \"staging\"", "namespace = \"elsewhere\"");
    std::fs::write(&config, text).unwrap();
    let asked = demo.run(&["open", "checkout"]).await.exits(2);
    assert!(asked.err.contains("staging: not known"), "{asked:#?}");
    assert!(
        asked.err.contains("production: v2.42.0 is under way"),
        "{asked:#?}"
    );
    demo.stop().await;
}
