//! Token requests and answers that are not those of RFC 6749, each named after an app that has it.

use patchbay_catalog::{
    App, AuthorizeInput, ClientRef, Endpoints, Grant, OAuthContext, Settings, TokenAnswer,
    TokenRequest, check_text,
};
use serde_json::{Value, json};

const NOW: i64 = 1_790_000_000;

/// An OAuth app with these further lines in its method.
fn app(lines: &str) -> App {
    let lines = lines.lines().fold(String::new(), |indented, line| {
        indented + "    " + line + "\n"
    });
    let manifest = format!(
        "slug: acme\nname: Acme\ncategory: developer\nbase_url: https://api.acme.example\nhosts: [api.acme.example]\nsettings:\n  - {{name: more, title: More, required: false}}\nauth:\n  - method: oauth2\n    authorize_url: https://login.acme.example/authorize\n    token_url: https://login.acme.example/token\n{lines}"
    );
    check_text("acme.yaml", &manifest).unwrap_or_else(|problems| panic!("{problems:?}\n{manifest}"))
}

fn request(app: &App, grant: &Grant<'_>) -> TokenRequest {
    let settings = Settings::new();
    let endpoints = Endpoints::default();
    let context = context(&settings, &endpoints);
    app.token_request(&app.auth[0], &context, grant)
        .unwrap_or_else(|error| panic!("{error}"))
}

fn context<'a>(settings: &'a Settings, endpoints: &'a Endpoints) -> OAuthContext<'a> {
    OAuthContext {
        settings,
        client: ClientRef {
            id: "id",
            secret: Some("secret"),
        },
        endpoints,
    }
}

const CODE: Grant<'static> = Grant::Code {
    code: "c",
    redirect_uri: "https://p.example/cb",
    verifier: "v",
};
const REFRESH: Grant<'static> = Grant::Refresh { refresh_token: "r" };

fn body(request: &TokenRequest) -> String {
    String::from_utf8(request.body.clone()).unwrap()
}

fn authorization(request: &TokenRequest) -> Option<&str> {
    let mut headers = request.headers.iter();
    let found = headers.find(|(name, _)| name == "Authorization");
    found.map(|(_, value)| value.as_str())
}

fn authorize(app: &App, settings: &Value) -> String {
    let settings = crate::settings(settings.clone());
    let endpoints = Endpoints::default();
    let input = AuthorizeInput {
        redirect_uri: "https://p.example/cb",
        state: "s",
        code_challenge: "ch",
        scopes: None,
    };
    let url = app.authorize_url(&app.auth[0], &context(&settings, &endpoints), &input);
    url.unwrap().query().unwrap_or_default().to_owned()
}

fn answer(app: &App, body: &Value) -> TokenAnswer {
    let headers = [("content-type", "application/json")];
    app.token_answer(
        &app.auth[0],
        200,
        &headers,
        body.to_string().as_bytes(),
        NOW,
    )
    .unwrap_or_else(|failure| panic!("{failure:?}"))
}

#[test]
fn tiktok_calls_the_client_id_client_key() {
    let app = app(
        "param_names: {client_id: client_key}\npkce: none\nscopes: [a, b]\nscope_separator: \",\"",
    );
    assert_eq!(
        authorize(&app, &json!({})),
        "response_type=code&client_key=id&redirect_uri=https%3A%2F%2Fp.example%2Fcb&scope=a%2Cb&state=s"
    );
    assert_eq!(
        body(&request(&app, &REFRESH)),
        "grant_type=refresh_token&refresh_token=r&client_key=id&client_secret=secret"
    );
}

#[test]
fn basecamp_says_type_in_place_of_grant_type() {
    let app = app(
        "pkce: none\nparam_names: {grant_type: null}\nauthorize_params: {type: web_server}\ntoken_params: {type: web_server}\nrefresh_params: {type: refresh}",
    );
    assert_eq!(
        body(&request(&app, &CODE)),
        "code=c&redirect_uri=https%3A%2F%2Fp.example%2Fcb&type=web_server&client_id=id&client_secret=secret"
    );
    assert_eq!(
        body(&request(&app, &REFRESH)),
        "refresh_token=r&type=refresh&client_id=id&client_secret=secret"
    );
}

