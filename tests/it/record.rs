//! The journal on a real disk: what was appended is read again, also after a crash, also by several writers.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use flightdeck::domain::ids::{PlanId, Target};
use flightdeck::domain::outcome::{End, Outcome, StepResult, Verified};
use flightdeck::domain::record::Record;
use flightdeck::domain::rollout::Fingerprint;
use flightdeck::domain::who::Who;
use flightdeck::record::entry::{Entry, SCHEMA, What};
use flightdeck::record::journal::{Journal, JournalError, Lines};
use flightdeck::record::replay;
use flightdeck::strategy::goal::Goal;
use flightdeck::strategy::plan::{Confirm, Plan, RecordChange};
use flightdeck::strategy::step::Step;
use jiff::Timestamp;

fn target() -> Target {
    Target::new("checkout", "production")
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_900_000_000 + second).unwrap()
}

fn plan(id: &str) -> Plan {
    Plan {
        id: PlanId::new(id),
        goal: Goal::Abort,
        target: target(),
        title: "abort v2.42.0".to_owned(),
        fingerprint: Fingerprint::default(),
        made_at: at(0),
        by: Who::default(),
        reason: Some("errors \u{1b}[31m12 %".to_owned()),
        against_verdict: None,
        steps: vec![
            Step::Drain(Duration::from_secs(1)),
            Step::Drain(Duration::from_secs(2)),
        ],
        checks: Vec::new(),
        expected: "v2.41.0 serves".to_owned(),
        inverse: Vec::new(),
        confirm: Confirm::Yes,
        warnings: Vec::new(),
        takes: Duration::from_secs(3),
        record: RecordChange::default(),
        takes_up: None,
    }
}

fn outcome() -> Outcome {
    Outcome {
        goal: "abort".to_owned(),
        title: "abort v2.42.0".to_owned(),
        steps: Vec::new(),
        verified: Vec::new(),
        end: End::Done,
        took_s: 1.5,
        full_effect_s: None,
        record: "configmap production/flightdeck-checkout-production".to_owned(),
        sentence: "done".to_owned(),
        notices: Vec::new(),
    }
}

fn entry(plan: &str, second: i64, what: What) -> Entry {
    Entry::new(&PlanId::new(plan), at(second), what)
}

/// A plan from its beginning to its end.
fn life(id: &str) -> Vec<Entry> {
    let check = Verified {
        check: "weight".to_owned(),
        ok: None,
        text: "only 3 requests".to_owned(),
    };
    let whats = [
        What::PlanBegan(Box::new(plan(id))),
        What::RecordWritten(Box::default()),
        What::StepBegan(0),
        What::StepEnded(0, StepResult::Done),
        What::StepBegan(1),
        What::StepEnded(1, StepResult::Skipped),
        What::Told("the traffic could not be seen".to_owned()),
        What::Checked(check),
        What::PlanEnded(Box::new(outcome())),
    ];
    whats
        .into_iter()
        .zip(0..)
        .map(|(what, second)| entry(id, second, what))
        .collect()
}

fn journal(dir: &Path) -> Journal {
    Journal::of(&dir.join("data"), &target())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_was_appended_is_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let journal = journal(dir.path());
    assert_eq!(
        journal.read().unwrap(),
        Lines::default(),
        "a journal that does not exist is empty"
    );
    let life = life("p1");
    journal.append(&life[..1]).unwrap();
    journal.append(&life[1..]).unwrap();
    let lines = journal.read().unwrap();
    assert_eq!(lines.entries, life);
    assert!(lines.unreadable.is_empty() && !lines.torn);
    let text = fs::read_to_string(journal.path()).unwrap();
    assert!(
        text.lines().all(|line| line.contains(SCHEMA)),
        "every line tells its version"
    );
}

#[test]
fn only_its_owner_may_read_it() {
    let dir = tempfile::tempdir().unwrap();
    let journal = journal(dir.path());
    journal.append(&life("p1")).unwrap();
    assert!(
        journal
            .path()
            .ends_with("data/journal/flightdeck-checkout-production.jsonl")
    );
    assert_eq!(mode(journal.path()), 0o600);
    assert_eq!(mode(journal.path().parent().unwrap()), 0o700);
    assert_eq!(mode(&dir.path().join("data")), 0o700);
}

#[test]
fn a_torn_line_hides_nothing_and_spoils_no_later_line() {
    let dir = tempfile::tempdir().unwrap();
    let journal = journal(dir.path());
    let life = life("p1");
    journal.append(&life[..3]).unwrap();
    OpenOptions::new()
        .append(true)
        .open(journal.path())
        .unwrap()
        .write_all(br#"{"schema":"flightdeck.journal/1","at":"#)
        .unwrap();
    let lines = journal.read().unwrap();
    assert_eq!(lines.entries, life[..3]);
    assert!(lines.torn && lines.unreadable.is_empty());

    journal.append(&life[3..]).unwrap();
    let lines = journal.read().unwrap();
    assert_eq!(lines.entries, life);
    assert_eq!(lines.unreadable, [4], "the torn line stays, and is told");
    assert!(!lines.torn);
}

#[test]
fn lines_of_another_version_are_told_and_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let journal = journal(dir.path());
    journal.append(&life("p1")[..1]).unwrap();
    let mut newer = life("p2")[0].clone();
    newer.schema = "flightdeck.journal/2".to_owned();
    journal.append(&[newer]).unwrap();
    let lines = journal.read().unwrap();
    assert_eq!((lines.entries.len(), lines.unreadable), (1, vec![2]));
}

