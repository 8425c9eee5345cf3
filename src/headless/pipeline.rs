//! `runs`, `joblog`, `approve`, `reject`, `rerun`, `cancel`: the pipeline's side.

use super::confirm::has_terminal;
use super::exit;
use super::json::{AskedDocument, JobLogDocument, JobStatus, RunStatus, RunsDocument};
use super::output::Output;
use crate::analysis::gates::Mistake;
use crate::app::pipeline::{CiWish, mistakes};
use crate::cli::pipeline::{JobLog, Runs};
use crate::config::settings::Settings;
use crate::domain::ids::ServiceName;
use crate::domain::notice::{Notice, NoticeKind};
use crate::domain::pipeline::{Command, Cursor, Delivery, JobId, May, Run};
use crate::runtime::ci::{Ci, Wanted};
use std::io::{self, BufRead as _};

/// A trouble to tell, or an output that is gone.
pub type Told = io::Result<Result<u8, Notice>>;

/// Prints runs/1.
pub async fn runs(
    settings: &Settings,
    service: &ServiceName,
    wish: &Runs,
    output: &mut Output<'_>,
) -> Told {
    let read = async {
        let ci = Ci::of(settings, service)?;
        if let Some(named) = &wish.run {
            Ok(vec![ci.run(named).await?])
        } else {
            let wanted = Wanted {
                branch: wish.branch.clone(),
                commit: wish.commit.clone(),
                most: usize::from(wish.limit),
            };
            ci.runs(wanted).await
        }
    };
    let runs = match read.await {
        Ok(runs) => runs,
        Err(notice) => return Ok(Err(notice)),
    };
    let status = |run: &Run| RunStatus {
        mistakes: mistakes(settings, service, run)
            .iter()
            .map(Mistake::sentence)
            .collect(),
        ..RunStatus::of(run)
    };
    let document = RunsDocument {
        schema: "flightdeck.runs/1",
        service: service.to_string(),
        runs: runs.iter().map(status).collect(),
    };
    output.print(&document, runs_text)?;
    Ok(Ok(exit::DONE))
}

fn runs_text(document: &RunsDocument) -> Vec<String> {
    if document.runs.is_empty() {
        return vec!["no runs".to_owned()];
    }
    let mut lines = Vec::new();
    for run in &document.runs {
        let commit = run.commit.as_deref().unwrap_or_default();
        let number = run
            .number
            .map_or(String::new(), |number| format!("#{number}"));
        lines.push(format!(
            "{:<10} {number:<7} {:<14} {:<8} {:<12} {}",
            run.state,
            run.run,
            commit.get(..7).unwrap_or(commit),
            run.branch.as_deref().unwrap_or("-"),
            run.title
        ));
        for approval in &run.approvals {
            let who = approval.reviewers.join(", ");
            lines.push(format!(
                "  waits for approval: {}  reviewers: {who}",
                approval.name
            ));
        }
        lines.extend(run.jobs.iter().flatten().map(job_text));
        let mistake = |mistake: &String| format!("  mistake: {mistake}");
        lines.extend(run.mistakes.iter().map(mistake));
    }
    lines
}

fn job_text(job: &JobStatus) -> String {
    let step = job
        .steps
        .iter()
        .find(|step| step.state == "failed" || step.state == "running");
    let step = step.map_or(String::new(), |step| format!("  at: {}", step.name));
    format!("  {:<10} {:<14} {}{step}", job.state, job.job, job.name)
}

/// Prints a job's log, at most its last 64 MiB.
pub async fn job_log(
    settings: &Settings,
    service: &ServiceName,
    wish: &JobLog,
    output: &mut Output<'_>,
) -> Told {
    let id = JobId::new(wish.job.as_str());
    let read = async {
        let ci = Ci::of(settings, service)?;
        let run = ci.run_of(&id).await?;
        let job = run.job(&id).cloned().ok_or_else(|| {
            Notice::new(
                NoticeKind::Refused,
                format!("job {id} is not of the latest attempt"),
            )
        })?;
        if ci.capabilities().logs == Delivery::AtTheEnd && !job.state.is_over() {
            let text = format!(
                "{} gives a log when its job has ended; job {id} is {}",
                ci.capabilities().provider,
                job.state.word()
            );
            return Err(Notice::new(NoticeKind::Refused, text).hint(format!(
                "see its steps with: flightdeck runs --run {}",
                run.id
            )));
        }
        let piece = ci.log(&run.id, &id, Cursor::default()).await?;
        Ok(JobLogDocument::of(&job, &piece))
    };
    let document = match read.await {
        Ok(document) => document,
        Err(notice) => return Ok(Err(notice)),
    };
    if document.skipped_bytes > 0 {
        output.notice(&format!(
            "{} bytes before this were not read",
            document.skipped_bytes
        ))?;
    }
    output.print(&document, |document| {
        document
            .lines
            .iter()
            .map(|line| line.text.clone())
            .collect()
    })?;
    Ok(Ok(exit::DONE))
}

