//! Login programs of a kubeconfig that ask, print and dawdle, while the cockpit has the screen.

use super::terminal::Terminal;
use crate::support::DemoWorld;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const FLIGHTDECK: &str = env!("CARGO_BIN_EXE_flightdeck");

/// Asks on the terminal itself, prints to every stream, and gives a token that lasts for seconds.
const SCRIPT: &str = r#"
echo run >> "$1"
echo "NOISE on standard error" >&2
( printf 'PASSWORD: ' > /dev/tty ) 2>/dev/null
( read -r answer < /dev/tty ) 2>/dev/null
until=$(date -u -d '+3 seconds' +%Y-%m-%dT%H:%M:%SZ)
printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",'
printf '"status":{"token":"canary-token-of-the-program","expirationTimestamp":"%s"}}\n' "$until"
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_program_never_gets_the_terminal() {
    let world = DemoWorld::start("good").await;
    let dir = world.world.dir();
    let script = dir.join("login.sh");
    std::fs::write(&script, SCRIPT).unwrap();
    let runs = dir.join("runs");
    let kubeconfig = std::fs::read_to_string(dir.join("kubeconfig")).unwrap();
    let mut kubeconfig: Value = serde_json::from_str(&kubeconfig).unwrap();
    kubeconfig["users"][0]["user"] = json!({ "exec": {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "/bin/sh",
        "args": [script, runs],
        "interactiveMode": "IfAvailable",
    } });
    std::fs::write(dir.join("kubeconfig"), kubeconfig.to_string()).unwrap();
    let place = dir.display().to_string();
    let config = format!("{place}/config.toml");
    let mut terminal = Terminal::start(
        FLIGHTDECK,
        &["open", "checkout", "-e", "production"],
        &[("HOME", &place), ("FLIGHTDECK_CONFIG", &config)],
    );
    terminal.see("METRICS live");
    // Twice it runs before there is a screen: once for each client.
    let deadline = Instant::now() + Duration::from_secs(60);
    while std::fs::read_to_string(&runs).unwrap().lines().count() < 4 {
        assert!(Instant::now() < deadline, "the token was never renewed");
        std::thread::sleep(Duration::from_millis(100));
    }
    terminal.keys("?");
    terminal.see("quit at the top");
    terminal.keys("\x03");
    terminal.ends_restored(0);
    let written = String::from_utf8(terminal.written()).unwrap();
    for word in ["PASSWORD", "NOISE", "canary-token"] {
        assert!(!written.contains(word), "{word} was on the terminal");
    }
    world.stop().await;
}
