//! What a failed renewal means: how the connection is marked, and when it is tried again.

use std::time::Duration;

use patchbay_model::{ConnectionStatus, StatusReason, Timestamp};
use patchbay_store::connections::{ConnectionRow, IntentPhase};

use super::{RefreshTimings, Want};
use crate::oauth::TokenErrorClass;

/// Longest pause while the token still works.
const PAUSE_MAX: Duration = Duration::from_mins(5);
/// Longest pause when it has run out.
const PAUSE_MAX_OVER: Duration = Duration::from_hours(1);
/// No pause is longer than this: a moment further away comes from a clock that was set back.
const PAUSE_POSSIBLE: Duration = Duration::from_mins(61);
/// After this many answers that are no token, the app is taken to be set up wrongly.
const MALFORMED_TRIES: i64 = 3;
/// Pauses between attempts after an answer got lost, in units: many providers take a spent refresh token once more
/// for some seconds.
pub(super) const UNCERTAIN_PAUSES: [u32; 5] = [0, 1, 2, 4, 8];
/// A failure that may pass is believed when it happened this often in a row.
const BELIEVED: i64 = 2;

/// The class of the last failure, as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// The provider ended this sign-in.
    Permanent,
    /// It ended it after a renewal whose answer got lost.
    Interrupted,
    /// The OAuth client or the endpoint is wrong.
    App,
    /// The provider asked to wait.
    Throttled,
    /// It could not be reached.
    NotSent,
    /// Its answer got lost.
    Uncertain,
    /// Its answer was no token.
    Malformed,
}

impl Class {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Permanent => "permanent",
            Self::Interrupted => "interrupted",
            Self::App => "app",
            Self::Throttled => "throttled",
            Self::NotSent => "not_sent",
            Self::Uncertain => "uncertain",
            Self::Malformed => "malformed",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [
            Self::Permanent,
            Self::Interrupted,
            Self::App,
            Self::Throttled,
            Self::NotSent,
            Self::Uncertain,
            Self::Malformed,
        ]
        .into_iter()
        .find(|class| class.as_str() == text)
    }

    pub(super) fn of(row: &ConnectionRow) -> Option<Self> {
        Self::parse(row.refresh.fail_class.as_deref()?)
    }

    /// In a sentence for whoever waits.
    pub(super) const fn sentence(self) -> &'static str {
        match self {
            Self::Permanent | Self::Interrupted => "The provider no longer renews this sign-in.",
            Self::App => {
                "The provider refuses the OAuth client; an admin can check it under Settings, OAuth clients."
            }
            Self::Throttled => "The provider asks to wait.",
            Self::NotSent => "The provider cannot be reached.",
            Self::Uncertain => "The provider is failing.",
            Self::Malformed => "The provider answers with something other than a token.",
        }
    }
}

/// What follows from a failed attempt.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Consequence {
    pub(super) class: Class,
    pub(super) phase: IntentPhase,
    /// `None`: it is not tried again by itself.
    pub(super) next_try_at: Option<Timestamp>,
    /// Try again in the same task, after this.
    pub(super) again: Option<Duration>,
}

/// What an attempt that failed was like.
pub(super) struct Failed<'a> {
    /// The row as it was before the attempt.
    pub(super) row: &'a ConnectionRow,
    pub(super) class: TokenErrorClass,
    /// How many attempts this task has made before.
    pub(super) tries: usize,
    /// Whether another refresh token is there to be tried: one that came too late before.
    pub(super) orphan_waits: bool,
    pub(super) now: Timestamp,
}

