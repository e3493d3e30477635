//! The pages that a person sees at the sandbox.

use std::fmt::Write as _;

use axum::http::{HeaderName, StatusCode, header};
use axum::response::{Html, IntoResponse};

use super::authorize::SCOPES;
use super::{ACCOUNTS, API_KEY, BASIC, Sandbox};

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:16px/1.5 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-items:center;\
background:light-dark(#f4f4f5,#18181b);color:light-dark(#18181b,#f4f4f5)}\
main{width:min(26rem,100% - 3rem);padding:2rem;border-radius:1rem;background:light-dark(#fff,#27272a);\
box-shadow:0 1px 8px #0003}\
h1{font-size:1.25rem;margin:0 0 1rem}\
fieldset{border:1px solid light-dark(#71717a,#a1a1aa);border-radius:.5rem;margin:1rem 0;padding:.5rem 1rem}\
label{display:block;padding:.35rem 0}\
.answer{display:flex;gap:.75rem;justify-content:flex-end}\
button{font:inherit;padding:.5rem 1.25rem;border-radius:.5rem;border:1px solid light-dark(#71717a,#a1a1aa);\
background:transparent;color:inherit;cursor:pointer}\
button.main{background:#4338ca;border-color:#4338ca;color:#fff}";

/// A page with nothing in it that could run, and forms that may only go here and to `form_target`.
fn shell(title: &str, body: &str, form_target: &str) -> impl IntoResponse + use<> {
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; \
         form-action 'self' {form_target}"
    );
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <style>{STYLE}</style></head><body><main>{body}</main></body></html>"
    );
    let headers: [(HeaderName, String); 3] = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
    ];
    (headers, Html(html))
}

/// The consent page: choose an account, allow or deny.
pub(super) fn consent(
    sandbox: &Sandbox,
    request: &str,
    scope: &str,
    login_hint: &str,
) -> impl IntoResponse + use<> {
    let mut body = String::from("<h1>Patchbay wants to use your Sandbox account</h1><ul>");
    for (_, meaning) in SCOPES
        .iter()
        .filter(|(name, _)| scope.split(' ').any(|s| s == *name))
    {
        let _ = write!(body, "<li>{meaning}</li>");
    }
    let _ = write!(
        body,
        "</ul><form method=\"post\" action=\"/oauth/authorize\">\
         <input type=\"hidden\" name=\"request\" value=\"{}\">\
         <fieldset><legend>Account</legend>",
        escape(request)
    );
    let people = &ACCOUNTS[..2];
    let hinted = people
        .iter()
        .find(|account| account.email == login_hint)
        .unwrap_or(&people[0]);
    for account in people {
        let checked = if account == hinted { " checked" } else { "" };
        let _ = write!(
            body,
            "<label><input type=\"radio\" name=\"account\" value=\"{}\"{checked}> {}</label>",
            account.id, account.email
        );
    }
    body.push_str(
        "</fieldset><div class=\"answer\">\
         <button name=\"answer\" value=\"deny\">Deny</button>\
         <button name=\"answer\" value=\"allow\" class=\"main\">Allow</button></div></form>",
    );
    shell("Allow access? – Sandbox", &body, &sandbox.0.redirect_origin)
}

/// A request that cannot be answered by sending the person back.
pub(super) fn refused(text: &str) -> impl IntoResponse + use<> {
    let body = format!("<h1>This request cannot go on</h1><p>{}</p>", escape(text));
    (
        StatusCode::BAD_REQUEST,
        shell("Refused – Sandbox", &body, ""),
    )
}

/// `GET /`: what this is and what can be typed into the forms.
pub(super) async fn about() -> impl IntoResponse {
    let (username, password) = BASIC;
    let body = format!(
        "<h1>Sandbox</h1><p>A small provider to try Patchbay with. Nothing here is kept.</p>\
         <ul><li>Sandbox (OAuth): choose an account and allow.</li>\
         <li>Sandbox (API key): the key is <code>{API_KEY}</code>.</li>\
         <li>Sandbox (password): user name <code>{username}</code>, password <code>{password}</code>.</li></ul>"
    );
    shell("Sandbox", &body, "")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
