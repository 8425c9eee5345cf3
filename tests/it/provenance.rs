//! From which commit and run a release comes: by the CI servers' variables, by flags, and in the record of a world.

use crate::support::DemoWorld;
use clap::Parser as _;
use flightdeck::cli::provenance::ProvenanceArgs;
use flightdeck::domain::artifact::Image;
use serde_json::Value;

#[derive(clap::Parser)]
struct Line {
    #[command(flatten)]
    given: ProvenanceArgs,
}

const SHA: &str = "c4e81f20aa11bb22cc33dd44ee55ff6600112233";

/// Commit and run of an image with this tag, in a job with these variables, by these flags.
fn told(tag: &str, variables: &[(&str, &str)], flags: &[&str]) -> (Option<String>, Option<String>) {
    let line = Line::try_parse_from([&["flightdeck"], flags].concat()).unwrap();
    let image = Image::parse(&format!("registry.example.com/shop/checkout:{tag}")).unwrap();
    let variable = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let told = line.given.provenance(&image, variable);
    let shown = |text: flightdeck::domain::text::Text| text.shown().to_owned();
    (told.commit.map(shown), told.run.map(shown))
}

#[test]
fn each_servers_variables_tell_commit_and_run() {
    let cases: [(&[(&str, &str)], &str); 4] = [
        (&[("GITHUB_RUN_ID", "4812"), ("GITHUB_SHA", SHA)], "4812"),
        (&[("CI_PIPELINE_ID", "99"), ("CI_COMMIT_SHA", SHA)], "99"),
        (&[("BUILD_NUMBER", "7"), ("GIT_COMMIT", SHA)], "7"),
        (
            &[
                ("BUILD_NUMBER", "7"),
                ("GIT_COMMIT", SHA),
                ("BRANCH_NAME", "feature/cart"),
            ],
            "feature/cart/7",
        ),
    ];
    for (variables, run) in cases {
        let expected = (Some(SHA.to_owned()), Some(run.to_owned()));
        assert_eq!(told("v2.43.0", variables, &[]), expected, "{variables:?}");
        assert_eq!(
            told("c4e81f2-12", variables, &[]),
            expected,
            "{variables:?}"
        );
    }
}

#[test]
fn a_run_of_another_commit_says_nothing_of_the_image() {
    let job = [("GITHUB_RUN_ID", "4812"), ("GITHUB_SHA", SHA)];
    let of_tag = (Some("9a8b7c6".to_owned()), None);
    assert_eq!(told("9a8b7c6-12", &job, &[]), of_tag);
    assert_eq!(told("9a8b7c6-12", &[], &[]), of_tag);
    assert_eq!(told("v2.43.0", &[], &[]), (None, None));
    // Digits alone may be a date.
    assert_eq!(told("20261125-3", &job, &[]).1.as_deref(), Some("4812"));
    // What makes no sense is none, and an empty variable is not set.
    let odd = [("GITHUB_RUN_ID", "48 12\u{1b}[2J"), ("GITHUB_SHA", "main")];
    assert_eq!(told("v2.43.0", &odd, &[]), (None, None));
    let empty = [("GITHUB_RUN_ID", ""), ("CI_PIPELINE_ID", "99")];
    assert_eq!(told("v2.43.0", &empty, &[]), (None, Some("99".to_owned())));
}

#[test]
fn flags_go_before_variables_and_are_checked() {
    let job = [("GITHUB_RUN_ID", "4812"), ("GITHUB_SHA", SHA)];
    let flags = ["--run", "shop/4711", "--commit", "ABCDEF1"];
    let expected = (Some("abcdef1".to_owned()), Some("shop/4711".to_owned()));
    assert_eq!(told("v2.43.0", &job, &flags), expected);
    for wrong in [
        ["--commit", "main"],
        ["--commit", "abc"],
        ["--run", "4 8"],
        ["--run", ""],
    ] {
        assert!(
            Line::try_parse_from([&["flightdeck"][..], &wrong].concat()).is_err(),
            "{wrong:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deploy_of_a_job_is_recorded_with_its_commit_and_run() {
    let demo = DemoWorld::start("good").await;
    let image = flightdeck::demo::image::image_of("v2.43.0");
    let mut command = demo.command(&[
        "deploy", "checkout", "-e", "staging", "--image", &image, "-y",
    ]);
    command.env("GITHUB_RUN_ID", "4812").env("GITHUB_SHA", SHA);
    let done = tokio::task::spawn_blocking(move || crate::support::ran(command)).await;
    done.unwrap().exits(0);
    let history = ["history", "checkout", "-e", "staging"];
    let document = demo
        .run(&[&history[..], &["-o", "json"]].concat())
        .await
        .exits(0)
        .json();
    let newest = &document["releases"][0];
    assert_eq!(newest["tag"], "v2.43.0", "{document:#}");
    assert_eq!(newest["commit"], SHA);
    assert_eq!(newest["run"], "4812");
    let text = demo.run(&history).await.exits(0).out;
    assert!(
        text.contains(&format!("from: commit {SHA}, run 4812")),
        "{text}"
    );
    assert_eq!(document["releases"][1]["run"], Value::Null, "{document:#}");
    demo.stop().await;
}
