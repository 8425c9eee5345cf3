//! A deploy job: runs the program with the standard variables, as a pipeline would; what it says is the job's log.

use super::book::{Book, PROTECTED};
use super::log;
use super::pipeline::{Job, Run, Status};
use jiff::Timestamp;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;
use tokio::time::sleep;

/// How often an unfinished deploy is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// How long it may take, in seconds.
const LIMIT_S: u64 = 120;

/// What deploys.
#[derive(Debug, Clone)]
pub(crate) struct Deployer {
    /// The program; without one a deploy job fails and says so.
    pub(crate) program: Option<PathBuf>,
    /// Where the world's config is.
    pub(crate) dir: PathBuf,
}

/// Ends with its owner.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended, or it is ended here.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Deployer {
    /// Carries a deploy job out and writes down how it ended.
    pub(crate) async fn carry_out(self, book: Book, run: Run, job: Job) {
        let (ended, said) = match self.deployed(&run, &job).await {
            Ok((status, said)) => (status.success(), said),
            Err(error) => (false, format!("the deploy could not be started: {error}")),
        };
        let now = Timestamp::now();
        book.edit_job(job.id, now, |job, sha| {
            // Cancelled, or moved by hand, it stays what it was made.
            if job.status != Status::InProgress {
                return false;
            }
            let steps = job.steps.len();
            job.step_to(steps.saturating_sub(3), now);
            job.put(
                Status::Ended(if ended { "success" } else { "failure" }),
                now,
            );
            job.log = log::of_job(job, sha);
            job.log.push_str(&log::stamped(&said, now));
            true
        });
    }

    async fn deployed(&self, run: &Run, job: &Job) -> io::Result<(ExitStatus, String)> {
        let missing = || {
            io::Error::new(
                io::ErrorKind::NotFound,
                "this world knows no program that deploys",
            )
        };
        let program = self.program.as_deref().ok_or_else(missing)?;
        let path = self.dir.join(format!("deploy-{}.log", job.id));
        let out = File::create(&path)?;
        let mut running = Running(self.command(program, run, job, &out)?.spawn()?);
        let status = loop {
            if let Some(status) = running.0.try_wait()? {
                break status;
            }
            sleep(LOOK).await;
        };
        let said = std::fs::read_to_string(&path)?;
        std::fs::remove_file(&path)?;
        Ok((status, said))
    }

    fn command(&self, program: &Path, run: &Run, job: &Job, out: &File) -> io::Result<Command> {
        let environment = job.environment.as_deref().unwrap_or("staging");
        let mut command = Command::new(program);
        command
            .arg("--config")
            .arg(self.dir.join("config.toml"))
            .args(["deploy", "--yes", "--timeout"])
            .arg(format!("{LIMIT_S}s"))
            .arg("--reason")
            .arg(format!(
                "run #{} of {}: {}",
                run.number, run.branch, run.title
            ))
            .args((environment != PROTECTED).then_some("--wait"))
            .env("SERVICE_NAME", "checkout")
            .env("REGISTRY_URL", "registry.example.com/shop")
            .env("IMAGE_TAG", run.tag())
            .env("SERVICE_VERSION", run.tag())
            .env("ENV", environment)
            .env("GITHUB_RUN_ID", run.id.to_string())
            .env("GITHUB_RUN_NUMBER", run.number.to_string())
            .env("GITHUB_SHA", &run.sha)
            .env_remove("FLIGHTDECK_CONFIG")
            .env_remove("KUBECONFIG")
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out.try_clone()?);
        Ok(command)
    }
}
