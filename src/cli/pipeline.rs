//! Arguments of the pipeline's commands.

use super::target::Named;
use clap::Args;

/// Arguments of `runs`.
#[derive(Clone, Debug, Args)]
pub struct Runs {
    /// Where.
    #[command(flatten)]
    pub named: Named,
    /// Only runs of this branch
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
    /// Only runs of this commit, all its hex digits
    #[arg(long, value_name = "SHA")]
    pub commit: Option<String>,
    /// At most so many, the newest
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub limit: u16,
    /// One run, by its id or number, with its jobs and steps
    #[arg(long, value_name = "RUN", conflicts_with_all = ["branch", "commit", "limit"])]
    pub run: Option<String>,
}

/// Whose pipeline it is, where the first word is a run or a job.
#[derive(Clone, Debug, Args)]
pub struct Owner {
    /// The service; by default $`SERVICE_NAME`, else the only one with a pipeline
    #[arg(long, value_name = "SERVICE", env = "SERVICE_NAME", hide_env = true)]
    pub service: Option<String>,
}

/// Arguments of `approve` and `reject`.
#[derive(Clone, Debug, Args)]
pub struct Review {
    /// The run, by its id or number
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Whose.
    #[command(flatten)]
    pub owner: Owner,
    /// Why; the provider keeps it
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub comment: String,
    /// Does not ask
    #[arg(long)]
    pub yes: bool,
}

/// Arguments of `rerun`.
#[derive(Clone, Debug, Args)]
pub struct Rerun {
    /// The run, by its id or number
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Whose.
    #[command(flatten)]
    pub owner: Owner,
    /// Only the jobs that failed, and what needs them
    #[arg(long)]
    pub failed: bool,
    /// Only this job, and what needs it
    #[arg(long, value_name = "JOB", conflicts_with = "failed")]
    pub job: Option<String>,
    /// Does not ask
    #[arg(long)]
    pub yes: bool,
}

/// Arguments of `cancel`.
#[derive(Clone, Debug, Args)]
pub struct Cancel {
    /// The run, by its id or number
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Whose.
    #[command(flatten)]
    pub owner: Owner,
    /// Does not ask
    #[arg(long)]
    pub yes: bool,
}

/// Arguments of `joblog`.
#[derive(Clone, Debug, Args)]
pub struct JobLog {
    /// The job's id, as `runs --run` prints it
    #[arg(value_name = "JOB")]
    pub job: String,
    /// Whose.
    #[command(flatten)]
    pub owner: Owner,
}
