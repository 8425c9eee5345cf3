//! The panes of pods' logs and of what the candidate brings.

use crate::fixture::{canary_at, target};
use crate::screens::{failing, frame};
use crate::widgets::{paint, rows};
use flightdeck::analysis::verdict::Call;
use flightdeck::app::changes::{Row, rows as change_rows};
use flightdeck::app::effect::Effect;
use flightdeck::app::event::Event;
use flightdeck::app::intent::Intent;
use flightdeck::app::key::{Key, KeyCode};
use flightdeck::app::log_pane::KEPT;
use flightdeck::app::model::Model;
use flightdeck::app::screen::Screen;
use flightdeck::app::subscription::{Sub, subscriptions};
use flightdeck::app::update::update;
use flightdeck::config::settings::{CiKind, CiProject, CiSource};
use flightdeck::config::theme::{Charset, Depth};
use flightdeck::domain::cluster::Template;
use flightdeck::domain::event::{EffectEvent, SourceEvent};
use flightdeck::domain::feed::{FaultKind, FeedFault};
use flightdeck::domain::notice::{Notice, NoticeKind};
use flightdeck::domain::pipeline::{Commit, Comparison};
use flightdeck::domain::pod_log::{LogFocus, PodLine, PodLogPiece, Process};
use flightdeck::domain::record::RecordRead;
use flightdeck::domain::text::Text;
use flightdeck::domain::traffic::Track;
use flightdeck::runtime::ring::Ring;
use jiff::SignedDuration;
use serde_json::json;

fn tell(model: &mut Model, event: Event) -> Vec<Effect> {
    let at = model.now;
    update(model, event.at(at))
}

fn press(model: &mut Model, keys: &str) -> Vec<Effect> {
    let keys = keys.chars().map(|key| match key {
        '\n' => Key::plain(KeyCode::Enter),
        key => Key::char(key),
    });
    let pressed: Vec<Event> = keys.map(Event::KeyPressed).collect();
    let each = pressed.into_iter().flat_map(|event| tell(model, event));
    each.collect()
}

fn shown(model: &Model) -> String {
    let paint = paint(Depth::Indexed256, Charset::Unicode);
    rows(&frame(model, (80, 24), &paint)).join("\n")
}

const CANARY: LogFocus = LogFocus {
    track: Track::Canary,
    process: Process::Present,
};

fn line(model: &Model, pod: &str, ago: i64, text: &str) -> PodLine {
    PodLine {
        pod: pod.to_owned(),
        at: Some(model.now - SignedDuration::from_secs(ago)),
        text: text.to_owned(),
    }
}

fn read(model: &mut Model, focus: LogFocus, read: Result<PodLogPiece, FeedFault>) {
    let event = SourceEvent::PodLogRead(target(), focus, read);
    drop(tell(model, Event::Source(event)));
}

/// What the canary's pods print, of which stable's know but one kind.
pub(crate) fn logs() -> Model {
    let mut model = failing();
    assert!(press(&mut model, "l").is_empty());
    let canary = "checkout-canary-5b6f8-0";
    let lines = vec![
        line(&model, canary, 9, "INFO listening on 8080"),
        line(&model, canary, 7, "GET /cart/4711 200 in 12 ms"),
        line(&model, canary, 6, "ERROR cart 4711: negative quantity"),
        line(&model, canary, 5, "GET /cart/4712 200 in 9 ms"),
        line(&model, canary, 3, "ERROR cart 4712: negative quantity"),
        line(&model, canary, 2, "WARN retry 3 of 5"),
    ];
    let others = vec![
        line(&model, "checkout-7c9d4-0", 8, "INFO listening on 9090"),
        line(&model, "checkout-7c9d4-1", 7, "GET /cart/17 200 in 8 ms"),
    ];
    let piece = PodLogPiece {
        lines,
        others,
        restarted: true,
        ..PodLogPiece::default()
    };
    read(&mut model, CANARY, Ok(piece));
    model
}

#[test]
fn the_key_of_the_logs_reads_the_canarys_pods_beside_stables() {
    let mut model = failing();
    drop(press(&mut model, "l"));
    assert_eq!(model.ui.screen, Screen::Logs);
    let wanted = subscriptions(&model).into_iter().find_map(|sub| match sub {
        Sub::PodLogs(_, focus, own, others) => Some((focus, own, others)),
        _ => None,
    });
    let (focus, own, others) = wanted.unwrap();
    assert_eq!(focus, CANARY);
    assert!(own.iter().all(|pod| pod.starts_with("checkout-canary-")));
    assert_eq!(own.len() + others.len(), 5);
    drop(press(&mut model, "q"));
    assert_eq!(model.ui.screen, Screen::Service);
    let is_log = |sub: &Sub| matches!(sub, Sub::PodLogs(..));
    assert!(!subscriptions(&model).iter().any(is_log), "nobody looks");

    // With the cursor in the charts the same key moves it.
    drop(press(&mut model, "ih"));
    let at = model.ui.inspect.unwrap();
    drop(press(&mut model, "l"));
    assert_eq!(model.ui.screen, Screen::Service);
    assert!(model.ui.inspect.unwrap() > at);
}

