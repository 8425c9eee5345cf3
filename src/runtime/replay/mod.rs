//! A recording of the cockpit, again: stepped through on a terminal, or told as its last picture.
//!
//! Nothing of the world is touched: events are folded, what the core then wants of the world is dropped.

pub mod digest;
pub mod player;
pub mod stage;
pub mod told;

use self::player::Player;
use self::told::ReplayDocument;
use super::looks::Looks;
use super::{detect, recording};
use crate::config::settings::{ColorDepth, Glyphs, Settings};
use crate::config::theme::AUTO;
use crate::domain::notice::{Notice, NoticeKind};
use std::io;
use std::path::Path;

/// What a person chose for this look at a recording, over what was recorded.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Colours of this terminal.
    pub color: ColorDepth,
    /// Symbols of this terminal.
    pub glyphs: Glyphs,
    /// Another theme.
    pub theme: Option<String>,
}

/// Reads a recording, ready to be played.
pub fn open(file: &Path) -> Result<Player, Notice> {
    Ok(Player::new(recording::open(file)?))
}

/// Whether there is a screen to play it on.
pub fn has_stage() -> bool {
    detect::has_screen()
}

/// Plays it on the terminal until a person leaves; answers the exit code.
pub async fn play(mut player: Player, wish: &Wish) -> Result<u8, Notice> {
    let looks = looks(player.model().settings.clone(), wish)?;
    stage::run(&mut player, &looks)
        .await
        .map_err(|error| no_terminal(&error))
}

/// What it holds, with its last picture.
pub fn tell(player: Player) -> Result<ReplayDocument, Notice> {
    ReplayDocument::of(player)
}

fn looks(mut settings: Settings, wish: &Wish) -> Result<Looks, Notice> {
    settings.ui.color = wish.color;
    settings.ui.glyphs = wish.glyphs;
    if let Some(theme) = &wish.theme {
        settings.ui.theme.clone_from(theme);
        return Looks::load(&settings);
    }
    // A theme of whoever recorded it need not be on this machine.
    Looks::load(&settings).or_else(|_| {
        AUTO.clone_into(&mut settings.ui.theme);
        Looks::load(&settings)
    })
}

fn no_terminal(error: &io::Error) -> Notice {
    Notice::new(NoticeKind::Usage, "the terminal cannot be set up")
        .caused_by(error)
        .hint("its last picture goes to a pipe: flightdeck replay FILE | cat")
}
