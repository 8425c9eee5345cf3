//! Screens: every state of the service screen, with styles, at three sizes; and what must stand uncut at the smallest.

use flightdeck::analysis::verdict::Call;
use flightdeck::app::asking::{Asking, Focus, Ground, Question};
use flightdeck::app::cut_off::{Asked, Pulse};
use flightdeck::app::drill::{Drill, Recovery};
use flightdeck::app::event::Event;
use flightdeck::app::intent::Purpose;
use flightdeck::app::key::{Key, KeyCode};
use flightdeck::app::keymap::Scope;
use flightdeck::app::model::Model;
use flightdeck::app::pick::Pick;
use flightdeck::app::run::{PlanRun, Progress};
use flightdeck::app::screen::{Level, Overlay, Pane, Screen, Telling, Toast};
use flightdeck::app::update::update;
use flightdeck::config::settings::Origin;
use flightdeck::config::theme::{Charset, Depth, Theme};
use flightdeck::domain::cluster::Owner;
use flightdeck::domain::counters::{Bucket, Counters, PodReading, Reading, Scrape};
use flightdeck::domain::drill::GroundTruth;
use flightdeck::domain::event::NoteKind;
use flightdeck::domain::feed::{FaultKind, FeedFault};
use flightdeck::domain::holder::Holder;
use flightdeck::domain::ids::{EnvironmentName, PlanId, ServiceName, Target};
use flightdeck::domain::outcome::{End, Outcome, StepResult, Verified};
use flightdeck::domain::record::{Claim, Paused};
use flightdeck::domain::rollout::{Fingerprint, Phase, Rollout, StepState, TrackState};
use flightdeck::domain::text::Text;
use flightdeck::domain::traffic::{Split, Track, Weight};
use flightdeck::strategy::goal::{Goal, RollBackTo};
use flightdeck::strategy::plan::{Check, Confirm, Plan, Ppm, RecordChange};
use flightdeck::strategy::refusal::{Reason, Refusal};
use flightdeck::strategy::step::{ConfirmTraffic, RuleBackends, Scale, SetWeights, Step, Workload};
use flightdeck::view::{Paint, draw};
use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::time::Duration;

use crate::fixture::{
    canary_at, canary_policy, image, judge_limits, record, settings, target, who,
};
use crate::widgets::{paint, rows};

/// The sizes at which every state is drawn.
const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

fn now() -> Timestamp {
    "2026-01-02T14:07:32Z".parse().unwrap()
}

/// What each version does, a second.
#[derive(Clone, Copy)]
struct Behaviour {
    requests: f64,
    /// Failed requests by requests when the canary began, and now.
    errors: (f64, f64),
    /// Share of requests that take longer than 250 ms.
    slow: f64,
}

const STABLE: Behaviour = Behaviour {
    requests: 190.0,
    errors: (0.006, 0.006),
    slow: 0.02,
};
const GOOD: Behaviour = Behaviour {
    requests: 10.0,
    errors: (0.004, 0.007),
    slow: 0.04,
};
const BAD: Behaviour = Behaviour {
    requests: 10.0,
    errors: (0.006, 0.032),
    slow: 0.04,
};
const SILENT: Behaviour = Behaviour {
    requests: 0.0,
    errors: (0.0, 0.0),
    slow: 0.0,
};

/// Counters of a version `age` seconds after it began, its error share rising with time.
fn counters(does: Behaviour, age: f64) -> Counters {
    let requests = does.requests * age;
    let rise = age / 240.0;
    let share = does.errors.0 + (does.errors.1 - does.errors.0) * rise * rise;
    // A slow wave that never lets the counter fall, so that the lines are no rulers.
    let wave = does.requests * share * 0.5 * 8.0 * (age / 8.0).sin();
    let bucket = |le: f64, share: f64| Bucket {
        le,
        count: (requests * share).floor(),
    };
    let buckets = vec![
        bucket(0.1, 0.5),
        bucket(0.2, 0.93 - does.slow),
        bucket(0.25, 1.0 - does.slow),
        bucket(0.5, 1.0 - does.slow / 10.0),
        bucket(f64::INFINITY, 1.0),
    ];
    Counters {
        requests: requests.floor(),
        errors: (requests * share + wave).max(0.0).floor(),
        cpu_seconds: Some(requests * 0.004),
        buckets,
        started_at: Some(now() - SignedDuration::from_secs(240)),
    }
}

