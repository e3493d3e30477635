//! When a token is renewed ahead of its end.

use std::time::Duration;

use patchbay_model::Timestamp;

/// Renewed at the latest this long before the end.
const LEAD_MAX: Duration = Duration::from_mins(5);
/// Renewals of tokens that were made together are spread over at most this long.
const SPREAD_MAX: Duration = Duration::from_hours(6);

/// When a token that lives for `lifetime` and ends at `expires_at` is to be renewed: a quarter of its life before the
/// end (five minutes at most), and up to a third of its life earlier, so that tokens that were made together do not
/// fall due together.
pub(crate) fn next_refresh_at(
    expires_at: Option<Timestamp>,
    lifetime: Option<Duration>,
) -> Option<Timestamp> {
    let (expires_at, lifetime) = (expires_at?, lifetime?);
    let lead = LEAD_MAX.min(lifetime / 4);
    let spread = SPREAD_MAX.min(lifetime / 3);
    let jitter = spread.mul_f64(rand::random::<f64>());
    Some(expires_at.minus(lead).minus(jitter))
}

/// The same for a token that can only be renewed while it still works: half its life is left then, so that a node that
/// was off for days is not too late.
pub(crate) fn next_renewal_at(
    by_access_token: bool,
    expires_at: Option<Timestamp>,
    lifetime: Option<Duration>,
) -> Option<Timestamp> {
    let usual = next_refresh_at(expires_at, lifetime)?;
    if by_access_token {
        let early = expires_at?.minus(lifetime? / 2);
        return Some(usual.min(early));
    }
    Some(usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s3_renewal_is_due_before_the_end_and_spread() {
        let end = Timestamp::from_millis(10_000_000_000);
        let life = Duration::from_hours(1);
        for _ in 0..200 {
            let at = next_refresh_at(Some(end), Some(life)).expect("a token that ends is renewed");
            assert!(at <= end.minus(Duration::from_mins(5)));
            assert!(at >= end.minus(Duration::from_mins(25)));
        }
        assert_eq!(next_refresh_at(None, None), None);
    }
}
