//! The parts of a pipeline: its jobs in their stages, the pipelines that they start, what waits, what its tests said.

use super::{GitLab, PAGE, decode, wire};
use crate::domain::pipeline::{
    Approval, Job, JobId, JobKind, Run, RunId, Stage, State, TestCounts,
};
use crate::domain::text::Text;
use crate::sources::ci::common::{all, said};
use crate::sources::ci::errors::CiError;
use crate::sources::ci::http::encoded;
use std::collections::HashMap;

/// Jobs of one pipeline that are read, those that were retried among them.
const JOBS: usize = 2000;
/// How far pipelines that start pipelines are followed.
const DEPTH: usize = 2;
/// Pipelines that are followed from one.
const FOLLOWED: usize = 10;

/// A pipeline whose jobs are to be read.
struct Wanted {
    /// Its project, where that is another one.
    other: Option<String>,
    number: String,
    /// What its stages' names begin with.
    within: String,
    depth: usize,
}

impl GitLab {
    /// The run with its parts.
    pub(super) async fn parts(&self, run: &Run) -> Result<Run, CiError> {
        let (project, number) = self.of(run.id.as_str());
        let mut wanted = vec![Wanted {
            other: (project != self.project).then(|| project.to_owned()),
            number: number.to_owned(),
            within: String::new(),
            depth: 0,
        }];
        let mut run = run.clone();
        let mut stages = Vec::new();
        let mut title = None;
        let mut at = 0;
        while let Some(next) = wanted.get(at).filter(|_| at <= FOLLOWED) {
            let (found, told, started) = match self.stages(next).await {
                // What belongs to somebody else may be hidden from this token.
                Err(CiError::NotFound { .. } | CiError::Forbidden { .. }) if at > 0 => {
                    (Vec::new(), None, Vec::new())
                }
                other => other?,
            };
            title = title.or(told);
            stages.extend(found);
            wanted.extend(started);
            at += 1;
        }
        if run.title.is_empty() || Some(&run.title) == run.reference.as_ref() {
            run.title = title.unwrap_or(run.title);
        }
        self.environments(&run, &mut stages).await?;
        run.approvals = self.waiting(project, &stages).await?;
        run.tests = self.tests(project, number, &stages).await?;
        run.attempt = stages
            .iter()
            .flat_map(|stage| &stage.jobs)
            .map(|job| job.attempt)
            .max()
            .unwrap_or(1);
        run.stages = Some(stages);
        Ok(run)
    }

    /// The stages of one pipeline, its commit's subject, and the pipelines it started.
    async fn stages(
        &self,
        wanted: &Wanted,
    ) -> Result<(Vec<Stage>, Option<Text>, Vec<Wanted>), CiError> {
        let project = wanted.other.as_deref().unwrap_or(&self.project);
        let list = |kind: &str| {
            let number = encoded(&wanted.number);
            let path = format!("/pipelines/{number}/{kind}?per_page={PAGE}&include_retried=true");
            let what = format!("list the {kind} of pipeline {}", wanted.number);
            Self::ask_of(project, &path, what)
        };
        let bare = |jobs: Vec<wire::Job>| jobs;
        let mut jobs = all(&self.http, list("jobs"), JOBS, bare).await?;
        jobs.extend(all(&self.http, list("bridges"), JOBS, bare).await?);
        jobs.sort_by_key(|job| job.id);
        let title = jobs
            .iter()
            .find_map(|job| said(job.commit.as_ref()?.title.clone()));
        let started = jobs.iter().filter_map(|job| self.started(job, wanted));
        let started = started.collect();
        let other = wanted.other.as_deref();
        Ok((
            in_stages(jobs, other, wanted, &self.project),
            title,
            started,
        ))
    }

    fn started(&self, job: &wire::Job, by: &Wanted) -> Option<Wanted> {
        let pipeline = job.downstream_pipeline.as_ref()?;
        let name = job.name.as_deref().unwrap_or_default();
        (by.depth < DEPTH).then(|| Wanted {
            other: elsewhere(pipeline, job, by.other.as_deref(), &self.project),
            number: pipeline.id.to_string(),
            within: format!("{}{name} / ", by.within),
            depth: by.depth + 1,
        })
    }

    /// Which environments its jobs deploy to: only deployments tell.
    async fn environments(&self, run: &Run, stages: &mut [Stage]) -> Result<(), CiError> {
        let (project, _) = self.of(run.id.as_str());
        let since = run.span.created.map(|at| at.to_string());
        let since = since.map_or_else(String::new, |at| format!("&updated_after={}", encoded(&at)));
        let path = format!("/deployments?order_by=updated_at&sort=desc&per_page={PAGE}{since}");
        let ask = Self::ask_of(project, &path, "list the deployments");
        let deployments: Vec<wire::Deployment> = match optional(self.http.get(&ask).await)? {
            Some(answer) => answer.read()?,
            None => return Ok(()),
        };
        let names: HashMap<String, Text> = deployments
            .into_iter()
            .filter_map(|deployment| {
                let id = deployment.deployable?.id.to_string();
                Some((id, said(deployment.environment?.name)?))
            })
            .collect();
        for job in stages.iter_mut().flat_map(|stage| &mut stage.jobs) {
            job.environment = names.get(job.id.as_str()).cloned();
        }
        Ok(())
    }