#[test]
fn what_stable_does_not_print_comes_first_and_counted() {
    let model = logs();
    let text = shown(&model);
    let unlike = model.pod_logs.kinds.unlike();
    let told: Vec<(u64, &str)> = unlike
        .iter()
        .map(|kind| (kind.count, kind.pattern.as_str()))
        .collect();
    assert_eq!(told[0], (2, "ERROR cart #: negative quantity"), "{told:?}");
    assert_eq!(told.len(), 2, "{told:?}");
    let first = text
        .find("2x   1 pod  ERROR cart 4712")
        .unwrap_or_else(|| panic!("{text}"));
    let all = text
        .find("logs: canary v2.42.0, 1 pod")
        .unwrap_or_else(|| panic!("{text}"));
    assert!(first < all, "{text}");
    assert!(text.contains("0  GET /cart/4711 200"), "{text}");
    // E goes from one such line to the next.
    let mut model = model;
    drop(press(&mut model, "gE"));
    assert!(model.pod_logs.pane.line().unwrap().contains("cart 4711"));
    drop(press(&mut model, "E"));
    assert!(model.pod_logs.pane.line().unwrap().contains("cart 4712"));
    drop(press(&mut model, "/listen\n"));
    assert!(model.pod_logs.pane.line().unwrap().contains("listening"));
}

#[test]
fn more_lines_come_below_and_the_ring_counts_what_it_drops() {
    let mut model = logs();
    let more = (0..KEPT).map(|_| line(&model, "c-x", 1, "GET /cart/1 200 in 1 ms"));
    let piece = PodLogPiece {
        lines: more.collect(),
        ..PodLogPiece::default()
    };
    read(&mut model, CANARY, Ok(piece));
    assert_eq!(model.pod_logs.pane.lines.len(), KEPT);
    assert_eq!(model.pod_logs.pane.dropped, 6);
    assert_eq!(model.pod_logs.kinds.unlike()[0].count, 2, "still counted");
    let gap = PodLogPiece {
        gaps: vec!["checkout-canary-5b6f8-0".to_owned()],
        ..PodLogPiece::default()
    };
    read(&mut model, CANARY, Ok(gap));
    assert!(shown(&model).contains("lines are missing"));
}

#[test]
fn the_other_side_and_the_process_before_are_a_key_away() {
    let mut model = logs();
    drop(press(&mut model, "P"));
    assert_eq!(model.pod_logs.focus.process, Process::Previous);
    assert!(model.pod_logs.pane.lines.is_empty());
    // What was read for the other comes too late.
    let late = PodLogPiece {
        lines: vec![line(&model, "c-x", 1, "late")],
        ..PodLogPiece::default()
    };
    read(&mut model, CANARY, Ok(late));
    assert!(model.pod_logs.pane.lines.is_empty());
    let unread = PodLogPiece {
        unread: vec![(
            "checkout-canary-5b6f8-0".to_owned(),
            Text::new("previous terminated container not found"),
        )],
        restarted: true,
        ..PodLogPiece::default()
    };
    let before = model.pod_logs.focus;
    read(&mut model, before, Ok(unread));
    let text = shown(&model);
    assert!(
        text.contains("previous terminated container not found"),
        "{text}"
    );
    drop(press(&mut model, "Pm"));
    assert_eq!(model.pod_logs.focus.track, Track::Stable);
    let text = shown(&model);
    assert!(text.contains("logs: stable v2.41.0, 4 pods"), "{text}");
    let fault = FeedFault {
        kind: FaultKind::Forbidden,
        text: "not allowed to get pods/log".into(),
        hint: Some("ask for the role that `flightdeck role` prints".into()),
    };
    let focus = model.pod_logs.focus;
    read(&mut model, focus, Err(fault));
    let text = shown(&model);
    assert!(
        text.contains("not allowed to get pods/log - ask for"),
        "{text}"
    );
}

fn commit(id: &str, subject: &str, request: Option<u64>) -> Commit {
    Commit {
        id: id.into(),
        subject: subject.into(),
        author: "mira".into(),
        at: None,
        request,
    }
}

/// The service with a pipeline, and a candidate whose template differs.
fn candidate() -> Model {
    let mut model = failing();
    model.settings.ci = vec![CiSource {
        name: "github".to_owned(),
        kind: CiKind::GitHub,
        url: "https://api.github.com".to_owned(),
        token: None,
        user: None,
        interval: std::time::Duration::from_secs(5),
    }];
    model.settings.services[0].ci = Some(CiProject {
        source: "github".to_owned(),
        project: "shop/checkout".to_owned(),
        branch: None,
        gates: Vec::new(),
    });
    let mut snapshot = canary_at(5, model.now);
    let with = |template: &Template, memory: &str| {
        let mut template = template.0.clone();
        template["spec"]["containers"][0]["resources"] = json!({ "limits": { "memory": memory } });
        Template(template)
    };
    for deployment in &mut snapshot.deployments {
        let memory = if deployment.name == "checkout-canary" {
            "512Mi"
        } else {
            "256Mi"
        };
        let sets = snapshot.replica_sets.iter_mut();
        for set in sets.filter(|set| set.owner_uid == deployment.uid) {
            set.template = with(&set.template, memory);
        }
        deployment.template = with(&deployment.template, memory);
    }
    let RecordRead::Read { record, .. } = &mut snapshot.record else {
        panic!("{:?}", snapshot.record)
    };
    let newest = record.releases.first_mut().unwrap();
    newest.commit = Some("c4e81f2".into());
    let read = SourceEvent::ClusterRead(target(), Box::new(snapshot));
    drop(tell(&mut model, Event::Source(read)));
    model
}

