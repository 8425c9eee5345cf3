//! Exit codes: scripts hold on to these numbers.

use crate::domain::notice::NoticeKind;
use crate::domain::outcome::End;
use crate::strategy::refusal::Reason;

/// Done, and verified where there was something to verify.
pub const DONE: u8 = 0;
/// A fault of the program's own.
pub const FAULT: u8 = 1;
/// Wrong use.
pub const USAGE: u8 = 2;
/// Configuration wrong.
pub const CONFIG: u8 = 3;
/// The plan cannot be made.
pub const REFUSED: u8 = 4;
/// The world moved.
pub const MOVED: u8 = 5;
/// Not allowed.
pub const FORBIDDEN: u8 = 6;
/// Unreachable, or login expired.
pub const UNREACHABLE: u8 = 7;
/// Timed out while waiting.
pub const TIMED_OUT: u8 = 8;
/// The outcome is bad.
pub const BAD: u8 = 9;
/// Whoever read standard output went away: what a shell reports of a program that SIGPIPE ended.
pub const PIPE: u8 = 141;

/// The code of a trouble.
pub fn of_notice(kind: NoticeKind) -> u8 {
    match kind {
        NoticeKind::Internal => FAULT,
        NoticeKind::Usage => USAGE,
        NoticeKind::Config => CONFIG,
        NoticeKind::Refused => REFUSED,
        NoticeKind::Conflict => MOVED,
        NoticeKind::Forbidden => FORBIDDEN,
        NoticeKind::Unreachable => UNREACHABLE,
        NoticeKind::TimedOut => TIMED_OUT,
        NoticeKind::Bad => BAD,
    }
}

/// What kind of trouble an end is; `None`: done.
pub fn trouble(end: &End) -> Option<(NoticeKind, &str)> {
    match end {
        End::Done => None,
        End::WorldMoved(why) | End::Stopped(why) => Some((NoticeKind::Conflict, why)),
        End::Forbidden(why) => Some((NoticeKind::Forbidden, why)),
        End::Unreachable(why) => Some((NoticeKind::Unreachable, why)),
        End::NotProven(why) => Some((NoticeKind::TimedOut, why)),
        End::Bad(why) => Some((NoticeKind::Bad, why)),
        End::Fault(why) => Some((NoticeKind::Internal, why)),
    }
}

/// The code of an end.
pub fn of_end(end: &End) -> u8 {
    trouble(end).map_or(DONE, |(kind, _)| of_notice(kind))
}

/// What kind of trouble a refusal is: a missing right is the server's word, all others are the plan's.
pub fn of_reason(reason: Reason) -> NoticeKind {
    match reason {
        Reason::Forbidden => NoticeKind::Forbidden,
        Reason::WorldMoved => NoticeKind::Conflict,
        Reason::NothingToPromote
        | Reason::NothingToDo
        | Reason::MutableTag
        | Reason::CandidateThere
        | Reason::NoLastKnownGood
        | Reason::UnknownRelease
        | Reason::MissingObject
        | Reason::Autoscaler
        | Reason::FinishBegun
        | Reason::ClaimHeld
        | Reason::RecordUnreadable
        | Reason::Guessed
        | Reason::ReadOnly
        | Reason::Paused
        | Reason::ForeignWeight
        | Reason::NotFresh => NoticeKind::Refused,
    }
}
