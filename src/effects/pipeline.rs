//! What is asked of the pipeline's provider.

use super::context::Context;
use crate::domain::notice::{Notice, NoticeKind};
use crate::domain::pipeline::{Answered, Command, Comparison};
use crate::sources::ci::Provider;
use std::sync::Arc;

impl Context {
    fn provider(&self) -> Result<&Arc<dyn Provider>, Notice> {
        self.pipeline.as_ref().ok_or_else(|| {
            let text = format!("{} has no pipeline in the config", self.target.service);
            Notice::new(NoticeKind::Config, text)
                .hint("add [ci.NAME] and [services.NAME.ci] to the config")
        })
    }

    /// The commits that `head` has and `base` has not.
    pub(super) async fn compare(&self, base: &str, head: &str) -> Result<Comparison, Notice> {
        let compared = self.provider()?.compare(base, head).await;
        compared.map_err(|error| error.notice())
    }

    /// Does it once. A lost answer is not asked again: the watch shows what became of it.
    pub(super) async fn ask_pipeline(&self, command: &Command) -> Result<Answered, Notice> {
        let provider = self.provider()?;
        if let Some(reason) = command.ability(&provider.capabilities()).refusal() {
            let text = format!("cannot {} run {}: {reason}", command.verb(), command.run());
            return Err(Notice::new(NoticeKind::Refused, text));
        }
        provider.act(command).await.map_err(|error| error.notice())
    }
}
