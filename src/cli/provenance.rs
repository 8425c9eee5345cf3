//! From which commit and by which pipeline run an image was built: written out, or told by the CI server that runs the command.
//!
//! Invariant: a server's word is taken only for what its run can have built. A pipeline that deploys the image of another commit
//! says nothing of where that image comes from.

use crate::domain::artifact::Image;
use crate::domain::provenance::{Provenance, commit_of};
use crate::domain::text::Text;
use clap::Args;

/// Characters of the longest run that is taken.
const LONGEST: usize = 200;

/// What tells where an image comes from.
#[derive(Clone, Debug, Default, Args)]
pub struct ProvenanceArgs {
    /// The commit it was built from; by default the one that the CI server's run is for
    #[arg(long, value_name = "COMMIT", value_parser = commit_argument)]
    commit: Option<String>,
    /// The pipeline run that built it, by its provider's id; by default the one that this command is part of
    #[arg(long, value_name = "RUN", value_parser = run_argument)]
    run: Option<String>,
}

/// The variables by which a CI server tells its jobs what they are part of.
struct Variables {
    run: &'static str,
    commit: &'static str,
}

/// GitHub's, which Gitea and Forgejo set too; GitLab's; Jenkins's.
const SERVERS: [Variables; 3] = [
    Variables {
        run: "GITHUB_RUN_ID",
        commit: "GITHUB_SHA",
    },
    Variables {
        run: "CI_PIPELINE_ID",
        commit: "CI_COMMIT_SHA",
    },
    Variables {
        run: JENKINS_BUILD,
        commit: "GIT_COMMIT",
    },
];

const JENKINS_BUILD: &str = "BUILD_NUMBER";
/// Set where Jenkins builds every branch of a repository; builds are counted in each.
const JENKINS_BRANCH: &str = "BRANCH_NAME";

impl ProvenanceArgs {
    /// Where `image` comes from; `variable` gives the value of an environment variable.
    pub fn provenance(
        &self,
        image: &Image,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Provenance {
        let (commit, run) = told(image, variable);
        let text = |given: &Option<String>, told| given.clone().or(told).map(Text::new);
        Provenance {
            commit: text(&self.commit, commit),
            run: text(&self.run, run),
        }
    }
}

/// The commit and the run by the first server that tells them; a value that makes no sense is none.
fn told(
    image: &Image,
    variable: impl Fn(&str) -> Option<String>,
) -> (Option<String>, Option<String>) {
    let named = commit_of(image);
    let value = |name| variable(name).filter(|value: &String| !value.is_empty());
    let Some((server, run)) = SERVERS
        .iter()
        .find_map(|server| Some((server, value(server.run)?)))
    else {
        return (named.map(str::to_owned), None);
    };
    let commit = value(server.commit).and_then(|commit| commit_argument(&commit).ok());
    if let (Some(named), Some(commit)) = (named, &commit)
        && !commit.starts_with(&named.to_ascii_lowercase())
    {
        return (Some(named.to_owned()), None);
    }
    let branch = value(JENKINS_BRANCH).filter(|_| server.run == JENKINS_BUILD);
    let run = branch.map_or(run.clone(), |branch| format!("{branch}/{run}"));
    (
        commit.or_else(|| named.map(str::to_owned)),
        run_argument(&run).ok(),
    )
}

fn commit_argument(text: &str) -> Result<String, String> {
    // A SHA-256 repository has 64 digits.
    let is_commit = (7..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit());
    is_commit
        .then(|| text.to_ascii_lowercase())
        .ok_or_else(|| "expected a commit of 7 to 64 hex digits".to_owned())
}

fn run_argument(text: &str) -> Result<String, String> {
    let length = text.chars().count();
    let is_run = (1..=LONGEST).contains(&length)
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || "-_./#%:".contains(c));
    is_run
        .then(|| text.to_owned())
        .ok_or_else(|| "expected a run's id such as 4812".to_owned())
}
