//! `completions` and `man`: what clap writes of the command line.

use super::exit;
use super::output::Output;
use clap_complete::Shell;
use std::io;

/// Prints a shell's completion script.
pub fn completions(
    mut command: clap::Command,
    shell: Shell,
    output: &mut Output<'_>,
) -> io::Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "flightdeck", &mut script);
    output.verbatim(&script)?;
    Ok(exit::DONE)
}

/// Prints the manual: a page for the program, and behind it one for each command.
pub fn manual(command: clap::Command, output: &mut Output<'_>) -> io::Result<u8> {
    let mut pages = Vec::new();
    pages_of(command, &mut pages)?;
    output.verbatim(&pages)?;
    Ok(exit::DONE)
}

/// The flags of every command stand on the first page only.
fn pages_of(command: clap::Command, pages: &mut Vec<u8>) -> io::Result<()> {
    let called = command
        .get_bin_name()
        .unwrap_or(command.get_name())
        .to_owned();
    let command = command
        .display_name(called.replace(' ', "-"))
        .disable_help_subcommand(true);
    let below: Vec<clap::Command> = command
        .get_subcommands()
        .filter(|below| !below.is_hide_set())
        .map(|below| {
            let name = format!("{called} {}", below.get_name());
            let title = name.replace(' ', "-");
            below.clone().bin_name(name).display_name(title)
        })
        .collect();
    clap_mangen::Man::new(command).render(pages)?;
    below
        .into_iter()
        .try_for_each(|below| pages_of(below, pages))
}
