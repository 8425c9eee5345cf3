//! Whether an image may be deployed onto what runs.

use super::refusal::{Reason, Refusal};
use super::side::Side;
use crate::domain::artifact::Image;
use crate::domain::policy::Policy;

/// The tag names one build.
pub(super) fn names_one_build(image: &Image, policy: &Policy) -> Result<(), Refusal> {
    policy.tags.check(image).map_err(|fault| {
        Refusal::new(Reason::MutableTag, fault.to_string())
            .hint("deploy a full version, a commit's tag, a build number or a digest")
    })
}

/// The Deployment runs another build.
pub(super) fn is_new(image: &Image, running: &Side<'_>) -> Result<(), Refusal> {
    if running.image.same_build(image) {
        let name = &running.deployment.name;
        Err(Refusal::new(
            Reason::NothingToDo,
            format!("{} is what {name} runs already", image.label()),
        ))
    } else {
        Ok(())
    }
}

/// One sentence where the image comes from elsewhere.
pub(super) fn other_repository(image: &Image, running: &Side<'_>) -> Option<String> {
    (image.repository != running.image.repository).then(|| {
        format!(
            "{} comes from another repository than {}: {} instead of {}",
            image.label(),
            running.image.label(),
            image.repository,
            running.image.repository
        )
    })
}
