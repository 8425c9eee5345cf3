//! A new release into the Deployment, whose controller rolls it out.

use super::draft::Draft;
use super::situation::Situation;
use crate::domain::record::Ended;
use crate::strategy::confirm::Risk;
use crate::strategy::deployable;
use crate::strategy::goal::{Deploy, Until};
use crate::strategy::ledger::record_is_kept;
use crate::strategy::plan::{Began, Plan};
use crate::strategy::refusal::{Reason, Refusal};

pub(super) fn plan(at: &Situation<'_>, wanted: &Deploy) -> Result<Plan, Refusal> {
    let (image, side) = (&wanted.image, &at.state.side);
    deployable::names_one_build(image, at.policy)?;
    nobody_there(at)?;
    deployable::is_new(image, side)?;
    record_is_kept(&at.seen.record)?;
    side.is_not_halted("resume it first")?;
    let mut draft = Draft::new(at);
    draft
        .warnings
        .extend(deployable::other_repository(image, side));
    draft.take_image(image);
    let ledger = at.ledger();
    draft.record.release = Some(ledger.enter(image, Ended::Running));
    draft.record.began = Some(Began {
        base: at.replicas(),
        stable: side.version(at.seen),
    });
    let expected = match wanted.until {
        Until::Complete => {
            draft.await_rollout();
            if let Some(test) = &wanted.smoke {
                draft.smoke_test(test)?;
            }
            ledger.takes_over(&mut draft.record, image);
            draft.serves()
        }
        Until::Begun => {
            // Nobody waited to see how the one before those ended that serve now.
            let before = ledger.serving_but(ledger.revision(&side.image));
            let superseded = before.map(|other| (other, Ended::Superseded));
            draft.record.ended.extend(superseded);
            format!("{} takes {}, pod by pod", at.name(), image.label())
        }
    };
    let title = format!("deploy {}", image.label());
    Ok(draft.done(title, expected, Risk::Step))
}

fn nobody_there(at: &Situation<'_>) -> Result<(), Refusal> {
    match &at.state.before {
        None => Ok(()),
        Some(before) => Err(Refusal::new(
            Reason::CandidateThere,
            format!(
                "{} is being rolled out in place of {}",
                at.tag(),
                before.image.label()
            ),
        )
        .hint("abort or roll it back first")),
    }
}
