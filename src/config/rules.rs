//! What each kind of value must be: one rule a kind, each saying what it expected.

use super::document::Ruled;
use super::duration;
use super::settings::{ColorDepth, Glyphs, HeaderRef, PrometheusBase, SecretRef};
use crate::domain::traffic::Weight;
use std::ops::RangeInclusive;
use std::time::Duration;
use toml::de::DeValue;

/// Any text that is not empty.
pub fn text(value: &DeValue<'_>) -> Ruled<String> {
    value
        .as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
        .ok_or_else(|| "a text".to_owned())
}

/// `true` or `false`.
pub fn boolean(value: &DeValue<'_>) -> Ruled<bool> {
    value.as_bool().ok_or_else(|| "true or false".to_owned())
}

/// A duration from `shortest` to `longest`.
pub fn duration(shortest: Duration, longest: Duration) -> impl Fn(&DeValue<'_>) -> Ruled<Duration> {
    move |value| {
        value
            .as_str()
            .and_then(duration::parse)
            .filter(|duration| (shortest..=longest).contains(duration))
            .ok_or_else(|| {
                let (from, to) = (duration::write(shortest), duration::write(longest));
                format!("a duration from \"{from}\" to \"{to}\", such as \"400ms\", \"20s\" or \"1m30s\"")
            })
    }
}

/// A whole number within `range`.
pub fn whole(range: RangeInclusive<u64>) -> impl Fn(&DeValue<'_>) -> Ruled<u64> {
    move |value| {
        integer(value)
            .filter(|number| range.contains(number))
            .ok_or_else(|| match *range.end() {
                u64::MAX => format!("a whole number from {}", range.start()),
                end => format!("a whole number from {} to {end}", range.start()),
            })
    }
}

/// A number within `range`.
pub fn number(range: RangeInclusive<f64>) -> impl Fn(&DeValue<'_>) -> Ruled<f64> {
    move |value| {
        let written = match value {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
            DeValue::Float(number) => number.as_str(),
            _ => "",
        };
        let number: Option<f64> = written.replace('_', "").parse().ok();
        number
            .filter(|number| range.contains(number))
            .ok_or_else(|| format!("a number from {} to {}", range.start(), range.end()))
    }
}

/// A port of a container.
pub fn port(value: &DeValue<'_>) -> Ruled<u16> {
    integer(value)
        .and_then(|number| u16::try_from(number).ok())
        .filter(|port| *port > 0)
        .ok_or_else(|| "a port from 1 to 65535".to_owned())
}

/// A share of traffic that a step can have.
pub fn weight(value: &DeValue<'_>) -> Ruled<Weight> {
    integer(value)
        .and_then(|number| u32::try_from(number).ok())
        .and_then(|percent| Weight::try_from(percent).ok())
        .filter(|weight| *weight > Weight::ZERO)
        .ok_or_else(|| "a weight from 1 to 100".to_owned())
}

/// A path below a pod's root.
pub fn http_path(value: &DeValue<'_>) -> Ruled<String> {
    value
        .as_str()
        .filter(|path| path.starts_with('/') && path.bytes().all(|b| b.is_ascii_graphic()))
        .map(str::to_owned)
        .ok_or_else(|| "a path that begins with \"/\"".to_owned())
}

/// The URL of a server, without query and without a login in it.
pub fn url(value: &DeValue<'_>) -> Ruled<String> {
    value
        .as_str()
        .filter(|url| is_url(url))
        .map(str::to_owned)
        .ok_or_else(|| "a URL such as \"https://prometheus.example.com/path\", without a login or a query in it".to_owned())
}

/// Whether it is the URL of a server, without query and without a login in it.
pub fn is_url(url: &str) -> bool {
    let rest = url
        .strip_prefix("http://")
        .or_else(|| url.strip_prefix("https://"));
    rest.is_some_and(|rest| {
        let host = rest.split('/').next().unwrap_or_default();
        !host.is_empty()
            && !host.starts_with(':')
            && !rest.contains(['@', '?', '#'])
            && rest.bytes().all(|b| b.is_ascii_graphic())
    })
}