fn scrape(seconds_ago: i64, canary: Option<Behaviour>) -> Scrape {
    let at = now() - SignedDuration::from_secs(seconds_ago);
    let age = 240.0 - f64::from(i32::try_from(seconds_ago).unwrap());
    let pod = |name: &str, side, does| PodReading {
        pod: name.to_owned(),
        side,
        reading: Reading::Counted(counters(does, age)),
    };
    let mut pods = vec![pod("checkout-7c9d4-0", Track::Stable, STABLE)];
    pods.extend(canary.map(|does| pod("checkout-canary-5b6f8-0", Track::Canary, does)));
    Scrape { at, pods }
}

fn side(deployment: &str, tag: &str, pods: u32) -> TrackState {
    TrackState {
        deployment: deployment.to_owned(),
        image: image(tag),
        digest: None,
        hash: None,
        desired: pods,
        ready: pods,
        available: pods,
        restarts: 0,
    }
}

fn rollout(weight: u32) -> Rollout {
    let snapshot = canary_at(weight, now());
    Rollout {
        at: now(),
        phase: Phase::Progressing,
        troubles: Vec::new(),
        stable: Some(side("checkout", "v2.41.0", 4)),
        candidate: Some(side("checkout-canary", "v2.42.0", 1)),
        split: Some(Split::canary(Weight::saturating(weight))),
        steps: canary_policy().steps,
        step: Some(StepState {
            index: 0,
            count: 3,
            weight: Weight::saturating(weight),
            started_at: Some(now() - SignedDuration::from_secs(240)),
            holds_until: Some(now() + SignedDuration::from_secs(112)),
        }),
        weight_set_by: None,
        paused: None,
        finish_begun: false,
        last_known_good: Some(record(weight, now()).releases[1].clone()),
        claim: None,
        owner: None,
        pods: snapshot.pods,
        fingerprint: Fingerprint("f".to_owned()),
    }
}

/// A model that has read the cluster and the given canary's metrics for four minutes, with 30 s missing in between.
fn watching(does: Behaviour) -> Model {
    let mut model = unread();
    model.feeds.cluster.take(canary_at(5, now()), now());
    model.reading.rollout = Some(rollout(5));
    for ago in (0..=240)
        .rev()
        .step_by(2)
        .filter(|ago| !(90..120).contains(ago))
    {
        let canary = (ago <= 200).then_some(does);
        let scrape = scrape(ago, canary);
        model.reading.series.push(&scrape);
        model
            .feeds
            .metrics
            .take(scrape, now() - SignedDuration::from_secs(ago));
    }
    model.reading.weights = vec![(
        now() - SignedDuration::from_secs(200),
        Weight::saturating(5),
    )];
    let goals = model.environment().unwrap().policy.goals;
    let series = &model.reading.series;
    let totals = [Track::Canary, Track::Stable].map(|track| series.since_step(track));
    model.reading.verdict = judge_limits(&totals[0], &totals[1], &goals, series.freshness(now()));
    for (ago, kind, text) in [
        (200, NoteKind::Rollout, "weights 95/5, step 1/3"),
        (
            141,
            NoteKind::Pod,
            "checkout-canary-5b6f8-0 OOMKilled, restarted",
        ),
        (
            2,
            NoteKind::Verdict,
            "the verdict is told here with its numbers",
        ),
    ] {
        model
            .log
            .push(now() - SignedDuration::from_secs(ago), kind, text);
    }
    model
}

/// A model whose canary fails, with four minutes of data.
pub(crate) fn failing() -> Model {
    watching(BAD)
}

