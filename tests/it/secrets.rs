//! Canary tokens in every place a secret can come from: each is seen on the wire in its header, and nowhere else.

use crate::pty::terminal::Terminal;
use crate::support::{DemoWorld, Ran, ran, until};
use axum::Router;
use hyper::Method;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const KUBE: &str = "canary-of-the-kubeconfig";
const EXEC: &str = "canary-of-the-login-program";
const VARIABLE: &str = "canary-of-the-variable";
const COMMAND: &str = "canary-of-the-command";
const FILE: &str = "canary-of-the-file";
const PASSWORD: &str = "canary-of-the-password";
/// `mira:` and the password, as HTTP sends them.
const LOGIN: &str = "bWlyYTpjYW5hcnktb2YtdGhlLXBhc3N3b3Jk";
const HEADER: &str = "canary-of-the-header";
/// A pod's environment variable: known to who may read Deployments, and nobody's business here.
const POD: &str = "canary-of-the-pod";
const ALL: [&str; 9] = [
    KUBE, EXEC, VARIABLE, COMMAND, FILE, PASSWORD, LOGIN, HEADER, POD,
];

/// A wire that keeps what clients sent.
struct Tap {
    url: String,
    sent: Arc<Mutex<Vec<u8>>>,
}

impl Tap {
    async fn before(server: &str) -> Self {
        let server = server.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let sent = Arc::<Mutex<Vec<u8>>>::default();
        let kept = sent.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(join(client, server.clone(), kept.clone()));
            }
        });
        Self { url, sent }
    }

    /// Whether a header of a request was exactly this.
    fn saw(&self, header: &str) -> bool {
        let sent = self.sent.lock().unwrap();
        let text = String::from_utf8_lossy(&sent).to_ascii_lowercase();
        text.lines().any(|line| line == header)
    }
}

async fn join(client: TcpStream, server: String, sent: Arc<Mutex<Vec<u8>>>) {
    let Ok(server) = TcpStream::connect(server).await else {
        return;
    };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let up = async move {
        let mut bytes = [0; 16 * 1024];
        while let Ok(count @ 1..) = from_client.read(&mut bytes).await {
            sent.lock().unwrap().extend(&bytes[..count]);
            if to_server.write_all(&bytes[..count]).await.is_err() {
                break;
            }
        }
    };
    let down = tokio::io::copy(&mut from_server, &mut to_client);
    tokio::select! {
        () = up => {}
        _ = down => {}
    }
}

/// Whatever is asked, it has recorded nothing.
async fn prometheus() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let nothing = json!({ "status": "success", "data": { "resultType": "vector", "result": [] } });
    let kind = [("content-type", "application/json")];
    let app = Router::new().fallback(async move || (kind, nothing.to_string()));
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

/// Everything that is looked through.
#[derive(Default)]
struct Haystack(Vec<(String, Vec<u8>)>);

impl Haystack {
    fn add(&mut self, name: &str, bytes: impl Into<Vec<u8>>) {
        self.0.push((name.to_owned(), bytes.into()));
    }

    fn add_ran(&mut self, name: &str, ran: &Ran) {
        self.add(&format!("{name}: output"), ran.out.clone());
        self.add(&format!("{name}: errors"), ran.err.clone());
    }

    /// Every file below a directory but those in which the tokens were put.
    fn add_files(&mut self, below: &Path, but: &[PathBuf]) {
        for entry in std::fs::read_dir(below).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.add_files(&path, but);
            } else if !but.contains(&path) {
                self.add(&path.display().to_string(), std::fs::read(&path).unwrap());
            }
        }
    }

    fn assert_clean(&self) {
        for (name, bytes) in &self.0 {
            let text = String::from_utf8_lossy(bytes);
            for canary in ALL {
                assert!(!text.contains(canary), "{canary} in {name}");
            }
        }
    }
}

