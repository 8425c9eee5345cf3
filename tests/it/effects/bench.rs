//! What the tests of effects share: an environment, a client, plans made from a fresh reading, and their outcomes.

use std::path::Path;
use std::time::Duration;

use flightdeck::app::effect::Effect;
use flightdeck::config::settings::{Environment, Metrics, MetricsSource};
use flightdeck::domain::artifact::TagRule;
use flightdeck::domain::cluster::Snapshot;
use flightdeck::domain::event::{EffectEvent, PlanEvent};
use flightdeck::domain::exposition::MetricNames;
use flightdeck::domain::goals::Goals;
use flightdeck::domain::guardrails::Guardrails;
use flightdeck::domain::ids::{EnvironmentName, PlanId, RequestId, Target};
use flightdeck::domain::outcome::Outcome;
use flightdeck::domain::pilot::PilotPolicy;
use flightdeck::domain::policy::{CanaryPolicy, CanaryStep, Policy, Strategy};
use flightdeck::domain::traffic::Weight;
use flightdeck::domain::who::Who;
use flightdeck::effects::{Context, Effects};
use flightdeck::strategy::engine;
use flightdeck::strategy::goal::Goal;
use flightdeck::strategy::plan::Plan;
use flightdeck::strategy::request::Request;
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// How long any plan of a test may take.
const DEADLINE: Duration = Duration::from_secs(90);

/// One program's effects on production's `checkout`.
pub struct Bench {
    pub context: Context,
    pub effects: Effects,
    pub out: mpsc::Sender<EffectEvent>,
    pub news: mpsc::Receiver<EffectEvent>,
    pub data: TempDir,
    next: u64,
}

pub fn target() -> Target {
    Target::new("checkout", "production")
}

pub fn environment() -> Environment {
    let step = |percent| CanaryStep {
        weight: Weight::saturating(percent),
        hold: Duration::from_secs(20),
    };
    Environment {
        name: EnvironmentName::new("production"),
        kubeconfig: None,
        context: None,
        namespace: "production".to_owned(),
        policy: Policy {
            strategy: Strategy::Canary(CanaryPolicy {
                stable: "checkout".to_owned(),
                canary: "checkout-canary".to_owned(),
                container: "checkout".to_owned(),
                route: Some("checkout".to_owned()),
                stable_service: "checkout".to_owned(),
                canary_service: "checkout-canary".to_owned(),
                steps: vec![step(5), step(50), step(100)],
                drain: Duration::from_secs(1),
                ready_within: Duration::from_secs(30),
            }),
            goals: Goals {
                error_share: 0.02,
                p95: Duration::from_millis(400),
                min_requests: 50,
                cpu_tolerance: None,
                guardrails: Guardrails::default(),
            },
            extra_guardrails: Vec::new(),
            assurance: flightdeck::domain::assurance::Assurance::default(),
            protected: false,
            tags: TagRule::default(),
            verify_for: Duration::from_secs(5),
            good_after: Duration::from_secs(600),
            freezes: Vec::new(),
            pilot: PilotPolicy::default(),
            smoke: None,
        },
        metrics: Metrics {
            source: MetricsSource::Pods,
            port: 8080,
            path: "/metrics".to_owned(),
            interval: Duration::from_secs(1),
            names: MetricNames::default(),
        },
    }
}

pub fn client(url: &str) -> kube::Client {
    // A second installation is refused, which is all right.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut config = kube::Config::new(url.parse().unwrap());
    config.read_timeout = Some(Duration::from_secs(5));
    kube::Client::try_from(config).unwrap()
}

impl Bench {
    pub fn new(url: &str) -> Self {
        let data = tempfile::tempdir().unwrap();
        Self::with_data(url, data)
    }

    pub fn with_data(url: &str, data: TempDir) -> Self {
        let context = Context {
            calls: client(url),
            environment: environment(),
            target: target(),
            who: who("mira@corp"),
            messages: None,
            data_dir: data.path().to_owned(),
            pipeline: None,
            recorder: None,
            http: flightdeck::runtime::wire::http().unwrap(),
            user_agent: "flightdeck/test".to_owned(),
        };
        let (out, news) = mpsc::channel(256);
        Self {
            effects: Effects::new(context.clone()),
            context,
            out,
            news,
            data,
            next: 0,
        }
    }

    pub fn data_dir(&self) -> &Path {
        self.data.path()
    }

    /// A fresh reading, through the effect.
    pub async fn observe(&mut self) -> Snapshot {
        self.next += 1;
        let id = RequestId(self.next);
        self.start(Effect::Observe(id, target()));
        loop {
            match self.news().await {
                EffectEvent::Observed(found, answer) if found == id => return *answer.unwrap(),
                other => drop(other),
            }
        }
    }

    /// A plan made from a fresh reading.
    pub async fn plan(&mut self, goal: Goal) -> Plan {
        let seen = self.observe().await;
        self.next += 1;
        let request = Request {
            goal,
            target: target(),
            plan: PlanId::new(format!(
                "plan-{}-{}",
                self.data.path().file_name().unwrap().display(),
                self.next
            )),
            by: who("mira@corp"),
            reason: Some("because a test says so".to_owned()),
            against_verdict: None,
            blind: false,
            at: Timestamp::now(),
        };
        let policy = &self.context.environment.policy;
        engine(policy)
            .plan(&request, &seen, policy)
            .unwrap_or_else(|refusal| panic!("refused: {refusal:?}"))
    }

    pub fn start(&mut self, effect: Effect) {
        let left = self.effects.start(effect, self.out.clone());
        assert!(left.is_none(), "not for effects: {left:?}");
    }

    pub async fn news(&mut self) -> EffectEvent {
        timeout(DEADLINE, self.news.recv())
            .await
            .expect("news in time")
            .expect("a sender")
    }

    /// Plans, carries out, and waits for the outcome.
    pub async fn act(&mut self, goal: Goal) -> Outcome {
        let plan = self.plan(goal).await;
        self.carry_out(plan).await
    }

    pub async fn carry_out(&mut self, plan: Plan) -> Outcome {
        let id = plan.id.clone();
        self.start(Effect::CarryOut(Box::new(plan)));
        self.outcome(&id).await
    }

    pub async fn outcome(&mut self, id: &PlanId) -> Outcome {
        self.until(id, |event| match event {
            PlanEvent::Ended(outcome) => Some(*outcome.clone()),
            _ => None,
        })
        .await
    }

    /// Waits for an event of a plan.
    pub async fn until<T>(&mut self, id: &PlanId, wanted: impl Fn(&PlanEvent) -> Option<T>) -> T {
        loop {
            if let EffectEvent::PlanMoved(plan, event) = self.news().await
                && plan == *id
            {
                if let Some(found) = wanted(&event) {
                    return found;
                }
                assert!(
                    !matches!(event, PlanEvent::Ended(_)),
                    "ended before: {event:#?}"
                );
            }
        }
    }
}

pub fn who(name: &str) -> Who {
    Who {
        cluster: Some(name.into()),
        os_user: None,
        ssh: None,
    }
}
