//! A trouble told: error/1 or lines, and its exit code.

use super::exit;
use super::json::ErrorDocument;
use super::output::Output;
use super::text;
use crate::cli::globals::Format;
use crate::cli::image::ImageMissing;
use crate::cli::target::TargetFault;
use crate::config::places::ConfigError;
use crate::domain::notice::{Notice, NoticeKind};
use crate::strategy::goal::Goal;
use crate::strategy::refusal::Refusal;
use std::io;

/// Tells `notice`; answers its exit code.
pub fn tell(output: &mut Output<'_>, notice: &Notice) -> io::Result<u8> {
    let document = ErrorDocument::new(notice);
    match output.format() {
        Format::Json => output.print(&document, |_| Vec::new())?,
        Format::Text => {
            for line in text::error(notice) {
                output.notice(&line)?;
            }
        }
    }
    Ok(document.exit_code)
}

/// A refusal as a trouble.
pub fn refusal(goal: &Goal, refusal: &Refusal) -> Notice {
    let notice = Notice::new(
        exit::of_reason(refusal.reason),
        format!("{}: {}", goal.title(), refusal.text),
    );
    match &refusal.hint {
        Some(hint) => notice.hint(hint.clone()),
        None => notice,
    }
}

/// A config that could not be had.
pub fn config(error: &ConfigError) -> Notice {
    let notice = Notice::new(NoticeKind::Config, error.to_string());
    match error {
        ConfigError::Nowhere(_) => notice.hint("to look around without a cluster: flightdeck demo"),
        ConfigError::Unreadable(_, cause) => notice.caused_by(cause),
        ConfigError::Wrong(faults) => Notice {
            chain: faults.lines().to_vec(),
            ..notice
        },
        ConfigError::Homeless => notice,
    }
}

/// A service or environment that nothing names.
pub fn target(fault: &TargetFault) -> Notice {
    let kind = match fault {
        TargetFault::NoService => NoticeKind::Config,
        TargetFault::WhichService(_)
        | TargetFault::UnknownService { .. }
        | TargetFault::WhichEnvironment { .. }
        | TargetFault::UnknownEnvironment { .. } => NoticeKind::Usage,
    };
    Notice::new(kind, fault.to_string())
}

/// An image that nothing names.
pub fn image(missing: &ImageMissing) -> Notice {
    let notice = Notice::new(NoticeKind::Usage, missing.to_string());
    match missing {
        ImageMissing::Unnamed => notice,
        ImageMissing::Malformed(_, fault) => notice.caused_by(fault),
    }
}
