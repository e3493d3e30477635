//! What the caller of a webhook must show. Secrets are kept as hashes and compared in constant time.

use aws_lc_rs::{constant_time::verify_slices_are_equal, digest};
use data_encoding::{BASE64, HEXLOWER};
use http::{HeaderMap, header};
use patchbay_model::flow::{FlowDocument, Trigger, WebhookAuth};

/// Hex SHA-256. The secrets of webhooks are made by machines or chosen to be long; a slow hash would only slow the calls.
fn hash(secret: &str) -> String {
    HEXLOWER.encode(digest::digest(&digest::SHA256, secret.as_bytes()).as_ref())
}

/// Puts hashes where a document being saved has secrets in the clear. A document without either keeps the hash that
/// was saved before, so that editing a flow does not lose it.
pub(crate) fn secrets_hash(document: &mut FlowDocument, before: Option<&FlowDocument>) {
    let kept = before.and_then(|document| match &document.trigger {
        Trigger::Webhook {
            auth: Some(auth), ..
        } => hash_of(auth).cloned(),
        _ => None,
    });
    let Trigger::Webhook {
        auth: Some(auth), ..
    } = &mut document.trigger
    else {
        return;
    };
    let (WebhookAuth::Basic {
        secret,
        secret_hash,
        ..
    }
    | WebhookAuth::Header {
        secret,
        secret_hash,
        ..
    }) = auth
    else {
        return;
    };
    if let Some(secret) = secret.take() {
        *secret_hash = Some(hash(&secret));
    } else if secret_hash.is_none() {
        *secret_hash = kept;
    }
}

fn hash_of(auth: &WebhookAuth) -> Option<&String> {
    match auth {
        WebhookAuth::None {} => None,
        WebhookAuth::Basic { secret_hash, .. } | WebhookAuth::Header { secret_hash, .. } => {
            secret_hash.as_ref()
        }
    }
}

/// Whether the caller shows what the trigger asks for. A trigger whose secret was never set lets nobody in.
pub(crate) fn allows(auth: Option<&WebhookAuth>, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match auth {
        None | Some(WebhookAuth::None {}) => true,
        Some(WebhookAuth::Header {
            name, secret_hash, ..
        }) => matches(text(name), secret_hash.as_deref()),
        Some(WebhookAuth::Basic {
            username,
            secret_hash,
            ..
        }) => {
            let given = text(header::AUTHORIZATION.as_str())
                .and_then(|value| value.split_once(' '))
                .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
                .and_then(|(_, encoded)| BASE64.decode(encoded.trim().as_bytes()).ok())
                .and_then(|bytes| String::from_utf8(bytes).ok());
            let Some((user, password)) = given.as_deref().and_then(|given| given.split_once(':'))
            else {
                return false;
            };
            let user =
                verify_slices_are_equal(hash(user).as_bytes(), hash(username).as_bytes()).is_ok();
            matches(Some(password), secret_hash.as_deref()) && user
        }
    }
}

fn matches(given: Option<&str>, expected: Option<&str>) -> bool {
    let (Some(given), Some(expected)) = (given, expected) else {
        return false;
    };
    verify_slices_are_equal(hash(given).as_bytes(), expected.as_bytes()).is_ok()
}

/// Headers that carry what the caller showed: a flow never sees them.
pub(crate) fn is_secret_header(auth: Option<&WebhookAuth>, name: &str) -> bool {
    name.eq_ignore_ascii_case("authorization")
        || name.eq_ignore_ascii_case("cookie")
        || matches!(auth, Some(WebhookAuth::Header { name: secret, .. }) if name.eq_ignore_ascii_case(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(auth: WebhookAuth) -> FlowDocument {
        FlowDocument {
            trigger: Trigger::Webhook {
                respond: patchbay_model::flow::WebhookRespond::Immediately,
                auth: Some(auth),
                method: None,
            },
            ..FlowDocument::empty()
        }
    }

    fn header_auth(secret: Option<&str>) -> WebhookAuth {
        WebhookAuth::Header {
            name: "X-Token".into(),
            secret: secret.map(Into::into),
            secret_hash: None,
        }
    }

    fn auth_of(document: &FlowDocument) -> Option<&WebhookAuth> {
        match &document.trigger {
            Trigger::Webhook { auth, .. } => auth.as_ref(),
            _ => None,
        }
    }

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().expect("a header value"));
        headers
    }

    #[test]
    fn saved_documents_hold_hashes_and_keep_them() {
        let mut first = document(header_auth(Some("s3cret")));
        secrets_hash(&mut first, None);
        let text = serde_json::to_string(&first).expect("JSON");
        assert!(
            !text.contains("s3cret") && text.contains("secretHash"),
            "{text}"
        );
        let mut second = document(header_auth(None));
        secrets_hash(&mut second, Some(&first));
        assert_eq!(auth_of(&second), auth_of(&first));
    }

    #[test]
    fn s45_only_callers_with_the_secret_get_in() {
        let mut saved = document(header_auth(Some("s3cret")));
        secrets_hash(&mut saved, None);
        let auth = auth_of(&saved);
        assert!(allows(auth, &headers("x-token", "s3cret")));
        assert!(!allows(auth, &headers("x-token", "s3cret ")));
        assert!(!allows(auth, &HeaderMap::new()));
        assert!(allows(None, &HeaderMap::new()));
        let unset = document(header_auth(None));
        assert!(!allows(auth_of(&unset), &headers("x-token", "")));
    }

    #[test]
    fn s45_basic_takes_user_and_password() {
        let mut saved = document(WebhookAuth::Basic {
            username: "ana".into(),
            secret: Some("pw:1".into()),
            secret_hash: None,
        });
        secrets_hash(&mut saved, None);
        let basic = |pair: &str| {
            headers(
                "authorization",
                &format!("Basic {}", BASE64.encode(pair.as_bytes())),
            )
        };
        assert!(allows(auth_of(&saved), &basic("ana:pw:1")));
        assert!(!allows(auth_of(&saved), &basic("bob:pw:1")));
        assert!(!allows(auth_of(&saved), &basic("ana:pw")));
        assert!(!allows(
            auth_of(&saved),
            &headers("authorization", "Bearer pw:1")
        ));
    }
}
