//! What lies where on the drawn screen, and what a pointer there asks for.
//!
//! Invariant: a pointer answers no question and begins nothing that changes something. What it may ask for is only what
//! [`Touched`] and [`Rolled`] can say, and the core looks once more before it does it.

use super::action::Action;
use super::event::Event;
use super::intent::{Intent, Motion};
use super::key::Key;
use super::screen::Pane;
use crate::domain::ids::Target;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Something done with a pointer, at a column and a row of the screen, both from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// The column.
    pub column: u16,
    /// The row.
    pub row: u16,
    /// What was done.
    pub did: Did,
}

/// What a pointer did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Did {
    /// Its first button went down.
    Press,
    /// It moved with the button down.
    Drag,
    /// Its wheel was turned away from the person.
    WheelUp,
    /// Its wheel was turned toward the person.
    WheelDown,
}

/// A rectangle of cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Area {
    /// Its first column.
    pub x: u16,
    /// Its first row.
    pub y: u16,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Area {
    fn holds(self, column: u16, row: u16) -> bool {
        let within = |at: u16, from: u16, length: u16| at >= from && at - from < length;
        within(column, self.x, self.width) && within(row, self.y, self.height)
    }
}

/// What lies somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spot {
    /// An action's key in the bar.
    Hint(Action),
    /// A key in the bar that others can follow.
    Menu(Key),
    /// Lines of the list that has the keys; the first row is the line of this number.
    Lines(usize),
    /// A service's row.
    Service(Target),
    /// A log.
    Log,
    /// A chart's plot: the moment of its first column and the time of a column, in milliseconds.
    Chart(i64, i64),
    /// The title of a pane that can be zoomed.
    Title(Pane),
    /// The strip of the gates.
    Strip,
}

/// What a pointer was pressed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Touched {
    /// An action's key in the bar.
    Hint(Action),
    /// A key in the bar that others can follow.
    Menu(Key),
    /// A line of the list that has the keys.
    Line(usize),
    /// A service's row.
    Service(Target),
    /// The log.
    Log,
    /// A moment in a chart.
    Moment(Timestamp),
    /// The title of a pane that can be zoomed.
    Title(Pane),
    /// The strip of the gates.
    Strip,
}

/// What a wheel was turned over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rolled {
    /// A list.
    List,
    /// A log.
    Log,
    /// A chart.
    Chart,
}

/// What lies where on the screen as it was drawn last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spots(Vec<(Area, Spot)>);

impl Spots {
    /// Adds something; it lies over what was added before.
    pub fn add(&mut self, area: Area, spot: Spot) {
        self.0.push((area, spot));
    }

    /// What lies in a cell, and where all of it is.
    pub fn under(&self, column: u16, row: u16) -> Option<(Area, &Spot)> {
        let mut over = self.0.iter().rev();
        over.find(|(area, _)| area.holds(column, row))
            .map(|(area, spot)| (*area, spot))
    }

    /// What a pointer asks for; `None` where it means nothing.
    pub fn event(&self, pointer: Pointer) -> Option<Event> {
        let (area, spot) = self.under(pointer.column, pointer.row)?;
        let intent = match (pointer.did, spot) {
            (Did::Drag, Spot::Chart(..)) | (Did::Press, _) => {
                Intent::Touch(touched(spot, area, pointer)?)
            }
            (Did::Drag, _) => return None,
            (Did::WheelUp, _) => Intent::Roll(rolled(spot)?, Motion::Up),
            (Did::WheelDown, _) => Intent::Roll(rolled(spot)?, Motion::Down),
        };
        Some(Event::Wanted(intent))
    }
}

fn touched(spot: &Spot, area: Area, pointer: Pointer) -> Option<Touched> {
    Some(match spot {
        Spot::Hint(action) => Touched::Hint(*action),
        Spot::Menu(key) => Touched::Menu(*key),
        Spot::Lines(first) => Touched::Line(first + usize::from(pointer.row - area.y)),
        Spot::Service(target) => Touched::Service(target.clone()),
        Spot::Log => Touched::Log,
        Spot::Chart(start, each) => {
            let columns = i64::from(pointer.column - area.x);
            let at = start.saturating_add(each.saturating_mul(columns)) + each / 2;
            Touched::Moment(Timestamp::from_millisecond(at).ok()?)
        }
        Spot::Title(pane) => Touched::Title(*pane),
        Spot::Strip => Touched::Strip,
    })
}

fn rolled(spot: &Spot) -> Option<Rolled> {
    match spot {
        Spot::Lines(_) | Spot::Service(_) => Some(Rolled::List),
        Spot::Log => Some(Rolled::Log),
        Spot::Chart(..) => Some(Rolled::Chart),
        Spot::Hint(_) | Spot::Menu(_) | Spot::Title(_) | Spot::Strip => None,
    }
}
