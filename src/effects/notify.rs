//! Messages to people who are not looking, by a webhook.
//!
//! Invariants: the URL is a secret, read when it is needed, and in no error; a server that hangs holds nothing up.

use crate::config::settings::{Webhook, WebhookFormat};
use crate::domain::notice::{Notice, NoticeKind};
use crate::domain::notification::Notification;
use crate::sources::secret::{self, SecretError};
use serde_json::{Value, json};
use std::time::Duration;

/// A server that takes longer has failed.
const WITHIN: Duration = Duration::from_secs(5);

/// Sends messages.
#[derive(Clone, Debug)]
pub struct Messages {
    /// Where to, and in which form.
    pub webhook: Webhook,
}

/// Why a message was not sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotifyError {
    /// There is no URL.
    #[error("the webhook's URL is not known")]
    Url(#[source] SecretError),
    /// It is no URL that a message can be sent to.
    #[error("what notify.webhook refers to is not an http(s) URL")]
    NoUrl,
    /// No connection, or no answer in time.
    #[error("the webhook did not answer")]
    Silent(#[source] reqwest::Error),
    /// It said no.
    #[error("the webhook answered {0}")]
    Refused(u16),
}

impl Messages {
    /// Sends one; `http` follows no redirects, which could carry the message elsewhere.
    pub(super) async fn send(
        &self,
        http: &reqwest::Client,
        message: &Notification,
    ) -> Result<(), NotifyError> {
        let url = secret::read(&self.webhook.url)
            .await
            .map_err(NotifyError::Url)?;
        let url: reqwest::Url = url.expose().parse().map_err(|_| NotifyError::NoUrl)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(NotifyError::NoUrl);
        }
        let sent = http.post(url).timeout(WITHIN).json(&self.body(message));
        let answer = sent
            .send()
            .await
            .map_err(|error| NotifyError::Silent(error.without_url()))?;
        let status = answer.status();
        if status.is_success() {
            Ok(())
        } else {
            Err(NotifyError::Refused(status.as_u16()))
        }
    }

    fn body(&self, message: &Notification) -> Value {
        match self.webhook.format {
            WebhookFormat::Json => json!({
                "schema": "flightdeck.notification/1",
                "at": message.at,
                "service": message.target.service,
                "environment": message.target.environment,
                "release": message.release,
                "what": message.what,
                "text": message.text,
                "left_out": message.left_out,
            }),
            WebhookFormat::Slack => json!({ "text": line(message) }),
        }
    }
}

/// One line; what would be markup is written out.
fn line(message: &Notification) -> String {
    let release = message
        .release
        .as_deref()
        .map_or(String::new(), |tag| format!(" {tag}"));
    let more = match message.left_out {
        0 => String::new(),
        left_out => format!(" ({left_out} messages before it were left out)"),
    };
    format!("{}{release}: {}{more}", message.target, message.text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

impl From<&NotifyError> for Notice {
    fn from(error: &NotifyError) -> Self {
        let (kind, hint) = match error {
            NotifyError::Url(_) | NotifyError::NoUrl => {
                (NoticeKind::Config, "check notify.webhook in the config")
            }
            NotifyError::Silent(_) | NotifyError::Refused(_) => (
                NoticeKind::Unreachable,
                "check that the webhook is there and its URL still valid",
            ),
        };
        let mut notice = Self::new(kind, error.to_string()).hint(hint);
        if let Some(cause) = std::error::Error::source(error) {
            notice = notice.caused_by(cause);
        }
        notice
    }
}
