//! `logs --follow`: what there is, then each line as it comes, of the pods that are there now and of those that come later.

use super::logs::{self, Read};
use super::output::Output;
use super::reading::{Look, look};
use super::session::{How, follow};
use super::text;
use crate::analysis::log_lines::PodLine;
use crate::app::model::Model;
use crate::app::proof::Attention;
use crate::cli::globals::Format;
use crate::cli::logs::Logs;
use crate::config::settings::Settings;
use crate::domain::ids::Target;
use crate::domain::notice::Notice;
use crate::domain::traffic::Track;
use crate::runtime::log_follow::{Followed, Followers};
use crate::runtime::pod_logs::Reader;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::HashMap;
use std::io;
use std::ops::ControlFlow;
use tokio::sync::mpsc;

/// Lines that may wait for a slow output; then the logs wait.
const WAITING: usize = 1024;
/// Notices that may wait; more are left out.
const NOTICES: usize = 64;

/// `flightdeck.logline/1`.
#[derive(Clone, Debug, Serialize)]
struct LogLine<'l> {
    schema: &'static str,
    #[serde(flatten)]
    line: &'l PodLine,
}

/// Prints lines until a signal comes; answers its exit code.
pub(super) async fn run(
    settings: &Settings,
    target: &Target,
    wish: &Logs,
    output: &mut Output<'_>,
) -> io::Result<Result<u8, Notice>> {
    let model = match look(settings, target).await? {
        Ok(Look::Seen(model)) => model,
        Ok(Look::Ended(code)) => return Ok(Ok(code)),
        Err(notice) => return Ok(Err(notice)),
    };
    let reader = match Reader::connect(settings, target).await {
        Ok(reader) => reader,
        Err(notice) => return Ok(Err(notice)),
    };
    let known = so_far(&reader, &model, wish, output).await?;
    let (lines, mut printed) = mpsc::channel(WAITING);
    let (told, mut notices) = mpsc::channel(NOTICES);
    let mut following = Following {
        wish,
        followers: reader.followers(lines),
        known,
        track: None,
        told,
    };
    let mut watching = Box::pin(follow(settings, target, Attention::Glancing, |model, _| {
        following.look(model);
        Ok(ControlFlow::Continue(()))
    }));
    let ended = loop {
        tokio::select! {
            biased;
            ended = &mut watching => break ended,
            Some(notice) = notices.recv() => output.notice(&notice)?,
            Some(followed) = printed.recv() => print(&followed, output)?,
        }
    };
    Ok(match ended {
        Err(notice) => Err(notice),
        Ok(ended) => match ended.how {
            How::Code(code) | How::Signal(code) => Ok(code),
            How::Failed(error) => return Err(error),
        },
    })
}

/// Prints what there is; answers each pod's newest line. Pods that are not there yet, or not readable yet, are waited for.
async fn so_far(
    reader: &Reader<'_>,
    model: &Model,
    wish: &Logs,
    output: &mut Output<'_>,
) -> io::Result<HashMap<String, Timestamp>> {
    let Some(rollout) = &model.reading.rollout else {
        return Ok(HashMap::new());
    };
    let read = match logs::read(reader, &model.target, wish, rollout).await {
        Ok(read) => read,
        Err(notice) => {
            output.notice(&format!("{}; waiting for it", notice.summary))?;
            return Ok(HashMap::new());
        }
    };
    logs::tell_unread(&read, output)?;
    let known = newest(&read);
    let document = logs::document(&model.target, rollout, read);
    match output.format() {
        Format::Text => output.print(&document, logs::lines)?,
        Format::Json => {
            for line in &document.lines {
                print_line(line, output)?;
            }
        }
    }
    Ok(known)
}

fn newest(read: &Read) -> HashMap<String, Timestamp> {
    let lines = read.own.pods.iter().flatten();
    let mut newest: HashMap<String, Timestamp> = HashMap::new();
    for (pod, at) in lines.filter_map(|line| Some((&line.pod, line.at?))) {
        let known = newest.entry(pod.clone()).or_insert(at);
        *known = at.max(*known);
    }
    newest
}

/// Which pods are followed.
struct Following<'w> {
    wish: &'w Logs,
    followers: Followers,
    known: HashMap<String, Timestamp>,
    track: Option<Track>,
    told: mpsc::Sender<String>,
}

impl Following<'_> {
    fn look(&mut self, model: &Model) {
        let Some(rollout) = &model.reading.rollout else {
            return;
        };
        let track = logs::track(self.wish, rollout);
        let pods = logs::pods(rollout, track);
        let known = &self.known;
        let changed = self
            .followers
            .reconcile(&pods, |pod| known.get(pod).copied());
        if self.track.replace(track) != Some(track) {
            self.tell(format!("following the {} pods", track.word()));
        }
        for pod in changed.came {
            self.tell(format!("{pod}: followed"));
        }
        for pod in changed.went {
            self.tell(format!("{pod}: gone, or not meant any more"));
        }
    }

    fn tell(&self, notice: String) {
        // Whoever cannot keep up with notices reads the lines.
        drop(self.told.try_send(notice));
    }
}

fn print(followed: &Followed, output: &mut Output<'_>) -> io::Result<()> {
    match followed {
        Followed::Line(line) => print_line(line, output),
        Followed::Unread(pod, notice) => {
            let why = text::error(notice).join("; ");
            output.notice(&format!("{pod} cannot be read now: {why}"))
        }
    }
}

fn print_line(line: &PodLine, output: &mut Output<'_>) -> io::Result<()> {
    let document = LogLine {
        schema: "flightdeck.logline/1",
        line,
    };
    output.print(&document, |_| vec![logs::line(line)])
}
