//! What plans say to the record about releases.

use super::goal::Goal;
use super::plan::RecordChange;
use super::refusal::{Reason, Refusal};
use super::request::Request;
use crate::domain::artifact::Image;
use crate::domain::provenance::Provenance;
use crate::domain::record::{Ended, Paused, Record, RecordRead, Release};
use crate::domain::text::Text;
use std::collections::BTreeMap;

/// The record as it is, and who asks for a change of it.
#[derive(Clone, Copy)]
pub(super) struct Ledger<'a> {
    pub(super) record: Option<&'a Record>,
    pub(super) request: &'a Request,
}

impl<'a> Ledger<'a> {
    /// A release as it enters the record now.
    pub(super) fn enter(&self, image: &Image, ended: Ended) -> Release {
        let Provenance { commit, run } = match &self.request.goal {
            Goal::Deploy(deploy) => (*deploy.provenance).clone(),
            Goal::Promote
            | Goal::PromoteFully
            | Goal::Pause
            | Goal::Resume
            | Goal::Abort
            | Goal::RollBack(_)
            | Goal::DeclareGood(_)
            | Goal::TakeUp(_) => Provenance::default(),
        };
        Release {
            revision: self.next(),
            image: image.clone(),
            digest: image.digest.clone(),
            templates: BTreeMap::new(),
            commit,
            run,
            deployed_at: self.request.at,
            by: Text::new(self.request.by.line()),
            reason: self.request.reason.as_deref().map(Text::from),
            evidence: None,
            ended,
            alone_since: None,
            good: None,
            notes: Vec::new(),
            more: BTreeMap::new(),
        }
    }

    /// A pause by whoever asks.
    pub(super) fn pause(&self) -> Paused {
        Paused {
            by: Text::new(self.request.by.line()),
            since: self.request.at,
            reason: self.request.reason.as_deref().map(Text::from),
        }
    }

    /// The newest release made of this image.
    pub(super) fn release_of(&self, image: &Image) -> Option<&'a Release> {
        self.record?.release_of(image)
    }

    /// The revision that the record has, or will have, for this image.
    pub(super) fn revision(&self, image: &Image) -> u64 {
        self.release_of(image)
            .map_or_else(|| self.next(), |release| release.revision)
    }

    fn next(&self) -> u64 {
        self.record.map_or(1, Record::next_revision)
    }

    /// Releases other than `own` that the record has as serving.
    pub(super) fn serving_but(&self, own: u64) -> impl Iterator<Item = u64> + use<'a> {
        self.record
            .into_iter()
            .flat_map(|record| &record.releases)
            .filter(move |release| release.revision != own)
            .filter(|release| matches!(release.ended, Ended::Running | Ended::Promoted))
            .map(|release| release.revision)
    }

    /// The release of this image has become the serving one; those before are superseded and keep their marks.
    pub(super) fn takes_over(&self, change: &mut RecordChange, image: &Image) {
        let own = self.revision(image);
        let before = self.serving_but(own);
        change
            .ended
            .extend(before.map(|other| (other, Ended::Superseded)));
        change.ended.push((own, Ended::Promoted));
    }

    /// These releases are left by a roll back to `to`; one that was good loses its mark.
    pub(super) fn are_left(&self, change: &mut RecordChange, left: &[&Image], to: &str) {
        let reason = self.request.reason.as_deref();
        let why = reason.map_or_else(
            || format!("rolled back to {to}"),
            |reason| format!("rolled back to {to}: {reason}"),
        );
        for release in left.iter().filter_map(|image| self.release_of(image)) {
            let ended = (release.revision, Ended::RolledBack);
            if change.ended.contains(&ended) {
                continue;
            }
            change.ended.push(ended);
            if release.good.is_some() {
                change.not_good.push((release.revision, why.clone()));
            }
        }
        self.lift_pause(change);
    }

    /// The candidate has lost its traffic.
    pub(super) fn is_aborted(&self, change: &mut RecordChange, candidate: Option<&Image>) {
        let release = candidate.and_then(|image| self.release_of(image));
        change
            .ended
            .extend(release.map(|release| (release.revision, Ended::Aborted)));
        self.lift_pause(change);
    }

    /// A known release serves again.
    pub(super) fn serves_again(&self, change: &mut RecordChange, image: &Image) {
        let release = self.release_of(image).map(|release| release.revision);
        change
            .ended
            .extend(release.map(|revision| (revision, Ended::Promoted)));
    }

    /// A pause speaks of the release that has ended now.
    fn lift_pause(&self, change: &mut RecordChange) {
        let is_paused = self.record.is_some_and(|record| record.paused.is_some());
        change.paused = is_paused.then_some(None);
    }
}

/// A record that is there or can be begun.
pub(super) fn record_is_kept(read: &RecordRead) -> Result<(), Refusal> {
    let cure = "abort and roll back go on without it; everything else waits until it can be read";
    let why = match read {
        RecordRead::Read { .. } | RecordRead::Absent => return Ok(()),
        RecordRead::Unread => {
            return Err(
                Refusal::new(Reason::NotFresh, "the record has not been read yet")
                    .hint("ask again in a moment"),
            );
        }
        RecordRead::Unreadable(why) => {
            let why = format!("the record makes no sense to this version: {why}");
            return Err(Refusal::new(Reason::RecordUnreadable, why).hint(format!(
                "{cure}: by a newer version, or once the damaged ConfigMap is deleted, after which `flightdeck good` begins a new one"
            )));
        }
        RecordRead::Failed(why) => format!("the record could not be read: {why}"),
    };
    Err(Refusal::new(Reason::RecordUnreadable, why).hint(cure))
}
