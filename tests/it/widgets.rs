//! Widgets: what a chart may and may not show, and what each draws.

use flightdeck::config::theme::{Charset, Depth, Role, Theme};
use flightdeck::view::widgets::chart::{
    self, ChartData, Footing, GUTTER, Gap, Jump, Mark, Reach, Sample, Scale, Unit, Window,
};
use flightdeck::view::widgets::dialog;
use flightdeck::view::widgets::gates::{self, Gate};
use flightdeck::view::widgets::lines::{self, Check, EventLine, Hint, PlanStep, State};
use flightdeck::view::widgets::pane::{Frame, Pane};
use flightdeck::view::{Paint, svg, text};
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// 14:07:30 of some day, in milliseconds.
const NOW: i64 = 1_786_716_450_000;
const MINUTE: i64 = 60_000;

fn mark(at: i64, label: &str) -> Mark {
    Mark {
        at,
        label: label.to_owned(),
        role: Role::Marker,
        reach: Reach::Axis,
    }
}

pub(crate) fn paint(depth: Depth, charset: Charset) -> Paint {
    Paint::new(&Theme::load_builtin("default", depth, charset).expect("the default theme loads"))
}

fn unicode() -> Paint {
    paint(Depth::TrueColor, Charset::Unicode)
}

/// The symbols of a buffer, one line a row, blanks at the end taken off.
pub(crate) fn rows(buf: &Buffer) -> Vec<String> {
    let width = usize::from(buf.area.width).max(1);
    buf.content()
        .chunks(width)
        .map(|row| {
            row.iter()
                .map(ratatui::buffer::Cell::symbol)
                .collect::<String>()
                .trim_end()
                .to_owned()
        })
        .collect()
}

/// A calm stable, and a canary whose values grow from 0.4 to `last` over the window.
fn rising(last: f64) -> ChartData {
    let at = |i: i64| NOW - 30 * MINUTE + i * 10_000;
    let wave = |i: i64| f64::from(i32::try_from(i * 7 % 11).unwrap_or(0)) / 40.0;
    let share = |i: i64| f64::from(i32::try_from(i).unwrap_or(0)) / 180.0;
    ChartData {
        now: NOW,
        span: 30 * MINUTE,
        jump: Jump::Tenth,
        first: None,
        until: None,
        cursor: None,
        canary: (60..=180)
            .map(|i| Sample {
                at: at(i),
                value: Some(0.4 + (last - 0.4) * share(i).powi(3) + wave(i)),
            })
            .collect(),
        stable: (0..=180)
            .map(|i| Sample {
                at: at(i),
                value: Some(0.5 + wave(i + 3)),
            })
            .collect(),
        limit: Some(2.0),
        gaps: Vec::new(),
        late_from: None,
        marks: vec![mark(at(60), "canary")],
        unit: Unit::Percent,
        footing: Footing::Sound,
        empty: "no requests".to_owned(),
    }
}

/// The same with a minute and a half missing.
fn broken(last: f64) -> ChartData {
    let mut data = rising(last);
    let gap = Gap {
        from: NOW - 12 * MINUTE,
        to: NOW - 10 * MINUTE,
    };
    for series in [&mut data.canary, &mut data.stable] {
        series.retain(|s| s.at <= gap.from || s.at >= gap.to);
    }
    data.gaps.push(gap);
    data
}

fn draw(data: &ChartData, size: (u16, u16), paint: &Paint) -> Buffer {
    let mut buf = Buffer::empty(Rect::new(0, 0, size.0, size.1));
    let area = buf.area;
    chart::draw(&mut buf, area, data, paint);
    buf
}

fn dots(symbol: &str) -> u32 {
    symbol.chars().next().map_or(0, |c| {
        u32::from(c)
            .checked_sub(0x2800)
            .filter(|d| *d < 256)
            .unwrap_or(0)
    })
}

#[test]
fn the_chart_of_a_rising_canary_with_a_gap() {
    insta::assert_debug_snapshot!(draw(&broken(2.6), (56, 8), &unicode()));
}

