//! Arguments of the commands that change something.

use super::image::ImageArgs;
use super::target::Named;
use clap::Args;
use std::time::Duration;

/// An action with how it is carried out.
#[derive(Clone, Debug, Args)]
pub struct Acting<A: Args> {
    /// The action.
    #[command(flatten)]
    pub action: A,
    /// How.
    #[command(flatten)]
    pub conduct: Conduct,
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
    /// Waits until the rollout is complete; with a canary, deploy always waits for its first weight
    #[arg(long)]
    pub wait: bool,
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
}

/// Arguments of `pause`, `resume` and `abort`.
#[derive(Clone, Debug, Args)]
pub struct Simple {
    /// Where.
    #[command(flatten)]
    pub named: Named,
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
}
