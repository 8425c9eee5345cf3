//! What can go wrong with the cluster, each with its own sentence and cure.

use crate::domain::feed::{FaultKind, FeedFault};
use crate::domain::notice::{Notice, NoticeKind};
use crate::domain::text::Text;
use serde::Deserialize;
use std::error::Error;
use std::fmt;

/// What was attempted: `list pods in namespace production`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// `get`, `list`, `watch`, `create`.
    pub verb: &'static str,
    /// Plural name of the resource, its group behind a dot where it has one.
    pub resource: &'static str,
    /// The object, where one is meant.
    pub name: Option<String>,
    /// The namespace; `None` for objects of the whole cluster.
    pub namespace: Option<String>,
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb, self.resource)?;
        if let Some(name) = &self.name {
            write!(f, " `{name}`")?;
        }
        if let Some(namespace) = &self.namespace {
            write!(f, " in namespace `{namespace}`")?;
        }
        Ok(())
    }
}

/// Why the cluster could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// A call failed.
    #[error("cannot {attempt}")]
    Call {
        /// What was attempted.
        attempt: Attempt,
        /// Why it failed.
        #[source]
        source: Cause,
    },
    /// The namespace does not exist.
    #[error("namespace `{0}` does not exist")]
    NoNamespace(String),
    /// None of the strategy's Deployments exists.
    #[error("namespace `{namespace}` has no Deployment `{}`", names.join("` and no Deployment `"))]
    NoDeployments {
        /// Where.
        namespace: String,
        /// Their names.
        names: Vec<String>,
    },
}

/// Why a call failed. Bodies of credential plugins are left out: they can hold tokens.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// 401.
    #[error("the login has expired or was not accepted (401)")]
    LoginExpired,
    /// The kubeconfig's credentials could not be had.
    #[error("the kubeconfig's login gave no usable credentials")]
    NoCredentials,
    /// 403.
    #[error("not allowed (403): {}", .0.shown())]
    Forbidden(Text),
    /// 404.
    #[error("not found (404)")]
    Missing,
    /// 410: that history is gone.
    #[error("the history asked for is gone (410)")]
    Expired,
    /// Another answer that says no.
    #[error("the API server answered {code}: {}", text.shown())]
    Answered {
        /// HTTP status.
        code: u16,
        /// The server's words.
        text: Text,
    },
    /// No connection, or a broken one.
    #[error("no connection to the API server: {}", .0.shown())]
    Unreachable(Text),
    /// No answer in time.
    #[error("no answer from the API server within {0} s")]
    Silent(u64),
    /// An answer that makes no sense.
    #[error("the answer makes no sense: {}", .0.shown())]
    Garbled(Text),
}

impl From<kube::Error> for Cause {
    fn from(error: kube::Error) -> Self {
        match error {
            kube::Error::Api(status) => Self::answered(status.code, &status.message),
            kube::Error::SerdeError(fault) => Self::Garbled(Text::new(fault.to_string())),
            other if is_login(&other) => Self::NoCredentials,
            other => Self::Unreachable(Text::new(innermost(&other))),
        }
    }
}

impl Cause {
    /// The cause that stands behind an HTTP answer.
    pub fn answered(code: u16, message: &str) -> Self {
        match code {
            401 => Self::LoginExpired,
            403 => Self::Forbidden(Text::from(message)),
            404 => Self::Missing,
            410 => Self::Expired,
            code => Self::Answered {
                code,
                text: Text::from(message),
            },
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::LoginExpired | Self::NoCredentials => FaultKind::LoginExpired,
            Self::Forbidden(_) => FaultKind::Forbidden,
            Self::Missing => FaultKind::Missing,
            Self::Answered { code, .. } if *code < 500 && *code != 429 => FaultKind::Garbled,
            Self::Garbled(_) => FaultKind::Garbled,
            Self::Expired | Self::Answered { .. } | Self::Unreachable(_) | Self::Silent(_) => {
                FaultKind::Unreachable
            }
        }
    }
}

