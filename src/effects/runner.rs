//! The effects of one environment under way: started, stopped, and brought to an end with the program.

use super::context::Context;
use super::plan::{Halts, Life};
use super::voice::Voice;
use crate::app::effect::Effect;
use crate::domain::event::EffectEvent;
use crate::domain::holder::Holder;
use crate::domain::ids::{PlanId, RequestId};
use crate::domain::notice::Notice;
use crate::domain::pilot::{LeaseChange, LeaseWrite};
use crate::domain::record::RecordRead;
use crate::domain::text::Text;
use crate::record::alive::Alive;
use crate::record::entry::{Entry, What};
use crate::strategy::plan::Plan;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

/// How long a new plan lets a stopped one of this program end before it begins itself.
const PREDECESSOR_LIMIT: Duration = Duration::from_secs(3);

/// How long the end of the program waits for the Lease to be given back.
const LEASE_LIMIT: Duration = Duration::from_secs(1);
/// So long before the end of the program a plan whose steps are done stops looking at its effect.
const WIND_UP: Duration = Duration::from_secs(5);

/// How long the end of the program waits for the record and the black box.
const WRITINGS_LIMIT: Duration = Duration::from_secs(3);

/// What is under way.
pub struct Effects {
    context: Arc<Context>,
    plans: Vec<Running>,
    readings: JoinSet<()>,
    /// Writes beside any plan; the program's end waits for them.
    writings: JoinSet<()>,
    /// The Lease is given back when the plans under it have ended.
    last: Option<(RequestId, LeaseWrite, mpsc::Sender<EffectEvent>)>,
}

struct Running {
    plan: PlanId,
    /// Not stopped by the end of the program.
    is_finished_first: bool,
    stop: CancellationToken,
    /// Ends the looking at the effect, once the steps are done.
    hurry: CancellationToken,
    /// Cancelled when the plan has ended.
    ended: CancellationToken,
    task: JoinHandle<()>,
}

impl Effects {
    /// Nothing is under way.
    pub fn new(context: Context) -> Self {
        Self {
            context: Arc::new(context),
            plans: Vec::new(),
            readings: JoinSet::new(),
            writings: JoinSet::new(),
            last: None,
        }
    }

    /// Starts an effect; its answers come through `out`. Effects of the terminal and of the feeds are not for here and are
    /// handed back.
    pub fn start(&mut self, effect: Effect, out: mpsc::Sender<EffectEvent>) -> Option<Effect> {
        match effect {
            Effect::Observe(id, target) if target == self.context.target => self.observe(id, out),
            Effect::AskHolder(id, plan) => self.ask_holder(id, plan, out),
            Effect::CarryOut(plan) => self.carry_out(*plan, out),
            Effect::StopPlan(id) => self.stop(&id),
            Effect::Amend(id, amendment) => self.write(out, async move |context| {
                let amended = context.amend(&amendment).await;
                EffectEvent::Amended(id, amended.map_err(|error| Notice::from(&error)))
            }),
            Effect::JournalLines(id, lines) => self.write(out, async move |context| {
                let kept = context.journal_lines(lines).await;
                EffectEvent::LinesKept(id, kept.map_err(|error| Notice::from(&error)))
            }),
            Effect::PublishLines(id, lines) => self.write(out, async move |context| {
                let kept = context.publish_lines(&lines).await;
                EffectEvent::LinesKept(id, kept.map_err(|error| Notice::from(&error)))
            }),
            Effect::ReadBlackBox(id) => self.write(out, async move |context| {
                let read = context.read_black_box().await;
                EffectEvent::BlackBoxRead(id, read.map_err(|error| Notice::from(&error)))
            }),
            Effect::AskPipeline(id, target, command) if target == self.context.target => {
                self.write(out, async move |context| {
                    EffectEvent::PipelineAnswered(id, context.ask_pipeline(&command).await)
                });
            }
            Effect::Compare(id, target, base, head) if target == self.context.target => {
                self.compare(id, (base, head), out);
            }
            Effect::WriteLease(id, write)
                if write.change == LeaseChange::GiveBack && self.is_under_way() =>
            {
                self.last = Some((id, write, out));
            }
            Effect::WriteLease(id, lease) => self.write(out, async move |context| {
                let written = context.write_lease(&lease).await;
                EffectEvent::LeaseWritten(id, written.map_err(|error| Notice::from(&error)))
            }),
            Effect::NotePilot(id, note) => self.write(out, async move |context| {
                let noted = context.note_pilot(&note).await;
                EffectEvent::PilotNoted(id, noted.map_err(|error| Notice::from(&error)))
            }),
            Effect::Notify(id, message) => self.write(out, async move |context| {
                let sent = match &context.messages {
                    Some(messages) => messages.send(&context.http, &message).await,
                    None => Ok(()),
                };
                EffectEvent::Notified(id, sent.map_err(|error| Notice::from(&error)))
            }),
            Effect::RunSmokeTest(id, test) => self.write(out, async move |context| {
                let ran = context.smoke_test(&test).await;
                EffectEvent::SmokeTested(id, ran.map_err(|error| Notice::from(&error)))
            }),
            other @ (Effect::Observe(..)
            | Effect::AskPipeline(..)
            | Effect::Compare(..)
            | Effect::Of(..)
            | Effect::Ring
            | Effect::RefreshFeeds
            | Effect::SaveRecording(_)
            | Effect::Copy(_)
            | Effect::Export(..)
            | Effect::Redraw
            | Effect::Suspend
            | Effect::Quit(_)) => return Some(other),
        }
        None
    }