#[test]
fn several_writers_mix_no_lines() {
    const WRITERS: usize = 4;
    const EACH: usize = 25;
    let dir = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let journal = journal(dir.path());
            scope.spawn(move || {
                for _ in 0..EACH {
                    journal.append(&life(&format!("p{writer}"))).unwrap();
                }
            });
        }
    });
    let lines = journal(dir.path()).read().unwrap();
    assert!(lines.unreadable.is_empty() && !lines.torn);
    assert_eq!(lines.entries.len(), WRITERS * EACH * life("p").len());
    assert_eq!(replay::plans(&lines.entries).len(), WRITERS * EACH);
    for part in lines.entries.chunks(life("p").len()) {
        assert!(
            part.iter().all(|entry| entry.plan == part[0].plan),
            "what is appended at once stays together"
        );
    }
}

#[test]
fn a_locked_journal_is_told_by_its_path() {
    let dir = tempfile::tempdir().unwrap();
    let journal = journal(dir.path());
    journal.append(&life("p1")[..1]).unwrap();
    let other = OpenOptions::new()
        .append(true)
        .open(journal.path())
        .unwrap();
    other.lock().unwrap();
    let error = journal.append(&life("p1")[1..]).unwrap_err();
    assert!(matches!(error, JournalError::Locked { .. }), "{error:?}");
    assert!(
        error
            .to_string()
            .contains(&journal.path().display().to_string()),
        "{error}"
    );
    other.unlock().unwrap();
    journal.append(&life("p1")[1..]).unwrap();
    assert_eq!(journal.read().unwrap().entries, life("p1"));
}

#[test]
fn errors_name_the_path_and_the_cause() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(
        dir.path().join("data"),
        "a file where a directory should be",
    )
    .unwrap();
    let journal = journal(dir.path());
    let error = journal.append(&life("p1")).unwrap_err();
    assert!(
        error
            .to_string()
            .contains(&dir.path().join("data/journal").display().to_string()),
        "{error}"
    );
    assert!(std::error::Error::source(&error).is_some());
    assert!(matches!(
        journal.read().unwrap_err(),
        JournalError::Read { .. }
    ));
}

#[test]
fn a_plan_that_was_cut_off_is_found_with_what_is_behind_it() {
    let mut entries = life("p1");
    assert_eq!(replay::unfinished(&entries), None);
    entries.extend(life("p2").into_iter().take(5));
    let cut = replay::unfinished(&entries).unwrap();
    assert_eq!(
        (cut.plan.id.as_str(), cut.claimed, cut.done()),
        ("p2", true, 1)
    );
    assert_eq!(cut.steps, [Some(StepResult::Done), None]);
    entries.push(entry(
        "p1",
        50,
        What::Told("late news of an older plan".to_owned()),
    ));
    assert_eq!(replay::unfinished(&entries).unwrap().plan.id.as_str(), "p2");
}

#[test]
fn the_newest_record_stands_in_for_the_clusters() {
    let mut entries = life("p1");
    let record = Record {
        base: Some(4),
        ..Record::default()
    };
    entries.push(entry(
        "p1",
        60,
        What::RecordWritten(Box::new(record.clone())),
    ));
    assert_eq!(replay::last_record(&entries), Some((at(60), &record)));
    assert_eq!(replay::last_record(&entries[..1]), None);
}

#[test]
fn a_full_journal_begins_a_new_file_with_the_next_plan_and_the_oldest_goes() {
    let dir = tempfile::tempdir().unwrap();
    let one = serde_json::to_string(&life("p0")[0]).unwrap().len();
    let most = u64::try_from(one * 4).unwrap();
    let journal = journal(dir.path()).bounded(most);
    for number in 0..40 {
        let life = life(&format!("p{number}"));
        for entry in &life {
            journal.append(std::slice::from_ref(entry)).unwrap();
        }
    }
    let folder = journal.path().parent().unwrap();
    let bytes: u64 = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().metadata().unwrap().len())
        .sum();
    assert_eq!(fs::read_dir(folder).unwrap().count(), 2);
    assert!(bytes < 6 * most, "{bytes} of {most}");
    let lines = journal.read().unwrap();
    assert!(lines.unreadable.is_empty() && !lines.torn);
    let plans = replay::plans(&lines.entries);
    assert!(plans.len() < 20, "{}", plans.len());
    assert_eq!(plans.last().unwrap().plan.id.as_str(), "p39");
    assert!(
        plans.iter().all(|told| told.outcome.is_some()),
        "whole lives"
    );
}

#[test]
fn several_writers_lose_nothing_when_a_file_is_put_aside() {
    const EACH: usize = 20;
    let dir = tempfile::tempdir().unwrap();
    let one = serde_json::to_string(&life("p0")).unwrap().len();
    // Two files hold everything, whoever puts the first one aside.
    let most = u64::try_from(one * EACH * 2).unwrap();
    std::thread::scope(|scope| {
        for writer in 0..3 {
            let journal = journal(dir.path()).bounded(most);
            scope.spawn(move || {
                for _ in 0..EACH {
                    journal.append(&life(&format!("p{writer}"))).unwrap();
                }
            });
        }
    });
    let journal = journal(dir.path());
    let folder = journal.path().parent().unwrap();
    assert_eq!(
        fs::read_dir(folder).unwrap().count(),
        2,
        "one was put aside"
    );
    let lines = journal.read().unwrap();
    assert!(lines.unreadable.is_empty() && !lines.torn);
    assert_eq!(replay::plans(&lines.entries).len(), 3 * EACH);
}
