//! When the Lease is taken, renewed, asked for and given back.
//!
//! Invariants: a living holder's Lease is never taken; whether a holder lives is told by the versions that were seen here and by
//! this clock alone, never by a time that another machine wrote; who could not renew in time does not count as the holder.

use super::observation::Held;
use crate::domain::pilot::{LEASE_SECONDS, Lease, LeaseAnswer, LeaseChange, LeaseRead, LeaseWrite};
use crate::domain::text::Text;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Between two renewals.
const RENEW_EVERY: SignedDuration = SignedDuration::from_secs(3);
/// A holder that could not renew for so long drives no more; less than a successor waits.
const LOST_AFTER: SignedDuration = SignedDuration::from_secs(10);
/// After a write that failed.
const RETRY: SignedDuration = SignedDuration::from_secs(1);
/// Others leave a Lease that was given back to who asked for it, for so long.
const LEFT_TO_ASKER: SignedDuration = SignedDuration::from_secs(5);

/// What a pilot wants of the Lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// Only to know who drives.
    Know,
    /// To drive once nobody else does.
    Drive,
    /// To drive, and that who drives now hands over.
    TakeOver,
    /// To drive no more.
    GiveBack,
}

/// The Lease, as it was watched from here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseWatch {
    /// What was seen last; `None`: nothing yet.
    seen: Option<LeaseRead>,
    /// When that was seen first, by this clock.
    changed_at: Option<Timestamp>,
    /// When this pilot last sent a write of its own that succeeded.
    renewed_at: Option<Timestamp>,
    /// When the write under way was sent.
    sent_at: Option<Timestamp>,
    /// No write before that.
    not_before: Option<Timestamp>,
}

impl LeaseWatch {
    /// The Lease as it was seen last.
    pub fn lease(&self) -> Option<&Lease> {
        match &self.seen {
            Some(LeaseRead::Read(lease)) => Some(lease),
            Some(LeaseRead::Absent | LeaseRead::Hidden(_)) | None => None,
        }
    }

    /// Whether it was read, be it that there is none.
    pub fn can_be_read(&self) -> bool {
        match &self.seen {
            Some(LeaseRead::Read(_) | LeaseRead::Absent) => true,
            Some(LeaseRead::Hidden(_)) | None => false,
        }
    }

    /// Whether anything is known of it, be it that it cannot be read.
    pub fn is_known(&self) -> bool {
        self.seen.is_some()
    }

    /// Who holds it, as far as is known; a holder that has been silent for too long does not count.
    pub fn driver(&self, now: Timestamp) -> Option<&Lease> {
        let lease = self.lease().filter(|lease| lease.holder.is_some())?;
        (!self.is_silent(lease, now)).then_some(lease)
    }

    /// Takes what was read.
    pub fn see(&mut self, read: LeaseRead, now: Timestamp) {
        if self.seen.as_ref() != Some(&read) {
            self.seen = Some(read);
            self.changed_at = Some(now);
        }
    }

    /// A write was answered.
    pub fn answered(&mut self, answer: LeaseAnswer, now: Timestamp) {
        let sent = self.sent_at.take();
        match answer {
            LeaseAnswer::Written(lease) => {
                // It may have been written as early as it was sent.
                self.renewed_at = sent.or(Some(now));
                self.see(LeaseRead::Read(lease), now);
            }
            LeaseAnswer::Moved(read) => self.see(read, now),
        }
    }

    /// A write failed.
    pub fn failed(&mut self, now: Timestamp) {
        self.sent_at = None;
        self.not_before = now.checked_add(RETRY).ok();
    }

    /// Who holds it, for `me`.
    pub fn held(&self, me: &Text, now: Timestamp) -> Held {
        if let Some(LeaseRead::Hidden(why)) = &self.seen {
            return Held::Nobody(format!("the Lease cannot be read: {why}"));
        }
        let holder = self.lease().and_then(|lease| lease.holder.as_ref());
        match holder {
            Some(holder) if holder == me => match self.renewed_at {
                Some(at) if now.duration_since(at) < LOST_AFTER => Held::Here,
                // It was seen before the answer came.
                None if self.sent_at.is_some() => Held::NotYet,
                Some(_) | None => Held::Nobody("the Lease could not be renewed in time".to_owned()),
            },
            Some(holder) => Held::By(holder.clone()),
            None => Held::NotYet,
        }
    }

    /// The write that is due; it counts as sent.
    pub fn due(&mut self, me: &Text, wish: Wish, now: Timestamp) -> Option<LeaseWrite> {
        let is_early = self.not_before.is_some_and(|at| now < at);
        if self.sent_at.is_some() || is_early {
            return None;
        }
        let write = self.wanted(me, wish, now)?;
        self.sent_at = Some(now);
        if let LeaseChange::Take { .. } = write.change {
            self.renewed_at = None;
        }
        Some(write)
    }

    fn wanted(&self, me: &Text, wish: Wish, now: Timestamp) -> Option<LeaseWrite> {
        let lease = match self.seen.as_ref()? {
            LeaseRead::Read(lease) => lease,
            LeaseRead::Hidden(_) => return None,
            LeaseRead::Absent => {
                return wants_to_drive(wish).then(|| LeaseWrite {
                    version: None,
                    change: taken(me, now, 0),
                });
            }
        };
        let change = match &lease.holder {
            Some(holder) if holder == me => self.own(wish, now)?,
            Some(_) if self.is_silent(lease, now) => {
                wants_to_drive(wish).then(|| taken(me, now, lease.transitions.saturating_add(1)))?
            }
            Some(_) if wish == Wish::TakeOver && lease.asked_by.as_ref() != Some(me) => {
                LeaseChange::AskFor(me.clone())
            }
            None if wants_to_drive(wish) && !self.is_left_to_another(lease, me, now) => {
                taken(me, now, lease.transitions.saturating_add(1))
            }
            Some(_) | None => return None,
        };
        Some(LeaseWrite {
            version: Some(lease.version.clone()),
            change,
        })
    }

    fn own(&self, wish: Wish, now: Timestamp) -> Option<LeaseChange> {
        let is_due = self
            .renewed_at
            .is_none_or(|at| now.duration_since(at) >= RENEW_EVERY);
        match wish {
            Wish::GiveBack => Some(LeaseChange::GiveBack),
            Wish::Drive | Wish::TakeOver => is_due.then_some(LeaseChange::Renew),
            Wish::Know => None,
        }
    }

    /// Whether it stood as it is for longer than its holder may be silent.
    fn is_silent(&self, lease: &Lease, now: Timestamp) -> bool {
        let patience = SignedDuration::from_secs(i64::from(lease.seconds.max(LEASE_SECONDS)));
        self.changed_at
            .is_some_and(|at| now.duration_since(at) >= patience)
    }

    fn is_left_to_another(&self, lease: &Lease, me: &Text, now: Timestamp) -> bool {
        let asker = lease.asked_by.as_ref().filter(|asker| *asker != me);
        let is_fresh = |at| now.duration_since(at) < LEFT_TO_ASKER;
        asker.is_some() && self.changed_at.is_some_and(is_fresh)
    }
}

fn wants_to_drive(wish: Wish) -> bool {
    match wish {
        Wish::Drive | Wish::TakeOver => true,
        Wish::Know | Wish::GiveBack => false,
    }
}

fn taken(me: &Text, now: Timestamp, transitions: u32) -> LeaseChange {
    LeaseChange::Take {
        holder: me.clone(),
        since: now,
        transitions,
    }
}