/// The world's kubeconfig behind the tap, with another user.
fn kubeconfig(world: &DemoWorld, server: &str, user: &Value) -> PathBuf {
    let dir = world.world.dir();
    let text = std::fs::read_to_string(dir.join("kubeconfig")).unwrap();
    let mut config: Value = serde_json::from_str(&text).unwrap();
    config["clusters"][0]["cluster"]["server"] = server.into();
    config["users"][0]["user"] = user.clone();
    let path = dir.join("kubeconfig");
    std::fs::write(&path, config.to_string()).unwrap();
    path
}

/// The world's config with its production metrics from a Prometheus that wants this login.
fn config(world: &DemoWorld, url: &str, login: &str) -> String {
    let text = std::fs::read_to_string(world.world.dir().join("config.toml")).unwrap();
    let pods = "source = \"pods\"\nport = 8080\npath = \"/metrics\"\ninterval = \"1s\"\n";
    assert!(text.contains(pods), "{text}");
    let recorded =
        format!("source = \"prometheus\"\nurl = \"{url}\"\n{login}\ninterval = \"1s\"\n");
    text.replacen(pods, &recorded, 1)
}

async fn run(world: &DemoWorld, config: &Path, words: &[&str], hay: &mut Haystack) -> Ran {
    let mut command = world.command(words);
    command
        .args(["-e", "production", "-vv", "--log-file"])
        .arg(world.world.dir().join("log"))
        .env("FLIGHTDECK_CONFIG", config)
        .env("PROMETHEUS_TOKEN", VARIABLE);
    let ran = tokio::task::spawn_blocking(move || ran(command))
        .await
        .unwrap();
    hay.add_ran(&words.join(" "), &ran);
    ran
}

/// A name and a password, and a header of another name.
async fn with_a_password(world: &DemoWorld, (own, metrics): (&Path, &Tap), hay: &mut Haystack) {
    let dir = tempfile::tempdir().unwrap();
    let secret = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        format!("{{ file = \"{}\" }}", path.display())
    };
    let login = format!(
        "user = \"mira\"\npassword = {}\ntenant = \"shop\"\nheaders = {{ X-Api-Key = {} }}",
        secret("password", PASSWORD),
        secret("header", HEADER)
    );
    let before = std::fs::read(own).unwrap();
    std::fs::write(own, config(world, &metrics.url, &login)).unwrap();
    for words in [
        &["status", "checkout", "-o", "json"][..],
        &["doctor", "checkout", "-o", "json"],
        &["plan", "rollback", "checkout"],
    ] {
        run(world, own, words, hay).await;
    }
    let mut shown = world.command(&["config", "print"]);
    shown.env("FLIGHTDECK_CONFIG", own);
    hay.add_ran("config print", &ran(shown));
    for header in [
        format!("authorization: basic {}", LOGIN.to_ascii_lowercase()),
        format!("x-api-key: {HEADER}"),
        "x-scope-orgid: shop".to_owned(),
    ] {
        assert!(metrics.saw(&header), "{header}");
    }
    std::fs::write(own, before).unwrap();
}

