//! `pilot`: drives the steps of a canary under the Lease, and tells what it does line by line.

use super::exit;
use super::json::EventDocument;
use super::output::Output;
use super::session::{self, Ended, How, Voice, follow};
use super::until_good::{self, Standing};
use super::{text, trouble};
use crate::app::intent::Intent;
use crate::app::model::Model;
use crate::app::pilot;
use crate::app::proof::Attention;
use crate::cli::pilot::Pilot;
use crate::config::settings::Settings;
use crate::domain::ids::Target;
use crate::domain::notice::{Notice, NoticeKind};
use crate::domain::record::{Ended as ReleaseEnded, Release};
use crate::strategy::pilot::{Decision, Wish};
use jiff::Timestamp;
use std::io;
use std::ops::ControlFlow;

/// Drives until the release has been judged; answers the exit code.
pub async fn run(
    settings: &Settings,
    target: &Target,
    wish: &Pilot,
    output: &mut Output<'_>,
) -> io::Result<u8> {
    let mut driving = Driving {
        wish,
        output,
        seen: 0,
        stage: Stage::Looking,
        began_at: None,
        trouble: None,
    };
    let followed = follow(settings, target, Attention::Watching, |model, voice| {
        driving.look(model, voice)
    })
    .await;
    match followed {
        Ok(ended) => driving.end(ended),
        Err(notice) => trouble::tell(driving.output, &notice),
    }
}

struct Driving<'a, 'w> {
    wish: &'a Pilot,
    output: &'a mut Output<'w>,
    /// Lines of the log that were looked at.
    seen: usize,
    stage: Stage,
    began_at: Option<Timestamp>,
    trouble: Option<Notice>,
}

/// Where the command stands.
enum Stage {
    /// The environment is being read.
    Looking,
    /// It drives, or waits to.
    On,
    /// The release with this number is driven.
    Release(u64),
}

impl Driving<'_, '_> {
    fn look(&mut self, model: &Model, voice: &Voice) -> io::Result<ControlFlow<u8>> {
        let began_at = *self.began_at.get_or_insert(model.now);
        self.print_log(model)?;
        let is_late = self
            .wish
            .timeout
            .is_some_and(|timeout| model.now.duration_since(began_at).unsigned_abs() >= timeout);
        if is_late {
            return Ok(self.stop(late(model)));
        }
        match self.stage {
            Stage::Looking => self.begin(model, voice),
            Stage::On => Ok(self.find(model)),
            Stage::Release(revision) => self.judge(model, revision),
        }
    }

    fn print_log(&mut self, model: &Model) -> io::Result<()> {
        for line in model.log.since(self.seen) {
            self.output
                .print(&EventDocument::logged(model, line), text::event)?;
        }
        self.seen = model.log.added();
        Ok(())
    }

    fn begin(&mut self, model: &Model, voice: &Voice) -> io::Result<ControlFlow<u8>> {
        if let Some(refusal) = pilot::refuses(model) {
            let mut notice = Notice::new(exit::of_reason(refusal.reason), refusal.text);
            notice.hint = refusal.hint;
            return Ok(self.stop(notice));
        }
        let wanted = if self.wish.take_over {
            Wish::TakeOver
        } else {
            Wish::Drive
        };
        voice.say(Intent::Fly(wanted))?;
        self.stage = Stage::On;
        Ok(ControlFlow::Continue(()))
    }

    /// The release that is to be judged: the candidate, else the one that serves and is on its way to the mark.
    fn find(&mut self, model: &Model) -> ControlFlow<u8> {
        let Some(rollout) = &model.reading.rollout else {
            return ControlFlow::Continue(());
        };
        let has_plan = rollout.claim.is_some() || model.running().is_some();
        let found = under_way(model).map(|release| release.revision);
        let found = found.or_else(|| {
            let trial = model.reading.trial.as_ref();
            trial.map(|trial| trial.proving.revision)
        });
        match found {
            Some(revision) => self.stage = Stage::Release(revision),
            None if self.wish.stay || has_plan || rollout.candidate.is_some() => {}
            None => {
                let text = format!(
                    "nothing is under way in {}: there is nothing to drive",
                    model.target
                );
                let hint = "deploy a release first, or let it wait for one with --stay";
                return self.stop(Notice::new(NoticeKind::Refused, text).hint(hint));
            }
        }
        ControlFlow::Continue(())
    }

