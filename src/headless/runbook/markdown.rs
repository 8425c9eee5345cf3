//! The runbook as Markdown.

use super::document::{Command, RunbookDocument, Section};
use crate::headless::markup::escape;

/// The runbook, line by line.
pub fn markdown(document: &RunbookDocument) -> Vec<String> {
    let title = format!("{} in {}", document.service, document.environment);
    let written = document.at.strftime("%Y-%m-%d %H:%M:%SZ");
    let from = match document.source {
        Some("cluster") => "the config and the cluster's record",
        Some(_) => "the config and this machine's copy of the record, which may be old",
        None => "the config alone: no record could be read",
    };
    let mut lines = vec![
        format!("# Runbook: {}", escape(&title)),
        String::new(),
        format!("Written out on {written} from {from}."),
    ];
    lines.extend(
        document
            .without_cluster
            .iter()
            .map(|why| format!("**Without the cluster:** {}", escape(why))),
    );
    lines.push(String::new());
    lines.push(
        "Every action of Flightdeck shows its plan, asks, guards each write and proves its effect. The kubectl lines carry no such \
         guard: look first, then run one at a time, from top to bottom; afterwards write a note into the record."
            .to_owned(),
    );
    lines.push(String::new());
    for one in &document.sections {
        lines.extend(section(one));
    }
    lines
}

fn section(section: &Section) -> Vec<String> {
    let mut lines = vec![format!("## {}", section.title), String::new()];
    lines.extend(
        section
            .notes
            .iter()
            .map(|note| format!("- {}", escape(note))),
    );
    lines.push(String::new());
    lines.extend(shell("With Flightdeck:", &section.flightdeck));
    lines.extend(shell("With kubectl alone:", &section.kubectl));
    lines
}

/// Lines for a shell, each below what it does.
fn shell(title: &str, commands: &[Command]) -> Vec<String> {
    if commands.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![title.to_owned(), String::new(), "```sh".to_owned()];
    for command in commands {
        if !command.what.is_empty() {
            lines.push(format!("# {}", command.what.replace('\n', " ")));
        }
        lines.push(command.line.replace('\n', " "));
    }
    lines.extend(["```".to_owned(), String::new()]);
    lines
}
