//! The way through the API server to a pod: the request goes on to the pod's own address, the answer comes back as it is.

use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::Value;

use super::api::Api;
use super::call::Call;
use super::faults::{OutageMode, Part};
use super::read::key;
use super::resource::Resource;
use super::status::{Outcome, Refusal, bytes_response};
use super::store::Key;

/// The client that goes to the pods; connections are kept and used again.
pub(crate) type PodClient = Client<HttpConnector, Body>;

/// `[SCHEME:]NAME[:PORT]` as it stands in the path.
fn name_and_port(text: &str) -> (&str, Option<&str>) {
    let parts: Vec<&str> = text.split(':').collect();
    match parts.as_slice() {
        [name] => (name, None),
        [name, port] => (name, Some(port).filter(|port| !port.is_empty()).copied()),
        [_scheme, name, port, ..] => (name, Some(port).filter(|port| !port.is_empty()).copied()),
        [] => (text, None),
    }
}

/// Takes a request to a pod, or to one of a service's pods.
pub(crate) async fn forward(
    api: &Api,
    call: &Call,
    method: Method,
    query: &str,
) -> Outcome<Response<Body>> {
    match api.faults().wait_while_hanging(Part::PodProxy).await {
        None => {}
        Some(OutageMode::Error) => {
            return Err(Refusal::unavailable("error trying to reach service: EOF"));
        }
        Some(OutageMode::Refuse | OutageMode::Hang) => {
            return Err(Refusal::unavailable(
                "error trying to reach service: dial tcp: connect: connection refused",
            ));
        }
    }
    let mut named = key(&call.target);
    let text = std::mem::take(&mut named.name);
    let (name, port) = name_and_port(&text);
    name.clone_into(&mut named.name);
    let object = api
        .store()
        .get(&named)
        .ok_or_else(|| Refusal::not_found(named.resource, &named.name))?;
    let path = format!("/{}", call.target.rest);
    let address = if named.resource == Resource::Pods {
        if let Some(text) = api.host().answer(&object, &path) {
            return Ok(bytes_response(
                StatusCode::OK,
                "text/plain; version=0.0.4; charset=utf-8",
                text,
            ));
        }
        pod_address(&object, port)?
    } else {
        service_address(api, &named, port)?
    };
    let question = if query.is_empty() { "" } else { "?" };
    send(
        api,
        method,
        &format!("http://{address}{path}{question}{query}"),
        call,
    )
    .await
}

async fn send(api: &Api, method: Method, uri: &str, call: &Call) -> Outcome<Response<Body>> {
    let uri: Uri = uri
        .parse()
        .map_err(|error| Refusal::bad_request(format!("invalid proxy path: {error}")))?;
    let mut request = Request::new(Body::from(call.body.clone()));
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    let answer = api.pods().request(request).await;
    let answer = answer
        .map_err(|error| Refusal::unavailable(format!("error trying to reach service: {error}")))?;
    let (mut head, body) = answer.into_parts();
    for hop in ["connection", "keep-alive", "transfer-encoding"] {
        head.headers.remove(hop);
    }
    Ok(Response::from_parts(head, Body::new(body)))
}

fn pod_address(pod: &Value, port: Option<&str>) -> Outcome<String> {
    let name = pod["metadata"]["name"].as_str().unwrap_or_default();
    let address = pod["status"]["podIP"]
        .as_str()
        .filter(|address| !address.is_empty());
    let address =
        address.ok_or_else(|| Refusal::unavailable(format!("pod \"{name}\" has no address")))?;
    let ports = pod["spec"]["containers"].as_array().into_iter().flatten();
    let ports: Vec<&Value> = ports
        .flat_map(|container| container["ports"].as_array().into_iter().flatten())
        .collect();
    let number = match port.map(str::parse::<u16>) {
        Some(Ok(number)) => Some(u64::from(number)),
        Some(Err(_)) => ports
            .iter()
            .find(|known| known["name"].as_str() == port)
            .and_then(|port| port["containerPort"].as_u64()),
        None => ports
            .first()
            .and_then(|port| port["containerPort"].as_u64())
            .or(Some(80)),
    };
    let number = number.ok_or_else(|| {
        Refusal::unavailable(format!(
            "no port {} in pod \"{name}\"",
            port.unwrap_or_default()
        ))
    })?;
    Ok(format!("{address}:{number}"))
}

fn service_address(api: &Api, service: &Key, port: Option<&str>) -> Outcome<String> {
    let none = || {
        Refusal::unavailable(format!(
            "no endpoints available for service \"{}\"",
            service.name
        ))
    };
    let slices = api
        .store()
        .list(Resource::EndpointSlices, Some(&service.namespace));
    let slice = slices
        .iter()
        .find(|slice| slice["metadata"]["labels"]["kubernetes.io/service-name"] == service.name)
        .ok_or_else(none)?;
    let mut ready = slice["endpoints"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|end| end["conditions"]["ready"] == true);
    let address = ready
        .next()
        .and_then(|end| end["addresses"][0].as_str())
        .ok_or_else(none)?;
    let object = api.store().get(service).ok_or_else(none)?;
    let known = object["spec"]["ports"].as_array().into_iter().flatten();
    let fits = |known: &&Value| {
        port.is_none_or(|port| known["name"] == port || known["port"].as_u64() == port.parse().ok())
    };
    let name = known
        .filter(fits)
        .map(|port| port["name"].clone())
        .next()
        .ok_or_else(none)?;
    let target = slice["ports"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|known| {
            known["name"].as_str().unwrap_or_default() == name.as_str().unwrap_or_default()
        });
    let number = target
        .and_then(|port| port["port"].as_u64())
        .ok_or_else(none)?;
    Ok(format!("{address}:{number}"))
}
