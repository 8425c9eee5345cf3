//! What a recording holds, without a screen.

use super::digest::{self, Digest};
use super::player::Player;
use crate::domain::notice::Notice;
use crate::runtime::export::characters;
use jiff::Timestamp;
use serde::Serialize;

/// `flightdeck.replay/1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReplayDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// The version that recorded it.
    pub version: String,
    /// What was open.
    pub service: String,
    /// Where.
    pub environment: String,
    /// How many events it holds.
    pub events: usize,
    /// The first event's time.
    pub from: Option<Timestamp>,
    /// The last event's time.
    pub to: Option<Timestamp>,
    /// Columns and rows of the last picture.
    pub size: (u16, u16),
    /// Of the picture before the first event and of the one after each event: equal pictures, equal digest.
    pub digest: String,
    /// The last picture's characters, one line a row.
    pub picture: String,
}

impl ReplayDocument {
    /// Plays it through.
    pub(super) fn of(mut player: Player) -> Result<Self, Notice> {
        let paint = digest::paint()?;
        let mut digest = Digest::default();
        let mut last = digest::frame(player.model(), &paint);
        digest.take(&last);
        while player.step() {
            last = digest::frame(player.model(), &paint);
            digest.take(&last);
        }
        let span = player.span();
        let target = &player.model().target;
        Ok(Self {
            schema: "flightdeck.replay/1",
            version: player.version().to_owned(),
            service: target.service.to_string(),
            environment: target.environment.to_string(),
            events: player.place().1,
            from: span.map(|(from, _)| from),
            to: span.map(|(_, to)| to),
            size: (last.area.width, last.area.height),
            digest: digest.text(),
            picture: characters(&last),
        })
    }

    /// As lines: what it is, then its last picture.
    pub fn lines(&self) -> Vec<String> {
        let span = match (self.from, self.to) {
            (Some(from), Some(to)) => format!("{from} to {to}"),
            _ => "nothing was recorded".to_owned(),
        };
        let (columns, rows) = self.size;
        let mut lines = vec![
            format!(
                "{} in {}, recorded by flightdeck {}",
                self.service, self.environment, self.version
            ),
            format!("{span}: {} events, digest {}", self.events, self.digest),
            format!("the last picture, {columns} by {rows}:"),
        ];
        lines.extend(self.picture.lines().map(str::to_owned));
        lines
    }
}
