//! Every way to log in to a Prometheus: what is on the wire, what is read anew, and that no secret is told.

use super::server;
use super::setup;
use crate::support::{Part, part, until};
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use flightdeck::config::settings::{
    Auth, ClientCertificate, HeaderRef, Prometheus as Settings, PrometheusBase, SecretRef, Tls,
};
use flightdeck::domain::feed::FaultKind;
use flightdeck::runtime::wire;
use flightdeck::sources::metrics::prometheus::{Prometheus, PrometheusError};
use jiff::Timestamp;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

const CERTIFICATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/data/tls");
const NOTHING: &str = r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#;

type Seen = Arc<Mutex<Vec<HeaderMap>>>;

/// Answers whoever is `known` that nothing is recorded, and keeps the headers that came.
async fn serve(
    known: impl Fn(&HeaderMap) -> bool + Clone + Send + Sync + 'static,
) -> (String, Seen) {
    let seen = Seen::default();
    let noted = Arc::clone(&seen);
    let app = Router::new().fallback(move |request: Request| {
        noted.lock().unwrap().push(request.headers().clone());
        let answer = if known(request.headers()) {
            ([("content-type", "application/json")], NOTHING).into_response()
        } else {
            StatusCode::UNAUTHORIZED.into_response()
        };
        async move { answer }
    });
    (setup::serve(app).await.to_string(), seen)
}

fn connect(settings: &Settings, kube: &str) -> Prometheus {
    wire::install_crypto();
    let config = kube::Config::new(format!("http://{kube}").parse().unwrap());
    let environment = setup::environment();
    let cluster = kube::Client::try_from(config).unwrap();
    wire::prometheus(settings, &environment, cluster)
}

async fn asked(prometheus: &Prometheus) -> PrometheusError {
    prometheus.scrape_all(Timestamp::now()).await.unwrap_err()
}

fn command(script: &str) -> SecretRef {
    SecretRef::Command(["sh", "-c", script].map(str::to_owned).to_vec())
}

fn is_told(error: &PrometheusError, secret: &str) -> bool {
    format!("{error} {error:?} {:?}", error.fault()).contains(secret)
}

#[tokio::test]
async fn a_password_a_tenant_and_headers_are_on_the_wire_and_nowhere_else() {
    // `mira:hunter 2`
    let login = "Basic bWlyYTpodW50ZXIgMg==";
    let (address, seen) = serve(move |headers| headers["authorization"] == login).await;
    let mut settings = setup::settings(PrometheusBase::Url(format!("http://{address}")));
    settings.auth = Auth::Basic {
        user: "mira".to_owned(),
        password: command("echo 'hunter 2'"),
    };
    settings.tenant = Some("shop|edge".to_owned());
    settings.headers = vec![HeaderRef {
        name: "X-Api-Key".to_owned(),
        value: command("echo k3y"),
    }];
    let error = asked(&connect(&settings, &address)).await;
    assert!(
        matches!(error, PrometheusError::NoSuchMetric { .. }),
        "{error:?}"
    );
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    assert!(seen.len() > 4, "{seen:?}");
    for headers in seen {
        assert_eq!(headers["authorization"], login);
        assert_eq!(headers["x-scope-orgid"], "shop|edge");
        assert_eq!(headers["x-api-key"], "k3y");
    }

    // Refused: the cure names the keys, and nothing of what was shown.
    settings.auth = Auth::Basic {
        user: "mira".to_owned(),
        password: command("echo wr0ng"),
    };
    let error = asked(&connect(&settings, &address)).await;
    assert_eq!(error.fault().kind, FaultKind::LoginExpired);
    assert!(
        error
            .fault()
            .hint
            .unwrap()
            .shown()
            .contains("metrics.password")
    );
    assert!(
        !["wr0ng", "k3y", "bWlyYT"]
            .iter()
            .any(|secret| is_told(&error, secret))
    );
}

/// The cluster's login goes to the API server, the tenant goes on to the Prometheus behind it.
#[tokio::test]
async fn a_tenant_goes_through_the_api_server() {
    let (address, seen) = serve(|_| true).await;
    let mut settings = setup::settings(PrometheusBase::Service {
        namespace: "monitoring".to_owned(),
        name: "mimir".to_owned(),
        port: "http".to_owned(),
    });
    settings.tenant = Some("shop".to_owned());
    asked(&connect(&settings, &address)).await;
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    assert!(
        !seen.is_empty()
            && seen
                .iter()
                .all(|headers| headers["x-scope-orgid"] == "shop")
    );
}

/// A token that was renewed meanwhile is read anew once the old one is refused.
#[tokio::test]
async fn a_refused_secret_is_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("token");
    let write = |token: &str| {
        std::fs::write(&file, token).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    };
    let (address, _) = serve(|headers| headers["authorization"] == "Bearer new").await;
    let mut settings = setup::settings(PrometheusBase::Url(format!("http://{address}")));
    settings.auth = Auth::Bearer(SecretRef::File(file.clone()));
    let prometheus = connect(&settings, &address);
    write("old");
    assert!(matches!(
        asked(&prometheus).await,
        PrometheusError::LoginExpired { .. }
    ));
    write("new");
    assert!(matches!(
        asked(&prometheus).await,
        PrometheusError::NoSuchMetric { .. }
    ));
}

fn certificate(name: &str) -> PathBuf {
    Path::new(CERTIFICATES).join(name)
}

fn pem(name: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(certificate(name)).unwrap()
}

