//! Arguments of `logs`.

use super::target::Named;
use clap::Args;

/// Arguments of `logs`.
#[derive(Clone, Debug, Args)]
pub struct Logs {
    /// Where.
    #[command(flatten)]
    pub named: Named,
    /// Whose pods; the canary's while there is one, else stable's
    #[arg(long, value_name = "TRACK", value_enum)]
    pub track: Option<TrackName>,
    /// What the containers printed before their last restart
    #[arg(long)]
    pub previous: bool,
    /// Prints each line as it comes, of pods that start later too, until it is interrupted
    #[arg(short, long, conflicts_with = "previous")]
    pub follow: bool,
    /// The last lines of each pod
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub tail: u32,
}

/// A side by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum TrackName {
    /// The candidate's pods
    Canary,
    /// The pods that serve between releases
    Stable,
}
