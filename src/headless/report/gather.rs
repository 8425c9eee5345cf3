//! What a report is made from: the cluster's record and black box where they can be read, else this machine's.

use super::document::Sources;
use crate::analysis::black_box::{Line, merged};
use crate::app::intent::Intent;
use crate::app::model::Model;
use crate::app::proof::Attention;
use crate::config::settings::Settings;
use crate::domain::ids::Target;
use crate::domain::record::Record;
use crate::headless::json::kept_lines;
use crate::headless::reading::WITHIN;
use crate::headless::session::{How, Voice, follow};
use crate::headless::{exit, history};
use crate::record::black_box::BoxFile;
use crate::record::journal::Journal;
use jiff::Timestamp;
use std::io;
use std::ops::ControlFlow;

/// What became of gathering.
pub(super) enum Gathered {
    Sources(Box<Sources>),
    Ended(u8),
}

pub(super) async fn gather(settings: &Settings, target: &Target) -> io::Result<Gathered> {
    let mut asking = Asking::default();
    let followed = follow(settings, target, Attention::Glancing, |model, voice| {
        asking.look(model, voice)
    })
    .await;
    let (record, published, without_cluster) = match followed {
        Err(notice) => (None, Vec::new(), Some(notice.summary)),
        Ok(ended) => match ended.how {
            How::Signal(code) => return Ok(Gathered::Ended(code)),
            How::Failed(error) => return Err(error),
            How::Code(_) => from_cluster(&ended.model),
        },
    };
    let entries = Journal::of(&settings.data_dir, target)
        .read()
        .map(|lines| lines.entries)
        .unwrap_or_default();
    let own: Vec<Line> = BoxFile::of(&settings.data_dir, target)
        .read()
        .unwrap_or_default();
    Ok(Gathered::Sources(Box::new(Sources {
        source: if record.is_some() {
            "cluster"
        } else {
            "journal"
        },
        record: record
            .or_else(|| history::journaled(settings, target))
            .unwrap_or_default(),
        entries,
        lines: merged(own, &published, usize::MAX),
        without_cluster,
    })))
}

fn from_cluster(model: &Model) -> (Option<Record>, Vec<Line>, Option<String>) {
    let record = match history::recorded(model) {
        Ok(record) => record,
        Err(notice) => return (None, Vec::new(), Some(notice.summary)),
    };
    match &model.black_box.read {
        Some(Ok(Some(text))) => (Some(record), kept_lines(text), None),
        Some(Err(notice)) => (
            Some(record),
            Vec::new(),
            Some(format!("its black box: {}", notice.summary)),
        ),
        Some(Ok(None)) | None => (Some(record), Vec::new(), None),
    }
}

/// Waits for the record, then for the black box beside it.
#[derive(Default)]
struct Asking {
    since: Option<Timestamp>,
    asked: bool,
}

impl Asking {
    fn look(&mut self, model: &Model, voice: &Voice) -> io::Result<ControlFlow<u8>> {
        let since = *self.since.get_or_insert(model.now);
        let cluster = &model.feeds.cluster;
        let is_over = model.black_box.read.is_some()
            || (cluster.fault.is_some() && cluster.value.is_none())
            || model.now.duration_since(since) >= WITHIN;
        if is_over {
            return Ok(ControlFlow::Break(exit::DONE));
        }
        if cluster.value.is_some() && !self.asked {
            self.asked = true;
            voice.say(Intent::ReadBlackBox)?;
        }
        Ok(ControlFlow::Continue(()))
    }
}