/// Something asked of a run.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The run, by its id or number.
    pub run: String,
    /// What is wanted.
    pub wanted: Asked,
    /// Whether it was confirmed on the command line.
    pub yes: bool,
}

/// What is wanted of it.
#[derive(Clone, Debug)]
pub enum Asked {
    /// Something about the whole run, with a comment where it takes one.
    Run(CiWish, String),
    /// One job again.
    Job(String),
}

/// Asks where it must, then sends; prints asked/1.
pub async fn ask(
    settings: &Settings,
    service: &ServiceName,
    wish: &Wish,
    output: &mut Output<'_>,
) -> Told {
    if settings.read_only {
        let notice = Notice::new(
            NoticeKind::Refused,
            "the program runs read-only, nothing is changed",
        );
        return Ok(Err(notice.hint("start it without --read-only")));
    }
    let prepared = async {
        let ci = Ci::of(settings, service)?;
        let run = ci.run(&wish.run).await?;
        let command = command(&run, &wish.wanted)?;
        Ok((ci, run, command))
    };
    let (ci, run, command) = match prepared.await {
        Ok(prepared) => prepared,
        Err(notice) => return Ok(Err(notice)),
    };
    if let Some(notice) = unconfirmed(&run, &command, wish.yes, output)? {
        return Ok(Err(notice));
    }
    let answered = match ci.act(&command).await {
        Ok(answered) => answered,
        Err(notice) => return Ok(Err(notice)),
    };
    let document = AskedDocument {
        schema: "flightdeck.asked/1",
        run: answered.run.to_string(),
        text: answered.text.shown().to_owned(),
    };
    output.print(&document, |document| vec![document.text.clone()])?;
    Ok(Ok(exit::DONE))
}

fn command(run: &Run, wanted: &Asked) -> Result<Command, Notice> {
    let (wish, comment) = match wanted {
        Asked::Job(job) => {
            let id = JobId::new(job.as_str());
            return match run.job(&id) {
                Some(_) => Ok(Command::RerunJob(run.id.clone(), id)),
                None => Err(Notice::new(
                    NoticeKind::Refused,
                    format!("run {} has no job {job}", run.label()),
                )),
            };
        }
        Asked::Run(wish, comment) => (*wish, comment),
    };
    let command = wish.command(run, comment);
    match &command {
        Command::Approve { what, .. } | Command::Reject { what, .. } if what.is_empty() => {
            Err(nothing_to_decide(run))
        }
        _ => Ok(command),
    }
}

fn nothing_to_decide(run: &Run) -> Notice {
    let refused = run
        .approvals
        .iter()
        .find_map(|approval| match &approval.may {
            May::No(why) => Some(why),
            May::Yes | May::Unknown => None,
        });
    match refused {
        Some(why) => Notice::new(
            NoticeKind::Forbidden,
            format!(
                "run {} waits, and this login may not decide: {}",
                run.label(),
                why.shown()
            ),
        ),
        None => Notice::new(
            NoticeKind::Refused,
            format!(
                "run {} is {}: nothing waits for a person",
                run.label(),
                run.state.word()
            ),
        ),
    }
}

/// Why it is not confirmed; `None` where it is.
fn unconfirmed(
    run: &Run,
    command: &Command,
    yes: bool,
    output: &mut Output<'_>,
) -> io::Result<Option<Notice>> {
    if yes {
        return Ok(None);
    }
    let what = format!(
        "{} run {} \"{}\"",
        command.verb(),
        run.label(),
        run.title.shown()
    );
    if !has_terminal() {
        let text = format!(
            "`{what}` wants a confirmation, and there is no terminal to ask on: nothing was done"
        );
        return Ok(Some(Notice::new(NoticeKind::Usage, text).hint("add --yes")));
    }
    for approval in &run.approvals {
        output.notice(&format!("waits for approval: {}", approval.name.shown()))?;
    }
    output.prompt(&format!("{what}? [y/N]"))?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let agreed = matches!(line.trim(), "y" | "Y" | "yes");
    Ok((!agreed).then(|| Notice::new(NoticeKind::Usage, "not confirmed: nothing was done")))
}
