//! Where a token comes from, and that it goes nowhere else.

use flightdeck::config::settings::SecretRef;
use flightdeck::sources::secret::{SecretError, read};
use std::path::Path;

fn command(script: &str) -> SecretRef {
    SecretRef::Command(["sh", "-c", script].map(str::to_owned).to_vec())
}

#[cfg(unix)]
fn file(dir: &Path, text: &str, mode: u32) -> SecretRef {
    use std::os::unix::fs::PermissionsExt as _;
    let path = dir.join(format!("token-{mode:o}"));
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    SecretRef::File(path)
}

#[tokio::test]
async fn a_program_prints_the_token() {
    let secret = read(&command("echo s3cret; echo noise >&2")).await.unwrap();
    assert_eq!(secret.expose(), "s3cret");
    assert!(!format!("{secret:?}").contains("s3cret"));
}

#[tokio::test]
async fn what_a_failing_program_prints_is_not_told() {
    let error = read(&command("echo s3cret; echo s3cret >&2; exit 3"))
        .await
        .unwrap_err();
    assert!(matches!(error, SecretError::Failed(..)));
    assert!(!format!("{error} {error:?} {}", error.hint()).contains("s3cret"));
    let absent = read(&SecretRef::Command(vec!["/no/such/program".to_owned()]))
        .await
        .unwrap_err();
    assert!(absent.to_string().contains("/no/such/program"), "{absent}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_others_can_read_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(
        read(&file(dir.path(), "s3cret\n", 0o600))
            .await
            .unwrap()
            .expose(),
        "s3cret"
    );
    for mode in [0o640, 0o604, 0o644] {
        let error = read(&file(dir.path(), "s3cret\n", mode)).await.unwrap_err();
        assert!(matches!(error, SecretError::Open { .. }), "{error}");
        assert!(
            error.hint().starts_with("run: chmod 600 /"),
            "{}",
            error.hint()
        );
    }
}

#[tokio::test]
async fn a_token_of_several_lines_is_refused_without_being_quoted() {
    let error = read(&command("printf 'one\\ntwo\\n'")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the secret in sh is empty or more than one line"
    );
    let unset = SecretRef::Env("FLIGHTDECK_TEST_NO_SUCH_VARIABLE".to_owned());
    assert_eq!(
        read(&unset).await.unwrap_err().to_string(),
        "the environment variable FLIGHTDECK_TEST_NO_SUCH_VARIABLE is not set"
    );
}
