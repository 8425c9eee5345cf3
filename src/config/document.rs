//! A TOML document with the place of each value, read key by key.
//!
//! Invariant: whatever is wrong is noted and reading goes on, so that one run tells every mistake. A key that nobody asked
//! for is a mistake too.

use super::fault::{Fault, nearest};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written<T> {
    /// The value.
    pub value: T,
    /// Byte offset in the text.
    pub at: usize,
}

/// The answer of a rule: the value, or what was expected.
pub type Ruled<T> = Result<T, String>;

/// One table that is being read.
pub struct Reader<'r, 't> {
    table: &'r DeTable<'t>,
    path: String,
    at: usize,
    asked: Vec<&'static str>,
    faults: &'r mut Vec<Fault>,
}

impl<'r, 't> Reader<'r, 't> {
    /// Reads the whole document.
    pub fn root(table: &'r DeTable<'t>, faults: &'r mut Vec<Fault>) -> Self {
        Self {
            table,
            path: String::new(),
            at: 0,
            asked: Vec::new(),
            faults,
        }
    }

    /// The value of `key` where `rule` accepts it. A `rule` gets the value and says what it expected.
    pub fn optional<T>(
        &mut self,
        key: &'static str,
        rule: impl Fn(&DeValue<'t>) -> Ruled<T>,
    ) -> Option<Written<T>> {
        self.ruled(key, rule, found)
    }

    /// As [`Self::optional`]; a mistake does not quote what was found, which may be a secret.
    pub fn unquoted<T>(
        &mut self,
        key: &'static str,
        rule: impl Fn(&DeValue<'t>) -> Ruled<T>,
    ) -> Option<Written<T>> {
        self.ruled(key, rule, |value| kind(value).to_owned())
    }

    fn ruled<T>(
        &mut self,
        key: &'static str,
        rule: impl Fn(&DeValue<'t>) -> Ruled<T>,
        told: impl Fn(&DeValue<'t>) -> String,
    ) -> Option<Written<T>> {
        self.asked.push(key);
        let value = self.table.get(key)?;
        let at = value.span().start;
        match rule(value.get_ref()) {
            Ok(value) => Some(Written { value, at }),
            Err(expected) => {
                let found = told(value.get_ref());
                self.fault(at, key, format!("expected {expected}, found {found}"));
                None
            }
        }
    }

    /// As [`Self::optional`]; its absence is a mistake, told with what the key is for.
    pub fn required<T>(
        &mut self,
        key: &'static str,
        purpose: &str,
        rule: impl Fn(&DeValue<'t>) -> Ruled<T>,
    ) -> Option<Written<T>> {
        if !self.table.contains_key(key) {
            self.fault(self.at, key, format!("missing; it names {purpose}"));
        }
        self.optional(key, rule)
    }

    /// The items of an array of tables, each read by `read`. `None`: not there, or no array.
    pub fn tables<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&mut Reader<'_, 't>) -> T,
    ) -> Option<Written<Vec<T>>> {
        self.asked.push(key);
        let table = self.table;
        let value = table.get(key)?;
        let at = value.span().start;
        let Some(items) = value.get_ref().as_array() else {
            self.fault(
                at,
                key,
                format!(
                    "expected a list of tables, found {}",
                    found(value.get_ref())
                ),
            );
            return None;
        };
        let mut answers = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let path = self.below(&format!("{key}[{index}]"));
            answers.extend(self.within(item, path, &mut read));
        }
        Some(Written { value: answers, at })
    }

    /// The table of `key`, read by `read`. `None`: not there, or no table.
    pub fn table<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&mut Reader<'_, 't>) -> T,
    ) -> Option<T> {
        self.asked.push(key);
        let table = self.table;
        let value = table.get(key)?;
        let path = self.below(key);
        self.within(value, path, &mut read)
    }

    /// Every table of this table, whatever its name, in the order of the text: name, where the name stands, and what `read`
    /// made of it.
    pub fn named<T>(
        &mut self,
        mut read: impl FnMut(&mut Reader<'_, 't>, &str) -> T,
    ) -> Vec<(Written<String>, T)> {
        let table = self.table;
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let mut answers = Vec::new();
        for (key, value) in entries {
            let name = Written {
                value: key.get_ref().to_string(),
                at: key.span().start,
            };
            let path = self.below(&name.value);
            if let Some(answer) =
                self.within(value, path, &mut |reader| read(reader, key.get_ref()))
            {
                answers.push((name, answer));
            }
        }
        answers
    }

    /// Whether the key is there at all.
    pub fn holds(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Notes a mistake at this table itself.
    pub fn fault_here(&mut self, text: String) {
        let (at, key) = (self.at, self.path.clone());
        self.faults.push(Fault { at, key, text });
    }

    /// Notes a mistake at a value that was read.
    pub fn fault(&mut self, at: usize, key: &str, text: String) {
        let key = self.below(key);
        self.faults.push(Fault { at, key, text });
    }

    /// Notes a mistake at a key that is there.
    pub fn fault_at_key(&mut self, key: &str, text: String) {
        let at = self
            .table
            .get(key)
            .map_or(self.at, |value| value.span().start);
        self.fault(at, key, text);
    }

    fn within<T>(
        &mut self,
        value: &'r Spanned<DeValue<'t>>,
        path: String,
        read: &mut dyn FnMut(&mut Reader<'_, 't>) -> T,
    ) -> Option<T> {
        let at = value.span().start;
        let Some(table) = value.get_ref().as_table() else {
            let text = format!("expected a table, found {}", found(value.get_ref()));
            self.faults.push(Fault {
                at,
                key: path,
                text,
            });
            return None;
        };
        let mut reader = Reader {
            table,
            path,
            at,
            asked: Vec::new(),
            faults: self.faults,
        };
        Some(read(&mut reader))
    }

    /// Tells every key that nobody asked for. To be called last, except where all names are welcome.
    pub fn refuse_others(&mut self) {
        for (key, _) in self.table {
            let name: &str = key.get_ref();
            if self.asked.contains(&name) {
                continue;
            }
            let text = match nearest(name, self.asked.iter().copied()) {
                Some(meant) => format!("unknown key; did you mean `{meant}`?"),
                None => format!("unknown key; known here: {}", self.asked.join(", ")),
            };
            let (at, key) = (key.span().start, self.below(name));
            self.faults.push(Fault { at, key, text });
        }
    }

    fn below(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }
}

/// What stands there instead, short enough for one line.
fn found(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("{:?}", text.chars().take(40).collect::<String>()),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Array(_) | DeValue::Table(_) => kind(value).to_owned(),
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
