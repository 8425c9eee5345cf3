//! Small forms of the web: encoded texts, links, what a refusal says.

use crate::domain::text::Text;

/// What a refusal says: `message` or `error` of its JSON, else how it begins.
pub(super) fn message(body: &[u8]) -> Text {
    let json: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let told = json.as_ref().and_then(|json| {
        ["message", "error", "error_description"]
            .iter()
            .find_map(|key| json.get(key)?.as_str())
    });
    let text = told.map_or_else(|| String::from_utf8_lossy(body).into_owned(), str::to_owned);
    Text::new(text.trim().chars().take(200).collect::<String>())
}

/// The address with rel `next` of a `Link` header.
pub(super) fn next_page(link: &str) -> Option<String> {
    link.split(',').find_map(|part| {
        let (address, rest) = part.split_once(';')?;
        let is_next = rest
            .split(';')
            .any(|parameter| matches!(parameter.trim(), "rel=\"next\"" | "rel=next"));
        let address = address.trim().strip_prefix('<')?.strip_suffix('>')?;
        is_next.then(|| address.to_owned())
    })
}

/// A text as a part of a path or a value in a query.
pub fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