#[expect(
    clippy::too_many_lines,
    reason = "one world, and every place in the order in which it is looked at"
)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_secret_is_on_the_wire_in_its_header_and_nowhere_else() {
    let world = DemoWorld::start("good").await;
    let dir = world.world.dir().to_owned();
    let mut hay = Haystack::default();
    let variable = json!([{ "op": "add", "path": "/spec/template/spec/containers/0/env",
        "value": [{ "name": "TOKEN", "value": POD }] }]);
    let path = "/apis/apps/v1/namespaces/production/deployments/checkout-canary";
    world.kube(Method::PATCH, path, variable).await;
    let cluster = Tap::before(&world.world.info().kube).await;
    let metrics = Tap::before(&prometheus().await).await;
    let file = dir.join("token");
    std::fs::write(&file, FILE).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let printer = dir.join("print.sh");
    std::fs::write(&printer, format!("echo {COMMAND}; echo {COMMAND} >&2")).unwrap();
    let script = dir.join("login.sh");
    let credential = json!({ "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential", "status": { "token": EXEC } });
    std::fs::write(&script, format!("echo '{credential}'; echo {EXEC} >&2")).unwrap();
    let login = |script: &Path| {
        json!({ "exec": { "apiVersion": "client.authentication.k8s.io/v1",
        "command": "/bin/sh", "args": [script], "interactiveMode": "Never" } })
    };

    // Each source of a token, told and shown as often as there are ways to.
    let own = dir.join("own.toml");
    let kube = kubeconfig(&world, &cluster.url, &json!({ "token": KUBE }));
    for (token, canary) in [
        ("{ env = \"PROMETHEUS_TOKEN\" }".to_owned(), VARIABLE),
        (
            format!("{{ command = [\"sh\", \"{}\"] }}", printer.display()),
            COMMAND,
        ),
        (format!("{{ file = \"{}\" }}", file.display()), FILE),
    ] {
        std::fs::write(
            &own,
            config(&world, &metrics.url, &format!("token = {token}")),
        )
        .unwrap();
        run(
            &world,
            &own,
            &["status", "checkout", "-o", "json"],
            &mut hay,
        )
        .await;
        assert!(
            metrics.saw(&format!("authorization: bearer {canary}")),
            "{canary}"
        );
    }
    assert!(cluster.saw(&format!("authorization: bearer {KUBE}")));
    with_a_password(&world, (&own, &metrics), &mut hay).await;
    for words in [
        &["doctor", "checkout"][..],
        &["plan", "rollback", "checkout", "-o", "json"],
        &["rollback", "checkout", "--yes", "-o", "json"],
        &["note", "checkout", "looked at"],
        &["history", "checkout", "-o", "json"],
        &["report", "checkout"],
    ] {
        run(&world, &own, words, &mut hay).await;
    }
    // What the config refers to is told, never what is there.
    let mut shown = world.command(&["config", "print"]);
    shown.env("FLIGHTDECK_CONFIG", &own);
    hay.add_ran("config print", &ran(shown));

    // Logins that fail are told without what their program said.
    std::fs::write(&script, format!("echo {EXEC}; echo {EXEC} >&2; exit 1")).unwrap();
    kubeconfig(&world, &cluster.url, &login(&script));
    let failed = run(&world, &own, &["status", "checkout"], &mut hay).await;
    assert_eq!(failed.code, 7, "{failed:?}");
    std::fs::write(&script, format!("echo '{credential}'; echo {EXEC} >&2")).unwrap();
    run(&world, &own, &["status", "checkout"], &mut hay).await;
    assert!(cluster.saw(&format!("authorization: bearer {EXEC}")));

    // The cockpit, its recording and its exports.
    let place = dir.display().to_string();
    let config = own.display().to_string();
    let mut terminal = Terminal::start(
        env!("CARGO_BIN_EXE_flightdeck"),
        &["open", "checkout", "-e", "production"],
        &[
            ("HOME", &place),
            ("FLIGHTDECK_CONFIG", &config),
            ("PROMETHEUS_TOKEN", VARIABLE),
        ],
    );
    terminal.see("K8S live");
    for form in ["er", "ej", "et", "es"] {
        terminal.keys(form);
    }
    let files = |below: &str| std::fs::read_dir(dir.join("data").join(below));
    until(
        "the recording and three exports",
        async || ["recordings", "exports"].map(|below| files(below).map_or(0, Iterator::count)),
        |counts| *counts == [1, 3],
    )
    .await;
    terminal.keys("\x03");
    terminal.ends_restored(0);
    hay.add("the terminal", terminal.written());

    let record = "/api/v1/namespaces/production/configmaps";
    for path in [
        record,
        "/apis/events.k8s.io/v1/namespaces/production/events",
    ] {
        let object = world.kube(Method::GET, path, Value::Null).await;
        hay.add(path, object.to_string());
    }
    hay.add_files(&dir, &[kube, own, file, printer, script]);
    let names: Vec<&str> = hay.0.iter().map(|(name, _)| name.as_str()).collect();
    for wanted in ["/log", "recordings/", "exports/", "journal/"] {
        assert!(
            names.iter().any(|name| name.contains(wanted)),
            "{wanted} is not among what was looked through: {names:#?}"
        );
    }
    hay.assert_clean();
    world.stop().await;
}
