//! The one match from a command to the cockpit, to a command without a screen, or to the demo world.

mod demo;
mod pipeline;
mod start;

use crate::analysis::gates::OwnRule;
use crate::app::keymap::Keymap;
use crate::app::pipeline::{CiWish, own_rules};
use crate::cli::actions::Action;
use crate::cli::globals::{Format, Globals};
use crate::cli::target::Named;
use crate::cli::{self, Cli, Command, KeysCommand, Note, ThemeCommand};
use crate::config::layer::Overrides;
use crate::config::places::{self, ConfigError};
use crate::config::settings::{ColorDepth, Glyphs, Settings};
use crate::config::theme::AUTO;
use crate::domain::ids::Target;
use crate::domain::notice::{Notice, NoticeKind};
use crate::headless::output::Output;
use crate::headless::{
    act, all, changes, checklist, exit, gates, goals, history, judge, keys, logs, note, pilot,
    pilot_manifest, plan, report, runbook, shell, smoke, status, theme, trouble, watch,
};
use crate::runtime::cockpit::{self, On};
use crate::runtime::{self, detect, logging, login, replay};
use std::io::{self, ErrorKind};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// Tasks that still run when the program has its exit code get this long.
const STRAGGLERS: Duration = Duration::from_millis(500);

/// Why a command ended without its own exit code.
enum Stop {
    /// A person has to be told.
    Told(Box<Notice>),
    /// An output is gone.
    Output(io::Error),
}

impl From<Notice> for Stop {
    fn from(notice: Notice) -> Self {
        Self::Told(Box::new(notice))
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// Does what the command line asks for; answers the exit code.
pub fn run(cli: &Cli) -> ExitCode {
    if let Some(Command::RunLogin { words }) = &cli.command
        && let [program, arguments @ ..] = words.as_slice()
    {
        return login::run(program, arguments);
    }
    login::remember();
    let mut output = Output::standard(cli.globals.output);
    let Ok(runtime) = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    else {
        return ExitCode::from(exit::FAULT);
    };
    // A panic has been reported by its hook; what is left is the exit code.
    let done = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(carry(cli, &mut output))
    }));
    runtime.shutdown_timeout(STRAGGLERS);
    ExitCode::from(match done {
        Ok(Ok(code)) => code,
        Ok(Err(Stop::Told(notice))) => told(&mut output, &notice),
        Ok(Err(Stop::Output(error))) => gone(&mut output, &error),
        Err(_) => exit::FAULT,
    })
}

fn told(output: &mut Output<'_>, notice: &Notice) -> u8 {
    trouble::tell(output, notice).unwrap_or_else(|error| gone(output, &error))
}

/// Whoever read the output and went away is no fault; a full disk is.
fn gone(output: &mut Output<'_>, error: &io::Error) -> u8 {
    if error.kind() == ErrorKind::BrokenPipe {
        return exit::PIPE;
    }
    // Where standard error is gone too there is nowhere to say it.
    drop(output.notice(&format!("error: the output cannot be written: {error}")));
    exit::FAULT
}

