//! What every command takes.

use crate::config::layer::{Given, Overrides};
use crate::config::rules::COLORS;
use crate::config::settings::{ColorDepth, Glyphs};
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser as _;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Flags of every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Everywhere")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line by its own name"
)]
pub struct Globals {
    /// The configuration file
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "FLIGHTDECK_CONFIG",
        hide_env_values = true
    )]
    pub config: Option<PathBuf>,
    /// The kubeconfig context, instead of the configured one
    #[arg(long, global = true, value_name = "NAME")]
    pub context: Option<String>,
    /// The namespace, where there is no config; by default the context's
    #[arg(short, long, global = true, value_name = "NAME")]
    pub namespace: Option<String>,
    /// Every namespace, where there is no config
    #[arg(short = 'A', long, global = true, conflicts_with = "namespace")]
    pub all_namespaces: bool,
    /// Refuses everything that would change something
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Form of what is printed to standard output
    #[arg(
        short,
        long,
        global = true,
        value_name = "FORMAT",
        value_enum,
        default_value_t
    )]
    pub output: Format,
    /// Colours
    #[arg(long, global = true, value_name = "DEPTH", value_parser = color_parser())]
    pub color: Option<ColorDepth>,
    /// Draws with ASCII characters only
    #[arg(long, global = true)]
    pub ascii: bool,
    /// The theme: auto, one that `theme list` names, or a file of your own
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
    /// Sends few bytes a second
    #[arg(long, global = true)]
    pub low_bandwidth: bool,
    /// Leaves the mouse to the terminal
    #[arg(long, global = true)]
    pub no_mouse: bool,
    /// Stays on the normal screen
    #[arg(long, global = true)]
    pub inline: bool,
    /// Writes a log to this file
    #[arg(long, global = true, value_name = "FILE")]
    pub log_file: Option<PathBuf>,
    /// Says more in the log; twice: still more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// Form of standard output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON document (for `watch` and `logs -f`: one a line) and nothing else.
    Json,
}

impl Globals {
    /// What the flags, and `NO_COLOR` where it is set, say over the file.
    pub fn overrides(&self, no_color: bool) -> Overrides {
        let by_flag = self.color.map(|value| Given {
            value,
            by: "--color",
        });
        let by_variable = no_color.then_some(Given {
            value: ColorDepth::Never,
            by: "NO_COLOR",
        });
        Overrides {
            theme: self.theme.clone().map(|value| Given {
                value,
                by: "--theme",
            }),
            glyphs: switch(self.ascii, Glyphs::Ascii, "--ascii"),
            color: by_flag.or(by_variable),
            inline: switch(self.inline, true, "--inline"),
            low_bandwidth: switch(self.low_bandwidth, true, "--low-bandwidth"),
            mouse: switch(self.no_mouse, false, "--no-mouse"),
            context: self.context.clone().map(|value| Given {
                value,
                by: "--context",
            }),
            read_only: self.read_only,
        }
    }
}

fn switch<T>(on: bool, value: T, by: &'static str) -> Option<Given<T>> {
    on.then_some(Given { value, by })
}

fn color_parser() -> impl clap::builder::TypedValueParser<Value = ColorDepth> {
    PossibleValuesParser::new(COLORS.map(|(word, _)| word)).map(|word| {
        let known = COLORS.iter().find(|(known, _)| *known == word);
        known.map_or(ColorDepth::Auto, |(_, depth)| *depth)
    })
}
