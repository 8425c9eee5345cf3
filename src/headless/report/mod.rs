//! `report`: the postmortem, from the cluster's record where it can be read, and from this machine's journal and black box.
//!
//! Invariants: nothing in it comes from anywhere but what was recorded; a verdict is said to be recomputed only where its
//! intervals give it again.

mod chart;
mod document;
mod gather;
mod markdown;
mod timeline;

pub use chart::{Curve, charts};
pub use document::{Asked, Sources, build};
pub use markdown::{Pictures, markdown};

use super::exit;
use super::json::ReportDocument;
use super::output::Output;
use super::trouble;
use crate::cli::Report;
use crate::cli::globals::Format;
use crate::config::settings::Settings;
use crate::domain::ids::Target;
use crate::domain::notice::{Notice, NoticeKind};
use crate::runtime::clock;
use gather::Gathered;
use std::io;
use std::path::Path;

/// Prints or writes the report; answers the exit code.
pub async fn run(
    settings: &Settings,
    target: &Target,
    wish: &Report,
    output: &mut Output<'_>,
) -> io::Result<u8> {
    let sources = match gather::gather(settings, target).await? {
        Gathered::Sources(sources) => sources,
        Gathered::Ended(code) => return Ok(code),
    };
    if let Some(why) = &sources.without_cluster {
        output.notice(&format!("without the cluster's record: {why}"))?;
    }
    let now = clock::now();
    let asked = match (&wish.release, wish.since) {
        (Some(tag), _) => Asked::Release(tag.clone()),
        (None, Some(length)) => Asked::Since(now.checked_sub(length).unwrap_or(now)),
        (None, None) => Asked::Newest,
    };
    let document = match build(&sources, target, &asked, now) {
        Ok(document) => document,
        Err(notice) => return trouble::tell(output, &notice),
    };
    if let Some(file) = &wish.out {
        if let Err(error) = write(file, &document) {
            let text = format!("the report cannot be written to {}", file.display());
            return trouble::tell(
                output,
                &Notice::new(NoticeKind::Usage, text).caused_by(&error),
            );
        }
        output.notice(&format!(
            "written to {}, its charts beside it",
            file.display()
        ))?;
    }
    match (output.format(), &wish.out) {
        (Format::Json, _) => output.print(&document, |_| Vec::new())?,
        (Format::Text, None) => {
            output.lines(markdown(&document, &Pictures::Inside(charts(&document))))?;
        }
        (Format::Text, Some(_)) => {}
    }
    Ok(exit::DONE)
}

/// The Markdown at `file`, each chart beside it as `NAME-CHART.svg`.
fn write(file: &Path, document: &ReportDocument) -> io::Result<()> {
    let stem = file.file_stem().map_or_else(
        || "report".to_owned(),
        |stem| stem.to_string_lossy().into_owned(),
    );
    let mut names = Vec::new();
    for (name, picture) in charts(document) {
        let beside = format!("{stem}-{name}.svg");
        std::fs::write(file.with_file_name(&beside), picture)?;
        names.push((name, beside));
    }
    let text = markdown(document, &Pictures::Beside(names)).join("\n");
    std::fs::write(file, format!("{text}\n"))
}
