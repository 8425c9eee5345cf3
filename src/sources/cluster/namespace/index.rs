//! All objects of a namespace, found by name and by owner, and which services a change of one concerns.

use super::Member;
use super::change::Change;
use super::held::{HeldDeployment, HeldPod, HeldRecord, HeldRoute, HeldSet};
use crate::domain::cluster::{Pod, ReplicaSet, Snapshot, Template};
use crate::domain::feed::FeedFault;
use crate::domain::record::RecordRead;
use crate::sources::cluster::follow::News;
use crate::sources::cluster::merge::{Found, assemble};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How much of a service is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// The template of an earlier version only where it is the present one too.
    Present,
    /// All templates.
    History,
}

/// The objects.
#[derive(Default)]
pub(super) struct Index {
    deployments: HashMap<String, HeldDeployment>,
    sets: HashMap<String, HeldSet>,
    pods: HashMap<String, HeldPod>,
    routes: HashMap<String, HeldRoute>,
    records: HashMap<String, HeldRecord>,
    /// Uids of ReplicaSets by that of their Deployment.
    sets_of: HashMap<String, BTreeSet<String>>,
    /// Names of pods by the uid of their ReplicaSet.
    pods_of: HashMap<String, BTreeSet<String>>,
    /// Names of Deployments by uid.
    names: HashMap<String, String>,
    /// Members by the names of their Deployments, routes and records.
    by_deployment: HashMap<String, Vec<usize>>,
    by_route: HashMap<String, Vec<usize>>,
    by_record: HashMap<String, Vec<usize>>,
    /// Why no record can be read.
    pub(super) no_records: Option<RecordRead>,
}

impl Index {
    pub(super) fn of(members: &[Member]) -> Self {
        let mut index = Self::default();
        for (at, member) in members.iter().enumerate() {
            for (_, name) in &member.deployments {
                push(&mut index.by_deployment, name, at);
            }
            if let Some(name) = &member.route {
                push(&mut index.by_route, name, at);
            }
            push(&mut index.by_record, &member.record, at);
        }
        index
    }

    /// Takes a change; the members that it concerns go into `dirty`. A listing concerns all.
    pub(super) fn apply(&mut self, change: Change, dirty: &mut BTreeSet<usize>) {
        match change {
            Change::Deployments(news) => match news {
                News::Listed(all) => {
                    self.deployments.clear();
                    self.names.clear();
                    for one in all {
                        self.put_deployment(one);
                    }
                }
                News::Applied(one) => {
                    extend(dirty, self.by_deployment.get(&one.deployment.name));
                    self.put_deployment(one);
                }
                News::Deleted(one) => {
                    extend(dirty, self.by_deployment.get(&one.deployment.name));
                    self.deployments.remove(&one.deployment.name);
                    self.names.remove(&one.deployment.uid);
                }
                News::Alive | News::Failed(_) => {}
            },
            Change::ReplicaSets(news) => match news {
                News::Listed(all) => {
                    self.sets.clear();
                    self.sets_of.clear();
                    for one in all {
                        self.put_set(one);
                    }
                }
                News::Applied(one) => {
                    extend(dirty, self.members_of(&one.set.owner_uid));
                    self.put_set(one);
                }
                News::Deleted(one) => {
                    extend(dirty, self.members_of(&one.set.owner_uid));
                    self.sets.remove(&one.set.uid);
                    forget(&mut self.sets_of, &one.set.owner_uid, &one.set.uid);
                }
                News::Alive | News::Failed(_) => {}
            },
            Change::Pods(news) => match news {
                News::Listed(all) => {
                    self.pods.clear();
                    self.pods_of.clear();
                    for one in all {
                        self.put_pod(one);
                    }
                }
                News::Applied(one) => {
                    extend(dirty, self.members_of_set(&one.pod.owner_uid));
                    self.put_pod(one);
                }
                News::Deleted(one) => {
                    extend(dirty, self.members_of_set(&one.pod.owner_uid));
                    self.pods.remove(&one.pod.name);
                    forget(&mut self.pods_of, &one.pod.owner_uid, &one.pod.name);
                }
                News::Alive | News::Failed(_) => {}
            },
            Change::Routes(news) => {
                let members = &self.by_route;
                named(&mut self.routes, members, dirty, news, |one| {
                    one.name.clone()
                });
            }
            Change::Records(news) => {
                let members = &self.by_record;
                named(&mut self.records, members, dirty, news, |one| {
                    one.name.clone()
                });
            }
        }
    }

    fn put_deployment(&mut self, one: HeldDeployment) {
        let name = one.deployment.name.clone();
        self.names.insert(one.deployment.uid.clone(), name.clone());
        self.deployments.insert(name, one);
    }