/// The credential plugin's output stands in its error, so that error is never shown.
fn is_login(error: &kube::Error) -> bool {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if error.is::<kube::client::AuthError>()
            || matches!(error.downcast_ref(), Some(kube::Error::Auth(_)))
        {
            return true;
        }
        next = error.source();
    }
    false
}

fn innermost(error: &dyn Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

impl ClusterError {
    /// Names a failed call.
    pub fn call(attempt: Attempt, source: impl Into<Cause>) -> Self {
        Self::Call {
            attempt,
            source: source.into(),
        }
    }

    /// The cause of a failed call.
    pub fn cause(&self) -> Option<&Cause> {
        match self {
            Self::Call { source, .. } => Some(source),
            Self::NoNamespace(_) | Self::NoDeployments { .. } => None,
        }
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoNamespace(name) => Some(format!(
                "set `namespace` of this environment, or see: kubectl get namespace {name}"
            )),
            Self::NoDeployments { namespace, .. } => Some(format!(
                "set the Deployments' names in the config, or see: kubectl get deployments -n {namespace}"
            )),
            Self::Call { attempt, source } => attempt.cure(source),
        }
    }

    pub(in crate::sources) fn kind(&self) -> FaultKind {
        match self {
            Self::Call { source, .. } => source.kind(),
            Self::NoNamespace(_) | Self::NoDeployments { .. } => FaultKind::Missing,
        }
    }
}

impl Attempt {
    fn cure(&self, cause: &Cause) -> Option<String> {
        match cause {
            Cause::LoginExpired => Some("log in again; the feed comes back by itself".to_owned()),
            Cause::NoCredentials => Some(
                "run any kubectl command with this context to see what its login says".to_owned(),
            ),
            Cause::Forbidden(_) => Some(format!(
                "ask for this right; check it with: {}",
                self.can_i()
            )),
            Cause::Missing => Some(format!(
                "check that the cluster serves {}: kubectl api-resources",
                self.resource
            )),
            Cause::Unreachable(_) | Cause::Silent(_) => {
                Some("check network, VPN and the context's server".to_owned())
            }
            Cause::Expired | Cause::Answered { .. } | Cause::Garbled(_) => None,
        }
    }

    fn can_i(&self) -> String {
        let place = self
            .namespace
            .as_ref()
            .map(|namespace| format!(" -n {namespace}"))
            .unwrap_or_default();
        format!("kubectl auth can-i {} {}{place}", self.verb, self.resource)
    }
}

impl From<&ClusterError> for FeedFault {
    fn from(error: &ClusterError) -> Self {
        let text = match error.cause() {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        };
        Self {
            kind: error.kind(),
            text: Text::new(text),
            hint: error.hint().map(Text::new),
        }
    }
}

impl From<&ClusterError> for Notice {
    fn from(error: &ClusterError) -> Self {
        let kind = match error.kind() {
            FaultKind::Unreachable | FaultKind::LoginExpired | FaultKind::Garbled => {
                NoticeKind::Unreachable
            }
            FaultKind::Forbidden => NoticeKind::Forbidden,
            FaultKind::Missing => NoticeKind::Config,
        };
        let mut notice = Notice::new(kind, error.to_string());
        notice.chain.extend(error.cause().map(ToString::to_string));
        notice.hint = error.hint();
        notice
    }
}

/// What the API server says of itself where it does not pass an answer on, by a `Status` object; `None` where an answer came
/// through it from elsewhere.
pub(in crate::sources) fn server_word(body: &[u8]) -> Option<Text> {
    let status: ServerStatus = serde_json::from_slice(body).ok()?;
    (status.kind == "Status").then(|| Text::new(status.message))
}

#[derive(Deserialize)]
struct ServerStatus {
    kind: String,
    #[serde(default)]
    message: String,
}
