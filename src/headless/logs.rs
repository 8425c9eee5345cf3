//! `logs`: the pods' merged logs; lines that the stable pods do not print come first, counted.

use super::output::Output;
use super::reading::{Look, look};
use super::{exit, log_follow, text};
use crate::analysis::log_lines::{PodLine, Unlike, merged, unlike};
use crate::cli::logs::{Logs, TrackName};
use crate::config::settings::Settings;
use crate::domain::ids::Target;
use crate::domain::notice::{Notice, NoticeKind};
use crate::domain::rollout::Rollout;
use crate::domain::traffic::Track;
use crate::runtime::pod_logs::{PodLogs, Process, Reader};
use serde::Serialize;
use std::io;

/// `flightdeck.logs/1`.
#[derive(Clone, Debug, Serialize)]
pub struct LogsDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// The service.
    pub service: String,
    /// The environment.
    pub environment: String,
    /// `canary` or `stable`.
    pub track: &'static str,
    /// The release on that side.
    pub tag: Option<String>,
    /// The pods that were read.
    pub pods: Vec<String>,
    /// Kinds of lines that the stable pods do not print; `null` where there is nothing to compare with.
    pub unlike: Option<Vec<Unlike>>,
    /// All lines, oldest first.
    pub lines: Vec<PodLine>,
}

/// Prints logs/1; answers the exit code.
pub async fn run(
    settings: &Settings,
    target: &Target,
    wish: &Logs,
    output: &mut Output<'_>,
) -> io::Result<Result<u8, Notice>> {
    if wish.follow {
        return log_follow::run(settings, target, wish, output).await;
    }
    let model = match look(settings, target).await? {
        Ok(Look::Seen(model)) => model,
        Ok(Look::Ended(code)) => return Ok(Ok(code)),
        Err(notice) => return Ok(Err(notice)),
    };
    let Some(rollout) = &model.reading.rollout else {
        return Ok(Ok(exit::UNREACHABLE));
    };
    let reader = match Reader::connect(settings, target).await {
        Ok(reader) => reader,
        Err(notice) => return Ok(Err(notice)),
    };
    let read = match read(&reader, target, wish, rollout).await {
        Ok(read) => read,
        Err(notice) => return Ok(Err(notice)),
    };
    tell_unread(&read, output)?;
    output.print(&document(target, rollout, read), lines)?;
    Ok(Ok(exit::DONE))
}

pub(super) fn tell_unread(read: &Read, output: &mut Output<'_>) -> io::Result<()> {
    for (pod, notice) in read.own.unread.iter().chain(&read.other.unread) {
        let why = text::error(notice).join("; ");
        output.notice(&format!("{pod} could not be read: {why}"))?;
    }
    Ok(())
}

pub(super) struct Read {
    track: Track,
    pub(super) own: PodLogs,
    other: PodLogs,
}

/// Whose pods are meant: those that are named, else the candidate's while there is one.
pub(super) fn track(wish: &Logs, rollout: &Rollout) -> Track {
    match (wish.track, &rollout.candidate) {
        (Some(TrackName::Canary), _) | (None, Some(_)) => Track::Canary,
        (Some(TrackName::Stable), _) | (None, None) => Track::Stable,
    }
}

/// The pods of a side by name.
pub(super) fn pods(rollout: &Rollout, track: Track) -> Vec<String> {
    let of = rollout.pods.iter().filter(|pod| pod.track == track);
    of.map(|pod| pod.name.clone()).collect()
}

pub(super) async fn read(
    reader: &Reader<'_>,
    target: &Target,
    wish: &Logs,
    rollout: &Rollout,
) -> Result<Read, Notice> {
    let track = track(wish, rollout);
    let own = pods(rollout, track);
    if own.is_empty() {
        let text = format!("{target} has no {} pods", track.word());
        return Err(Notice::new(NoticeKind::Refused, text)
            .hint("see which release runs where with: flightdeck status"));
    }
    let process = if wish.previous {
        Process::Previous
    } else {
        Process::Present
    };
    let own = reader.read(&own, process, wish.tail).await;
    if let (true, [(_, first), ..]) = (own.pods.is_empty(), own.unread.as_slice()) {
        return Err(first.clone());
    }
    let other = match track {
        Track::Stable => PodLogs::default(),
        Track::Canary => {
            let stable = pods(rollout, Track::Stable);
            reader.read(&stable, Process::Present, wish.tail).await
        }
    };
    Ok(Read { track, own, other })
}

pub(super) fn document(target: &Target, rollout: &Rollout, read: Read) -> LogsDocument {
    let side = rollout.side(read.track);
    let usual = merged(read.other.pods);
    let mut pods: Vec<String> = Vec::new();
    for line in read.own.pods.iter().filter_map(|lines| lines.first()) {
        pods.push(line.pod.clone());
    }
    let lines = merged(read.own.pods);
    LogsDocument {
        schema: "flightdeck.logs/1",
        service: target.service.to_string(),
        environment: target.environment.to_string(),
        track: read.track.word(),
        tag: side.map(|side| side.tag().to_owned()),
        unlike: (!usual.is_empty()).then(|| unlike(&lines, &usual)),
        pods,
        lines,
    }
}

pub(super) fn lines(document: &LogsDocument) -> Vec<String> {
    let mut told = Vec::new();
    match document.unlike.as_deref() {
        None => {}
        Some([]) => told.push("every kind of line is printed by the stable pods too".to_owned()),
        Some(found) => {
            told.push(format!(
                "what the {} pods print and the stable pods do not:",
                document.track
            ));
            for one in found {
                let pods = match one.pods {
                    1 => "1 pod".to_owned(),
                    pods => format!("{pods} pods"),
                };
                told.push(format!("{:>6}x {pods:>7}  {}", one.count, one.newest.text));
            }
        }
    }
    if !told.is_empty() {
        told.push(String::new());
    }
    told.extend(document.lines.iter().map(line));
    told
}

/// One line: its time, the end of its pod's name, what was printed.
pub(super) fn line(line: &PodLine) -> String {
    let at = line
        .at
        .map_or_else(String::new, |at| format!("{} ", at.strftime("%H:%M:%S")));
    let short = line.pod.rsplit('-').next().unwrap_or(&line.pod);
    format!("{at}{short}  {}", line.text)
}
