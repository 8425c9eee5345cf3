//! A demo world in a process of its own: the very binary that is measured, with `demo --serve`.

use crate::http::Http;
use serde_json::Value;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// The measured binary.
pub const FLIGHTDECK: &str = env!("CARGO_BIN_EXE_flightdeck");
/// The arguments that open the cockpit on the world's service.
pub const OPEN: [&str; 4] = ["open", "checkout", "-e", "production"];

/// A world that ends with this value.
pub struct World {
    dir: TempDir,
    process: Child,
    info: Value,
}

impl Drop for World {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl World {
    /// Starts one and waits until it is ready.
    pub fn start(arguments: &[&str]) -> io::Result<Self> {
        let dir = tempfile::tempdir()?;
        let mut process = Command::new(FLIGHTDECK)
            .args(["demo", "--serve", "--dir"])
            .arg(dir.path())
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        if let Some(out) = process.stdout.take() {
            BufReader::new(out).read_line(&mut line)?;
        }
        if !line.contains("ready") {
            let mut said = String::new();
            if let Some(err) = process.stderr.take() {
                BufReader::new(err).read_line(&mut said)?;
            }
            drop(process.kill());
            drop(process.wait());
            return Err(io::Error::other(format!("no world: {said}")));
        }
        let info = serde_json::from_slice(&std::fs::read(dir.path().join("world.json"))?)?;
        Ok(Self { dir, process, info })
    }

    /// Its directory.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// One of its URLs.
    pub fn url(&self, name: &str) -> &str {
        self.info[name].as_str().expect("the world tells its URLs")
    }

    /// A connection to the API server.
    pub fn kube(&self) -> io::Result<Http> {
        Http::to(self.url("kube"))
    }

    /// A connection to the controls.
    pub fn control(&self) -> io::Result<Http> {
        Http::to(self.url("control"))
    }

    /// A config of its own for one cockpit: another API server's address, another scrape interval, another data directory.
    pub fn config(&self, name: &str, kube: &str, interval: &str) -> io::Result<PathBuf> {
        let dir = self.dir.path();
        let read = |file: &str| std::fs::read_to_string(dir.join(file));
        let own = dir.join(name);
        std::fs::create_dir_all(&own)?;
        let kubeconfig = read("kubeconfig")?.replace(self.url("kube"), kube);
        std::fs::write(own.join("kubeconfig"), kubeconfig)?;
        let path = |dir: &Path, file: &str| dir.join(file).display().to_string();
        let config = read("config.toml")?
            .replace(&path(dir, "kubeconfig"), &path(&own, "kubeconfig"))
            .replace(&path(dir, "data"), &path(&own, "data"))
            .replace("interval = \"1s\"", &format!("interval = \"{interval}\""));
        std::fs::write(own.join("config.toml"), config)?;
        Ok(own.join("config.toml"))
    }
}
