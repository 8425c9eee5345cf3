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
    let mixture = ln_beta(x + 0.5, n - x + 0.5) - ln_beta(0.5, 0.5);
    let is_excluded = |logit: f64| {
        let (ln_share, ln_rest) = (-softplus(-logit), -softplus(logit));
        mixture - x * ln_share - (n - x) * ln_rest >= -error.ln()
    };
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

fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

/// Stirling's series above 10, reached by the recurrence from below; for arguments above 0.
fn ln_gamma(mut x: f64) -> f64 {
    let mut shift = 0.0;
    while x < 10.0 {
        shift += x.ln();
        x += 1.0;
    }
    let square = x * x;
    let series = (1.0 / 12.0
        - (1.0 / 360.0 - (1.0 / 1260.0 - 1.0 / (1680.0 * square)) / square) / square)
        / x;
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * PI).ln() + series - shift
}
