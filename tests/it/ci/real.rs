//! A real Gitea with its runner: what its API really answers while runs pass, fail, are cancelled and are run again.
//!
//! `FLIGHTDECK_TEST_GITEA` names the directory of a running server, which holds `access` and the clone `checkout`.

use super::double::open;
use super::job;
use crate::support;
use flightdeck::config::settings::CiKind;
use flightdeck::domain::pipeline::{Command as Wish, Cursor, JobId, Run, RunId, State};
use flightdeck::sources::ci::{CiError, Provider, Scope};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A run takes half a minute where nothing else does.
const PATIENCE: Duration = Duration::from_secs(240);

struct Server {
    dir: PathBuf,
    url: String,
    token: String,
    provider: Arc<dyn Provider>,
}

fn server() -> Option<Server> {
    let dir = std::env::var_os("FLIGHTDECK_TEST_GITEA").map(PathBuf::from);
    support::part("gitea", support::used(dir.is_some()));
    let Some(dir) = dir else {
        eprintln!("SKIPPED: FLIGHTDECK_TEST_GITEA names no running Gitea");
        return None;
    };
    let access = std::fs::read_to_string(dir.join("access")).unwrap();
    let value = |name: &str| -> String {
        let line = access.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap().to_owned()
    };
    let (url, token) = (value("URL="), value("TOKEN="));
    let provider = open(CiKind::Gitea, "shop/checkout", url.clone(), &token);
    Some(Server {
        dir,
        url,
        token,
        provider,
    })
}

/// A pipeline whose jobs are short; `fails` makes the second one fail, `slow` waits in the first.
fn pipeline(name: &str, fails: bool, slow: bool) -> String {
    let (wait, end) = (if slow { 60 } else { 3 }, u8::from(fails));
    format!(
        "name: {name}\non:\n  push:\n    branches: [\"{name}-*\"]\nconcurrency:\n  group: {name}\n  cancel-in-progress: true\njobs:\n  lint:\n    runs-on: linux\n    steps:\n      - name: Count\n        run: for n in $(seq 1 {wait}); do echo \"line $n\"; sleep 1; done\n  unit:\n    runs-on: linux\n    needs: lint\n    steps:\n      - name: Try\n        run: |\n          printf '\\033[31mred\\033[0m\\n'\n          exit {end}\n"
    )
}

