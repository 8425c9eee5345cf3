//! The smoke test as a step of a plan.

use super::describe::quoted;
use super::step::{RunSmokeTest, Step};
use crate::domain::artifact::Image;
use crate::domain::smoke::{SmokePlace, SmokeService, SmokeTest};

/// A step that tests `image`; behind `service` where the test does not say where it goes.
pub(super) fn step(test: &SmokeTest, image: &Image, service: &str) -> Step {
    Step::RunSmokeTest(RunSmokeTest {
        test: test.clone().of_service(service),
        tag: image.label().to_owned(),
    })
}

/// Whether the test can be had before any traffic is sent: it goes to the pods' own Service.
pub(super) fn is_before_traffic(test: &SmokeTest) -> bool {
    match test.place {
        SmokePlace::Url(_) => false,
        SmokePlace::Service(_) => test.lacks_a_service(),
    }
}

/// `smoke test of v2.43.0: /healthz, 20 requests to /orders, p95 at most 400 ms`.
pub(super) fn text(step: &RunSmokeTest) -> String {
    let test = &step.test;
    format!(
        "smoke test of {}: {}, {} requests to {}, p95 at most {} ms",
        step.tag,
        test.health,
        test.requests,
        test.sample(),
        test.p95.as_millis()
    )
}

/// The health check as a person would ask for it.
pub(super) fn command(namespace: &str, test: &SmokeTest) -> String {
    match &test.place {
        SmokePlace::Url(url) => format!("curl -fsS {}", quoted(&format!("{url}{}", test.health))),
        SmokePlace::Service(SmokeService { name, port }) => {
            let name = name.as_deref().unwrap_or_default();
            let port = port
                .as_ref()
                .map_or_else(String::new, |port| format!(":{port}"));
            let path = format!(
                "/api/v1/namespaces/{namespace}/services/{name}{port}/proxy{}",
                test.health
            );
            format!("kubectl get --raw {}", quoted(&path))
        }
    }
}
