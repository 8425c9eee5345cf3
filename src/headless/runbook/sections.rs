//! The matters of a runbook, in the order in which a person at night needs them.

use super::by_hand::ByHand;
use super::document::{Command, Section};
use super::facts::Facts;
use super::places::places;
use crate::domain::freeze::frozen;
use crate::domain::policy::Strategy;
use crate::domain::record::Release;
use crate::domain::smoke::{SmokePlace, SmokeService, SmokeTest};
use crate::headless::json::{ServiceStatus, SideStatus};
use jiff::Timestamp;

/// All of them.
pub(super) fn sections(facts: &Facts<'_>) -> Vec<Section> {
    let by_hand = ByHand::new(facts);
    vec![
        live(facts, &by_hand),
        roll_back(facts, &by_hand),
        abort(facts, &by_hand),
        pause(facts, &by_hand),
        promote(facts, &by_hand),
        good(facts),
        freezes(facts),
        driver(facts),
        places(facts),
    ]
}

/// Commands of Flightdeck: what it does, and its words without service and environment.
pub(super) fn ours(facts: &Facts<'_>, commands: &[(&str, &str, &str)]) -> Vec<Command> {
    let named = facts.named();
    let line = |(what, verb, more): &(&str, &str, &str)| {
        Command::new(*what, format!("flightdeck {verb} {named}{more}"))
    };
    commands.iter().map(line).collect()
}

fn live(facts: &Facts<'_>, by_hand: &ByHand<'_>) -> Section {
    let notes = match &facts.live {
        Some(live) => seen(live),
        None => vec![format!(
            "Unknown when this was written: {}",
            facts
                .without_cluster
                .as_deref()
                .unwrap_or("the cluster was not read")
        )],
    };
    Section {
        id: "live",
        title: "What is live",
        notes,
        flightdeck: ours(
            facts,
            &[
                (
                    "the cockpit: charts of both versions, verdict, keys",
                    "open",
                    "",
                ),
                ("one reading", "status", ""),
                ("what happens, line by line", "watch", ""),
                (
                    "what the candidate's pods print and stable's do not",
                    "logs",
                    "",
                ),
                ("what the candidate brings", "changes", ""),
                ("the releases, and which are good", "history", ""),
            ],
        ),
        kubectl: by_hand.look(),
    }
}

fn seen(live: &ServiceStatus) -> Vec<String> {
    let side = |name: &str, side: &SideStatus| {
        let pods = &side.replicas;
        format!(
            "{name} runs {}, {} of {} pods available.",
            side.tag, pods.available, pods.desired
        )
    };
    let mut notes = vec![format!("When this was written it was {}.", live.phase)];
    notes.extend(live.stable.iter().map(|one| side("Stable", one)));
    match (&live.candidate, live.weight) {
        (Some(one), Some(weight)) => {
            notes.push(side("The candidate", one));
            notes.push(format!("The candidate has {weight} % of the traffic."));
        }
        (Some(one), None) => {
            notes.push(side("The candidate", one));
            notes.push("Which share of the traffic it has is unknown.".to_owned());
        }
        (None, _) => notes.push("No release is under way.".to_owned()),
    }
    notes.extend(live.paused.iter().map(|paused| {
        let why = paused
            .reason
            .as_ref()
            .map_or_else(String::new, |why| format!(": {why}"));
        format!(
            "Paused by {} since {}{why}.",
            paused.by,
            moment(paused.since)
        )
    }));
    notes.extend(live.plan.iter().map(|plan| {
        let steps = format!("{} of {} steps done", plan.done, plan.steps);
        format!(
            "A plan of {} stands in the record: {}, {steps} ({}).",
            plan.by,
            plan.title,
            plan.state.replace('_', " ")
        )
    }));
    notes.extend(
        live.troubles
            .iter()
            .map(|trouble| format!("Trouble: {trouble}.")),
    );
    notes
}