fn git(dir: &Path, words: &[&str]) -> String {
    let done = Command::new("git")
        .arg("-C")
        .arg(dir)
        .args(words)
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "git {words:?}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

impl Server {
    /// Pushes a branch whose only own workflow is this one; answers its commit.
    fn push(&self, branch: &str, name: &str, text: &str) -> String {
        let clone = tempfile::tempdir().unwrap();
        let from = self.dir.join("checkout");
        let (from, to) = (from.to_str().unwrap(), clone.path().to_str().unwrap());
        git(Path::new("."), &["clone", "-q", from, to]);
        let header = format!("http.extraHeader=Authorization: token {}", self.token);
        let at = clone.path();
        let workflows = at.join(".gitea/workflows");
        std::fs::create_dir_all(&workflows).unwrap();
        std::fs::write(workflows.join(format!("{name}.yml")), text).unwrap();
        git(at, &["checkout", "-q", "-b", branch]);
        git(at, &["add", "."]);
        let who = [
            "-c",
            "user.name=Release Bot",
            "-c",
            "user.email=bot@example.com",
        ];
        git(
            at,
            &[
                who.as_slice(),
                &["commit", "-q", "--allow-empty", "-m", "Try (#12)"],
            ]
            .concat(),
        );
        let to = format!("{}/shop/checkout.git", self.url);
        git(at, &["-c", &header, "push", "-q", "-f", &to, branch]);
        git(at, &["rev-parse", "HEAD"])
    }

    /// The run of a commit, when it is there.
    async fn run_of(&self, commit: &str) -> Run {
        let scope = Scope {
            commit: Some(commit.to_owned()),
            reference: None,
            most: 5,
        };
        let began = Instant::now();
        loop {
            if let Some(run) = self.provider.runs(&scope).await.unwrap().into_iter().next() {
                return run;
            }
            assert!(began.elapsed() < PATIENCE, "no run of {commit}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    async fn until(&self, id: &RunId, what: &str, is: impl Fn(&Run) -> bool) -> Run {
        let began = Instant::now();
        loop {
            let run = self.provider.run(id).await.unwrap();
            let run = self.provider.detail(&run).await.unwrap();
            let unknown = run
                .jobs()
                .find(|(_, job)| matches!(job.state, State::Unknown(_)));
            assert!(unknown.is_none(), "{unknown:?}");
            if is(&run) {
                return run;
            }
            assert!(began.elapsed() < PATIENCE, "not {what}: {run:?}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

#[tokio::test]
async fn a_run_that_passes_is_followed_with_its_log() {
    let Some(server) = server() else { return };
    let commit = server.push("pass-1", "pass", &pipeline("pass", false, false));
    let run = server.run_of(&commit).await;
    assert_eq!(run.reference.as_ref().unwrap().shown(), "pass-1");
    assert_eq!(run.title.shown(), "Try (#12)");
    let running = server
        .until(&run.id, "running", |run| {
            run.jobs()
                .any(|(_, job)| job.state == State::Running || job.state.is_over())
        })
        .await;
    let lint = job(&running, "lint").id.clone();
    let (mut cursor, mut lines, began) = (Cursor::default(), Vec::new(), Instant::now());
    let mut grew = 0;
    loop {
        match server.provider.log(&run.id, &lint, cursor, 1 << 20).await {
            Ok(piece) => {
                cursor = piece.next;
                grew += usize::from(!piece.lines.is_empty());
                lines.extend(piece.lines);
                if piece.ended {
                    break;
                }
            }
            // Its runner has written nothing yet.
            Err(CiError::NotFound { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
        assert!(began.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let counted: Vec<&str> = lines
        .iter()
        .map(|line| line.text.as_str())
        .filter(|text| text.starts_with("line "))
        .collect();
    assert_eq!(counted, ["line 1", "line 2", "line 3"]);
    assert!(grew > 1, "it came piece by piece");
    assert!(lines.iter().all(|line| line.at.is_some()));
    let over = server
        .until(&run.id, "over", |run| run.state.is_over())
        .await;
    assert_eq!(over.state, State::Passed);
    assert!(over.span.ended >= over.span.started);
    assert!(
        job(&over, "unit")
            .steps
            .iter()
            .any(|step| step.name.shown() == "Try")
    );
    let found = server.provider.find_job(&lint).await.unwrap();
    assert_eq!(found.id, run.id);
    let base = git(&server.dir.join("checkout"), &["rev-parse", "HEAD"]);
    let compared = server.provider.compare(&base, &commit).await.unwrap();
    assert_eq!((compared.ahead, compared.behind), (1, 0));
    assert_eq!(compared.commits[0].request, Some(12));
}

#[tokio::test]
async fn a_run_that_fails_is_run_again() {
    let Some(server) = server() else { return };
    let commit = server.push("fail-1", "fail", &pipeline("fail", true, false));
    let run = server.run_of(&commit).await;
    let over = server
        .until(&run.id, "over", |run| run.state.is_over())
        .await;
    assert_eq!(over.state, State::Failed);
    assert_eq!(job(&over, "lint").state, State::Passed);
    assert_eq!(job(&over, "unit").state, State::Failed);
    assert_eq!(
        job(&over, "unit").failing_step().unwrap().name.shown(),
        "Try"
    );
    server
        .provider
        .act(&Wish::RerunFailed(run.id.clone()))
        .await
        .unwrap();
    let again = server
        .until(&run.id, "run again", |run| {
            run.attempt == 2 && run.state.is_over()
        })
        .await;
    assert_eq!(again.state, State::Failed);
    assert_ne!(
        job(&again, "unit").id,
        job(&over, "unit").id,
        "an attempt has new jobs"
    );
}

#[tokio::test]
async fn a_run_that_is_replaced_is_cancelled() {
    let Some(server) = server() else { return };
    let slow = pipeline("slow", false, true);
    let first = server.run_of(&server.push("slow-1", "slow", &slow)).await;
    server
        .until(&first.id, "running", |run| {
            job(run, "lint").state == State::Running
        })
        .await;
    let second = server.run_of(&server.push("slow-2", "slow", &slow)).await;
    let over = server
        .until(&first.id, "cancelled", |run| run.state.is_over())
        .await;
    assert_eq!(over.state, State::Cancelled);
    assert_eq!(job(&over, "unit").span.started, None);
    let error = server
        .provider
        .act(&Wish::Cancel(second.id))
        .await
        .unwrap_err();
    assert!(matches!(error, CiError::Unable { .. }), "{error:?}");
}

#[tokio::test]
async fn strangers_and_missing_things_are_told_apart() {
    let Some(server) = server() else { return };
    let stranger = open(
        CiKind::Gitea,
        "shop/checkout",
        server.url.clone(),
        "0123456789abcdef",
    );
    let scope = Scope {
        most: 1,
        ..Scope::default()
    };
    let error = stranger.runs(&scope).await.unwrap_err();
    assert!(matches!(error, CiError::LoginExpired { .. }), "{error:?}");
    let error = server.provider.run(&RunId::new("99999")).await.unwrap_err();
    assert!(matches!(error, CiError::NotFound { .. }), "{error:?}");
    let error = server
        .provider
        .find_job(&JobId::new("99999"))
        .await
        .unwrap_err();
    assert!(matches!(error, CiError::NotFound { .. }), "{error:?}");
}
