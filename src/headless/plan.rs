//! `plan`: what an action would do. Changes nothing.

use super::act::Patience;
use super::exit;
use super::goals::Wanted;
use super::json::PlanDocument;
use super::output::Output;
use super::session::{How, follow};
use super::{text, trouble};
use crate::app::asking::Asking;
use crate::app::intent::{Intent, Purpose};
use crate::app::proof::Attention;
use crate::config::settings::Settings;
use crate::domain::notice::Notice;
use std::io;
use std::ops::ControlFlow;

/// Prints plan/1, also for a refusal; answers the exit code.
pub async fn run(settings: &Settings, wanted: &Wanted, output: &mut Output<'_>) -> io::Result<u8> {
    let mut patience = Patience::new(&wanted.goal);
    let mut asked = false;
    let mut answer = None;
    let followed = follow(
        settings,
        &wanted.target,
        Attention::Glancing,
        |model, voice| {
            if !asked {
                asked = patience.is_over(model);
                if asked {
                    voice.say(Intent::Ask {
                        goal: wanted.goal.clone(),
                        reason: None,
                        purpose: Purpose::Preview,
                    })?;
                }
                return Ok(ControlFlow::Continue(()));
            }
            answer = match &model.asking {
                Asking::Nothing | Asking::Observing(..) => return Ok(ControlFlow::Continue(())),
                Asking::Question(question) => Some(Answer::Plan(
                    Box::new(PlanDocument::of(&question.plan)),
                    exit::DONE,
                )),
                Asking::Refused(goal, refusal) => Some(Answer::Plan(
                    Box::new(PlanDocument::refused(goal, &wanted.target, refusal)),
                    exit::of_notice(exit::of_reason(refusal.reason)),
                )),
                Asking::Failed(_, notice) => Some(Answer::Trouble(notice.clone())),
            };
            Ok(ControlFlow::Break(exit::DONE))
        },
    )
    .await;
    let ended = match followed {
        Ok(ended) => ended,
        Err(notice) => return trouble::tell(output, &notice),
    };
    match (ended.how, answer) {
        (How::Code(_), Some(Answer::Plan(document, code))) => {
            output.print(&*document, text::plan)?;
            Ok(code)
        }
        (How::Code(_), Some(Answer::Trouble(notice))) => trouble::tell(output, &notice),
        (How::Code(code), None) | (How::Signal(code), _) => Ok(code),
        (How::Failed(error), _) => Err(error),
    }
}

enum Answer {
    Plan(Box<PlanDocument>, u8),
    Trouble(Notice),
}
