//! Puts the services into the store.

use std::net::Ipv4Addr;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{NODE, Size};
use crate::demo::controllers::template_hash;
use crate::demo::dice::fingerprint;
use crate::demo::kube_api::{Resource, Store, StoreError, seconds};
use crate::demo::objects::PORT;
use crate::demo::traffic::{Facts, Stage, write_status};

/// How a service stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// All its pods run its one version.
    Well,
    /// A person paused its rollout half way.
    Paused,
    /// Its new version's image cannot be had.
    Stuck,
}

impl State {
    /// A few in every world need a person.
    fn of(index: usize) -> Self {
        match index {
            _ if index % 41 == 3 => Self::Stuck,
            _ if index % 29 == 5 => Self::Paused,
            _ => Self::Well,
        }
    }
}

/// One service on its way into the store.
struct Service<'a> {
    store: &'a Store,
    namespace: &'a str,
    name: String,
    pods: u32,
    state: State,
}

/// Puts the services of `size` beside the first into `namespace`.
pub(crate) fn populate(store: &Store, namespace: &str, size: Size) -> Result<(), StoreError> {
    for (index, name) in size.others().enumerate() {
        let service = Service {
            store,
            namespace,
            name,
            pods: size.pods,
            state: State::of(index),
        };
        service.put()?;
    }
    Ok(())
}

impl Service<'_> {
    fn put(&self) -> Result<(), StoreError> {
        let number = fingerprint(7, &self.name) % 60;
        let (old, new) = (format!("v1.{number}.0"), format!("v1.{}.0", number + 1));
        let running = match self.state {
            State::Well => &old,
            State::Paused | State::Stuck => &new,
        };
        let revision = if self.state == State::Well { 1 } else { 2 };
        let deployment = self
            .store
            .create(Resource::Deployments, self.deployment(running, revision))?;
        let surge = self.pods.div_ceil(4);
        match self.state {
            State::Well => self.set(&deployment, &old, (1, self.pods), Stage::Ready),
            State::Paused => {
                let half = self.pods / 2;
                self.set(&deployment, &old, (1, self.pods - half), Stage::Ready)?;
                self.set(&deployment, &new, (2, half.max(1)), Stage::Ready)
            }
            State::Stuck => {
                self.set(&deployment, &old, (1, self.pods), Stage::Ready)?;
                self.set(&deployment, &new, (2, surge), Stage::Creating)
            }
        }
    }

    fn labels(&self) -> Value {
        json!({ "app": self.name, "flightdeck.dev/service": self.name })
    }

    fn image(&self, tag: &str) -> String {
        format!("registry.example.com/shop/{}:{tag}", self.name)
    }

    fn deployment(&self, tag: &str, revision: u32) -> Value {
        json!({
            "metadata": { "namespace": self.namespace, "name": self.name, "labels": self.labels(),
                "annotations": { "deployment.kubernetes.io/revision": revision.to_string() } },
            "spec": {
                "replicas": self.pods,
                "revisionHistoryLimit": 10,
                "progressDeadlineSeconds": 600,
                "paused": self.state == State::Paused,
                "selector": { "matchLabels": { "app": self.name } },
                "strategy": { "type": "RollingUpdate", "rollingUpdate": { "maxSurge": "25%", "maxUnavailable": 0 } },
                "template": { "metadata": { "labels": self.labels() }, "spec": self.pod_spec(tag) },
            },
            "status": self.status(),
        })
    }

    fn pod_spec(&self, tag: &str) -> Value {
        json!({
            "nodeName": NODE,
            "containers": [{
                "name": self.name,
                "image": self.image(tag),
                "imagePullPolicy": "IfNotPresent",
                "ports": [{ "name": "http", "containerPort": PORT, "protocol": "TCP" }],
                "resources": { "requests": { "cpu": "100m", "memory": "64Mi" } },
            }],
            "restartPolicy": "Always",
            "terminationGracePeriodSeconds": 30,
        })
    }

    fn status(&self) -> Value {
        let now = seconds(Timestamp::now());
        let surge = self.pods.div_ceil(4);
        let (total, updated, reason) = match self.state {
            State::Well => (self.pods, self.pods, "NewReplicaSetAvailable"),
            State::Paused => (self.pods, self.pods / 2, "DeploymentPaused"),
            State::Stuck => (self.pods + surge, surge, "ReplicaSetUpdated"),
        };
        json!({
            "observedGeneration": 1, "replicas": total, "updatedReplicas": updated,
            "readyReplicas": self.pods, "availableReplicas": self.pods,
            "conditions": [
                condition("Available", "MinimumReplicasAvailable", &now),
                condition("Progressing", reason, &now),
            ],
        })
    }

    /// A ReplicaSet of the Deployment with its pods, all at one stage.
    fn set(
        &self,
        deployment: &Value,
        tag: &str,
        (revision, count): (u32, u32),
        stage: Stage,
    ) -> Result<(), StoreError> {
        let mut template = deployment["spec"]["template"].clone();
        template["spec"]["containers"][0]["image"] = json!(self.image(tag));
        let hash = template_hash(&template);
        template["metadata"]["labels"]["pod-template-hash"] = json!(hash);
        let ready = if stage == Stage::Ready { count } else { 0 };
        let set = json!({
            "metadata": { "name": format!("{}-{hash}", self.name), "namespace": self.namespace,
                "labels": template["metadata"]["labels"],
                "annotations": {
                    "deployment.kubernetes.io/revision": revision.to_string(),
                    "deployment.kubernetes.io/desired-replicas": self.pods.to_string(),
                    "deployment.kubernetes.io/max-replicas": (self.pods + self.pods.div_ceil(4)).to_string(),
                },
                "ownerReferences": owner(deployment) },
            "spec": { "replicas": count,
                "selector": { "matchLabels": { "app": self.name, "pod-template-hash": hash } },
                "template": template },
            "status": { "replicas": count, "fullyLabeledReplicas": count, "readyReplicas": ready,
                "availableReplicas": ready, "observedGeneration": 1 },
        });
        let set = self.store.create(Resource::ReplicaSets, set)?;
        for _ in 0..count {
            self.store.create(Resource::Pods, pod(&set, stage))?;
        }
        Ok(())
    }
}

