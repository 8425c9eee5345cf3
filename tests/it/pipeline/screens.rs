//! The strip, the pipeline screen, the log pane, the question.

use crate::fixture::{canary_at, image, settings, target, who};
use crate::widgets::{paint, rows};
use flightdeck::app::effect::Effect;
use flightdeck::app::event::Event;
use flightdeck::app::intent::Intent;
use flightdeck::app::key::{Key, KeyCode};
use flightdeck::app::log_pane::KEPT;
use flightdeck::app::model::Model;
use flightdeck::app::pipeline::{Link, linked};
use flightdeck::app::screen::Screen;
use flightdeck::app::update::update;
use flightdeck::config::settings::{CiKind, CiProject, CiSource};
use flightdeck::config::theme::{Charset, Depth};
use flightdeck::domain::event::SourceEvent;
use flightdeck::domain::pipeline::{
    Ability, Approval, ApprovalId, Capabilities, Command, Cursor, Delivery, Job, JobId, JobKind,
    LineKind, LogLine, LogPiece, May, Pipelines, Run, RunId, Span, Stage, State, Step,
};
use flightdeck::domain::record::RecordRead;
use flightdeck::domain::text::Text;
use flightdeck::view::draw;
use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::time::Duration;

fn now() -> Timestamp {
    "2026-01-02T14:07:32Z".parse().unwrap()
}

fn ago(seconds: i64) -> Timestamp {
    now() - SignedDuration::from_secs(seconds)
}

fn job(id: u64, name: &str, state: State, (start, end): (i64, Option<i64>)) -> Job {
    let begun = !matches!(state, State::Queued | State::NeedsHuman);
    let step = |number, name: &str, state| Step {
        number,
        name: Text::new(name),
        state,
        span: Span::default(),
    };
    Job {
        id: JobId::new(id.to_string()),
        name: Text::new(name),
        kind: JobKind::Plain,
        attempt: 1,
        span: Span {
            created: Some(ago(start)),
            started: begun.then(|| ago(start)),
            ended: end.map(ago),
        },
        environment: None,
        needs: Vec::new(),
        steps: vec![
            step(1, "Set up job", State::Passed),
            step(2, "Run \u{1b}[31mit", state.clone()),
        ],
        url: None,
        reason: None,
        state,
    }
}

fn stages(jobs: Vec<Job>) -> Vec<Stage> {
    let stage = |job: Job| Stage {
        name: job.name.clone(),
        jobs: vec![job],
    };
    jobs.into_iter().map(stage).collect()
}

fn run(id: u64, commit: &str, state: State, jobs: Vec<Job>) -> Run {
    Run {
        id: RunId::new(id.to_string()),
        number: Some(id),
        name: Text::new("release"),
        title: Text::new("Reduce retry fan-out"),
        reference: Some(Text::new("main")),
        commit: Some(Text::new(format!("{commit}{}", "0".repeat(33)))),
        event: None,
        by: Some(Text::new("mira")),
        url: None,
        attempt: 1,
        span: Span {
            created: Some(ago(400)),
            started: Some(ago(400)),
            ended: None,
        },
        updated: None,
        stages: Some(stages(jobs)),
        approvals: Vec::new(),
        tests: None,
        state,
    }
}

fn past() -> Run {
    let jobs = vec![
        job(1, "lint", State::Passed, (900, Some(840))),
        job(2, "build image", State::Passed, (840, Some(700))),
        job(3, "deploy production", State::Passed, (600, Some(500))),
    ];
    run(41, "a1b9c3e", State::Passed, jobs)
}

fn waiting() -> Run {
    let jobs = vec![
        job(11, "lint", State::Passed, (400, Some(390))),
        job(12, "unit tests", State::Failed, (400, Some(300))),
        job(13, "build image", State::Passed, (390, Some(200))),
        job(14, "deploy production", State::NeedsHuman, (180, None)),
    ];
    let mut run = run(42, "c4e81f2", State::NeedsHuman, jobs);
    run.approvals = vec![Approval {
        id: ApprovalId::new("7"),
        job: Some(JobId::new("14")),
        name: Text::new("production"),
        environment: Some(Text::new("production")),
        since: Some(ago(180)),
        not_before: None,
        reviewers: vec![Text::new("jonas")],
        may: May::Yes,
        decisions: Vec::new(),
    }];
    run
}