fn comparison() -> Comparison {
    Comparison {
        ahead: 3,
        behind: 1,
        commits: vec![
            commit(
                "a1b9c3e4d5",
                "Reduce retry fan-out in the cart client",
                Some(2210),
            ),
            commit("b2c8d4f5e6", "Refuse negative quantities", None),
        ],
        files: Some(4),
        added: Some(120),
        removed: Some(33),
        url: Some("https://github.com/shop/checkout/compare/x...y".into()),
    }
}

/// The same with its commits.
pub(crate) fn changes() -> Model {
    let mut model = candidate();
    let effects = press(&mut model, "d");
    let [Effect::Compare(id, _, base, head)] = &effects[..] else {
        panic!("{effects:?}\n{:?}", change_rows(&model))
    };
    assert_eq!((base.as_str(), head.as_str()), ("a1b9c3e", "c4e81f2"));
    let answer = EffectEvent::Compared(*id, Ok(comparison()));
    drop(tell(&mut model, Event::Effect(answer)));
    model
}

#[test]
fn what_the_candidate_brings_is_its_template_and_its_commits() {
    let model = changes();
    let text = shown(&model);
    for told in [
        "spec.containers[checkout].resources.limits.memory",
        "3 commits, 4 files, +120 -33",
        "takes back 1 commit that stable has",
        "a1b9c3e4 Reduce retry fan-out in the cart client (#2210)  mira",
        "and 1 more",
    ] {
        assert!(text.contains(told), "{told}:\n{text}");
    }
    // Nothing is asked twice while the pair is the same.
    let mut model = model;
    let later = tell(&mut model, Event::Ticked);
    assert!(
        !later
            .iter()
            .any(|effect| matches!(effect, Effect::Compare(..)))
    );
    drop(press(&mut model, "q"));
    let again = press(&mut model, "d");
    assert!(again.is_empty(), "{again:?}");
}

#[test]
fn what_is_not_known_of_the_changes_is_said() {
    let mut model = candidate();
    let [Effect::Compare(id, ..)] = press(&mut model, "d")[..] else {
        panic!("{:?}", change_rows(&model))
    };
    let refused = Notice::new(NoticeKind::Unreachable, "github does not answer").hint("try again");
    drop(tell(
        &mut model,
        Event::Effect(EffectEvent::Compared(id, Err(refused))),
    ));
    let text = shown(&model);
    assert!(text.contains("commits: not known"), "{text}");
    assert!(text.contains("github does not answer"), "{text}");
    // Who looks again asks again.
    drop(tell(&mut model, Event::Wanted(Intent::Back)));
    assert_eq!(press(&mut model, "d").len(), 1);

    model.settings.services[0].ci = None;
    let text = shown(&model);
    assert!(text.contains("no pipeline in the config"), "{text}");
    model.reading.rollout.as_mut().unwrap().candidate = None;
    let told = change_rows(&model);
    assert!(
        matches!(&told[..], [Row::Said(said)] if said.contains("nothing to compare")),
        "{told:?}"
    );
}

#[test]
fn what_a_service_prints_is_in_no_recording() {
    let place = tempfile::tempdir().unwrap();
    let mut ring = Ring::new(place.path().to_owned());
    let model = logs();
    let secret = vec![line(&model, "c-x", 1, "token=hunter2")];
    let piece = PodLogPiece {
        lines: secret.clone(),
        others: secret,
        ..PodLogPiece::default()
    };
    let event = SourceEvent::PodLogRead(target(), CANARY, Ok(piece));
    ring.push(&model, &Event::Source(event).at(model.now));
    let path = ring.save().unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    assert!(!text.contains("negative quantity"), "the model's lines");
    assert!(!text.contains("hunter2"), "the event's lines");
}

#[test]
fn a_change_of_the_verdict_is_kept_for_the_charts() {
    let mut model = failing();
    model.reading.verdict.call = Call::Promote;
    let read = |model: &Model| {
        let snapshot = Box::new(canary_at(5, model.now));
        Event::Source(SourceEvent::ClusterRead(target(), snapshot))
    };
    let event = read(&model);
    drop(tell(&mut model, event));
    let call = model.reading.verdict.call;
    assert_ne!(call, Call::Promote);
    assert_eq!(model.reading.calls, [(model.now, call)]);
    let event = read(&model);
    drop(tell(&mut model, event));
    assert_eq!(model.reading.calls.len(), 1, "it stands");
}
