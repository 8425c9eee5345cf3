//! Keeping out a late write of the plan whose claim was taken: its Deployments are marked as this plan's, so that the
//! other's guard fails.

use super::carrier::Carrier;
use super::errors::EffectError;
use super::guard::{mark_patch, uid_test};
use super::objects::{Kind, Seen};
use json_patch::Patch;

/// How often it is tried while others write to the Deployment.
const TRIES: u32 = 3;

impl Carrier {
    /// Marks the strategy's Deployments; answers what could not be done, in words.
    pub(super) async fn fence(&self) -> Vec<String> {
        let mut told = Vec::new();
        for (_, name) in self.context.strategy().deployments() {
            if let Err(error) = self.fence_one(name).await {
                told.push(format!(
                    "deployment {name} could not be marked as this plan's, a late write of the plan before it is possible: {}",
                    error.sentence()
                ));
            }
        }
        told
    }

    async fn fence_one(&self, name: &str) -> Result<(), EffectError> {
        let mut tries = 0;
        loop {
            let seen = match self.context.read(Kind::Deployment, name).await {
                Ok(seen) => seen,
                // What is not there cannot be written to either.
                Err(error) if error.is_missing() => return Ok(()),
                Err(error) => return Err(error),
            };
            if seen.plan() == Some(self.plan.as_str()) {
                return Ok(());
            }
            tries += 1;
            match self
                .context
                .patch(Kind::Deployment, name, self.mark(&seen))
                .await
            {
                Ok(_) => return Ok(()),
                Err(error) if error.is_open() && tries < TRIES => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn mark(&self, seen: &Seen) -> Patch {
        let generation = seen.generation().unwrap_or_default();
        let mut operations = vec![uid_test(seen)];
        operations.extend(mark_patch(seen.plan(), generation, seen, &self.plan));
        Patch(operations)
    }
}
