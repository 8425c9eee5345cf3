//! Markdown. Text from outside is escaped: it makes no table, link or tag.

use crate::domain::text::clean_line;
use std::fmt::Write as _;

/// One line in which nothing is markup.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in clean_line(&text.replace('\n', " ")).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '|' | '[' | ']' | '`' | '*' | '_' | '\\' | '#' | '!' => {
                // Writing into a string cannot fail.
                let _ = write!(escaped, "\\{c}");
            }
            c => escaped.push(c),
        }
    }
    escaped
}