impl Failed<'_> {
    /// Whether the refresh token may have been spent before this attempt without our having seen the answer.
    fn was_uncertain(&self) -> bool {
        matches!(
            self.row.refresh.intent_phase,
            IntentPhase::Started | IntentPhase::Uncertain
        )
    }

    pub(super) fn consequence(&self, timings: &RefreshTimings) -> Consequence {
        let phase = if self.was_uncertain() {
            IntentPhase::Uncertain
        } else {
            self.row.refresh.intent_phase
        };
        let backoff = self.backoff(timings);
        let later = |class, phase, pause| Consequence {
            class,
            phase,
            next_try_at: Some(self.now.plus(pause)),
            again: None,
        };
        match self.class {
            TokenErrorClass::Permanent => self.refused(phase, timings),
            TokenErrorClass::App => later(Class::App, phase, timings.app_probe),
            TokenErrorClass::Throttled(wait) => {
                later(Class::Throttled, phase, wait.unwrap_or(backoff))
            }
            TokenErrorClass::NotSent => later(Class::NotSent, phase, backoff),
            TokenErrorClass::Malformed => {
                // It may have taken the refresh token all the same.
                let tries = if Class::of(self.row) == Some(Class::Malformed) {
                    self.row.refresh.fail_count + 1
                } else {
                    1
                };
                if tries >= MALFORMED_TRIES {
                    later(Class::App, IntentPhase::Uncertain, timings.app_probe)
                } else {
                    later(Class::Malformed, IntentPhase::Uncertain, timings.backoff)
                }
            }
            TokenErrorClass::Uncertain => {
                let again = UNCERTAIN_PAUSES
                    .get(self.tries)
                    .map(|units| timings.backoff * *units);
                Consequence {
                    again,
                    ..later(
                        Class::Uncertain,
                        IntentPhase::Uncertain,
                        again.unwrap_or(backoff),
                    )
                }
            }
        }
    }

    /// Security protocol §4.2: a refusal may be a race that was lost, a token that was spent in an attempt whose
    /// answer got lost, a mistake of the provider, or the end.
    fn refused(&self, phase: IntentPhase, timings: &RefreshTimings) -> Consequence {
        if self.orphan_waits {
            return Consequence {
                class: Class::Permanent,
                phase,
                next_try_at: Some(self.now),
                again: Some(Duration::ZERO),
            };
        }
        let ended = |class| Consequence {
            class,
            phase: IntentPhase::None,
            next_try_at: None,
            again: None,
        };
        if self.was_uncertain() {
            ended(Class::Interrupted)
        } else if self.row.refresh.intent_phase == IntentPhase::Refused {
            ended(Class::Permanent)
        } else {
            Consequence {
                class: Class::Permanent,
                phase: IntentPhase::Refused,
                next_try_at: Some(self.now.plus(timings.confirm_after)),
                again: None,
            }
        }
    }

    /// Full jitter: anything up to a limit that doubles with every failure.
    fn backoff(&self, timings: &RefreshTimings) -> Duration {
        let most = if is_over(self.row, self.now) {
            PAUSE_MAX_OVER
        } else {
            PAUSE_MAX
        };
        let doublings = u32::try_from(self.row.refresh.fail_count)
            .unwrap_or(0)
            .min(12);
        let limit = (timings.backoff * 2_u32.pow(doublings)).min(most);
        limit
            .mul_f64(rand::random::<f64>())
            .max(timings.backoff / 10)
    }
}

fn is_over(row: &ConnectionRow, now: Timestamp) -> bool {
    row.expires_at.is_some_and(|at| at <= now)
}

/// How long the row has to be left alone, if it has.
pub(super) fn wait_before(
    row: &ConnectionRow,
    want: Want,
    now: Timestamp,
    timings: &RefreshTimings,
) -> Option<Duration> {
    if row.refresh.intent_phase == IntentPhase::Started {
        // It was cut off: many providers take a spent refresh token once more, but not for long.
        return None;
    }
    let at = row.refresh.next_try_at.filter(|at| *at > now)?;
    let wait = now.until(at);
    if wait > PAUSE_POSSIBLE {
        return None;
    }
    let patient = matches!(
        Class::of(row),
        Some(Class::Permanent | Class::Interrupted | Class::App | Class::Throttled)
    );
    if want == Want::Ahead || patient {
        return Some(wait);
    }
    // Somebody waits for it: the pause shrinks.
    let asked = row.refresh.intent_at.filter(|asked| *asked <= now)?;
    let soonest = asked.plus(timings.demand_every);
    (soonest > now).then(|| wait.min(now.until(soonest)))
}

/// Whether nothing but a person can help: the provider has said no for good.
pub(super) fn has_ended(row: &ConnectionRow) -> bool {
    row.refresh.intent_phase == IntentPhase::None
        && matches!(Class::of(row), Some(Class::Permanent | Class::Interrupted))
}

/// What keeps the row from being renewed, as people are told; `None` while that is not known.
pub(super) fn reason(row: &ConnectionRow) -> Option<StatusReason> {
    if !row.refreshable {
        return Some(StatusReason::TokenExpired);
    }
    let believed = row.refresh.fail_count >= BELIEVED;
    match Class::of(row)? {
        Class::Permanent => Some(StatusReason::RefreshRejected),
        Class::Interrupted => Some(StatusReason::RotationInterrupted),
        Class::App => Some(StatusReason::AppMisconfigured),
        Class::NotSent if believed => Some(StatusReason::HostUnreachable),
        Class::Throttled | Class::Uncertain | Class::Malformed if believed => {
            Some(StatusReason::ProviderUnavailable)
        }
        _ => None,
    }
}

/// The status of a connection whose token has run out and cannot be renewed.
pub(super) const OVER: ConnectionStatus = ConnectionStatus::Expired;

/// Whether the provider has refused to renew it.
pub(super) fn is_refusal(row: &ConnectionRow) -> bool {
    matches!(Class::of(row), Some(Class::Permanent | Class::Interrupted))
}
