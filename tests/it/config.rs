//! Configs: what loads, what does not and with which words, and that the example tells the truth.

use flightdeck::config::file::File;
use flightdeck::config::layer::{
    Given, Layered, Overrides, Surroundings, default_steps, default_steps_by_pods, layer,
};
use flightdeck::config::settings::{
    Auth, ClientCertificate, ColorDepth, Glyphs, HeaderRef, MetricsSource, Origin, Prometheus,
    PrometheusBase, SecretRef, Settings, Tls,
};
use flightdeck::config::{duration, fault};
use flightdeck::domain::exposition::{CountedBy, Histogram, Unit, WrittenQueries};
use flightdeck::domain::policy::Strategy;
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::time::Duration;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/data/config");

fn around() -> Surroundings {
    Surroundings {
        origin: Origin::File(PathBuf::from("/etc/flightdeck/config.toml")),
        home: Some(PathBuf::from("/home/mira")),
        data_dir: PathBuf::from("/home/mira/.local/share/flightdeck"),
    }
}

fn layered(text: &str, over: &Overrides) -> Layered {
    let file = File::parse(Path::new("config.toml"), text).unwrap();
    layer(&file, over, &around())
}

fn settings(text: &str) -> Settings {
    layered(text, &Overrides::default()).settings
}

fn read(path: &str) -> String {
    std::fs::read_to_string(format!("{DATA}/{path}")).unwrap()
}

