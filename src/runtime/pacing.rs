//! When the next frame may be drawn.
//!
//! Keys are drawn at once. A change of state is drawn at once when the screen was quiet, then at most once in a short while.
//! Samples and ticks are gathered.

use crate::app::event::Event;
use crate::config::settings::Ui;
use crate::domain::event::SourceEvent;
use std::time::Duration;
use tokio::time::Instant;

/// How urgent a change of the picture is, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Samples, ages: gathered.
    Sample,
    /// The state changed: soon.
    State,
    /// A person waits for it: at once.
    Input,
}

impl Urgency {
    /// The urgency of an event.
    pub fn of(event: &Event) -> Self {
        match event {
            Event::KeyPressed(_)
            | Event::Pasted(_)
            | Event::Resized(..)
            | Event::ScreenSpoilt
            | Event::Wanted(_) => Self::Input,
            Event::Source(
                SourceEvent::ClusterRead(..)
                | SourceEvent::FeedFailed(..)
                | SourceEvent::PlaceFailed(..)
                | SourceEvent::RightsRead(..)
                | SourceEvent::IdentityRead(..)
                | SourceEvent::PipelinesRead(..)
                | SourceEvent::JobLogRead(..)
                | SourceEvent::PodLogRead(..)
                | SourceEvent::Noted(..)
                | SourceEvent::GuardrailsRead(..)
                | SourceEvent::HarmCounted(..),
            )
            | Event::Effect(_) => Self::State,
            Event::Ticked
            | Event::Source(
                SourceEvent::FeedSeen(..)
                | SourceEvent::PlaceSeen(_)
                | SourceEvent::Scraped(..)
                | SourceEvent::Backfilled(..)
                | SourceEvent::LeaseSeen(..),
            ) => Self::Sample,
        }
    }
}

/// The shortest times between frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pacing {
    /// Between frames for changes of state.
    pub state: Duration,
    /// Between frames for samples.
    pub samples: Duration,
}

impl Pacing {
    /// For a terminal on this machine.
    pub const LOCAL: Self = Self {
        state: Duration::from_millis(20),
        samples: Duration::from_millis(500),
    };
    /// For a terminal behind SSH.
    pub const SSH: Self = Self {
        state: Duration::from_millis(50),
        samples: Duration::from_secs(1),
    };
    /// For a line on which every byte counts.
    pub const LOW_BANDWIDTH: Self = Self {
        state: Duration::from_millis(50),
        samples: Duration::from_secs(15),
    };

    /// By the settings, and whether the login came over SSH.
    pub fn choose(ui: &Ui, over_ssh: bool) -> Self {
        match (ui.low_bandwidth, over_ssh) {
            (true, _) => Self::LOW_BANDWIDTH,
            (false, true) => Self::SSH,
            (false, false) => Self::LOCAL,
        }
    }
}

/// What is waiting to be drawn, and when that may be.
#[derive(Debug)]
pub struct Frames {
    pacing: Pacing,
    waiting: Option<Urgency>,
    drawn_at: Option<Instant>,
}

impl Frames {
    /// Nothing drawn yet, and the first frame is wanted.
    pub fn new(pacing: Pacing) -> Self {
        Self {
            pacing,
            waiting: Some(Urgency::Input),
            drawn_at: None,
        }
    }

    /// Something changed.
    pub fn want(&mut self, urgency: Urgency) {
        self.waiting = self.waiting.max(Some(urgency));
    }

    /// When the next frame is due, if one is wanted.
    pub fn due(&self, now: Instant) -> Option<Instant> {
        let pause = match self.waiting? {
            Urgency::Input => Duration::ZERO,
            Urgency::State => self.pacing.state,
            Urgency::Sample => self.pacing.samples,
        };
        Some(self.drawn_at.map_or(now, |drawn| drawn + pause))
    }

    /// A frame was drawn.
    pub fn drawn(&mut self, now: Instant) {
        self.waiting = None;
        self.drawn_at = Some(now);
    }
}
