//! `keys.toml`: one table a screen and one for all, action names to a key, a chord, or a list of them.
//!
//! This reads what is written; what the names mean is the core's to say.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The file's name; it lies beside the config.
pub const FILE: &str = "keys.toml";

/// One line of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The table: a screen's name or `global`.
    pub table: String,
    /// The action's name.
    pub action: String,
    /// Its keys; none takes all keys away.
    pub keys: Vec<String>,
    /// The line, from 1.
    pub line: usize,
}

/// What is not of the file's shape: the line, and what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misshapen {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

/// Reads the text of a `keys.toml`, every mistake of its shape at once.
pub fn parse(text: &str) -> Result<Vec<Written>, Vec<Misshapen>> {
    let line = |at: usize| 1 + text.get(..at).unwrap_or(text).matches('\n').count();
    let table = DeTable::parse(text).map_err(|error| {
        let line = line(error.span().map_or(0, |span| span.start));
        let what = error.message().to_owned();
        vec![Misshapen { line, what }]
    })?;
    let (mut written, mut wrong) = (Vec::new(), Vec::new());
    for (name, value) in table.get_ref() {
        let Some(actions) = value.get_ref().as_table() else {
            wrong.push(Misshapen {
                line: line(name.span().start),
                what: format!(
                    "`{}` stands outside a table: write it below [global] or a screen's table",
                    name.get_ref()
                ),
            });
            continue;
        };
        for (action, value) in actions {
            let line = line(action.span().start);
            match keys(value) {
                Some(keys) => written.push(Written {
                    table: name.get_ref().to_string(),
                    action: action.get_ref().to_string(),
                    keys,
                    line,
                }),
                None => wrong.push(Misshapen {
                    line,
                    what: format!("{}: expected a key such as \"p\", a chord such as \"a p\", or a list of them", action.get_ref()),
                }),
            }
        }
    }
    if wrong.is_empty() {
        Ok(written)
    } else {
        Err(wrong)
    }
}

fn keys(value: &Spanned<DeValue<'_>>) -> Option<Vec<String>> {
    let text = |value: &DeValue<'_>| value.as_str().map(str::to_owned);
    match value.get_ref() {
        DeValue::Array(list) => list.iter().map(|item| text(item.get_ref())).collect(),
        one => text(one).map(|key| vec![key]),
    }
}