fn roll_back(facts: &Facts<'_>, by_hand: &ByHand<'_>) -> Section {
    let mut notes = match facts.last_known_good() {
        Some(release) => target(release),
        None if facts.record.is_none() => {
            vec!["Which release is the last known good one is unknown: no record could be read.".to_owned()]
        }
        None => vec![
            "No release is recorded as good: while a candidate is there a roll back goes to what serves beside it, else it needs --to TAG or --to REVISION."
                .to_owned(),
        ],
    };
    notes.extend(reverter(facts));
    notes.push("It takes traffic off first, is never held by a freeze or by missing metrics, and may be asked for while another plan runs.".to_owned());
    Section {
        id: "roll_back",
        title: "Roll back",
        notes,
        flightdeck: ours(
            facts,
            &[
                ("what it would do; changes nothing", "plan rollback", ""),
                (
                    "does it and proves it; 0: recovered",
                    "rollback",
                    " --reason \"WHY\"",
                ),
            ],
        ),
        kubectl: by_hand.roll_back(),
    }
}

fn target(release: &Release) -> Vec<String> {
    let digest = release.image.digest.as_ref().or(release.digest.as_ref());
    let mut notes = vec![
        format!(
            "It goes to {} (revision {}): {}.",
            release.tag(),
            release.revision,
            release.image
        ),
        digest.map_or_else(
            || "Its digest is unknown.".to_owned(),
            |digest| format!("Its digest is {digest}."),
        ),
    ];
    notes.extend(release.good.iter().map(|mark| {
        let evidence = mark.evidence.as_ref().or(mark.why.as_ref());
        let evidence =
            evidence.map_or_else(String::new, |evidence| format!(": {}", evidence.shown()));
        format!(
            "Good since {} by {}{evidence}.",
            moment(mark.since),
            mark.by.shown()
        )
    }));
    notes
}

/// Who puts a changed Deployment back.
fn reverter(facts: &Facts<'_>) -> Option<String> {
    let owner = facts.live.as_ref()?.owner.as_ref()?;
    let does = if owner.reverts {
        "it puts a changed image back: suspend its synchronisation first"
    } else {
        "tell whoever runs it of a change"
    };
    Some(format!(
        "The Deployment is owned by {} {}; {does}.",
        owner.kind, owner.name
    ))
}

fn abort(facts: &Facts<'_>, by_hand: &ByHand<'_>) -> Section {
    let note = match &facts.environment.policy.strategy {
        Strategy::Canary(_) => {
            "The traffic leaves the candidate and its pods stay for a look. After the finish has begun only a roll back helps."
        }
        Strategy::Rolling(_) => "Takes a rolling update back to what still serves beside it.",
    };
    Section {
        id: "abort",
        title: "Abort",
        notes: vec![note.to_owned()],
        flightdeck: ours(facts, &[("", "abort", " --reason \"WHY\"")]),
        kubectl: by_hand.abort(),
    }
}

fn pause(facts: &Facts<'_>, by_hand: &ByHand<'_>) -> Section {
    let note = match &facts.environment.policy.strategy {
        Strategy::Canary(_) => {
            "A pause stands in the record and every pilot obeys it. Without Flightdeck nothing but a pilot takes a canary on."
        }
        Strategy::Rolling(_) => "A pause is spec.paused of the Deployment.",
    };
    Section {
        id: "pause",
        title: "Pause, and go on",
        notes: vec![note.to_owned()],
        flightdeck: ours(
            facts,
            &[
                ("needs no confirmation", "pause", " --reason \"WHY\""),
                ("goes on", "resume", ""),
            ],
        ),
        kubectl: by_hand.pause(),
    }
}

fn promote(facts: &Facts<'_>, by_hand: &ByHand<'_>) -> Section {
    let (notes, flightdeck) = match &facts.environment.policy.strategy {
        Strategy::Canary(canary) => {
            let steps = canary
                .reachable()
                .map(|step| format!("{} for {} s", step.weight, step.hold.as_secs()));
            let steps: Vec<String> = steps.collect();
            let notes = vec![
                format!("Steps: {}; then stable takes the release and the canary goes.", steps.join(", ")),
                "Pods come before traffic on the way up. Do it where the verdict says PROMOTE; against it the service's name is asked for.".to_owned(),
            ];
            let commands = [
                (
                    "to the next weight; after the last one, finish",
                    "promote",
                    "",
                ),
                ("past the remaining steps", "promote", " --full"),
            ];
            (notes, ours(facts, &commands))
        }
        Strategy::Rolling(_) => (
            vec![
                "Nothing is to be promoted: the controller takes a release in pod by pod."
                    .to_owned(),
            ],
            ours(
                facts,
                &[(
                    "a new release, until it is complete",
                    "deploy",
                    " --image IMAGE --wait",
                )],
            ),
        ),
    };
    Section {
        id: "promote",
        title: "Promote",
        notes,
        flightdeck,
        kubectl: by_hand.promote(),
    }
}

