//! The evidence of the last two gates: what the records and the clusters tell of the release.

use super::document::Item;
use super::facts::Facts;
use super::pipeline::passed;
use crate::analysis::verdict::Call;
use crate::domain::freeze::frozen;
use crate::domain::gate::Gate;
use crate::domain::history::rollback_target;
use crate::domain::pipeline::Decision;
use crate::domain::record::{Ended, Release};
use jiff::Timestamp;

/// The environment before the last gate.
pub(super) fn staging(facts: &Facts) -> Vec<Item> {
    let mut items = vec![passed(
        facts,
        Gate::Staging,
        "the pipeline's deploy and its checks there passed",
    )];
    let Some((target, record)) = &facts.before else {
        items.push(Item::unknown(
            "it ran in an environment before",
            "the config has none before this one",
        ));
        return items;
    };
    let name = &target.environment;
    let deployed = format!("it was deployed into {name}");
    let release = record.as_ref().zip(facts.image());
    let release = release.map(|(record, image)| record.release_of(image));
    match release {
        None => items.push(Item::unknown(
            &deployed,
            format!("the record of {name} could not be read"),
        )),
        Some(None) => items.push(Item::new(
            &deployed,
            Some(false),
            format!("the record of {name} does not have it"),
        )),
        Some(Some(release)) => {
            items.push(Item::new(&deployed, Some(true), entered(release)));
            items.push(complete("its rollout there is complete", release));
            items.push(good(
                "it is marked good there: goals kept, smoke test passed where one is configured",
                release,
            ));
        }
    }
    items
}

/// The environment that the release goes into.
pub(super) fn production(facts: &Facts) -> Vec<Item> {
    let mut items = vec![
        no_freeze(facts),
        way_back(facts),
        approved(facts),
        nobody_else(facts),
    ];
    items.extend(verdict(facts));
    let in_record = [
        "it took all traffic",
        "it is marked good",
        "who deployed it, and why, is recorded",
    ];
    match facts.release() {
        Some(release) => {
            items.push(complete(in_record[0], release));
            items.push(good(in_record[1], release));
            items.push(Item::new(
                in_record[2],
                Some(release.reason.is_some()),
                entered(release),
            ));
        }
        None => items.extend(in_record.map(|text| Item::unknown(text, "no record tells of it"))),
    }
    items
}

fn no_freeze(facts: &Facts) -> Item {
    let text = "no freeze holds";
    match facts
        .model
        .as_ref()
        .and_then(|model| Some((model.now, &model.environment()?.policy)))
    {
        None => Item::unknown(text, "the config was not read"),
        Some((now, policy)) => match frozen(&policy.freezes, now) {
            Some(held) => Item::new(text, Some(false), held.words()),
            None => Item::new(text, Some(true), configured(policy.freezes.len())),
        },
    }
}

fn configured(freezes: usize) -> String {
    match freezes {
        0 => "none is configured".to_owned(),
        1 => "1 is configured".to_owned(),
        more => format!("{more} are configured"),
    }
}

fn way_back(facts: &Facts) -> Item {
    let text = "there is a release to go back to";
    let (Some(record), Some(image)) = (&facts.record, facts.image()) else {
        return Item::unknown(text, "no record could be read");
    };
    match rollback_target(record, image) {
        Some(release) => Item::new(
            text,
            Some(true),
            format!("{} is recorded as good", release.tag()),
        ),
        None => Item::new(text, Some(false), "no other release is recorded as good"),
    }
}

fn approved(facts: &Facts) -> Item {
    let text = "a person approved it, or it goes in by steps";
    let approvals = facts
        .run()
        .map(|run| run.approvals.as_slice())
        .unwrap_or_default();
    let mut decisions = approvals.iter().flat_map(|approval| &approval.decisions);
    let said =
        |decision: &Decision| format!("{} by {}", decision.word.shown(), decision.by.shown());
    if let Some(decision) = decisions.next() {
        let is_yes = decision.word.shown().starts_with("approve");
        return Item::new(text, Some(is_yes), said(decision));
    }
    if !approvals.is_empty() {
        return Item::new(text, Some(false), "it waits for an approval");
    }
    let rollout = facts
        .model
        .as_ref()
        .and_then(|model| model.reading.rollout.as_ref());
    match rollout.map(|rollout| rollout.steps.len()) {
        Some(steps) if steps > 0 => {
            Item::new(text, Some(true), format!("{steps} steps, each judged"))
        }
        Some(_) | None => Item::unknown(text, "the pipeline tells of no approval"),
    }
}

fn nobody_else(facts: &Facts) -> Item {
    let text = "no plan is left under way";
    let Some(record) = &facts.record else {
        return Item::unknown(text, "no record could be read");
    };
    match &record.current {
        None => Item::new(text, Some(true), ""),
        Some(claim) => {
            let told = format!(
                "{} by {}, {} of {} steps done",
                claim.title.shown(),
                claim.by.shown(),
                claim.done,
                claim.steps
            );
            Item::new(text, Some(false), told)
        }
    }
}

/// What the numbers say, while the release is a candidate.
fn verdict(facts: &Facts) -> Option<Item> {
    let reading = &facts.model.as_ref()?.reading;
    reading.rollout.as_ref()?.candidate.as_ref()?;
    let done = match reading.verdict.call {
        Call::Promote => Some(true),
        Call::Hold | Call::RollBack => Some(false),
        Call::NotEnoughData => None,
    };
    Some(Item::new(
        "the verdict says promote",
        done,
        reading.verdict.sentence.as_str(),
    ))
}

fn complete(text: &str, release: &Release) -> Item {
    let (done, how) = match release.ended {
        Ended::Promoted => (true, "it serves"),
        Ended::Superseded => (true, "a later release took its place"),
        Ended::Running => (false, "it is under way"),
        Ended::RolledBack => (false, "it was rolled back"),
        Ended::Aborted => (false, "it was aborted"),
    };
    let since = release
        .alone_since
        .map_or_else(String::new, |at| format!(" alone since {}", moment(at)));
    Item::new(text, Some(done), format!("{how}{since}"))
}

fn good(text: &str, release: &Release) -> Item {
    match &release.good {
        Some(mark) => {
            let evidence = mark.evidence.as_ref().or(mark.why.as_ref());
            let evidence =
                evidence.map_or_else(String::new, |evidence| format!(": {}", evidence.shown()));
            let told = format!(
                "since {} by {}{evidence}",
                moment(mark.since),
                mark.by.shown()
            );
            Item::new(text, Some(true), told)
        }
        None => Item::new(text, Some(false), "it bears no mark"),
    }
}

fn entered(release: &Release) -> String {
    let why = release
        .reason
        .as_ref()
        .map_or_else(String::new, |why| format!(": {}", why.shown()));
    format!(
        "revision {}, {} by {}{why}",
        release.revision,
        moment(release.deployed_at),
        release.by.shown()
    )
}

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}
