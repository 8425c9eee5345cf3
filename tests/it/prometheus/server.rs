//! A real Prometheus on loopback.

use crate::support::{Part, part, until};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

/// Names the program where it is not `prometheus`.
pub(super) const PROGRAM: &str = "FLIGHTDECK_PROMETHEUS";

/// It ends with this.
pub(super) struct Server {
    child: Child,
    pub(super) url: String,
    pub(super) dir: tempfile::TempDir,
}

impl Server {
    fn ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One with this configuration; its log where it ended at once. `None`, said loudly, where it is not installed.
pub(super) async fn start(
    configuration: &str,
    arguments: &[&str],
) -> Option<Result<Server, String>> {
    let mut server = launch(configuration, arguments)?;
    let url = format!("{}/-/ready", server.url);
    flightdeck::runtime::wire::install_crypto();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let (_, ended) = until(
        "Prometheus is ready or has ended",
        async || {
            let answer = http.get(&url).send().await;
            (
                answer.is_ok_and(|answer| answer.status() == 200),
                server.ended(),
            )
        },
        |(ready, ended)| *ready || *ended,
    )
    .await;
    if ended {
        let log = std::fs::read_to_string(server.dir.path().join("log"));
        return Some(Err(log.unwrap()));
    }
    part("prometheus", Part::Used);
    Some(Ok(server))
}

/// The same, at once: whether it is ready is not known.
pub(super) fn launch(configuration: &str, arguments: &[&str]) -> Option<Server> {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("prometheus.yml");
    std::fs::write(&config, configuration).unwrap();
    let program = std::env::var_os(PROGRAM).unwrap_or_else(|| "prometheus".into());
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let spawned = Command::new(program)
        .arg(format!("--config.file={}", config.display()))
        .arg(format!(
            "--storage.tsdb.path={}",
            dir.path().join("data").display()
        ))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .args(arguments)
        .current_dir(dir.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(dir.path().join("log")).unwrap())
        .spawn();
    match spawned {
        Ok(child) => Some(Server {
            child,
            url: format!("http://127.0.0.1:{port}"),
            dir,
        }),
        Err(error) => {
            part("prometheus", Part::Missing);
            eprintln!("SKIPPED: prometheus cannot be run here ({error})");
            None
        }
    }
}