#[test]
fn the_same_chart_in_ascii() {
    let buf = draw(&broken(2.6), (56, 8), &paint(Depth::Ansi16, Charset::Ascii));
    assert!(rows(&buf).iter().all(|r| r.is_ascii()));
    insta::assert_debug_snapshot!(buf);
}

#[test]
fn the_same_chart_without_colour_names_its_lines() {
    let mono = Paint::new(
        &Theme::load_builtin("mono", Depth::None, Charset::Unicode).expect("mono loads"),
    );
    let buf = draw(&broken(1.6), (56, 8), &mono);
    let text = rows(&buf).concat();
    assert!(text.contains('c') && text.contains('s'), "{text}");
    insta::assert_debug_snapshot!(buf);
}

#[test]
fn dots_above_the_limit_lie_above_its_row_and_are_drawn_as_a_breach() {
    let paint = unicode();
    let buf = draw(&rising(2.6), (56, 8), &paint);
    let limit_row = rows(&buf)
        .iter()
        .position(|r| r.starts_with(" 2.0"))
        .expect("the limit has a number");
    let breach = paint.style(flightdeck::config::theme::Role::Breach);
    let above: Vec<_> = (0..limit_row)
        .flat_map(|y| (GUTTER..56).map(move |x| (x, u16::try_from(y).expect("a row"))))
        .filter(|at| dots(buf[*at].symbol()) != 0)
        .collect();
    assert!(!above.is_empty(), "{:?}", rows(&buf));
    assert!(above.iter().all(|at| Some(buf[*at].fg) == breach.fg));
}

#[test]
fn a_calm_canary_has_no_dot_above_the_limit() {
    let buf = draw(&rising(1.6), (56, 8), &unicode());
    let rows = rows(&buf);
    let limit_row = rows
        .iter()
        .position(|r| r.starts_with(" 2.0"))
        .expect("the limit has a number");
    assert!(
        rows[..limit_row]
            .iter()
            .all(|r| r.chars().all(|c| dots(c.encode_utf8(&mut [0; 4])) == 0)),
        "{rows:?}"
    );
}

#[test]
fn a_short_spike_is_not_averaged_away() {
    let mut data = rising(0.8);
    // Twenty calm samples and one bad one within one bucket.
    let at = NOW - 5 * MINUTE;
    data.canary.extend((0..20).map(|i| Sample {
        at: at + i,
        value: Some(0.5),
    }));
    data.canary.push(Sample {
        at: at + 20,
        value: Some(2.2),
    });
    let rows = rows(&draw(&data, (56, 8), &unicode()));
    assert!(
        rows[0]
            .chars()
            .any(|c| dots(c.encode_utf8(&mut [0; 4])) != 0),
        "{rows:?}"
    );
}

#[test]
fn what_leaves_the_chart_is_told_with_its_value() {
    let mut data = rising(1.0);
    data.canary.push(Sample {
        at: NOW - 1000,
        value: Some(64.0),
    });
    let rows = rows(&draw(&data, (56, 8), &unicode()));
    assert!(rows[0].contains("↑64"), "{rows:?}");
}

#[test]
fn no_requests_is_not_drawn_as_no_errors() {
    let mut data = rising(1.0);
    for sample in data.canary.iter_mut().chain(&mut data.stable) {
        sample.value = None;
    }
    let buf = draw(&data, (56, 8), &unicode());
    assert!(rows(&buf).concat().contains("no requests"));
    assert!(buf.content().iter().all(|c| dots(c.symbol()) == 0));
}

#[test]
fn late_data_is_a_band_up_to_now_with_its_age() {
    let mut data = rising(1.0);
    let last = NOW - 5 * MINUTE;
    for series in [&mut data.canary, &mut data.stable] {
        series.retain(|s| s.at <= last);
    }
    data.late_from = Some(last);
    let rows = rows(&draw(&data, (56, 8), &unicode()));
    assert!(rows.concat().contains("no data 5m00s"), "{rows:?}");
    assert!(rows[7].contains('╌'), "{rows:?}");
}

