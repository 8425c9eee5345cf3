//! What is known of one version's share: an interval that holds at every moment it is looked at.

use std::f64::consts::PI;

/// Steps of a bisection on the logit scale: enough to leave nothing but rounding.
const HALVINGS: u32 = 200;
/// Logits beyond this are 0 and 1 to double precision.
const FAR: f64 = 700.0;

/// The shares that `bad` of `requests` leave possible, with total error `error` over all looks; `burst` (at least 1) says
/// how many requests fail together. Without requests everything is possible.
pub fn share_interval(bad: f64, requests: f64, error: f64, burst: f64) -> (f64, f64) {
    let (x, n) = (bad / burst, requests / burst);
    if n <= 0.0 {
        return (0.0, 1.0);
    }
    let most = -error.ln() - excess(x, n);
    let is_excluded = |logit: f64| surprise(x, n, logit) >= most;
    let peak = (x / (n - x)).ln().clamp(-FAR, FAR);
    let lower = if x <= 0.0 {
        0.0
    } else {
        share(edge(peak, -FAR, is_excluded))
    };
    let upper = if x >= n {
        1.0
    } else {
        share(edge(peak, FAR, is_excluded))
    };
    (lower, upper)
}

/// The difference of two shares that lie in these intervals.
pub fn difference(canary: (f64, f64), stable: (f64, f64)) -> (f64, f64) {
    (canary.0 - stable.1, canary.1 - stable.0)
}

/// ln of the mixture over all shares by the likelihood of the share that was counted. Written with the terms of the size of
/// `n` taken out, so that large counts leave digits.
fn excess(x: f64, n: f64) -> f64 {
    let rest = n - x;
    let (a, b) = (x + 0.5, rest + 0.5);
    let shifted = |count: f64| {
        if count > 0.0 {
            count * (0.5 / count).ln_1p()
        } else {
            0.0
        }
    };
    shifted(x) + shifted(rest) - n * (1.0 / n).ln_1p() - 0.5 * (n + 1.0).ln()
        + 0.5 * (2.0 * PI).ln()
        + beyond_stirling(a)
        + beyond_stirling(b)
        - beyond_stirling(n + 1.0)
        - PI.ln()
}

/// By how much the counted share explains the counts better than the share at `logit`.
fn surprise(x: f64, n: f64, logit: f64) -> f64 {
    let (ln_share, ln_rest) = (-softplus(-logit), -softplus(logit));
    let part = |count: f64, ln_probability: f64| {
        if count > 0.0 {
            count * ((count / n).ln() - ln_probability)
        } else {
            0.0
        }
    };
    part(x, ln_share) + part(n - x, ln_rest)
}

/// Where exclusion begins between `inside` and `outside`.
fn edge(mut inside: f64, mut outside: f64, is_excluded: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(inside, outside);
        if is_excluded(middle) {
            outside = middle;
        } else {
            inside = middle;
        }
    }
    f64::midpoint(inside, outside)
}

fn share(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

/// ln(1 + e^t) without overflow.
fn softplus(t: f64) -> f64 {
    t.max(0.0) + (-t.abs()).exp().ln_1p()
}

/// ln of the gamma function less (x - 1/2) ln x - x + ln(2 pi) / 2, for x above 0: Stirling's series above 10, reached by the
/// recurrence from below.
fn beyond_stirling(x: f64) -> f64 {
    let mut shift = 0.0;
    let mut above = x;
    while above < 10.0 {
        shift += above.ln();
        above += 1.0;
    }
    let square = above * above;
    let series = (1.0 / 12.0
        - (1.0 / 360.0 - (1.0 / 1260.0 - 1.0 / (1680.0 * square)) / square) / square)
        / above;
    if above > x {
        let leading = |x: f64| (x - 0.5) * x.ln() - x;
        leading(above) - leading(x) + series - shift
    } else {
        series
    }
}