#[test]
fn keap_takes_the_client_in_the_body_for_a_code_and_in_a_header_for_a_refresh() {
    let app = app("client_auth: {code: body, refresh: header}\npkce: none");
    let by_code = request(&app, &CODE);
    assert!(body(&by_code).ends_with("client_id=id&client_secret=secret"));
    assert_eq!(authorization(&by_code), None);
    let refresh = request(&app, &REFRESH);
    assert_eq!(body(&refresh), "grant_type=refresh_token&refresh_token=r");
    assert_eq!(authorization(&refresh), Some("Basic aWQ6c2VjcmV0"));
}

#[test]
fn etsy_sends_the_client_id_alone_and_some_send_nothing_of_the_client() {
    let etsy = app("client_auth: none");
    assert!(body(&request(&etsy, &REFRESH)).ends_with("&client_id=id"));
    let bare = app("client_auth: omit\nrefresh_params: {app_key: \"{{ client.id }}\"}");
    assert_eq!(
        body(&request(&bare, &REFRESH)),
        "grant_type=refresh_token&refresh_token=r&app_key=id"
    );
}

#[test]
fn xero_and_others_get_client_ids_form_encoded_before_basic() {
    let app = app("client_auth: header");
    let settings = Settings::new();
    let endpoints = Endpoints::default();
    let context = OAuthContext {
        client: ClientRef {
            id: "a:b c",
            secret: Some("%+&é"),
        },
        ..context(&settings, &endpoints)
    };
    let request = app
        .token_request(&app.auth[0], &context, &REFRESH)
        .unwrap_or_else(|e| panic!("{e}"));
    // base64("a%3Ab+c:%25%2B%26%C3%A9")
    assert_eq!(
        authorization(&request),
        Some("Basic YSUzQWIrYzolMjUlMkIlMjYlQzMlQTk=")
    );
}

#[test]
fn notion_takes_json_and_figma_refreshes_elsewhere() {
    let notion =
        app("token_format: json\npkce: none\nclient_auth: header\nauthorize_params: {owner: user}");
    let asked: Value = serde_json::from_str(&body(&request(&notion, &CODE))).unwrap();
    assert_eq!(
        asked,
        json!({"grant_type": "authorization_code", "code": "c", "redirect_uri": "https://p.example/cb"})
    );
    let figma = app("refresh_url: https://login.acme.example/refresh");
    assert_eq!(request(&figma, &REFRESH).url.path(), "/refresh");
    assert_eq!(request(&figma, &CODE).url.path(), "/token");
}

#[test]
fn clickup_has_no_scope_parameter_and_hubspot_a_second_list_when_it_is_wanted() {
    let none = app("pkce: none");
    assert!(!authorize(&none, &json!({})).contains("scope"));
    let second = app(
        "pkce: none\nscopes: [crm]\nauthorize_params: {optional_scope: \"{{ settings.more }}\"}",
    );
    assert!(!authorize(&second, &json!({})).contains("optional_scope"));
    assert!(
        authorize(&second, &json!({"more": "files tickets"}))
            .ends_with("optional_scope=files%20tickets")
    );
}

#[test]
fn unsplash_joins_scopes_with_a_plus_and_pandadoc_answers_so() {
    let app = app("pkce: none\nscopes: [read, write]\nscope_separator: \"+\"");
    assert!(authorize(&app, &json!({})).contains("scope=read+write&"));
    let given = answer(&app, &json!({"access_token": "t", "scope": "read+write"}));
    assert_eq!(given.scopes.unwrap(), ["read", "write"]);
}

#[test]
fn withings_nests_everything_and_fails_with_status_200() {
    let app = app(
        "token_params: {action: requesttoken}\nresponse: {access_token: body.access_token, refresh_token: body.refresh_token, expires_in: body.expires_in, failed: \"{{ response.body.status != 0 }}\", error: error}",
    );
    let good = json!({"status": 0, "body": {"access_token": "t", "refresh_token": "r2", "expires_in": "10800"}});
    let given = answer(&app, &good);
    assert_eq!(given.refresh_token.as_deref(), Some("r2"));
    assert_eq!(given.expires_in, Some(10_800), "a lifetime as text");
    let bad = json!({"status": 503, "error": "Invalid params", "body": {"access_token": "t"}});
    let failure = app.token_answer(&app.auth[0], 200, &[], bad.to_string().as_bytes(), NOW);
    assert_eq!(
        failure.err().unwrap().error.as_deref(),
        Some("Invalid params")
    );
    assert!(body(&request(&app, &CODE)).contains("action=requesttoken"));
}