#[test]
fn old_columns_stay_as_they_are_while_samples_are_appended() {
    let paint = unicode();
    let whole = rising(1.6);
    let window = Window::jumping(NOW, whole.span, 51, Jump::Tenth);
    let mut seen: Option<(Window, Vec<String>)> = None;
    for seconds in 0..100 {
        let now = NOW - 100_000 + seconds * 1000;
        let mut data = whole.clone();
        data.now = now;
        data.canary.retain(|s| s.at <= now);
        data.stable.retain(|s| s.at <= now);
        let buf = draw(&data, (56, 8), &paint);
        let until = usize::from(GUTTER) + window.cell(now - 2 * MINUTE).expect("inside");
        let old: Vec<String> = rows(&buf)[..7]
            .iter()
            .map(|r| r.chars().take(until).collect())
            .collect();
        let present = Window::jumping(now, data.span, 51, Jump::Tenth);
        if let Some((before, columns)) = &seen
            && *before == present
        {
            for (a, b) in columns.iter().zip(&old) {
                assert!(b.starts_with(a.as_str()), "{a:?} became {b:?}");
            }
        }
        seen = Some((present, old));
    }
}

#[test]
fn the_window_stands_still_and_jumps_by_a_tenth() {
    let starts: std::collections::BTreeSet<i64> = (0..30 * 60)
        .map(|s| Window::jumping(NOW + s * 1000, 30 * MINUTE, 51, Jump::Tenth).start())
        .collect();
    assert!((10..=12).contains(&starts.len()), "{}", starts.len());
}

#[test]
fn the_window_begins_with_the_data_and_widens_until_the_range_is_there() {
    let first = NOW;
    let mut widths = std::collections::BTreeSet::new();
    for seconds in 0..300 {
        let now = first + seconds * 1000;
        let window = Window::since(first, now, 5 * MINUTE, 51);
        let (start, width) = (window.start(), window.end() - window.start());
        assert!(
            window.cell(now).is_some(),
            "now lies in the window after {seconds} s"
        );
        assert!(
            (MINUTE - 1000..=5 * MINUTE).contains(&width),
            "{width} after {seconds} s"
        );
        if seconds < 240 {
            assert!(
                start <= first && first - start < 3000,
                "it begins with the data after {seconds} s"
            );
        }
        let filled = seconds * 1000 * 10 / width;
        assert!(
            seconds < 60 || filled >= 7,
            "mostly filled after {seconds} s"
        );
        widths.insert(width);
    }
    assert!((6..=10).contains(&widths.len()), "{widths:?}");
    let late = Window::since(first, first + 3600 * 1000, 5 * MINUTE, 51);
    assert_eq!(
        late,
        Window::jumping(first + 3600 * 1000, 5 * MINUTE, 51, Jump::Tenth)
    );
}

#[test]
fn the_time_axis_is_named_from_the_true_start() {
    let mut data = rising(1.6);
    data.first = Some(NOW - 10 * MINUTE);
    for series in [&mut data.canary, &mut data.stable] {
        series.retain(|s| s.at >= NOW - 10 * MINUTE);
    }
    let axis = rows(&draw(&data, (56, 8), &unicode()))[7].clone();
    assert!(axis.contains("-10m") && axis.contains("now"), "{axis}");
}

#[test]
fn a_window_of_the_past_says_how_long_ago_it_ends_and_the_cursor_stands_in_it() {
    let mut data = rising(1.6);
    data.until = Some(NOW - 20 * MINUTE);
    data.cursor = Some(NOW - 25 * MINUTE);
    let rows = rows(&draw(&data, (56, 8), &unicode()));
    assert!(
        !rows[7].contains("now") && rows[7].contains("-20m"),
        "{rows:?}"
    );
    assert!(rows[2].matches('│').count() == 2, "{rows:?}");
}

