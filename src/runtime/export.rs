//! The view as a file: its characters, a picture, or what it was drawn from.

use super::clock;
use crate::app::intent::Export;
use crate::app::model::Model;
use crate::domain::notice::{Notice, NoticeKind};
use crate::headless::json::{ServiceStatus, StatusDocument};
use crate::view::{self, Paint, svg};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Writes the view to a new file that only its owner can read; answers its path.
pub fn write(model: &Model, paint: &Paint, form: Export) -> Result<PathBuf, Notice> {
    let dir = place(model);
    let written = content(model, paint, form).and_then(|content| put(&dir, form, &content));
    written.map_err(|error| {
        Notice::new(
            NoticeKind::Internal,
            format!("cannot write the view to {}", dir.display()),
        )
        .caused_by(&error)
    })
}

/// Below the data directory; that of the demo world ends with it, and the file is to be kept.
fn place(model: &Model) -> PathBuf {
    if model.settings.is_demo() {
        std::env::temp_dir()
    } else {
        model.settings.data_dir.join("exports")
    }
}

fn put(dir: &Path, form: Export, content: &str) -> io::Result<PathBuf> {
    std::fs::create_dir_all(dir)?;
    let (name, end) = (
        clock::now().strftime("flightdeck-%Y%m%dT%H%M%SZ-"),
        format!(".{}", form.extension()),
    );
    let mut file = tempfile::Builder::new()
        .prefix(&name.to_string())
        .suffix(&end)
        .tempfile_in(dir)?;
    file.write_all(content.as_bytes())?;
    file.as_file().sync_all()?;
    let (_, path) = file.keep()?;
    Ok(path)
}

fn content(model: &Model, paint: &Paint, form: Export) -> io::Result<String> {
    match form {
        Export::Text => Ok(characters(&picture(model, paint))),
        Export::Svg => {
            let title = format!(
                "Flightdeck: {}",
                crate::domain::text::Text::new(model.target.to_string()).shown()
            );
            Ok(svg::render(&picture(model, paint), &title))
        }
        Export::Json => {
            let document = StatusDocument {
                schema: "flightdeck.status/1",
                at: model.picture().now,
                services: vec![ServiceStatus::of(model.picture())],
            };
            Ok(serde_json::to_string_pretty(&document)? + "\n")
        }
    }
}

pub(super) fn picture(model: &Model, paint: &Paint) -> Buffer {
    let (columns, rows) = model.ui.size;
    let mut buffer = Buffer::empty(Rect::new(0, 0, columns, rows));
    view::draw(model, paint, &mut buffer);
    buffer
}

/// One line a row, without the blanks at its end.
pub fn characters(buffer: &Buffer) -> String {
    let rows = buffer
        .content()
        .chunks(usize::from(buffer.area.width).max(1));
    rows.map(|row| {
        row.iter()
            .map(Cell::symbol)
            .collect::<String>()
            .trim_end()
            .to_owned()
            + "\n"
    })
    .collect()
}
