//! What may be written about the pilot, about freezes and about messages, and what comes of it.

use super::document::{Reader, Ruled, Written};
use super::layer::Stack;
use super::rules;
use super::settings::{Notify, SecretRef, Webhook, WebhookFormat};
use super::shown::{Shown, word};
use crate::domain::freeze::{Freeze, WEEKDAYS, WeekTime, When, Zone};
use crate::domain::pilot::{OnNotEnoughData, PilotPolicy};
use jiff::civil::{Date, DateTime, Time};
use std::time::Duration;
use toml::de::DeValue;

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How much longer a step may take where the config says to extend it and not for how long.
const EXTENDED_BY: Duration = Duration::from_secs(600);

const ON_NOT_ENOUGH_DATA: [(&str, &str); 3] = [
    ("hold", "hold"),
    ("extend", "extend"),
    ("continue", "continue"),
];

pub(super) const FORMATS: [(&str, WebhookFormat); 2] = [
    ("json", WebhookFormat::Json),
    ("slack", WebhookFormat::Slack),
];

/// `[….pilot]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pilot {
    /// `on_not_enough_data`.
    pub on_not_enough_data: Option<Written<&'static str>>,
    /// `extend_by`.
    pub extend_by: Option<Written<Duration>>,
}

/// `[notify]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NotifyTable {
    /// `webhook`.
    pub webhook: Option<Written<SecretRef>>,
    /// `format`.
    pub format: Option<Written<WebhookFormat>>,
    /// `bell`.
    pub bell: Option<Written<bool>>,
}

impl Pilot {
    pub(super) fn read(reader: &mut Reader<'_, '_>) -> Self {
        let pilot = Self {
            on_not_enough_data: reader
                .optional("on_not_enough_data", rules::word(&ON_NOT_ENOUGH_DATA)),
            extend_by: reader.optional("extend_by", rules::duration(SECOND, DAY)),
        };
        let extends = pilot
            .on_not_enough_data
            .as_ref()
            .is_some_and(|word| word.value == "extend");
        if let (Some(limit), false) = (&pilot.extend_by, extends) {
            let text = "has a meaning only with on_not_enough_data = \"extend\"".to_owned();
            reader.fault(limit.at, "extend_by", text);
        }
        reader.refuse_others();
        pilot
    }
}

impl NotifyTable {
    pub(super) fn read(reader: &mut Reader<'_, '_>) -> Self {
        let notify = Self {
            // It may be the URL itself, which is a secret.
            webhook: reader.unquoted("webhook", rules::secret),
            format: reader.optional("format", rules::word(&FORMATS)),
            bell: reader.optional("bell", rules::boolean),
        };
        reader.refuse_others();
        notify
    }
}

/// `freezes`, a list of tables.
pub(super) fn freezes(reader: &mut Reader<'_, '_>) -> Option<Written<Vec<Freeze>>> {
    let items = reader.tables("freezes", |reader| {
        let name = reader.required("name", "the freeze", rules::text);
        let from = reader.required("from", "when it begins", edge);
        let until = reader.required("until", "when it ends", edge);
        let zone = reader.required("zone", "whose days and hours these are", zone);
        reader.refuse_others();
        let (name, from, until, zone) = (name?, from?, until?, zone?);
        match when(from.value, until.value) {
            Ok(when) => Some(Freeze {
                name: name.value,
                when,
                zone: zone.value,
            }),
            Err(why) => {
                reader.fault(until.at, "until", why);
                None
            }
        }
    })?;
    // A freeze that could not be read has been told already.
    let value: Vec<Freeze> = items.value.iter().cloned().collect::<Option<_>>()?;
    Some(Written {
        value,
        at: items.at,
    })
}

/// One end of a freeze.
#[derive(Clone, Copy)]
enum Edge {
    Day(Date),
    Moment(DateTime),
    Week(WeekTime),
    Hour(Time),
}

fn edge(value: &DeValue<'_>) -> Ruled<Edge> {
    value.as_str().and_then(parse_edge).ok_or_else(|| {
        "a time such as \"Fri 15:00\", \"22:00\", \"2026-12-20\" or \"2026-12-20 18:00\"".to_owned()
    })
}

