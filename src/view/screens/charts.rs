//! The charts: from the series in the model to what the chart widget draws.

use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Scene, pointing, verdict, words};
use crate::analysis::counts::{Counts, Span};
use crate::analysis::latency::Quantile;
use crate::analysis::window::Point;
use crate::app::inspect;
use crate::app::pointing::{Spot, Spots};
use crate::app::screen::{Pane as Zoomed, Shown};
use crate::config::theme::{Glyph, Role};
use crate::domain::feed::FeedState;
use crate::domain::traffic::Track;
use crate::view::text;
use crate::view::widgets::chart::{self, ChartData, Footing, Gap, Jump, Mark, Reach, Sample, Unit};
use crate::view::widgets::lines::{Check, State};
use crate::view::widgets::pane::Pane;

/// What a chart shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Figure {
    /// Failed requests by requests, in per cent.
    Errors,
    /// 95th percentile of the response time, in milliseconds.
    Latency,
    /// CPU time a request, in milliseconds.
    Cpu,
}

/// A dot stands for as many intervals as give this many requests: from a handful no share can be told.
const ENOUGH: f64 = 100.0;

/// What already stands for this long takes no more in.
const LONGEST: SignedDuration = SignedDuration::from_secs(30);

impl Figure {
    fn title(self) -> &'static str {
        match self {
            Self::Errors => "error rate %",
            Self::Latency => "p95 latency ms",
            Self::Cpu => "cpu per request ms",
        }
    }

    /// A share, or a time in seconds.
    fn value(self, counts: &Counts) -> Option<f64> {
        match self {
            Self::Errors => counts.error_share(),
            Self::Latency => counts.quantile(0.95).map(Quantile::seconds),
            Self::Cpu => counts.cpu_per_request(),
        }
    }

    /// From a share to per cent, from seconds to milliseconds.
    fn factor(self) -> f64 {
        match self {
            Self::Errors => 100.0,
            Self::Latency | Self::Cpu => 1000.0,
        }
    }

    /// The limit, in per cent or milliseconds.
    fn limit(self, scene: Scene<'_>) -> Option<f64> {
        let goals = scene.model.environment()?.policy.goals;
        match self {
            Self::Errors => Some(goals.error_share * 100.0),
            Self::Latency => Some(goals.p95.as_secs_f64() * 1000.0),
            Self::Cpu => None,
        }
    }

    /// The value of now for one side, where its line ends.
    fn now(self, scene: Scene<'_>, track: Track) -> Option<f64> {
        let points: Vec<&Point> = scene.model.reading.series.points(track).collect();
        let last = points.len().checked_sub(1)?;
        self.value(&gathered(&points, last))
    }

    /// The value at a moment for one side; `None` where nothing was measured then.
    fn then(self, scene: Scene<'_>, track: Track, at: Timestamp) -> Option<f64> {
        let points: Vec<&Point> = scene.model.reading.series.points(track).collect();
        let index = points.iter().position(|point| point.span.until == at)?;
        self.value(&gathered(&points, index))
    }

    /// A value as a number; `-` where there is none.
    fn written(self, value: Option<f64>) -> String {
        match self {
            Self::Errors => words::percent(value),
            Self::Latency | Self::Cpu => words::millis(value),
        }
    }
}

pub(super) fn draw(scene: Scene<'_>, figure: Figure, buf: &mut Buffer, area: Rect) {
    let data = data(scene, figure);
    let mut pane = Pane::titled(scene.tier.frame(), figure.title(), scene.paint);
    for right in headings(scene, figure, &data) {
        pane = pane.with_right(right);
    }
    let inner = pane.draw(buf, area, scene.paint);
    chart::draw(buf, inner, &data, scene.paint);
}

