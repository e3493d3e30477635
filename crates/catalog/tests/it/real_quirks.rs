//! What the manifests of the catalog send where their apps differ from the standards. [`crate::quirk_table`] lists them.

use patchbay_catalog::{
    AttachParts, AuthorizeInput, ClientRef, ConnectionFacts, Endpoints, Grant, OAuthContext,
    RevokedToken, TokenAnswer, TokenRequest,
};
use serde_json::{Value, json};

use crate::{app, method_settings};

const CODE: Grant<'static> = Grant::Code {
    code: "c",
    redirect_uri: "https://p.example/cb",
    verifier: "v",
};
const REFRESH: Grant<'static> = Grant::Refresh { refresh_token: "r" };
const CLIENT: ClientRef<'static> = ClientRef {
    id: "id:1",
    secret: Some("s+&"),
};

/// One parameter of the address at which people sign in, as it is written.
fn authorize(slug: &str, method: &str, name: &str) -> Option<String> {
    let app = app(slug);
    let method = app.method(method).unwrap();
    let settings = method_settings(&app, method);
    let context = OAuthContext {
        settings: &settings,
        client: CLIENT,
        endpoints: &Endpoints::default(),
    };
    let input = AuthorizeInput {
        redirect_uri: "https://p.example/cb",
        state: "s",
        code_challenge: "ch",
        scopes: None,
    };
    let url = app.authorize_url(method, &context, &input).unwrap();
    let query = url.query().unwrap_or_default().to_owned();
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let found = pairs.find(|(n, _)| *n == name);
    found.map(|(_, value)| value.to_owned())
}

fn token(slug: &str, grant: &Grant<'_>) -> TokenRequest {
    let app = app(slug);
    let method = app.method("oauth2").unwrap();
    let settings = method_settings(&app, method);
    let context = OAuthContext {
        settings: &settings,
        client: CLIENT,
        endpoints: &Endpoints::default(),
    };
    app.token_request(method, &context, grant).unwrap()
}

fn revoked(slug: &str, method: &str) -> (TokenRequest, bool) {
    let app = app(slug);
    let method = app.method(method).unwrap();
    let settings = method_settings(&app, method);
    let context = OAuthContext {
        settings: &settings,
        client: CLIENT,
        endpoints: &Endpoints::default(),
    };
    let tokens = RevokedToken {
        access_token: "a",
        refresh_token: Some("r"),
    };
    let revocation = app.revocation(method, &context, tokens).unwrap().unwrap();
    (revocation.request, revocation.attach_credential)
}

fn granted(slug: &str, body: &Value) -> TokenAnswer {
    let app = app(slug);
    let method = app.method("oauth2").unwrap();
    let kind = [("content-type", "application/json")];
    app.token_answer(
        method,
        200,
        &kind,
        body.to_string().as_bytes(),
        1_790_000_000,
    )
    .unwrap_or_else(|e| panic!("{slug}: {e:?}"))
}

fn attached(slug: &str, method: &str, fields: &[(&str, &str)]) -> AttachParts {
    let app = app(slug);
    let method = app.method(method).unwrap();
    let settings = method_settings(&app, method);
    app.attach(method, &settings, &ConnectionFacts::default(), fields)
        .unwrap()
}

fn text(request: &TokenRequest) -> String {
    String::from_utf8(request.body.clone()).unwrap()
}

fn header<'r>(headers: &'r [(String, String)], name: &str) -> Option<&'r str> {
    let found = headers.iter().find(|(n, _)| n == name);
    found.map(|(_, value)| value.as_str())
}

#[test]
fn slack_and_tiktok_want_commas_and_pandadoc_plusses() {
    let scopes = |slug| authorize(slug, "oauth2", "scope").unwrap();
    assert!(scopes("slack").starts_with("channels%3Aread%2Cchannels%3Ahistory%2C"));
    assert!(scopes("tiktok").contains("%2C"));
    assert_eq!(scopes("pandadoc"), "read+write");
    let body = json!({"access_token": "t", "refresh_token": "r", "expires_in": 31_535_999, "scope": "read+write"});
    assert_eq!(
        granted("pandadoc", &body).scopes.unwrap(),
        ["read", "write"]
    );
}

#[test]
fn notion_and_clickup_have_no_scope_and_slack_a_second_list() {
    for slug in [
        "notion",
        "clickup",
        "intercom",
        "mailchimp",
        "pipedrive",
        "basecamp",
    ] {
        assert_eq!(authorize(slug, "oauth2", "scope"), None, "{slug}");
    }
    let person = authorize("slack", "oauth2_2", "user_scope").unwrap();
    assert!(person.contains("chat%3Awrite"), "{person}");
}

#[test]
fn google_and_atlassian_want_more_to_give_a_refresh_token() {
    let fixed = |slug, name| authorize(slug, "oauth2", name).unwrap();
    assert_eq!(fixed("gmail", "access_type"), "offline");
    assert_eq!(fixed("gmail", "prompt"), "consent");
    assert_eq!(fixed("jira", "audience"), "api.atlassian.com");
    assert!(fixed("jira", "scope").ends_with("offline_access"));
    assert_eq!(fixed("dropbox", "token_access_type"), "offline");
}

#[test]
fn notion_takes_json_xero_a_header_and_figma_refreshes_elsewhere() {
    let request = token("notion", &CODE);
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body["grant_type"], "authorization_code");
    assert_eq!(body["code"], "c");
    // RFC 6749 §2.3.1: form-encoded before base64.
    let expected = "Basic aWQlM0ExOnMlMkIlMjY=";
    for slug in ["notion", "xero"] {
        let request = token(slug, &CODE);
        let shown = header(&request.headers, "Authorization");
        assert_eq!(shown, Some(expected), "{slug}");
        assert!(!text(&request).contains("client_secret"), "{slug}");
    }
    let figma = token("figma", &REFRESH);
    assert_eq!(figma.url.path(), "/v1/oauth/refresh");
    assert_eq!(token("figma", &CODE).url.path(), "/v1/oauth/token");
}

