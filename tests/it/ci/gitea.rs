//! Gitea's and Forgejo's answers in their exact shapes.

use super::double::{Double, Reply, TOKEN};
use super::{job, outline, unknown};
use flightdeck::config::settings::CiKind;
use flightdeck::domain::pipeline::{Ability, Command, Cursor, JobId, LineKind, RunId, State};
use flightdeck::sources::ci::{CiError, Scope};
use serde_json::{Value, json};

const R: &str = "/api/v1/repos/shop/checkout/actions";
const NO_TIME: &str = "1970-01-01T00:00:00Z";

fn run(status: &str, conclusion: Option<&str>) -> Value {
    let mut run = json!({
        "id": 2, "url": "http://h/R/runs/2", "previous_attempt_url": null,
        "display_title": "Release 1.4.1", "path": "release.yml@refs/heads/main", "event": "push", "run_attempt": 1,
        "run_number": 7, "head_sha": "06b7a0e885002e929e801eccbb5512c292d6d18f", "head_branch": "main",
        "status": status, "actor": { "id": 1, "login": "cibed" }, "pull_requests": [],
        "started_at": "2026-11-23T21:13:50Z", "completed_at": NO_TIME,
    });
    if let Some(conclusion) = conclusion {
        run["conclusion"] = json!(conclusion);
        run["completed_at"] = json!("2026-11-23T21:14:20Z");
    }
    run
}

fn one_job(id: u64, name: &str, status: &str, conclusion: Option<&str>) -> Value {
    let mut job = json!({
        "id": id, "run_id": 2, "name": name, "labels": ["linux"], "run_attempt": 1, "status": status, "steps": [],
        "created_at": "2026-11-23T21:13:50Z", "started_at": "2026-11-23T21:13:51Z", "completed_at": NO_TIME,
    });
    if let Some(conclusion) = conclusion {
        job["conclusion"] = json!(conclusion);
    }
    job
}

#[tokio::test]
async fn runs_jobs_and_steps_come_in_the_normal_form() {
    let server = Double::start().await;
    let runs = json!({ "workflow_runs": [run("in_progress", None)], "total_count": 1 });
    server.on(&format!("GET {R}/runs?"), [Reply::json(&runs)]);
    let mut lint = one_job(6, "lint", "in_progress", None);
    lint["steps"] = json!([
        { "name": "Check formatting", "number": 0, "status": "completed", "conclusion": "success",
          "started_at": "2026-11-23T21:13:50Z", "completed_at": "2026-11-23T21:13:51Z" },
        { "name": "Run the linter", "number": 1, "status": "in_progress", "started_at": "2026-11-23T21:13:51Z",
          "completed_at": NO_TIME },
    ]);
    let mut waiting = one_job(8, "build-image", "waiting", None);
    waiting["started_at"] = json!(NO_TIME);
    let first = json!({ "jobs": [waiting, lint], "total_count": 3 });
    let second = json!({ "jobs": [one_job(9, "test (a, 1)", "completed", Some("timewarp"))], "total_count": 3 });
    let next = format!(
        "<http://{}{R}/runs/2/jobs?limit=50&page=2>; rel=\"next\",<http://{}/x>; rel=\"last\"",
        server.address, server.address
    );
    server.on(
        &format!("GET {R}/runs/2/jobs"),
        [Reply::json(&first).with("link", next)],
    );
    server.on(
        &format!("GET {R}/runs/2/jobs?limit=50&page=2"),
        [Reply::json(&second)],
    );
    let gitea = server.provider(CiKind::Gitea, "shop/checkout");
    let scope = Scope {
        reference: Some("main".to_owned()),
        commit: Some("06b7".to_owned()),
        most: 5,
    };
    let runs = gitea.runs(&scope).await.unwrap();
    let one = &runs[0];
    assert_eq!(one.id, RunId::new("2"));
    assert_eq!((one.number, one.name.shown()), (Some(7), "release"));
    assert_eq!(one.state, State::Running);
    assert_eq!(one.span.ended, None, "1970 is no time");
    let whole = gitea.detail(one).await.unwrap();
    let expected = [
        ("lint".to_owned(), vec!["lint".to_owned()]),
        ("build-image".to_owned(), vec!["build-image".to_owned()]),
        ("test".to_owned(), vec!["test (a, 1)".to_owned()]),
    ];
    assert_eq!(outline(&whole), expected);
    let lint = job(&whole, "lint");
    assert_eq!(lint.steps[1].state, State::Running);
    assert_eq!(lint.steps[1].span.ended, None);
    assert_eq!(job(&whole, "build-image").state, State::Queued);
    assert_eq!(job(&whole, "test (a, 1)").state, unknown("timewarp"));
    let asked = server.asked();
    assert!(
        asked[0].line.contains("limit=5&branch=main&head_sha=06b7"),
        "{}",
        asked[0].line
    );
    assert_eq!(asked[0].headers["authorization"], format!("token {TOKEN}"));
}

