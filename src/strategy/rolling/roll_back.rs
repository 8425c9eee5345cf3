//! To the last known good release, or to a named one.

use super::draft::Draft;
use super::situation::Situation;
use crate::domain::artifact::Image;
use crate::domain::history;
use crate::strategy::confirm::Risk;
use crate::strategy::earlier::Destination;
use crate::strategy::goal::RollBackTo;
use crate::strategy::plan::Plan;
use crate::strategy::refusal::{Reason, Refusal};

pub(super) fn plan(at: &Situation<'_>, to: &RollBackTo) -> Result<Plan, Refusal> {
    let (destination, told) = match to {
        RollBackTo::LastKnownGood => last_known_good(at)?,
        RollBackTo::Named(name) => named(at, name)?,
    };
    let image = destination.image.clone();
    let mut draft = Draft::new(at);
    draft.warnings.extend(told);
    draft.take_template(destination);
    draft.await_rollout();
    draft.check_metrics();
    let ledger = at.ledger();
    ledger.are_left(&mut draft.record, &left(at, &image), image.label());
    ledger.serves_again(&mut draft.record, &image);
    let title = format!("roll back to {}", image.label());
    let expected = draft.serves();
    let risk = if still_serves(at, &image) {
        Risk::Safety
    } else {
        Risk::Leap
    };
    Ok(draft.done(title, expected, risk))
}

/// Whether it is the version that serves beside the one that is being rolled out.
fn still_serves(at: &Situation<'_>, image: &Image) -> bool {
    at.state
        .before
        .as_ref()
        .is_some_and(|before| before.image.same_build(image))
}

/// What is being rolled out, and what served beside it where that is not gone back to.
fn left<'s>(at: &'s Situation<'_>, to: &Image) -> Vec<&'s Image> {
    let stable = at.state.stable_image();
    let mut left = vec![&at.state.side.image];
    if !stable.same_build(to) && !stable.same_build(&at.state.side.image) {
        left.push(stable);
    }
    left
}

type Found = (Destination, Vec<String>);

fn last_known_good(at: &Situation<'_>) -> Result<Found, Refusal> {
    let leaving = &at.state.side.image;
    let good = at
        .record()
        .and_then(|record| history::rollback_target(record, leaving));
    if let Some(good) = good {
        return Ok(at.earlier().of_release(good));
    }
    if let Some(before) = &at.state.before {
        let (destination, mut told) = before.destination(at.earlier());
        told.push(format!(
            "no release is marked good: {} is what served before",
            before.image.label()
        ));
        return Ok((destination, told));
    }
    let previous = at.earlier().previous();
    let destination = previous.ok_or_else(|| at.earlier().none(Some(leaving)))?;
    let told = format!(
        "no release is marked good: {} is the previous template of {}",
        destination.image.label(),
        at.name()
    );
    Ok((destination, vec![told]))
}

fn named(at: &Situation<'_>, name: &str) -> Result<Found, Refusal> {
    let (earlier, leaving) = (at.earlier(), &at.state.side.image);
    let known = at.record().and_then(|record| history::named(record, name));
    if let Some(release) = known {
        refuse_left(at, release.runs(leaving))?;
        return Ok(earlier.of_release(release));
    }
    let unknown = || earlier.unknown(name, Some(leaving));
    let set = earlier
        .newest_set(|image| image.label() == name)
        .ok_or_else(unknown)?;
    let destination = earlier.of_set(set).ok_or_else(unknown)?;
    refuse_left(at, destination.image.same_build(leaving))?;
    let told = format!(
        "{name} is not in the record: the template of {} is taken",
        set.name
    );
    Ok((destination, vec![told]))
}

fn refuse_left(at: &Situation<'_>, is_left: bool) -> Result<(), Refusal> {
    if is_left {
        Err(Refusal::new(
            Reason::NothingToDo,
            format!("{} is what {} is set to", at.tag(), at.name()),
        ))
    } else {
        Ok(())
    }
}
