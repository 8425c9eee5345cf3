//! `note`: a remark on the release under way, else on the one that serves.

use super::act::Patience;
use super::exit;
use super::json::NoteDocument;
use super::output::Output;
use super::session::{How, follow};
use super::trouble;
use crate::app::intent::Intent;
use crate::app::proof::{Attention, Remark};
use crate::config::settings::Settings;
use crate::domain::ids::Target;
use crate::strategy::goal::Goal;
use std::io;
use std::ops::ControlFlow;

/// Adds the remark `text`; answers the exit code.
pub async fn run(
    settings: &Settings,
    target: &Target,
    text: &str,
    output: &mut Output<'_>,
) -> io::Result<u8> {
    let mut patience = Patience::new(&Goal::Pause);
    let mut asked = false;
    let followed = follow(settings, target, Attention::Glancing, |model, voice| {
        if !asked {
            asked = patience.is_over(model);
            if asked {
                voice.say(Intent::Remark(text.to_owned()))?;
            }
            return Ok(ControlFlow::Continue(()));
        }
        Ok(match &model.remark {
            Remark::None | Remark::Asked(..) => ControlFlow::Continue(()),
            Remark::Written(_) | Remark::Failed(_) => ControlFlow::Break(exit::DONE),
        })
    })
    .await;
    let ended = match followed {
        Ok(ended) => ended,
        Err(notice) => return trouble::tell(output, &notice),
    };
    match (ended.how, ended.model.remark) {
        (How::Failed(error), _) => Err(error),
        (How::Code(_), Remark::Failed(notice)) => trouble::tell(output, &notice),
        (How::Signal(code), _) | (How::Code(code), Remark::None | Remark::Asked(..)) => Ok(code),
        (How::Code(code), Remark::Written(tag)) => {
            let document = NoteDocument::new(target, &tag, text);
            output.print(&document, |document| {
                vec![format!("noted on {}: {}", document.tag, document.text)]
            })?;
            Ok(code)
        }
    }
}
