//! Odd answers of Google service accounts, GitHub Apps, Ghost, Facebook Pages, Instagram, Basecamp, Canny and Zoho.

use patchbay_catalog::{
    Answer, App, CallContext, DiscoverError, LoginContext, Settings, TokenAnswer, TokenFailure,
    Verification, options_items,
};
use serde_json::{Value, json};

use crate::{app, settings};

const NOW: i64 = 1_790_000_000;
const KIND: [(&str, &str); 1] = [("content-type", "application/json")];

fn token(app: &App, method: &str, status: u16, body: &Value) -> Result<TokenAnswer, TokenFailure> {
    let method = app.method(method).unwrap();
    app.token_answer(method, status, &KIND, body.to_string().as_bytes(), NOW)
}

fn answer(status: u16, body: &Value) -> Answer {
    Answer::new(status, KIND, body.to_string().as_bytes())
}

fn verified(app: &App, known: Value, status: u16, body: &Value) -> Verification {
    app.verification(&answer(status, body), &settings(known))
}

fn learnt(app: &App, known: Value, body: &Value) -> Result<Settings, DiscoverError> {
    let step = &app.auth[0].discover[0];
    app.discovered(step, &settings(known), &answer(200, body))
}

#[test]
fn google_service_accounts_sign_for_whom_they_act() {
    let key_file = json!({"type": "service_account", "private_key_id": "k1",
        "private_key": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "client_email": "robot@acme.iam.gserviceaccount.com", "token_uri": "https://evil.example/token"});
    let key_file = key_file.to_string();
    for slug in ["google-sheets", "google-drive", "google-calendar", "gmail"] {
        let google = app(slug);
        let method = google.method("jwt_bearer").unwrap();
        let none = Settings::new();
        let signed = |fields: &[(&str, &str)]| {
            let jwt = google.jwt(method, &none, fields, NOW);
            jwt.unwrap_or_else(|e| panic!("{slug}: {e}")).unwrap()
        };
        let alone = signed(&[("key_file", &key_file)]);
        assert_eq!(alone.header["kid"], "k1", "{slug}");
        assert!(alone.key.starts_with("-----BEGIN PRIVATE KEY-----\n"));
        assert_eq!(alone.claims["iss"], "robot@acme.iam.gserviceaccount.com");
        assert_eq!(alone.claims.get("sub"), None, "{slug}: nobody to act for");
        let acting = signed(&[("key_file", &key_file), ("subject", "ana@acme.com")]);
        assert_eq!(acting.claims["sub"], "ana@acme.com");

        // Where the file says the token is fetched does not count.
        let credential = [("key_file", key_file.as_str()), ("jwt", "J")];
        let context = LoginContext {
            settings: &none,
            credential: &credential,
        };
        let request = google.login_request(method, &context).unwrap();
        assert_eq!(request.url.as_str(), "https://oauth2.googleapis.com/token");
    }
    let sheets = app("google-sheets");
    let body = json!({"access_token": "ya29.c", "expires_in": 3599, "token_type": "Bearer"});
    let granted = token(&sheets, "jwt_bearer", 200, &body).unwrap_or_else(|e| panic!("{e:?}"));
    assert_eq!(granted.expires_in, Some(3599));
    let body = json!({"error": "invalid_grant", "error_description": "Invalid JWT Signature."});
    let failure = token(&sheets, "jwt_bearer", 400, &body).err().unwrap();
    assert_eq!(failure.error.as_deref(), Some("invalid_grant"));
}

