//! `smoke`: the smoke test and the quick p95 check.

use super::json::SmokeDocument;
use super::output::Output;
use super::trouble;
use crate::cli::smoke::Smoke;
use crate::config::settings::Settings;
use crate::domain::ids::Target;
use crate::domain::notice::{Notice, NoticeKind};
use crate::domain::smoke::SmokeTest;
use crate::runtime::edge::unknown;
use crate::runtime::{clock, smoke};
use std::io;

/// Carries the smoke test of `target` out and prints smoke/1; answers the exit code.
pub async fn run(
    settings: &Settings,
    target: &Target,
    wish: &Smoke,
    output: &mut Output<'_>,
) -> io::Result<u8> {
    let test = match test(settings, target, wish) {
        Ok(test) => test,
        Err(notice) => return trouble::tell(output, &notice),
    };
    let report = match smoke::run(settings, target, &test).await {
        Ok(report) => report,
        Err(notice) => return trouble::tell(output, &notice),
    };
    let document = SmokeDocument::new(target, &test, report, clock::now());
    output.print(&document, lines)?;
    Ok(document.exit_code)
}

/// The configured test, with what the command line says over it; its place decided.
fn test(settings: &Settings, target: &Target, wish: &Smoke) -> Result<SmokeTest, Notice> {
    let environment = settings.environment(target);
    let policy = environment.map(|environment| &environment.policy);
    let Some(policy) = policy else {
        return Err(unknown(target));
    };
    let mut test = wish.at.of(policy.smoke_test());
    test.sample = wish.sample.clone().or(test.sample);
    if let Some(service) = policy.strategy.serving_service() {
        test = test.of_service(service);
    }
    if test.lacks_a_service() {
        let why = format!("{target}: the smoke test has neither a URL nor a Service to go to");
        return Err(Notice::new(NoticeKind::Config, why).hint(
            "give --url or HEALTHCHECK_URL, or set `url` or `service` in the environment's [smoke]",
        ));
    }
    Ok(test)
}

fn lines(document: &SmokeDocument) -> Vec<String> {
    let word = if document.passed { "passed" } else { "FAILED" };
    let head = format!(
        "{}/{}: smoke test {word} at {}",
        document.service, document.environment, document.place
    );
    let checks = document.checks.iter().map(|check| {
        let mark = if check.ok { "ok" } else { "FAILED" };
        format!("  {:<7} {mark:<7} {}", check.check, check.text)
    });
    std::iter::once(head).chain(checks).collect()
}
