//! Keeps to the number of requests that an app takes from one account (`limits` of its manifest).

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use patchbay_catalog::manifest::Limits;
use patchbay_model::ConnectionId;

/// Longest time a request is held back; a caller that would wait longer is told so instead.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How many connections of one app are kept before those at rest are forgotten.
const KEPT: usize = 10_000;

/// One limiter an app and unit of time, with a bucket for each of its connections.
#[derive(Default)]
pub(crate) struct Pace {
    clock: DefaultClock,
    limiters: Mutex<HashMap<(String, Unit), Limiter>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Unit {
    Second,
    Minute,
}

type Buckets = Arc<DefaultKeyedRateLimiter<ConnectionId>>;

struct Limiter {
    rate: NonZeroU32,
    buckets: Buckets,
}

impl Pace {
    /// Waits for the connection's turn; answers how long the wait would be when that is too long.
    pub(crate) async fn turn(
        &self,
        app: &str,
        limits: &Limits,
        connection: &ConnectionId,
    ) -> Result<(), Duration> {
        let rates = [
            (Unit::Second, limits.requests_per_second),
            (Unit::Minute, limits.requests_per_minute),
        ];
        for (unit, rate) in rates {
            if let Some(rate) = rate.and_then(NonZeroU32::new) {
                self.wait(&self.buckets(app, unit, rate), connection)
                    .await?;
            }
        }
        Ok(())
    }

    async fn wait(&self, buckets: &Buckets, connection: &ConnectionId) -> Result<(), Duration> {
        let mut waited = Duration::ZERO;
        while let Err(not_yet) = buckets.check_key(connection) {
            let wait = not_yet.wait_time_from(self.clock.now());
            waited += wait;
            if waited > LONGEST_WAIT {
                return Err(wait);
            }
            tokio::time::sleep(wait).await;
        }
        Ok(())
    }

    fn buckets(&self, app: &str, unit: Unit, rate: NonZeroU32) -> Buckets {
        let mut limiters = self.limiters.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (app.to_owned(), unit);
        if let Some(limiter) = limiters.get(&key).filter(|limiter| limiter.rate == rate) {
            if limiter.buckets.len() > KEPT {
                limiter.buckets.retain_recent();
            }
            return Arc::clone(&limiter.buckets);
        }
        let quota = match unit {
            Unit::Second => Quota::per_second(rate),
            Unit::Minute => Quota::per_minute(rate),
        };
        let buckets: Buckets = Arc::new(RateLimiter::keyed(quota));
        limiters.insert(
            key,
            Limiter {
                rate,
                buckets: Arc::clone(&buckets),
            },
        );
        buckets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(per_second: Option<u32>, per_minute: Option<u32>) -> Limits {
        Limits {
            requests_per_second: per_second,
            requests_per_minute: per_minute,
        }
    }

    #[tokio::test]
    async fn connections_of_an_app_are_paced_one_by_one() {
        let pace = Pace::default();
        let one_a_minute = limits(None, Some(1));
        let (first, second) = (ConnectionId::new(), ConnectionId::new());
        assert_eq!(pace.turn("app", &one_a_minute, &first).await, Ok(()));
        let wait = pace
            .turn("app", &one_a_minute, &first)
            .await
            .expect_err("a wait");
        assert!(wait > LONGEST_WAIT);
        assert_eq!(pace.turn("app", &one_a_minute, &second).await, Ok(()));
        assert_eq!(pace.turn("other", &one_a_minute, &first).await, Ok(()));
    }

    #[tokio::test]
    async fn short_waits_are_waited_for() {
        let pace = Pace::default();
        let connection = ConnectionId::new();
        for _ in 0..110 {
            assert_eq!(
                pace.turn("app", &limits(Some(100), Some(100_000)), &connection)
                    .await,
                Ok(())
            );
        }
    }
}
