//! The question on the terminal, and what stands in for it.

use super::output::Output;
use super::session::Voice;
use crate::app::intent::Intent;
use crate::cli::actions::Conduct;
use crate::domain::freeze::Freeze;
use crate::domain::notice::{Notice, NoticeKind};
use crate::strategy::plan::{Confirm, Plan};
use jiff::Timestamp;
use std::io::{self, BufRead as _, IsTerminal as _};
use std::thread;

/// How a plan gets its confirmation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// It has it already: this counts as typed.
    Given(String),
    /// A person is asked.
    Ask(Question),
}

/// What a person is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The words.
    pub words: String,
    /// Answers that confirm; every other one does not.
    pub expected: Vec<String>,
}

/// What confirms `plan`, or why nothing can.
pub fn confirmation(
    plan: &Plan,
    conduct: &Conduct,
    terminal: bool,
) -> Result<Confirmation, Notice> {
    let service = plan.target.service.as_str();
    if let Some(typed) = &conduct.confirm
        && typed != service
    {
        let text =
            format!("--confirm says `{typed}`, the service is `{service}`: nothing was done");
        return Err(Notice::new(NoticeKind::Usage, text));
    }
    let missing = |flag: &str| {
        let text = format!(
            "`{}` wants a confirmation, and there is no terminal to ask on: nothing was done",
            plan.title
        );
        Notice::new(NoticeKind::Usage, text).hint(format!("add {flag}"))
    };
    let named = conduct.confirm.is_some();
    match plan.confirm {
        Confirm::None => Ok(Confirmation::Given(String::new())),
        Confirm::Yes if conduct.yes || named => Ok(Confirmation::Given(String::new())),
        Confirm::Name if named => Ok(Confirmation::Given(service.to_owned())),
        Confirm::Yes if terminal => Ok(Confirmation::Ask(Question {
            words: "Do it? [y/N]".to_owned(),
            expected: ["y", "Y", "yes"].map(str::to_owned).to_vec(),
        })),
        Confirm::Name if terminal => Ok(Confirmation::Ask(Question {
            words: format!("Type {service} to do it:"),
            expected: vec![service.to_owned()],
        })),
        Confirm::Yes => Err(missing("--yes")),
        Confirm::Name => Err(missing(&format!("--confirm {service}"))),
    }
}

/// The trouble of a plan that goes against one of `freezes` and that nobody confirmed by name.
pub fn against_freeze(plan: &Plan, freezes: &[Freeze], now: Timestamp) -> Option<Notice> {
    let frozen = plan.goal.held_by(freezes, now)?;
    let text = format!("{}: {}, nothing was done", plan.title, frozen.words());
    let hint = format!(
        "wait for its end, or go against it with --confirm {}",
        plan.target.service
    );
    Some(Notice::new(NoticeKind::Refused, text).hint(hint))
}

/// Whether a person can be asked: the question goes to standard error, the answer comes from standard input.
pub fn has_terminal() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks; the answer arrives as an intent, so that the loop goes on meanwhile.
pub fn ask(output: &mut Output<'_>, question: &Question, voice: &Voice) -> io::Result<()> {
    output.prompt(&question.words)?;
    let (voice, expected) = (voice.clone(), question.expected.clone());
    // A thread of its own: a read from a terminal cannot be taken back, and must not hold up the end of the program.
    thread::Builder::new()
        .name("answer".to_owned())
        .spawn(move || voice.say(answer(&expected)))?;
    Ok(())
}

fn answer(expected: &[String]) -> Intent {
    let mut line = String::new();
    let typed = match io::stdin().lock().read_line(&mut line) {
        Ok(_) => line.trim().to_owned(),
        Err(_) => String::new(),
    };
    if expected.contains(&typed) {
        Intent::Accept { typed }
    } else {
        Intent::Back
    }
}