/// A model that has seen nothing.
fn unread() -> Model {
    let mut settings = settings();
    settings.services[0].environments[0].metrics.interval = Duration::from_secs(2);
    settings.origin = Origin::Demo("/tmp/demo".into());
    Model::new(settings, target(), who(), "run", now())
}

/// The same some seconds later, without news.
fn later(mut model: Model, seconds: i64) -> Model {
    model.now = now() + SignedDuration::from_secs(seconds);
    model
}

fn fault(kind: FaultKind, text: &str, hint: Option<&str>) -> FeedFault {
    FeedFault {
        kind,
        text: text.into(),
        hint: hint.map(Text::from),
    }
}

fn roll_back() -> Plan {
    let weights = |from, to| {
        Step::SetWeights(SetWeights {
            route: "checkout".to_owned(),
            uid: "uid-route".to_owned(),
            generation: 7,
            rules: vec![RuleBackends {
                rule: 0,
                stable: 0,
                canary: 1,
            }],
            stable_service: "checkout".to_owned(),
            canary_service: "checkout-canary".to_owned(),
            from: Split::canary(Weight::saturating(from)),
            to: Split::canary(Weight::saturating(to)),
            restated: false,
        })
    };
    let traffic = ConfirmTraffic {
        split: Split::canary(Weight::ZERO),
        route: Some("checkout".to_owned()),
        canary_tag: "v2.42.0".to_owned(),
        within: Duration::from_secs(30),
    };
    let scale = Scale {
        on: Workload {
            deployment: "checkout-canary".to_owned(),
            uid: "uid-checkout-canary".to_owned(),
            generation: 3,
            container_index: 0,
            container: "checkout".to_owned(),
            plan: None,
            has_annotations: true,
        },
        from: 1,
        to: 0,
    };
    Plan {
        id: PlanId::new("run-1"),
        goal: Goal::RollBack(RollBackTo::LastKnownGood),
        target: target(),
        title: "roll back to v2.41.0".to_owned(),
        fingerprint: Fingerprint("f".to_owned()),
        made_at: now(),
        by: who(),
        reason: None,
        against_verdict: None,
        steps: vec![
            weights(5, 0),
            Step::ConfirmTraffic(traffic),
            Step::Scale(scale),
        ],
        checks: vec![
            Check::Weight {
                split: Split::canary(Weight::ZERO),
                route: Some("checkout".to_owned()),
                canary_tag: "v2.42.0".to_owned(),
            },
            Check::Metrics {
                error_share: Ppm(20_000),
                p95: Duration::from_millis(400),
                within: Duration::from_secs(60),
            },
        ],
        expected: "v2.41.0 serves 100 %, 4 pods".to_owned(),
        inverse: vec![weights(0, 5)],
        confirm: Confirm::Yes,
        warnings: vec!["the two templates differ in env CART_RETRY_MAX".to_owned()],
        takes: Duration::from_secs(5),
        record: RecordChange::default(),
        takes_up: None,
    }
}

fn asked(plan: Plan, typed: &str) -> Model {
    let mut model = watching(BAD);
    model.asking = Asking::Question(Box::new(Question {
        plan,
        read_at: now() - SignedDuration::from_millis(400),
        opened_at: now() - SignedDuration::from_millis(400),
        typed: typed.to_owned(),
        focus: Focus::Cancel,
        escape_at: None,
        ground: Ground::Same,
        purpose: Purpose::Act,
        scrolled: 0,
    }));
    model
}

fn promote_against_the_verdict() -> Plan {
    Plan {
        goal: Goal::Promote,
        title: "promote v2.42.0 to 50 %".to_owned(),
        against_verdict: Some(
            "Rolling back: 3.1 % of 2300 canary requests fail against 0.60 % on stable; limit 2.0 %.".to_owned(),
        ),
        confirm: Confirm::Name,
        ..roll_back()
    }
}