fn capabilities(approve: Ability) -> Capabilities {
    Capabilities {
        provider: "GitHub Actions".to_owned(),
        logs: Delivery::AtTheEnd,
        approve,
        comment: Ability::Yes,
        rerun: Ability::Yes,
        rerun_failed: Ability::Yes,
        rerun_job: Ability::Yes,
        cancel: Ability::Yes,
        tests: Ability::Yes,
        compare: Ability::Yes,
    }
}

fn model(runs: Vec<Run>, approve: Ability) -> Model {
    let mut settings = settings();
    settings.ci = vec![CiSource {
        name: "github".to_owned(),
        kind: CiKind::GitHub,
        url: "https://api.github.com".to_owned(),
        token: None,
        user: None,
        interval: Duration::from_secs(5),
    }];
    settings.services[0].ci = Some(CiProject {
        source: "github".to_owned(),
        project: "shop/checkout".to_owned(),
        branch: None,
        gates: Vec::new(),
    });
    let mut model = Model::new(settings, target(), who(), "test", now());
    let cluster = SourceEvent::ClusterRead(target(), Box::new(canary_at(5, now())));
    let pipelines = Pipelines {
        at: now(),
        capabilities: capabilities(approve),
        runs,
        quota: None,
    };
    let read = SourceEvent::PipelinesRead(target(), Box::new(pipelines));
    for event in [cluster, read] {
        update(&mut model, Event::Source(event).at(now()));
    }
    model
}

fn press(model: &mut Model, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    for key in keys.chars() {
        let key = match key {
            '\n' => Key::plain(KeyCode::Enter),
            '\t' => Key::plain(KeyCode::Tab),
            '\u{1b}' => Key::plain(KeyCode::Esc),
            other => Key::char(other),
        };
        let at = model.now + SignedDuration::from_millis(400);
        effects.extend(update(model, Event::KeyPressed(key).at(at)));
    }
    effects
}

fn shown(model: &Model, (columns, lines): (u16, u16)) -> String {
    let mut buffer = Buffer::empty(Rect::new(0, 0, columns, lines));
    draw(model, &paint(Depth::None, Charset::Unicode), &mut buffer);
    rows(&buffer).join("\n")
}

#[test]
fn the_strip_tells_the_gates_of_the_run_in_view() {
    let under_way = shown(&model(vec![waiting(), past()], Ability::Yes), (80, 24));
    assert!(under_way.contains("pipeline #42"), "{under_way}");
    assert!(under_way.contains("waits for approval 3m"), "{under_way}");
    assert!(
        under_way.contains("unit tests"),
        "the failing job is named: {under_way}"
    );
    let made = shown(&model(vec![past()], Ability::Yes), (120, 40));
    assert!(made.contains("pipeline #41 a1b9c3e by mira"), "{made}");
    let none = shown(&model(Vec::new(), Ability::Yes), (80, 24));
    assert!(none.contains("no run"), "{none}");
}

#[test]
fn a_run_is_linked_by_the_number_behind_a_dash_and_not_by_a_versions_last_part() {
    let runs = [
        run(8, "c4e81f2", State::Passed, Vec::new()),
        run(7, "b3d70e1", State::Passed, Vec::new()),
    ];
    let mut model = model(runs.to_vec(), Ability::Yes);
    let mut link = |tag: &str| {
        let candidate = model.reading.rollout.as_mut().unwrap().candidate.as_mut();
        candidate.unwrap().image = image(tag);
        let (id, link) = linked(&model, &runs).unwrap();
        (id.to_string(), link)
    };
    assert_eq!(link("main-7"), ("7".to_owned(), Link::Number));
    assert_eq!(link("v1.2.0-7"), ("7".to_owned(), Link::Number));
    assert_eq!(link("v1.2.7"), ("8".to_owned(), Link::Newest));
    assert_eq!(link("7"), ("8".to_owned(), Link::Newest));
    assert_eq!(link("v1-b3d70e1"), ("7".to_owned(), Link::Commit));
}