/// What stands at the right of the title, from the fullest to the shortest.
fn headings<'t>(scene: Scene<'t>, figure: Figure, data: &ChartData) -> Vec<Line<'t>> {
    let paint = scene.paint;
    if let Some(at) = scene.model.ui.inspect {
        return inspected(scene, figure, at);
    }
    let numbers = numbers_of_now(scene, figure);
    let gaps = if data.gaps.is_empty() {
        String::new()
    } else {
        format!("  {}", gaps(&data.gaps))
    };
    let range = format!("  {}", text::age(scene.model.ui.range.as_secs()));
    let mut full = numbers.clone();
    full.spans.push("  ".into());
    full.spans.extend(chart::legend(data, paint).spans);
    let mut fuller = full.clone();
    fuller.spans.push(paint.span(Role::Gap, gaps));
    fuller.spans.push(paint.span(Role::Muted, range));
    vec![fuller, full, numbers]
}

/// What stood at the cursor: when, both numbers, and on the first chart what happened then.
fn inspected(scene: Scene<'_>, figure: Figure, at: Timestamp) -> Vec<Line<'_>> {
    let paint = scene.paint;
    let [canary, stable] =
        [Track::Canary, Track::Stable].map(|track| figure.then(scene, track, at));
    let beyond = canary
        .zip(figure.limit(scene))
        .is_some_and(|(value, limit)| value * figure.factor() > limit);
    let numbers = vec![
        paint.span(
            Role::Inspect,
            format!("{}  ", words::when(scene, at).trim_start()),
        ),
        paint.span(
            if beyond { Role::Breach } else { Role::Canary },
            figure.written(canary),
        ),
        paint.span(Role::Muted, "/"),
        paint.span(Role::Stable, figure.written(stable)),
    ];
    let mut lines = Vec::new();
    if let Some(line) = inspect::happened(scene.model, at).filter(|_| figure == Figure::Errors) {
        let told = format!("  {} {}", line.kind.word(), line.text.shown());
        // The whole of it, else as much as a narrow title has room for.
        for cells in [200, 60, 40, 24, 16] {
            let told = text::cut(&told, cells, paint.glyph(Glyph::Cut));
            lines.push(Line::from(
                [numbers.clone(), vec![paint.span(Role::Marker, told)]].concat(),
            ));
        }
    }
    lines.push(Line::from(numbers));
    lines
}

/// The canary's number and stable's, each in its line's look; old ones with their age.
fn numbers_of_now(scene: Scene<'_>, figure: Figure) -> Line<'_> {
    let paint = scene.paint;
    let sides = [Track::Canary, Track::Stable].map(|track| figure.now(scene, track));
    let (metrics, now) = (&scene.model.feeds.metrics, scene.model.now);
    match metrics.state(now) {
        FeedState::Starting => Line::from(paint.span(Role::Unknown, "starting")),
        FeedState::Live => {
            let [canary, stable] = sides.map(|value| figure.written(value));
            let beyond = sides[0]
                .zip(figure.limit(scene))
                .is_some_and(|(value, limit)| value * figure.factor() > limit);
            let role = if beyond { Role::Breach } else { Role::Canary };
            Line::from(vec![
                paint.span(role, canary),
                paint.span(Role::Muted, "/"),
                paint.span(Role::Stable, stable),
            ])
        }
        FeedState::Stale | FeedState::Down | FeedState::LoginExpired => {
            let [canary, stable] = sides.map(|value| figure.written(value));
            let age = metrics.age(now).map_or(0, words::seconds);
            Line::from(paint.span(
                Role::Stale,
                format!("{canary}/{stable}, {} old", text::age(age)),
            ))
        }
    }
}

fn gaps(gaps: &[Gap]) -> String {
    let longest = gaps.iter().map(|g| g.to - g.from).max().unwrap_or(0) / 1000;
    let longest = text::age(u64::try_from(longest).unwrap_or(0));
    if gaps.len() == 1 {
        format!("1 gap of {longest}")
    } else {
        format!("{} gaps up to {longest}", gaps.len())
    }
}

pub(super) fn data(scene: Scene<'_>, figure: Figure) -> ChartData {
    let model = scene.model;
    let span = i64::try_from(model.ui.range.as_millis()).unwrap_or(i64::MAX);
    let (gaps, late_from) = missing(scene, span);
    ChartData {
        canary: samples(scene, figure, Track::Canary),
        stable: match model.ui.stable_shown {
            Shown::Shown => samples(scene, figure, Track::Stable),
            Shown::Hidden => Vec::new(),
        },
        limit: figure.limit(scene),
        gaps,
        late_from,
        marks: marks(scene),
        unit: match figure {
            Figure::Errors => Unit::Percent,
            Figure::Latency | Figure::Cpu => Unit::Millis,
        },
        footing: footing(scene),
        empty: empty(scene).to_owned(),
        ..time(scene)
    }
}

/// What decides which time a chart shows, and nothing of what it shows of it.
fn time(scene: Scene<'_>) -> ChartData {
    let model = scene.model;
    let span = i64::try_from(model.ui.range.as_millis()).unwrap_or(i64::MAX);
    ChartData {
        now: millis(model.now),
        span,
        jump: if model.settings.ui.low_bandwidth {
            Jump::Half
        } else {
            Jump::Tenth
        },
        first: inspect::first(model).map(millis),
        until: model.ui.until.map(millis),
        cursor: model.ui.inspect.map(millis),
        canary: Vec::new(),
        stable: Vec::new(),
        limit: None,
        gaps: Vec::new(),
        late_from: None,
        marks: Vec::new(),
        unit: Unit::Percent,
        footing: Footing::Sound,
        empty: String::new(),
    }
}

/// Where a chart's moments and its title can be pressed on.
pub(super) fn spots(scene: Scene<'_>, zooms: Option<Zoomed>, area: Rect, spots: &mut Spots) {
    if let Some(pane) = zooms {
        spots.add(pointing::area(pointing::top(area)), Spot::Title(pane));
    }
    let plot = chart::plot(scene.tier.frame().inner(area));
    let window = time(scene).window(usize::from(plot.width));
    let columns = i64::from(plot.width.max(1));
    let spot = Spot::Chart(window.start(), (window.end() - window.start()) / columns);
    spots.add(pointing::area(plot), spot);
}

fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

fn samples(scene: Scene<'_>, figure: Figure, track: Track) -> Vec<Sample> {
    let range = SignedDuration::try_from(scene.model.ui.range).unwrap_or(SignedDuration::MAX);
    let points: Vec<&Point> = scene.model.reading.series.points(track).collect();
    let until = inspect::until(scene.model);
    let first = points.partition_point(|p| until.duration_since(p.span.until) > range);
    (first..points.len())
        .map(|index| {
            let value = figure
                .value(&gathered(&points, index))
                .map(|v| v * figure.factor());
            Sample {
                at: millis(points[index].span.until),
                value,
            }
        })
        .collect()
}

/// The counts of a point and of those right before it, until there are enough requests. A point without requests stands
/// for itself: "no requests" must not be hidden behind older ones.
fn gathered(points: &[&Point], index: usize) -> Counts {
    let last = points[index];
    let mut counts = last.counts.clone();
    if counts.requests <= 0.0 {
        return counts;
    }
    for (before, point) in points[..index].iter().zip(&points[1..=index]).rev() {
        let broken = before.span.until != point.span.from;
        let long = last.span.until.duration_since(point.span.from) >= LONGEST;
        if counts.requests >= ENOUGH || broken || long {
            break;
        }
        counts.add(&before.counts);
    }
    counts
}

/// Times that the version under trial, or stable where there is none, could not be read; and since when, where that lasts.
fn missing(scene: Scene<'_>, span: i64) -> (Vec<Gap>, Option<i64>) {
    let model = scene.model;
    let watched = match model
        .reading
        .rollout
        .as_ref()
        .and_then(|r| r.candidate.as_ref())
    {
        Some(_) => Track::Canary,
        None => Track::Stable,
    };
    let oldest = millis(inspect::until(model)).saturating_sub(span);
    let (mut ended, mut lasting) = (Vec::new(), None);
    for Span { from, until } in model.reading.series.gaps(watched, model.now) {
        match (until == model.now, millis(until) >= oldest) {
            (true, _) => lasting = Some(millis(from)),
            (false, true) => ended.push(Gap {
                from: millis(from),
                to: millis(until),
            }),
            (false, false) => {}
        }
    }
    (ended, lasting)
}

/// Changes of the weight and of the verdict; the one that stands goes through the plot.
fn marks(scene: Scene<'_>) -> Vec<Mark> {
    let reading = &scene.model.reading;
    let weights = reading.weights.iter().map(|(at, weight)| Mark {
        at: millis(*at),
        label: format!("{}%", weight.percent()),
        role: Role::Marker,
        reach: Reach::Axis,
    });
    let last = reading.calls.len().saturating_sub(1);
    let calls = reading.calls.iter().enumerate();
    let calls = calls.map(|(index, (at, call))| Mark {
        at: millis(*at),
        label: call.word().to_owned(),
        role: verdict::call_role(*call),
        reach: if index == last && verdict::under_trial(scene) {
            Reach::Plot
        } else {
            Reach::Axis
        },
    });
    let mut marks: Vec<Mark> = weights.chain(calls).collect();
    marks.sort_by_key(|mark| mark.at);
    marks
}

fn footing(scene: Scene<'_>) -> Footing {
    let needed = scene
        .model
        .environment()
        .map_or(0, |e| e.policy.goals.min_requests);
    let seen = scene
        .model
        .reading
        .series
        .since_step(Track::Canary)
        .counts
        .requests;
    #[expect(
        clippy::cast_precision_loss,
        reason = "a count of requests is far below 2^53"
    )]
    if seen < needed as f64 {
        Footing::Thin
    } else {
        Footing::Sound
    }
}

