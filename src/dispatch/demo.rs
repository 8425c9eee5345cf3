//! The demo world: alone, or with the cockpit on it.

use super::Stop;
use crate::app::drill::Drill;
use crate::cli::Demo;
use crate::cli::globals::Globals;
use crate::config::layer::Overrides;
use crate::config::places;
use crate::config::settings::Settings;
use crate::demo::fleet::Size;
use crate::demo::{Scenario, World, WorldError, WorldOptions, scenario, serve};
use crate::domain::ids::Target;
use crate::domain::notice::{Notice, NoticeKind};
use crate::headless::output::Output;
use crate::headless::{exit, trouble};
use crate::runtime::cockpit::On;
use crate::runtime::signals::Ending;
use crate::runtime::{cockpit, detect, picture};
use std::io;
use std::path::Path;
use tokio_util::sync::CancellationToken;

/// Does what `demo` asks for. Nothing of the user's is read.
pub(super) async fn run(
    globals: &Globals,
    wish: &Demo,
    output: &mut Output<'_>,
) -> Result<u8, Stop> {
    if wish.list {
        return Ok(listed(output)?);
    }
    let name = wish.scenario.as_deref().unwrap_or(scenario::DRILL);
    let scenario =
        Scenario::named(name).map_err(|error| Notice::new(NoticeKind::Usage, error.to_string()))?;
    let options = WorldOptions {
        dir: wish.dir.clone(),
        scenario,
        seed: wish.seed,
        program: std::env::current_exe().ok(),
        fleet: fleet(wish)?,
    };
    if wish.serve {
        return serve_alone(options).await;
    }
    let world = World::start(options)
        .await
        .map_err(|error| no_world(&error))?;
    let done = Box::pin(in_world(globals, wish, &world, output)).await;
    world.stop().await;
    done
}

/// The size of the fleet, where one is wanted.
fn fleet(wish: &Demo) -> Result<Option<Size>, Notice> {
    let size = wish.fleet.as_ref().map(|text| text.parse::<Size>());
    size.transpose()
        .map_err(|error| Notice::new(NoticeKind::Usage, error.to_string()))
}

async fn in_world(
    globals: &Globals,
    wish: &Demo,
    world: &World,
    output: &mut Output<'_>,
) -> Result<u8, Stop> {
    let over = Overrides {
        context: None,
        ..super::overrides(globals)
    };
    let layered = places::load_demo(&world.dir().join("config.toml"), &over);
    let settings = layered.map_err(|error| trouble::config(&error))?.settings;
    let target = Target::new("checkout", "production");
    if let Some(file) = &wish.picture {
        let picture = picture::Wish {
            size: wish.size,
            after: wish.after,
        };
        return painted(settings, target, picture, file).await;
    }
    if wish.fleet.is_some() {
        return Box::pin(super::cockpit_or_status(settings, On::Fleet, output)).await;
    }
    if detect::has_screen() {
        let drill = Drill::new(world.info().control.as_str());
        return Ok(cockpit::practise(settings, target, drill).await?);
    }
    Box::pin(super::cockpit_or_status(
        settings,
        On::Service(target),
        output,
    ))
    .await
}

async fn painted(
    settings: Settings,
    target: Target,
    wish: picture::Wish,
    file: &Path,
) -> Result<u8, Stop> {
    let svg = picture::take(settings, target, wish).await?;
    std::fs::write(file, svg).map_err(|error| {
        let summary = format!("the picture cannot be written to {}", file.display());
        Notice::new(NoticeKind::Usage, summary).caused_by(&error)
    })?;
    Ok(exit::DONE)
}

async fn serve_alone(options: WorldOptions) -> Result<u8, Stop> {
    let mut ending = Ending::listen()?;
    let stop = CancellationToken::new();
    let until = stop.clone();
    let signalled = tokio::spawn(async move {
        ending.code().await;
        until.cancel();
    });
    let served = serve(options, stop, &mut io::stdout()).await;
    signalled.abort();
    served.map_err(|error| no_world(&error))?;
    // A signal is how this command is meant to end.
    Ok(exit::DONE)
}

fn no_world(error: &WorldError) -> Notice {
    let notice = Notice::new(NoticeKind::Internal, error.to_string());
    match std::error::Error::source(error) {
        Some(cause) => notice.caused_by(cause),
        None => notice,
    }
}

fn listed(output: &mut Output<'_>) -> io::Result<u8> {
    let scenarios: Vec<(&str, String)> = scenario::names()
        .filter_map(|name| Some((name, Scenario::named(name).ok()?.title)))
        .collect();
    output.print(&scenarios, |scenarios| {
        scenarios
            .iter()
            .map(|(name, title)| format!("{name:<10} {title}"))
            .collect()
    })?;
    Ok(exit::DONE)
}