#[tokio::test]
async fn a_run_between_two_jobs_still_runs() {
    let server = Double::start().await;
    server.on(
        &format!("GET {R}/runs/2"),
        [Reply::json(&run("queued", None))],
    );
    let gitea = server.provider(CiKind::Gitea, "shop/checkout");
    assert_eq!(
        gitea.run(&RunId::new("2")).await.unwrap().state,
        State::Running
    );
}

#[tokio::test]
async fn every_word_of_a_state_is_known_or_shown_as_it_is() {
    let words = [
        ("queued", None, State::Queued),
        ("waiting", None, State::Queued),
        ("in_progress", None, State::Running),
        ("completed", Some("success"), State::Passed),
        ("completed", Some("failure"), State::Failed),
        ("completed", Some("cancelled"), State::Cancelled),
        ("completed", Some("skipped"), State::Skipped),
        ("completed", Some("moonlit"), unknown("moonlit")),
        ("sleeping", None, unknown("sleeping")),
    ];
    for (status, conclusion, expected) in words {
        let server = Double::start().await;
        let mut answer = run(status, conclusion);
        answer["started_at"] = json!(NO_TIME);
        server.on(&format!("GET {R}/runs/2"), [Reply::json(&answer)]);
        let gitea = server.provider(CiKind::Gitea, "shop/checkout");
        assert_eq!(gitea.run(&RunId::new("2")).await.unwrap().state, expected);
    }
}

#[tokio::test]
async fn a_log_is_followed_byte_by_byte_in_whole_lines() {
    let server = Double::start().await;
    let job = one_job(12, "unit", "in_progress", None);
    let over = one_job(12, "unit", "completed", Some("success"));
    server.on(
        &format!("GET {R}/jobs/12"),
        [
            Reply::json(&job),
            Reply::json(&job),
            Reply::json(&job),
            Reply::json(&over),
        ],
    );
    let first = "2026-11-23T21:08:13.9907053Z ::group::Run\n2026-11-23T21:08:14.0Z \u{1b}[31mFAIL\u{1b}[0m \u{1b}]0;x\u{7}a\n2026-11-23T21:08:15.0Z half";
    let second = " a line\n2026-11-23T21:08:16.0Z ##[error]Process completed with exit code 1.\n";
    let begun = first.rfind("2026").unwrap() as u64;
    server.on(
        &format!("GET {R}/jobs/12/logs"),
        [
            Reply::new(200, first),
            Reply::new(
                206,
                format!("{}{second}", &first[usize::try_from(begun).unwrap()..]),
            ),
            Reply::new(416, "").with(
                "content-range",
                format!("bytes */{}", first.len() + second.len()),
            ),
            Reply::new(206, "the end"),
        ],
    );
    let gitea = server.provider(CiKind::Gitea, "shop/checkout");
    let (run, job) = (RunId::new("2"), JobId::new("12"));
    let one = gitea
        .log(&run, &job, Cursor::default(), 65536)
        .await
        .unwrap();
    assert_eq!(one.lines.len(), 2, "half a line waits: {one:?}");
    assert_eq!(one.lines[0].kind, LineKind::GroupBegin);
    assert!(one.lines[1].text.starts_with("FAIL"), "{one:?}");
    assert!(!one.lines[1].text.contains('\u{1b}'), "{one:?}");
    assert_eq!(one.next.offset, begun);
    assert!(!one.ended);
    let two = gitea.log(&run, &job, one.next, 65536).await.unwrap();
    let texts: Vec<&str> = two.lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(
        texts,
        ["half a line", "Process completed with exit code 1."]
    );
    assert_eq!(two.lines[1].kind, LineKind::Error);
    let three = gitea.log(&run, &job, two.next, 65536).await.unwrap();
    assert!(three.lines.is_empty() && !three.ended && three.next == two.next);
    let four = gitea.log(&run, &job, three.next, 65536).await.unwrap();
    assert!(four.ended && four.lines[0].text == "the end", "{four:?}");
    let ranges: Vec<_> = server
        .asked()
        .iter()
        .filter_map(|asked| Some(asked.headers.get("range")?.to_str().unwrap().to_owned()))
        .collect();
    assert_eq!(ranges[0], format!("bytes={begun}-"));
}

