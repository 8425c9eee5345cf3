//! GitLab's answers in their exact shapes: bridges, retried jobs, manual jobs, approvals, traces.

use super::double::{Double, Reply, TOKEN};
use super::{job, outline, unknown};
use flightdeck::config::settings::CiKind;
use flightdeck::domain::pipeline::{
    ApprovalId, Command, Cursor, JobId, JobKind, LineKind, RunId, State,
};
use flightdeck::domain::text::Text;
use flightdeck::sources::ci::{CiError, Scope};
use serde_json::{Value, json};

const P: &str = "/api/v4/projects/shop%2Fcheckout";

fn pipeline(id: u64, status: &str) -> Value {
    json!({
        "id": id, "iid": 41, "project_id": 9, "sha": "a1b2c3", "ref": "main", "status": status, "source": "push",
        "created_at": "2026-11-23T10:00:00.123Z", "updated_at": "2026-11-23T10:05:00.000+01:00",
        "web_url": format!("https://gitlab.example.com/shop/checkout/-/pipelines/{id}"), "name": null,
    })
}

fn gitlab_job(id: u64, name: &str, stage: &str, status: &str) -> Value {
    json!({
        "id": id, "name": name, "stage": stage, "status": status, "allow_failure": false,
        "created_at": "2026-11-23T10:00:00.000Z", "started_at": null, "finished_at": null, "duration": null,
        "web_url": format!("https://gitlab.example.com/shop/checkout/-/jobs/{id}"),
        "commit": { "id": "a1b2c3", "title": "Faster totals" }, "pipeline": { "id": 100 },
    })
}

#[tokio::test]
async fn jobs_bridges_and_downstream_pipelines_make_one_run() {
    let server = Double::start().await;
    server.on(
        &format!("GET {P}/pipelines?"),
        [Reply::json(&json!([pipeline(100, "running")]))
            .with("ratelimit-limit", "2000")
            .with("ratelimit-remaining", "1990")
            .with("ratelimit-reset", "1795000000")],
    );
    let mut flaky = gitlab_job(14, "lint", "test", "failed");
    flaky["allow_failure"] = json!(true);
    let mut failed = gitlab_job(16, "unit 2/5", "test", "failed");
    failed["failure_reason"] = json!("script_failure");
    // Newest first, the retried one among them.
    let first = json!([
        gitlab_job(30, "deploy", "deploy", "waiting_for_callback"),
        gitlab_job(21, "build", "build", "success"),
        failed,
        flaky,
    ]);
    let second = json!([
        gitlab_job(11, "build", "build", "failed"),
        gitlab_job(9, "x", "test", "dreaming")
    ]);
    let next = format!(
        "<http://{}{P}/pipelines/100/jobs?page=2>; rel=\"next\", <http://{}/x>; rel=\"last\"",
        server.address, server.address
    );
    server.on(
        &format!("GET {P}/pipelines/100/jobs?per_page"),
        [Reply::json(&first).with("link", next)],
    );
    server.on(
        &format!("GET {P}/pipelines/100/jobs?page=2"),
        [Reply::json(&second)],
    );
    let mut child = gitlab_job(12, "child", "test", "running");
    child["downstream_pipeline"] = json!({ "id": 101, "project_id": 9, "status": "running",
        "web_url": "https://gitlab.example.com/shop/checkout/-/pipelines/101" });
    let mut other = gitlab_job(31, "infra", "deploy", "success");
    other["downstream_pipeline"] = json!({ "id": 500, "project_id": 77, "status": "success",
        "web_url": "https://gitlab.example.com/ops/infra/-/pipelines/500" });
    server.on(
        &format!("GET {P}/pipelines/100/bridges"),
        [Reply::json(&json!([child, other]))],
    );
    server.on(
        &format!("GET {P}/pipelines/101/jobs"),
        [Reply::json(&json!([gitlab_job(
            40,
            "e2e: [a, b]",
            "test",
            "canceling"
        )]))],
    );
    server.on(
        &format!("GET {P}/pipelines/101/bridges"),
        [Reply::json(&json!([]))],
    );
    // The other project is not to be seen by this token: 404, which is no fault.
    let gitlab = server.provider(CiKind::GitLab, "shop/checkout");
    let scope = Scope {
        most: 5,
        ..Scope::default()
    };
    let runs = gitlab.runs(&scope).await.unwrap();
    assert_eq!(
        (runs[0].number, &runs[0].state),
        (Some(41), &State::Running)
    );
    assert_eq!(gitlab.quota().unwrap().remaining, 1990);
    let whole = gitlab.detail(&runs[0]).await.unwrap();
    let expected = [
        ("test", vec!["x", "child", "lint", "unit 2/5"]),
        ("build", vec!["build"]),
        ("deploy", vec!["deploy", "infra"]),
        ("child / test", vec!["e2e: [a, b]"]),
    ];
    let expected = expected.map(|(stage, jobs)| {
        (
            stage.to_owned(),
            jobs.into_iter().map(str::to_owned).collect::<Vec<_>>(),
        )
    });
    assert_eq!(outline(&whole), expected);
    assert_eq!(whole.title.shown(), "Faster totals");
    assert_eq!(job(&whole, "lint").state, State::Warned);
    assert_eq!(job(&whole, "x").state, unknown("dreaming"));
    assert_eq!(job(&whole, "build").state, State::Passed);
    assert_eq!(job(&whole, "build").attempt, 2);
    assert_eq!(job(&whole, "deploy").state, State::Queued);
    assert_eq!(job(&whole, "e2e: [a, b]").state, State::Running);
    assert_eq!(
        job(&whole, "unit 2/5").reason.as_ref().unwrap().shown(),
        "script failure"
    );
    let started = |id: &str| JobKind::Downstream(Some(RunId::new(id)));
    assert_eq!(job(&whole, "child").kind, started("101"));
    assert_eq!(job(&whole, "infra").kind, started("77/500"));
    assert_eq!(server.asked()[0].headers["private-token"], TOKEN);
}