#[test]
fn square_names_the_moment_and_zoho_sometimes_milliseconds() {
    let square = app("response: {expires_at: expires_at}");
    // NOW is 2026-09-21T14:13:20Z.
    for moment in [
        json!("2026-09-21T15:13:20Z"),
        json!(NOW + 3600),
        json!((NOW + 3600) * 1000),
    ] {
        let given = answer(&square, &json!({"access_token": "t", "expires_at": moment}));
        assert_eq!(given.expires_in, Some(3600), "{moment}");
    }
    let zoho = app("response: {expires_in: expires_in_sec | expires_in, error: error}");
    let both = json!({"access_token": "t", "expires_in_sec": 3600, "expires_in": 3_600_000});
    assert_eq!(answer(&zoho, &both).expires_in, Some(3600));
    assert_eq!(
        answer(&zoho, &json!({"access_token": "t", "expires_in": 3600})).expires_in,
        Some(3600)
    );
    let odd = app("response: {expires_in_ms: expires_in}");
    assert_eq!(answer(&odd, &both).expires_in, Some(3600));
}

#[test]
fn salesforce_says_no_lifetime_and_linear_means_none() {
    let salesforce = app("default_ttl: 7200");
    assert_eq!(
        answer(&salesforce, &json!({"access_token": "t"})).expires_in,
        Some(7200)
    );
    let linear = app("refresh: none");
    assert_eq!(
        answer(&linear, &json!({"access_token": "t"})).expires_in,
        None
    );
}

#[test]
fn slack_gives_two_tokens_in_one_answer() {
    let app = app(
        "response: {tokens: {user_token: authed_user.access_token}}\nattach: {header: {Authorization: \"Bearer {{ credential.user_token }}\"}}",
    );
    let given = answer(
        &app,
        &json!({"access_token": "xoxb", "authed_user": {"access_token": "xoxp"}}),
    );
    assert_eq!(given.access_token, "xoxb");
    assert_eq!(given.tokens, [("user_token".to_owned(), "xoxp".to_owned())]);
    let without = answer(&app, &json!({"access_token": "xoxb"}));
    assert!(without.tokens.is_empty());
}

#[test]
fn facebook_exchanges_once_more_and_instagram_renews_the_token_itself() {
    let app = app(
        "exchange:\n  request: {path: \"https://login.acme.example/lasting\", query: {grant_type: fb_exchange_token, client_secret: \"{{ client.secret }}\", fb_exchange_token: \"{{ credential.access_token }}\"}}\nrefresh: {path: \"https://login.acme.example/renew\", query: {grant_type: ig_refresh_token, access_token: \"{{ credential.access_token }}\"}}",
    );
    let oauth = app.auth[0].oauth.as_ref().unwrap();
    assert!(oauth.renews_by_access_token());
    let settings = Settings::new();
    let endpoints = Endpoints::default();
    let context = context(&settings, &endpoints);
    let second = app
        .exchange_request(&app.auth[0], &oauth.exchange[0], &context, "short")
        .unwrap();
    assert_eq!(second.method, "GET");
    assert_eq!(
        second.url.as_str(),
        "https://login.acme.example/lasting?grant_type=fb_exchange_token&client_secret=secret&fb_exchange_token=short"
    );
    let renew = request(
        &app,
        &Grant::Renew {
            access_token: "old",
        },
    );
    assert_eq!(
        renew.url.as_str(),
        "https://login.acme.example/renew?grant_type=ig_refresh_token&access_token=old"
    );
    assert!(renew.body.is_empty());
}

#[test]
fn lemlist_and_close_leave_one_half_of_basic_empty() {
    for (username, password, expected) in [
        ("", "{{ credential.api_key }}", "Basic Oms="),
        ("{{ credential.api_key }}", "", "Basic azo="),
        ("{{ credential.api_key }}", "X", "Basic azpY"),
    ] {
        let manifest = format!(
            "slug: acme\nname: Acme\ncategory: developer\nbase_url: https://api.acme.example\nhosts: [api.acme.example]\nauth:\n  - method: api_key\n    attach: {{basic: {{username: \"{username}\", password: \"{password}\"}}}}\n"
        );
        let app = check_text("acme.yaml", &manifest).unwrap_or_else(|p| panic!("{p:?}"));
        let facts = patchbay_catalog::ConnectionFacts::default();
        let fields = [("api_key", "k")];
        let parts = app
            .attach(&app.auth[0], &Settings::new(), &facts, &fields)
            .unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(
            parts.headers,
            [("Authorization".to_owned(), expected.to_owned())]
        );
    }
}
