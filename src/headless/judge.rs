//! `judge`: the verdict on recorded counts, without a cluster.

use super::exit;
use super::output::Output;
use crate::analysis::sequential::judge::Judge;
use crate::analysis::sequential::recorded::{Judgement, Recorded};
use crate::analysis::sequential::sentence::{Setting, odds, sentence};
use crate::domain::notice::{Notice, NoticeKind};
use serde::Serialize;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The most that is read: far more than any canary counts.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// What a right input looks like.
const SHAPE: &str = r#"expected {"intervals": [{"n": 160, "m": 2916, "x": 2, "y": 40}], "params": {}}: canary and stable requests (n, m) and bad ones (x, y) per interval"#;

/// `flightdeck.judgement/1`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JudgementDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// What the intervals say.
    #[serde(flatten)]
    pub judgement: Judgement,
    /// The same for a person.
    pub sentence: String,
}

/// Judges what `file` holds, or standard input where there is none.
///
/// # Errors
/// A notice that says what cannot be judged, where, and what was expected.
pub fn document(file: Option<&Path>) -> Result<JudgementDocument, Notice> {
    let file = file.filter(|file| *file != Path::new("-"));
    let name = file.map_or_else(
        || "standard input".to_owned(),
        |file| file.display().to_string(),
    );
    let text = match file {
        Some(file) => File::open(file).and_then(read),
        None => read(io::stdin().lock()),
    };
    let text = text.map_err(|error| {
        Notice::new(NoticeKind::Usage, format!("cannot read {name}")).caused_by(&error)
    })?;
    judged(&text, &name)
}

fn read(from: impl Read) -> io::Result<String> {
    let mut text = String::new();
    let bytes = from.take(MOST_BYTES + 1).read_to_string(&mut text)?;
    if bytes as u64 > MOST_BYTES {
        let why = format!("more than {} MiB", MOST_BYTES >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
    }
    Ok(text)
}

/// Judges the counts in `text`, which came from `name`.
///
/// # Errors
/// As [`document`].
pub fn judged(text: &str, name: &str) -> Result<JudgementDocument, Notice> {
    let refused = |error: &dyn std::error::Error| {
        Notice::new(NoticeKind::Usage, format!("cannot judge {name}"))
            .caused_by(error)
            .hint(SHAPE)
    };
    let recorded: Recorded = serde_json::from_str(text).map_err(|error| refused(&error))?;
    recorded.check().map_err(|error| refused(&error))?;
    let (judge, judgement) = recorded.judge();
    let setting = Setting {
        every: recorded.every(),
        ..Setting::default()
    };
    let sentence = sentence(&judge, judge.advised(recorded.circumstances()), &setting);
    Ok(JudgementDocument {
        schema: "flightdeck.judgement/1",
        sentence: with_evidence(&judge, sentence),
        judgement,
    })
}

fn with_evidence(judge: &Judge, sentence: String) -> String {
    let says_it = judge.taken() == 0 || sentence.to_lowercase().contains("evidence ");
    if says_it {
        sentence
    } else {
        format!(
            "{sentence} Evidence of harm {}, roll back at {}.",
            odds(judge.ln_e()),
            odds(judge.needed())
        )
    }
}

/// Prints the verdict; a roll back is exit code 9.
pub fn run(document: &JudgementDocument, output: &mut Output<'_>) -> io::Result<u8> {
    output.print(document, |document| {
        lines(&document.judgement, &document.sentence)
    })?;
    Ok(match document.judgement.verdict {
        "rollback" => exit::BAD,
        _ => exit::DONE,
    })
}

fn lines(judgement: &Judgement, sentence: &str) -> Vec<String> {
    let share =
        |(lower, upper): (f64, f64)| format!("{:.2} % to {:.2} %", lower * 100.0, upper * 100.0);
    let mut lines = vec![
        format!("{} ({})", judgement.verdict, judgement.reason),
        sentence.to_owned(),
        format!("canary errors  {}", share(judgement.error_share_canary)),
        format!("stable errors  {}", share(judgement.error_share_stable)),
        format!("their ratio    {}", ratio(judgement.error_ratio)),
    ];
    lines.extend(
        judgement
            .slow_ratio
            .map(|slow| format!("slow requests  {}", ratio(slow))),
    );
    let parts = judgement.log_e.iter();
    lines.extend(parts.map(|(part, ln_e)| format!("evidence       {part} {}", odds(*ln_e))));
    lines
}

fn ratio((lower, upper): (f64, Option<f64>)) -> String {
    match upper {
        Some(upper) => format!("{lower:.2} to {upper:.2} times"),
        None => format!("at least {lower:.2} times"),
    }
}