#[tokio::test]
async fn what_cannot_be_done_is_said_and_nothing_is_sent() {
    let server = Double::start().await;
    let gitea = server.provider(CiKind::Gitea, "shop/checkout");
    let error = gitea
        .act(&Command::Cancel(RunId::new("2")))
        .await
        .unwrap_err();
    assert!(matches!(error, CiError::Unable { .. }), "{error:?}");
    assert!(error.to_string().contains("cannot cancel"), "{error}");
    let Ability::No(reason) = gitea.capabilities().approve else {
        panic!("Gitea has no approvals");
    };
    assert!(reason.contains("no approvals"));
    assert!(server.asked().is_empty());
    server.on(&format!("POST {R}/runs/2/"), [Reply::new(201, "")]);
    gitea.act(&Command::Rerun(RunId::new("2"))).await.unwrap();
    gitea
        .act(&Command::RerunFailed(RunId::new("2")))
        .await
        .unwrap();
    gitea
        .act(&Command::RerunJob(RunId::new("2"), JobId::new("6")))
        .await
        .unwrap();
    let posts = [
        "/runs/2/rerun",
        "/runs/2/rerun-failed-jobs",
        "/runs/2/jobs/6/rerun",
    ];
    assert_eq!(server.lines(), posts.map(|path| format!("POST {R}{path}")));
}

#[tokio::test]
async fn a_token_that_is_too_narrow_is_told_its_scope() {
    let server = Double::start().await;
    let refusal = json!({ "message": "token does not have at least one of required scope(s), required=[write:repository]" });
    server.on(
        &format!("POST {R}/runs/2/rerun"),
        [Reply::new(403, refusal.to_string())],
    );
    let gitea = server.provider(CiKind::Gitea, "shop/checkout");
    let error = gitea
        .act(&Command::Rerun(RunId::new("2")))
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the token lacks the scope write:repository"),
        "{error}"
    );
}

#[tokio::test]
async fn commits_between_two_come_newest_first_with_their_requests() {
    let server = Double::start().await;
    let commit = |sha: &str, message: &str, date: &str| {
        json!({ "sha": sha, "commit": { "message": message, "author": { "name": "Ada", "date": date } },
                "files": [{ "filename": "a.rs" }], "stats": { "additions": 3, "deletions": 1 } })
    };
    let ahead = json!({ "total_commits": 2, "commits": [
        commit("aa", "Older (#7)\n\nbody", "2026-11-23T10:00:00Z"),
        commit("bb", "Merge pull request #8 from x", "2026-11-23T12:00:00+01:00"),
    ] });
    let repository = "GET /api/v1/repos/shop/checkout/compare";
    server.on(&format!("{repository}/v1...v2"), [Reply::json(&ahead)]);
    server.on(
        &format!("{repository}/v2...v1"),
        [Reply::json(&json!({ "total_commits": 0, "commits": [] }))],
    );
    let gitea = server.provider(CiKind::Gitea, "shop/checkout");
    let compared = gitea.compare("v1", "v2").await.unwrap();
    assert_eq!((compared.ahead, compared.behind), (2, 0));
    assert_eq!(
        (compared.files, compared.added, compared.removed),
        (Some(1), Some(6), Some(2))
    );
    let requests: Vec<_> = compared
        .commits
        .iter()
        .map(|commit| commit.request)
        .collect();
    assert_eq!(requests, [Some(8), Some(7)]);
}

#[tokio::test]
async fn forgejo_has_other_objects_and_a_graph() {
    let server = Double::start().await;
    let runs = json!({ "workflow_runs": [{
        "id": 11, "index_in_repo": 4, "title": "Release", "workflow_id": "release.yml", "commit_sha": "abc", "prettyref": "main",
        "event": "push", "status": "waiting", "created": "2026-11-23T21:13:50Z", "started": "0001-01-01T00:00:00Z",
        "stopped": "0001-01-01T00:00:00Z", "duration": 0, "need_approval": true,
    }], "total_count": 1 });
    server.on(&format!("GET {R}/runs?"), [Reply::json(&runs)]);
    let jobs = json!([
        { "id": 1, "run_id": 11, "name": "lint", "needs": null, "status": "success", "attempt": 1 },
        { "id": 2, "run_id": 11, "name": "build", "needs": ["lint"], "status": "blocked", "attempt": 2 },
        { "id": 3, "run_id": 11, "name": "odd", "status": "unknown" },
    ]);
    server.on(&format!("GET {R}/runs/11/jobs"), [Reply::json(&jobs)]);
    server.on(&format!("POST {R}/runs/11/cancel"), [Reply::new(204, "")]);
    let forgejo = server.provider(CiKind::Forgejo, "shop/checkout");
    let scope = Scope {
        reference: Some("main".to_owned()),
        commit: None,
        most: 3,
    };
    let runs = forgejo.runs(&scope).await.unwrap();
    assert_eq!(runs[0].state, State::NeedsHuman);
    assert_eq!(runs[0].approvals.len(), 1);
    let whole = forgejo.detail(&runs[0]).await.unwrap();
    assert_eq!(job(&whole, "build").needs[0].shown(), "lint");
    assert_eq!(job(&whole, "build").state, State::Queued);
    assert_eq!(job(&whole, "odd").state, unknown("unknown"));
    assert_eq!(whole.attempt, 2);
    forgejo
        .act(&Command::Cancel(RunId::new("11")))
        .await
        .unwrap();
    assert!(
        server.lines()[0].contains("ref=refs%2Fheads%2Fmain"),
        "{:?}",
        server.lines()
    );
}