fn files(dir: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(format!("{DATA}/{dir}"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

/// Each wrong file has its messages beside it; `UPDATE_MESSAGES=1` writes them anew.
#[test]
fn wrong_files_tell_every_mistake() {
    for path in files("invalid") {
        let text = std::fs::read_to_string(&path).unwrap();
        let faults = File::parse(Path::new("config.toml"), &text).unwrap_err();
        let told = format!("{faults}\n{}\n", faults.lines().join("\n"));
        let expected = path.with_extension("txt");
        if std::env::var_os("UPDATE_MESSAGES").is_some() {
            std::fs::write(&expected, &told).unwrap();
        }
        assert_eq!(
            told,
            std::fs::read_to_string(&expected).unwrap(),
            "{}",
            path.display()
        );
    }
}

#[test]
fn right_files_load() {
    for path in files("valid") {
        let text = std::fs::read_to_string(&path).unwrap();
        let file = File::parse(&path, &text).unwrap();
        assert!(
            layer(&file, &Overrides::default(), &around())
                .settings
                .targets()
                .count()
                > 0
        );
    }
}

#[test]
fn values_of_a_file_reach_the_settings() {
    let settings = settings(&read("valid/two.toml"));
    let targets: Vec<String> = settings
        .targets()
        .map(|target| target.to_string())
        .collect();
    assert_eq!(targets, ["cart in staging", "cart in production"]);
    assert_eq!(settings.ui.color, ColorDepth::Indexed);
    assert_eq!(settings.data_dir, Path::new("/etc/flightdeck/state"));
    let staging = settings
        .environment(&settings.targets().next().unwrap())
        .unwrap();
    assert_eq!(
        staging.kubeconfig.as_deref(),
        Some(Path::new("/etc/flightdeck/kube/config"))
    );
    assert_eq!(staging.policy.tags.allow.as_deref(), Some("nightly-[0-9]+"));
    assert_eq!(staging.policy.verify_for, Duration::from_secs(120));
    assert_eq!(staging.policy.good_after, Duration::from_secs(1800));
    assert!(staging.policy.goals.error_share.abs() < f64::EPSILON);
    assert_eq!(staging.policy.goals.min_requests, 1000);
    assert_eq!(staging.policy.goals.cpu_tolerance, Some(0.2));
    assert_eq!(
        (staging.metrics.port, staging.metrics.interval),
        (9090, Duration::from_millis(400))
    );
    let Strategy::Canary(canary) = &staging.policy.strategy else {
        panic!("{staging:#?}");
    };
    assert_eq!(
        (canary.container.as_str(), canary.stable_service.as_str()),
        ("app", "cart")
    );
    assert_eq!(canary.canary_service, "cart-next");
    assert_eq!(
        canary
            .steps
            .iter()
            .map(|step| step.weight.percent())
            .collect::<Vec<_>>(),
        [10, 100]
    );
    assert_eq!(canary.drain, Duration::from_secs(90));
}

/// Without a route no share above a half can be reached, and none is asked for.
#[test]
fn a_canary_without_a_route_ends_its_steps_at_a_half() {
    let text = |steps: &str| {
        format!(
            "[services.cart.environments.a]\nnamespace = \"a\"\nstrategy = {{ kind = \"canary\", stable = \"a\", canary = \"b\"{steps} }}\n"
        )
    };
    let made = settings(&text(""));
    let Strategy::Canary(canary) = &made.services[0].environments[0].policy.strategy else {
        panic!("{made:#?}");
    };
    assert_eq!(
        (&canary.route, &canary.steps),
        (&None, &default_steps_by_pods())
    );
    let wrong = text(", steps = [{ weight = 5, hold = \"1m\" }, { weight = 100, hold = \"1m\" }]");
    let faults = File::parse(Path::new("config.toml"), &wrong)
        .unwrap_err()
        .lines()
        .join("\n");
    assert!(
        faults.contains("at most 50") && faults.contains("found 5, 100"),
        "{faults}"
    );
}

/// What the example sets is what is set without it.
#[test]
fn the_example_shows_the_defaults() {
    let example = include_str!("../../config.example.toml");
    assert_eq!(settings(example), settings(&read("valid/kinds.toml")));
    let environments = settings(example).services[0].environments.clone();
    let [production, staging] = environments.as_slice() else {
        panic!("{environments:#?}");
    };
    assert!(
        matches!(&production.policy.strategy, Strategy::Canary(canary) if canary.steps == default_steps())
    );
    assert!(
        matches!(&staging.policy.strategy, Strategy::Rolling(rolling) if rolling.deployment == "checkout")
    );
}

/// Every key that can be read stands in the example, those without a default as comments that work when they are uncommented.
#[test]
fn the_example_names_every_key() {
    let example = include_str!("../../config.example.toml");
    let all: String = example
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(setting)
                if setting
                    .split_once(" = ")
                    .is_some_and(|(key, _)| !key.contains(' ')) =>
            {
                format!("{setting}\n")
            }
            Some(_) | None => format!("{line}\n"),
        })
        .collect();
    let values = layered(&all, &Overrides::default()).values;
    // What one environment leaves out another may show.
    let bare = |key: &str| match key.strip_prefix("services.checkout.environments.") {
        Some(rest) => rest.split_once('.').unwrap().1.to_owned(),
        None => key.to_owned(),
    };
    let shown: Vec<String> = values
        .iter()
        .filter(|value| value.from == "file")
        .map(|value| bare(&value.key))
        .collect();
    for value in &values {
        assert!(
            shown.contains(&bare(&value.key)),
            "{} is not in the example",
            value.key
        );
    }
}

/// The metrics table of the example that stands there for a Prometheus is one that works.
#[test]
fn the_examples_prometheus_works() {
    let example = include_str!("../../config.example.toml");
    let block: Vec<&str> = example
        .lines()
        .skip_while(|line| *line != "#     source = \"prometheus\"")
        .map_while(|line| line.strip_prefix("#     "))
        .collect();
    let table = "[services.checkout.environments.production.metrics]";
    let text = format!(
        "{}\n{table}\n{}",
        read("valid/minimal.toml"),
        block.join("\n")
    );
    let layered = layered(&text, &Overrides::default());
    let of_metrics = layered
        .values
        .iter()
        .filter(|value| value.key.contains(".metrics."));
    let unset = [
        "preset",
        "duration_unit",
        "user",
        "password",
        "queries.requests",
        "queries.duration",
        "queries.cpu",
        "queries.started",
        "port",
        "path",
        "requests",
        "code_label",
        "duration",
        "cpu",
        "started",
    ];
    for value in of_metrics.filter(|value| {
        !unset
            .iter()
            .any(|key| value.key.ends_with(&format!(".{key}")))
    }) {
        assert_eq!(value.from, "file", "{} is not in the example", value.key);
    }
    let MetricsSource::Prometheus(prometheus) =
        &layered.settings.services[0].environments[0].metrics.source
    else {
        panic!()
    };
    assert_eq!(
        (
            prometheus.pod_label.as_str(),
            prometheus.namespace_label.as_str()
        ),
        ("pod", "namespace")
    );
}

#[test]
fn a_prometheus_of_the_file_reaches_the_settings() {
    let settings = settings(&read("valid/prometheus.toml"));
    let [staging, production] = settings.services[0].environments.as_slice() else {
        panic!()
    };
    let token = SecretRef::File(PathBuf::from("/etc/flightdeck/secrets/prometheus"));
    assert_eq!(
        staging.metrics.source,
        MetricsSource::Prometheus(Box::new(Prometheus {
            base: PrometheusBase::Url("https://prometheus.example.com/team".to_owned()),
            auth: Auth::Bearer(token),
            tls: Tls::default(),
            tenant: None,
            headers: Vec::new(),
            pod_label: "kubernetes_pod_name".to_owned(),
            namespace_label: "namespace".to_owned(),
            queries: WrittenQueries::default(),
        }))
    );
    assert_eq!(staging.metrics.interval, Duration::from_secs(30));
    let base = PrometheusBase::Service {
        namespace: "monitoring".to_owned(),
        name: "prometheus-k8s".to_owned(),
        port: "web".to_owned(),
    };
    let MetricsSource::Prometheus(prometheus) = &production.metrics.source else {
        panic!()
    };
    assert_eq!((&prometheus.base, &prometheus.auth), (&base, &Auth::None));
    assert_eq!(production.metrics.interval, Duration::from_secs(15));
}

/// The one environment of a minimal config with this in its metrics table.
fn metrics_of(table: &str) -> flightdeck::config::settings::Metrics {
    let text = format!("{}\n{}", read("valid/minimal.toml"), of_production(table));
    settings(&text).services[0].environments[0].metrics.clone()
}

fn of_production(table: &str) -> String {
    format!("[services.checkout.environments.production.metrics]\n{table}\n")
}

#[test]
fn a_login_with_everything_reaches_the_settings() {
    let metrics = metrics_of(
        "source = \"prometheus\"\nurl = \"https://prometheus.example.com\"\nuser = \"mira\"\n\
         password = { env = \"PASSWORD\" }\nca = \"ca.pem\"\nclient_certificate = \"~/me.pem\"\n\
         client_key = { file = \"me.key\" }\ntenant = \"shop\"\n\
         headers = { X-Api-Key = { command = [\"key\"] } }\nhistogram = \"native\"\n\
         queries = { cpu = \"cpu_by_pod\" }",
    );
    let MetricsSource::Prometheus(prometheus) = &metrics.source else {
        panic!("{metrics:#?}")
    };
    let password = SecretRef::Env("PASSWORD".to_owned());
    let key = SecretRef::File(PathBuf::from("/etc/flightdeck/me.key"));
    let header = HeaderRef {
        name: "X-Api-Key".to_owned(),
        value: SecretRef::Command(vec!["key".to_owned()]),
    };
    assert_eq!(
        prometheus.secrets(),
        [&password, &key, &header.value],
        "all that a pod of its own would need"
    );
    let user = "mira".to_owned();
    assert_eq!(prometheus.auth, Auth::Basic { user, password });
    let tls = Tls {
        ca: Some(PathBuf::from("/etc/flightdeck/ca.pem")),
        client: Some(ClientCertificate {
            certificate: PathBuf::from("/home/mira/me.pem"),
            key,
        }),
    };
    assert_eq!(prometheus.tls, tls);
    assert_eq!(prometheus.tenant.as_deref(), Some("shop"));
    assert_eq!(prometheus.headers, [header]);
    assert_eq!(prometheus.queries.cpu.as_deref(), Some("cpu_by_pod"));
    assert_eq!(metrics.names.histogram, Histogram::Native);
}

#[test]
fn what_is_written_goes_before_the_preset() {
    let plain = metrics_of("preset = \"linkerd\"");
    assert_eq!((plain.port, plain.path.as_str()), (4191, "/metrics"));
    let names = &plain.names;
    assert_eq!(
        (names.requests.as_str(), names.duration_unit),
        ("response_total", Unit::Milliseconds)
    );
    assert_eq!(names.only, [("direction".to_owned(), "inbound".to_owned())]);
    assert_eq!(names.counted_by, CountedBy::Sidecars);
    let own = metrics_of(
        "preset = \"spring-boot\"\nport = 9000\nrequests = \"hits\"\nduration_unit = \"milliseconds\"\ncpu = \"busy_seconds\"",
    );
    assert_eq!(
        (own.port, own.path.as_str()),
        (9000, "/actuator/prometheus")
    );
    let names = &own.names;
    assert_eq!(
        (names.requests.as_str(), names.code_label.as_str()),
        ("hits", "status")
    );
    assert_eq!(
        (names.duration_unit, names.cpu_unit),
        (Unit::Milliseconds, Unit::Seconds)
    );
}

#[test]
fn flags_win_over_the_file_and_the_origin_is_told() {
    let over = Overrides {
        theme: Some(Given {
            value: "default".to_owned(),
            by: "--theme",
        }),
        glyphs: Some(Given {
            value: Glyphs::Ascii,
            by: "--ascii",
        }),
        color: Some(Given {
            value: ColorDepth::Never,
            by: "NO_COLOR",
        }),
        context: Some(Given {
            value: "prod-eu1".to_owned(),
            by: "--context",
        }),
        read_only: true,
        ..Overrides::default()
    };
    let layered = layered(&read("valid/two.toml"), &over);
    assert_eq!(layered.settings.ui.theme, "default");
    assert_eq!(layered.settings.ui.glyphs, Glyphs::Ascii);
    assert_eq!(layered.settings.ui.color, ColorDepth::Never);
    assert!(layered.settings.read_only);
    assert!(
        layered
            .settings
            .services
            .iter()
            .flat_map(|service| &service.environments)
            .all(|environment| environment.context.as_deref() == Some("prod-eu1"))
    );
    let from = |key: &str| {
        layered
            .values
            .iter()
            .find(|value| value.key == key)
            .map(|value| value.from)
    };
    assert_eq!(from("ui.theme"), Some("--theme"));
    assert_eq!(from("ui.color"), Some("NO_COLOR"));
    assert_eq!(from("data.dir"), Some("file"));
    assert_eq!(from("ui.inline"), Some("default"));
}

#[test]
fn the_nearest_word_is_near() {
    let known = ["namespace", "context", "kubeconfig"];
    assert_eq!(fault::nearest("namspace", known), Some("namespace"));
    assert_eq!(fault::nearest("contxt", known), Some("context"));
    assert_eq!(fault::nearest("password", known), None);
}

#[test]
fn durations_are_whole_numbers_with_units_in_order() {
    let milliseconds = |text| duration::parse(text).map(|duration| duration.as_millis());
    assert_eq!(milliseconds("400ms"), Some(400));
    assert_eq!(milliseconds("1m30s"), Some(90_000));
    assert_eq!(milliseconds("1d2h"), Some(93_600_000));
    assert_eq!(milliseconds("0s"), Some(0));
    for wrong in [
        "",
        "20",
        "s",
        "-1s",
        "1.5s",
        "30s1m",
        "1s1s",
        "1 s x",
        "20sec",
        "99999999999999999d",
    ] {
        assert_eq!(milliseconds(wrong), None, "{wrong:?}");
    }
}

proptest! {
    #[test]
    fn a_written_duration_reads_the_same(milliseconds in 0..u64::MAX / 2) {
        let duration = Duration::from_millis(milliseconds);
        prop_assert_eq!(duration::parse(&duration::write(duration)), Some(duration));
    }

    /// Whatever a file holds, reading it ends with settings or with places inside the file.
    #[test]
    fn any_text_is_answered(text in "\\PC{0,200}") {
        if let Err(faults) = File::parse(Path::new("c"), &text) {
            prop_assert!(!faults.lines().is_empty());
        }
    }
}

#[test]
fn guardrails_have_their_defaults_their_words_and_their_mistakes() {
    use flightdeck::domain::guardrails::{Beyond, Consequence, Guardrails};

    let parse = |lines: &str| {
        let text = format!(
            "[services.shop.environments.production]\nnamespace = \"shop\"\n[services.shop.environments.production.strategy]\nkind = \"rolling\"\n{lines}"
        );
        File::parse(Path::new("/c.toml"), &text)
            .map(|file| {
                let around = Surroundings {
                    origin: Origin::File(PathBuf::from("/c.toml")),
                    home: None,
                    data_dir: PathBuf::from("/data"),
                };
                let settings = layer(&file, &Overrides::default(), &around).settings;
                settings.services[0].environments[0].policy.clone()
            })
            .map_err(|faults| faults.lines().join("\n"))
    };
    let at = "[services.shop.environments.production";
    assert_eq!(parse("").unwrap().goals.guardrails, Guardrails::default());
    let written = parse(&format!(
        "{at}.metrics]\nsource = \"prometheus\"\nurl = \"http://p:9090\"\n{at}.guardrails]\nlatency_p95 = \"hold\"\nslo = \"off\"\nextra = [{{ name = \"queue\", query = \"max(q)\", is = \"below\", limit = 3 }}]\n"
    ))
    .unwrap();
    let guardrails = written.goals.guardrails;
    assert_eq!(
        (
            guardrails.latency_p95,
            guardrails.slo,
            guardrails.error_rate
        ),
        (Consequence::Hold, Consequence::Off, Consequence::RollBack)
    );
    let extra = &written.extra_guardrails[0];
    assert_eq!(
        (extra.name.as_str(), extra.beyond, extra.limit, extra.effect),
        ("queue", Beyond::Below, 3.0, Consequence::Hold)
    );
    for (lines, told) in [
        ("restarts = \"halt\"", "restarts"),
        ("restart = \"hold\"", "restarts"),
        (
            "error_rate = \"off\"\nlatency_p95 = \"warn\"",
            "no canary could be promoted",
        ),
        (
            "cpu_per_request = \"rollback\"",
            "needs goals.cpu_tolerance",
        ),
        (
            "extra = [{ name = \"q\", query = \"q\", is = \"above\", limit = 1 }]",
            "needs metrics.source = \"prometheus\"",
        ),
        ("extra = [{ name = \"q\", query = \"q\", limit = 1 }]", "is"),
    ] {
        let faults = parse(&format!("{at}.guardrails]\n{lines}\n")).unwrap_err();
        assert!(faults.contains(told), "{lines}: {faults}");
    }
}