#[test]
fn the_top_of_the_axis_moves_in_steps() {
    let top = |peak: f64, limit| format!("{}", Scale::new(peak, limit, 6).top());
    assert_eq!([top(0.3, Some(2.0)), top(1.9, Some(2.0))], ["2.5", "2.5"]);
    assert_eq!(
        [
            top(2.1, Some(2.0)),
            top(5.0, Some(2.0)),
            top(7.9, Some(2.0)),
            top(90.0, Some(2.0))
        ],
        ["2.5", "6", "10", "10"]
    );
    assert_eq!([top(0.0, None), top(f64::NAN, None)], ["1", "1"]);
}

fn any_value() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![
        8 => (0.0..10.0).prop_map(Some),
        1 => Just(None),
        1 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(-1.0), Just(1e300)].prop_map(Some),
    ]
}

fn any_series() -> impl Strategy<Value = Vec<Sample>> {
    prop::collection::vec((0..40 * MINUTE, any_value()), 0..80).prop_map(|mut points| {
        points.sort_by_key(|p| p.0);
        points
            .into_iter()
            .map(|(ago, value)| Sample {
                at: NOW - 40 * MINUTE + ago,
                value,
            })
            .collect()
    })
}

prop_compose! {
    fn any_chart()(
        canary in any_series(),
        stable in any_series(),
        limit in prop::option::of(prop_oneof![9 => 0.01..8.0, 1 => Just(0.0)]),
        gaps in prop::collection::vec((0..40 * MINUTE, 0..5 * MINUTE), 0..4),
        late in prop::option::of(0..20 * MINUTE),
        first in prop::option::of(0..400 * MINUTE),
        span in prop_oneof![Just(0), Just(5 * MINUTE), Just(30 * MINUTE), Just(360 * MINUTE)],
    ) -> ChartData {
        ChartData {
            now: NOW,
            span,
            jump: Jump::Tenth,
            first: first.map(|ago| NOW - ago),
            until: None,
            cursor: Some(NOW - MINUTE),
            canary,
            stable,
            limit,
            gaps: gaps.into_iter().map(|(ago, long)| Gap { from: NOW - ago, to: (NOW - ago + long).min(NOW) }).collect(),
            late_from: late.map(|l| NOW - l),
            marks: vec![mark(NOW - 7 * MINUTE, "50%"), mark(NOW, "")],
            unit: Unit::Percent,
            footing: Footing::Sound,
            empty: "no requests".to_owned(),
        }
    }
}

proptest! {
    #[test]
    fn any_chart_of_any_size_is_drawn(data in any_chart(), width in 0_u16..120, height in 0_u16..20, ascii: bool) {
        let charset = if ascii { Charset::Ascii } else { Charset::Unicode };
        draw(&data, (width, height), &paint(Depth::Ansi16, charset));
    }

    #[test]
    fn the_columns_of_a_gap_hold_no_dots(data in any_chart(), width in 12_u16..120, height in 3_u16..20) {
        let buf = draw(&data, (width, height), &unicode());
        let window = data.window(usize::from(width - GUTTER));
        for gap in &data.gaps {
            for cell in window.cells_between(gap.from, gap.to) {
                let x = GUTTER + u16::try_from(cell).expect("a column");
                for y in 0..height - 1 {
                    prop_assert_eq!(dots(buf[(x, y)].symbol()), 0);
                }
            }
        }
    }

    #[test]
    fn a_value_is_above_the_limits_row_exactly_if_it_is_above_the_limit(
        value in 0.0..20.0_f64, limit in 0.01..8.0_f64, peak in 0.0..20.0_f64, rows in 2_usize..40,
    ) {
        let scale = Scale::new(peak, Some(limit), rows);
        let row = scale.limit_row().expect("two rows have place for a limit");
        prop_assert_eq!(scale.dot(value) / 4 < row, value > limit);
        prop_assert!(scale.dot(value) < rows * 4);
    }

    #[test]
    fn cut_texts_fit_and_say_that_they_were_cut(text in "\\PC{0,40}", cells in 0_usize..50) {
        for cut in [text::cut(&text, cells, "…"), text::cut_middle(&text, cells, "…")] {
            prop_assert!(text::width(&cut) <= cells);
            prop_assert!(cut == text || cut.contains('…') || cells == 0);
        }
        prop_assert_eq!(text::width(&text::pad(&text, cells, "…")), cells);
    }

    #[test]
    fn two_different_texts_stay_different(a in "[0-9a-c]{1,50}", b in "[0-9a-c]{1,50}", cells in 8_usize..50) {
        let (x, y) = text::tell_apart(&a, &b, cells, "…");
        prop_assert!(text::width(&x) <= cells && text::width(&y) <= cells);
        prop_assert_eq!(x == y, a == b, "{} {}", x, y);
    }
}