    fn judge(&mut self, model: &Model, revision: u64) -> io::Result<ControlFlow<u8>> {
        if model.running().is_some() {
            return Ok(ControlFlow::Continue(()));
        }
        // A plan that takes the release back may be about to take its pods away.
        let is_claimed = model
            .reading
            .rollout
            .as_ref()
            .is_some_and(|rollout| rollout.claim.is_some());
        let (code, said) = match until_good::standing(model, Some(revision)) {
            Standing::Waiting(_) => return Ok(ControlFlow::Continue(())),
            Standing::Good(evidence) => (exit::DONE, format!("good: {evidence}")),
            Standing::NotGood(_) if is_claimed => return Ok(ControlFlow::Continue(())),
            Standing::NotGood(why) => (exit::BAD, format!("not good: {why}")),
        };
        let event = EventDocument::state(model, said);
        self.output.print(&event, text::event)?;
        if self.wish.stay {
            self.stage = Stage::On;
            // The same release is not judged again.
            if under_way(model).is_none_or(|release| release.revision == revision) {
                self.stage = Stage::Release(next(model, revision));
            }
            return Ok(ControlFlow::Continue(()));
        }
        Ok(ControlFlow::Break(code))
    }

    fn stop(&mut self, notice: Notice) -> ControlFlow<u8> {
        let code = exit::of_notice(notice.kind);
        self.trouble = Some(notice);
        ControlFlow::Break(code)
    }

    fn end(&mut self, ended: Ended) -> io::Result<u8> {
        // What happened while it ended: the last step, the Lease.
        self.print_log(&ended.model)?;
        match (ended.how, self.trouble.take()) {
            (How::Failed(error), _) => Err(error),
            (How::Code(_), Some(notice)) => trouble::tell(self.output, &notice),
            (How::Code(code), None) => Ok(code),
            (How::Signal(code), _) => {
                let under_way = ended.in_flight.as_deref();
                let under_way = under_way.unwrap_or("no plan was under way");
                let lease = lease(&ended.model);
                let name = session::signal_name(code);
                self.output
                    .notice(&format!("ended by {name}; {under_way}; {lease}"))?;
                Ok(code)
            }
        }
    }
}

/// The release under way, as the record knows it.
fn under_way(model: &Model) -> Option<&Release> {
    let candidate = model.reading.rollout.as_ref()?.candidate.as_ref()?;
    let snapshot = model.feeds.cluster.value.as_ref()?;
    let release = snapshot.record.record()?.release_of(&candidate.image)?;
    (release.ended == ReleaseEnded::Running).then_some(release)
}

/// The number that the release after this one will have.
fn next(model: &Model, revision: u64) -> u64 {
    let record = crate::app::releases::record(model);
    record.map_or(revision + 1, |record| {
        record.next_revision().max(revision + 1)
    })
}

fn lease(model: &Model) -> String {
    let pilot = &model.pilot;
    match pilot.lease.lease().and_then(|lease| lease.holder.as_ref()) {
        Some(holder) if *holder == pilot.me => {
            "the Lease could not be given back, it runs out in 15 s".to_owned()
        }
        Some(holder) => format!("{holder} drives"),
        None => "the Lease is given back".to_owned(),
    }
}

fn late(model: &Model) -> Notice {
    let doing = model.pilot.decision.as_ref();
    let doing = doing.map_or_else(|| "has not begun".to_owned(), Decision::sentence);
    let target = &model.target;
    Notice::new(
        NoticeKind::TimedOut,
        format!("{target} was not judged in time: the pilot {doing}"),
    )
    .hint(format!(
        "what is live now: flightdeck status {} -e {}",
        target.service, target.environment
    ))
}