/// A Service of the cluster with its port: `NAMESPACE/NAME:PORT`.
pub fn service(value: &DeValue<'_>) -> Ruled<PrometheusBase> {
    let parts = |text: &str| {
        let (namespace, rest) = text.split_once('/')?;
        let (name, port) = rest.split_once(':')?;
        let fits = is_label(namespace)
            && is_label(name)
            && (is_label(port) || port.parse::<u16>().is_ok_and(|port| port > 0));
        fits.then(|| PrometheusBase::Service {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            port: port.to_owned(),
        })
    };
    value.as_str().and_then(parts).ok_or_else(|| {
        "a Service as \"NAMESPACE/NAME:PORT\", such as \"monitoring/prometheus:9090\"".to_owned()
    })
}

/// The port of a Service: its number, or its name.
pub fn service_port(value: &DeValue<'_>) -> Ruled<String> {
    let number = port(value).ok().map(|port| port.to_string());
    let name = || {
        value
            .as_str()
            .filter(|name| is_label(name))
            .map(str::to_owned)
    };
    number
        .or_else(name)
        .ok_or_else(|| "a port from 1 to 65535, or the name of one".to_owned())
}

/// Where a secret is: a table with one of `env`, `command` and `file`.
pub fn secret(value: &DeValue<'_>) -> Ruled<SecretRef> {
    let expected = || {
        "{ env = \"NAME\" }, { command = [\"PROGRAM\", …] } or { file = \"PATH\" }, never the secret itself".to_owned()
    };
    let table = value
        .as_table()
        .filter(|table| table.len() == 1)
        .ok_or_else(expected)?;
    let given = |key: &str| table.get(key).map(toml::Spanned::get_ref);
    let filled = |value: &DeValue<'_>| {
        value
            .as_str()
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let env = given("env").and_then(filled).map(SecretRef::Env);
    let file = || {
        given("file")
            .and_then(filled)
            .map(|path| SecretRef::File(path.into()))
    };
    let command = || {
        let words = given("command")?.as_array()?;
        let words: Option<Vec<String>> = words.iter().map(|word| filled(word.get_ref())).collect();
        words
            .filter(|words| !words.is_empty())
            .map(SecretRef::Command)
    };
    env.or_else(file).or_else(command).ok_or_else(expected)
}

/// The value of a header.
pub fn header_value(value: &DeValue<'_>) -> Ruled<String> {
    let fits =
        |text: &&str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
    value
        .as_str()
        .filter(fits)
        .map(str::to_owned)
        .ok_or_else(|| "one line of ASCII".to_owned())
}

/// Headers that are set elsewhere, or that make another question of it.
const OWN_HEADERS: [&str; 10] = [
    "authorization",
    "host",
    "content-length",
    "content-type",
    "transfer-encoding",
    "connection",
    "upgrade",
    "accept",
    "user-agent",
    "x-scope-orgid",
];

/// Headers with a secret each: `{ NAME = { env = "…" } }`.
pub fn headers(value: &DeValue<'_>) -> Ruled<Vec<HeaderRef>> {
    let expected = || {
        "headers such as { X-Api-Key = { env = \"NAME\" } }, each with where its value is; not those that token, user or tenant set".to_owned()
    };
    let is_name = |name: &str| {
        let letters = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        !name.is_empty()
            && name.bytes().all(letters)
            && !OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str())
    };
    let table = value.as_table().ok_or_else(expected)?;
    let header = |(name, at): (
        &toml::Spanned<std::borrow::Cow<'_, str>>,
        &toml::Spanned<DeValue<'_>>,
    )| {
        let name: &str = name.get_ref();
        Ok(HeaderRef {
            name: is_name(name)
                .then(|| name.to_owned())
                .ok_or_else(expected)?,
            value: secret(at.get_ref())?,
        })
    };
    table.iter().map(header).collect()
}