#[tokio::test]
async fn manual_jobs_and_blocked_deployments_are_approved_and_started() {
    let server = Double::start().await;
    let jobs = json!([
        gitlab_job(50, "rollout 25%", "production", "manual"),
        gitlab_job(51, "deploy", "production", "manual")
    ]);
    server.on(&format!("GET {P}/pipelines/100/jobs"), [Reply::json(&jobs)]);
    server.on(
        &format!("GET {P}/pipelines/100/bridges"),
        [Reply::json(&json!([]))],
    );
    let deployment = json!({ "id": 7, "status": "blocked", "environment": { "name": "production" }, "deployable": { "id": 51 },
        "created_at": "2026-11-23T10:01:00Z" });
    server.on(
        &format!("GET {P}/deployments?"),
        [Reply::json(&json!([deployment]))],
    );
    let mut detail = deployment.clone();
    detail["approvals"] =
        json!([{ "user": { "username": "ada" }, "status": "approved", "comment": "fine" }]);
    detail["approval_summary"] = json!({ "rules": [{ "access_level_description": "Maintainers", "required_approvals": 2 }] });
    server.on(&format!("GET {P}/deployments/7"), [Reply::json(&detail)]);
    server.on("POST ", [Reply::new(200, "{}")]);
    let gitlab = server.provider(CiKind::GitLab, "shop/checkout");
    server.on(
        &format!("GET {P}/pipelines/100"),
        [Reply::json(&pipeline(100, "manual"))],
    );
    let run = gitlab.run(&RunId::new("100")).await.unwrap();
    assert_eq!(run.state, State::NeedsHuman);
    let whole = gitlab.detail(&run).await.unwrap();
    assert_eq!(whole.approvals.len(), 2);
    let protected = &whole.approvals[1];
    assert_eq!(
        protected.environment.as_ref().unwrap().shown(),
        "production"
    );
    assert_eq!(protected.reviewers[0].shown(), "Maintainers (2 of them)");
    assert_eq!(protected.decisions[0].by.shown(), "ada");
    assert_eq!(
        job(&whole, "deploy").environment.as_ref().unwrap().shown(),
        "production"
    );
    let approve = |id: &ApprovalId| Command::Approve {
        run: run.id.clone(),
        what: vec![id.clone()],
        comment: "go".to_owned(),
    };
    let before = server.asked().len();
    gitlab.act(&approve(&protected.id)).await.unwrap();
    gitlab.act(&approve(&whole.approvals[0].id)).await.unwrap();
    let posts = &server.asked()[before..];
    let lines: Vec<&str> = posts.iter().map(|asked| asked.line.as_str()).collect();
    let expected = ["/deployments/7/approval", "/jobs/51/play", "/jobs/50/play"];
    assert_eq!(lines, expected.map(|path| format!("POST {P}{path}")));
    assert_eq!(
        serde_json::from_str::<Value>(&posts[0].body).unwrap(),
        json!({ "status": "approved", "comment": "go" })
    );
    let reject = Command::Reject {
        run: run.id.clone(),
        what: vec![whole.approvals[0].id.clone()],
        comment: String::new(),
    };
    let error = gitlab.act(&reject).await.unwrap_err();
    assert!(
        error.to_string().contains("waits until somebody starts it"),
        "{error}"
    );
}

