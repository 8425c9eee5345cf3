//! The pods' logs: opened, read, searched.

use super::{fleet, intents, toast};
use crate::analysis::log_lines::{Kinds, mask};
use crate::app::effect::Effect;
use crate::app::intent::{LogWish, Motion};
use crate::app::log_pane::LogPane;
use crate::app::model::Model;
use crate::app::pod_logs::{PodLogs, pods, short};
use crate::app::screen::{Level, Screen};
use crate::domain::feed::FeedFault;
use crate::domain::pipeline::{LineKind, LogLine, LogPiece};
use crate::domain::pod_log::{LogFocus, PodLine, PodLogPiece, Process};
use crate::domain::traffic::Track;

/// To the logs of the canary's pods; without a canary, of stable's.
pub(super) fn go(model: &mut Model) -> Vec<Effect> {
    let effects = fleet::open_seen(model);
    let rollout = model.reading.rollout.as_ref();
    let has_candidate = rollout.is_some_and(|rollout| rollout.candidate.is_some());
    let track = if has_candidate {
        Track::Canary
    } else {
        Track::Stable
    };
    intents::go(model, Screen::Logs);
    // What is read comes into the live picture: a held one would hide it.
    model.frozen = None;
    look_at(
        model,
        LogFocus {
            track,
            process: Process::Present,
        },
    );
    effects
}

fn look_at(model: &mut Model, focus: LogFocus) {
    let pane = model.pod_logs.pane.anew();
    *model.pod_logs = PodLogs {
        pane,
        ..PodLogs::of(focus)
    };
}

/// The other side's pods.
pub(super) fn other_track(model: &mut Model) -> Vec<Effect> {
    let focus = model.pod_logs.focus;
    let track = match focus.track {
        Track::Canary => Track::Stable,
        Track::Stable => Track::Canary,
    };
    if pods(model, track).is_empty() {
        let text = format!("there are no {} pods", track.word());
        toast(model, Level::Warn, text);
    } else {
        look_at(model, LogFocus { track, ..focus });
    }
    Vec::new()
}

/// What the containers printed before their last restart, or what they print now.
pub(super) fn other_process(model: &mut Model) -> Vec<Effect> {
    let focus = model.pod_logs.focus;
    let process = match focus.process {
        Process::Present => Process::Previous,
        Process::Previous => Process::Present,
    };
    look_at(model, LogFocus { process, ..focus });
    Vec::new()
}

/// Takes what came with a look.
pub(super) fn read(model: &mut Model, focus: LogFocus, read: Result<PodLogPiece, FeedFault>) {
    let logs = &mut *model.pod_logs;
    if logs.focus != focus {
        return;
    }
    let piece = match read {
        Ok(piece) => piece,
        Err(fault) => {
            logs.pane.fault = Some(fault);
            return;
        }
    };
    if piece.restarted {
        logs.kinds = Kinds::default();
    }
    logs.is_read = true;
    logs.unread = piece.unread;
    // What both sides print is known before it is asked what only one does.
    logs.kinds.take_others(&piece.others);
    logs.kinds.take(&piece.lines);
    let gaps = piece.gaps.iter().map(|pod| LogLine {
        at: None,
        kind: LineKind::Warning,
        text: format!(
            "{}  lines are missing: it prints faster than it is read",
            short(pod)
        ),
    });
    let lines = piece.lines.iter().map(|line| told(logs, line));
    let lines: Vec<LogLine> = gaps.chain(lines).collect();
    logs.pane.take(LogPiece {
        lines,
        restarted: piece.restarted,
        ..LogPiece::default()
    });
}

/// A line with its pod before it; one that the stable pods do not print is marked.
fn told(logs: &PodLogs, line: &PodLine) -> LogLine {
    let kind = if logs.kinds.is_usual(&mask(&line.text)) {
        LineKind::Plain
    } else {
        LineKind::Warning
    };
    LogLine {
        at: line.at,
        kind,
        text: format!("{}  {}", short(&line.pod), line.text),
    }
}

pub(super) fn step(model: &mut Model, motion: Motion) {
    model.pod_logs.pane.step(motion);
}

/// Does something to the pane.
pub(super) fn look(model: &mut Model, wish: LogWish) {
    let typed = model.ui.list.typed.clone();
    let unlike = |pane: &mut LogPane| {
        let is_found = pane.seek_marked();
        is_found
            .then_some(())
            .ok_or("no line that only these pods print")
    };
    if let Err(text) = model.pod_logs.pane.look(wish, &typed, unlike) {
        toast(model, Level::Warn, text);
    }
}
