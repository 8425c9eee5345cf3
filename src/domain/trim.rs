//! Keeping the record below its limit: the oldest releases go first, good ones last.
//!
//! Invariants: the newest release, those that serve, and the last known good one stay; a record within its limit is left
//! as it is.

use crate::domain::record::{Ended, Record, Release};

/// Bytes of one environment's record and black box together: half of what a ConfigMap may hold.
pub const MOST_BYTES: usize = 512 * 1024;

/// Releases kept at most.
pub const MOST_RELEASES: usize = 100;

/// How many bytes the record has as JSON.
pub fn bytes(record: &Record) -> usize {
    serde_json::to_vec(record).map_or(0, |text| text.len())
}

/// Takes releases out until at most `releases` are left and the record has at most `most` bytes; where those that stay
/// are still too large, the oldest remarks go.
pub fn trim(record: &mut Record, most: usize, releases: usize) {
    while record.releases.len() > releases || bytes(record) > most {
        let Some(index) = least_needed(record) else {
            return trim_notes(record, most);
        };
        record.releases.remove(index);
    }
}

/// The oldest that is not good, else the oldest that is.
fn least_needed(record: &Record) -> Option<usize> {
    let newest = record.releases.iter().map(|release| release.revision).max();
    let last_good = good(record).max();
    let may_go = |release: &Release| {
        let serves = matches!(release.ended, Ended::Running | Ended::Promoted);
        !serves && Some(release.revision) != newest && Some(release.revision) != last_good
    };
    let going = record
        .releases
        .iter()
        .enumerate()
        .filter(|(_, release)| may_go(release));
    going
        .min_by_key(|(_, release)| (release.good.is_some(), release.revision))
        .map(|(index, _)| index)
}

fn good(record: &Record) -> impl Iterator<Item = u64> + '_ {
    record
        .releases
        .iter()
        .filter(|release| release.good.is_some())
        .map(|release| release.revision)
}

fn trim_notes(record: &mut Record, most: usize) {
    while bytes(record) > most {
        let longest = record
            .releases
            .iter_mut()
            .max_by_key(|release| release.notes.len());
        match longest {
            Some(release) if !release.notes.is_empty() => drop(release.notes.remove(0)),
            Some(_) | None => return,
        }
    }
}
