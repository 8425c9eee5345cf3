//! `watch`: what happens, line by line, until something is so.

use super::exit;
use super::json::EventDocument;
use super::output::Output;
use super::session::{How, follow};
use super::{text, trouble};
use crate::analysis::verdict::Call;
use crate::app::model::Model;
use crate::app::proof::Attention;
use crate::cli::{Until, Watch};
use crate::config::settings::Settings;
use crate::domain::feed::FaultKind;
use crate::domain::ids::Target;
use crate::domain::notice::{Notice, NoticeKind};
use crate::domain::record::{Ended, Record, Release};
use crate::domain::rollout::{Phase, Rollout};
use jiff::Timestamp;
use std::io;
use std::ops::ControlFlow;

/// Prints event/1 lines; answers the exit code that tells how it ended.
pub async fn run(
    settings: &Settings,
    target: &Target,
    wish: &Watch,
    output: &mut Output<'_>,
) -> io::Result<u8> {
    let mut watching = Watching {
        wish,
        output,
        seen: 0,
        state: None,
        under_way: None,
        began_at: None,
        trouble: None,
    };
    let ended = match follow(settings, target, Attention::Watching, |model, _| {
        watching.look(model)
    })
    .await
    {
        Ok(ended) => ended,
        Err(notice) => return trouble::tell(watching.output, &notice),
    };
    match (ended.how, watching.trouble) {
        (How::Code(_), Some(notice)) => trouble::tell(watching.output, &notice),
        (How::Code(code), None) | (How::Signal(code), _) => Ok(code),
        (How::Failed(error), _) => Err(error),
    }
}

struct Watching<'a, 'w> {
    wish: &'a Watch,
    output: &'a mut Output<'w>,
    /// Lines of the log that were looked at.
    seen: usize,
    /// The state that was printed last.
    state: Option<State>,
    /// The revision of the release that was seen under way.
    under_way: Option<u64>,
    began_at: Option<Timestamp>,
    trouble: Option<Notice>,
}

/// What is worth a line when it changes.
#[derive(Clone, Copy, PartialEq, Eq)]
struct State {
    phase: Phase,
    weight: Option<u32>,
    call: Call,
}

impl Watching<'_, '_> {
    fn look(&mut self, model: &Model) -> io::Result<ControlFlow<u8>> {
        let began_at = *self.began_at.get_or_insert(model.now);
        self.print_log(model)?;
        if let Some(rollout) = &model.reading.rollout {
            self.print_state(model, rollout)?;
            if let Some(code) = self.verdict_on(model, rollout) {
                return Ok(ControlFlow::Break(code));
            }
        } else if let Some(fault) = &model.feeds.cluster.fault {
            // Nothing was ever read: what follows would be no watch.
            let kind = match fault.kind {
                FaultKind::Forbidden => NoticeKind::Forbidden,
                FaultKind::Unreachable
                | FaultKind::LoginExpired
                | FaultKind::Missing
                | FaultKind::Garbled => NoticeKind::Unreachable,
            };
            return Ok(self.stop(Notice::new(
                kind,
                format!("{}: {}", model.target, fault.text.shown()),
            )));
        }
        let late = self
            .wish
            .timeout
            .is_some_and(|timeout| model.now.duration_since(began_at).unsigned_abs() >= timeout);
        if late {
            let phase = model
                .reading
                .rollout
                .as_ref()
                .map_or(Phase::Unknown, |rollout| rollout.phase);
            let text = format!(
                "{} is {} when the time was over",
                model.target,
                phase.word()
            );
            return Ok(self.stop(Notice::new(NoticeKind::TimedOut, text)));
        }
        Ok(ControlFlow::Continue(()))
    }

    fn print_log(&mut self, model: &Model) -> io::Result<()> {
        for line in model.log.since(self.seen) {
            self.output
                .print(&EventDocument::logged(model, line), text::event)?;
        }
        self.seen = model.log.added();
        Ok(())
    }

    fn print_state(&mut self, model: &Model, rollout: &Rollout) -> io::Result<()> {
        let state = State {
            phase: rollout.phase,
            weight: rollout.split.map(|split| split.canary.percent()),
            call: model.reading.verdict.call,
        };
        if self.state != Some(state) {
            self.state = Some(state);
            let event = EventDocument::state(model, state_text(rollout, state));
            self.output.print(&event, text::event)?;
        }
        Ok(())
    }

    /// The exit code, once what is waited for is so, or cannot become so any more.
    fn verdict_on(&mut self, model: &Model, rollout: &Rollout) -> Option<u8> {
        let record = model
            .feeds
            .cluster
            .value
            .as_ref()
            .and_then(|snapshot| snapshot.record.record());
        let ended = self.ended(rollout, record);
        let until = self.wish.until?;
        let reached = match until {
            Until::Healthy => rollout.phase == Phase::Healthy,
            Until::Paused => rollout.paused.is_some(),
            Until::Weight(weight) => {
                rollout.candidate.is_some()
                    && rollout.split.is_some_and(|split| split.canary >= weight)
            }
            Until::Ended => rollout.candidate.is_none(),
        };
        match ended {
            Some(Ended::RolledBack | Ended::Aborted) => Some(exit::BAD),
            Some(Ended::Promoted | Ended::Running | Ended::Superseded) | None if reached => {
                Some(exit::DONE)
            }
            // Its weight, or its pause, can come no more.
            Some(Ended::Promoted | Ended::Superseded) => match until {
                Until::Weight(_) => Some(exit::DONE),
                Until::Paused => Some(exit::BAD),
                Until::Healthy | Until::Ended => None,
            },
            Some(Ended::Running) | None => None,
        }
    }

    /// How the release ended that was seen under way.
    fn ended(&mut self, rollout: &Rollout, record: Option<&Record>) -> Option<Ended> {
        let releases = record.map_or(&[] as &[Release], |record| record.releases.as_slice());
        if let Some(candidate) = &rollout.candidate {
            let release = releases
                .iter()
                .find(|release| release.runs(&candidate.image));
            self.under_way = self.under_way.or(release.map(|release| release.revision));
        }
        let revision = self.under_way?;
        let release = releases
            .iter()
            .find(|release| release.revision == revision)?;
        Some(release.ended)
    }

    fn stop(&mut self, notice: Notice) -> ControlFlow<u8> {
        let code = exit::of_notice(notice.kind);
        self.trouble = Some(notice);
        ControlFlow::Break(code)
    }
}

fn state_text(rollout: &Rollout, state: State) -> String {
    let stable = rollout.stable.as_ref().map_or("nothing", |side| side.tag());
    match (&rollout.candidate, state.weight) {
        (Some(candidate), Some(weight)) => {
            format!(
                "{}, {} at {weight} %, stable {stable}, verdict {}",
                state.phase.word(),
                candidate.tag(),
                state.call
            )
        }
        (Some(candidate), None) => {
            format!(
                "{}, {} at an unknown weight, stable {stable}, verdict {}",
                state.phase.word(),
                candidate.tag(),
                state.call
            )
        }
        (None, _) => format!("{}, stable {stable}", state.phase.word()),
    }
}
