//! Numbers as people read them.

/// `4.8 %`; two decimals below one per cent.
pub(super) fn percent(share: f64) -> String {
    let value = share * 100.0;
    if value > 0.0 && value < 0.995 {
        format!("{value:.2} %")
    } else {
        format!("{value:.1} %")
    }
}

/// A share beside its limit, with as many decimals as it takes to tell the two apart.
pub(super) fn percent_beside(share: f64, limit: f64) -> String {
    if share.total_cmp(&limit).is_eq() {
        return percent(share);
    }
    apart(percent(share), &percent(limit), |decimals| {
        format!("{:.decimals$} %", share * 100.0)
    })
}

/// `340 ms`, `1.20 s`; below 10 ms with two decimals.
pub(super) fn time(seconds: f64) -> String {
    if seconds >= 1.0 {
        format!("{seconds:.2} s")
    } else if seconds >= 0.01 {
        format!("{:.0} ms", seconds * 1000.0)
    } else {
        format!("{:.2} ms", seconds * 1000.0)
    }
}

/// A time beside its limit, with as many decimals as it takes to tell the two apart.
pub(super) fn time_beside(seconds: f64, limit: f64) -> String {
    if seconds.total_cmp(&limit).is_eq() {
        return time(seconds);
    }
    apart(time(seconds), &time(limit), |decimals| match seconds {
        1.0.. => format!("{seconds:.decimals$} s"),
        _ => format!("{:.decimals$} ms", seconds * 1000.0),
    })
}

fn apart(shown: String, limit: &str, with: impl Fn(usize) -> String) -> String {
    if shown != limit {
        return shown;
    }
    (2..=6)
        .map(with)
        .find(|finer| !is_same_number(finer, limit))
        .unwrap_or(shown)
}

/// `2.00 %` and `2.0 %` say the same.
fn is_same_number(one: &str, other: &str) -> bool {
    let number = |text: &str| {
        text.split(' ')
            .next()
            .and_then(|number| number.parse::<f64>().ok())
    };
    number(one)
        .zip(number(other))
        .is_some_and(|(one, other)| one.total_cmp(&other).is_eq())
}

/// A whole number.
pub(super) fn count(count: f64) -> String {
    format!("{count:.0}")
}

/// `45 s`, `1 min 15 s`, `25 min`, `2 h 5 min`; rounded up.
pub(super) fn span(seconds: f64) -> String {
    let whole = seconds.ceil().max(1.0);
    if whole < 90.0 {
        return if whole < 60.0 {
            format!("{whole:.0} s")
        } else {
            format!("1 min {:.0} s", whole - 60.0)
        };
    }
    let minutes = (whole / 60.0).ceil();
    if minutes < 60.0 {
        return format!("{minutes:.0} min");
    }
    format!(
        "{:.0} h {:.0} min",
        (minutes / 60.0).floor(),
        minutes % 60.0
    )
}