fn pod(set: &Value, stage: Stage) -> Value {
    let template = &set["spec"]["template"];
    let name = set["metadata"]["name"].as_str().unwrap_or_default();
    let mut pod = json!({
        "metadata": { "generateName": format!("{name}-"), "namespace": set["metadata"]["namespace"],
            "labels": template["metadata"]["labels"], "ownerReferences": owner(set) },
        "spec": template["spec"],
        "status": {},
    });
    // It has been running for a while.
    let started = Timestamp::now() - SignedDuration::from_hours(2);
    write_status(
        &mut pod,
        stage,
        &Facts {
            address: (stage == Stage::Ready).then_some(Ipv4Addr::new(10, 1, 0, 1)),
            started: Some(started),
            ..Facts::default()
        },
    );
    pod["status"]["startTime"] = json!(seconds(started));
    if stage == Stage::Creating {
        pod["status"]["containerStatuses"][0]["state"] = json!({ "waiting": { "reason": "ImagePullBackOff", "message": "the image cannot be pulled" } });
    }
    pod
}

fn owner(object: &Value) -> Value {
    json!([{ "apiVersion": object["apiVersion"], "kind": object["kind"], "name": object["metadata"]["name"],
        "uid": object["metadata"]["uid"], "controller": true, "blockOwnerDeletion": true }])
}

fn condition(kind: &str, reason: &str, now: &str) -> Value {
    let status = if reason == "DeploymentPaused" {
        "Unknown"
    } else {
        "True"
    };
    json!({ "type": kind, "status": status, "reason": reason, "message": "",
        "lastUpdateTime": now, "lastTransitionTime": now })
}
