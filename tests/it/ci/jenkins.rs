//! Jenkins' answers in their exact shapes: three plugins, inputs, crumbs, consoles in two forms.

use super::double::{Double, Reply};
use super::{job, outline, unknown};
use flightdeck::config::settings::CiKind;
use flightdeck::domain::pipeline::{Command, Cursor, JobId, LineKind, May, Run, RunId, State};
use flightdeck::sources::ci::{CiError, Provider, Scope};
use serde_json::{Value, json};

const B: &str = "/job/shop/job/checkout/12";

fn build(number: u64, building: bool, result: &Value) -> Value {
    json!({
        "_class": "org.jenkinsci.plugins.workflow.job.WorkflowRun", "number": number,
        "url": format!("http://jenkins.example.com/job/shop/job/checkout/{number}/"), "building": building, "inProgress": building,
        "result": result, "timestamp": 1_795_000_000_000_i64, "duration": if building { 0 } else { 61_000 },
        "displayName": format!("#{number}"),
        "actions": [null, {}, { "causes": [{ "shortDescription": "Started by user Ada", "userName": "Ada" }] },
            { "lastBuiltRevision": { "SHA1": "abc123", "branch": [{ "name": "refs/remotes/origin/main" }] } },
            { "failCount": 1, "skipCount": 0, "totalCount": 5 }],
        "changeSets": [{ "items": [{ "commitId": "abc123", "msg": "Faster totals\nbody" }] }],
    })
}

async fn with_build(building: bool, result: Value) -> Double {
    let server = Double::start().await;
    server.on(
        &format!("GET {B}/api/json"),
        [Reply::json(&build(12, building, &result)).with("x-jenkins", "2.541.3")],
    );
    let report = json!({ "suites": [{ "cases": [{ "className": "Totals", "name": "adds", "status": "REGRESSION" }, { "name": "ok", "status": "PASSED" }] }] });
    server.on(
        &format!("GET {B}/testReport/api/json"),
        [Reply::json(&report)],
    );
    server
}

async fn detail(provider: &dyn Provider) -> Run {
    let run = provider.run(&RunId::new("12")).await.unwrap();
    provider.detail(&run).await.unwrap()
}