async fn carry(cli: &Cli, output: &mut Output<'_>) -> Result<u8, Stop> {
    let globals = &cli.globals;
    logging::start(globals.log_file.as_deref(), globals.verbose)?;
    let Some(command) = &cli.command else {
        return Box::pin(cockpit_on(globals, &Named::default(), output)).await;
    };
    match command {
        Command::Open(named) => Box::pin(cockpit_on(globals, named, output)).await,
        Command::Demo(wish) => Box::pin(demo::run(globals, wish, output)).await,
        Command::Theme { command } => themes(globals, command, output),
        Command::Keys { command } => keyed(globals, *command, output),
        Command::Config { command } => start::configured(globals, command, output).await,
        Command::Gates(wish) => {
            let own = own_gates(globals)?;
            Ok(gates::run(wish, &own, io::stdin().lock(), output)??)
        }
        Command::Runs(wish) => pipeline::runs(globals, wish, output).await,
        Command::Joblog(wish) => pipeline::job_log(globals, wish, output).await,
        Command::Approve(wish) => pipeline::review(globals, wish, CiWish::Approve, output).await,
        Command::Reject(wish) => pipeline::review(globals, wish, CiWish::Reject, output).await,
        Command::Rerun(wish) => pipeline::rerun(globals, wish, output).await,
        Command::Cancel(wish) => pipeline::cancel(globals, wish, output).await,
        Command::Doctor(wish) => start::doctor(globals, wish, output).await,
        Command::Completions { shell } => Ok(shell::completions(cli_as_called(), *shell, output)?),
        Command::Man => Ok(shell::manual(cli_as_called(), output)?),
        // Done before there was a runtime.
        Command::RunLogin { .. } => Ok(exit::FAULT),
        Command::Status(named) => {
            let settings = settings(globals, output).await?;
            if named.names_nothing() && settings.services.len() > 1 {
                return Ok(all::run(&settings, output).await?);
            }
            let targets = named
                .targets(&settings)
                .map_err(|fault| trouble::target(&fault))?;
            Ok(status::run(&settings, &targets, output).await?)
        }
        Command::Watch(wish) => {
            let settings = settings(globals, output).await?;
            let target = target(&wish.named, &settings)?;
            Ok(watch::run(&settings, &target, wish, output).await?)
        }
        Command::Pilot(wish) if wish.manifest => {
            let layered = start::layered(globals, output).await?;
            let target = target(&wish.named, &layered.settings)?;
            Ok(pilot_manifest::run(
                &layered,
                &target,
                wish.image.as_deref(),
                output,
            )?)
        }
        Command::Pilot(wish) => {
            let settings = settings(globals, output).await?;
            let target = target(&wish.named, &settings)?;
            Ok(Box::pin(pilot::run(&settings, &target, wish, output)).await?)
        }
        Command::Changes(named) => {
            let settings = settings(globals, output).await?;
            let target = target(named, &settings)?;
            Ok(changes::run(&settings, &target, output).await??)
        }
        Command::Logs(wish) => {
            let settings = settings(globals, output).await?;
            let target = target(&wish.named, &settings)?;
            Ok(logs::run(&settings, &target, wish, output).await??)
        }
        Command::Runbook(named) => runbook_of(globals, named, output).await,
        Command::Checklist(named) => checklist_of(globals, named, output).await,
        Command::Smoke(wish) => {
            let settings = settings(globals, output).await?;
            let target = target(&wish.named, &settings)?;
            Ok(smoke::run(&settings, &target, wish, output).await?)
        }
        Command::History(named) => {
            let settings = settings(globals, output).await?;
            let target = target(named, &settings)?;
            Ok(history::run(&settings, &target, output).await?)
        }
        Command::Note(wish) => remarked(globals, wish, output).await,
        Command::Report(wish) => {
            let settings = settings(globals, output).await?;
            let target = target(&wish.named, &settings)?;
            Ok(report::run(&settings, &target, wish, output).await?)
        }
        Command::Judge { file } => Ok(judge::run(&judge::document(file.as_deref())?, output)?),
        Command::Replay { file } => Box::pin(replayed(globals, file, output)).await,
        Command::Plan { action } => planned(globals, action, output).await,
        Command::Act(action) if action.conduct().dry_run => planned(globals, action, output).await,
        Command::Act(action) => {
            let settings = settings(globals, output).await?;
            let wanted = goals::wanted(action, &settings)?;
            Ok(act::run(&settings, &wanted, action.conduct(), output).await?)
        }
    }
}

async fn runbook_of(globals: &Globals, named: &Named, output: &mut Output<'_>) -> Result<u8, Stop> {
    let settings = settings(globals, output).await?;
    let target = target(named, &settings)?;
    Ok(runbook::run(&settings, &target, output).await??)
}

async fn checklist_of(
    globals: &Globals,
    named: &Named,
    output: &mut Output<'_>,
) -> Result<u8, Stop> {
    let settings = settings(globals, output).await?;
    let target = start::last_gate(&settings, named)?;
    Ok(checklist::run(&settings, &target, output).await?)
}

async fn planned(globals: &Globals, action: &Action, output: &mut Output<'_>) -> Result<u8, Stop> {
    let settings = settings(globals, output).await?;
    let wanted = goals::wanted(action, &settings)?;
    Ok(plan::run(&settings, &wanted, output).await?)
}

async fn remarked(globals: &Globals, wish: &Note, output: &mut Output<'_>) -> Result<u8, Stop> {
    let settings = settings(globals, output).await?;
    let target = target(&wish.named(), &settings)?;
    let services = settings
        .services
        .iter()
        .map(|service| service.name.as_str());
    let forgotten = || {
        Notice::new(NoticeKind::Usage, "the remark is missing")
            .hint("flightdeck note SERVICE -e ENV TEXT")
    };
    let text = wish.text(services).ok_or_else(forgotten)?;
    Ok(note::run(&settings, &target, text, output).await?)
}

