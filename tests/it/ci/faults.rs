//! What goes wrong with any server, told by each provider in the same words.

use super::double::{Double, Reply, TOKEN};
use flightdeck::config::settings::CiKind;
use flightdeck::domain::pipeline::RunId;
use flightdeck::sources::ci::{CiError, Scope};
use serde_json::{Value, json};

const KINDS: [CiKind; 4] = [
    CiKind::Gitea,
    CiKind::Forgejo,
    CiKind::GitLab,
    CiKind::Jenkins,
];

fn scope() -> Scope {
    Scope {
        most: 5,
        ..Scope::default()
    }
}

/// What every path answers.
async fn answering(replies: Vec<Reply>) -> Double {
    let server = Double::start().await;
    server.on("GET ", replies);
    server
}

/// A list without runs.
fn nothing(kind: CiKind) -> Value {
    match kind {
        CiKind::GitLab => json!([]),
        CiKind::Jenkins => json!({ "builds": [] }),
        CiKind::GitHub | CiKind::Gitea | CiKind::Forgejo => json!({ "workflow_runs": [] }),
    }
}

#[tokio::test]
async fn each_fault_has_its_own_error_and_the_token_is_in_none() {
    type Fits = fn(&CiError) -> bool;
    let moved = |to: &str| Reply::new(302, "").with("location", to);
    let faults: [(&str, Reply, Fits); 7] = [
        (
            "expired",
            Reply::new(401, "{\"message\":\"expired\"}"),
            |e| matches!(e, CiError::LoginExpired { .. }),
        ),
        (
            "narrow",
            Reply::new(403, "{\"message\":\"insufficient_scope\"}"),
            |e| matches!(e, CiError::Forbidden { .. }),
        ),
        (
            "private",
            Reply::new(404, "{\"message\":\"404 Project Not Found\"}"),
            |e| matches!(e, CiError::NotFound { .. }),
        ),
        ("elsewhere", moved("http://evil.example.com/x"), |e| {
            matches!(e, CiError::Redirected { .. })
        }),
        ("storm", Reply::new(502, "<html>Bad Gateway</html>"), |e| {
            matches!(e, CiError::ServerFault { status: 502, .. })
        }),
        (
            "cut",
            Reply::new(200, "{\"workflow_runs\": [{\"id\": 1,"),
            |e| matches!(e, CiError::Decode { .. }),
        ),
        (
            "busy",
            Reply::new(429, "Retry later").with("retry-after", "30"),
            |e| matches!(e, CiError::RateLimited { .. }),
        ),
    ];
    for kind in KINDS {
        for (name, reply, fits) in &faults {
            let server = answering(vec![reply.clone()]).await;
            let provider = server.provider(kind, "shop/checkout");
            let error = provider.runs(&scope()).await.unwrap_err();
            assert!(fits(&error), "{kind:?} {name}: {error:?}");
            let told = format!("{error:?} {:?} {:?}", error.fault(), error.notice());
            assert!(
                !told.contains(TOKEN),
                "{kind:?} {name} tells the token: {told}"
            );
        }
    }
}

#[tokio::test]
async fn a_short_storm_is_sat_out() {
    for kind in KINDS {
        let gone = Reply::new(502, "<html></html>");
        let server = answering(vec![gone.clone(), gone, Reply::json(&nothing(kind))]).await;
        let provider = server.provider(kind, "shop/checkout");
        assert!(
            provider.runs(&scope()).await.unwrap().is_empty(),
            "{kind:?}"
        );
        assert_eq!(server.asked().len(), 3, "{kind:?}");
    }
}

#[tokio::test]
async fn a_redirect_to_another_host_gets_no_token() {
    for kind in KINDS {
        let other = answering(vec![Reply::json(&nothing(kind))]).await;
        // The same machine by another port is another host.
        let to = format!("http://{}/stolen", other.address);
        let server = answering(vec![Reply::new(301, "").with("location", to)]).await;
        let provider = server.provider(kind, "shop/checkout");
        let error = provider.runs(&scope()).await.unwrap_err();
        assert!(
            matches!(error, CiError::Redirected { .. }),
            "{kind:?}: {error:?}"
        );
        assert!(
            other.asked().is_empty(),
            "{kind:?} asked {:?}",
            other.lines()
        );
    }
}

#[tokio::test]
async fn a_redirect_on_the_same_host_is_followed_with_it() {
    for kind in KINDS {
        let server = Double::start().await;
        server.on("GET ", [Reply::new(301, "").with("location", "/renamed")]);
        server.on("GET /renamed", [Reply::json(&nothing(kind))]);
        let provider = server.provider(kind, "shop/checkout");
        assert!(
            provider.runs(&scope()).await.unwrap().is_empty(),
            "{kind:?}"
        );
        let shown = server.asked()[1].headers.clone();
        let shown = shown
            .get("authorization")
            .or_else(|| shown.get("private-token"));
        assert!(shown.is_some(), "{kind:?}");
    }
}

#[tokio::test]
async fn a_run_that_was_deleted_while_it_was_watched_is_missing_and_no_fault() {
    for kind in KINDS {
        let server = Double::start().await;
        let provider = server.provider(kind, "shop/checkout");
        let error = provider.run(&RunId::new("7")).await.unwrap_err();
        assert!(
            matches!(error, CiError::NotFound { .. }),
            "{kind:?}: {error:?}"
        );
        assert!(!error.passes());
    }
}
