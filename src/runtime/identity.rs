//! Who sits at the keyboard, as far as the operating system knows.

use crate::domain::text::Text;
use crate::domain::who::Who;

/// The person by operating system and SSH login; the cluster's name for them comes later.
pub fn person() -> Who {
    let user = variable("USER").or_else(|| variable("LOGNAME"));
    Who {
        cluster: None,
        os_user: user.or_else(|| Some(user_id())).map(Text::new),
        ssh: variable("SSH_CONNECTION")
            .and_then(|connection| connection.split_whitespace().next().map(str::to_owned))
            .map(Text::new),
    }
}

/// A word that tells this run of the program from all others.
pub fn run_word() -> String {
    let started = super::clock::now().as_millisecond();
    let process = std::process::id();
    format!("{started:x}-{process:x}")
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn user_id() -> String {
    format!("uid {}", rustix::process::getuid().as_raw())
}