#[test]
fn the_run_of_a_release_is_the_same_whatever_screen_is_open() {
    let mut model = model(vec![waiting(), past()], Ability::Yes);
    let runs = [run(43, "0000000", State::Passed, Vec::new()), past()];
    let before = linked(&model, &runs).unwrap();
    assert_eq!(before.1, Link::Commit, "the record names its commit");
    model.ui.screen = Screen::Fleet;
    assert_eq!(linked(&model, &runs), Some(before));
    assert!(flightdeck::app::releases::releases(&model).is_empty());
}

#[test]
fn the_pipeline_is_never_a_held_picture() {
    let mut model = model(vec![waiting(), past()], Ability::Yes);
    press(&mut model, "f");
    assert!(model.frozen.is_some());
    press(&mut model, "3");
    assert_eq!(model.ui.screen, Screen::Pipeline);
    assert!(model.frozen.is_none());
    let now = model.now;
    update(&mut model, Event::Wanted(Intent::ToggleFreeze).at(now));
    assert!(model.frozen.is_none());
}

#[test]
fn a_question_takes_a_comment_and_sends_what_was_shown() {
    let mut model = model(vec![waiting(), past()], Ability::Yes);
    press(&mut model, "3");
    let screen = shown(&model, (80, 24));
    assert!(
        screen.contains("waits for approval of production by jonas"),
        "{screen}"
    );
    assert!(screen.contains("deploy production"), "{screen}");
    press(&mut model, "pa");
    let dialog = shown(&model, (80, 24));
    for part in [
        "APPROVE",
        "\"production\", waits 3m",
        "jonas (you can)",
        "shop/checkout",
    ] {
        assert!(dialog.contains(part), "{part}: {dialog}");
    }
    // In the comment letters are letters.
    assert!(press(&mut model, "cyes\n").is_empty());
    let effects = press(&mut model, "y");
    let Some(Effect::AskPipeline(_, _, Command::Approve { run, what, comment })) = effects.first()
    else {
        panic!("{effects:?}");
    };
    assert_eq!((run.as_str(), comment.as_str()), ("42", "yes"));
    assert_eq!(what, &[ApprovalId::new("7")]);
}

#[test]
fn what_cannot_be_asked_says_why() {
    let refused = Ability::no("Gitea has no approvals");
    let mut model = model(vec![waiting()], refused);
    press(&mut model, "3pa");
    assert!(model.pipeline.question.is_none());
    assert!(shown(&model, (80, 24)).contains("Gitea has no approvals"));
    press(&mut model, "pR");
    assert!(shown(&model, (80, 24)).contains("not over"));
}

#[test]
fn a_run_that_changed_behind_the_question_is_not_acted_on() {
    let mut model = model(vec![waiting(), past()], Ability::Yes);
    press(&mut model, "3pa");
    let mut after = waiting();
    after.approvals[0].id = ApprovalId::new("8");
    let pipelines = Pipelines {
        at: now(),
        capabilities: capabilities(Ability::Yes),
        runs: vec![after],
        quota: None,
    };
    let read = SourceEvent::PipelinesRead(target(), Box::new(pipelines));
    let at = model.now;
    update(&mut model, Event::Source(read).at(at));
    assert!(press(&mut model, "y").is_empty());
    assert!(shown(&model, (80, 24)).contains("changed behind"));
}

fn piece(lines: Vec<(LineKind, String)>) -> LogPiece {
    LogPiece {
        lines: lines
            .into_iter()
            .map(|(kind, text)| LogLine {
                at: Some(now()),
                kind,
                text,
            })
            .collect(),
        skipped_bytes: 3 * 1024 * 1024,
        next: Cursor { offset: 1, mark: 1 },
        ended: true,
        restarted: false,
    }
}

