//! What is asked of a build.

use super::{Jenkins, question, wire};
use crate::domain::pipeline::{Answered, ApprovalId, Command, RunId};
use crate::domain::text::Text;
use crate::sources::ci::Provider as _;
use crate::sources::ci::errors::CiError;
use crate::sources::ci::http::{Answer, Ask, Payload, encoded};
use reqwest::Method;
use reqwest::header::{COOKIE, HeaderName, HeaderValue, SET_COOKIE};

impl Jenkins {
    /// Does what is asked.
    pub(super) async fn carry_out(&self, command: &Command) -> Result<Answered, CiError> {
        let run = command.run();
        let text = match command {
            Command::Approve { what, .. } => self.answer(run, what, "proceedEmpty").await?,
            Command::Reject { what, .. } => self.answer(run, what, "abort").await?,
            Command::Rerun(_) => self.build_again(run).await?,
            Command::RerunFailed(_) | Command::RerunJob(..) => {
                let place = format!("build {run} of {}", self.project);
                return Err(CiError::unable(command, &self.capabilities(), place));
            }
            Command::Cancel(_) => {
                let path = format!("{}/stop", self.build_path(run));
                let mut ask = question(path, format!("stop build {run}"));
                ask.needs = "the permission Job/Cancel";
                // It leads back to the build's page.
                self.post(&ask).await?;
                "was asked to stop".to_owned()
            }
        };
        Ok(Answered {
            text: Text::new(format!("build {run} {text}")),
            run: run.clone(),
        })
    }

    async fn answer(
        &self,
        run: &RunId,
        what: &[ApprovalId],
        verb: &str,
    ) -> Result<String, CiError> {
        for id in what {
            let asks = id.as_str().strip_prefix("asks:");
            if let (Some(input), "proceedEmpty") = (asks, verb) {
                return Err(CiError::Unable {
                    what: "approve".to_owned(),
                    place: format!("input {input} of build {run}"),
                    reason: "it asks for parameters: answer it on its page".to_owned(),
                });
            }
            let input = id
                .as_str()
                .split_once(':')
                .map_or(id.as_str(), |(_, id)| id);
            let path = format!("{}/input/{}/{verb}", self.build_path(run), encoded(input));
            let mut ask = question(path, format!("answer input {input} of build {run}"));
            ask.needs = "the permission Job/Build, or a place among the input's submitters";
            self.post(&ask).await?;
        }
        Ok(match verb {
            "abort" => "does not go on".to_owned(),
            _ => "goes on".to_owned(),
        })
    }

    async fn build_again(&self, run: &RunId) -> Result<String, CiError> {
        let build = self.build_path(run);
        let job = build
            .rsplit_once('/')
            .map_or(build.as_str(), |(job, _)| job);
        let mut ask = question(
            format!("{job}/build"),
            format!("build {} again", self.project),
        );
        ask.needs = "the permission Job/Build";
        let answer = self.post(&ask).await?;
        let item = answer
            .as_ref()
            .and_then(|answer| answer.header("location"))
            .and_then(|item| item.trim_end_matches('/').rsplit('/').next())
            .map(str::to_owned);
        Ok(item.map_or_else(
            || "is built again".to_owned(),
            |item| format!("is built again as item {item} of the queue"),
        ))
    }

    /// Posts; once more with a crumb where the server wants one, as it does of passwords. `None`: it leads to a page, done.
    async fn post(&self, ask: &Ask) -> Result<Option<Answer>, CiError> {
        let answer = match self.http.send(Method::POST, ask, Payload::Nothing).await {
            Err(CiError::Forbidden { message, .. }) if wants_crumb(message.shown()) => {
                let ask = self.with_crumb(ask).await?;
                self.http.send(Method::POST, &ask, Payload::Nothing).await
            }
            other => other,
        };
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(CiError::Redirected { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn with_crumb(&self, ask: &Ask) -> Result<Ask, CiError> {
        let question = question(
            "/crumbIssuer/api/json".to_owned(),
            "get a crumb for what is to be done",
        );
        let answer = self.http.get(&question).await?;
        let crumb: wire::Crumb = answer.read()?;
        let mut ask = ask.clone();
        let name = HeaderName::try_from(crumb.crumb_request_field);
        if let (Ok(name), Ok(value)) = (name, HeaderValue::try_from(crumb.crumb)) {
            ask.headers.push((name, value));
        }
        // The crumb holds for its session alone.
        let session = answer.headers.get(SET_COOKIE);
        let session = session
            .and_then(|cookie| cookie.to_str().ok()?.split(';').next())
            .and_then(|cookie| HeaderValue::from_str(cookie).ok());
        ask.headers.extend(session.map(|session| (COOKIE, session)));
        Ok(ask)
    }
}

fn wants_crumb(message: &str) -> bool {
    message.to_lowercase().contains("crumb")
}