#[test]
fn github_apps_get_a_token_for_an_installation() {
    let github = app("github");
    let known = json!({"app_id": "123456", "installation_id": "42"});
    let body = json!({"token": "ghs_1", "expires_at": "2026-09-21T15:13:20Z",
        "permissions": {"issues": "write"}, "repository_selection": "all"});
    let granted = token(&github, "jwt_bearer", 201, &body).unwrap_or_else(|e| panic!("{e:?}"));
    assert_eq!(granted.access_token, "ghs_1");
    assert_eq!(granted.expires_in, Some(3600));
    let body = json!({"message": "Integration not found", "status": "404"});
    let failure = token(&github, "jwt_bearer", 404, &body).err().unwrap();
    assert_eq!(failure.error.as_deref(), Some("Integration not found"));

    // An installation may not ask who it is; it lists what it may see.
    let body = json!({"total_count": 1, "repositories": [{"full_name": "acme/site", "owner": {"login": "acme"}}]});
    let account = verified(&github, known.clone(), 200, &body).account;
    assert_eq!(account.id.as_deref(), Some("installation:42"));
    assert_eq!(account.label.as_deref(), Some("acme (app)"));
    let none = json!({"total_count": 0, "repositories": []});
    let account = verified(&github, known.clone(), 200, &none).account;
    assert_eq!(account.label.as_deref(), Some("Installation 42"));
    let refused = json!({"message": "Bad credentials"});
    assert!(!verified(&github, known.clone(), 401, &refused).ok);

    let list = &github.options["repositories"];
    let method = github.method("jwt_bearer").unwrap();
    let known = settings(known);
    let hosts = github.hosts_of(method, &known).unwrap();
    let context = CallContext::new(&known).with_method(method);
    let request = github.options_request(list, &context, &hosts).unwrap();
    assert_eq!(request.url.path(), "/installation/repositories");
    for body in [body, json!([{"full_name": "acme/site"}])] {
        let items = options_items(list, &answer(200, &body), &json!({}));
        assert_eq!(items[0].value, "acme/site");
    }
}

#[test]
fn ghost_says_publicly_what_it_is_called() {
    let ghost = app("ghost");
    let site = json!({"site": {"title": "Acme Daily", "url": "https://daily.acme.com/", "version": "5.0"}});
    let known = learnt(&ghost, json!({}), &site).unwrap();
    let known = Value::Object(known);
    let users = json!({"users": [{"id": "1"}], "meta": {}});
    let account = verified(&ghost, known.clone(), 200, &users).account;
    // Every site has a user 1: the site is the account.
    assert_eq!(account.id.as_deref(), Some("https://daily.acme.com/"));
    assert_eq!(account.label.as_deref(), Some("Acme Daily"));
    let body =
        json!({"errors": [{"message": "Unknown Admin API Key", "code": "UNKNOWN_ADMIN_API_KEY"}]});
    let refused = verified(&ghost, known, 401, &body);
    assert_eq!(refused.message.as_deref(), Some("Unknown Admin API Key"));
}

#[test]
fn facebook_pages_have_tokens_of_their_own() {
    let facebook = app("facebook-pages");
    let method = facebook.method("oauth2").unwrap();
    let [lasting, page] = method.oauth.as_ref().unwrap().exchange.as_slice() else {
        panic!("two exchanges");
    };
    let read = |exchange, body: &Value| {
        let body = body.to_string();
        facebook.exchange_answer(method, exchange, 200, &KIND, body.as_bytes(), NOW)
    };
    let body = json!({"access_token": "EAAlong", "token_type": "bearer", "expires_in": 5_183_944});
    let granted = read(lasting, &body).unwrap_or_else(|e| panic!("{e:?}"));
    assert_eq!(granted.access_token, "EAAlong");
    let one = json!({"id": "102030405060708", "name": "Acme", "access_token": "EAApage"});
    // The chosen one alone, or all that the person let us see.
    for body in [one.clone(), json!({"data": [one], "paging": {}})] {
        let granted = read(page, &body).unwrap_or_else(|e| panic!("{e:?}"));
        assert_eq!(granted.access_token, "EAApage");
        assert_eq!(granted.expires_in, None, "tokens of Pages do not end");
        assert_eq!(
            Value::Object(granted.keep),
            json!({"page_id": "102030405060708"})
        );
    }
    assert!(read(page, &json!({"data": []})).is_err(), "no Page");
    let ended =
        json!({"error": {"message": "Session has expired", "type": "OAuthException", "code": 190}});
    let failure = facebook.call_failure(&answer(400, &ended)).unwrap();
    assert!(failure.unauthorized);
}