#[tokio::test]
async fn what_failed_is_retried_and_a_cancel_is_looked_at_again() {
    let server = Double::start().await;
    server.on("POST ", [Reply::new(201, "{}")]);
    server.on(
        &format!("GET {P}/pipelines/100"),
        [Reply::json(&pipeline(100, "canceling"))],
    );
    let gitlab = server.provider(CiKind::GitLab, "shop/checkout");
    let run = RunId::new("100");
    gitlab
        .act(&Command::RerunFailed(run.clone()))
        .await
        .unwrap();
    gitlab
        .act(&Command::RerunJob(run.clone(), JobId::new("77/9")))
        .await
        .unwrap();
    let answered = gitlab.act(&Command::Cancel(run.clone())).await.unwrap();
    assert!(
        answered.text.shown().contains("running now"),
        "{answered:?}"
    );
    let error = gitlab.act(&Command::Rerun(run)).await.unwrap_err();
    assert!(matches!(error, CiError::Unable { .. }), "{error:?}");
    let lines = server.lines();
    assert_eq!(lines[0], format!("POST {P}/pipelines/100/retry"));
    assert_eq!(lines[1], "POST /api/v4/projects/77/jobs/9/retry");
}

#[tokio::test]
async fn a_trace_that_comes_whole_each_time_shows_only_what_is_new() {
    let server = Double::start().await;
    let running = gitlab_job(50, "unit", "test", "running");
    let over = gitlab_job(50, "unit", "test", "success");
    server.on(
        &format!("GET {P}/jobs/50"),
        [running.clone(), running.clone(), over].map(|job| Reply::json(&job)),
    );
    let one = "section_start:1700000000:prepare[collapsed=true]\r\u{1b}[0KPreparing\r\n\u{1b}[32;1m$ make\u{1b}[0;m\n 10%\r 100%\nhal";
    let two = format!("{one}f\nsection_end:1700000001:prepare\r\u{1b}[0K\n");
    let three = format!("{two}\u{1b}[0KERROR: Job failed\u{1b}]2;owned\u{7}\n");
    let other = "wholly other text, and longer than what was there before, since the job began anew on another runner........................";
    server.on(
        &format!("GET {P}/jobs/50/trace"),
        [
            Reply::new(200, one),
            Reply::new(200, two),
            Reply::new(200, three),
            Reply::new(200, other.repeat(4)),
        ],
    );
    let gitlab = server.provider(CiKind::GitLab, "shop/checkout");
    let (run, job) = (RunId::new("100"), JobId::new("50"));
    let first = gitlab
        .log(&run, &job, Cursor::default(), 65536)
        .await
        .unwrap();
    let kinds: Vec<_> = first
        .lines
        .iter()
        .map(|line| (line.kind, line.text.as_str()))
        .collect();
    let expected = [
        (LineKind::GroupBegin, "Preparing"),
        (LineKind::Command, "$ make"),
        (LineKind::Plain, " 100%"),
    ];
    assert_eq!(kinds, expected);
    let second = gitlab.log(&run, &job, first.next, 65536).await.unwrap();
    assert_eq!(second.lines[0].text, "half");
    assert_eq!(second.lines[1].kind, LineKind::GroupEnd);
    let third = gitlab.log(&run, &job, second.next, 65536).await.unwrap();
    assert_eq!(
        (third.lines.len(), third.lines[0].kind, third.ended),
        (1, LineKind::Error, true)
    );
    assert!(!third.lines[0].text.contains('\u{1b}'), "{third:?}");
    let fourth = gitlab.log(&run, &job, third.next, 65536).await.unwrap();
    assert!(
        fourth.restarted && fourth.next == Cursor::default(),
        "{fourth:?}"
    );
}

