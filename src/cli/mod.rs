//! The command line: types only, and how arguments and the standard variables name a service, an environment, an image.

pub mod actions;
pub mod globals;
pub mod image;
pub mod logs;
pub mod pilot;
pub mod pipeline;
pub mod provenance;
pub mod smoke;
pub mod target;

use crate::config::duration;
use crate::config::settings::CiKind;
use crate::domain::traffic::Weight;
use actions::Action;
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use globals::Globals;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;
use target::Named;

/// Watches a canary beside stable; promotes it, pauses it, or rolls back to the last known good release.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "flightdeck",
    version,
    propagate_version = true,
    max_term_width = 120,
    after_help = "Without a command: the cockpit. To look around without a cluster: flightdeck demo\n\nExit codes: 0 done and verified, 1 fault, 2 wrong use, 3 configuration wrong, 4 refused, 5 the world moved,\n6 not allowed, 7 unreachable, 8 timed out, 9 the outcome is bad, 129/130/143 ended by a signal."
)]
pub struct Cli {
    /// What is wanted; the cockpit where absent.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What every command takes.
    #[command(flatten)]
    pub globals: Globals,
}

/// The commands.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Opens the cockpit on a service
    Open(Named),
    /// Starts a world on loopback and the cockpit on it; needs no cluster, reads no config
    Demo(Demo),
    /// Prints one reading of what is live
    Status(Named),
    /// Prints what happens, line by line
    Watch(Watch),
    /// Prints what an action would do, step by step; changes nothing
    Plan {
        /// The action, with its arguments.
        #[command(subcommand)]
        action: Action,
    },
    /// An action
    #[command(flatten)]
    Act(Action),
    /// Drives the steps of a canary without a person: on by the verdict, back by the verdict, and asks in doubt
    Pilot(pilot::Pilot),
    /// Prints what the candidate brings against the stable release: pod template and commits; never a secret's value
    Changes(Named),
    /// Prints the pods' merged logs; lines that the stable pods do not print come first, counted
    Logs(logs::Logs),
    /// Writes out what to know and to do at night for a service: what is live, roll back, pause, promote, also by plain kubectl
    Runbook(Named),
    /// Writes out which evidence each of the five gates needs for the release on its way into production (or where -e says), ticked
    /// where it is proved
    Checklist(Named),
    /// Sends a few requests that the release must answer well: health, a sample, and how fast
    Smoke(smoke::Smoke),
    /// Prints the releases: who, when, why, how they ended, which are good
    History(Named),
    /// Lists, checks or shows themes
    Theme {
        /// What to do with them.
        #[command(subcommand)]
        command: ThemeCommand,
    },
    /// Lists or checks keys
    Keys {
        /// What to do with them.
        #[command(subcommand)]
        command: KeysCommand,
    },
    /// Adds a remark to the release under way, else to the one that serves
    Note(Note),
    /// Writes the postmortem of a release: what happened, what was shown, who did what and why
    Report(Report),
    /// Judges recorded counts without a cluster: JSON as intervals and params
    Judge {
        /// The counts; standard input where absent
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Plays a recording of the cockpit; without a terminal: its last picture and a digest of all of them
    Replay {
        /// The recording
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Prints or checks the configuration
    Config {
        /// What to do with it.
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Prints the pipeline's newest runs, or one run with its jobs and steps
    Runs(pipeline::Runs),
    /// Prints the log of a pipeline's job
    Joblog(pipeline::JobLog),
    /// Lets a run that waits for a person go on
    Approve(pipeline::Review),
    /// Lets a run that waits for a person not go on
    Reject(pipeline::Review),
    /// Runs a pipeline's run again, or what failed of it, or one job
    Rerun(pipeline::Rerun),
    /// Stops a pipeline's run
    Cancel(pipeline::Cancel),
    /// Prints to which gate each name of a stage, job or step leads, and by which rule
    Gates(Gates),
    /// Looks at terminal, config, clusters, rights, objects and metrics, with the cure for what fails
    Doctor(Doctor),
    /// Prints the completion script of a shell
    Completions {
        /// The shell.
        #[arg(value_name = "SHELL", value_enum)]
        shell: clap_complete::Shell,
    },
    /// Prints the manual page
    Man,
    /// Runs a kubeconfig's login program without a terminal
    #[command(hide = true)]
    RunLogin {
        /// The program and its arguments.
        #[arg(value_name = "PROGRAM", num_args = 1.., last = true, required = true)]
        words: Vec<OsString>,
    },
}

/// Arguments of `doctor`.
#[derive(Clone, Debug, Args)]
pub struct Doctor {
    /// Where; everything that is configured by default.
    #[command(flatten)]
    pub named: Named,
    /// Prints the Role with the least rights for one environment, and its binding, as YAML
    #[arg(long)]
    pub role: bool,
    /// Binds the Role to a user; by default to who the cluster says is asking
    #[arg(long, value_name = "NAME", requires = "role", group = "subject")]
    pub user: Option<String>,
    /// Binds the Role to a group
    #[arg(long, value_name = "NAME", requires = "role", group = "subject")]
    pub group: Option<String>,
    /// Binds the Role to a service account
    #[arg(
        long,
        value_name = "NAMESPACE:NAME",
        requires = "role",
        group = "subject"
    )]
    pub serviceaccount: Option<String>,
}