fn acting() -> Model {
    let mut model = watching(BAD);
    let mut run = PlanRun::new(roll_back(), now() - SignedDuration::from_millis(4200));
    run.claimed = true;
    run.steps[0] = Progress::Ended(StepResult::Done, 0.1);
    run.steps[1] = Progress::Began(now() - SignedDuration::from_millis(3500));
    run.waiting = Some("12 of 400 requests in the last 2 s still answered by v2.42.0".into());
    model.run = Some(run);
    model
}

fn ended(end: End, verified: &[(Option<bool>, &str)], sentence: &str) -> Model {
    let mut model = acting();
    let run = model.run.as_mut().unwrap();
    run.steps = vec![Progress::Ended(StepResult::Done, 0.1); 3];
    run.checks = verified
        .iter()
        .map(|(ok, text)| Some((*ok, Text::from(*text))))
        .collect();
    run.outcome = Some(Box::new(Outcome {
        goal: "roll_back".to_owned(),
        title: run.plan.title.clone(),
        steps: Vec::new(),
        verified: verified
            .iter()
            .map(|(ok, text)| Verified {
                check: "weight".to_owned(),
                ok: *ok,
                text: (*text).to_owned(),
            })
            .collect(),
        end,
        took_s: 41.2,
        full_effect_s: Some(0.7),
        record: "configmap production/flightdeck-checkout-production".to_owned(),
        sentence: sentence.to_owned(),
        notices: Vec::new(),
    }));
    model
}

fn recovered() -> Model {
    let verified = [
        (Some(true), "0 of 400 requests on v2.42.0"),
        (Some(true), "errors 0.6 %, p95 181 ms, in band"),
    ];
    ended(
        End::Done,
        &verified,
        "recovered in 41 s: 0 requests on v2.42.0, errors 0.6 %",
    )
}

fn not_proven() -> Model {
    let verified = [
        (Some(true), "0 of 400 requests on v2.42.0"),
        (None, "error rate unknown: metrics down"),
    ];
    ended(
        End::NotProven("metrics down".to_owned()),
        &verified,
        "NOT proven: error rate unknown, metrics down",
    )
}

fn over(mut model: Model, overlay: Overlay) -> Model {
    model.ui.overlay = overlay;
    model
}

fn zoomed(mut model: Model, pane: Pane) -> Model {
    model.ui.screen = Screen::Zoomed(pane);
    model
}

fn metrics_down() -> Model {
    let mut model = later(watching(GOOD), 41);
    model.feeds.cluster.touch(model.now);
    model.feeds.metrics.fail(fault(
        FaultKind::Unreachable,
        "scraping 5 pods: connection refused",
        None,
    ));
    let goals = model.environment().unwrap().policy.goals;
    let series = &model.reading.series;
    let totals = [Track::Canary, Track::Stable].map(|track| series.since_step(track));
    model.reading.verdict =
        judge_limits(&totals[0], &totals[1], &goals, series.freshness(model.now));
    model
}

fn login_expired() -> Model {
    let mut model = later(watching(GOOD), 90);
    let told = "listing deployments in production: 401 Unauthorized";
    model.feeds.cluster.fail(fault(
        FaultKind::LoginExpired,
        told,
        Some("log in again: `aws sso login`"),
    ));
    model
        .feeds
        .metrics
        .fail(fault(FaultKind::LoginExpired, told, None));
    model
}

/// The cluster has never answered.
fn unreachable() -> Model {
    let mut model = unread();
    let told = "listing deployments in production at https://10.0.0.7:6443: connection refused";
    model.feeds.cluster.fail(fault(
        FaultKind::Unreachable,
        told,
        Some("is the VPN up? `r` tries again"),
    ));
    model
}

fn idle() -> Model {
    let mut model = watching(GOOD);
    let rollout = model.reading.rollout.as_mut().unwrap();
    rollout.phase = Phase::Healthy;
    rollout.candidate = None;
    rollout.split = Some(Split::canary(Weight::ZERO));
    rollout.step = None;
    model
}

fn refused() -> Model {
    let mut model = watching(GOOD);
    let refusal = Refusal::new(
        Reason::ClaimHeld,
        "plan of kim: promote v2.42.0 to 50 % (2/5) is under way",
    );
    model.asking = Asking::Refused(Goal::Promote, refusal.hint("abort or roll back takes over"));
    model
}

