//! The demo world's own word on the harm that is done, for the result of a drill.

use crate::domain::drill::GroundTruth;
use crate::domain::event::SourceEvent;
use crate::domain::ids::Target;
use crate::domain::text::Text;
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::sleep;

/// Between two questions.
const EVERY: Duration = Duration::from_millis(500);
/// An answer that takes longer is not waited for.
const WITHIN: Duration = Duration::from_secs(5);

/// The harm of one version as `GET /harm` tells it.
#[derive(Deserialize)]
struct Harm {
    began_at: Timestamp,
    errors: u64,
}

/// Asks the world at `control` again and again, and tells what changed.
pub async fn follow(
    http: reqwest::Client,
    control: String,
    target: Target,
    out: mpsc::Sender<SourceEvent>,
) {
    let mut told = None;
    loop {
        // A world that does not answer leaves what is known as it is: the drill says nothing that was not counted.
        if let Ok(Some(truth)) = ask(&http, &control).await
            && told.as_ref() != Some(&truth)
        {
            let news = SourceEvent::HarmCounted(target.clone(), truth.clone());
            if out.send(news).await.is_err() {
                return;
            }
            told = Some(truth);
        }
        sleep(EVERY).await;
    }
}

/// What the world knows now of the version whose harm began first; `None` where none does harm.
async fn ask(http: &reqwest::Client, control: &str) -> reqwest::Result<Option<GroundTruth>> {
    let asked = http.get(format!("{control}/harm")).timeout(WITHIN).send();
    let harms: BTreeMap<String, Harm> = asked.await?.error_for_status()?.json().await?;
    let first = harms.into_iter().min_by_key(|(_, harm)| harm.began_at);
    Ok(first.map(|(tag, harm)| GroundTruth {
        tag: Text::new(&tag),
        began_at: harm.began_at,
        harmed: harm.errors,
    }))
}