/// Arguments of `gates`.
#[derive(Clone, Debug, Args)]
pub struct Gates {
    /// Whose names they are: GitHub, Gitea and Forgejo write CALLER / CALLED
    #[arg(long, value_name = "PROVIDER", value_enum)]
    pub provider: Option<Provider>,
    /// The names; one a line from standard input where absent
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
}

/// The CI providers by their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Provider {
    /// GitHub Actions
    Github,
    /// Gitea Actions
    Gitea,
    /// Forgejo Actions
    Forgejo,
    /// GitLab CI
    Gitlab,
    /// Jenkins Pipeline
    Jenkins,
}

impl From<Provider> for CiKind {
    fn from(provider: Provider) -> Self {
        match provider {
            Provider::Github => Self::GitHub,
            Provider::Gitea => Self::Gitea,
            Provider::Forgejo => Self::Forgejo,
            Provider::Gitlab => Self::GitLab,
            Provider::Jenkins => Self::Jenkins,
        }
    }
}

/// Arguments of `demo`.
#[derive(Clone, Debug, Args)]
pub struct Demo {
    /// How the world begins and what happens in it
    #[arg(long, value_name = "NAME")]
    pub scenario: Option<String>,
    /// Decides latencies, errors, arrivals and names
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Prints the scenarios
    #[arg(long)]
    pub list: bool,
    /// Runs the world alone, in the foreground, until SIGTERM
    #[arg(long, requires = "dir")]
    pub serve: bool,
    /// Where the world's kubeconfig, config.toml and world.json go
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Writes a picture of the cockpit to this file as SVG, and ends
    #[arg(long, value_name = "FILE", conflicts_with_all = ["serve", "list"])]
    pub picture: Option<PathBuf>,
    /// Columns and rows of the picture
    #[arg(long, value_name = "COLUMNSxROWS", default_value = "120x36", value_parser = size_argument, requires = "picture")]
    pub size: (u16, u16),
    /// How long the cockpit watches before its picture is taken
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration_argument, requires = "picture")]
    pub after: Duration,
    /// Many services beside the first; only the first one's pods are servers
    #[arg(long, value_name = "SERVICESxPODS")]
    pub fleet: Option<String>,
}

/// Arguments of `watch`.
#[derive(Clone, Debug, Args)]
pub struct Watch {
    /// Where.
    #[command(flatten)]
    pub named: Named,
    /// Ends when this is so: healthy, paused, a weight such as 50, or ended
    #[arg(long, value_name = "healthy|paused|STEP|ended")]
    pub until: Option<Until>,
    /// Gives up after this long, with exit code 8
    #[arg(long, value_name = "DURATION", value_parser = duration_argument)]
    pub timeout: Option<Duration>,
}

/// Arguments of `note`.
#[derive(Clone, Debug, Args)]
#[command(override_usage = "flightdeck note [OPTIONS] [SERVICE] <TEXT>")]
pub struct Note {
    /// The service, by default `$SERVICE_NAME`, else the only one; and the remark, which is never rewritten
    #[arg(value_name = "SERVICE] [TEXT", num_args = 1..=2, required = true)]
    words: Vec<String>,
    /// The environment; by default $ENV, else the only one
    #[arg(short, long = "env", value_name = "ENV", env = "ENV", hide_env = true)]
    environment: Option<String>,
    /// Service of the standard variables.
    #[arg(long, env = "SERVICE_NAME", hide = true, hide_env = true)]
    service_name: Option<String>,
}

