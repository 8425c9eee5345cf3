//! The picture on the terminal: only what changed is written, in one piece, and nothing where nothing changed.
//!
//! ratatui's own `Terminal` is not used: it writes resets for a frame without changes, asks the terminal for the cursor's
//! position when it clears (seconds over a slow line), and prints to a dead terminal when it is dropped.

use crossterm::clipboard::CopyToClipboard;
use crossterm::queue;
use crossterm::style::Print;
use crossterm::terminal::{BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate};
use ratatui::backend::{Backend as _, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::io::{self, BufWriter, Write};

/// A whole frame of a large screen goes out in one write.
const BUFFERED: usize = 64 * 1024;

/// What is on a screen, and the way to change it.
pub struct Screen<W: Write> {
    backend: CrosstermBackend<BufWriter<W>>,
    shown: Buffer,
    next: Buffer,
    /// What is on the terminal is not known.
    spoilt: bool,
}

impl<W: Write> Screen<W> {
    /// Nothing is shown yet.
    pub fn new(out: W) -> Self {
        Self {
            backend: CrosstermBackend::new(BufWriter::with_capacity(BUFFERED, out)),
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
        queue!(self.backend, CopyToClipboard::to_clipboard_from(text))?;
        ratatui::backend::Backend::flush(&mut self.backend)
    }

    /// Rings the terminal's bell.
    pub fn ring(&mut self) -> io::Result<()> {
        queue!(self.backend, Print('\u{7}'))?;
        ratatui::backend::Backend::flush(&mut self.backend)
    }

    fn write(&mut self) -> io::Result<()> {
        if self.spoilt {
            self.shown.reset();
        }
        let changed = self.shown.diff(&self.next);
        if changed.is_empty() && !self.spoilt {
            return Ok(());
        }
        queue!(self.backend, BeginSynchronizedUpdate)?;
        if std::mem::take(&mut self.spoilt) {
            queue!(self.backend, Clear(ClearType::All))?;
        }
        self.backend.draw(changed.into_iter())?;
        queue!(self.backend, EndSynchronizedUpdate)?;
        ratatui::backend::Backend::flush(&mut self.backend)
    }
}
