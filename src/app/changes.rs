//! What the candidate brings against the stable release: its pod template, and its commits.

use super::model::Model;
use super::releases;
use crate::domain::artifact::{Image, commit_in};
use crate::domain::cluster::Template;
use crate::domain::ids::RequestId;
use crate::domain::notice::Notice;
use crate::domain::pipeline::{Commit, Comparison};
use crate::domain::rollout::TrackState;
use crate::strategy::changes::{TemplateChange, template_changes};
use serde::{Deserialize, Serialize};

/// What is known of the commits between two releases.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Changes {
    /// The commits that were asked about: stable's, the candidate's.
    pub between: Option<(String, String)>,
    /// The question under way.
    pub(super) request: Option<RequestId>,
    /// The answer to it.
    pub compared: Option<Result<Comparison, Notice>>,
}

impl Changes {
    /// Whether this is the answer that is waited for.
    pub(super) fn awaits(&self, id: RequestId) -> bool {
        self.request == Some(id)
    }
}

/// A release by what tells it from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its tag.
    pub tag: String,
    /// Its image.
    pub image: Image,
    /// The commit it was built from: the record's, else one in its tag.
    pub commit: Option<String>,
}

/// The stable release and the candidate; `None` where there are not both.
pub fn sides(model: &Model) -> Option<(Named, Named)> {
    let rollout = model.reading.rollout.as_ref()?;
    let (stable, candidate) = (rollout.stable.as_ref()?, rollout.candidate.as_ref()?);
    Some((named(model, stable), named(model, candidate)))
}

fn named(model: &Model, side: &TrackState) -> Named {
    let recorded = releases::record(model)
        .and_then(|record| record.release_of(&side.image)?.commit.clone())
        .map(|commit| commit.shown().to_owned());
    Named {
        tag: side.tag().to_owned(),
        image: side.image.clone(),
        commit: recorded.or_else(|| commit_in(side.tag()).map(str::to_owned)),
    }
}

/// The differences of the pod templates of both sides; `None` where one is not known.
pub fn template(model: &Model) -> Option<Vec<TemplateChange>> {
    let rollout = model.reading.rollout.as_ref()?;
    let stable = template_of(model, rollout.stable.as_ref()?)?;
    let candidate = template_of(model, rollout.candidate.as_ref()?)?;
    Some(template_changes(&stable.0, &candidate.0))
}

/// The template that a side runs, by the ReplicaSet that has it.
fn template_of<'m>(model: &'m Model, side: &TrackState) -> Option<&'m Template> {
    let snapshot = model.feeds.cluster.value.as_ref()?;
    let owner = snapshot.deployment(&side.deployment)?;
    let hash = side.hash.as_deref()?;
    let set = snapshot
        .replica_sets_of(owner)
        .find(|set| set.hash == hash)?;
    Some(&set.template)
}

/// A row of the changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// A heading.
    Head(String),
    /// A difference of the templates.
    Template(TemplateChange),
    /// A commit.
    Commit(Box<Commit>),
    /// Something said.
    Said(String),
}

/// Everything there is to tell, in its order.
pub fn rows(model: &Model) -> Vec<Row> {
    if sides(model).is_none() {
        let said = "no release is under way: there is nothing to compare";
        return vec![Row::Said(said.to_owned())];
    }
    let mut rows = vec![Row::Head("pod template".to_owned())];
    match template(model) {
        None => rows.push(Row::Said(
            "not known: the ReplicaSet of one side is not there".to_owned(),
        )),
        Some(changes) if changes.is_empty() => {
            rows.push(Row::Said("no difference".to_owned()));
        }
        Some(changes) => rows.extend(changes.into_iter().map(Row::Template)),
    }
    rows.extend(commit_rows(model));
    rows
}

fn commit_rows(model: &Model) -> Vec<Row> {
    match (&model.changes.compared, unknown(model)) {
        (Some(Ok(comparison)), None) => compared(comparison),
        (Some(Err(notice)), None) => {
            let hint = notice.hint.iter().map(|hint| Row::Said(hint.clone()));
            let mut rows = vec![
                Row::Head("commits: not known".to_owned()),
                Row::Said(notice.summary.clone()),
            ];
            rows.extend(hint);
            rows
        }
        (None, None) => vec![Row::Head("commits: being read".to_owned())],
        (_, Some(why)) => vec![Row::Head("commits: not known".to_owned()), Row::Said(why)],
    }
}

/// Why the commits cannot be asked for.
fn unknown(model: &Model) -> Option<String> {
    let (stable, candidate) = sides(model)?;
    if !super::pipeline::is_configured(model) {
        let said = "no pipeline in the config: add [ci.NAME] and [services.NAME.ci]";
        return Some(said.to_owned());
    }
    let which = [&stable, &candidate]
        .into_iter()
        .find(|side| side.commit.is_none())?;
    let tag = &which.tag;
    Some(format!(
        "the commit of {tag} is neither in the record nor in its tag"
    ))
}

/// The commits to ask about, where both are known and somebody can be asked.
pub(super) fn wanted(model: &Model) -> Option<(String, String)> {
    if unknown(model).is_some() {
        return None;
    }
    let (stable, candidate) = sides(model)?;
    stable.commit.zip(candidate.commit)
}

fn compared(comparison: &Comparison) -> Vec<Row> {
    let size = match (comparison.files, comparison.added, comparison.removed) {
        (Some(files), Some(added), Some(removed)) => {
            format!(", {}, +{added} -{removed}", many(files, "file"))
        }
        _ => String::new(),
    };
    let ahead = many(comparison.ahead, "commit");
    let mut rows = vec![Row::Head(format!("{ahead}{size}"))];
    if comparison.behind > 0 {
        rows.push(Row::Said(format!(
            "takes back {} that stable has",
            many(comparison.behind, "commit")
        )));
    }
    let commits = comparison.commits.iter().cloned();
    rows.extend(commits.map(|commit| Row::Commit(Box::new(commit))));
    let told = u64::try_from(comparison.commits.len()).unwrap_or(u64::MAX);
    let more = comparison.ahead.saturating_sub(told);
    if more > 0 {
        rows.push(Row::Said(format!("and {more} more")));
    }
    rows.extend(
        comparison
            .url
            .iter()
            .map(|url| Row::Said(url.shown().to_owned())),
    );
    rows
}

fn many(count: u64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}