fn good(facts: &Facts<'_>) -> Section {
    let policy = &facts.environment.policy;
    let goals = &policy.goals;
    let mut notes = vec![
        format!(
            "Failed requests: at most {} of all.",
            percent(goals.error_share)
        ),
        format!(
            "95th percentile of the response time: at most {} ms.",
            goals.p95.as_millis()
        ),
        format!(
            "Nothing is concluded from fewer than {} requests of a version.",
            goals.min_requests
        ),
    ];
    notes.extend(
        goals
            .cpu_tolerance
            .map(|more| format!("CPU a request: at most {} more than stable.", percent(more))),
    );
    notes.push(format!(
        "A release is marked good after {} s alone within these goals, all its pods available and none restarted.",
        policy.good_after.as_secs()
    ));
    notes.extend(
        policy
            .smoke
            .iter()
            .map(|test| smoke(test, policy.strategy.serving_service())),
    );
    Section {
        id: "good",
        title: "What good looks like",
        notes,
        flightdeck: ours(
            facts,
            &[
                ("asks the release now", "smoke", ""),
                ("the verdict, with numbers", "status", ""),
            ],
        ),
        kubectl: Vec::new(),
    }
}

fn freezes(facts: &Facts<'_>) -> Section {
    let freezes = &facts.environment.policy.freezes;
    let mut notes: Vec<String> = freezes
        .iter()
        .map(|freeze| format!("{}.", freeze.words()))
        .collect();
    if freezes.is_empty() {
        notes.push("None is configured.".to_owned());
    }
    notes.extend(
        frozen(freezes, facts.now)
            .map(|held| format!("When this was written it was {}.", held.words())),
    );
    notes.push(
        "A freeze holds deploy and promote; it never holds a pause, an abort or a roll back."
            .to_owned(),
    );
    Section {
        id: "freezes",
        title: "Freezes",
        notes,
        flightdeck: Vec::new(),
        kubectl: Vec::new(),
    }
}

fn driver(facts: &Facts<'_>) -> Section {
    let mut notes = vec![match facts.live.as_ref().map(|live| live.driver.as_ref()) {
        None => "Who drives is unknown: the cluster was not read.".to_owned(),
        Some(None) => "Nobody drove when this was written: a canary stays where it is.".to_owned(),
        Some(Some(driver)) => {
            let since = driver
                .since
                .map_or_else(String::new, |since| format!(" since {}", moment(since)));
            let doing = driver
                .doing
                .as_ref()
                .map_or_else(String::new, |doing| format!(": {doing}"));
            format!("{} drove{since}{doing}.", driver.who)
        }
    }];
    notes.push("Whoever pauses, aborts or rolls back ends a pilot's turn at once.".to_owned());
    Section {
        id: "driver",
        title: "Who drives",
        notes,
        flightdeck: ours(
            facts,
            &[
                ("carries on a plan that was cut off", "resume-plan", ""),
                ("takes it back", "undo-plan", ""),
                (
                    "a remark in the record, for what was done by hand",
                    "note",
                    " \"WHAT\"",
                ),
            ],
        ),
        kubectl: Vec::new(),
    }
}

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// What the smoke test asks of the service that serves.
fn smoke(test: &SmokeTest, service: Option<&str>) -> String {
    let place = match (&test.place, service) {
        (SmokePlace::Url(url), _) => format!("at {url}"),
        (
            SmokePlace::Service(SmokeService {
                name: Some(name), ..
            }),
            _,
        ) => {
            format!("of the Service {name}")
        }
        (SmokePlace::Service(_), Some(name)) => format!("of the Service {name}"),
        (SmokePlace::Service(_), None) => "of the pods' Service".to_owned(),
    };
    let most = test.p95.as_millis();
    format!(
        "Smoke test: {} {place} answers well, {} requests with a 95th percentile of at most {most} ms.",
        test.health, test.requests
    )
}

/// `0.2 %`, without the digits that come of binary fractions.
fn percent(share: f64) -> String {
    format!("{} %", (share * 1_000_000.0).round() / 10_000.0)
}
