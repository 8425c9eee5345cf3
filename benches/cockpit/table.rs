//! Rows of measurements, as a Markdown table.

use std::fmt::Write as _;
use std::time::Duration;

/// One measurement.
#[derive(Clone, Debug)]
pub struct Row {
    /// What was measured.
    pub measure: String,
    /// What is aimed at.
    pub aim: String,
    /// What came out.
    pub measured: String,
    /// Whether the aim is met; `None` where there is none.
    pub met: Option<bool>,
    /// What happened while it was measured.
    pub window: String,
    /// How much of it: a row in whose window nothing happened says nothing.
    pub happened: usize,
}

impl Row {
    /// A row without an aim.
    pub fn new(measure: &str, measured: String, window: String, happened: usize) -> Self {
        Self {
            measure: measure.to_owned(),
            aim: String::new(),
            measured,
            met: None,
            window,
            happened,
        }
    }

    /// With an aim.
    pub fn aims(mut self, aim: &str, met: bool) -> Self {
        aim.clone_into(&mut self.aim);
        self.met = Some(met);
        self
    }

    /// As a line of the table.
    pub fn line(&self) -> String {
        let met = match (self.happened, self.met) {
            (0, _) => "NOTHING HAPPENED",
            (_, Some(true)) => "yes",
            (_, Some(false)) => "no",
            (_, None) => "",
        };
        format!(
            "| {} | {} | {} | {met} | {} |",
            self.measure, self.aim, self.measured, self.window
        )
    }
}

/// The table's head.
pub fn head() -> String {
    let mut head = String::from("| measure | aim | measured | met | in its window |\n");
    // Writing to a string does not fail.
    let _: std::fmt::Result = write!(head, "|---|---|---|---|---|");
    head
}

/// Times in order, for their quantiles.
#[derive(Clone, Debug)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Sorts them.
    pub fn of(mut times: Vec<Duration>) -> Self {
        times.sort();
        Self(times)
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The time that `share` of them do not exceed; zero where there are none.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of a small count"
    )]
    pub fn quantile(&self, share: f64) -> Duration {
        let at = ((self.0.len() as f64 * share).ceil() as usize).saturating_sub(1);
        self.0
            .get(at)
            .or(self.0.last())
            .copied()
            .unwrap_or_default()
    }

    /// The median.
    pub fn median(&self) -> Duration {
        self.quantile(0.5)
    }

    /// Median and 99th percentile as text.
    pub fn text(&self) -> String {
        format!(
            "median {}, p99 {}",
            millis(self.median()),
            millis(self.quantile(0.99))
        )
    }
}

/// Milliseconds with a tenth.
pub fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}
