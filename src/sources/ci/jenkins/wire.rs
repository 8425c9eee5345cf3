//! Jenkins' answers as they come. Every field may be missing: plugins and versions differ.

use serde::Deserialize;

/// What is asked of a build.
pub(super) const BUILD_TREE: &str = "number,url,result,building,inProgress,timestamp,duration,displayName,actions[lastBuiltRevision[SHA1,branch[name]],remoteUrls,causes[shortDescription,userName],failCount,skipCount,totalCount],changeSets[items[commitId,msg]{0,1}]{0,1}";

#[derive(Debug, Deserialize)]
pub(super) struct Job {
    pub(super) builds: Option<Vec<Build>>,
    /// The branches of a multibranch job.
    pub(super) jobs: Option<Vec<Branch>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Branch {
    pub(super) name: Option<String>,
    pub(super) builds: Option<Vec<Build>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Build {
    pub(super) number: u64,
    pub(super) url: Option<String>,
    pub(super) result: Option<String>,
    pub(super) building: Option<bool>,
    pub(super) in_progress: Option<bool>,
    pub(super) timestamp: Option<i64>,
    pub(super) duration: Option<i64>,
    pub(super) display_name: Option<String>,
    pub(super) actions: Option<Vec<Option<Action>>>,
    pub(super) change_sets: Option<Vec<ChangeSet>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Action {
    pub(super) last_built_revision: Option<Revision>,
    pub(super) causes: Option<Vec<Cause>>,
    pub(super) fail_count: Option<u64>,
    pub(super) skip_count: Option<u64>,
    pub(super) total_count: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Revision {
    #[serde(rename = "SHA1")]
    pub(super) sha1: Option<String>,
    pub(super) branch: Option<Vec<BranchName>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct BranchName {
    pub(super) name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cause {
    pub(super) short_description: Option<String>,
    pub(super) user_name: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ChangeSet {
    pub(super) items: Option<Vec<Change>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Change {
    pub(super) msg: Option<String>,
}

/// The envelope of pipeline-graph-view.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope<T> {
    pub(super) data: T,
}

#[derive(Debug, Deserialize)]
pub(super) struct Tree {
    pub(super) stages: Option<Vec<GraphStage>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GraphStage {
    pub(super) id: Id,
    pub(super) name: Option<String>,
    pub(super) state: Option<String>,
    pub(super) children: Option<Vec<GraphStage>>,
    pub(super) start_time_millis: Option<i64>,
    pub(super) total_duration_millis: Option<i64>,
    pub(super) cause_of_blockage: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct AllSteps {
    pub(super) steps: Option<Vec<GraphStep>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GraphStep {
    pub(super) id: Id,
    pub(super) name: Option<String>,
    pub(super) title: Option<String>,
    pub(super) state: Option<String>,
    pub(super) stage_id: Option<Id>,
    pub(super) start_time_millis: Option<i64>,
    pub(super) total_duration_millis: Option<i64>,
    pub(super) input_step: Option<InputStep>,
}

#[derive(Debug, Deserialize)]
pub(super) struct InputStep {
    pub(super) id: String,
    pub(super) message: Option<String>,
    pub(super) parameters: Option<bool>,
}

/// A number, or a number as text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum Id {
    Number(u64),
    Text(String),
}

impl Id {
    pub(super) fn number(&self) -> u64 {
        match self {
            Self::Number(number) => *number,
            Self::Text(text) => text.parse().unwrap_or(0),
        }
    }
}

/// What pipeline-rest-api tells of a build.
#[derive(Debug, Deserialize)]
pub(super) struct Described {
    pub(super) status: Option<String>,
    pub(super) stages: Option<Vec<WorkflowStage>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WorkflowStage {
    pub(super) id: Id,
    pub(super) name: Option<String>,
    pub(super) status: Option<String>,
    pub(super) start_time_millis: Option<i64>,
    pub(super) duration_millis: Option<i64>,
    pub(super) error: Option<StageError>,
    pub(super) stage_flow_nodes: Option<Vec<FlowNode>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct StageError {
    pub(super) message: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FlowNode {
    pub(super) id: Id,
    pub(super) name: Option<String>,
    pub(super) status: Option<String>,
    pub(super) start_time_millis: Option<i64>,
    pub(super) duration_millis: Option<i64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PendingInput {
    pub(super) id: String,
    pub(super) message: Option<String>,
    pub(super) inputs: Option<Vec<serde_json::Value>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct TestReport {
    pub(super) suites: Option<Vec<Suite>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Suite {
    pub(super) cases: Option<Vec<Case>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Case {
    pub(super) class_name: Option<String>,
    pub(super) name: Option<String>,
    pub(super) status: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Crumb {
    pub(super) crumb: String,
    pub(super) crumb_request_field: String,
}