fn commands(mut model: Model) -> Model {
    model.ui.telling = Telling::Commands;
    model
}

fn paused() -> Model {
    let mut model = watching(GOOD);
    let rollout = model.reading.rollout.as_mut().unwrap();
    rollout.phase = Phase::Paused;
    rollout.paused = Some(Paused {
        by: "kim".into(),
        since: now(),
        reason: Some("lunch".into()),
    });
    model
}

fn read_only() -> Model {
    let mut model = watching(GOOD);
    model.settings.read_only = true;
    model.settings.origin = Origin::File("/etc/flightdeck/config.toml".into());
    model.settings.services[0].environments[0].policy.protected = true;
    model
}

/// Somebody else acts, pods do not start, and the weight was set by hand.
fn troubled() -> Model {
    let mut model = watching(GOOD);
    let rollout = model.reading.rollout.as_mut().unwrap();
    rollout.phase = Phase::Degraded;
    rollout.troubles = vec![
        "checkout-canary-5b6f8-0: ImagePullBackOff".into(),
        "checkout-canary: deadline exceeded".into(),
    ];
    rollout.weight_set_by = Some("kubectl-edit".into());
    rollout.step = None;
    rollout.last_known_good = None;
    let candidate = rollout.candidate.as_mut().unwrap();
    (candidate.ready, candidate.available, candidate.restarts) = (0, 0, 7);
    rollout.pods[4].ready = false;
    rollout.pods[4].state = "ImagePullBackOff".into();
    rollout.claim = Some(Claim {
        plan: "other-1".to_owned(),
        goal: "promote".into(),
        title: "promote v2.42.0 to 50 %".into(),
        done: 1,
        steps: 4,
        by: "kim".into(),
        since: now(),
        heartbeat: 3,
        whole: None,
    });
    rollout.owner = Some(Owner {
        kind: "Argo CD".to_owned(),
        name: "shop".into(),
        reverts: true,
    });
    model
}

/// Another's plan was cut off 40 s ago, on this machine.
fn cut_off() -> Model {
    let mut model = watching(GOOD);
    let rollout = model.reading.rollout.as_mut().unwrap();
    let claim = Claim {
        plan: "other-1".to_owned(),
        goal: "promote".into(),
        title: "promote v2.42.0 to 50 %".into(),
        done: 2,
        steps: 4,
        by: "kim".into(),
        since: now() - SignedDuration::from_secs(40),
        heartbeat: 3,
        whole: None,
    };
    model.pulse = Some(Pulse {
        plan: claim.plan.clone(),
        heartbeat: claim.heartbeat,
        since: now(),
        has_beaten: false,
        asked: Asked::Told(Holder::Gone),
    });
    rollout.claim = Some(claim);
    model
}

/// The model after these keys.
fn pressed(mut model: Model, keys: &str) -> Model {
    for c in keys.chars() {
        let at = model.now;
        drop(update(&mut model, Event::KeyPressed(Key::char(c)).at(at)));
    }
    model
}

/// After these keys and so many seconds.
fn later_pressed(model: Model, keys: &str, seconds: i64) -> Model {
    let mut model = pressed(model, keys);
    let at = model.now + SignedDuration::from_secs(seconds);
    drop(update(&mut model, Event::Ticked.at(at)));
    model
}

/// The verdict was to hold, and is to roll back since a minute.
fn marked() -> Model {
    let mut model = watching(BAD);
    let ago = |seconds| now() - SignedDuration::from_secs(seconds);
    model.reading.calls = vec![(ago(140), Call::Hold), (ago(60), Call::RollBack)];
    model
}

fn opened(mut model: Model) -> Model {
    let at = model.now;
    drop(update(
        &mut model,
        Event::KeyPressed(Key::plain(KeyCode::Enter)).at(at),
    ));
    model
}

