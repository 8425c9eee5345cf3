//! Releases in order and where a roll back goes.
//!
//! Invariant: a release without the mark is never chosen by itself, however new it is.

use crate::domain::artifact::Image;
use crate::domain::record::{Record, Release};

/// The last known good release: the newest one marked good other than the one that is being left.
///
/// `leaving` is the candidate's image while there is one, else the running one's.
pub fn rollback_target<'a>(record: &'a Record, leaving: &Image) -> Option<&'a Release> {
    record
        .releases
        .iter()
        .filter(|release| release.good.is_some() && !release.runs(leaving))
        .max_by_key(|release| release.revision)
}

/// The release that a person names by its tag, else by its revision; the newest where a tag was deployed more than once.
pub fn named<'a>(record: &'a Record, name: &str) -> Option<&'a Release> {
    let newest = |found: &dyn Fn(&Release) -> bool| {
        record
            .releases
            .iter()
            .filter(|release| found(release))
            .max_by_key(|release| release.revision)
    };
    newest(&|release| release.tag() == name).or_else(|| {
        let revision: u64 = name.parse().ok()?;
        newest(&|release| release.revision == revision)
    })
}
