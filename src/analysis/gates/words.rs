//! Names in their normal form, and phrases found in them.

/// A name's words: as they are written, and with camel case split.
#[derive(Clone, Debug)]
pub(super) struct Words {
    forms: Vec<Vec<String>>,
}

impl Words {
    /// The words of `name`. Expressions, numbers and a leading `Run` say nothing and are left out.
    pub(super) fn of(name: &str) -> Self {
        let name = without_expressions(name);
        let written = normal(&name);
        let split = normal(&split_camel_case(&name));
        let forms = if split == written {
            vec![written]
        } else {
            vec![split, written]
        };
        Self { forms }
    }

    /// Whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.forms.iter().all(Vec::is_empty)
    }
}

fn normal(name: &str) -> Vec<String> {
    let mut words: Vec<String> = name
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && !word.bytes().all(|byte| byte.is_ascii_digit()))
        .map(str::to_lowercase)
        .collect();
    if words.len() > 1 && words.first().is_some_and(|word| word == "run") {
        words.remove(0);
    }
    words
}

/// `deployToProd` as `deploy To Prod`, `SASTScan` as `SAST Scan`; digits stay with their word, so that `E2E` is one.
fn split_camel_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut split = String::with_capacity(name.len() + 8);
    for (at, &letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let after = letters.get(at + 1);
        let begins = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || (before.is_uppercase() && after.is_some_and(|after| after.is_lowercase()))
            });
        if begins {
            split.push(' ');
        }
        split.push(letter);
    }
    split
}

/// Leaves out `${{ … }}`, `${…}` and `$NAME`.
fn without_expressions(name: &str) -> String {
    let mut kept = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find('$') {
        let (before, expression) = rest.split_at(at);
        kept.push_str(before);
        kept.push(' ');
        rest = after_expression(expression);
    }
    kept.push_str(rest);
    kept
}

fn after_expression(expression: &str) -> &str {
    let end = if expression.starts_with("${{") {
        expression.find("}}").map(|end| end + 2)
    } else if expression.starts_with("${") {
        expression.find('}').map(|end| end + 1)
    } else {
        let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        expression
            .char_indices()
            .skip(1)
            .find(|(_, c)| !name(*c))
            .map(|(end, _)| end)
    };
    end.and_then(|end| expression.get(end..))
        .unwrap_or_default()
}

/// A phrase of a rule.
#[derive(Clone, Debug)]
pub(super) struct Phrase {
    words: Vec<Pattern>,
    begins: bool,
    ends: bool,
}

#[derive(Clone, Debug)]
enum Pattern {
    Is(String),
    BeginsWith(String),
    EndsWith(String),
}

impl Phrase {
    /// Reads a phrase as the table writes it.
    pub(super) fn parse(text: &str) -> Self {
        let whole = text.starts_with('=');
        Self {
            begins: whole || text.starts_with('^'),
            ends: whole || text.ends_with('$'),
            words: text
                .trim_matches(['=', '^', '$'])
                .split(' ')
                .map(Pattern::parse)
                .collect(),
        }
    }

    /// Whether it is found in `words`.
    pub(super) fn is_in(&self, words: &Words) -> bool {
        words.forms.iter().any(|form| self.is_in_form(form))
    }

    fn is_in_form(&self, form: &[String]) -> bool {
        let length = self.words.len();
        let Some(last) = form.len().checked_sub(length) else {
            return false;
        };
        let first = if self.ends { last } else { 0 };
        let last = if self.begins { 0 } else { last };
        (first..=last).any(|at| {
            let here = form.iter().skip(at);
            self.words
                .iter()
                .zip(here)
                .all(|(pattern, word)| pattern.fits(word))
        })
    }
}

impl Pattern {
    fn parse(word: &str) -> Self {
        if let Some(ending) = word.strip_prefix('*') {
            Self::EndsWith(ending.to_owned())
        } else if let Some(beginning) = word.strip_suffix('*') {
            Self::BeginsWith(beginning.to_owned())
        } else {
            Self::Is(word.to_owned())
        }
    }

    fn fits(&self, word: &str) -> bool {
        match self {
            Self::Is(whole) => word == whole,
            Self::BeginsWith(beginning) => word.starts_with(beginning.as_str()),
            Self::EndsWith(ending) => word.ends_with(ending.as_str()),
        }
    }
}
