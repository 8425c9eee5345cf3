//! Plays a scenario's lines: each is sent to the control URL when its time has come.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{HOST, HeaderValue};
use hyper::{Method, Request, Uri};
use tokio::time::{Instant, sleep_until};

use super::scenario::Line;
use super::traffic::Connections;

/// Sends every line in the order of time; a line that fails is logged and the others go on.
pub(crate) async fn play(mut lines: Vec<Line>, control: SocketAddr) {
    lines.sort_by_key(|line| line.after);
    let began = Instant::now();
    let connections = Connections::default();
    for line in lines {
        sleep_until(began + line.after.0).await;
        match send(&connections, control, &line).await {
            Ok(()) => tracing::info!(
                method = line.method,
                path = line.path,
                "scenario line in effect"
            ),
            Err(reason) => tracing::error!(
                method = line.method,
                path = line.path,
                reason,
                "scenario line failed"
            ),
        }
    }
}

async fn send(connections: &Connections, control: SocketAddr, line: &Line) -> Result<(), String> {
    let request = request(control, line)?;
    let response = connections
        .send(control, request)
        .await
        .map_err(|error| error.to_string())?;
    if response.status().is_success() {
        return Ok(());
    }
    Err(format!(
        "{}: {}",
        response.status(),
        String::from_utf8_lossy(response.body())
    ))
}

fn request(control: SocketAddr, line: &Line) -> Result<Request<Full<Bytes>>, String> {
    let body = if line.body.is_null() {
        String::new()
    } else {
        line.body.to_string()
    };
    let mut request = Request::new(Full::new(Bytes::from(body)));
    *request.method_mut() =
        Method::from_bytes(line.method.as_bytes()).map_err(|error| error.to_string())?;
    *request.uri_mut() = line
        .path
        .parse::<Uri>()
        .map_err(|error| error.to_string())?;
    let host = HeaderValue::from_str(&control.to_string()).map_err(|error| error.to_string())?;
    request.headers_mut().insert(HOST, host);
    Ok(request)
}