/// A server that only talks with those who show a certificate of its own authority.
fn serve_tls() -> String {
    wire::install_crypto();
    let mut authorities = RootCertStore::empty();
    authorities.add(pem("ca.pem")).unwrap();
    let clients = WebPkiClientVerifier::builder(Arc::new(authorities));
    let key = PrivateKeyDer::from_pem_file(certificate("server.key")).unwrap();
    let config = ServerConfig::builder()
        .with_client_cert_verifier(clients.build().unwrap())
        .with_single_cert(vec![pem("server.pem")], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            std::thread::spawn(move || answer(StreamOwned::new(connection, stream)));
        }
    });
    url
}

/// One answer to one request.
fn answer(mut stream: StreamOwned<ServerConnection, std::net::TcpStream>) {
    let mut request = Vec::new();
    let mut piece = [0; 4096];
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read(&mut piece) {
            Ok(count @ 1..) => request.extend_from_slice(&piece[..count]),
            // Whoever shows no certificate gets no further.
            Ok(0) | Err(_) => return,
        }
    }
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
    let length = NOTHING.len();
    // Whoever went away needs no answer.
    let _ = write!(
        stream,
        "{head}\r\ncontent-length: {length}\r\n\r\n{NOTHING}"
    );
    stream.conn.send_close_notify();
    let _ = stream.flush();
}

/// The key in a file that nobody else can read, as a repository cannot keep it.
fn key(dir: &Path) -> SecretRef {
    let path = dir.join("client.key");
    std::fs::copy(certificate("client.key"), &path).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    SecretRef::File(path)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_authority_is_trusted_and_a_certificate_shown() {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = setup::settings(PrometheusBase::Url(serve_tls()));
    let unknown = asked(&connect(&settings, "127.0.0.1:1")).await;
    assert!(
        matches!(unknown, PrometheusError::Unreachable { .. }),
        "{unknown:?}"
    );

    settings.tls.ca = Some(certificate("ca.pem"));
    let nameless = asked(&connect(&settings, "127.0.0.1:1")).await;
    assert!(
        matches!(nameless, PrometheusError::Unreachable { .. }),
        "{nameless:?}"
    );
    let why = nameless.fault().text.shown().to_lowercase();
    assert!(why.contains("certificate"), "{why}");

    settings.tls.client = Some(ClientCertificate {
        certificate: certificate("client.pem"),
        key: key(dir.path()),
    });
    let prometheus = connect(&settings, "127.0.0.1:1");
    let known = asked(&prometheus).await;
    assert!(
        matches!(known, PrometheusError::NoSuchMetric { .. }),
        "{known:?}"
    );
}

/// Certificates that come later, or are repaired, are found without a restart.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_that_cannot_be_used_are_told_and_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = setup::settings(PrometheusBase::Url(serve_tls()));
    let authority = dir.path().join("ca.pem");
    settings.tls = Tls {
        ca: Some(authority.clone()),
        client: Some(ClientCertificate {
            certificate: certificate("client.pem"),
            key: key(dir.path()),
        }),
    };
    let prometheus = connect(&settings, "127.0.0.1:1");
    let absent = asked(&prometheus).await.fault();
    assert!(absent.text.shown().contains("ca.pem"), "{}", absent.text);
    assert!(absent.hint.unwrap().shown().contains("metrics.client_key"));

    std::fs::write(
        &authority,
        "-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n",
    )
    .unwrap();
    let garbled = asked(&prometheus).await;
    assert!(
        matches!(garbled, PrometheusError::Certificates { .. }),
        "{garbled:?}"
    );
    assert!(!is_told(&garbled, "PRIVATE KEY"));

    std::fs::copy(certificate("ca.pem"), &authority).unwrap();
    let found = asked(&prometheus).await;
    assert!(
        matches!(found, PrometheusError::NoSuchMetric { .. }),
        "{found:?}"
    );
}

/// Prometheus's own server, which wants a certificate, a name and a password.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_prometheus_lets_in_who_shows_all_that_it_wants() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| certificate(name).display().to_string();
    // The hash is that of `hunter 2`, as cheap as it gets.
    let web = format!(
        "tls_server_config:
  cert_file: {}
  key_file: {}
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: {}
basic_auth_users:
  mira: $2b$04$abcdefghijklmnopqrstuuzmcbqeugPtla4VTCjeG0YcMk9oTHo2.
",
        file("server.pem"),
        file("server.key"),
        file("ca.pem")
    );
    let path = dir.path().join("web.yml");
    std::fs::write(&path, web).unwrap();
    let argument = format!("--web.config.file={}", path.display());
    let Some(server) = server::launch("global: {}", &[&argument]) else {
        return;
    };
    let url = server.url.replace("http://", "https://");
    let mut settings = setup::settings(PrometheusBase::Url(url));
    settings.tls = Tls {
        ca: Some(certificate("ca.pem")),
        client: Some(ClientCertificate {
            certificate: certificate("client.pem"),
            key: key(dir.path()),
        }),
    };
    let password = |script: &str| Auth::Basic {
        user: "mira".to_owned(),
        password: command(script),
    };
    settings.auth = password("echo 'hunter 2'");
    let prometheus = connect(&settings, "127.0.0.1:1");
    let known = until(
        "Prometheus answers",
        async || asked(&prometheus).await,
        |error| !matches!(error, PrometheusError::Unreachable { .. }),
    )
    .await;
    assert!(
        matches!(known, PrometheusError::NoSuchMetric { .. }),
        "{known:?}"
    );
    part("prometheus", Part::Used);
    settings.auth = password("echo 'hunter 3'");
    let unknown = asked(&connect(&settings, "127.0.0.1:1")).await;
    assert!(
        matches!(unknown, PrometheusError::LoginExpired { .. }),
        "{unknown:?}"
    );
    settings.tls.client = None;
    let nameless = asked(&connect(&settings, "127.0.0.1:1")).await;
    assert!(
        matches!(nameless, PrometheusError::Unreachable { .. }),
        "{nameless:?}"
    );
}
