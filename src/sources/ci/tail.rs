//! The end of a long text, without ever holding the whole of it.

use super::errors::CiError;
use super::http::{Ask, Http};
use bytes::Bytes;
use reqwest::Response;
use reqwest::header::{HeaderValue, RANGE};
use std::time::Duration;

/// A server has so long to send the end of a text.
const SENDS_WITHIN: Duration = Duration::from_secs(60);

/// The end of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tail {
    /// The last bytes, at most as many as were asked for. Begins at the text's start or anywhere within a line.
    pub text: Bytes,
    /// Bytes before them.
    pub skipped: u64,
}

impl Http {
    /// The last `most` bytes of a text. A server that knows ranges sends no more than these; of another the rest is dropped
    /// while it comes. A redirect to another host, as of a signed address, is followed without the token.
    pub async fn tail(&self, ask: &Ask, most: u64) -> Result<Tail, CiError> {
        let whole = self.open(ask, &[]).await?;
        if !whole.status().is_success() {
            return Err(self.refused(ask, whole).await);
        }
        let length = whole.content_length();
        let Some(from) = length
            .and_then(|length| length.checked_sub(most))
            .filter(|from| *from > 0)
        else {
            return self.end_of(ask, whole, most, 0).await;
        };
        drop(whole);
        let range = HeaderValue::from_str(&format!("bytes={from}-"));
        let headers: Vec<_> = range.ok().map(|range| (RANGE, range)).into_iter().collect();
        let part = self.open(ask, &headers).await?;
        match part.status().as_u16() {
            206 => self.end_of(ask, part, most, from).await,
            200 => self.end_of(ask, part, most, 0).await,
            _ => Err(self.refused(ask, part).await),
        }
    }

    /// The last `most` bytes of an answer that was begun, and how many came before them, `before` it among these.
    pub(super) async fn end_of(
        &self,
        ask: &Ask,
        mut response: Response,
        most: u64,
        before: u64,
    ) -> Result<Tail, CiError> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        self.in_time(ask, async {
            let (mut kept, mut skipped) = (Vec::new(), before);
            while let Some(piece) = response
                .chunk()
                .await
                .map_err(|error| self.unreachable(ask, error.without_url()))?
            {
                kept.extend_from_slice(&piece);
                // Twice as much is held before the front is cut, so that each byte is moved once.
                if kept.len() > most.saturating_mul(2) {
                    skipped += cut_front(&mut kept, most);
                }
            }
            skipped += cut_front(&mut kept, most);
            Ok(Tail {
                text: kept.into(),
                skipped,
            })
        })
        .await
    }

    /// Ends the reading of an answer that does not come to its end.
    pub(super) async fn in_time<T>(
        &self,
        ask: &Ask,
        reading: impl Future<Output = Result<T, CiError>>,
    ) -> Result<T, CiError> {
        let read = tokio::time::timeout(SENDS_WITHIN, reading).await;
        read.unwrap_or_else(|_| {
            Err(CiError::TimedOut {
                place: self.place(),
                what: ask.what.clone(),
                after: SENDS_WITHIN,
            })
        })
    }
}

fn cut_front(kept: &mut Vec<u8>, most: usize) -> u64 {
    let over = kept.len().saturating_sub(most);
    kept.drain(..over);
    over as u64
}
