//! The pipeline's commands: which service they mean, and what they ask.

use super::{Stop, settings};
use crate::app::pipeline::CiWish;
use crate::cli::globals::Globals;
use crate::cli::pipeline::{Cancel, JobLog, Owner, Rerun, Review, Runs};
use crate::config::settings::Settings;
use crate::domain::ids::ServiceName;
use crate::domain::notice::{Notice, NoticeKind};
use crate::headless::output::Output;
use crate::headless::pipeline::{self, Asked, Wish};
use crate::headless::trouble;

pub(super) async fn runs(
    globals: &Globals,
    wish: &Runs,
    output: &mut Output<'_>,
) -> Result<u8, Stop> {
    let settings = settings(globals, output).await?;
    let service = match wish.named.service(&settings) {
        Ok(service) => service.name.clone(),
        Err(fault) => return Err(trouble::target(&fault).into()),
    };
    Ok(pipeline::runs(&settings, &service, wish, output).await??)
}

pub(super) async fn job_log(
    globals: &Globals,
    wish: &JobLog,
    output: &mut Output<'_>,
) -> Result<u8, Stop> {
    let settings = settings(globals, output).await?;
    let service = owner(&wish.owner, &settings)?;
    Ok(pipeline::job_log(&settings, &service, wish, output).await??)
}

pub(super) async fn review(
    globals: &Globals,
    wish: &Review,
    word: CiWish,
    output: &mut Output<'_>,
) -> Result<u8, Stop> {
    let asked = Wish {
        run: wish.run.clone(),
        wanted: Asked::Run(word, wish.comment.clone()),
        yes: wish.yes,
    };
    ask(globals, &wish.owner, &asked, output).await
}

pub(super) async fn rerun(
    globals: &Globals,
    wish: &Rerun,
    output: &mut Output<'_>,
) -> Result<u8, Stop> {
    let wanted = match (&wish.job, wish.failed) {
        (Some(job), _) => Asked::Job(job.clone()),
        (None, true) => Asked::Run(CiWish::RerunFailed, String::new()),
        (None, false) => Asked::Run(CiWish::Rerun, String::new()),
    };
    let asked = Wish {
        run: wish.run.clone(),
        wanted,
        yes: wish.yes,
    };
    ask(globals, &wish.owner, &asked, output).await
}

pub(super) async fn cancel(
    globals: &Globals,
    wish: &Cancel,
    output: &mut Output<'_>,
) -> Result<u8, Stop> {
    let asked = Wish {
        run: wish.run.clone(),
        wanted: Asked::Run(CiWish::Cancel, String::new()),
        yes: wish.yes,
    };
    ask(globals, &wish.owner, &asked, output).await
}

async fn ask(
    globals: &Globals,
    owner: &Owner,
    wish: &Wish,
    output: &mut Output<'_>,
) -> Result<u8, Stop> {
    let settings = settings(globals, output).await?;
    let service = self::owner(owner, &settings)?;
    Ok(pipeline::ask(&settings, &service, wish, output).await??)
}

/// The named service, else the only one that has a pipeline.
fn owner(owner: &Owner, settings: &Settings) -> Result<ServiceName, Notice> {
    let names = |with_pipeline: bool| {
        settings
            .services
            .iter()
            .filter(move |service| !with_pipeline || service.ci.is_some())
            .map(|service| service.name.clone())
    };
    if let Some(named) = owner.service.as_deref().filter(|name| !name.is_empty()) {
        return names(false)
            .find(|name| name.as_str() == named)
            .ok_or_else(|| {
                let known: Vec<String> = names(false).map(|name| name.to_string()).collect();
                let text =
                    format!("there is no service `{named}` (named by --service or $SERVICE_NAME)");
                Notice::new(NoticeKind::Usage, text).hint(format!("there are {}", known.join(", ")))
            });
    }
    let mut with_pipeline = names(true);
    match (with_pipeline.next(), with_pipeline.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(Notice::new(
            NoticeKind::Config,
            "no service has a pipeline in the config",
        )
        .hint("add [ci.NAME] and [services.NAME.ci] to the config")),
        (Some(_), Some(_)) => {
            let known: Vec<String> = names(true).map(|name| name.to_string()).collect();
            Err(
                Notice::new(NoticeKind::Usage, "several services have a pipeline")
                    .hint(format!("add --service: {}", known.join(", "))),
            )
        }
    }
}