#[test]
fn a_log_folds_finds_and_forgets() {
    let mut model = model(vec![waiting(), past()], Ability::Yes);
    press(&mut model, "3");
    let waits = shown(&model, (160, 45));
    assert!(waits.contains("Enter on a job"), "{waits}");
    press(&mut model, "\n");
    let mut lines = vec![(LineKind::GroupBegin, "Set up job".to_owned())];
    lines.extend((0..5).map(|n| (LineKind::Plain, format!("setting up {n}"))));
    lines.push((LineKind::GroupEnd, String::new()));
    lines.push((LineKind::GroupBegin, "Run it".to_owned()));
    lines.push((LineKind::Error, "assertion failed".to_owned()));
    lines.push((LineKind::GroupEnd, String::new()));
    let read = SourceEvent::JobLogRead(target(), JobId::new("12"), Ok(piece(lines)));
    let at = model.now;
    update(&mut model, Event::Source(read).at(at));
    let screen = shown(&model, (160, 45));
    assert!(
        screen.contains("+ Set up job (5 lines)") && !screen.contains("setting up 3"),
        "{screen}"
    );
    assert!(
        screen.contains("assertion failed"),
        "a group with a fault is open: {screen}"
    );
    assert!(
        screen.contains("3 MiB before this were not read"),
        "{screen}"
    );
    press(&mut model, "/up 3\n");
    let found = shown(&model, (160, 45));
    assert!(
        found.contains("setting up 3") && found.contains("/up 3/ 1 of 1"),
        "{found}"
    );
    press(&mut model, "E");
    assert_eq!(model.pipeline.log.line(), Some("assertion failed"));

    let many = (0..KEPT + 7)
        .map(|n| (LineKind::Plain, format!("line {n}")))
        .collect();
    let read = SourceEvent::JobLogRead(target(), JobId::new("12"), Ok(piece(many)));
    update(&mut model, Event::Source(read).at(at));
    assert_eq!(model.pipeline.log.lines.len(), KEPT);
    assert_eq!(model.pipeline.log.dropped, 17);
}

#[test]
fn nothing_breaks_at_any_size() {
    let mut model = model(vec![waiting(), past()], Ability::Yes);
    press(&mut model, "3\n");
    for size in [(1, 1), (2, 300), (40, 10), (80, 24), (200, 60)] {
        shown(&model, size);
    }
    press(&mut model, "pa");
    for size in [(1, 1), (30, 5), (200, 60)] {
        shown(&model, size);
    }
}

#[test]
fn the_run_that_the_record_names_is_no_guess() {
    let link = |told: &str, runs: Vec<Run>| {
        let mut model = model(runs.clone(), Ability::Yes);
        let mut snapshot = canary_at(5, now());
        let RecordRead::Read { record, .. } = &mut snapshot.record else {
            panic!("a record: {:?}", snapshot.record);
        };
        for release in &mut record.releases {
            release.commit = None;
            release.run = (release.tag() == "v2.42.0").then(|| Text::new(told));
        }
        let read = SourceEvent::ClusterRead(target(), Box::new(snapshot));
        update(&mut model, Event::Source(read).at(now()));
        linked(&model, &runs).unwrap()
    };
    let older = || run(40, "b2c0d4f", State::Passed, Vec::new());
    for told in ["40", "#40", "main/40"] {
        let found = link(told, vec![past(), older()]);
        assert_eq!(found, (RunId::new("40"), Link::Record), "{told}");
    }
    // Numbers of two pipelines of one project may be the same: then a number names neither.
    let mut twin = older();
    twin.id = RunId::new("7");
    let (_, guessed) = link("#40", vec![past(), older(), twin]);
    assert!(guessed.is_likely(), "{guessed:?}");
    assert!(link("9", vec![past()]).1.is_likely());
}
