//! The checklist as Markdown.

use super::document::{CheckedRelease, ChecklistDocument, GateChecklist, Item};
use crate::headless::markup::escape;

/// The checklist, line by line.
pub fn markdown(document: &ChecklistDocument) -> Vec<String> {
    let tag = document
        .release
        .as_ref()
        .map_or("an unknown release", |release| &release.tag);
    let title = format!("{}: {tag} into {}", document.service, document.environment);
    let mut lines = vec![
        format!("# Release checklist: {}", escape(&title)),
        String::new(),
        format!(
            "Written out on {}. {}",
            document.at.strftime("%Y-%m-%d %H:%M:%SZ"),
            tally(document)
        ),
        String::new(),
    ];
    lines.extend(document.release.iter().flat_map(release));
    lines.extend(
        document
            .unread
            .iter()
            .map(|why| format!("- **Not read:** {}", escape(why))),
    );
    if lines.last().is_some_and(|line| !line.is_empty()) {
        lines.push(String::new());
    }
    lines.extend(document.gates.iter().flat_map(gate));
    lines
}

fn tally(document: &ChecklistDocument) -> String {
    let count = |done| {
        let items = document.gates.iter().flat_map(|gate| &gate.items);
        items.filter(|item| item.done == done).count()
    };
    format!(
        "{} proved, {} missing, {} unknown.",
        count(Some(true)),
        count(Some(false)),
        count(None)
    )
}

fn release(release: &CheckedRelease) -> Vec<String> {
    let unknown = || "unknown".to_owned();
    let told = |value: &Option<String>| value.as_deref().map_or_else(unknown, escape);
    vec![
        format!("- Image: {}", escape(&release.image)),
        format!("- Digest: {}", told(&release.digest)),
        format!("- Commit: {}", told(&release.commit)),
        format!("- Pipeline run: {}", told(&release.run)),
    ]
}

fn gate(gate: &GateChecklist) -> Vec<String> {
    let state = gate.state.as_deref().unwrap_or("unknown");
    let mut lines = vec![
        format!("## {} {}: {}", gate.gate, gate.name, escape(state)),
        String::new(),
    ];
    lines.extend(gate.items.iter().map(item));
    lines.push(String::new());
    lines
}

/// Nothing but what is proved is ticked.
fn item(item: &Item) -> String {
    let (tick, word) = match item.done {
        Some(true) => ("[x]", ""),
        Some(false) => ("[ ]", "MISSING: "),
        None => ("[ ]", "unknown: "),
    };
    let evidence = item.evidence.as_deref().unwrap_or_default();
    let told = format!("{word}{evidence}");
    if told.is_empty() {
        format!("- {tick} {}", escape(&item.text))
    } else {
        format!("- {tick} {} ({})", escape(&item.text), escape(&told))
    }
}