    async fn waiting(&self, project: &str, stages: &[Stage]) -> Result<Vec<Approval>, CiError> {
        let jobs = stages.iter().flat_map(|stage| &stage.jobs);
        let waiting: Vec<&Job> = jobs.filter(|job| job.state == State::NeedsHuman).collect();
        if waiting.is_empty() {
            return Ok(Vec::new());
        }
        let path = format!("/deployments?status=blocked&order_by=id&sort=desc&per_page={PAGE}");
        let ask = Self::ask_of(project, &path, "list the blocked deployments");
        let blocked: Vec<wire::Deployment> = match optional(self.http.get(&ask).await)? {
            Some(answer) => answer.read()?,
            None => Vec::new(),
        };
        let mut approvals = Vec::new();
        for job in waiting {
            let deployment = blocked.iter().find(|deployment| {
                let deployable = deployment.deployable.as_ref();
                deployable.is_some_and(|deployable| deployable.id.to_string() == job.id.as_str())
            });
            approvals.push(match deployment {
                Some(deployment) => self.blocked(project, deployment.id, job).await?,
                None => decode::manual(job),
            });
        }
        Ok(approvals)
    }

    async fn blocked(&self, project: &str, id: u64, job: &Job) -> Result<Approval, CiError> {
        let ask = Self::ask_of(
            project,
            &format!("/deployments/{id}"),
            format!("read deployment {id}"),
        );
        let deployment: wire::Deployment = self.http.get(&ask).await?.read()?;
        Ok(match deployment.status.as_deref() {
            Some("blocked") => decode::blocked(deployment, &job.id),
            _ => decode::manual(job),
        })
    }

    async fn tests(
        &self,
        project: &str,
        number: &str,
        stages: &[Stage],
    ) -> Result<Option<TestCounts>, CiError> {
        let any_over = stages
            .iter()
            .flat_map(|stage| &stage.jobs)
            .any(|job| job.state.is_over() && job.state != State::Skipped);
        if !any_over {
            return Ok(None);
        }
        let report = |kind: &str| {
            let path = format!("/pipelines/{}/{kind}", encoded(number));
            Self::ask_of(
                project,
                &path,
                format!("read the tests of pipeline {number}"),
            )
        };
        let summary = optional(self.http.get(&report("test_report_summary")).await)?;
        let Some(counts) = summary.map(|answer| answer.read()).transpose()? else {
            return Ok(None);
        };
        match decode::tests(counts) {
            Some(counts) if counts.failed > 0 => {
                let named = optional(self.http.get(&report("test_report")).await)?;
                let named: Option<wire::TestReport> =
                    named.map(|answer| answer.read()).transpose()?;
                let told = named.and_then(|report| report.test_suites);
                let with_names = decode::tests(wire::TestReport {
                    total: Some(wire::TestTotal {
                        count: Some(counts.total),
                        failed: Some(counts.failed),
                        error: None,
                        skipped: Some(counts.skipped),
                    }),
                    test_suites: told,
                });
                Ok(with_names.or(Some(counts)))
            }
            counts => Ok(counts),
        }
    }
}

/// `None` where the server has no such thing or does not show it to this token: what is read is not vital.
fn optional<T>(answer: Result<T, CiError>) -> Result<Option<T>, CiError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(CiError::NotFound { .. } | CiError::Forbidden { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The other project that a pipeline belongs to, where it is not the watched one.
fn elsewhere(
    pipeline: &wire::Pipeline,
    job: &wire::Job,
    by: Option<&str>,
    watched: &str,
) -> Option<String> {
    let there = pipeline.project_id?.to_string();
    // The watched project is named by its path: a child pipeline's page lies below its parent's.
    let is_here = |url: &Option<String>| {
        url.as_deref()
            .is_some_and(|url| url.contains(&format!("/{watched}/-/")))
    };
    if there == watched || is_here(&pipeline.web_url) {
        return None;
    }
    let same_as_parent = pipeline.web_url.as_deref().and_then(project_page)
        == job.web_url.as_deref().and_then(project_page);
    match by {
        None if same_as_parent && pipeline.web_url.is_some() => None,
        _ => Some(there),
    }
}

fn project_page(url: &str) -> Option<&str> {
    url.split_once("/-/").map(|(page, _)| page)
}

/// The latest attempt of each job, in stages by their first jobs: the interface tells no order of stages.
fn in_stages(
    jobs: Vec<wire::Job>,
    other: Option<&str>,
    wanted: &Wanted,
    watched: &str,
) -> Vec<Stage> {
    let mut stages: Vec<(String, Vec<(wire::Job, u32)>)> = Vec::new();
    for job in jobs {
        let name = job.stage.clone().unwrap_or_default();
        let at = stages.iter().position(|(known, _)| *known == name);
        let at = at.unwrap_or_else(|| {
            stages.push((name, Vec::new()));
            stages.len() - 1
        });
        let Some((_, jobs)) = stages.get_mut(at) else {
            continue;
        };
        match jobs.iter_mut().find(|(known, _)| known.name == job.name) {
            Some(known) => *known = (job, known.1 + 1),
            None => jobs.push((job, 1)),
        }
    }
    let kind = |job: &wire::Job| match &job.downstream_pipeline {
        Some(pipeline) => {
            let other = elsewhere(pipeline, job, other, watched);
            let id = decode::qualified(other.as_deref(), pipeline.id);
            JobKind::Downstream(Some(RunId::new(id)))
        }
        None => JobKind::Plain,
    };
    let stage = |(name, jobs): (String, Vec<(wire::Job, u32)>)| Stage {
        name: Text::new(format!("{}{name}", wanted.within)),
        jobs: jobs
            .into_iter()
            .map(|(job, attempt)| {
                let kind = kind(&job);
                decode::job(other, job, kind, attempt)
            })
            .collect(),
    };
    stages.into_iter().map(stage).collect()
}

/// The job that a deployment would start.
pub(super) fn job_of_approval(id: &str) -> Option<(&str, JobId)> {
    let (deployment, job) = id.strip_prefix("deployment:")?.split_once(':')?;
    Some((deployment, JobId::new(job)))
}