impl Note {
    /// Where.
    pub fn named(&self) -> Named {
        let written = match self.words.as_slice() {
            [service, _] => Some(service.clone()),
            _ => self.service_name.clone(),
        };
        Named {
            service: written,
            environment: self.environment.clone(),
        }
    }

    /// The remark; `None` where the only word names one of `services`, so that it was forgotten.
    pub fn text<'n>(&'n self, mut services: impl Iterator<Item = &'n str>) -> Option<&'n str> {
        let text = self.words.last()?.as_str();
        let is_forgotten = self.words.len() == 1 && services.any(|service| service == text);
        (!is_forgotten).then_some(text)
    }
}

/// Arguments of `report`.
#[derive(Clone, Debug, Args)]
pub struct Report {
    /// Where.
    #[command(flatten)]
    pub named: Named,
    /// The release, instead of the newest
    #[arg(long, value_name = "TAG")]
    pub release: Option<String>,
    /// All that happened since then, whatever the release
    #[arg(long, value_name = "DURATION", value_parser = duration_argument, conflicts_with = "release")]
    pub since: Option<Duration>,
    /// Writes it to this file, its charts beside it, instead of printing it with its charts inside
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// What `watch` waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// No release under way and all wanted pods available.
    Healthy,
    /// A person paused the release.
    Paused,
    /// The canary has this weight or more.
    Weight(Weight),
    /// The release under way has ended.
    Ended,
}

impl FromStr for Until {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "healthy" => Ok(Self::Healthy),
            "paused" => Ok(Self::Paused),
            "ended" => Ok(Self::Ended),
            weight => weight
                .trim_end_matches(['%', ' '])
                .parse::<u32>()
                .ok()
                .and_then(|percent| Weight::try_from(percent).ok())
                .map(Self::Weight)
                .ok_or_else(|| {
                    "expected healthy, paused, ended or a weight from 0 to 100".to_owned()
                }),
        }
    }
}

/// What to do with themes.
#[derive(Clone, Debug, Subcommand)]
pub enum ThemeCommand {
    /// Prints the themes that there are
    List,
    /// Tells every mistake of your own themes, or of one, with its line
    Check {
        /// The theme; all of your own where absent
        name: Option<String>,
    },
    /// Prints every role of a theme as it looks
    Preview {
        /// The theme; the configured one where absent
        name: Option<String>,
    },
}

/// What to do with keys.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum KeysCommand {
    /// Prints every action with its name and keys
    List,
    /// Tells every mistake of keys.toml with its line
    Check,
}

/// What to do with the configuration.
#[derive(Clone, Debug, Subcommand)]
pub enum ConfigCommand {
    /// Prints each value in effect and where it came from
    Print,
    /// Tells every mistake with its place
    Check,
    /// Writes a first config from what the cluster shows of a service; never over a file that is there
    Init(Named),
}

/// How kubectl finds a plugin of the name `flightdeck`.
const PLUGIN: &str = "kubectl-flightdeck";

/// The command line by the name that the program was called by: as a plugin its usage says `kubectl flightdeck`.
pub fn command(called: &OsStr) -> clap::Command {
    let is_plugin = Path::new(called)
        .file_stem()
        .is_some_and(|name| name == PLUGIN);
    if is_plugin {
        Cli::command().bin_name("kubectl flightdeck")
    } else {
        Cli::command()
    }
}

impl Cli {
    /// Reads arguments, the first of which is the program's own name.
    pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let arguments: Vec<OsString> = arguments.into_iter().collect();
        let called = arguments.first().cloned().unwrap_or_default();
        let mut command = command(&called);
        let matches = command.try_get_matches_from_mut(arguments)?;
        Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    }
}

fn size_argument(text: &str) -> Result<(u16, u16), String> {
    let size = text
        .split_once('x')
        .and_then(|(columns, rows)| Some((columns.parse().ok()?, rows.parse().ok()?)));
    size.filter(|(columns, rows)| (20..=400).contains(columns) && (5..=200).contains(rows))
        .ok_or_else(|| "expected COLUMNSxROWS such as 120x36, at most 400x200".to_owned())
}

/// Reads a duration argument.
pub(crate) fn duration_argument(text: &str) -> Result<Duration, String> {
    duration::parse(text).ok_or_else(|| "expected a duration such as 400ms, 90s or 10m".to_owned())
}
