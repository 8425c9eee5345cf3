//! GitHub Actions against the demo world's CI server, over real sockets.

use super::{Provided, provider, released};
use crate::support::{DemoWorld, until};
use flightdeck::domain::pipeline::{Command, Cursor, LineKind, May, Run, RunId, State};
use flightdeck::sources::ci::watch::{Focus, Watch};
use flightdeck::sources::ci::{CiError, Scope};
use hyper::Method;
use serde_json::{Value, json};
use std::time::Duration;

async fn started(demo: &DemoWorld, jobs: &[&str]) -> Value {
    let body = json!({ "branch": "main", "commit": "a11ce5", "title": "One more", "jobs": jobs });
    demo.control(Method::POST, "/ci/runs", body).await
}

async fn moved(demo: &DemoWorld, job: &Value, state: &str) {
    let path = format!("/ci/jobs/{}", job["id"]);
    demo.control(Method::POST, &path, json!({ "state": state }))
        .await;
}

async fn calls(demo: &DemoWorld) -> Value {
    demo.control(Method::GET, "/ci/calls", Value::Null).await
}

async fn detail(ci: &Provided, id: &str) -> Run {
    let run = ci.provider.run(&RunId::new(id)).await.unwrap();
    ci.provider.detail(&run).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_read_with_its_parts_and_logs() {
    let demo = DemoWorld::start("good").await;
    let ci = provider(&demo);
    let scope = Scope {
        most: 20,
        ..Scope::default()
    };
    let past = ci.provider.runs(&scope).await.unwrap();
    assert!(past.len() >= 3 && past.iter().all(|run| run.state == State::Passed));
    assert!(past[0].number > past[1].number, "newest first");

    let run = started(
        &demo,
        &["lint", "unit (a)", "unit (b)", "deploy production"],
    )
    .await;
    let id = run["run"].to_string();
    let jobs = run["jobs"].as_array().unwrap().clone();
    let read = detail(&ci, &id).await;
    assert_eq!(read.state, State::Queued);
    let stages: Vec<&str> = read
        .stages
        .as_ref()
        .unwrap()
        .iter()
        .map(|stage| stage.name.shown())
        .collect();
    assert_eq!(stages, ["lint", "unit", "deploy production"]);

    moved(&demo, &jobs[0], "in_progress").await;
    moved(&demo, &jobs[1], "failure").await;
    let read = detail(&ci, &id).await;
    assert_eq!(read.state, State::Running);
    let found: Vec<&State> = read.jobs().map(|(_, job)| &job.state).collect();
    assert_eq!(
        found,
        [
            &State::Running,
            &State::Failed,
            &State::Queued,
            &State::Queued
        ]
    );
    let failed = read.jobs().nth(1).unwrap().1;
    assert!(failed.failing_step().is_some());
    assert!(
        read.jobs().nth(2).unwrap().1.span.started.is_none(),
        "queued has not begun"
    );

    let running = read.jobs().next().unwrap().1;
    let refused = ci
        .provider
        .log(&read.id, &running.id, Cursor::default(), 1 << 20)
        .await;
    assert!(
        matches!(refused, Err(CiError::NotFound { .. })),
        "{refused:?}"
    );
    let log = ci
        .provider
        .log(&read.id, &failed.id, Cursor::default(), 1 << 20)
        .await
        .unwrap();
    assert!(log.ended && log.skipped_bytes == 0);
    assert!(
        log.lines
            .iter()
            .any(|line| line.kind == LineKind::Error && line.at.is_some())
    );
    assert!(
        log.lines
            .iter()
            .all(|line| !line.text.contains(['\u{1b}', '\u{feff}']))
    );
    let end = ci
        .provider
        .log(&read.id, &failed.id, Cursor::default(), 200)
        .await
        .unwrap();
    assert!(end.skipped_bytes > 0 && end.lines.len() < log.lines.len());
    assert_eq!(end.lines.last(), log.lines.last());

    // A job's id alone leads to its run.
    let found = ci.provider.find_job(&failed.id).await.unwrap();
    assert_eq!(found.id, read.id);
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unchanged_answers_do_not_count_also_after_a_restart() {
    let demo = DemoWorld::start("good").await;
    let first = provider(&demo);
    let scope = Scope {
        most: 20,
        ..Scope::default()
    };
    let runs = first.provider.runs(&scope).await.unwrap();
    let before = calls(&demo).await;
    assert_eq!(first.provider.runs(&scope).await.unwrap(), runs);
    let again = first.again(&demo);
    assert_eq!(again.provider.runs(&scope).await.unwrap(), runs);
    let after = calls(&demo).await;
    assert_eq!(after["counted"], before["counted"]);
    assert_eq!(
        after["unchanged"],
        json!(before["unchanged"].as_u64().unwrap() + 2)
    );
    let quota = again.provider.quota().unwrap();
    assert_eq!(quota.limit, 5000);
    assert!(quota.remaining < 5000 && quota.resets_at.is_some());
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_cancelled_and_run_again() {
    let demo = DemoWorld::start("good").await;
    let ci = provider(&demo);
    let run = started(&demo, &["lint", "build image"]).await;
    let id = RunId::new(run["run"].to_string());
    let early = ci.provider.act(&Command::Rerun(id.clone())).await;
    assert!(
        matches!(
            early,
            Err(CiError::Forbidden { .. } | CiError::Refused { .. })
        ),
        "{early:?}"
    );
    ci.provider.act(&Command::Cancel(id.clone())).await.unwrap();
    assert_eq!(detail(&ci, id.as_str()).await.state, State::Cancelled);
    let late = ci.provider.act(&Command::Cancel(id.clone())).await;
    assert!(
        matches!(late, Err(CiError::Refused { status: 409, .. })),
        "{late:?}"
    );
    ci.provider
        .act(&Command::RerunFailed(id.clone()))
        .await
        .unwrap();
    let again = detail(&ci, id.as_str()).await;
    assert_eq!((again.attempt, again.state), (2, State::Queued));
    let gone = ci.provider.act(&Command::Cancel(RunId::new("1"))).await;
    assert!(matches!(gone, Err(CiError::NotFound { .. })), "{gone:?}");
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn production_waits_for_a_person_and_a_rejection_stops_it() {
    let demo = DemoWorld::start("good").await;
    let ci = provider(&demo);
    let run = demo.control(Method::POST, "/ci/runs", json!({})).await;
    let id = run["run"].to_string();
    // The pipeline's own jobs are hurried by hand.
    let jobs = run["jobs"].as_array().unwrap().clone();
    for job in &jobs[..jobs.len() - 1] {
        moved(&demo, job, "success").await;
    }
    let waiting = until(
        "the run waits",
        async || detail(&ci, &id).await,
        |run| run.state == State::NeedsHuman,
    )
    .await;
    let approval = &waiting.approvals[0];
    assert_eq!(approval.environment.as_ref().unwrap().shown(), "production");
    assert_eq!(approval.may, May::Yes);
    assert!(approval.job.is_some() && approval.since.is_some());
    assert_eq!(approval.reviewers.len(), 2);
    let command = Command::Reject {
        run: waiting.id.clone(),
        what: vec![approval.id.clone()],
        comment: "not on a Friday".to_owned(),
    };
    ci.provider.act(&command).await.unwrap();
    let rejected = detail(&ci, &id).await;
    assert_eq!(rejected.state, State::Failed);
    assert!(rejected.approvals.is_empty());
    let twice = ci.provider.act(&command).await;
    assert!(
        matches!(twice, Err(CiError::Refused { status: 422, .. })),
        "{twice:?}"
    );
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_between_two_releases_are_told() {
    let demo = DemoWorld::start("good").await;
    let ci = provider(&demo);
    let (base, head) = ("e02d5f8", "a1b9c3e");
    let compared = ci.provider.compare(base, head).await.unwrap();
    assert_eq!((compared.ahead, compared.behind), (2, 0));
    assert!(
        compared.commits[0].id.shown().starts_with(head),
        "newest first"
    );
    assert!(compared.commits[0].request.is_some() && compared.added.is_some());
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_told_and_ends() {
    let demo = DemoWorld::start("good").await;
    let ci = provider(&demo);
    let mut watch = Watch::new(ci.provider.clone(), None, Duration::from_secs(5));
    let outage = json!({ "part": "ci", "mode": "error", "seconds": 60 });
    demo.control(Method::POST, "/outage", outage).await;
    let round = watch.round(&Focus::default(), released()).await;
    assert!(matches!(
        round.news,
        Err(CiError::ServerFault { status: 503, .. })
    ));
    let refuse = json!({ "part": "ci", "mode": "refuse", "seconds": 60 });
    demo.control(Method::POST, "/outage", refuse).await;
    let round = watch.round(&Focus::default(), released()).await;
    let Err(error) = round.news else {
        panic!("answered")
    };
    assert!(matches!(error, CiError::Unreachable { .. }), "{error:?}");
    assert!(error.fault().hint.is_some());
    assert!(round.wait <= Duration::from_secs(60));
    let over = json!({ "part": "ci", "mode": "refuse", "seconds": 0 });
    demo.control(Method::POST, "/outage", over).await;
    let round = watch.round(&Focus::default(), released()).await;
    assert!(round.news.unwrap().is_some());
    demo.stop().await;
}

/// Five repositories, watched for an hour at 5 s, each with two pipelines of eight jobs in it.
#[tokio::test(flavor = "multi_thread")]
async fn an_hour_of_five_repositories_costs_few_calls_and_tells_soon() {
    let demo = DemoWorld::start("good").await;
    let mut hour = super::economy::Hour::new(&demo).await;
    hour.pass().await;
    let counted = calls(&demo).await["counted"].as_u64().unwrap() - hour.counted_before;
    let p95 = hour.p95();
    eprintln!(
        "counted calls in an hour: {counted} (unchanged: {}), job changes: {}, p95 until told: {p95:.1} s",
        calls(&demo).await["unchanged"],
        hour.delays.len()
    );
    assert!(hour.delays.len() >= 5 * 2 * 8 * 2, "{}", hour.delays.len());
    assert!(counted < 500, "{counted}");
    assert!(p95 <= 10.0, "{p95}");
    demo.stop().await;
}
