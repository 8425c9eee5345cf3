//! The report's charts: error share and p95 of both versions over time, with the goal, as SVG. A gap stays a gap.

use crate::headless::json::{IntervalEntry, ReportDocument, SideEntry};
use jiff::Timestamp;
use std::fmt::Write as _;

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 64.0;
const TOP: f64 = 28.0;
const BOTTOM: f64 = 192.0;
const RIGHT: f64 = 848.0;
/// A line is broken where nothing was counted for longer than this many times the usual interval.
const BROKEN_AFTER: f64 = 4.0;

/// One chart's content.
#[derive(Clone, Copy, Debug)]
pub struct Curve<'d> {
    /// Its heading, with the unit.
    pub title: &'d str,
    /// The unit's short form at the axis.
    pub unit: &'d str,
    /// What is drawn of a version.
    pub value: fn(&SideEntry) -> Option<f64>,
    /// The goal, in the unit.
    pub goal: Option<f64>,
}

/// Name and SVG of each chart; none without intervals.
pub fn charts(document: &ReportDocument) -> Vec<(&'static str, String)> {
    if document.intervals.is_empty() {
        return Vec::new();
    }
    let errors = Curve {
        title: "Failed requests, %",
        unit: "%",
        value: |side| (side.requests > 0.0).then(|| side.errors / side.requests * 100.0),
        goal: document.goals.map(|goals| goals.error_share * 100.0),
    };
    let p95 = Curve {
        title: "p95 response time, ms",
        unit: "ms",
        value: |side| side.p95_s.map(|seconds| seconds * 1000.0),
        goal: document.goals.map(|goals| goals.p95_s * 1000.0),
    };
    vec![
        ("errors", draw(document, errors)),
        ("p95", draw(document, p95)),
    ]
}

/// How times and values become pixels.
struct Scale {
    from: Timestamp,
    seconds: f64,
    most: f64,
}

impl Scale {
    fn of(intervals: &[IntervalEntry], curve: Curve<'_>) -> Self {
        let from = intervals
            .iter()
            .map(|interval| interval.from)
            .min()
            .unwrap_or_default();
        let until = intervals
            .iter()
            .map(|interval| interval.until)
            .max()
            .unwrap_or_default();
        let values = intervals.iter().flat_map(|interval| {
            [
                (curve.value)(&interval.canary),
                (curve.value)(&interval.stable),
            ]
        });
        let most = values.flatten().chain(curve.goal).fold(0.0_f64, f64::max);
        Self {
            from,
            seconds: until.duration_since(from).as_secs_f64().max(1.0),
            most: if most > 0.0 { most * 1.1 } else { 1.0 },
        }
    }

    fn x(&self, at: Timestamp) -> f64 {
        LEFT + (RIGHT - LEFT) * at.duration_since(self.from).as_secs_f64() / self.seconds
    }

    fn y(&self, value: f64) -> f64 {
        BOTTOM - (BOTTOM - TOP) * value / self.most
    }
}

fn draw(document: &ReportDocument, curve: Curve<'_>) -> String {
    let scale = Scale::of(&document.intervals, curve);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{HEIGHT}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"12\" role=\"img\">\n<title>{0}</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"{LEFT}\" y=\"18\" fill=\"#222222\">{0}</text>\n\
         <text x=\"{RIGHT}\" y=\"18\" text-anchor=\"end\"><tspan fill=\"#b3261e\">canary</tspan> <tspan fill=\"#1f5fbf\">stable</tspan></text>\n",
        curve.title
    );
    axes(&mut out, &scale, curve);
    marks(&mut out, document, &scale);
    for (colour, dashes, side) in [
        ("#1f5fbf", "", false),
        ("#b3261e", " stroke-width=\"2\"", true),
    ] {
        let value = |interval: &IntervalEntry| {
            (curve.value)(if side {
                &interval.canary
            } else {
                &interval.stable
            })
        };
        line(
            &mut out,
            &document.intervals,
            &scale,
            value,
            &format!("stroke=\"{colour}\"{dashes}"),
        );
    }
    out.push_str("</svg>\n");
    out
}