fn drill() -> Model {
    let ago = |seconds| now() - SignedDuration::from_secs(seconds);
    let mut model = recovered();
    model.drill = Some(Drill {
        truth: Some(GroundTruth {
            tag: Text::new("v2.42.0"),
            began_at: ago(50),
            harmed: 87,
        }),
        verdict_at: Some(ago(19)),
        key_at: Some(ago(7)),
        recovery: Recovery::Seen(SignedDuration::from_millis(1200)),
        ..Drill::new("")
    });
    over(model, Overlay::Drill)
}

/// Ten minutes later, with nothing new, in the window of back then.
fn panned() -> Model {
    let mut model = later(watching(BAD), 600);
    model.ui.range = Duration::from_secs(300);
    pressed(model, ",,,,,,,,")
}

/// Every state of the screen, by name.
pub(crate) fn states() -> Vec<(&'static str, Model)> {
    vec![
        ("watching_good", watching(GOOD)),
        ("watching_bad", watching(BAD)),
        ("no_requests", watching(SILENT)),
        ("nothing_read", unread()),
        ("unreachable", unreachable()),
        ("idle", idle()),
        ("metrics_down", metrics_down()),
        ("cluster_stale", later(watching(GOOD), 100)),
        ("login_expired", login_expired()),
        ("menu", over(watching(BAD), Overlay::Menu(Key::char('a')))),
        ("help", over(watching(BAD), Overlay::Help(Pick::default()))),
        ("leaving", over(acting(), Overlay::Leaving)),
        ("question_y", asked(roll_back(), "")),
        (
            "question_name",
            asked(promote_against_the_verdict(), "checko"),
        ),
        ("refused", refused()),
        ("acting", acting()),
        ("acting_commands", commands(acting())),
        ("paused", paused()),
        (
            "read_only",
            over(read_only(), Overlay::Menu(Key::char('a'))),
        ),
        ("troubled", troubled()),
        ("cut_off", cut_off()),
        ("recovered", recovered()),
        ("not_proven", not_proven()),
        ("zoom_errors", zoomed(watching(BAD), Pane::Errors)),
        ("zoom_verdict", zoomed(watching(BAD), Pane::Verdict)),
        ("zoom_events", zoomed(watching(BAD), Pane::Events)),
        ("inspecting", pressed(watching(BAD), "ihhhhhhhhhhhhhhhhhhh")),
        ("frozen", later_pressed(watching(BAD), "f", 41)),
        ("panned", panned()),
        ("layout_charts", pressed(watching(BAD), "v")),
        ("layout_text", pressed(watching(BAD), "vv")),
        ("times_age", pressed(watching(BAD), "tt")),
        ("history", pressed(watching(BAD), "4j")),
        ("release", opened(pressed(watching(BAD), "4j"))),
        ("messages", pressed(watching(BAD), "yct!")),
        ("messages_filtered", pressed(watching(BAD), "!/oom")),
        ("palette", pressed(watching(BAD), ":thm")),
        ("help_search", pressed(watching(BAD), "?/roll")),
        ("palette_spelled", pressed(watching(BAD), ":deploy v2.43.0")),
        ("drill", drill()),
        ("verdict_marked", marked()),
        ("logs", crate::panes::logs()),
        ("changes", crate::panes::changes()),
        ("copy", pressed(watching(BAD), "y")),
        ("export", pressed(watching(BAD), "e")),
    ]
}

pub(crate) fn frame(model: &Model, size: (u16, u16), paint: &Paint) -> Buffer {
    let mut buf = Buffer::empty(Rect::new(0, 0, size.0, size.1));
    draw(model, paint, &mut buf);
    buf
}

fn mono() -> Paint {
    Paint::new(&Theme::load_builtin("mono", Depth::None, Charset::Unicode).expect("mono loads"))
}

#[test]
fn every_state_at_every_size() {
    let paint = paint(Depth::Indexed256, Charset::Unicode);
    for (name, model) in states() {
        for size in SIZES {
            let name = format!("{name}_{}x{}", size.0, size.1);
            insta::assert_debug_snapshot!(name, frame(&model, size, &paint));
        }
    }
}