    fn put_set(&mut self, one: HeldSet) {
        let sets = self.sets_of.entry(one.set.owner_uid.clone()).or_default();
        sets.insert(one.set.uid.clone());
        self.sets.insert(one.set.uid.clone(), one);
    }

    fn put_pod(&mut self, one: HeldPod) {
        let pods = self.pods_of.entry(one.pod.owner_uid.clone()).or_default();
        pods.insert(one.pod.name.clone());
        self.pods.insert(one.pod.name.clone(), one);
    }

    fn members_of(&self, deployment: &str) -> Option<&Vec<usize>> {
        self.by_deployment.get(self.names.get(deployment)?)
    }

    fn members_of_set(&self, set: &str) -> Option<&Vec<usize>> {
        self.members_of(&self.sets.get(set)?.set.owner_uid)
    }

    /// Whether none of a member's Deployments is there.
    pub(super) fn is_absent(&self, member: &Member) -> bool {
        !member
            .deployments
            .iter()
            .any(|(_, name)| self.deployments.contains_key(name))
    }

    /// Why a member's route makes no sense.
    pub(super) fn fault(&self, member: &Member) -> Option<&FeedFault> {
        let route = self.routes.get(member.route.as_ref()?)?;
        route.route.as_ref().err()
    }

    /// A member as a whole.
    pub(super) fn snapshot(&self, member: &Member, depth: Depth, at: Timestamp) -> Snapshot {
        let sides = member.deployments.iter().map(|(track, name)| {
            let Some(held) = self.deployments.get(name) else {
                return Found::default();
            };
            let mut deployment = held.deployment.clone();
            deployment.template = held.template.unpack();
            let sets = self.sets_of.get(&deployment.uid).into_iter().flatten();
            let sets: Vec<&HeldSet> = sets.filter_map(|uid| self.sets.get(uid)).collect();
            let pods = sets
                .iter()
                .filter_map(|held| self.pods_of.get(&held.set.uid))
                .flatten()
                .filter_map(|name| self.pods.get(name))
                .map(|held| pod(held, *track, &member.container));
            Found {
                pods: pods.collect(),
                replica_sets: sets
                    .iter()
                    .map(|set| unpacked(set, held, &deployment.template, depth))
                    .collect(),
                deployment: Some(deployment),
            }
        });
        let sides: Vec<Found> = sides.collect();
        let route = member.route.as_ref().and_then(|name| self.routes.get(name));
        let route = route.and_then(|held| held.route.as_ref().ok()).cloned();
        let record = self.no_records.clone().unwrap_or_else(|| {
            self.records
                .get(&member.record)
                .map_or(RecordRead::Absent, |held| held.record.clone())
        });
        assemble(sides, route, record, at)
    }
}

fn unpacked(held: &HeldSet, of: &HeldDeployment, present: &Template, depth: Depth) -> ReplicaSet {
    let mut set = held.set.clone();
    if held.template == of.template {
        set.template = present.clone();
    } else if depth == Depth::History {
        set.template = held.template.unpack();
    }
    set
}

fn pod(held: &HeldPod, track: crate::domain::traffic::Track, container: &str) -> Pod {
    let digest = held.digests.iter().find(|(name, _)| name == container);
    Pod {
        track,
        digest: digest.map(|(_, digest)| digest.clone()),
        ..held.pod.clone()
    }
}

/// A kind whose objects belong to members by their names alone.
fn named<T>(
    held: &mut HashMap<String, T>,
    members: &HashMap<String, Vec<usize>>,
    dirty: &mut BTreeSet<usize>,
    news: News<T>,
    name: impl Fn(&T) -> String,
) {
    match news {
        News::Listed(all) => *held = all.into_iter().map(|one| (name(&one), one)).collect(),
        News::Applied(one) => {
            let name = name(&one);
            extend(dirty, members.get(&name));
            held.insert(name, one);
        }
        News::Deleted(one) => {
            let name = name(&one);
            extend(dirty, members.get(&name));
            held.remove(&name);
        }
        News::Alive | News::Failed(_) => {}
    }
}

fn push(map: &mut HashMap<String, Vec<usize>>, name: &str, at: usize) {
    map.entry(name.to_owned()).or_default().push(at);
}

fn extend(dirty: &mut BTreeSet<usize>, members: Option<&Vec<usize>>) {
    dirty.extend(members.into_iter().flatten());
}

fn forget(map: &mut HashMap<String, BTreeSet<String>>, owner: &str, name: &str) {
    if let Some(names) = map.get_mut(owner) {
        names.remove(name);
        if names.is_empty() {
            map.remove(owner);
        }
    }
}

/// Why a kind is not being followed at the moment, for each of which that is so.
pub(super) type Faults = BTreeMap<super::change::Kind, FeedFault>;
