//! What these tests begin with.

use crate::fixture;
use flightdeck::config::settings::{
    Auth, Environment, Prometheus as Settings, PrometheusBase, Tls,
};
use flightdeck::domain::exposition::WrittenQueries;
use std::net::SocketAddr;

/// As a config has it that says no more than where it is.
pub(super) fn settings(base: PrometheusBase) -> Settings {
    Settings {
        base,
        auth: Auth::None,
        tls: Tls::default(),
        tenant: None,
        headers: Vec::new(),
        pod_label: "pod".to_owned(),
        namespace_label: "namespace".to_owned(),
        queries: WrittenQueries::default(),
    }
}

pub(super) fn environment() -> Environment {
    fixture::settings()
        .environment(&fixture::target())
        .unwrap()
        .clone()
}

/// Answers on loopback until the runtime ends.
pub(super) async fn serve(app: axum::Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}
