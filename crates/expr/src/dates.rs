//! Moments as epoch seconds and RFC 3339 text, always UTC.

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Epoch seconds now. A clock before 1970 reads as 0.
pub(crate) fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| i64::try_from(d.as_secs()).unwrap_or(i64::MAX))
}

/// RFC 3339 in UTC with `Z`, seconds precision.
pub(crate) fn iso(epoch_seconds: i64) -> Option<String> {
    let at = OffsetDateTime::from_unix_timestamp(epoch_seconds).ok()?;
    at.format(&Rfc3339).ok()
}

/// Epoch seconds of RFC 3339 text.
pub(crate) fn parse(text: &str) -> Option<i64> {
    OffsetDateTime::parse(text.trim(), &Rfc3339)
        .ok()
        .map(OffsetDateTime::unix_timestamp)
}

/// `epoch_seconds` written by a pattern of `%Y %m %d %H %M %S %y %j %%`.
pub(crate) fn format(epoch_seconds: i64, pattern: &str) -> Option<String> {
    let at = OffsetDateTime::from_unix_timestamp(epoch_seconds).ok()?;
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let (number, width) = match chars.next()? {
            'Y' => (at.year(), 4),
            'y' => (at.year().rem_euclid(100), 2),
            'm' => (i32::from(u8::from(at.month())), 2),
            'd' => (i32::from(at.day()), 2),
            'j' => (i32::from(at.ordinal()), 3),
            'H' => (i32::from(at.hour()), 2),
            'M' => (i32::from(at.minute()), 2),
            'S' => (i32::from(at.second()), 2),
            '%' => {
                out.push('%');
                continue;
            }
            _ => return None,
        };
        write!(out, "{number:0width$}").ok()?;
    }
    Some(out)
}
