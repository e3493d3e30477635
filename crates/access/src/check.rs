//! What people may type: names, addresses, passwords.

use patchbay_model::{
    Code, Problem,
    name::{is_blank, is_unseen, name_normal},
};

use crate::AccessResult;

/// Names of people, projects, keys and the workspace: 1 to 100 characters, trimmed.
pub(crate) fn name(field: &str, text: &str) -> AccessResult<String> {
    let text = name_normal(text);
    if is_blank(&text) {
        return Err(Problem::field(field, "Give a name."));
    }
    if text.chars().count() > 100 {
        return Err(Problem::field(field, "Use at most 100 characters."));
    }
    if text.chars().any(is_unseen) {
        return Err(Problem::field(
            field,
            "Leave out line breaks, tabs and other characters that cannot be seen.",
        ));
    }
    Ok(text)
}

/// An e-mail address that could be one. Whether it is, only a mail sent to it could tell.
/// RFC 5321 §4.5.3.1 and its erratum 1690: at most 254 bytes, 64 of them before the `@`.
pub(crate) fn email(field: &str, text: &str) -> AccessResult<String> {
    let text = text.trim();
    let plausible = text.len() <= 254
        && !text
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || "<>()[],;:\\\"".contains(c))
        && text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && local.len() <= 64
                && !domain.is_empty()
                && !domain.contains('@')
                && domain.split('.').all(|label| !label.is_empty())
        });
    if plausible {
        Ok(text.to_owned())
    } else {
        Err(Problem::field(
            field,
            "Write an e-mail address like ana@example.com.",
        ))
    }
}

/// A new password: at least 8 characters, at most 1024 bytes (a longer one would only cost time to hash).
pub(crate) fn password(field: &str, text: &str) -> AccessResult<()> {
    if text.chars().count() < 8 {
        return Err(Problem::field(field, "Use at least 8 characters."));
    }
    if text.len() > 1024 {
        return Err(Problem::field(field, "Use at most 1024 bytes."));
    }
    Ok(())
}

/// Several fields at once, so that a form shows all its mistakes together.
pub(crate) fn all(checks: impl IntoIterator<Item = Option<Problem>>) -> AccessResult<()> {
    let problems: Vec<Problem> = checks.into_iter().flatten().collect();
    let Some(first) = problems.first().cloned() else {
        return Ok(());
    };
    let mut fields = serde_json::Map::new();
    for details in problems.into_iter().filter_map(|problem| problem.details) {
        if let Some(more) = details.get("fields").and_then(|fields| fields.as_object()) {
            fields.extend(more.clone());
        }
    }
    Err(Problem::new(Code::ValidationFailed, first.message)
        .with_details(serde_json::json!({ "fields": fields })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_cannot_be_any_are_refused() {
        for odd in [
            "",
            "ana",
            "@x.com",
            "ana@",
            "a b@x.com",
            "a@b@c",
            "a@x..com",
            "a@.com",
            "<a@x.com>",
            "a@x.com\r\nBcc: b@x.com",
        ] {
            assert!(email("email", odd).is_err(), "{odd:?}");
        }
        for fine in [
            "ana@example.com",
            " Ana+x@Example.com ",
            "root@localhost",
            "ä@ö.de",
        ] {
            assert!(email("email", fine).is_ok(), "{fine:?}");
        }
    }

    #[test]
    fn passwords_have_eight_characters_whatever_their_bytes() {
        assert!(password("password", "1234567").is_err());
        assert!(password("password", "ääääääää").is_ok());
        assert!(password("password", &"x".repeat(1025)).is_err());
    }

    #[test]
    fn all_mistakes_of_a_form_are_told_at_once() {
        let told = all([email("email", "x").err(), password("password", "x").err()]);
        let fields = told.expect_err("two mistakes").details.expect("details")["fields"].clone();
        assert!(fields["email"].is_string() && fields["password"].is_string());
    }
}
