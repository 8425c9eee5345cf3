//! Frames as one number: equal pictures have equal digests, on every machine.
//!
//! A version whose drawing library names a colour otherwise has other digests: they are compared within a version.

use crate::app::model::Model;
use crate::config::theme::{Charset, Depth, Theme};
use crate::domain::notice::{Notice, NoticeKind};
use crate::view::{self, Paint};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Largest frame that is drawn: a recording can say anything.
const LARGEST: (u16, u16) = (1000, 500);

/// FNV-1a, 64 bits: what the standard library hashes with may change with its version.
const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// A frame of the recorded size.
pub fn frame(model: &Model, paint: &Paint) -> Buffer {
    let (columns, rows) = model.ui.size;
    let area = Rect::new(0, 0, columns.min(LARGEST.0), rows.min(LARGEST.1));
    let mut buffer = Buffer::empty(area);
    view::draw(model, paint, &mut buffer);
    buffer
}

/// The look that digests are made in, whatever the terminal.
pub fn paint() -> Result<Paint, Notice> {
    Theme::load_builtin("default", Depth::Indexed256, Charset::Unicode)
        .map(|theme| Paint::new(&theme))
        .map_err(|error| {
            Notice::new(NoticeKind::Internal, "the default theme cannot be used").caused_by(&error)
        })
}

/// Digest of frames in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Self(OFFSET)
    }
}

impl Digest {
    /// Takes a frame in: size, symbols, styles.
    pub fn take(&mut self, frame: &Buffer) {
        self.bytes(&frame.area.width.to_le_bytes());
        self.bytes(&frame.area.height.to_le_bytes());
        for cell in frame.content() {
            self.bytes(cell.symbol().as_bytes());
            self.bytes(format!("{:?}{:?}{:?}", cell.fg, cell.bg, cell.modifier).as_bytes());
        }
    }

    /// As 16 hex digits.
    pub fn text(self) -> String {
        format!("{:016x}", self.0)
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(PRIME);
        }
    }
}
