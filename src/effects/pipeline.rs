//! What is asked of the pipeline's provider.

use super::context::Context;
use crate::domain::notice::{Notice, NoticeKind};
use crate::domain::pipeline::{Answered, Command};

impl Context {
    /// Does it once. A lost answer is not asked again: the watch shows what became of it.
    pub(super) async fn ask_pipeline(&self, command: &Command) -> Result<Answered, Notice> {
        let Some(provider) = &self.pipeline else {
            let text = format!("{} has no pipeline in the config", self.target.service);
            return Err(Notice::new(NoticeKind::Config, text)
                .hint("add [ci.NAME] and [services.NAME.ci] to the config"));
        };
        if let Some(reason) = command.ability(&provider.capabilities()).refusal() {
            let text = format!("cannot {} run {}: {reason}", command.verb(), command.run());
            return Err(Notice::new(NoticeKind::Refused, text));
        }
        provider.act(command).await.map_err(|error| error.notice())
    }
}