async fn settings(globals: &Globals, output: &mut Output<'_>) -> Result<Settings, Stop> {
    start::layered(globals, output)
        .await
        .map(|layered| layered.settings)
}

/// The teams' own maps, in the order of the config; none where there is no config.
fn own_gates(globals: &Globals) -> Result<Vec<OwnRule>, Stop> {
    let settings = match places::load(globals.config.as_deref(), &overrides(globals)) {
        Ok(layered) => layered.settings,
        Err(ConfigError::Nowhere(_)) => return Ok(Vec::new()),
        Err(error) => return Err(trouble::config(&error).into()),
    };
    let projects = settings
        .services
        .iter()
        .filter_map(|service| service.ci.as_ref());
    Ok(projects.flat_map(own_rules).collect())
}

/// On a terminal it is played; elsewhere, and as JSON, it is told.
async fn replayed(globals: &Globals, file: &Path, output: &mut Output<'_>) -> Result<u8, Stop> {
    let player = replay::open(file)?;
    if replay::has_stage() && globals.output == Format::Text {
        let over = overrides(globals);
        let wish = replay::Wish {
            color: over.color.map_or(ColorDepth::Auto, |color| color.value),
            glyphs: over.glyphs.map_or(Glyphs::Auto, |glyphs| glyphs.value),
            theme: globals.theme.clone(),
        };
        return Ok(Box::pin(replay::play(player, &wish)).await?);
    }
    output.print(&replay::tell(player)?, replay::told::ReplayDocument::lines)?;
    Ok(exit::DONE)
}

fn themes(globals: &Globals, command: &ThemeCommand, output: &mut Output<'_>) -> Result<u8, Stop> {
    let origin = places::origin(globals.config.as_deref());
    let own = origin.as_ref().map(places::themes).unwrap_or_default();
    Ok(match command {
        ThemeCommand::List => theme::list(&own, output)?,
        ThemeCommand::Check { name } => theme::check(&own, name.as_deref(), output)?,
        ThemeCommand::Preview { name } => {
            let configured = || {
                let layered = places::load(globals.config.as_deref(), &overrides(globals));
                layered.ok().map(|layered| layered.settings.ui.theme)
            };
            let name = name
                .clone()
                .or_else(|| globals.theme.clone())
                .or_else(configured);
            let name = name
                .filter(|name| name != AUTO)
                .unwrap_or_else(|| detect::theme().to_owned());
            let depth = detect::depth(
                overrides(globals)
                    .color
                    .map_or(ColorDepth::Auto, |color| color.value),
            );
            theme::preview(&own, &name, depth, output)?
        }
    })
}

fn keyed(globals: &Globals, command: KeysCommand, output: &mut Output<'_>) -> Result<u8, Stop> {
    let keymap = match places::origin(globals.config.as_deref()) {
        Some(origin) => runtime::keys::load(&origin),
        None => Ok(Keymap::default()),
    };
    Ok(match command {
        KeysCommand::List => keys::list(keymap, output)?,
        KeysCommand::Check => keys::check(&keymap, output)?,
    })
}

/// The command line by the name that this process was called by.
fn cli_as_called() -> clap::Command {
    cli::command(&std::env::args_os().next().unwrap_or_default())
}

fn overrides(globals: &Globals) -> Overrides {
    globals.overrides(std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()))
}

fn target(named: &Named, settings: &Settings) -> Result<Target, Stop> {
    named
        .target(settings)
        .map_err(|fault| trouble::target(&fault).into())
}

async fn cockpit_on(globals: &Globals, named: &Named, output: &mut Output<'_>) -> Result<u8, Stop> {
    let settings = settings(globals, output).await?;
    let on = match start::meant(&settings, named, output).await? {
        ControlFlow::Continue(on) => on,
        ControlFlow::Break(code) => return Ok(code),
    };
    cockpit_or_status(settings, on, output).await
}

/// Where no screen can be drawn, what it would show is printed.
async fn cockpit_or_status(
    settings: Settings,
    on: On,
    output: &mut Output<'_>,
) -> Result<u8, Stop> {
    if detect::has_screen() {
        return Ok(cockpit::open(settings, on).await?);
    }
    Ok(match on {
        On::Fleet => all::run(&settings, output).await?,
        On::Service(target) => status::run(&settings, &[target], output).await?,
    })
}
