//! The authorization endpoint (RFC 6749 §4.1): the consent page, and what the person answered.

use std::collections::HashMap;
use std::time::Instant;

use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::grants::{Consent, same};
use super::{ACCOUNTS, CLIENT_ID, ISSUER, Sandbox, page};

/// Scopes that may be asked for, with what the consent page says about each.
pub(super) const SCOPES: [(&str, &str); 2] = [
    ("read", "See who you are, your contacts and your messages"),
    ("write", "Add contacts and send messages for you"),
];

/// `GET /oauth/authorize`: asks the person.
pub(super) async fn ask(
    State(sandbox): State<Sandbox>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let field = |name: &str| query.get(name).map_or("", String::as_str);

    // With either of these wrong nobody may be sent anywhere (RFC 6749 §4.1.2.1).
    if !same(field("client_id"), CLIENT_ID) {
        return page::refused("The OAuth client is not registered here.").into_response();
    }
    if !same(field("redirect_uri"), &sandbox.0.redirect_uri) {
        let text = format!(
            "The redirect URI is not the registered one, {}.",
            sandbox.0.redirect_uri
        );
        return page::refused(&text).into_response();
    }

    let state = query.get("state").cloned();
    let fail = |error: &str, description: &str| {
        let answer = [("error", error), ("error_description", description)];
        send_back(&sandbox, state.as_deref(), &answer)
    };
    if field("response_type") != "code" {
        return fail(
            "unsupported_response_type",
            "only response_type=code is supported",
        );
    }
    if field("code_challenge_method") != "S256" || field("code_challenge").len() != 43 {
        return fail("invalid_request", "PKCE with S256 is required");
    }
    let scope = match field("scope") {
        "" => "read".to_owned(),
        asked => asked.split_whitespace().collect::<Vec<_>>().join(" "),
    };
    if scope
        .split(' ')
        .any(|scope| !SCOPES.iter().any(|(known, _)| *known == scope))
    {
        return fail("invalid_scope", "a scope is unknown");
    }

    let consent = Consent {
        state,
        scope: scope.clone(),
        challenge: field("code_challenge").to_owned(),
    };
    let id = sandbox.grants().consent_open(consent, Instant::now());
    page::consent(&sandbox, &id, &scope, field("login_hint")).into_response()
}

/// `POST /oauth/authorize`: the person's answer, from the consent page.
pub(super) async fn answer(
    State(sandbox): State<Sandbox>,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let field = |name: &str| form.get(name).map_or("", String::as_str);
    let Some(consent) = sandbox
        .grants()
        .consent_take(field("request"), Instant::now())
    else {
        return page::refused("This page is no longer valid. Start again from Patchbay.")
            .into_response();
    };
    let state = consent.state.clone();
    if field("answer") != "allow" {
        let answer = [
            ("error", "access_denied"),
            ("error_description", "The user said no"),
        ];
        return send_back(&sandbox, state.as_deref(), &answer);
    }
    let Some(account) = ACCOUNTS
        .iter()
        .find(|account| account.id == field("account"))
    else {
        return (
            StatusCode::BAD_REQUEST,
            page::refused("Choose one of the accounts."),
        )
            .into_response();
    };
    let code = sandbox
        .grants()
        .code_create(consent, account, Instant::now());
    send_back(&sandbox, state.as_deref(), &[("code", &code)])
}

/// Back to the client with an answer, the state it gave, and who answers (RFC 9207).
fn send_back(sandbox: &Sandbox, state: Option<&str>, answer: &[(&str, &str)]) -> Response {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(answer);
    if let Some(state) = state {
        query.append_pair("state", state);
    }
    query.append_pair("iss", ISSUER);
    Redirect::to(&format!("{}?{}", sandbox.0.redirect_uri, query.finish())).into_response()
}