#[tokio::test]
async fn builds_of_a_job_and_of_all_branches_come_newest_first() {
    let server = Double::start().await;
    let mut older = build(3, false, &json!("UNSTABLE"));
    older["timestamp"] = json!(1_794_000_000_000_i64);
    older["actions"] = json!([]);
    let answer = json!({ "jobs": [
        { "name": "main", "builds": [build(12, true, &Value::Null)] },
        { "name": "feature%2Fx", "builds": [older] },
    ] });
    server.on(
        "GET /job/shop/job/checkout/api/json?tree=",
        [Reply::json(&answer).with("x-jenkins", "2.541.3")],
    );
    server.on(
        "GET /job/shop/job/checkout/job/feature%252Fx/3/api/json",
        [Reply::json(&build(3, false, &json!("NOT_BUILT")))],
    );
    let jenkins = server.provider(CiKind::Jenkins, "shop/checkout");
    let scope = Scope {
        most: 10,
        ..Scope::default()
    };
    let runs = jenkins.runs(&scope).await.unwrap();
    let states: Vec<_> = runs.iter().map(|run| run.state.clone()).collect();
    assert_eq!(states, [State::Running, State::Warned]);
    assert_eq!(
        (runs[0].title.shown(), runs[0].by.as_ref().unwrap().shown()),
        ("Faster totals", "Ada")
    );
    assert_eq!(runs[0].commit.as_ref().unwrap().shown(), "abc123");
    assert_eq!(runs[1].reference.as_ref().unwrap().shown(), "feature/x");
    let again = jenkins.run(&runs[1].id).await.unwrap();
    assert_eq!(again.state, State::Skipped);
    let of_branch = Scope {
        reference: Some("main".to_owned()),
        most: 10,
        commit: None,
    };
    assert_eq!(jenkins.runs(&of_branch).await.unwrap().len(), 1);
    let shown = server.asked()[0].headers["authorization"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(shown.starts_with("Basic "), "{shown}");
}

fn graph() -> (Value, Value) {
    let tree = json!({ "status": "ok", "data": { "complete": false, "stages": [
        { "id": "30", "name": "Deploy", "type": "STAGE", "state": "paused", "children": [], "startTimeMillis": 1_795_000_030_000_i64 },
        { "id": "6", "name": "Checks", "type": "STAGE", "state": "failure", "children": [
            { "id": "9", "name": "unit", "type": "PARALLEL", "state": "success", "children": [], "totalDurationMillis": 5000,
              "startTimeMillis": 1_795_000_000_000_i64 },
            { "id": "8", "name": "lint", "type": "PARALLEL", "state": "unstable", "children": [] },
            { "id": "10", "name": "odd", "type": "PARALLEL", "state": "melting", "children": [] } ] },
    ] } });
    let steps = json!({ "status": "ok", "data": { "runIsComplete": false, "steps": [
        { "id": "20", "name": "sh", "title": "cargo test", "state": "success", "stageId": "9", "type": "STEP" },
        { "id": "31", "name": "input", "state": "paused", "stageId": "30",
          "inputStep": { "id": "Release", "message": "Deploy to production?", "ok": "Yes", "cancel": "No", "parameters": false } },
        { "id": "32", "name": "input", "state": "paused", "stageId": "30",
          "inputStep": { "id": "Which", "message": "Which region?", "parameters": true } },
    ] } });
    (tree, steps)
}

#[tokio::test]
async fn the_graph_is_read_where_its_plugin_is() {
    let server = with_build(true, Value::Null).await;
    let (tree, steps) = graph();
    server.on(&format!("GET {B}/stages/tree"), [Reply::json(&tree)]);
    server.on(&format!("GET {B}/stages/allSteps"), [Reply::json(&steps)]);
    server.on("POST ", [Reply::new(200, "")]);
    let jenkins = server.provider(CiKind::Jenkins, "shop/checkout");
    let whole = detail(jenkins.as_ref()).await;
    let names: Vec<_> = outline(&whole);
    assert_eq!(
        names[0],
        (
            "Checks".to_owned(),
            ["lint", "unit", "odd"].map(str::to_owned).to_vec()
        )
    );
    assert_eq!(job(&whole, "lint").state, State::Warned);
    assert_eq!(job(&whole, "odd").state, unknown("melting"));
    assert_eq!(job(&whole, "unit").steps[0].name.shown(), "cargo test");
    assert_eq!(job(&whole, "Deploy").state, State::NeedsHuman);
    assert_eq!(whole.state, State::NeedsHuman);
    assert_eq!(whole.approvals.len(), 2);
    let tests = whole.tests.as_ref().unwrap();
    assert_eq!(
        (tests.total, tests.failed_names[0].shown()),
        (5, "Totals adds")
    );
    let decide = |at: usize, reject: bool| {
        let (run, what) = (whole.id.clone(), vec![whole.approvals[at].id.clone()]);
        if reject {
            Command::Reject {
                run,
                what,
                comment: String::new(),
            }
        } else {
            Command::Approve {
                run,
                what,
                comment: String::new(),
            }
        }
    };
    let before = server.lines().len();
    jenkins.act(&decide(0, false)).await.unwrap();
    jenkins.act(&decide(0, true)).await.unwrap();
    let expected = ["proceedEmpty", "abort"].map(|verb| format!("POST {B}/input/Release/{verb}"));
    assert_eq!(server.lines()[before..], expected);
    assert!(matches!(whole.approvals[1].may, May::No(_)));
    let error = jenkins.act(&decide(1, false)).await.unwrap_err();
    assert!(error.to_string().contains("asks for parameters"), "{error}");
    // The plugin is looked for once.
    let before = server.lines().len();
    jenkins.detail(&whole).await.unwrap();
    assert!(
        !server.lines()[before..]
            .iter()
            .any(|line| line.contains("wfapi"))
    );
}

#[tokio::test]
async fn without_that_plugin_the_older_one_is_asked() {
    let server = with_build(true, Value::Null).await;
    let described = json!({ "status": "PAUSED_PENDING_INPUT", "stages": [
        { "id": "6", "name": "Build", "status": "SUCCESS", "startTimeMillis": 1_795_000_000_000_i64, "durationMillis": 1000,
          "stageFlowNodes": [{ "id": "7", "name": "Shell Script", "status": "SUCCESS" }] },
        { "id": "9", "name": "Deploy", "status": "PAUSED_PENDING_INPUT", "startTimeMillis": 1_795_000_001_000_i64, "durationMillis": 500 },
        { "id": "11", "name": "Later", "status": "NOT_EXECUTED" },
    ] });
    server.on(
        &format!("GET {B}/wfapi/describe"),
        [Reply::json(&described)],
    );
    server.on(
        &format!("GET {B}/wfapi/pendingInputActions"),
        [Reply::json(
            &json!([{ "id": "Go", "message": "Ship it?", "inputs": [] }]),
        )],
    );
    let jenkins = server.provider(CiKind::Jenkins, "shop/checkout");
    let whole = detail(jenkins.as_ref()).await;
    assert_eq!(job(&whole, "Build").steps.len(), 1);
    assert_eq!(job(&whole, "Later").state, State::Queued);
    assert_eq!(job(&whole, "Deploy").span.ended, None);
    assert_eq!(
        whole.approvals[0].job,
        Some(job(&whole, "Deploy").id.clone())
    );
}

#[tokio::test]
async fn with_core_alone_the_build_is_the_only_job() {
    let server = with_build(false, json!("SUCCESS")).await;
    let jenkins = server.provider(CiKind::Jenkins, "shop/checkout");
    let whole = detail(jenkins.as_ref()).await;
    assert_eq!(whole.jobs().count(), 1);
    assert_eq!(whole.state, State::Passed);
}

#[tokio::test]
async fn a_broken_plugin_is_a_fault_and_not_a_missing_one() {
    let server = with_build(true, Value::Null).await;
    server.on(&format!("GET {B}/stages/tree"), [Reply::new(500, "Oops")]);
    let jenkins = server.provider(CiKind::Jenkins, "shop/checkout");
    let run = jenkins.run(&RunId::new("12")).await.unwrap();
    let error = jenkins.detail(&run).await.unwrap_err();
    assert!(
        matches!(error, CiError::ServerFault { status: 500, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_crumb_is_fetched_where_the_server_wants_one() {
    let server = Double::start().await;
    server.on(
        &format!("POST {B}/stop"),
        [
            Reply::new(
                403,
                "<html>No valid crumb was included in the request</html>",
            ),
            Reply::new(302, "").with("location", B),
        ],
    );
    server.on(
        "GET /crumbIssuer/api/json",
        [
            Reply::json(&json!({ "crumb": "c0ffee", "crumbRequestField": "Jenkins-Crumb" }))
                .with("set-cookie", "JSESSIONID=s1; Path=/; HttpOnly"),
        ],
    );
    let jenkins = server.provider(CiKind::Jenkins, "shop/checkout");
    jenkins
        .act(&Command::Cancel(RunId::new("12")))
        .await
        .unwrap();
    let last = server.asked().pop().unwrap();
    assert_eq!(last.headers["jenkins-crumb"], "c0ffee");
    assert_eq!(last.headers["cookie"], "JSESSIONID=s1");
    server.on(
        "POST /job/shop/job/checkout/build",
        [Reply::new(201, "").with("location", "http://x/queue/item/88/")],
    );
    let answered = jenkins
        .act(&Command::Rerun(RunId::new("12")))
        .await
        .unwrap();
    assert!(answered.text.shown().contains("item 88"), "{answered:?}");
    server.on(
        &format!("POST {B}/stop"),
        [Reply::new(403, "ada is missing the Job/Cancel permission")],
    );
    let error = jenkins
        .act(&Command::Cancel(RunId::new("12")))
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the token lacks the permission Job/Cancel"),
        "{error}"
    );
}

#[tokio::test]
async fn a_console_is_followed_in_parts_or_by_its_headers() {
    let (run, any) = (RunId::new("12"), JobId::new("12:6"));
    let server = Double::start().await;
    let parts = |text: &str, meta: &Value| {
        let body = format!(
            "--b0\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n{text}\r\n--b0\r\nContent-Disposition: form-data; name=\"meta\"\r\n\r\n{meta}\r\n--b0--\r\n"
        );
        Reply::new(200, body).with("content-type", "multipart/form-data; boundary=b0")
    };
    let log = format!("GET {B}/logText/progressiveText?start=");
    server.on(&log, [
        parts("[Pipeline] stage\n[Pipeline] { (Build)\n+ make\n\u{1b}[8mha:AAAA==\u{1b}[0mERROR: no\u{1b}[2J\n[Pipeline] // stage\n", &json!({ "start": 0, "end": 120, "completed": false })),
        parts("bye\n", &json!({ "start": 120, "end": 124, "completed": true })),
    ]);
    let jenkins = server.provider(CiKind::Jenkins, "shop/checkout");
    let one = jenkins
        .log(&run, &any, Cursor::default(), 65536)
        .await
        .unwrap();
    let kinds: Vec<LineKind> = one.lines.iter().map(|line| line.kind).collect();
    assert_eq!(
        kinds,
        [
            LineKind::GroupBegin,
            LineKind::Command,
            LineKind::Error,
            LineKind::GroupEnd
        ]
    );
    assert!(
        one.lines.iter().all(|line| !line.text.contains('\u{1b}')),
        "{one:?}"
    );
    let two = jenkins.log(&run, &any, one.next, 65536).await.unwrap();
    assert!(two.ended && two.lines[0].text == "bye");
    assert!(server.lines()[1].ends_with("start=120"));
    // The classic form: the end is where the header says, not where the text ends.
    let server = Double::start().await;
    let classic = |text: &str, end: &str| {
        Reply::new(200, text)
            .with("content-type", "text/plain")
            .with("x-text-size", end)
    };
    server.on(
        &log,
        [
            classic("a\nb\n", "9").with("x-more-data", "true"),
            classic("c\n", "12"),
        ],
    );
    let jenkins = server.provider(CiKind::Jenkins, "shop/checkout");
    let one = jenkins
        .log(&run, &any, Cursor::default(), 65536)
        .await
        .unwrap();
    assert_eq!((one.lines.len(), one.next.offset, one.ended), (2, 9, false));
    let two = jenkins.log(&run, &any, one.next, 65536).await.unwrap();
    assert_eq!((two.next.offset, two.ended), (12, true));
    // An answer in parts that does not say where it ends must not begin the log anew.
    let server = Double::start().await;
    server.on(&log, [parts("again\n", &json!({}))]);
    let jenkins = server.provider(CiKind::Jenkins, "shop/checkout");
    let error = jenkins.log(&run, &any, two.next, 65536).await.unwrap_err();
    assert!(matches!(error, CiError::Decode { .. }), "{error:?}");
    // Where the front of an answer is let go, the line that it breaks goes with it.
    let server = Double::start().await;
    let lines = "0123456789\n".repeat(2_000);
    server.on(&log, [classic(&lines, "22000").with("x-more-data", "true")]);
    let jenkins = server.provider(CiKind::Jenkins, "shop/checkout");
    let end = jenkins
        .log(&run, &any, Cursor::default(), 4096)
        .await
        .unwrap();
    assert!(end.skipped_bytes > 0, "{end:?}");
    assert!(
        end.lines.iter().all(|line| line.text == "0123456789"),
        "{end:?}"
    );
}

#[tokio::test]
async fn lines_that_an_older_server_left_out_are_read_when_the_build_is_over() {
    let (run, any) = (RunId::new("12"), JobId::new("12:6"));
    let server = Double::start().await;
    let many = "x\n".repeat(10_000);
    server.on(
        &format!("GET {B}/logText/progressiveText"),
        [
            Reply::new(200, many)
                .with("x-text-size", "30000")
                .with("x-more-data", "true"),
            Reply::new(200, "").with("x-text-size", "30000"),
        ],
    );
    server.on(
        &format!("GET {B}/consoleText"),
        [Reply::new(200, "all\nof it\n")],
    );
    let jenkins = server.provider(CiKind::Jenkins, "shop/checkout");
    let one = jenkins
        .log(&run, &any, Cursor::default(), 1 << 20)
        .await
        .unwrap();
    let two = jenkins.log(&run, &any, one.next, 1 << 20).await.unwrap();
    assert!(two.restarted && two.ended, "{two:?}");
    assert_eq!(two.lines[1].text, "of it");
}
