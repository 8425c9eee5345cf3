//! Who acts: the cluster's identity plus the person at the keyboard.

use crate::domain::text::Text;
use serde::{Deserialize, Serialize};

/// The person or program that acts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// `status.userInfo.username` of a SelfSubjectReview; `None` where the cluster would not tell.
    pub cluster: Option<Text>,
    /// The operating system's user.
    pub os_user: Option<Text>,
    /// Where an SSH login came from (first word of `SSH_CONNECTION`).
    pub ssh: Option<Text>,
}

impl Who {
    /// One line: `mira@corp (os mira, ssh 10.0.0.7)`; raw, for the record and Events.
    pub fn line(&self) -> String {
        let name = self.cluster.as_ref().or(self.os_user.as_ref());
        let mut line = name.map_or_else(|| "unknown".to_owned(), |name| name.raw().to_owned());
        let mut more = Vec::new();
        if let (Some(_), Some(user)) = (&self.cluster, &self.os_user) {
            more.push(format!("os {}", user.raw()));
        }
        if let Some(from) = &self.ssh {
            more.push(format!("ssh {}", from.raw()));
        }
        if !more.is_empty() {
            line = format!("{line} ({})", more.join(", "));
        }
        line
    }
}