#[test]
fn what_differs_in_two_tags_stands_in_both() {
    let sha = |last: &str| format!("{}{last}", "3f9a1c0d5e".repeat(3));
    let (a, b) = text::tell_apart(&sha("aaaaaaaaaa"), &sha("bbbbbbbbbb"), 16, "…");
    assert_eq!(
        (a.as_str(), b.as_str()),
        ("3f9a…eaaaaaaaaaa", "3f9a…ebbbbbbbbbb")
    );
    let (a, b) = text::tell_apart("d83b1e", "77e0d12f00aa77e0d12f00aa", 12, "…");
    assert_eq!((a.as_str(), b.as_str()), ("d83b1e", "77e0d12f00a…"));
}

#[test]
fn ages_are_short() {
    let ages = [8, 248, 599, 600, 7500, 300_000].map(text::age);
    assert_eq!(ages, ["8s", "4m08s", "9m59s", "10m", "2h05m", "3d"]);
}

fn five_gates() -> Vec<Gate> {
    let gate = |state, name: &str, note: &str| Gate {
        state,
        name: name.to_owned(),
        note: note.to_owned(),
    };
    vec![
        gate(State::Ok, "fast", "3m12s"),
        gate(State::Ok, "build", "2m40s"),
        gate(State::Unknown, "deeper", ""),
        gate(State::Ok, "staging", "6m01s"),
        gate(State::Running, "production", "canary 10% 4m08s"),
    ]
}

#[test]
fn the_strip_keeps_what_is_under_way() {
    let strip = |width| gates::strip(&five_gates(), width, &unicode()).to_string();
    assert_eq!(
        strip(100),
        "✓fast 3m12s ─ ✓build 2m40s ─ ?deeper ─ ✓staging 6m01s ─ ►production canary 10% 4m08s"
    );
    assert_eq!(
        strip(80),
        "✓fast ─ ✓build ─ ?deeper ─ ✓staging ─ ►production canary 10% 4m08s"
    );
    assert_eq!(
        strip(60),
        "✓fast ✓build ?deeper ✓staging ►production canary 10% 4m08s"
    );
    assert_eq!(strip(42), "✓f ✓b ?d ✓s ►production canary 10% 4m08s");
}

#[test]
fn a_gauge_never_rounds_to_nothing_or_all() {
    let filled = |percent| {
        gates::gauge(percent, 10, &unicode())[0]
            .content
            .chars()
            .count()
    };
    assert_eq!([0, 1, 10, 50, 99, 100].map(filled), [0, 1, 1, 5, 9, 10]);
}

#[test]
fn an_allowed_key_never_goes() {
    let refused = Hint {
        refused: Some("no candidate".to_owned()),
        ..Hint::new("p", "promote")
    };
    let actions = [
        refused,
        Hint::new("spc", "pause"),
        Hint::new("b", "roll back"),
    ];
    let more = [Hint::new("z", "zoom"), Hint::new("?", "help")];
    let line = |width| lines::hints(&[&actions, &more], width, &unicode()).to_string();
    assert_eq!(line(80), " p promote spc pause b roll back | z zoom ? help");
    assert_eq!(line(44), " spc pause b roll back | z zoom ? help");
    assert_eq!(line(36), " spc pause b roll back | z zoom ?");
    assert_eq!(line(5), " spc b | z ?");
}

