//! The stages of a build, by the plugin that the server has: pipeline-graph-view, then pipeline-rest-api, then none.

use super::{Jenkins, decode, question, wire};
use crate::domain::pipeline::{Approval, Job, JobId, JobKind, Run, Stage, State};
use crate::sources::ci::errors::CiError;
use crate::sources::ci::http::encoded;

/// Who tells the stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plugin {
    /// pipeline-graph-view from 777 on.
    Stages,
    /// pipeline-graph-view from 520 to 776.
    Overview,
    /// pipeline-graph-view before.
    Graph,
    /// pipeline-rest-api.
    Workflow,
    /// Core alone: no stages.
    None,
}

/// In the order they are looked for.
const ALL: [Plugin; 5] = [
    Plugin::Stages,
    Plugin::Overview,
    Plugin::Graph,
    Plugin::Workflow,
    Plugin::None,
];

/// Stages and what waits.
struct Parts {
    stages: Vec<Stage>,
    approvals: Vec<Approval>,
}

impl Jenkins {
    /// The build with its parts.
    pub(super) async fn parts(&self, run: &Run) -> Result<Run, CiError> {
        let parts = match self.known().plugin {
            Some(plugin) => self.by(plugin, run).await?,
            None => self.look_for(run).await?,
        };
        let mut run = run.clone();
        if !run.state.is_over() && !parts.approvals.is_empty() {
            run.state = State::NeedsHuman;
        }
        run.stages = Some(parts.stages);
        run.approvals = parts.approvals;
        self.name_failed_tests(&mut run).await?;
        Ok(run)
    }

    async fn look_for(&self, run: &Run) -> Result<Parts, CiError> {
        for plugin in ALL {
            match self.by(plugin, run).await {
                Err(CiError::NotFound { .. }) if plugin != Plugin::None => {}
                Err(error) => return Err(error),
                Ok(parts) => {
                    self.learn(|known| known.plugin = Some(plugin));
                    return Ok(parts);
                }
            }
        }
        self.by(Plugin::None, run).await
    }

    async fn by(&self, plugin: Plugin, run: &Run) -> Result<Parts, CiError> {
        match plugin {
            Plugin::Stages => self.by_graph(run, "stages/tree", "stages/allSteps").await,
            Plugin::Overview => {
                let (tree, steps) = ("pipeline-overview/tree", "pipeline-overview/allSteps");
                self.by_graph(run, tree, steps).await
            }
            Plugin::Graph => {
                let (tree, steps) = ("pipeline-graph/tree", "pipeline-console/allSteps");
                self.by_graph(run, tree, steps).await
            }
            Plugin::Workflow => self.by_workflow(run).await,
            Plugin::None => self.by_core(run).await,
        }
    }

    async fn by_graph(&self, run: &Run, tree: &str, steps: &str) -> Result<Parts, CiError> {
        let build = self.build_path(&run.id);
        let what = || format!("read the stages of build {}", run.id);
        let live = !run.state.is_over();
        let ask = question(format!("{build}/{tree}"), what());
        let tree: wire::Envelope<wire::Tree> = self.http.get(&ask).await?.read()?;
        let ask = question(format!("{build}/{steps}"), what());
        let steps: wire::Envelope<wire::AllSteps> = self.http.get(&ask).await?.read()?;
        let steps = steps.data.steps.unwrap_or_default();
        let stages = tree.data.stages.unwrap_or_default();
        let stages = decode::graph(&run.id, stages, &steps, live);
        let job_of = |step: &wire::GraphStep| -> Option<&Job> {
            let node = step.stage_id.as_ref()?.number();
            let id = JobId::new(format!("{}:{node}", run.id));
            let mut jobs = stages.iter().flat_map(|stage| &stage.jobs);
            jobs.find(|job| job.id == id)
        };
        let waiting = steps.iter().filter_map(|step| {
            let input = step.input_step.as_ref().filter(|_| live)?;
            let asks = input.parameters == Some(true);
            Some(decode::input(
                &input.id,
                input.message.clone(),
                asks,
                job_of(step),
            ))
        });
        let approvals = waiting.collect();
        Ok(Parts { stages, approvals })
    }

    async fn by_workflow(&self, run: &Run) -> Result<Parts, CiError> {
        let build = self.build_path(&run.id);
        let what = format!("read the stages of build {}", run.id);
        let ask = question(format!("{build}/wfapi/describe?fullStages=true"), what);
        let told: wire::Described = self.http.get(&ask).await?.read()?;
        let live = !run.state.is_over();
        let stages = decode::workflow(&run.id, told.stages.unwrap_or_default(), live);
        let pauses = decode::workflow_state(told.status.as_deref(), live) == State::NeedsHuman;
        let approvals = if pauses {
            self.inputs(run, &stages).await?
        } else {
            Vec::new()
        };
        Ok(Parts { stages, approvals })
    }

    async fn inputs(&self, run: &Run, stages: &[Stage]) -> Result<Vec<Approval>, CiError> {
        let build = self.build_path(&run.id);
        let what = format!("read what build {} waits for", run.id);
        let ask = question(format!("{build}/wfapi/pendingInputActions"), what);
        let inputs: Vec<wire::PendingInput> = self.http.get(&ask).await?.read()?;
        let mut jobs = stages.iter().flat_map(|stage| &stage.jobs);
        let waiting = jobs.find(|job| job.state == State::NeedsHuman);
        let approval = |input: wire::PendingInput| {
            let asks = input.inputs.is_some_and(|inputs| !inputs.is_empty());
            decode::input(&input.id, input.message, asks, waiting)
        };
        Ok(inputs.into_iter().map(approval).collect())
    }

    /// The build as the one job of the one stage that is known.
    async fn by_core(&self, run: &Run) -> Result<Parts, CiError> {
        let now = self.one(&run.id).await?;
        let job = Job {
            id: JobId::new(format!("{}:0", run.id)),
            name: run.name.clone(),
            kind: JobKind::Plain,
            state: now.state,
            attempt: 1,
            span: now.span,
            environment: None,
            needs: Vec::new(),
            steps: Vec::new(),
            url: run.url.clone(),
            reason: None,
        };
        let stage = Stage {
            name: run.name.clone(),
            jobs: vec![job],
        };
        Ok(Parts {
            stages: vec![stage],
            approvals: Vec::new(),
        })
    }

    async fn name_failed_tests(&self, run: &mut Run) -> Result<(), CiError> {
        let Some(tests) = run.tests.as_mut().filter(|tests| tests.failed > 0) else {
            return Ok(());
        };
        let tree = encoded("suites[cases[className,name,status]]");
        let path = format!(
            "{}/testReport/api/json?tree={tree}",
            self.build_path(&run.id)
        );
        let ask = question(path, format!("read the tests of build {}", run.id));
        match self.http.get(&ask).await {
            Ok(answer) => tests.failed_names = decode::failed_names(answer.read()?),
            // Counted by a plugin that keeps no report.
            Err(CiError::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}
