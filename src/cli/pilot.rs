//! Arguments of `pilot`.

use super::target::Named;
use clap::Args;
use std::time::Duration;

/// Arguments of `pilot`.
#[derive(Clone, Debug, Args)]
pub struct Pilot {
    /// Where.
    #[command(flatten)]
    pub named: Named,
    /// Waits for the next release when one has been judged, instead of ending
    #[arg(long, conflicts_with = "manifest")]
    pub stay: bool,
    /// Asks the pilot that drives now to hand over
    #[arg(long, conflicts_with = "manifest")]
    pub take_over: bool,
    /// Drives no more after this long, with exit code 8
    #[arg(long, value_name = "DURATION", value_parser = super::duration_argument, conflicts_with = "manifest")]
    pub timeout: Option<Duration>,
    /// Prints what runs it in the cluster, as YAML: service account, least rights, config, Deployment; changes nothing
    #[arg(long)]
    pub manifest: bool,
    /// The image that the Deployment runs; a placeholder where absent
    #[arg(long, value_name = "REF", requires = "manifest")]
    pub image: Option<String>,
}