#[test]
fn a_wide_value_cannot_widen_a_dialog() {
    let paint = unicode();
    let mut buf = Buffer::empty(Rect::new(0, 0, 80, 24));
    let inner = dialog::frame(
        &mut buf,
        Rect::new(0, 0, 80, 24),
        (60, 10),
        &"ROLL BACK ".repeat(20),
        &paint,
    );
    assert_eq!((inner.width, inner.height), (56, 8));
    let rows = rows(&buf);
    assert_eq!(rows[7].trim_start().chars().count(), 60);
    assert!(
        rows[7].ends_with("… ═╗") || rows[7].ends_with("… ╗"),
        "{}",
        rows[7]
    );
}

#[test]
fn panes_lines_and_boxes_are_drawn() {
    let paint = unicode();
    let mut buf = Buffer::empty(Rect::new(0, 0, 60, 18));
    let area = |y, height| Rect::new(0, y, 60, height);
    let rollout = Pane::titled(Frame::Rule, "rollout", &paint).with_right("step 2/6".into());
    rollout.draw(&mut buf, area(0, 2), &paint);
    let inner = Pane::titled(Frame::Box, "verdict", &paint).draw(&mut buf, area(2, 4), &paint);
    let check = Check {
        state: State::Warn,
        text: "err 1.72% of 2.00% (86 % of the limit), and more words than fit here".to_owned(),
    };
    let put = flightdeck::view::widgets::put_line;
    put(
        &mut buf,
        inner,
        0,
        &lines::check(&check, usize::from(inner.width), &paint),
    );
    let event = EventLine {
        time: "14:05:10".to_owned(),
        kind: "POD".to_owned(),
        state: State::Warn,
        text: "restarted".to_owned(),
    };
    put(
        &mut buf,
        inner,
        1,
        &lines::event(&event, usize::from(inner.width), &paint),
    );
    let step = |state, took: &str| PlanStep {
        state,
        text: "canary scaled to 0 if still 2".to_owned(),
        took: took.to_owned(),
    };
    put(
        &mut buf,
        area(6, 1),
        0,
        &lines::plan_step(&step(State::Running, "3.5s"), 1, 60, &paint),
    );
    put(
        &mut buf,
        area(7, 1),
        0,
        &lines::plan_step(&step(State::Pending, ""), 2, 60, &paint),
    );
    let keys = [
        Hint {
            refused: Some("gate prod-50 is not open".to_owned()),
            ..Hint::new("p", "promote one step")
        },
        Hint::new("b", "roll back"),
    ];
    dialog::which_key(&mut buf, area(0, 18), "a: actions", &keys, &paint);
    insta::assert_debug_snapshot!(buf);
}

#[test]
fn every_widget_bears_any_size() {
    let paint = unicode();
    for width in 0..20 {
        for height in 0..8 {
            let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
            let area = Rect::new(0, 0, 20, 8);
            Pane::titled(Frame::Box, "verdict", &paint)
                .with_right("now".into())
                .draw(&mut buf, area, &paint);
            Pane::titled(Frame::Rule, "verdict", &paint).draw(&mut buf, area, &paint);
            dialog::frame(&mut buf, area, (40, 20), "ROLL BACK", &paint);
            dialog::which_key(&mut buf, area, "a", &[Hint::new("p", "promote")], &paint);
        }
    }
}

#[test]
fn a_picture_is_well_formed_and_holds_the_text() {
    let mut buf = draw(&broken(2.6), (56, 8), &unicode());
    buf.set_string(
        6,
        2,
        "a<b&c",
        ratatui::style::Style::new().add_modifier(ratatui::style::Modifier::REVERSED),
    );
    let picture = svg::render(&buf, "err % & \"more\"");
    assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"));
    assert!(picture.contains("a&lt;b&amp;c") && picture.contains("err % &amp; &quot;more&quot;"));
    assert!(picture.contains("<circle "));
    assert_eq!(
        picture.matches("<text ").count(),
        picture.matches("</text>").count()
    );
}
