//! When a schedule is due: cron expressions in time zones. The only place that knows `chrono`.

use chrono::{DateTime, TimeZone, Utc};
use chrono_tz::Tz;
use croner::{
    Cron,
    parser::{CronParser, Seconds},
};
use patchbay_model::{Timestamp, flow::Trigger};

/// Why a schedule cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// The cron expression cannot be read.
    #[error(
        "`{0}` is no cron expression; five fields are needed: minute hour day month weekday, e.g. 0 9 * * 1-5"
    )]
    Cron(String),
    /// There is no such time zone.
    #[error("`{0}` is no time zone; use a name like Europe/Berlin or UTC")]
    TimeZone(String),
    /// It never comes to pass, e.g. 30 February.
    #[error("`{0}` never comes to pass")]
    Never(String),
}

/// A schedule that can be asked when it is due.
#[derive(Debug, Clone)]
pub struct Schedule {
    cron: Cron,
    zone: Tz,
}

impl Schedule {
    /// Reads a five-field cron expression and an IANA time zone.
    pub fn parse(cron: &str, timezone: &str) -> Result<Self, ScheduleError> {
        let zone = timezone
            .parse::<Tz>()
            .map_err(|_| ScheduleError::TimeZone(timezone.to_owned()))?;
        let parsed = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .build()
            .parse(cron)
            .map_err(|_| ScheduleError::Cron(cron.to_owned()))?;
        let schedule = Self { cron: parsed, zone };
        if schedule.next(Timestamp::now()).is_none() {
            return Err(ScheduleError::Never(cron.to_owned()));
        }
        Ok(schedule)
    }

    /// The schedule of a trigger; `None` when it has none.
    pub fn of(trigger: &Trigger) -> Result<Option<Self>, ScheduleError> {
        match trigger {
            Trigger::Schedule { cron, timezone } => Self::parse(cron, timezone).map(Some),
            Trigger::Manual {} | Trigger::Webhook { .. } | Trigger::App { .. } => Ok(None),
        }
    }

    /// The first time after `after`. A time that a change of clocks leaves out comes right after the gap; one that it
    /// repeats comes once.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let after: DateTime<Utc> = Utc.timestamp_millis_opt(after.millis()).single()?;
        let next = self
            .cron
            .find_next_occurrence(&after.with_timezone(&self.zone), false)
            .ok()?;
        Some(Timestamp::from_millis(next.timestamp_millis()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn nine_o_clock_is_nine_o_clock_where_the_people_are() {
        let schedule = Schedule::parse("0 9 * * *", "Europe/Berlin").expect("a schedule");
        assert_eq!(
            schedule.next(at("2026-01-15T12:00:00Z")),
            Some(at("2026-01-16T08:00:00Z"))
        );
        assert_eq!(
            schedule.next(at("2026-07-15T12:00:00Z")),
            Some(at("2026-07-16T07:00:00Z"))
        );
    }

    #[test]
    fn clock_changes_neither_lose_nor_double_a_run() {
        // In Berlin 2026-03-29 has no 02:30, and 2026-10-25 has it twice.
        let schedule = Schedule::parse("30 2 * * *", "Europe/Berlin").expect("a schedule");
        let spring = schedule.next(at("2026-03-28T12:00:00Z")).expect("a time");
        assert!(
            spring >= at("2026-03-29T01:00:00Z") && spring < at("2026-03-29T02:00:00Z"),
            "{spring}"
        );
        let autumn = schedule.next(at("2026-10-24T12:00:00Z")).expect("a time");
        assert_eq!(autumn, at("2026-10-25T00:30:00Z"));
        assert_eq!(schedule.next(autumn), Some(at("2026-10-26T01:30:00Z")));
    }

    #[test]
    fn odd_schedules_are_refused_by_what_is_odd() {
        assert!(matches!(
            Schedule::parse("every day", "UTC"),
            Err(ScheduleError::Cron(_))
        ));
        assert!(matches!(
            Schedule::parse("* * * * * *", "UTC"),
            Err(ScheduleError::Cron(_))
        ));
        assert!(matches!(
            Schedule::parse("0 9 * * *", "Mars/Base"),
            Err(ScheduleError::TimeZone(_))
        ));
        assert!(matches!(
            Schedule::parse("0 0 30 2 *", "UTC"),
            Err(ScheduleError::Never(_))
        ));
    }
}
