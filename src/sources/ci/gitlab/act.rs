//! What is asked of a pipeline.

use super::detail::job_of_approval;
use super::{GitLab, WRITE};
use crate::domain::pipeline::{Answered, ApprovalId, Command, RunId};
use crate::domain::text::Text;
use crate::sources::ci::Provider as _;
use crate::sources::ci::errors::CiError;
use crate::sources::ci::http::{Ask, Payload, encoded};
use reqwest::Method;
use serde_json::json;

impl GitLab {
    /// Does what is asked.
    pub(super) async fn carry_out(&self, command: &Command) -> Result<Answered, CiError> {
        let run = command.run();
        let (project, number) = self.of(run.as_str());
        let number = encoded(number);
        let text = match command {
            Command::Approve { what, comment, .. } => self.approve(run, what, comment).await?,
            Command::Reject { what, comment, .. } => self.reject(what, comment).await?,
            Command::Rerun(_) => {
                let place = format!("pipeline {run} of {}", self.project);
                return Err(CiError::unable(command, &self.capabilities(), place));
            }
            Command::RerunFailed(_) => {
                let ask = Self::doing(project, &format!("/pipelines/{number}/retry"), command);
                self.post(&ask, Payload::Nothing).await?;
                "runs again what failed".to_owned()
            }
            Command::RerunJob(_, job) => {
                let (project, job) = self.of(job.as_str());
                let path = format!("/jobs/{}/retry", encoded(job));
                let ask = Self::doing(project, &path, command);
                self.post(&ask, Payload::Nothing).await?;
                "has a job that is run again".to_owned()
            }
            Command::Cancel(_) => {
                let ask = Self::doing(project, &format!("/pipelines/{number}/cancel"), command);
                self.post(&ask, Payload::Nothing).await?;
                // 200 whatever its state was.
                let now = Box::pin(self.one(run)).await?;
                format!("was asked to stop; it is {} now", now.state.word())
            }
        };
        Ok(Answered {
            text: Text::new(format!("pipeline {run} {text}")),
            run: run.clone(),
        })
    }

    /// A manual job is started; a deployment is approved, and since that starts nothing, its job is started too.
    async fn approve(
        &self,
        run: &RunId,
        what: &[ApprovalId],
        comment: &str,
    ) -> Result<String, CiError> {
        let mut waits = false;
        for id in what {
            let job = match job_of_approval(id.as_str()) {
                Some((deployment, job)) => {
                    self.decide(deployment, "approved", comment).await?;
                    job.to_string()
                }
                None => id.as_str().trim_start_matches("job:").to_owned(),
            };
            let (project, number) = self.of(&job);
            let path = format!("/jobs/{}/play", encoded(number));
            let mut ask = Self::ask_of(project, &path, format!("start job {job} of {run}"));
            ask.needs = WRITE;
            match self.post(&ask, Payload::Nothing).await {
                // Others must approve too before it may start.
                Err(CiError::Refused { .. } | CiError::Forbidden { .. })
                    if job_of_approval(id.as_str()).is_some() =>
                {
                    waits = true;
                }
                other => other?,
            }
        }
        Ok(if waits {
            "has your approval; its job starts when all have approved".to_owned()
        } else {
            "goes on".to_owned()
        })
    }

    async fn reject(&self, what: &[ApprovalId], comment: &str) -> Result<String, CiError> {
        for id in what {
            let Some((deployment, _)) = job_of_approval(id.as_str()) else {
                return Err(CiError::Unable {
                    what: "reject".to_owned(),
                    place: format!("{id} of {}", self.project),
                    reason: "a manual job waits until somebody starts it; cancel it, or leave it"
                        .to_owned(),
                });
            };
            self.decide(deployment, "rejected", comment).await?;
        }
        Ok("does not deploy".to_owned())
    }

    async fn decide(&self, deployment: &str, status: &str, comment: &str) -> Result<(), CiError> {
        let path = format!("/deployments/{}/approval", encoded(deployment));
        let mut ask = self.ask(&path, format!("decide on deployment {deployment}"));
        ask.needs = "the scope api, and a place among the environment's approvers";
        let mut body = json!({ "status": status });
        if let (false, Some(body)) = (comment.is_empty(), body.as_object_mut()) {
            body.insert("comment".to_owned(), json!(comment));
        }
        self.post(&ask, Payload::Json(body)).await
    }

    fn doing(project: &str, path: &str, command: &Command) -> Ask {
        let what = format!("{} pipeline {}", command.verb(), command.run());
        let mut ask = Self::ask_of(project, path, what);
        ask.needs = WRITE;
        ask
    }

    async fn post(&self, ask: &Ask, payload: Payload) -> Result<(), CiError> {
        self.http.send(Method::POST, ask, payload).await.map(|_| ())
    }
}
