//! Boxes that lie over the screen: a question with a frame that its contents cannot widen, and the keys that follow `a`.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::lines::Hint;
use super::pane::{Sides, border, inset};
use super::{clear, put, put_line};
use crate::config::theme::{Glyph, Role};
use crate::view::{Paint, text};

/// A frame of a fixed size in the middle of the screen, emptied; gives what is inside, with a column of air.
pub fn frame(buf: &mut Buffer, screen: Rect, size: (u16, u16), title: &str, paint: &Paint) -> Rect {
    let screen = screen.intersection(buf.area);
    let (width, height) = (size.0.min(screen.width), size.1.min(screen.height));
    let x = screen.x + (screen.width - width) / 2;
    let y = screen.y + (screen.height - height) / 2;
    let area = Rect {
        x,
        y,
        width,
        height,
    };
    clear(buf, area, paint.style(Role::Text));
    let corners = [
        Glyph::DialogTopLeft,
        Glyph::DialogTopRight,
        Glyph::DialogBottomLeft,
        Glyph::DialogBottomRight,
    ];
    border(
        buf,
        area,
        &Sides {
            corners,
            h: Glyph::DialogH,
            v: Glyph::DialogV,
            role: Role::DialogDanger,
        },
        paint,
    );
    let title = text::cut(
        title,
        usize::from(width.saturating_sub(4)),
        paint.glyph(Glyph::Cut),
    );
    put(
        buf,
        area,
        (1, 0),
        &format!(" {title} "),
        paint.style(Role::DialogDanger),
    );
    inset(area, 2, 1)
}

/// The keys that follow another, in a box above the screen's last row, each with the reason where it does not work.
pub fn which_key(buf: &mut Buffer, screen: Rect, title: &str, hints: &[Hint], paint: &Paint) {
    let screen = screen.intersection(buf.area);
    let wanted = hints.iter().map(hint_width).max().unwrap_or(0) + 4;
    let width = u16::try_from(wanted.max(text::width(title) + 6))
        .unwrap_or(u16::MAX)
        .min(screen.width);
    let height = u16::try_from(hints.len() + 2)
        .unwrap_or(u16::MAX)
        .min(screen.height);
    let y = screen.bottom().saturating_sub(height + 1).max(screen.y);
    let area = Rect {
        x: screen.x,
        y,
        width,
        height,
    };
    clear(buf, area, paint.style(Role::Text));
    border(buf, area, &Sides::thin(Role::BorderFocus), paint);
    put(
        buf,
        inset(area, 1, 0),
        (0, 0),
        &format!(" {title} "),
        paint.style(Role::Title),
    );
    let inner = inset(area, 2, 1);
    for (row, hint) in (0..).zip(hints) {
        put_line(
            buf,
            inner,
            row,
            &which_key_line(hint, usize::from(inner.width), paint),
        );
    }
}

/// Columns for keys and for labels in the box.
const KEY: usize = 4;
const LABEL: usize = 22;

fn hint_width(hint: &Hint) -> usize {
    let label = text::width(&hint.label);
    KEY + hint
        .refused
        .as_ref()
        .map_or(label, |why| label.max(LABEL) + 1 + text::width(why))
}

fn which_key_line<'t>(hint: &Hint, width: usize, paint: &Paint) -> Line<'t> {
    let mark = paint.glyph(Glyph::Cut);
    let key = text::pad(&hint.key, KEY, mark);
    match &hint.refused {
        None => Line::from(vec![
            paint.span(Role::Key, key),
            paint.span(
                Role::Text,
                text::cut(&hint.label, width.saturating_sub(KEY), mark),
            ),
        ]),
        Some(why) => {
            let label = text::pad(&hint.label, LABEL.min(width.saturating_sub(KEY)), mark);
            let room = width.saturating_sub(KEY + text::width(&label) + 1);
            Line::from(vec![
                paint.span(Role::KeyDisabled, format!("{key}{label} ")),
                paint.span(Role::Muted, text::cut(why, room, mark)),
            ])
        }
    }
}