/// One of some words.
pub fn word<'w, T: Copy>(words: &'w [(&'static str, T)]) -> impl Fn(&DeValue<'_>) -> Ruled<T> + 'w {
    move |value| {
        let written = value.as_str().unwrap_or_default();
        let known = words.iter().find(|(word, _)| *word == written);
        known.map(|(_, meaning)| *meaning).ok_or_else(|| {
            let quoted: Vec<String> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
            match quoted.split_last() {
                Some((last, [])) => last.clone(),
                Some((last, before)) => format!("{} or {last}", before.join(", ")),
                None => "nothing".to_owned(),
            }
        })
    }
}

/// The name of a theme; whether there is one of that name is told where the folder of themes is known.
pub fn theme(value: &DeValue<'_>) -> Ruled<String> {
    let plain = |name: &&str| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    value
        .as_str()
        .filter(plain)
        .map(str::to_owned)
        .ok_or_else(|| "the name of a theme (letters, digits, \"-\" and \"_\")".to_owned())
}

/// The name of a Kubernetes object.
pub fn object(value: &DeValue<'_>) -> Ruled<String> {
    value
        .as_str()
        .filter(|name| is_object_name(name, 253))
        .map(str::to_owned)
        .ok_or_else(|| {
            "the name of a Kubernetes object (lower-case letters, digits, \"-\" and \".\")"
                .to_owned()
        })
}

/// The name of a namespace or a container, and of a service or environment, whose names become part of an object's name.
pub fn is_label(name: &str) -> bool {
    is_object_name(name, 63) && !name.contains('.')
}

/// The name of a namespace or container.
pub fn label(value: &DeValue<'_>) -> Ruled<String> {
    value
        .as_str()
        .filter(|name| is_label(name))
        .map(str::to_owned)
        .ok_or_else(|| "a name of up to 63 lower-case letters, digits and \"-\"".to_owned())
}

/// A project on a CI server: parts between single slashes, none of which leads elsewhere in a URL.
pub fn project(value: &DeValue<'_>) -> Ruled<String> {
    let part = |part: &str| {
        !matches!(part, "" | "." | "..")
            && part
                .bytes()
                .all(|b| b.is_ascii_graphic() && !b"?#\\\"<>".contains(&b))
    };
    value
        .as_str()
        .filter(|project| project.split('/').all(part))
        .map(str::to_owned)
        .ok_or_else(|| "a project such as \"shop/checkout\"".to_owned())
}

/// The name of a series or label of Prometheus.
pub fn series(value: &DeValue<'_>) -> Ruled<String> {
    let fits = |name: &&str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == ':')
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':')
    };
    value
        .as_str()
        .filter(fits)
        .map(str::to_owned)
        .ok_or_else(|| {
            "the name of a series or label (letters, digits, \"_\" and \":\")".to_owned()
        })
}

/// A regular expression.
pub fn pattern(value: &DeValue<'_>) -> Ruled<String> {
    value
        .as_str()
        .filter(|pattern| regex::Regex::new(&format!("^(?:{pattern})$")).is_ok())
        .map(str::to_owned)
        .ok_or_else(|| "a regular expression that a whole tag must match".to_owned())
}

/// The symbol sets by their names in the config.
pub const GLYPHS: [(&str, Glyphs); 3] = [
    ("auto", Glyphs::Auto),
    ("unicode", Glyphs::Unicode),
    ("ascii", Glyphs::Ascii),
];

/// The colour depths by their names in the config and on the command line.
pub const COLORS: [(&str, ColorDepth); 5] = [
    ("auto", ColorDepth::Auto),
    ("truecolor", ColorDepth::Truecolor),
    ("256", ColorDepth::Indexed),
    ("16", ColorDepth::Sixteen),
    ("never", ColorDepth::Never),
];

fn integer(value: &DeValue<'_>) -> Option<u64> {
    let number = value.as_integer()?;
    u64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok()
}

fn is_object_name(name: &str, longest: usize) -> bool {
    let edge =
        |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let bytes = name.as_bytes();
    bytes.len() <= longest
        && edge(bytes.first())
        && edge(bytes.last())
        && bytes
            .iter()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-' || *b == b'.')
}
