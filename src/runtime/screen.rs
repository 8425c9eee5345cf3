//! The picture on the terminal: only what changed is written, in one piece, and nothing where nothing changed.
//!
//! ratatui's own `Terminal` is not used: it writes resets for a frame without changes, asks the terminal for the cursor's
//! position when it clears (seconds over a slow line), and prints to a dead terminal when it is dropped.

use super::ink;
use crossterm::clipboard::CopyToClipboard;
use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};
use unicode_width::UnicodeWidthStr as _;

/// A whole frame of a large screen goes out in one write.
const BUFFERED: usize = 64 * 1024;

/// What is on a screen, and the way to change it.
pub struct Screen<W: Write> {
    out: BufWriter<W>,
    shown: Buffer,
    next: Buffer,
    /// What is on the terminal is not known.
    spoilt: bool,
}

impl<W: Write> Screen<W> {
    /// Nothing is shown yet.
    pub fn new(out: W) -> Self {
        Self {
            out: BufWriter::with_capacity(BUFFERED, out),
            shown: Buffer::default(),
            next: Buffer::default(),
            spoilt: true,
        }
    }

    /// The next frame is drawn as a whole.
    pub fn spoil(&mut self) {
        self.spoilt = true;
    }

    /// Draws a frame of `columns` by `rows`.
    pub fn frame(
        &mut self,
        (columns, rows): (u16, u16),
        draw: impl FnOnce(&mut Buffer),
    ) -> io::Result<()> {
        let area = Rect::new(0, 0, columns, rows);
        if self.next.area != area {
            self.shown = Buffer::empty(area);
            self.next = Buffer::empty(area);
            self.spoilt = true;
        }
        self.next.reset();
        draw(&mut self.next);
        self.write()?;
        std::mem::swap(&mut self.shown, &mut self.next);
        Ok(())
    }

    /// Hands a text to the terminal's clipboard.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        queue!(self.out, CopyToClipboard::to_clipboard_from(text))?;
        self.out.flush()
    }

    fn write(&mut self) -> io::Result<()> {
        if self.spoilt {
            self.shown.reset();
        }
        let changed = changed(&self.shown, &self.next);
        if changed.is_empty() && !self.spoilt {
            return Ok(());
        }
        queue!(self.out, BeginSynchronizedUpdate)?;
        if std::mem::take(&mut self.spoilt) {
            queue!(self.out, Clear(ClearType::All))?;
        }
        ink::write(&mut self.out, changed.into_iter())?;
        queue!(self.out, EndSynchronizedUpdate)?;
        self.out.flush()
    }
}

/// The cells to write. A row in which a wide character stood is written as a whole: terminals differ in what they leave of one
/// that was half overwritten.
fn changed<'b>(shown: &Buffer, next: &'b Buffer) -> Vec<(u16, u16, &'b Cell)> {
    let mut cells = shown.diff(next);
    let rows: BTreeSet<u16> = cells
        .iter()
        .map(|(_, y, _)| *y)
        .filter(|y| (0..shown.area.width).any(|x| shown.cell((x, *y)).is_some_and(is_wide)))
        .collect();
    if rows.is_empty() {
        return cells;
    }
    cells.retain(|(_, y, _)| !rows.contains(y));
    for y in rows {
        let mut x = 0;
        while let Some(cell) = next.cell((x, y)) {
            cells.push((x, y, cell));
            x += if is_wide(cell) { 2 } else { 1 };
        }
    }
    cells.sort_by_key(|(x, y, _)| (*y, *x));
    cells
}

fn is_wide(cell: &Cell) -> bool {
    !cell.symbol().is_ascii() && cell.symbol().width() > 1
}
