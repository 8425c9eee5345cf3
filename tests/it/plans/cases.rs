//! Each file below `data/plans/` is a list of cases.

use super::world::{World, goal, request};
use flightdeck::strategy::engine;
use flightdeck::strategy::plan::Confirm;
use flightdeck::strategy::refusal::Reason;
use flightdeck::strategy::step::Step;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    goal: String,
    #[serde(default)]
    seen: World,
    #[serde(default)]
    blind: bool,
    #[serde(default)]
    against: Option<String>,
    #[serde(default)]
    steps: Option<Vec<String>>,
    #[serde(default)]
    inverse: Option<Vec<String>>,
    #[serde(default)]
    checks: Option<Vec<String>>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    confirm: Option<Confirm>,
    #[serde(default)]
    takes: Option<u64>,
    /// Parts of warnings that must be there.
    #[serde(default)]
    warns: Vec<String>,
    /// Parts of warnings that must not be there.
    #[serde(default)]
    silent: Vec<String>,
    #[serde(default)]
    refused: Option<Reason>,
    /// Parts of the refusal's text and hint.
    #[serde(default)]
    says: Vec<String>,
}

impl Case {
    fn check(&self) {
        let policy = self.seen.policy();
        let mut request = request(goal(&self.goal));
        request.blind = self.blind;
        request.against_verdict.clone_from(&self.against);
        let name = &self.name;
        match (
            engine(&policy).plan(&request, &self.seen.snapshot(), &policy),
            self.refused,
        ) {
            (Err(refusal), Some(reason)) => {
                assert_eq!(refusal.reason, reason, "{name}: {refusal:?}");
                let told = format!("{} {}", refusal.text, refusal.hint.unwrap_or_default());
                for part in &self.says {
                    assert!(told.contains(part), "{name}: `{part}` is not in `{told}`");
                }
            }
            (Ok(plan), None) => {
                let lines = |steps: &[Step]| steps.iter().map(Step::text).collect::<Vec<_>>();
                if let Some(steps) = &self.steps {
                    assert_eq!(&lines(&plan.steps), steps, "{name}: steps");
                }
                if let Some(inverse) = &self.inverse {
                    assert_eq!(&lines(&plan.inverse), inverse, "{name}: inverse");
                }
                if let Some(checks) = &self.checks {
                    let told: Vec<_> = plan
                        .checks
                        .iter()
                        .map(flightdeck::strategy::plan::Check::text)
                        .collect();
                    assert_eq!(&told, checks, "{name}: checks");
                }
                if let Some(title) = &self.title {
                    assert_eq!(&plan.title, title, "{name}: title");
                }
                if let Some(takes) = self.takes {
                    assert_eq!(plan.takes.as_secs(), takes, "{name}: takes");
                }
                if let Some(confirm) = self.confirm {
                    assert_eq!(plan.confirm, confirm, "{name}: confirm");
                }
                let warnings = plan.warnings.join("\n");
                for part in &self.warns {
                    assert!(
                        warnings.contains(part),
                        "{name}: `{part}` is not warned of in:\n{warnings}"
                    );
                }
                for part in &self.silent {
                    assert!(
                        !warnings.contains(part),
                        "{name}: `{part}` is warned of in:\n{warnings}"
                    );
                }
            }
            (Ok(plan), Some(reason)) => panic!(
                "{name}: planned instead of {reason:?}: {:?}",
                lines_of(&plan.steps)
            ),
            (Err(refusal), None) => panic!("{name}: refused: {refusal:?}"),
        }
    }
}

fn lines_of(steps: &[Step]) -> Vec<String> {
    steps.iter().map(Step::text).collect()
}

fn check(text: &str) {
    let file: File = toml::from_str(text).unwrap_or_else(|fault| panic!("{fault}"));
    for case in file.case {
        case.check();
    }
}

#[test]
fn every_situation_has_its_roll_back() {
    check(include_str!("../data/plans/roll_back.toml"));
}

#[test]
fn a_release_goes_forward_step_by_step() {
    check(include_str!("../data/plans/forward.toml"));
}

#[test]
fn traffic_leaves_a_candidate() {
    check(include_str!("../data/plans/abort.toml"));
}

#[test]
fn each_risk_has_its_confirmation() {
    check(include_str!("../data/plans/confirm.toml"));
}

#[test]
fn a_refusal_says_why_and_what_next() {
    check(include_str!("../data/plans/refusals.toml"));
}

#[test]
fn the_record_alone_is_written_for_words() {
    check(include_str!("../data/plans/words.toml"));
}

#[test]
fn a_deployment_is_rolled_out_held_and_taken_back() {
    check(include_str!("../data/plans/rolling.toml"));
}

#[test]
fn without_a_route_the_pods_make_the_share() {
    check(include_str!("../data/plans/by_pods.toml"));
}