    /// Ends with the program, within `limit`: a pause, abort or roll back is carried to its end, where the time is short
    /// without looking at its effect for long; any other plan stops after the step in hand; both are journaled. Answers the
    /// plans that had to be left as they were: their claims stay in the record, so that they can be taken up.
    pub async fn finish(&mut self, limit: Duration) -> Vec<PlanId> {
        let deadline = Instant::now() + limit;
        self.readings.abort_all();
        for running in &self.plans {
            if !running.is_finished_first {
                running.hurry.cancel();
                running.stop.cancel();
            }
        }
        let writings = async { while self.writings.join_next().await.is_some() {} };
        if timeout_at(deadline.min(Instant::now() + WRITINGS_LIMIT), writings)
            .await
            .is_err()
        {
            tracing::warn!("the record or the black box could not be written in time");
        }
        let mut left = Vec::new();
        let hurried = deadline - WIND_UP.min(limit / 2);
        for mut running in self.plans.drain(..) {
            if timeout_at(hurried, &mut running.task).await.is_ok() {
                continue;
            }
            running.hurry.cancel();
            if timeout_at(deadline, &mut running.task).await.is_err() {
                running.task.abort();
                left.push(running.plan);
            }
        }
        for plan in &left {
            self.journal_left(plan).await;
        }
        self.give_back(deadline).await;
        left
    }

    fn is_under_way(&self) -> bool {
        self.plans.iter().any(|running| !running.task.is_finished())
    }

    async fn give_back(&mut self, deadline: Instant) {
        let Some((id, write, out)) = self.last.take() else {
            return;
        };
        let patience = deadline.max(Instant::now() + LEASE_LIMIT);
        let written = timeout_at(patience, self.context.write_lease(&write)).await;
        let Ok(written) = written else {
            tracing::warn!("the Lease could not be given back in time; it runs out by itself");
            return;
        };
        let answer = EffectEvent::LeaseWritten(id, written.map_err(|error| Notice::from(&error)));
        // Nobody listens any more: then nobody waits for it either.
        let _ = out.send(answer).await;
    }

    fn observe(&mut self, id: RequestId, out: mpsc::Sender<EffectEvent>) {
        while self.readings.try_join_next().is_some() {}
        let context = self.context.clone();
        self.readings.spawn(async move {
            let mut answer = context.observe().await.map(Box::new);
            if let Ok(seen) = &mut answer
                && let RecordRead::Unreadable(why) = &seen.record
                && let Some(path) = context.keep_aside().await
            {
                let why = format!("{}; a copy is kept in {}", why.raw(), path.display());
                seen.record = RecordRead::Unreadable(Text::new(why));
            }
            let answer = answer.map_err(|error| Notice::from(&error));
            // Nobody listens any more: then nobody waits for it either.
            let _ = out.send(EffectEvent::Observed(id, answer)).await;
        });
    }