#[test]
fn instagram_may_wrap_its_token_in_a_list() {
    let instagram = app("instagram");
    let flat = json!({"access_token": "IGshort", "user_id": 17_841_405, "permissions": "instagram_business_basic,instagram_business_content_publish"});
    for body in [flat.clone(), json!({"data": [flat]})] {
        let granted = token(&instagram, "oauth2", 200, &body).unwrap_or_else(|e| panic!("{e:?}"));
        assert_eq!(granted.access_token, "IGshort");
        let scopes = granted.scopes.unwrap();
        assert_eq!(scopes[1], "instagram_business_content_publish");
    }
    let body = json!({"error_type": "OAuthException", "code": 400, "error_message": "Matching code was not found or was already used"});
    let failure = token(&instagram, "oauth2", 400, &body).err().unwrap();
    assert_eq!(failure.error.as_deref(), Some("OAuthException"));
    assert!(
        instagram.auth[0]
            .oauth
            .as_ref()
            .unwrap()
            .renews_by_access_token()
    );
}

#[test]
fn basecamp_accounts_are_chosen_by_product_and_number() {
    let basecamp = app("basecamp");
    let body = json!({"identity": {"id": 9, "email_address": "ana@acme.com"}, "accounts": [
        {"product": "bcx", "id": 88, "name": "Old"},
        {"product": "bc3", "id": 99, "name": "Acme"},
        {"product": "bc3", "id": 100, "name": "Other"}]});
    let account = |known| learnt(&basecamp, known, &body).unwrap();
    assert_eq!(
        Value::Object(account(json!({}))),
        json!({"account_id": 99, "account_name": "Acme"})
    );
    assert_eq!(account(json!({"account": "100"}))["account_name"], "Other");
    assert!(matches!(
        learnt(&basecamp, json!({"account": "88"}), &body),
        Err(DiscoverError::Nothing(_))
    ));
    let me = json!({"id": 1, "name": "Ana", "email_address": "ana@acme.com"});
    let known = json!({"account_id": 99, "account_name": "Acme"});
    let found = verified(&basecamp, known, 200, &me).account;
    assert_eq!(found.id.as_deref(), Some("99:1"));
    assert_eq!(found.label.as_deref(), Some("Acme / ana@acme.com"));
    let granted = token(
        &basecamp,
        "oauth2",
        200,
        &json!({"access_token": "BAh7", "expires_in": 1_209_600}),
    );
    assert_eq!(
        granted.unwrap_or_else(|e| panic!("{e:?}")).expires_in,
        Some(1_209_600)
    );
}

#[test]
fn canny_refuses_a_key_as_a_bad_request() {
    let canny = app("canny");
    let failure = canny.call_failure(&answer(400, &json!({"error": "invalid api key"})));
    assert!(failure.unwrap().unauthorized);
    let failure = canny.call_failure(&answer(400, &json!({"error": "missing boardID"})));
    assert!(!failure.unwrap().unauthorized);
    let boards =
        json!({"boards": [{"id": "b1", "url": "https://acme.canny.io/admin/board/ideas"}]});
    let found = verified(&canny, json!({}), 200, &boards).account;
    assert_eq!(found.label.as_deref(), Some("acme.canny.io"));
    let none = verified(&canny, json!({}), 200, &json!({"boards": []}));
    assert!(none.ok && none.account.id.is_none());
}

#[test]
fn zoho_sometimes_counts_milliseconds_beside_seconds() {
    for slug in ["zoho-crm", "zoho-books", "zoho-desk"] {
        let zoho = app(slug);
        let with = |more: Value| {
            let mut body =
                json!({"access_token": "1000.a", "api_domain": "https://www.zohoapis.com"});
            body.as_object_mut().unwrap().extend(settings(more));
            let granted = token(&zoho, "oauth2", 200, &body);
            granted
                .unwrap_or_else(|e| panic!("{slug}: {e:?}"))
                .expires_in
        };
        assert_eq!(with(json!({"expires_in": 3600})), Some(3600), "{slug}");
        let both = json!({"expires_in_sec": 3600, "expires_in": 3_600_000});
        assert_eq!(with(both), Some(3600), "{slug}");
    }
}
