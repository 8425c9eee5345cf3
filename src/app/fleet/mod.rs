//! All services in all their environments, one row each.
//!
//! Invariants: a row is changed by news of its own target alone; the order of rows is total; what is stale or unknown is never
//! taken for healthy.

mod attention;
mod listing;
mod looked;
mod risk;
mod row;

pub use attention::{Notable, attention};
pub(in crate::app) use listing::step as listing_step;
pub use listing::{Sort, chosen, listed, tally};
pub use looked::{Looked, Mark};
pub use risk::{Risk, risk};
pub use row::{MetricsKind, Row};

use super::model::Model;
use super::pick::Pick;
use crate::config::settings::Settings;
use crate::domain::feed::{Feed, FeedState};
use crate::domain::ids::Target;
use crate::domain::place::Place;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A namespace that told nothing for so long is stale.
pub const STALE_AFTER: SignedDuration = SignedDuration::from_secs(75);

/// The fleet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fleet {
    /// Whether all of it is watched.
    pub reach: Reach,
    /// Whether a service is open beside it.
    pub opened: Opened,
    /// In the order of the config.
    pub rows: Vec<Row>,
    /// The namespaces, each with the last sign of life of its watches.
    pub places: Vec<(Place, Feed<()>)>,
    /// The chosen row.
    pub chosen: Option<Target>,
    /// What was typed to narrow the rows.
    pub filter: Pick,
    /// How the rows are sorted.
    pub sort: Sort,
    /// What was seen at the last look.
    pub looked: Looked,
    /// Services that were left while something of theirs was under way; what all share is not in them.
    pub parked: Vec<Model>,
}

/// What is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reach {
    /// Only the open service.
    One,
    /// All services.
    All,
}

/// Whether the model's target is being looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Opened {
    /// No service was opened yet.
    Nothing,
    /// The target.
    Target,
}

impl Fleet {
    /// A row for every environment of the settings; nothing is known of any.
    pub fn of(settings: &Settings) -> Self {
        let mut places: Vec<(Place, Feed<()>)> = Vec::new();
        let mut rows = Vec::new();
        for (target, environment) in settings.environments() {
            let place = environment.place();
            let known = places.iter().position(|(known, _)| *known == place);
            let at = known.unwrap_or(places.len());
            if known.is_none() {
                places.push((place, Feed::new(STALE_AFTER)));
            }
            rows.push(Row::new(target, at, environment));
        }
        Self {
            reach: Reach::One,
            opened: Opened::Target,
            rows,
            places,
            chosen: None,
            filter: Pick::default(),
            sort: Sort::Risk,
            looked: Looked::default(),
            parked: Vec::new(),
        }
    }

    /// The row of a target.
    pub fn row(&self, target: &Target) -> Option<&Row> {
        self.rows.iter().find(|row| row.target == *target)
    }

    /// The row of a target.
    pub fn row_mut(&mut self, target: &Target) -> Option<&mut Row> {
        self.rows.iter_mut().find(|row| row.target == *target)
    }

    /// The namespace of a row.
    pub fn place(&self, row: &Row) -> Option<&(Place, Feed<()>)> {
        self.places.get(row.place)
    }

    /// How far what a row says can be trusted at `now`.
    pub fn state(&self, row: &Row, now: Timestamp) -> FeedState {
        let of_place = self
            .place(row)
            .map_or(FeedState::Starting, |(_, feed)| feed.state(now));
        match of_place {
            FeedState::Live if row.fault.is_some() => FeedState::Down,
            FeedState::Live if row.rollout.is_none() => FeedState::Starting,
            state => state,
        }
    }

    /// How old the last sign of life of a row's namespace is.
    pub fn age(&self, row: &Row, now: Timestamp) -> Option<SignedDuration> {
        self.place(row).and_then(|(_, feed)| feed.age(now))
    }

    /// A service that was left while a plan of this program is under way in it.
    pub fn acting(&self) -> Option<Target> {
        let parked = self.parked.iter().find(|parked| parked.running().is_some());
        parked.map(|parked| parked.target.clone())
    }

    /// Whether there is more than one row to look at.
    pub fn is_one_of_many(&self) -> bool {
        self.rows.len() > 1
    }
}