    fn compare(
        &mut self,
        id: RequestId,
        (base, head): (String, String),
        out: mpsc::Sender<EffectEvent>,
    ) {
        while self.readings.try_join_next().is_some() {}
        let context = self.context.clone();
        self.readings.spawn(async move {
            let compared = context.compare(&base, &head).await;
            // Nobody listens any more: then nobody waits for it either.
            let _ = out.send(EffectEvent::Compared(id, compared)).await;
        });
    }

    fn ask_holder(&mut self, id: RequestId, plan: String, out: mpsc::Sender<EffectEvent>) {
        while self.readings.try_join_next().is_some() {}
        let data_dir = self.context.data_dir.clone();
        self.readings.spawn(async move {
            let holder = tokio::task::spawn_blocking(move || Alive::holder(&data_dir, &plan));
            let holder = holder.await.unwrap_or(Holder::Elsewhere);
            // Nobody listens any more: then nobody waits for it either.
            let _ = out.send(EffectEvent::HolderSeen(id, holder)).await;
        });
    }

    fn write<F>(&mut self, out: mpsc::Sender<EffectEvent>, write: impl FnOnce(Arc<Context>) -> F)
    where
        F: Future<Output = EffectEvent> + Send + 'static,
    {
        while self.writings.try_join_next().is_some() {}
        let written = write(self.context.clone());
        self.writings.spawn(async move {
            let answer = written.await;
            // Nobody listens any more: then nobody waits for it either.
            let _ = out.send(answer).await;
        });
    }

    fn carry_out(&mut self, plan: Plan, out: mpsc::Sender<EffectEvent>) {
        self.plans.retain(|running| !running.task.is_finished());
        let before: Vec<CancellationToken> = self
            .plans
            .iter()
            .map(|running| running.ended.clone())
            .collect();
        if plan.goal.takes_over() {
            for running in &self.plans {
                running.stop.cancel();
            }
        }
        let (stop, ended) = (CancellationToken::new(), CancellationToken::new());
        let hurry = CancellationToken::new();
        let running = Running {
            plan: plan.id.clone(),
            is_finished_first: plan.goal.leads_to_safety(),
            stop: stop.clone(),
            hurry: hurry.clone(),
            ended: ended.clone(),
            task: tokio::spawn(carry_out(
                self.context.clone(),
                plan,
                out,
                Signals {
                    halts: Halts { stop, hurry },
                    ended,
                    before,
                },
            )),
        };
        self.plans.push(running);
    }

    fn stop(&mut self, id: &PlanId) {
        for running in self.plans.iter().filter(|running| running.plan == *id) {
            running.stop.cancel();
        }
    }

    async fn journal_left(&self, plan: &PlanId) {
        let told = What::Told("the program ended while this plan was under way".to_owned());
        let (journal, entry) = (
            self.context.journal(),
            Entry::new(plan, Timestamp::now(), told),
        );
        let written = tokio::task::spawn_blocking(move || journal.append(&[entry])).await;
        if !matches!(written, Ok(Ok(()))) {
            tracing::error!(%plan, "the journal does not tell that this plan was left under way");
        }
    }
}

struct Signals {
    halts: Halts,
    ended: CancellationToken,
    before: Vec<CancellationToken>,
}

async fn carry_out(
    context: Arc<Context>,
    plan: Plan,
    out: mpsc::Sender<EffectEvent>,
    signals: Signals,
) {
    let _ended = signals.ended.drop_guard();
    let id = plan.id.clone();
    let voice = Voice {
        plan: id.clone(),
        out,
    };
    let life = Life::new(&context, plan, voice, signals.halts);
    let all_ended = async {
        for plan in &signals.before {
            plan.cancelled().await;
        }
    };
    if timeout(PREDECESSOR_LIMIT, all_ended).await.is_err() {
        tracing::info!(plan = %id, "a plan before it has not ended yet");
    }
    life.live().await;
}