#[test]
fn every_theme() {
    for name in flightdeck::config::theme::names() {
        let theme = Theme::load_builtin(name, Depth::TrueColor, Charset::Unicode).expect(name);
        let buffer = frame(&watching(BAD), (120, 40), &Paint::new(&theme));
        insta::assert_debug_snapshot!(format!("theme_{name}_120x40"), buffer);
    }
}

#[test]
fn ascii_and_mono() {
    let ascii = paint(Depth::Ansi16, Charset::Ascii);
    for (name, model) in states() {
        let text = rows(&frame(&model, (80, 24), &ascii)).join("\n");
        assert!(text.is_ascii(), "{name}: {text}");
    }
    insta::assert_debug_snapshot!("ascii_80x24", frame(&watching(BAD), (80, 24), &ascii));
    insta::assert_debug_snapshot!("mono_80x24", frame(&watching(BAD), (80, 24), &mono()));
    insta::assert_debug_snapshot!("small_50x16", frame(&watching(BAD), (50, 16), &mono()));
}

#[test]
fn any_size_is_drawn() {
    let paint = paint(Depth::Indexed256, Charset::Unicode);
    for (_, model) in states() {
        for width in [0, 1, 26, 60, 80, 120, 180] {
            for height in [0, 1, 5, 19, 20, 34, 50] {
                frame(&model, (width, height), &paint);
            }
        }
    }
}

/// A service of 63 characters and tags of 40 that differ in their last ones.
fn widest(mut model: Model) -> Model {
    let name = format!("payments-{}", "x".repeat(54));
    let tag = |last: &str| format!("{}{last}", "3f9a1c0d5e7b".repeat(3));
    model.target = Target::new(name.clone(), "production");
    model.settings.services[0].name = ServiceName::new(name);
    model.settings.services[0].environments[0].name = EnvironmentName::new("production");
    let rollout = model.reading.rollout.as_mut().unwrap();
    rollout.stable.as_mut().unwrap().image = image(&tag("aaaa"));
    rollout.candidate.as_mut().unwrap().image = image(&tag("bbbb"));
    rollout.last_known_good.as_mut().unwrap().image = image(&tag("aaaa"));
    model
}

#[test]
fn at_80x24_what_decides_stands_uncut() {
    let paint = paint(Depth::Indexed256, Charset::Unicode);
    let feeds = [("live", 0_i64), ("stale", 80)];
    for (word, seconds) in feeds {
        let text = rows(&frame(
            &later(widest(watching(BAD)), seconds),
            (80, 24),
            &paint,
        ))
        .join("\n");
        for wanted in [
            "production",
            "aaaa →",
            "bbbb ",
            "[RW]",
            "DEMO",
            " ROLL BACK ",
            " % of 2.0 %",
            &format!("METRICS {word}"),
            "K8S ",
            "p promote",
            "spc pause",
            "b roll back",
            "x abort",
            "f fully",
            "? help",
        ] {
            assert!(text.contains(wanted), "{wanted:?} is missing in\n{text}");
        }
    }
}

#[test]
fn every_key_allowed_now_stands_in_the_bar_at_80_columns() {
    let paint = paint(Depth::Indexed256, Charset::Unicode);
    for (name, model) in states() {
        let rows = rows(&frame(&model, (80, 24), &paint));
        if matches!(
            model.ui.screen,
            Screen::History | Screen::Release | Screen::Messages
        ) {
            continue;
        }
        let overlaid =
            model.ui.overlay != Overlay::None || matches!(model.asking, Asking::Question(_));
        for action in flightdeck::app::availability::allowed(&model) {
            let label = model.keys.label(Scope::Service, action);
            let key = format!(" {} ", label.trim_start_matches("a "));
            assert!(
                overlaid || format!("{} ", rows[23]).contains(&key),
                "{name}: {key} is missing in {}",
                rows[23]
            );
        }
    }
}

