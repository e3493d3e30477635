//! Where a full-page sign-in goes back to: a path of the dashboard and nowhere else (RFC 9700 §4.11).

use patchbay_model::Problem;

/// Longest path, in bytes.
const MAX: usize = 2000;

/// A path of our own origin, as given.
///
/// # Errors
/// `VALIDATION_FAILED` for anything a browser could read as another origin.
pub fn return_to_checked(text: &str) -> Result<&str, Problem> {
    let refused = || {
        Problem::field(
            "returnTo",
            "It must be a path of the dashboard, such as /connections.",
        )
    };
    // `//host` and `/\host` are other origins to a browser, which also drops tabs and line breaks before it looks.
    let plain = text.starts_with('/')
        && !text.starts_with("//")
        && text.len() <= MAX
        && text
            .bytes()
            .all(|byte| (0x21..=0x7e).contains(&byte) && byte != b'\\');
    if !plain {
        return Err(refused());
    }
    let base = url::Url::parse("https://patchbay.invalid/").map_err(|_| refused())?;
    let joined = base.join(text).map_err(|_| refused())?;
    let stays = joined.origin() == base.origin() && !joined.path().starts_with("//");
    // Escapes of the separators mean nothing to a browser, but might to something in between.
    let lower = text.to_ascii_lowercase();
    let path = lower.split(['?', '#']).next().unwrap_or_default();
    let hidden = ["%2f%2f", "%5c", "%09", "%0a", "%0d", "%00"]
        .iter()
        .any(|odd| path.contains(odd))
        || path.starts_with("/%2f");
    if stays && !hidden {
        Ok(text)
    } else {
        Err(refused())
    }
}
