//! A picture of the cockpit without a terminal: what the true loop shows after a while, as SVG.

use super::drive::{Edge, drive};
use super::looks::Looks;
use super::{clock, edge, export, identity};
use crate::app::model::Model;
use crate::config::settings::Settings;
use crate::domain::ids::Target;
use crate::domain::notice::{Notice, NoticeKind};
use crate::view::svg;
use futures_util::stream;
use std::ops::ControlFlow;
use std::time::Duration;
use tokio::time::Instant;

/// What is wanted of a picture.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// Columns and rows.
    pub size: (u16, u16),
    /// How long the cockpit watches before it is taken.
    pub after: Duration,
}

/// Watches `target` and answers what the screen shows then.
pub async fn take(settings: Settings, target: Target, wish: Wish) -> Result<String, Notice> {
    let looks = Looks::load(&settings)?;
    let mut edge = edge::open(&settings, &target).await?;
    let title = format!("Flightdeck on {target}");
    let mut model = Model::new(
        settings,
        target,
        identity::person(),
        identity::run_word(),
        clock::now(),
    );
    model.ui.size = wish.size;
    model.ui.theme = looks.chosen().to_owned();
    watch(&mut model, &mut edge, wish.after).await?;
    let buffer = export::picture(&model, looks.paint(&model.ui.theme));
    Ok(svg::render(&buffer, &title))
}

/// Runs the loop until the time is up; frames come at least once a second, with the clock.
async fn watch(model: &mut Model, edge: &mut Edge, after: Duration) -> Result<(), Notice> {
    let until = Instant::now() + after;
    let driven = drive(model, edge, stream::pending(), |_, _| {
        Ok(if Instant::now() < until {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(0)
        })
    });
    driven.await.map(drop).map_err(|error| {
        Notice::new(NoticeKind::Internal, "the picture could not be taken").caused_by(&error)
    })
}
