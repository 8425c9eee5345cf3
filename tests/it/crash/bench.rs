//! A world that is put back to where it was between the cases, and what is there in words that can be compared.

use crate::support::{DemoWorld, RECORD, ROUTE, Ran, until};
use hyper::Method;
use serde_json::{Value, json};
use std::process::{Child, Stdio};

/// Where the cases happen.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Two Deployments and a route.
    Canary,
    /// One Deployment.
    Rolling,
}

/// A world with what it began with.
pub struct Bench {
    pub demo: DemoWorld,
    kind: Kind,
    saved: Vec<(String, Value)>,
}

/// What is there, as far as a plan changes it.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Image and replicas by Deployment.
    pub deployments: Vec<(String, String, u64)>,
    /// The canary's percent of the route's weights.
    pub weight: Option<f64>,
    /// Tag, how it ended, whether it is good; newest first.
    pub releases: Vec<(String, String, bool)>,
    /// The weight that the record knows.
    pub set_weight: Value,
    /// The plan that holds the claim.
    pub claim: Value,
}

const MARK: &str = "flightdeck.dev/plan";

fn deployment(name: &str) -> String {
    format!("/apis/apps/v1/namespaces/production/deployments/{name}")
}

impl Bench {
    /// A world in which these commands were run.
    pub async fn new(scenario: &str, kind: Kind, before: &[&[&str]]) -> Self {
        let demo = DemoWorld::start(scenario).await;
        let mut bench = Self {
            demo,
            kind,
            saved: Vec::new(),
        };
        // A machine with much to do is no failed rollout.
        let patience = json!({ "spec": { "progressDeadlineSeconds": 60 } });
        let stable = deployment("checkout");
        bench.demo.kube(Method::PATCH, &stable, patience).await;
        // Enough to see where the traffic is, and little enough for several worlds at once.
        bench.demo.traffic(40.0).await;
        for action in before {
            bench.act(action).await.exits(0);
        }
        bench.settled().await;
        for path in bench.paths() {
            let object = bench.demo.kube(Method::GET, &path, Value::Null).await;
            bench.saved.push((path, object));
        }
        bench
    }

    fn paths(&self) -> Vec<String> {
        let mut paths = vec![deployment("checkout"), RECORD.to_owned()];
        if self.kind == Kind::Canary {
            paths.extend([deployment("checkout-canary"), ROUTE.to_owned()]);
        }
        paths
    }

    pub fn arguments<'a>(action: &[&'a str]) -> Vec<&'a str> {
        let (verb, more) = action.split_first().unwrap();
        let mut all = vec![*verb, "checkout", "-e", "production", "--yes"];
        all.extend(["--confirm", "checkout"]);
        all.extend(more);
        all
    }

    pub async fn act(&self, action: &[&str]) -> Ran {
        self.demo.run(&Self::arguments(action)).await
    }

    /// Begins an action and does not wait for it.
    pub fn begin(&self, action: &[&str]) -> Child {
        let mut command = self.demo.command(&Self::arguments(action));
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    }

    /// Puts everything back to where it was saved.
    pub async fn restore(&self) {
        for (path, saved) in &self.saved {
            let change = if path == RECORD {
                json!({ "data": { "record.json": saved["data"]["record.json"], "blackbox": null } })
            } else if path == ROUTE {
                json!({ "spec": { "rules": saved["spec"]["rules"] } })
            } else {
                json!({
                    "metadata": { "annotations": { MARK: saved["metadata"]["annotations"][MARK] } },
                    "spec": {
                        "replicas": saved["spec"]["replicas"],
                        "template": { "spec": { "containers": saved["spec"]["template"]["spec"]["containers"] } },
                    },
                })
            };
            self.demo.kube(Method::PATCH, path, change).await;
        }
        self.settled().await;
    }

    /// Waits until every Deployment has exactly its pods.
    pub async fn settled(&self) {
        for path in self.paths() {
            if path == RECORD || path == ROUTE {
                continue;
            }
            let read = async || self.demo.kube(Method::GET, &path, Value::Null).await;
            until("the pods", read, |object| {
                let wanted = object["spec"]["replicas"].as_u64().unwrap();
                let status = &object["status"];
                let count = |field: &str| status[field].as_u64().unwrap_or(0);
                let is_seen = status["observedGeneration"] == object["metadata"]["generation"];
                is_seen
                    && ["replicas", "updatedReplicas", "availableReplicas"]
                        .iter()
                        .all(|field| count(field) == wanted)
            })
            .await;
        }
    }

    pub async fn state(&self) -> State {
        let mut deployments = Vec::new();
        let mut weight = None;
        let mut record = Value::Null;
        for path in self.paths() {
            let object = self.demo.kube(Method::GET, &path, Value::Null).await;
            if path == RECORD {
                record =
                    serde_json::from_str(object["data"]["record.json"].as_str().unwrap()).unwrap();
            } else if path == ROUTE {
                weight = Some(share(&object));
            } else {
                let spec = &object["spec"];
                let image = &spec["template"]["spec"]["containers"][0]["image"];
                let name = object["metadata"]["name"].as_str().unwrap().to_owned();
                let image = image.as_str().unwrap().to_owned();
                deployments.push((name, image, spec["replicas"].as_u64().unwrap()));
            }
        }
        let release = |release: &Value| {
            let image = release["image"].as_str().unwrap();
            let tag = image.rsplit(':').next().unwrap().to_owned();
            let ended = release["ended"].as_str().unwrap().to_owned();
            (tag, ended, !release["good"].is_null())
        };
        State {
            deployments,
            weight,
            releases: record["releases"]
                .as_array()
                .unwrap()
                .iter()
                .map(release)
                .collect(),
            set_weight: record["set_weight"].clone(),
            claim: record["current"].clone(),
        }
    }

    /// How many writes there were so far, of whomever; at least `mark`.
    pub async fn mark(&self, mark: usize) -> usize {
        mark + self.all_after(mark).await.len()
    }

    async fn all_after(&self, mark: usize) -> Vec<Value> {
        let path = format!("/writes?after={mark}");
        let all = self.demo.control(Method::GET, &path, Value::Null).await;
        all.as_array().cloned().unwrap()
    }

    /// Every write of the program since a mark.
    pub async fn writes_after(&self, mark: usize) -> Vec<Value> {
        let mut all = self.all_after(mark).await;
        all.retain(|write| {
            let agent = write["user_agent"].as_str().unwrap_or_default();
            agent.starts_with("flightdeck/") && write["dry_run"] == false
        });
        all
    }

    /// Requests that clients lost.
    pub async fn lost(&self) -> u64 {
        let served = self.demo.served().await;
        served.clients("no_answer") + served.clients("no_backend")
    }
}

fn share(route: &Value) -> f64 {
    let backends = &route["spec"]["rules"][0]["backendRefs"];
    let weight = |index: usize| backends[index]["weight"].as_f64().unwrap_or(1.0);
    let (stable, canary) = (weight(0), weight(1));
    100.0 * canary / (stable + canary)
}
