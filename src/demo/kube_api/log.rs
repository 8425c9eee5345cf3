//! Logs: what a pod's container printed, as text.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde_json::Value;

use super::api::Api;
use super::call::Call;
use super::host::LogRun;
use super::log_follow::Follower;
use super::query::Query;
use super::read::key;
use super::status::{Outcome, Refusal, bytes_response};

/// A pod's log.
pub(crate) fn get(api: &Api, call: &Call) -> Outcome<Response<Body>> {
    let key = key(&call.target);
    let pod = api
        .store()
        .get(&key)
        .ok_or_else(|| Refusal::not_found(key.resource, &key.name))?;
    let container = container(&pod, call.query.get("container"), &key.name)?;
    let run = if call.query.is_set("previous") {
        LogRun::Previous
    } else {
        LogRun::Current
    };
    let lines = api.host().log(&pod, run).ok_or_else(|| {
        let pod = &key.name;
        Refusal::bad_request(format!(
            "previous terminated container \"{container}\" in pod \"{pod}\" not found"
        ))
    })?;
    let form = Form::of(&call.query);
    let first = text(&wanted(&lines, &call.query), form);
    let body = if call.query.is_set("follow") && run == LogRun::Current {
        let follower = Follower {
            api: api.clone(),
            key,
            pod: pod.as_ref().clone(),
            form,
            newest: lines.last().cloned(),
        };
        follower.body(first)
    } else {
        Body::from(first)
    };
    Ok(bytes_response(StatusCode::OK, "text/plain", body))
}

/// How a line is told.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// As it was printed.
    Bare,
    /// Its time before it.
    Timed,
}

impl Form {
    fn of(query: &Query) -> Self {
        if query.is_set("timestamps") {
            Self::Timed
        } else {
            Self::Bare
        }
    }
}

/// The lines that are asked for.
fn wanted(lines: &[String], query: &Query) -> Vec<String> {
    let since = since(query);
    let is_wanted = |line: &&String| match (since, time(line)) {
        (Some(since), Some(time)) => time >= since,
        _ => true,
    };
    let lines: Vec<&String> = lines.iter().filter(is_wanted).collect();
    let tail = query
        .number("tailLines")
        .and_then(|tail| usize::try_from(tail).ok())
        .unwrap_or(usize::MAX);
    let first = lines.len().saturating_sub(tail);
    lines.into_iter().skip(first).cloned().collect()
}

pub(super) fn text(lines: &[String], form: Form) -> String {
    let told = |line: &String| match form {
        Form::Timed => format!("{line}\n"),
        Form::Bare => format!(
            "{}\n",
            line.split_once(' ').map_or(line.as_str(), |(_, rest)| rest)
        ),
    };
    lines.iter().map(told).collect()
}

fn time(line: &str) -> Option<jiff::Timestamp> {
    line.split(' ').next().and_then(|time| time.parse().ok())
}

fn since(query: &Query) -> Option<jiff::Timestamp> {
    let seconds = query
        .number("sinceSeconds")
        .and_then(|seconds| i64::try_from(seconds).ok());
    let ago = seconds.and_then(|seconds| {
        jiff::Timestamp::now()
            .checked_sub(jiff::SignedDuration::from_secs(seconds))
            .ok()
    });
    ago.or_else(|| query.get("sinceTime").and_then(|time| time.parse().ok()))
}

fn container(pod: &Value, asked: Option<&str>, name: &str) -> Outcome<String> {
    let containers = pod["spec"]["containers"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let found = match asked {
        Some(asked) => containers
            .iter()
            .find(|container| container["name"] == asked),
        None => containers.first(),
    };
    let found = found
        .and_then(|container| container["name"].as_str())
        .map(str::to_owned);
    found.ok_or_else(|| {
        Refusal::bad_request(format!(
            "container {} is not valid for pod {name}",
            asked.unwrap_or_default()
        ))
    })
}
