//! The commands that change something: ask, confirm, carry out, tell how it ended.

use super::confirm::{self, Confirmation};
use super::exit;
use super::goals::{Stays, Wanted};
use super::json::{OutcomeDocument, PlanDocument};
use super::output::Output;
use super::session::{self, Ended, How, Voice, follow};
use super::until_good::{self, Standing};
use super::{text, trouble};
use crate::app::asking::{Asking, Question};
use crate::app::intent::{Intent, Purpose};
use crate::app::model::Model;
use crate::app::proof::Attention;
use crate::app::run::{PlanRun, Progress};
use crate::cli::actions::Conduct;
use crate::cli::globals::Format;
use crate::config::settings::Settings;
use crate::domain::freeze::Freeze;
use crate::domain::notice::{Notice, NoticeKind};
use crate::domain::outcome::{Outcome, Verified};
use crate::domain::text::Text;
use crate::strategy::goal::Goal;
use jiff::{SignedDuration, Timestamp};
use std::io;
use std::ops::ControlFlow;

/// How long a command waits for the identity and the numbers before it asks without them.
const PATIENCE: SignedDuration = SignedDuration::from_secs(3);

/// Carries `wanted` out; answers the exit code.
pub async fn run(
    settings: &Settings,
    wanted: &Wanted,
    conduct: &Conduct,
    output: &mut Output<'_>,
) -> io::Result<u8> {
    let mut acting = Acting {
        wanted,
        conduct,
        output,
        patience: Patience::new(&wanted.goal),
        stage: Stage::Waiting,
        told: Told::default(),
        began_at: None,
        trouble: None,
        timed_out: false,
    };
    let followed = follow(
        settings,
        &wanted.target,
        Attention::Watching,
        |model, voice| acting.look(model, voice),
    )
    .await;
    match followed {
        Ok(ended) => acting.end(ended),
        Err(notice) => trouble::tell(acting.output, &notice),
    }
}

/// Waits until a goal can be asked for with what a plan wants to know.
pub struct Patience {
    needs_numbers: bool,
    since: Option<Timestamp>,
}

impl Patience {
    /// Pause, abort and roll back never wait for numbers.
    pub fn new(goal: &Goal) -> Self {
        Self {
            needs_numbers: !goal.leads_to_safety(),
            since: None,
        }
    }

    /// Whether everything is known, or has failed, or has been waited for long enough.
    pub fn is_over(&mut self, model: &Model) -> bool {
        let since = *self.since.get_or_insert(model.now);
        let cluster = &model.feeds.cluster;
        if cluster.fault.is_some() || model.now.duration_since(since) >= PATIENCE {
            return true;
        }
        let metrics = &model.feeds.metrics;
        let numbers = !self.needs_numbers || metrics.value.is_some() || metrics.fault.is_some();
        cluster.value.is_some() && !model.actor.rights.answers.is_empty() && numbers
    }
}

/// Where a command stands.
enum Stage {
    /// The environment is being read.
    Waiting,
    /// The goal was said.
    Asked,
    /// A person was asked, or the plan was confirmed.
    Answered,
    /// The plan is done; the release with this number is watched on its way to the mark.
    Proving(Box<OutcomeDocument>, Option<u64>),
}

/// What was printed already of a running plan.
#[derive(Default)]
struct Told {
    steps: usize,
    notices: usize,
}

struct Acting<'a, 'w> {
    wanted: &'a Wanted,
    conduct: &'a Conduct,
    output: &'a mut Output<'w>,
    patience: Patience,
    stage: Stage,
    told: Told,
    began_at: Option<Timestamp>,
    trouble: Option<Notice>,
    timed_out: bool,
}

impl Acting<'_, '_> {
    fn look(&mut self, model: &Model, voice: &Voice) -> io::Result<ControlFlow<u8>> {
        let began_at = *self.began_at.get_or_insert(model.now);
        if let Stage::Proving(document, revision) = &self.stage {
            let (document, revision) = (document.clone(), *revision);
            return self.prove(model, began_at, *document, revision);
        }
        if let Some(run) = &model.run {
            // Whoever read the output may go away: a plan that was confirmed goes on all the same.
            drop(self.progress(run));
            if let Some(outcome) = &run.outcome {
                return Ok(self.outcome(model, run, outcome));
            }
        }
        if self.is_late(model, began_at) {
            self.timed_out = true;
            return Ok(self.stop(late(model, self.wanted)));
        }
        match &self.stage {
            Stage::Waiting => self.wait(model, voice),
            Stage::Asked => self.asked(model, voice),
            Stage::Answered => Ok(self.answered(model)),
            Stage::Proving(..) => Ok(ControlFlow::Continue(())),
        }
    }