fn axes(out: &mut String, scale: &Scale, curve: Curve<'_>) {
    for share in [0.0, 0.5, 1.0] {
        let value = scale.most * share;
        let y = scale.y(value);
        emit(
            out,
            format_args!("<path d=\"M{LEFT} {y:.1}H{RIGHT}\" stroke=\"#dddddd\"/>\n"),
        );
        let label = LEFT - 6.0;
        emit(
            out,
            format_args!(
                "<text x=\"{label}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#555555\">{value:.1} {}</text>\n",
                y + 4.0,
                curve.unit
            ),
        );
    }
    if let Some(goal) = curve.goal {
        let y = scale.y(goal);
        emit(
            out,
            format_args!(
                "<path d=\"M{LEFT} {y:.1}H{RIGHT}\" stroke=\"#8a6d00\" stroke-dasharray=\"6 4\"/>\n"
            ),
        );
        emit(
            out,
            format_args!(
                "<text x=\"{LEFT}\" y=\"{:.1}\" fill=\"#8a6d00\" dx=\"4\">goal</text>\n",
                y - 3.0
            ),
        );
    }
    let until = scale
        .from
        .checked_add(jiff::SignedDuration::from_secs_f64(scale.seconds))
        .unwrap_or(scale.from);
    for (at, x, anchor) in [(scale.from, LEFT, "start"), (until, RIGHT, "end")] {
        let time = at.strftime("%H:%M:%S");
        emit(
            out,
            format_args!(
                "<text x=\"{x}\" y=\"210\" text-anchor=\"{anchor}\" fill=\"#555555\">{time} UTC</text>\n"
            ),
        );
    }
}

/// Weights and plans as upright lines; what each was stands in its title and in the timeline.
fn marks(out: &mut String, document: &ReportDocument, scale: &Scale) {
    for moment in document
        .timeline
        .iter()
        .filter(|moment| matches!(moment.kind, "weight" | "plan"))
    {
        let x = scale.x(moment.at);
        if (LEFT..=RIGHT).contains(&x) {
            let said = escape(&moment.text);
            emit(
                out,
                format_args!(
                    "<path d=\"M{x:.1} {TOP}V{BOTTOM}\" stroke=\"#999999\" stroke-dasharray=\"2 3\"><title>{said}</title></path>\n"
                ),
            );
        }
    }
}

fn line(
    out: &mut String,
    intervals: &[IntervalEntry],
    scale: &Scale,
    value: impl Fn(&IntervalEntry) -> Option<f64>,
    stroke: &str,
) {
    let usual = usual_length(intervals);
    let (mut path, mut last): (String, Option<Timestamp>) = (String::new(), None);
    for (index, interval) in intervals.iter().enumerate() {
        if index % 100 == 0 {
            // Lines of an output have a longest length.
            path.push('\n');
        }
        let Some(value) = value(interval) else {
            last = None;
            continue;
        };
        let is_joined = last.is_some_and(|last| {
            interval.until.duration_since(last).as_secs_f64() <= usual * BROKEN_AFTER
        });
        let verb = if is_joined { 'L' } else { 'M' };
        let (x, y) = (scale.x(interval.until), scale.y(value));
        emit(&mut path, format_args!("{verb}{x:.1} {y:.1}"));
        last = Some(interval.until);
    }
    if !path.trim().is_empty() {
        emit(
            out,
            format_args!("<path d=\"{path}\" fill=\"none\" stroke-linecap=\"round\" {stroke}/>\n"),
        );
    }
}

/// The median length in seconds.
fn usual_length(intervals: &[IntervalEntry]) -> f64 {
    let mut lengths: Vec<f64> = intervals
        .iter()
        .map(|interval| interval.until.duration_since(interval.from).as_secs_f64())
        .collect();
    lengths.sort_by(f64::total_cmp);
    lengths.get(lengths.len() / 2).copied().unwrap_or(1.0)
}

fn emit(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a string cannot fail.
    let _ = out.write_fmt(text);
}

fn escape(text: &str) -> String {
    let text = crate::domain::text::clean_line(text);
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