#[tokio::test]
async fn a_long_trace_is_held_only_in_part() {
    let server = Double::start().await;
    server.on(
        &format!("GET {P}/jobs/50"),
        [Reply::json(&gitlab_job(50, "unit", "test", "success"))],
    );
    let line = "0123456789abcdef\n";
    server.on(
        &format!("GET {P}/jobs/50/trace"),
        [Reply::new(200, line.repeat(200_000))],
    );
    let gitlab = server.provider(CiKind::GitLab, "shop/checkout");
    let piece = gitlab
        .log(
            &RunId::new("100"),
            &JobId::new("50"),
            Cursor::default(),
            1700,
        )
        .await
        .unwrap();
    assert!(
        piece.lines.len() <= 100 && piece.lines.len() >= 99,
        "{}",
        piece.lines.len()
    );
    let shown = u64::try_from(piece.lines.len() * line.len()).unwrap();
    assert_eq!(piece.skipped_bytes + shown, 200_000 * 17);
    assert!(piece.ended);
}

#[tokio::test]
async fn tests_are_counted_and_those_that_failed_are_named() {
    let server = Double::start().await;
    server.on(
        &format!("GET {P}/pipelines/100/jobs"),
        [Reply::json(&json!([gitlab_job(
            1, "unit", "test", "failed"
        )]))],
    );
    server.on(
        &format!("GET {P}/pipelines/100/bridges"),
        [Reply::json(&json!([]))],
    );
    server.on(&format!("GET {P}/pipelines/100/test_report_summary"), [Reply::json(&json!({
        "total": { "time": 1.5, "count": 10, "success": 7, "failed": 1, "skipped": 1, "error": 1, "suite_error": null }, "test_suites": [] }))]);
    server.on(&format!("GET {P}/pipelines/100/test_report"), [Reply::json(&json!({ "total_count": 10, "test_suites": [{ "test_cases": [
        { "status": "success", "name": "a" }, { "status": "failed", "name": "adds", "classname": "Totals" }, { "status": "error", "name": "b" } ] }] }))]);
    // The longer line must be known too, since lines are matched by how they begin.
    server.on(
        &format!("GET {P}/pipelines/100"),
        [Reply::json(&pipeline(100, "failed"))],
    );
    let gitlab = server.provider(CiKind::GitLab, "shop/checkout");
    let run = gitlab.run(&RunId::new("100")).await.unwrap();
    let tests = gitlab.detail(&run).await.unwrap().tests.unwrap();
    assert_eq!((tests.total, tests.failed, tests.skipped), (10, 2, 1));
    let names: Vec<&str> = tests.failed_names.iter().map(Text::shown).collect();
    assert_eq!(names, ["Totals adds", "b"]);
}

#[tokio::test]
async fn a_matrix_of_a_thousand_jobs_is_read_whole() {
    let server = Double::start().await;
    for page in 1..=10_u64 {
        let jobs: Vec<Value> = (0..100)
            .map(|n| {
                gitlab_job(
                    page * 100 + n,
                    &format!("test {page}-{n}"),
                    "test",
                    "success",
                )
            })
            .collect();
        let reply = Reply::json(&json!(jobs));
        let next = format!(
            "<http://{}{P}/pipelines/100/jobs?page={:02}>; rel=\"next\"",
            server.address,
            page + 1
        );
        let reply = if page < 10 {
            reply.with("link", next)
        } else {
            reply
        };
        let line = if page == 1 {
            "per_page".to_owned()
        } else {
            format!("page={page:02}")
        };
        server.on(&format!("GET {P}/pipelines/100/jobs?{line}"), [reply]);
    }
    server.on(
        &format!("GET {P}/pipelines/100/bridges"),
        [Reply::json(&json!([]))],
    );
    server.on(
        &format!("GET {P}/pipelines?"),
        [Reply::json(&json!([pipeline(100, "success")]))],
    );
    let gitlab = server.provider(CiKind::GitLab, "shop/checkout");
    let scope = Scope {
        most: 1,
        ..Scope::default()
    };
    let runs = gitlab.runs(&scope).await.unwrap();
    let whole = gitlab.detail(&runs[0]).await.unwrap();
    assert_eq!(whole.jobs().count(), 1000);
    assert_eq!(whole.stages.unwrap().len(), 1);
}
