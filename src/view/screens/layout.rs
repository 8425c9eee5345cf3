//! Where the parts of the service screen stand, by the size of the terminal.
//!
//! When rows are short they go in this order: title, verdict, error chart, keys, pipeline strip, p95 chart, rollout, events.

use ratatui::layout::Rect;

use crate::app::screen::Layout;
use crate::view::widgets::pane::Frame;

/// What a terminal has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tier {
    /// Numbers only, in one pane.
    Text,
    /// Panes with top rules.
    Compact,
    /// Boxes, and words where compact has letters.
    Boxed,
    /// Boxes, pods as a table and a third chart.
    Wide,
}

impl Tier {
    pub(super) fn of(area: Rect) -> Self {
        match (area.width, area.height) {
            (..60, _) | (_, ..20) => Self::Text,
            (180.., 50..) => Self::Wide,
            (120.., 34..) => Self::Boxed,
            _ => Self::Compact,
        }
    }

    pub(super) fn frame(self) -> Frame {
        match self {
            Self::Text | Self::Compact => Frame::Rule,
            Self::Boxed | Self::Wide => Frame::Box,
        }
    }
}

/// Where each part stands; what has no room is empty.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Places {
    pub(super) title: Rect,
    pub(super) pipeline: Rect,
    /// Everything between pipeline and keys.
    pub(super) body: Rect,
    pub(super) rollout: Rect,
    pub(super) verdict: Rect,
    /// Verdict's place and what a plan needs beside it.
    pub(super) plan: Rect,
    pub(super) errors: Rect,
    pub(super) latency: Rect,
    pub(super) cpu: Rect,
    pub(super) events: Rect,
    pub(super) keys: Rect,
}

pub(super) fn places(tier: Tier, layout: Layout, area: Rect) -> Places {
    match (layout, tier) {
        (Layout::Balanced, Tier::Text | Tier::Compact) => compact(area),
        (Layout::Balanced, Tier::Boxed) => boxed(area, 46),
        (Layout::Balanced, Tier::Wide) => boxed(area, 62),
        (Layout::Charts, Tier::Text | Tier::Compact) => charts(area, [2, 4, 3]),
        (Layout::Charts, Tier::Boxed | Tier::Wide) => charts(area, [4, 8, 6]),
        (Layout::Text, Tier::Text | Tier::Compact) => words(area, 2),
        (Layout::Text, Tier::Boxed | Tier::Wide) => words(area, 4),
    }
}

/// Charts over the whole width, between the verdict and a few lines of the log.
fn charts(area: Rect, [pipeline, verdict, events]: [u16; 3]) -> Places {
    let top = 1 + pipeline + verdict;
    let room = area.height.saturating_sub(top + events + 1);
    let upper = room - room / 2;
    Places {
        title: rows(area, 0, 1),
        pipeline: rows(area, 1, pipeline),
        body: rows(area, 1 + pipeline, area.height.saturating_sub(2 + pipeline)),
        verdict: rows(area, 1 + pipeline, verdict),
        plan: rows(area, 1 + pipeline, verdict),
        errors: rows(area, top, upper),
        latency: rows(area, top + upper, room - upper),
        events: rows(area, top + room, events),
        keys: rows(area, area.height.saturating_sub(1), 1),
        ..Places::default()
    }
}

/// Rollout and verdict in words beside each other, and below them the log.
fn words(area: Rect, pipeline: u16) -> Places {
    let body = rows(area, 1 + pipeline, area.height.saturating_sub(2 + pipeline));
    let upper = body.height - body.height / 2;
    let (left, right) = columns(rows(body, 0, upper), area.width / 2, 1);
    Places {
        title: rows(area, 0, 1),
        pipeline: rows(area, 1, pipeline),
        body,
        rollout: left,
        verdict: right,
        plan: right,
        events: rows(body, upper, body.height / 2),
        keys: rows(area, area.height.saturating_sub(1), 1),
        ..Places::default()
    }
}

fn rows(area: Rect, from: u16, height: u16) -> Rect {
    Rect {
        y: area.y + from.min(area.height),
        height: height.min(area.height.saturating_sub(from)),
        ..area
    }
}

fn columns(area: Rect, left: u16, gap: u16) -> (Rect, Rect) {
    let left = left.min(area.width);
    let rest = (left + gap).min(area.width);
    (
        Rect {
            width: left,
            ..area
        },
        Rect {
            x: area.x + rest,
            width: area.width - rest,
            ..area
        },
    )
}

fn compact(area: Rect) -> Places {
    let height = area.height;
    let spare = height.saturating_sub(24);
    let events = 4 + spare / 3;
    // Below 24 rows the log goes first, then the p95 chart shrinks.
    let events = if height < 24 {
        4_u16.saturating_sub(24 - height)
    } else {
        events
    };
    let body = height.saturating_sub(4 + events);
    let (upper, lower) = (body - body / 2, body / 2);
    let left = (area.width / 3).clamp(26, 40);
    let (top_left, top_right) = columns(rows(area, 3, upper), left, 1);
    let (bottom_left, bottom_right) = columns(rows(area, 3 + upper, lower), left, 1);
    Places {
        title: rows(area, 0, 1),
        pipeline: rows(area, 1, 2),
        body: rows(area, 3, height.saturating_sub(4)),
        rollout: top_left,
        verdict: bottom_left,
        plan: rows(area, 3 + upper, lower),
        errors: top_right,
        latency: bottom_right,
        cpu: Rect::default(),
        events: rows(area, 3 + body, events),
        keys: rows(area, height.saturating_sub(1), 1),
    }
}

fn boxed(area: Rect, left: u16) -> Places {
    let events = (area.height / 4).clamp(6, 14);
    let body = rows(area, 5, area.height.saturating_sub(6 + events));
    let (side, charts) = columns(body, left, 0);
    let verdict = (side.height / 2).clamp(11, 15).min(side.height);
    let (count, third) = if left > 46 { (3, true) } else { (2, false) };
    let share = charts.height / count;
    let lower = charts.height - share * (count - 1);
    Places {
        title: rows(area, 0, 1),
        pipeline: rows(area, 1, 4),
        body: rows(area, 5, area.height.saturating_sub(6)),
        rollout: rows(side, 0, side.height - verdict),
        verdict: rows(side, side.height - verdict, verdict),
        plan: rows(side, side.height - verdict, verdict),
        errors: rows(charts, 0, if third { share } else { lower }),
        latency: rows(charts, if third { share } else { lower }, share),
        cpu: if third {
            rows(charts, 2 * share, lower)
        } else {
            Rect::default()
        },
        events: rows(area, area.height.saturating_sub(1 + events), events),
        keys: rows(area, area.height.saturating_sub(1), 1),
    }
}