    fn wait(&mut self, model: &Model, voice: &Voice) -> io::Result<ControlFlow<u8>> {
        if self.patience.is_over(model) {
            voice.say(Intent::Ask {
                goal: self.wanted.goal.clone(),
                reason: self.conduct.reason.clone(),
                purpose: Purpose::Act,
            })?;
            self.stage = Stage::Asked;
        }
        Ok(ControlFlow::Continue(()))
    }

    fn asked(&mut self, model: &Model, voice: &Voice) -> io::Result<ControlFlow<u8>> {
        match &model.asking {
            Asking::Nothing | Asking::Observing(..) => Ok(ControlFlow::Continue(())),
            Asking::Question(question) => self.confirm(model, question, voice),
            Asking::Refused(goal, refusal) => Ok(self.stop(trouble::refusal(goal, refusal))),
            Asking::Failed(_, notice) => Ok(self.stop(notice.clone())),
        }
    }

    fn confirm(
        &mut self,
        model: &Model,
        question: &Question,
        voice: &Voice,
    ) -> io::Result<ControlFlow<u8>> {
        let plan = &question.plan;
        self.stage = Stage::Answered;
        let confirmation = match confirm::confirmation(plan, self.conduct, confirm::has_terminal())
        {
            Ok(confirmation) => confirmation,
            Err(notice) => {
                let freezes = model
                    .environment()
                    .map_or(&[] as &[Freeze], |environment| &environment.policy.freezes);
                let held = confirm::against_freeze(plan, freezes, model.now);
                return Ok(self.stop(held.unwrap_or(notice)));
            }
        };
        match confirmation {
            Confirmation::Given(typed) => {
                if self.output.format() == Format::Text {
                    // Confirmed beforehand: it is done also where nobody reads on.
                    drop(self.output.lines(text::plan(&PlanDocument::of(plan))));
                }
                voice.say(Intent::Accept { typed })?;
            }
            Confirmation::Ask(question) => {
                self.output.lines(text::plan(&PlanDocument::of(plan)))?;
                confirm::ask(self.output, &question, voice)?;
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// A question that is gone without a plan under way was not confirmed.
    fn answered(&mut self, model: &Model) -> ControlFlow<u8> {
        match &model.asking {
            Asking::Nothing if model.run.is_none() => self.stop(Notice::new(
                NoticeKind::Usage,
                "not confirmed: nothing was done",
            )),
            Asking::Failed(_, notice) => self.stop(notice.clone()),
            Asking::Refused(goal, refusal) => self.stop(trouble::refusal(goal, refusal)),
            Asking::Nothing | Asking::Observing(..) | Asking::Question(_) => {
                ControlFlow::Continue(())
            }
        }
    }

    /// Prints the steps that ended and the notices that came since the last look.
    fn progress(&mut self, run: &PlanRun) -> io::Result<()> {
        while let Some(Progress::Ended(result, seconds)) = run.steps.get(self.told.steps) {
            if let Some(step) = run.plan.steps.get(self.told.steps) {
                let line = text::step(&step.text(), *result, *seconds);
                self.output.lines([line])?;
            }
            self.told.steps += 1;
        }
        for notice in run.told.iter().skip(self.told.notices) {
            self.output.notice(notice.shown())?;
        }
        self.told.notices = run.told.len();
        Ok(())
    }

    /// A plan that was journaled has an outcome; one that was not is a trouble.
    fn outcome(&mut self, model: &Model, run: &PlanRun, outcome: &Outcome) -> ControlFlow<u8> {
        if let (false, Some((kind, why))) = (run.claimed, exit::trouble(&outcome.end)) {
            return self.stop(Notice::new(kind, format!("{}: {why}", run.plan.title)));
        }
        let document = OutcomeDocument::of(outcome);
        let is_to_stay = self.wanted.stays == Stays::UntilGood && document.exit_code == exit::DONE;
        if !is_to_stay || self.output.format() == Format::Text {
            // The exit code tells the outcome also where nobody reads the words.
            drop(self.print(run, outcome, &document));
        }
        if !is_to_stay {
            return ControlFlow::Break(document.exit_code);
        }
        let revision = until_good::revision(&run.plan, model);
        self.stage = Stage::Proving(Box::new(document), revision);
        ControlFlow::Continue(())
    }

    fn print(
        &mut self,
        run: &PlanRun,
        outcome: &Outcome,
        document: &OutcomeDocument,
    ) -> io::Result<()> {
        for notice in &outcome.notices {
            let shown = run.told.contains(&Text::new(notice.as_str()));
            if !shown {
                self.output.notice(notice)?;
            }
        }
        for check in outcome.verified.iter().filter(|check| check.ok.is_none()) {
            self.output
                .notice(&format!("not known: {}: {}", check.check, check.text))?;
        }
        self.output.print(document, text::outcome)
    }

    /// Stays until the release has the mark, or will not get it.
    fn prove(
        &mut self,
        model: &Model,
        began_at: Timestamp,
        mut document: OutcomeDocument,
        revision: Option<u64>,
    ) -> io::Result<ControlFlow<u8>> {
        let (is_good, said) = match until_good::standing(model, revision) {
            Standing::Good(evidence) => (true, evidence),
            Standing::NotGood(why) => (false, why),
            Standing::Waiting(missing) => {
                if self.is_late(model, began_at) {
                    self.timed_out = true;
                    return Ok(self.stop(unproven(model, &missing)));
                }
                return Ok(ControlFlow::Continue(()));
            }
        };
        document.exit_code = if is_good { exit::DONE } else { exit::BAD };
        document.verified.push(Verified {
            check: "good".to_owned(),
            ok: Some(is_good),
            text: said.clone(),
        });
        match self.output.format() {
            Format::Json => self.output.print(&document, |_| Vec::new())?,
            Format::Text if is_good => self.output.lines([format!("good: {said}")])?,
            Format::Text => self.output.notice(&format!("not good: {said}"))?,
        }
        Ok(ControlFlow::Break(document.exit_code))
    }

    fn is_late(&self, model: &Model, began_at: Timestamp) -> bool {
        self.conduct
            .timeout
            .is_some_and(|timeout| model.now.duration_since(began_at).unsigned_abs() >= timeout)
    }

    /// Keeps the trouble for the end, when nothing else is printed any more.
    fn stop(&mut self, notice: Notice) -> ControlFlow<u8> {
        let code = exit::of_notice(notice.kind);
        self.trouble = Some(notice);
        ControlFlow::Break(code)
    }

    fn end(&mut self, ended: Ended) -> io::Result<u8> {
        let model = &ended.model;
        match (ended.how, self.trouble.take()) {
            (How::Code(_), Some(notice)) if self.timed_out => {
                self.cut_off(model, &notice, exit::TIMED_OUT)
            }
            (How::Code(_), Some(notice)) => trouble::tell(self.output, &notice),
            (How::Code(code), None) => Ok(code),
            (How::Failed(error), _) => Err(error),
            (How::Signal(code), _) => {
                let finished = model.run.as_ref().and_then(|run| {
                    let outcome = run.outcome.as_ref()?;
                    Some(format!("{}: {}", run.plan.title, outcome.sentence))
                });
                let under_way = finished.or(ended.in_flight.clone());
                let under_way = under_way
                    .unwrap_or_else(|| "nothing was under way, nothing was changed".to_owned());
                let text = format!("ended by {}; {under_way}", session::signal_name(code));
                let notice = Notice::new(NoticeKind::TimedOut, text);
                let told = match &model.run {
                    Some(run) if run.claimed => self.cut_off(model, &notice, code),
                    Some(_) | None => self.output.notice(&notice.summary).map(|()| code),
                };
                // With the line the outputs go: that is not what it ended by.
                Ok(told.unwrap_or(code))
            }
        }
    }

    /// A plan that was journaled has an outcome/1, also where its end is not waited for.
    fn cut_off(&mut self, model: &Model, notice: &Notice, code: u8) -> io::Result<u8> {
        let Some(run) = model.run.as_ref().filter(|run| run.claimed) else {
            return trouble::tell(self.output, notice);
        };
        self.progress(run)?;
        let document = OutcomeDocument::cut_off(model, run, &notice.summary, code);
        for line in text::error(notice) {
            self.output.notice(&line)?;
        }
        if self.output.format() == Format::Json {
            self.output.print(&document, |_| Vec::new())?;
        }
        Ok(code)
    }
}

fn late(model: &Model, wanted: &Wanted) -> Notice {
    let waiting = model.running().and_then(|run| run.waiting.as_ref());
    let waiting = waiting.map_or_else(String::new, |waiting| format!("; {}", waiting.shown()));
    let under_way = session::in_flight(model).unwrap_or_else(|| "nothing was changed".to_owned());
    let text = format!(
        "{} was not done in time: {under_way}{waiting}",
        wanted.goal.title()
    );
    Notice::new(NoticeKind::TimedOut, text).hint(format!(
        "what is live now: flightdeck status {} -e {}",
        wanted.target.service, wanted.target.environment
    ))
}

fn unproven(model: &Model, missing: &str) -> Notice {
    let target = &model.target;
    let text = format!("done, but {target} was not proved good in time: {missing}");
    Notice::new(NoticeKind::TimedOut, text).hint(format!(
        "it is marked good by whoever watches it: flightdeck watch {} -e {}",
        target.service, target.environment
    ))
}