fn empty(scene: Scene<'_>) -> &'static str {
    let read = Track::BOTH
        .into_iter()
        .any(|t| scene.model.reading.series.last_read(t).is_some());
    if scene.model.ui.until.is_some() {
        return "nothing was measured then";
    }
    match (scene.model.feeds.metrics.state(scene.model.now), read) {
        (FeedState::Down, _) => "metrics are down",
        (FeedState::LoginExpired, _) => "login expired",
        (FeedState::Starting, _) | (_, false) => "waiting for metrics",
        (FeedState::Live | FeedState::Stale, true) => "no requests",
    }
}

/// Stable held to the canary's limit, for when it serves alone.
pub(super) fn stable_check(scene: Scene<'_>, figure: Figure) -> Check {
    let value = figure.now(scene, Track::Stable);
    let state = match (value, figure.limit(scene)) {
        (None, _) => State::Unknown,
        (Some(value), Some(limit)) if value * figure.factor() > limit => State::Fail,
        (Some(_), _) => State::Ok,
    };
    let (name, unit) = match figure {
        Figure::Errors => ("errors", "%"),
        Figure::Latency => ("p95", "ms"),
        Figure::Cpu => ("cpu/request", "ms"),
    };
    let limit = figure
        .limit(scene)
        .map_or(String::new(), |limit| format!(" of {limit} {unit}"));
    Check {
        state,
        text: format!("{name} {} {unit}{limit}", figure.written(value)),
    }
}

/// The figure in words: `error rate % 1.72/0.60 (canary/stable)`.
pub(super) fn numbers(scene: Scene<'_>, figure: Figure) -> String {
    let [canary, stable] =
        [Track::Canary, Track::Stable].map(|track| figure.written(figure.now(scene, track)));
    format!("{} {canary}/{stable} (canary/stable)", figure.title())
}
