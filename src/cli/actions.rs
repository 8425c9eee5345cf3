//! Arguments of the commands that change something.

use super::image::ImageArgs;
use super::provenance::ProvenanceArgs;
use super::smoke::HealthCheck;
use super::target::Named;
use clap::{Args, Subcommand};
use std::time::Duration;

/// The actions: commands of their own, and what `plan` can be asked about.
#[derive(Clone, Debug, Subcommand)]
pub enum Action {
    /// Takes a new release in: a canary up to its first weight, a plain Deployment until the change is accepted
    Deploy(Deploy),
    /// Takes the canary to the next weight; after 100 %, finishes
    Promote(Promote),
    /// Keeps the release where it is
    Pause(Simple),
    /// Goes on after a pause
    Resume(Simple),
    /// Takes the traffic off the canary, whose pods stay for a look; takes a rolling update back to what serves beside it
    Abort(Simple),
    /// Goes back to the recorded last known good release, or to a named one
    Rollback(RollBack),
    /// Carries on a plan that was cut off: its program was killed, or its machine is gone
    ResumePlan(Simple),
    /// Takes back what a plan did that was cut off
    UndoPlan(Simple),
    /// Declares the running, or a named, release good
    Good(Good),
}

impl Action {
    /// Where.
    pub fn named(&self) -> &Named {
        match self {
            Self::Deploy(deploy) => &deploy.named,
            Self::Promote(promote) => &promote.named,
            Self::Pause(simple)
            | Self::Resume(simple)
            | Self::Abort(simple)
            | Self::ResumePlan(simple)
            | Self::UndoPlan(simple) => &simple.named,
            Self::Rollback(rollback) => &rollback.named,
            Self::Good(good) => &good.named,
        }
    }

    /// How.
    pub fn conduct(&self) -> &Conduct {
        match self {
            Self::Deploy(deploy) => &deploy.conduct,
            Self::Promote(promote) => &promote.conduct,
            Self::Pause(simple)
            | Self::Resume(simple)
            | Self::Abort(simple)
            | Self::ResumePlan(simple)
            | Self::UndoPlan(simple) => &simple.conduct,
            Self::Rollback(rollback) => &rollback.conduct,
            Self::Good(good) => &good.conduct,
        }
    }
}

/// How a changing command is carried out.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Carrying it out")]
pub struct Conduct {
    /// Does it without asking
    #[arg(short, long)]
    pub yes: bool,
    /// The service's name, where it would have to be typed
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<String>,
    /// Why; kept in the record
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Prints the plan and changes nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Stops waiting after this long, with exit code 8; the plan stays in the record
    #[arg(long, value_name = "DURATION", value_parser = super::duration_argument)]
    pub timeout: Option<Duration>,
}

/// Arguments of `deploy`.
#[derive(Clone, Debug, Args)]
pub struct Deploy {
    /// Where.
    #[command(flatten)]
    pub named: Named,
    /// What.
    #[command(flatten)]
    pub image: ImageArgs,
    /// Where it comes from.
    #[command(flatten)]
    pub provenance: ProvenanceArgs,
    /// Waits until the rollout is complete; with a canary, deploy always waits for its first weight
    #[arg(long)]
    pub wait: bool,
    /// Carries out the smoke test on the way: before the canary gets traffic, or when the rollout is complete; exit 9 where it fails
    #[arg(long)]
    pub smoke: bool,
    /// Where the health check is.
    #[command(flatten)]
    pub health_check: HealthCheck,
    /// Stays until the release has proved good (exit 0), or has not (exit 9)
    #[arg(long)]
    pub until_good: bool,
    /// How.
    #[command(flatten)]
    pub conduct: Conduct,
}

/// Arguments of `promote`.
#[derive(Clone, Debug, Args)]
pub struct Promote {
    /// Where.
    #[command(flatten)]
    pub named: Named,
    /// All the way: the missing weights in one go, then finish
    #[arg(long)]
    pub full: bool,
    /// Stays until the release has proved good (exit 0), or has not (exit 9)
    #[arg(long)]
    pub until_good: bool,
    /// How.
    #[command(flatten)]
    pub conduct: Conduct,
}

/// Arguments of `pause`, `resume`, `abort`, `resume-plan` and `undo-plan`.
#[derive(Clone, Debug, Args)]
pub struct Simple {
    /// Where.
    #[command(flatten)]
    pub named: Named,
    /// How.
    #[command(flatten)]
    pub conduct: Conduct,
}

/// Arguments of `rollback`.
#[derive(Clone, Debug, Args)]
pub struct RollBack {
    /// Where.
    #[command(flatten)]
    pub named: Named,
    /// The release to go back to, instead of the last known good one
    #[arg(long, value_name = "TAG|REVISION")]
    pub to: Option<String>,
    /// How.
    #[command(flatten)]
    pub conduct: Conduct,
}

/// Arguments of `good`.
#[derive(Clone, Debug, Args)]
pub struct Good {
    /// Where.
    #[command(flatten)]
    pub named: Named,
    /// The release, instead of the running one
    #[arg(long, value_name = "TAG")]
    pub tag: Option<String>,
    /// How.
    #[command(flatten)]
    pub conduct: Conduct,
}