fn parse_edge(text: &str) -> Option<Edge> {
    let time = |text: &str| {
        let (hour, minute) = text.split_once(':')?;
        let is_two = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        let (true, true) = (is_two(hour), is_two(minute)) else {
            return None;
        };
        Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
    };
    let date = |text: &str| (text.len() == 10).then(|| text.parse::<Date>().ok())?;
    match text.split_once(' ') {
        None => date(text)
            .map(Edge::Day)
            .or_else(|| time(text).map(Edge::Hour)),
        Some((day, rest)) => {
            let time = time(rest)?;
            let weekday = WEEKDAYS
                .iter()
                .position(|weekday| day.eq_ignore_ascii_case(weekday));
            match weekday {
                Some(day) => Some(Edge::Week(WeekTime {
                    day: i8::try_from(day).ok()?,
                    time,
                })),
                None => Some(Edge::Moment(date(day)?.to_datetime(time))),
            }
        }
    }
}

fn when(from: Edge, until: Edge) -> Result<When, String> {
    let midnight = |date: Date| date.to_datetime(Time::midnight());
    let moment = |edge| match edge {
        Edge::Day(date) => Some(midnight(date)),
        Edge::Moment(moment) => Some(moment),
        Edge::Week(_) | Edge::Hour(_) => None,
    };
    // A day as the end is part of the freeze.
    let end = match until {
        Edge::Day(date) => date.tomorrow().ok().map(midnight),
        Edge::Moment(_) | Edge::Week(_) | Edge::Hour(_) => moment(until),
    };
    match (from, until, moment(from), end) {
        (_, _, Some(from), Some(until)) if from < until => Ok(When::Once { from, until }),
        (_, _, Some(_), Some(_)) => Err("lies before from".to_owned()),
        (Edge::Week(from), Edge::Week(until), _, _) if from != until => {
            Ok(When::Weekly { from, until })
        }
        (Edge::Hour(from), Edge::Hour(until), _, _) if from != until => {
            Ok(When::Daily { from, until })
        }
        (Edge::Week(_), Edge::Week(_), _, _) | (Edge::Hour(_), Edge::Hour(_), _, _) => {
            Err("is the same time as from: the freeze would never end".to_owned())
        }
        _ => Err(
            "is another kind of time than from: both are days of the calendar, times of the week, or times of the day"
                .to_owned(),
        ),
    }
}

fn zone(value: &DeValue<'_>) -> Ruled<Zone> {
    value
        .as_str()
        .and_then(|name| Zone::named(name).ok())
        .ok_or_else(|| "a time zone such as \"Europe/Berlin\" or \"UTC\"".to_owned())
}

impl Stack<'_> {
    pub(super) fn pilot(&mut self, at: &str, file: &Pilot) -> PilotPolicy {
        let key = |key: &str| format!("{at}.{key}");
        let word = self.set(
            &key("on_not_enough_data"),
            file.on_not_enough_data.as_ref(),
            "hold",
        );
        let on_not_enough_data = match word {
            "continue" => OnNotEnoughData::Continue,
            "extend" => OnNotEnoughData::Extend(self.set(
                &key("extend_by"),
                file.extend_by.as_ref(),
                EXTENDED_BY,
            )),
            _ => OnNotEnoughData::Hold,
        };
        PilotPolicy { on_not_enough_data }
    }

    pub(super) fn notify(&mut self, file: &NotifyTable) -> Notify {
        let url = file.webhook.as_ref().map(|webhook| self.secret(webhook));
        let url = self.maybe("notify.webhook", None, url.as_ref());
        let format = self.set("notify.format", file.format.as_ref(), WebhookFormat::Json);
        Notify {
            webhook: url.map(|url| Webhook { url, format }),
            bell: self.set("notify.bell", file.bell.as_ref(), false),
        }
    }
}

impl Shown for WebhookFormat {
    fn shown(&self) -> Option<String> {
        word(&FORMATS, self)
    }
}

impl Shown for Vec<Freeze> {
    fn shown(&self) -> Option<String> {
        let freezes: Vec<String> = self.iter().map(written).collect();
        Some(format!("[{}]", freezes.join(", ")))
    }
}

fn written(freeze: &Freeze) -> String {
    let [from, until] = freeze.when.ends();
    let zone = freeze.zone.name();
    format!(
        "{{ name = {:?}, from = \"{from}\", until = \"{until}\", zone = \"{zone}\" }}",
        freeze.name
    )
}
