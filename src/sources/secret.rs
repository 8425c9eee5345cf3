//! Secrets read where the config says they are, when they are needed.
//!
//! Invariant: a secret is in no error, no log line and no debug output.

use crate::config::settings::SecretRef;
use std::fmt;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

/// How long a program may take to print a secret.
const PRINTS_WITHIN: Duration = Duration::from_secs(20);

/// The longest secret, in bytes.
const MOST_BYTES: u64 = 64 * 1024;

/// A secret in memory.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The same with something before it, on lines of its own.
    #[must_use]
    pub fn after(&self, before: &str) -> Self {
        Self(format!("{before}\n{}", self.0))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The variable is not set.
    #[error("the environment variable {0} is not set")]
    NoVariable(String),
    /// The file cannot be read.
    #[error("the secret file {path} cannot be read", path = .0.display())]
    File(PathBuf, #[source] io::Error),
    /// Others than its owner can read it.
    #[error("the secret file {path} can be read by others (mode {mode:03o})", path = path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The program cannot be run.
    #[error("the secret's program {0} cannot be run")]
    Command(String, #[source] io::Error),
    /// It ended badly; what it printed is not told.
    #[error("the secret's program {0} failed: {1}")]
    Failed(String, String),
    /// It did not end.
    #[error("the secret's program {program} printed nothing within {} s", PRINTS_WITHIN.as_secs())]
    Slow {
        /// The program.
        program: String,
    },
    /// There is nothing in it, or something that no header can hold.
    #[error("the secret in {0} is empty or more than one line")]
    Unusable(String),
    /// There is nothing in it.
    #[error("the secret in {0} is empty")]
    Empty(String),
}

impl SecretError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::NoVariable(name) => {
                format!(
                    "set {name} before starting flightdeck, or name another source in the config"
                )
            }
            Self::File(..) => "check the path in the config".to_owned(),
            Self::Open { path, .. } => format!("run: chmod 600 {}", path.display()),
            Self::Command(..) | Self::Failed(..) | Self::Slow { .. } => {
                "run the command in a terminal to see what it says".to_owned()
            }
            Self::Unusable(_) => "it must be one line with the secret alone".to_owned(),
            Self::Empty(_) => "check what the config refers to".to_owned(),
        }
    }
}

/// Reads a secret of one line. A program gets no terminal.
pub async fn read(reference: &SecretRef) -> Result<Secret, SecretError> {
    let (text, place) = text_of(reference).await?;
    let text = text.trim();
    let is_line = text
        .bytes()
        .all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if text.is_empty() || !is_line {
        return Err(SecretError::Unusable(place));
    }
    Ok(Secret(text.to_owned()))
}

/// Reads a secret of any number of lines, such as a key.
pub async fn read_whole(reference: &SecretRef) -> Result<Secret, SecretError> {
    let (text, place) = text_of(reference).await?;
    if text.trim().is_empty() {
        return Err(SecretError::Empty(place));
    }
    Ok(Secret(text))
}

/// What is there, and the name of the place.
async fn text_of(reference: &SecretRef) -> Result<(String, String), SecretError> {
    Ok(match reference {
        SecretRef::Env(name) => {
            let value = std::env::var(name).map_err(|_| SecretError::NoVariable(name.clone()))?;
            (value, format!("${name}"))
        }
        SecretRef::Command(words) => {
            let program = words.first().cloned().unwrap_or_default();
            (
                printed(&program, words.get(1..).unwrap_or_default()).await?,
                program,
            )
        }
        SecretRef::File(path) => (content(path)?, path.display().to_string()),
    })
}

fn content(path: &Path) -> Result<String, SecretError> {
    let failed = |error| SecretError::File(path.to_owned(), error);
    refuse_open(path)?;
    std::fs::read_to_string(path).map_err(failed)
}

#[cfg(unix)]
fn refuse_open(path: &Path) -> Result<(), SecretError> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata =
        std::fs::metadata(path).map_err(|error| SecretError::File(path.to_owned(), error))?;
    let mode = metadata.permissions().mode() & 0o777;
    let others = mode & 0o077;
    if others == 0 {
        return Ok(());
    }
    Err(SecretError::Open {
        path: path.to_owned(),
        mode,
    })
}

#[cfg(not(unix))]
fn refuse_open(_path: &Path) -> Result<(), SecretError> {
    Ok(())
}

async fn printed(program: &str, arguments: &[String]) -> Result<String, SecretError> {
    let failed = |error| SecretError::Command(program.to_owned(), error);
    let mut command = std::process::Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .stdout(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    let stdout = child.stdout.take();
    let reading = tokio::task::spawn_blocking(move || {
        let mut text = String::new();
        let most = stdout.map(|stdout| stdout.take(MOST_BYTES));
        most.map_or(Ok(0), |mut stdout| stdout.read_to_string(&mut text))
            .map(|_| text)
    });
    let read = tokio::time::timeout(PRINTS_WITHIN, reading).await;
    if read.is_err() {
        // It may have ended just now.
        let _ = child.kill();
    }
    let status = tokio::task::spawn_blocking(move || child.wait()).await;
    let status = status.map_err(io::Error::other).flatten().map_err(failed)?;
    let read = read.map_err(|_| SecretError::Slow {
        program: program.to_owned(),
    })?;
    if !status.success() {
        return Err(SecretError::Failed(program.to_owned(), status.to_string()));
    }
    read.map_err(io::Error::other).flatten().map_err(failed)
}
