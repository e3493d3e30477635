//! Whether a failed call is made again, and when.

use std::time::Duration;

use patchbay_flow::{PlanStep, StepFailure};
use rand::RngExt;

/// Tries beyond the first where a step does not say.
const DEFAULT_TIMES: u32 = 2;
/// Longest wait between two tries.
const LONGEST: Duration = Duration::from_hours(1);

/// What is known of a failed call.
pub(super) struct FailedCall {
    /// What the run would fail with.
    pub(super) failure: StepFailure,
    /// Whether the same call may succeed later.
    pub(super) transient: bool,
    /// Whether it is certain, or harmless, that the call be made again: it was not sent, or making it twice does what
    /// making it once does.
    pub(super) repeatable: bool,
    /// When the app wants to be asked again.
    pub(super) retry_after: Option<Duration>,
}

/// When to try again after `attempts` tries; `None` for never.
///
/// Without a `retry` of its own a step is tried again twice, and only where a second call can do no harm. With one, its
/// author has decided that it may be repeated.
pub(super) fn wait(step: &PlanStep, failed: &FailedCall, attempts: i64) -> Option<Duration> {
    let (times, base) = match step.retry {
        Some(retry) => (retry.times, retry.delay_seconds.unwrap_or(1)),
        None if failed.repeatable => (DEFAULT_TIMES, 1),
        None => (0, 1),
    };
    if !failed.transient || attempts > i64::from(times) {
        return None;
    }
    let doublings = u32::try_from(attempts.saturating_sub(1))
        .unwrap_or(0)
        .min(20);
    let backoff = Duration::from_secs(u64::from(base))
        .saturating_mul(1 << doublings)
        .min(LONGEST);
    let wait = match failed.retry_after {
        Some(after) => after.max(backoff).min(LONGEST),
        None => backoff,
    };
    // Runs that failed together do not come back together.
    let jitter = rand::rng().random_range(0.0..0.1);
    Some(wait + wait.mul_f64(jitter))
}

/// When to try again what failed on our own side, before anything was sent: soon at first, and as often as it takes,
/// for no step fails because of a database.
pub(super) fn away(tries: &mut u32) -> Duration {
    const WAITS: [u64; 4] = [1, 2, 4, 15];
    let wait = WAITS[(*tries as usize).min(WAITS.len() - 1)];
    *tries += 1;
    Duration::from_secs(wait)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use patchbay_flow::Plan;
    use serde_json::json;

    use super::*;

    fn step(retry: Option<serde_json::Value>) -> Arc<Plan> {
        let mut step = json!({"id": "a", "kind": "http", "input": {"url": "https://a.example"}});
        if let Some(retry) = retry {
            step["retry"] = retry;
        }
        let document = serde_json::from_value(
            json!({"schema": 1, "trigger": {"kind": "manual"}, "steps": [step]}),
        )
        .expect("a document");
        Arc::new(Plan::compile(&document).unwrap_or_else(|p| panic!("{p:?}")))
    }

    fn failed(transient: bool, repeatable: bool, after: Option<u64>) -> FailedCall {
        FailedCall {
            failure: StepFailure::new("X", "x"),
            transient,
            repeatable,
            retry_after: after.map(Duration::from_secs),
        }
    }

    #[test]
    fn waits_double_and_end() {
        let plan = step(Some(json!({"times": 3, "delay_seconds": 2})));
        let seconds: Vec<Option<u64>> = (1..=4)
            .map(|n| wait(plan.step(0), &failed(true, false, None), n).map(|w| w.as_secs()))
            .collect();
        assert!(
            matches!(seconds[..], [Some(2), Some(4), Some(8), None]),
            "{seconds:?}"
        );
    }

    #[test]
    fn what_may_have_happened_is_not_repeated_unasked() {
        let plan = step(None);
        assert!(wait(plan.step(0), &failed(true, false, None), 1).is_none());
        assert!(wait(plan.step(0), &failed(true, true, None), 1).is_some());
        assert!(wait(plan.step(0), &failed(false, true, None), 1).is_none());
        assert!(wait(plan.step(0), &failed(true, true, None), 3).is_none());
    }

    #[test]
    fn the_apps_wish_counts_when_it_is_longer() {
        let plan = step(None);
        let waited = wait(plan.step(0), &failed(true, true, Some(30)), 1).expect("a wait");
        assert!(waited >= Duration::from_secs(30) && waited < Duration::from_secs(34));
    }
}
