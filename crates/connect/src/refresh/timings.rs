//! How long things about renewals take or last.

use std::time::Duration;

/// How long things about renewals take or last. The defaults are what the protocol was designed with; a shorter
/// `answer_within` must go with a shorter `lease`.
#[derive(Debug, Clone)]
pub struct RefreshTimings {
    /// The token endpoint has to answer within this.
    pub answer_within: Duration,
    /// How long a lease holds: longer than `answer_within`, so that its holder has given up before somebody else asks.
    pub lease: Duration,
    /// How long another node's renewal is waited for.
    pub elsewhere: Duration,
    /// How long a use waits for a renewal in all.
    pub wait: Duration,
    /// After how long a refusal is confirmed by asking once more.
    pub confirm_after: Duration,
    /// A connection whose token an API refuses is renewed for that reason at most once in this time.
    pub refused_interval: Duration,
    /// The unit of pauses between attempts; they double from here.
    pub backoff: Duration,
    /// How often a provider that refuses our OAuth client is asked again.
    pub app_probe: Duration,
    /// Somebody who waits for a token may have a failed renewal repeated after this, however long the pause is.
    pub demand_every: Duration,
    /// How long a provider that mostly fails is left alone.
    pub circuit_open: Duration,
    /// Longest time between two looks at what is due.
    pub poll: Duration,
}

impl Default for RefreshTimings {
    fn default() -> Self {
        Self {
            answer_within: Duration::from_secs(30),
            lease: Duration::from_mins(1),
            elsewhere: Duration::from_secs(35),
            wait: Duration::from_secs(45),
            confirm_after: Duration::from_mins(1),
            refused_interval: Duration::from_mins(1),
            backoff: Duration::from_secs(1),
            app_probe: Duration::from_mins(5),
            demand_every: Duration::from_secs(5),
            circuit_open: Duration::from_secs(30),
            poll: Duration::from_millis(500),
        }
    }
}