#[test]
fn tiktok_and_basecamp_have_names_of_their_own() {
    assert_eq!(
        authorize("tiktok", "oauth2", "client_key").as_deref(),
        Some("id%3A1")
    );
    assert_eq!(authorize("tiktok", "oauth2", "client_id"), None);
    assert!(text(&token("tiktok", &REFRESH)).contains("client_key=id%3A1"));
    let basecamp = text(&token("basecamp", &REFRESH));
    assert!(
        basecamp.contains("type=refresh") && !basecamp.contains("grant_type"),
        "{basecamp}"
    );
}

#[test]
fn wrike_writes_a_number_as_text() {
    let body = json!({"access_token": "a", "refresh_token": "r", "token_type": "bearer", "expires_in": "3600", "host": "www.wrike.com"});
    assert_eq!(granted("wrike", &body).expires_in, Some(3600));
}

#[test]
fn airtable_tokens_are_for_one_refresh_and_googles_stay() {
    use patchbay_catalog::manifest::RefreshKind;
    let kind = |slug: &str| {
        let app = app(slug);
        app.method("oauth2")
            .unwrap()
            .oauth
            .as_ref()
            .unwrap()
            .refresh
    };
    for slug in [
        "airtable",
        "xero",
        "box",
        "calendly",
        "gitlab",
        "jira",
        "salesforce",
        "shopify",
        "zendesk",
    ] {
        assert_eq!(kind(slug), RefreshKind::Rotates, "{slug}");
    }
    for slug in ["gmail", "hubspot", "zoho-crm"] {
        assert_eq!(kind(slug), RefreshKind::Static, "{slug}");
    }
    // Google's answer to a refresh holds no refresh token: the old one stays.
    let body = json!({"access_token": "ya29", "expires_in": 3599, "scope": "openid"});
    assert_eq!(granted("gmail", &body).refresh_token, None);
}

#[test]
fn connections_are_ended_in_five_ways() {
    let (google, _) = revoked("gmail", "oauth2");
    assert_eq!(google.url.as_str(), "https://oauth2.googleapis.com/revoke");
    assert!(text(&google).starts_with("token=r&token_type_hint=refresh_token"));
    // Two name the token and sign as the client.
    let (github, with_credential) = revoked("github", "oauth2");
    assert_eq!((github.method.as_str(), with_credential), ("DELETE", false));
    assert!(github.url.path().ends_with("/token"));
    assert!(
        header(&github.headers, "Authorization")
            .unwrap()
            .starts_with("Basic ")
    );
    // Slack ends the token that is presented.
    let (slack, with_credential) = revoked("slack", "oauth2");
    assert_eq!(
        (slack.url.path(), with_credential),
        ("/api/auth.revoke", true)
    );
    // Miro wants it in the query.
    let (miro, _) = revoked("miro", "oauth2");
    assert_eq!(miro.url.query(), Some("access_token=a"));
    // Stripe lets an account go, at another host and with the platform's key.
    let (stripe, _) = revoked("stripe", "oauth2");
    assert_eq!(
        stripe.url.as_str(),
        "https://connect.stripe.com/oauth/deauthorize"
    );
    assert_eq!(header(&stripe.headers, "Authorization"), Some("Bearer s+&"));
    assert_eq!(
        text(&stripe),
        "client_id=id%3A1&stripe_user_id=stripe_user_id-1"
    );
}

#[test]
fn keys_go_where_each_app_wants_them() {
    let key = [("api_key", "k")];
    let of = |slug: &str, name: &str| {
        let parts = attached(slug, "api_key", &key);
        header(&parts.headers, name).map(str::to_owned)
    };
    assert_eq!(of("anthropic", "x-api-key").as_deref(), Some("k"));
    assert_eq!(of("gitlab", "PRIVATE-TOKEN").as_deref(), Some("k"));
    assert_eq!(of("linear", "Authorization").as_deref(), Some("k"));
    assert_eq!(of("discord", "Authorization").as_deref(), Some("Bot k"));
    assert_eq!(
        of("pandadoc", "Authorization").as_deref(),
        Some("API-Key k")
    );
    // Odd halves of Basic.
    assert_eq!(
        of("freshdesk", "Authorization").as_deref(),
        Some("Basic azpY")
    );
    assert_eq!(
        of("lemlist", "Authorization").as_deref(),
        Some("Basic Oms=")
    );

    let mut url =
        url::Url::parse("https://api.openweathermap.org/data/2.5/weather?q=Porto").unwrap();
    attached("openweather", "api_key", &key).apply_url(&mut url);
    assert_eq!(url.query(), Some("q=Porto&appid=k"));
    let mut url = url::Url::parse("https://api.telegram.org/getMe").unwrap();
    attached("telegram", "api_key", &key).apply_url(&mut url);
    assert_eq!(url.path(), "/botk/getMe");
    let canny = app("canny");
    let settings = patchbay_catalog::Settings::new();
    let hosts = canny.hosts(&settings).unwrap();
    let context = patchbay_catalog::CallContext::new(&settings);
    let mut request = canny.verify_request(&context, &hosts).unwrap().unwrap();
    attached("canny", "api_key", &key)
        .apply_parts(&mut request)
        .unwrap();
    assert_eq!(
        request.body.as_deref(),
        Some(br#"{"apiKey":"k"}"#.as_slice())
    );
}
