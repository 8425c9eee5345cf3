//! `history`: releases, newest first, from the cluster's record, else from the journal.

use super::exit;
use super::json::HistoryDocument;
use super::output::Output;
use super::reading::{Look, WITHIN, look_until};
use super::{text, trouble};
use crate::app::model::Model;
use crate::config::settings::Settings;
use crate::domain::ids::Target;
use crate::domain::notice::{Notice, NoticeKind};
use crate::domain::record::{Record, RecordRead};
use crate::record::journal::Journal;
use crate::record::replay;
use jiff::Timestamp;
use std::io;

/// Prints history/1; answers the exit code.
pub async fn run(settings: &Settings, target: &Target, output: &mut Output<'_>) -> io::Result<u8> {
    let mut since: Option<Timestamp> = None;
    let looked = look_until(settings, target, |model| {
        let since = *since.get_or_insert(model.now);
        let cluster = &model.feeds.cluster;
        cluster.value.is_some()
            || cluster.fault.is_some()
            || model.now.duration_since(since) >= WITHIN
    })
    .await?;
    let read = match looked {
        Ok(Look::Ended(code)) => return Ok(code),
        Ok(Look::Seen(model)) => recorded(&model),
        Err(notice) => Err(notice),
    };
    let why = match read {
        Ok(record) => {
            output.print(&HistoryDocument::of(&record, "cluster"), text::history)?;
            return Ok(exit::DONE);
        }
        Err(notice) => notice,
    };
    let Some(record) = journaled(settings, target) else {
        return trouble::tell(output, &why);
    };
    output.notice(&format!("from this machine's journal: {}", why.summary))?;
    output.print(&HistoryDocument::of(&record, "journal"), text::history)?;
    Ok(exit::DONE)
}

/// The cluster's record; an environment that has none yet has no releases.
pub(super) fn recorded(model: &Model) -> Result<Record, Notice> {
    let unreachable =
        |why: &str| Notice::new(NoticeKind::Unreachable, format!("{}: {why}", model.target));
    let Some(snapshot) = &model.feeds.cluster.value else {
        let fault = model.feeds.cluster.fault.as_ref();
        return Err(unreachable(
            fault.map_or("the cluster did not answer", |fault| fault.text.shown()),
        ));
    };
    match &snapshot.record {
        RecordRead::Read { record, .. } => Ok((**record).clone()),
        RecordRead::Absent => Ok(Record::default()),
        RecordRead::Unread => Err(unreachable("the record was not read")),
        RecordRead::Unreadable(why) | RecordRead::Failed(why) => Err(unreachable(why.shown())),
    }
}

/// What this machine's journal knows of the record.
pub(super) fn journaled(settings: &Settings, target: &Target) -> Option<Record> {
    let lines = Journal::of(&settings.data_dir, target).read().ok()?;
    replay::last_record(&lines.entries).map(|(_, record)| record.clone())
}