#[test]
fn nothing_is_drawn_as_healthy_before_it_was_read() {
    let text = rows(&frame(
        &unread(),
        (80, 24),
        &paint(Depth::Indexed256, Charset::Unicode),
    ))
    .join("\n");
    assert!(!text.contains('✓'), "{text}");
    assert!(
        text.contains("NO DATA") && text.contains("waiting for metrics"),
        "{text}"
    );
}

#[test]
fn a_plan_that_was_cut_off_is_told_with_the_keys_that_deal_with_it() {
    let paint = paint(Depth::Indexed256, Charset::Unicode);
    let text = rows(&frame(&cut_off(), (80, 24), &paint)).join(" ");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for said in [
        "a plan was cut off: promote v2.42.0 to 50 %: 2 of 4 steps done by kim",
        "a c resumes, a u undoes",
    ] {
        assert!(text.contains(said), "{text}");
    }
    let text = rows(&frame(&troubled(), (80, 24), &paint)).join(" ");
    assert!(
        !text.contains("cut off"),
        "whether it lives is not known: {text}"
    );
}

#[test]
fn old_numbers_say_that_they_are_old() {
    let text = rows(&frame(
        &metrics_down(),
        (80, 24),
        &paint(Depth::Indexed256, Charset::Unicode),
    ))
    .join("\n");
    assert!(
        text.contains("METRICS DOWN 41s") && text.contains("stale 41s") && text.contains("no data"),
        "{text}"
    );
    assert!(!text.contains("✓ errors"), "{text}");
}

#[test]
fn what_could_not_be_known_is_not_told_as_recovered() {
    let paint = paint(Depth::Indexed256, Charset::Unicode);
    let text = rows(&frame(&not_proven(), (80, 24), &paint)).join("\n");
    assert!(
        text.contains("NOT proven")
            && text.contains("? 5 error rate unknown")
            && !text.contains("recovered"),
        "{text}"
    );
    assert!(
        rows(&frame(&recovered(), (80, 24), &paint))
            .join("\n")
            .contains("✓ recovered in 41 s")
    );
}

#[test]
fn text_from_outside_cannot_act_hide_or_reorder() {
    let hostile = "a\u{1b}[2J\u{202e}b\u{200b}\u{9b}31mc\r\nd";
    let mut model = acting();
    model.log.push(now(), NoteKind::Pod, hostile);
    model.ui.toast = Some(Toast {
        level: Level::Error,
        text: hostile.to_owned(),
        until: now(),
    });
    let rollout = model.reading.rollout.as_mut().unwrap();
    rollout.troubles.push(hostile.into());
    rollout.weight_set_by = Some(hostile.into());
    rollout.pods[0].name = hostile.to_owned();
    rollout.pods[0].state = hostile.into();
    let run = model.run.as_mut().unwrap();
    run.plan.title = hostile.to_owned();
    run.waiting = Some(hostile.into());
    let mut asking = asked(
        Plan {
            title: hostile.to_owned(),
            expected: hostile.to_owned(),
            ..roll_back()
        },
        hostile,
    );
    asking.settings.services[0].environments[0].context = Some(hostile.to_owned());
    for model in [&model, &asking] {
        for size in SIZES {
            let buf = frame(model, size, &paint(Depth::Indexed256, Charset::Unicode));
            for cell in buf.content() {
                let bad = |c: char| {
                    c.is_control()
                        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}')
                };
                assert!(!cell.symbol().contains(bad), "{:?}", cell.symbol());
            }
        }
    }
}

#[test]
fn a_new_sample_redraws_little() {
    let paint = paint(Depth::Indexed256, Charset::Unicode);
    let before = watching(GOOD);
    let mut after = later(before.clone(), 2);
    let scrape = scrape(-2, Some(GOOD));
    after.reading.series.push(&scrape);
    after.feeds.metrics.take(scrape, after.now);
    after.feeds.cluster.touch(after.now);
    let changed = frame(&before, (80, 24), &paint)
        .diff(&frame(&after, (80, 24), &paint))
        .len();
    assert!(
        changed < 40,
        "{changed} cells of 1920 changed for one sample"
    );
}
