//! Values as they would be written in the file, for whoever prints what is in effect.

use super::ci::PROVIDERS;
use super::duration;
use super::metrics::{HISTOGRAMS, UNITS};
use super::rules;
use super::settings::{CiKind, ColorDepth, GateRule, Glyphs, HeaderRef, PrometheusBase, SecretRef};
use crate::domain::assurance::Margin;
use crate::domain::exposition::{Histogram, Unit};
use crate::domain::gate::Gate;
use crate::domain::policy::CanaryStep;
use std::path::PathBuf;
use std::time::Duration;

/// A value as it would be written in the file.
pub(super) trait Shown {
    fn shown(&self) -> Option<String>;
}

impl Shown for String {
    fn shown(&self) -> Option<String> {
        Some(format!("{self:?}"))
    }
}

impl Shown for &'static str {
    fn shown(&self) -> Option<String> {
        Some(format!("{self:?}"))
    }
}

impl Shown for PathBuf {
    fn shown(&self) -> Option<String> {
        Some(format!("{:?}", self.display().to_string()))
    }
}

impl Shown for bool {
    fn shown(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Shown for u16 {
    fn shown(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Shown for u64 {
    fn shown(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Shown for f64 {
    fn shown(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Shown for Duration {
    fn shown(&self) -> Option<String> {
        Some(format!("{:?}", duration::write(*self)))
    }
}

impl Shown for Glyphs {
    fn shown(&self) -> Option<String> {
        word(&rules::GLYPHS, self)
    }
}

impl Shown for ColorDepth {
    fn shown(&self) -> Option<String> {
        word(&rules::COLORS, self)
    }
}

impl Shown for Vec<CanaryStep> {
    fn shown(&self) -> Option<String> {
        let step = |step: &CanaryStep| {
            let hold = duration::write(step.hold);
            format!(
                "{{ weight = {}, hold = \"{hold}\" }}",
                step.weight.percent()
            )
        };
        Some(format!(
            "[{}]",
            self.iter().map(step).collect::<Vec<_>>().join(", ")
        ))
    }
}

impl Shown for CiKind {
    fn shown(&self) -> Option<String> {
        word(&PROVIDERS, self)
    }
}

impl Shown for Vec<GateRule> {
    fn shown(&self) -> Option<String> {
        let rule = |rule: &GateRule| {
            let gate = rule.gate.map_or(0, Gate::number);
            format!("{{ name = {:?}, gate = {gate} }}", rule.name)
        };
        Some(format!(
            "[{}]",
            self.iter().map(rule).collect::<Vec<_>>().join(", ")
        ))
    }
}

impl Shown for Vec<Margin> {
    fn shown(&self) -> Option<String> {
        let margin = |margin: &Margin| {
            format!(
                "{{ up_to = {}, error_ratio = {}, error_share = {}, slow_ratio = {} }}",
                margin.up_to.percent(),
                margin.error_ratio,
                margin.error_share,
                margin.slow_ratio
            )
        };
        let margins: Vec<String> = self.iter().map(margin).collect();
        Some(format!("[{}]", margins.join(", ")))
    }
}

impl Shown for PrometheusBase {
    fn shown(&self) -> Option<String> {
        Some(match self {
            Self::Url(url) => format!("{url:?}"),
            Self::Service {
                namespace,
                name,
                port,
            } => format!("\"{namespace}/{name}:{port}\""),
        })
    }
}

impl Shown for SecretRef {
    fn shown(&self) -> Option<String> {
        Some(match self {
            Self::Env(name) => format!("{{ env = {name:?} }}"),
            Self::Command(words) => format!("{{ command = {words:?} }}"),
            Self::File(path) => format!("{{ file = {:?} }}", path.display().to_string()),
        })
    }
}

impl Shown for Vec<HeaderRef> {
    fn shown(&self) -> Option<String> {
        let header =
            |header: &HeaderRef| Some(format!("{:?} = {}", header.name, header.value.shown()?));
        let headers: Option<Vec<String>> = self.iter().map(header).collect();
        let headers = headers?;
        (!headers.is_empty()).then(|| format!("{{ {} }}", headers.join(", ")))
    }
}

impl Shown for Unit {
    fn shown(&self) -> Option<String> {
        word(&UNITS, self)
    }
}

impl Shown for Histogram {
    fn shown(&self) -> Option<String> {
        word(&HISTOGRAMS, self)
    }
}

impl<T: Shown> Shown for Option<T> {
    fn shown(&self) -> Option<String> {
        self.as_ref().and_then(Shown::shown)
    }
}

/// The word for `value` among `words`, quoted.
pub(super) fn word<T: PartialEq>(words: &[(&str, T)], value: &T) -> Option<String> {
    words
        .iter()
        .find(|(_, meaning)| meaning == value)
        .map(|(word, _)| format!("{word:?}"))
}
