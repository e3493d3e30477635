//! Odd answers of Linear, ClickUp, Asana, Square, Strava, Withings, Reddit, Twitch, Wrike, SurveyMonkey, Mailchimp,
//! Calendly, monday.com, Resend, Perplexity, Anthropic, Twilio, Webflow, Trello, WhatsApp, TikTok, Threads, UptimeRobot,
//! Mandrill, PocketBase and Tableau.

use patchbay_catalog::{
    Answer, App, CallContext, DiscoverError, Settings, TokenAnswer, TokenFailure, Verification,
};
use serde_json::{Value, json};

use crate::{app, sample_settings, settings};

const NOW: i64 = 1_790_000_000;

fn token(app: &App, body: &Value) -> Result<TokenAnswer, TokenFailure> {
    let kind = [("content-type", "application/json")];
    let method = app.method("oauth2").unwrap();
    app.token_answer(method, 200, &kind, body.to_string().as_bytes(), NOW)
}

fn granted(app: &App, body: &Value) -> TokenAnswer {
    token(app, body).unwrap_or_else(|e| panic!("{}: {e:?}", app.slug))
}

fn refused(app: &App, body: &Value) -> TokenFailure {
    match token(app, body) {
        Ok(_) => panic!("{}: a token was read", app.slug),
        Err(failure) => failure,
    }
}

fn answer(status: u16, body: &Value) -> Answer {
    let kind = [("Content-Type", "application/json")];
    Answer::new(status, kind, body.to_string().as_bytes())
}

fn verified(slug: &str, status: u16, body: &Value) -> Verification {
    app(slug).verification(&answer(status, body), &Settings::new())
}

fn learnt(app: &App, body: &Value) -> Result<Settings, DiscoverError> {
    let step = &app.method("oauth2").unwrap().discover[0];
    app.discovered(step, &Settings::new(), &answer(200, body))
}

/// Ids of what a poll brings, and what it remembers.
fn polled(slug: &str, trigger: &str, cursor: &Value, body: &Value) -> (Vec<String>, Value) {
    let app = app(slug);
    let settings = sample_settings(&app);
    let input = json!({});
    let context = CallContext {
        now: Some(NOW),
        ..CallContext::new(&settings)
    }
    .with_input(&input)
    .with_cursor(cursor);
    let poll = app.triggers[trigger].poll(&answer(200, body), &context);
    let ids = poll.items.into_iter().map(|item| item.id).collect();
    (ids, poll.cursor.unwrap_or_default())
}

#[test]
fn linear_gives_old_clients_tokens_for_ten_years_and_new_ones_for_a_day() {
    let linear = app("linear");
    let old = json!({"access_token": "lin_oauth_1", "token_type": "Bearer", "expires_in": 315_705_599, "scope": "read,write"});
    let old = granted(&linear, &old);
    assert_eq!(old.refresh_token, None);
    assert_eq!(old.expires_in, Some(315_705_599));
    assert_eq!(old.scopes.unwrap(), ["read", "write"]);
    let new = json!({"access_token": "lin_oauth_2", "refresh_token": "r", "expires_in": 86_399, "scope": "read write"});
    let new = granted(&linear, &new);
    assert_eq!(new.refresh_token.as_deref(), Some("r"));
}

#[test]
fn linear_refuses_with_status_200_and_its_own_code() {
    let body = json!({"errors": [{"message": "authentication failed", "extensions": {
        "code": "AUTHENTICATION_ERROR", "userPresentableMessage": "You need to authenticate to access this operation."}}]});
    let failure = app("linear").call_failure(&answer(200, &body)).unwrap();
    assert!(failure.unauthorized);
    assert_eq!(
        failure.message.as_deref(),
        Some("You need to authenticate to access this operation.")
    );
    let body =
        json!({"data": {"viewer": {"id": "u"}, "organization": {"id": "o", "name": "Acme"}}});
    assert_eq!(app("linear").call_failure(&answer(200, &body)), None);
}

#[test]
fn clickup_and_intercom_tokens_do_not_end() {
    for slug in ["clickup", "intercom"] {
        let answer = granted(
            &app(slug),
            &json!({"access_token": "t", "token": "t", "token_type": "Bearer"}),
        );
        assert_eq!(
            (answer.expires_in, answer.refresh_token),
            (None, None),
            "{slug}"
        );
    }
}

#[test]
fn asana_says_whose_token_it_is() {
    let body = json!({"access_token": "a", "refresh_token": "r", "expires_in": 3600,
        "data": {"id": 4_673_218_951_i64, "gid": "4673218951", "name": "Greg", "email": "greg@acme.com"}});
    assert_eq!(
        Value::Object(granted(&app("asana"), &body).keep),
        json!({"user_id": "4673218951"})
    );
}

#[test]
fn square_writes_a_date_where_others_count_seconds() {
    let body = json!({"access_token": "EAAA", "refresh_token": "r", "token_type": "bearer",
        "expires_at": "2026-09-21T14:18:20Z", "merchant_id": "MLQ"});
    let answer = granted(&app("square"), &body);
    // Of 2026-09-21T14:13:20Z, which is now.
    assert_eq!(answer.expires_in, Some(300));
    assert_eq!(Value::Object(answer.keep), json!({"merchant_id": "MLQ"}));
}

#[test]
fn withings_wraps_its_answer_and_numbers_its_errors() {
    let withings = app("withings");
    let body = json!({"status": 0, "body": {"userid": 363, "access_token": "a", "refresh_token": "r",
        "expires_in": 10800, "scope": "user.info,user.metrics", "token_type": "Bearer"}});
    let answer = granted(&withings, &body);
    assert_eq!(answer.access_token, "a");
    assert_eq!(answer.refresh_token.as_deref(), Some("r"));
    assert_eq!(answer.expires_in, Some(10_800));
    assert_eq!(answer.scopes.unwrap(), ["user.info", "user.metrics"]);
    let failure = refused(
        &withings,
        &json!({"status": 503, "body": {}, "error": "Invalid Params: invalid code"}),
    );
    assert_eq!(
        failure.error.as_deref(),
        Some("Invalid Params: invalid code")
    );

    let body =
        json!({"status": 401, "body": {}, "error": "XRequestID: Not provided invalid_token"});
    let failure = withings.call_failure(&answer_200(&body)).unwrap();
    assert!(failure.unauthorized);
    assert!(!verified("withings", 200, &body).ok);
    let body =
        json!({"status": 0, "body": {"devices": [{"model": "Body+"}, {"model": "ScanWatch"}]}});
    assert_eq!(
        verified("withings", 200, &body).account.label.as_deref(),
        Some("Body+, ScanWatch")
    );
}

fn answer_200(body: &Value) -> Answer {
    answer(200, body)
}

#[test]
fn reddit_refuses_codes_and_posts_with_status_200() {
    let reddit = app("reddit");
    let failure = refused(&reddit, &json!({"error": "invalid_grant"}));
    assert_eq!(failure.error.as_deref(), Some("invalid_grant"));
    let body =
        json!({"json": {"errors": [["SUBREDDIT_NOEXIST", "that subreddit doesn't exist", "sr"]]}});
    let failure = reddit.call_failure(&answer(200, &body)).unwrap();
    assert!(!failure.unauthorized);
    assert_eq!(
        failure.message.as_deref(),
        Some("that subreddit doesn't exist")
    );
    let body = json!({"json": {"errors": [], "data": {"id": "1"}}});
    assert_eq!(reddit.call_failure(&answer(200, &body)), None);
}

#[test]
fn twitch_lists_scopes_and_wants_its_client_named() {
    let twitch = app("twitch");
    let body = json!({"access_token": "t", "refresh_token": "r", "expires_in": 13_124,
        "scope": ["user:read:email", "clips:edit"], "token_type": "bearer"});
    assert_eq!(
        granted(&twitch, &body).scopes.unwrap(),
        ["user:read:email", "clips:edit"]
    );
    let body = json!({"client_id": "hof5gwx0su6owfnys0nyan9c87zr6t", "login": "ana", "scopes": [], "user_id": "141981764", "expires_in": 5_520_838});
    assert_eq!(
        Value::Object(learnt(&twitch, &body).unwrap()),
        json!({"client_id": "hof5gwx0su6owfnys0nyan9c87zr6t", "user_id": "141981764"})
    );
    assert!(learnt(&twitch, &json!({"login": "ana"})).is_err());
}

#[test]
fn wrike_and_surveymonkey_name_their_host_with_the_token() {
    let wrike = app("wrike");
    let body = |host: &str| json!({"access_token": "a", "refresh_token": "r", "expires_in": 3600, "host": host});
    assert_eq!(
        Value::Object(granted(&wrike, &body("app-eu.wrike.com")).keep),
        json!({"api_host": "app-eu.wrike.com"})
    );
    for host in [
        "wrike.com.evil.example",
        "evilwrike.com",
        "app-eu.wrike.com@evil.example",
    ] {
        refused(&wrike, &body(host));
    }
    refused(&wrike, &json!({"access_token": "a"}));

    let monkey = app("surveymonkey");
    let eu = json!({"access_token": "a", "access_url": "https://api.eu.surveymonkey.com", "token_type": "bearer", "expires_in": null});
    let eu = granted(&monkey, &eu);
    assert_eq!(
        Value::Object(eu.keep),
        json!({"api_host": "api.eu.surveymonkey.com"})
    );
    assert_eq!(eu.expires_in, None);
    let hosts = |known| monkey.hosts(&settings(known)).unwrap()[0].to_string();
    assert_eq!(
        hosts(json!({"api_host": "api.eu.surveymonkey.com"})),
        "api.eu.surveymonkey.com"
    );
    assert_eq!(hosts(json!({})), "api.surveymonkey.com");
}

#[test]
fn mailchimp_tells_its_data_centre_on_a_second_call() {
    let mailchimp = app("mailchimp");
    let body = |endpoint: &str| {
        json!({"dc": "us6", "role": "owner", "accountname": "Acme", "user_id": 1,
        "login": {"email": "ana@acme.com"}, "api_endpoint": endpoint})
    };
    let known = learnt(&mailchimp, &body("https://us6.api.mailchimp.com")).unwrap();
    assert_eq!(
        Value::Object(known.clone()),
        json!({"api_host": "us6.api.mailchimp.com"})
    );
    let method = mailchimp.method("oauth2").unwrap();
    assert_eq!(
        mailchimp.hosts_of(method, &known).unwrap()[0].to_string(),
        "us6.api.mailchimp.com"
    );
    assert!(
        learnt(
            &mailchimp,
            &body("https://us6.api.mailchimp.com.evil.example")
        )
        .is_err()
    );
    // Its way of saying that a token is none: status 200.
    assert!(learnt(&mailchimp, &json!({"error": "invalid_token"})).is_err());
}

#[test]
fn calendly_is_asked_for_by_addresses() {
    let me = json!({"resource": {"uri": "https://api.calendly.com/users/A", "email": "ana@acme.com",
        "current_organization": "https://api.calendly.com/organizations/B"}});
    assert_eq!(
        Value::Object(learnt(&app("calendly"), &me).unwrap()),
        json!({"user": "https://api.calendly.com/users/A", "organization": "https://api.calendly.com/organizations/B"})
    );
}

#[test]
fn monday_refuses_in_three_ways_with_status_200() {
    let monday = app("monday");
    let message = |body: Value| {
        let failure = monday.call_failure(&answer(200, &body)).unwrap();
        (failure.unauthorized, failure.message.unwrap_or_default())
    };
    assert_eq!(
        message(json!({"errors": ["Not Authenticated"]})),
        (true, "Not Authenticated".to_owned())
    );
    assert_eq!(
        message(json!({"errors": [{"message": "Field 'x' doesn't exist"}]})),
        (false, "Field 'x' doesn't exist".to_owned())
    );
    assert_eq!(
        message(json!({"error_code": "InvalidBoardIdException", "error_message": "Invalid board"})),
        (false, "Invalid board".to_owned())
    );
}

#[test]
fn a_refusal_may_show_that_a_key_works() {
    let restricted = json!({"statusCode": 401, "name": "restricted_api_key", "message": "This API key is restricted to only send emails"});
    assert!(verified("resend", 401, &restricted).ok);
    assert!(
        !verified(
            "resend",
            401,
            &json!({"name": "validation_error", "message": "API key is invalid"})
        )
        .ok
    );
    assert!(
        verified(
            "perplexity",
            400,
            &json!({"error": {"message": "Messages must not be empty"}})
        )
        .ok
    );
    assert!(
        !verified(
            "perplexity",
            401,
            &json!({"error": {"message": "Invalid API key"}})
        )
        .ok
    );
    assert!(verified("readwise", 204, &Value::Null).ok);
}

#[test]
fn whose_key_it_is_may_stand_in_odd_places() {
    let models = json!({"data": [{"id": "claude"}], "has_more": true});
    let claude = Answer::new(
        200,
        [("Anthropic-Organization-Id", "0d5c")],
        models.to_string().as_bytes(),
    );
    let account = app("anthropic")
        .verification(&claude, &Settings::new())
        .account;
    assert_eq!(account.id.as_deref(), Some("0d5c"));

    let sid = "AC0123456789abcdef0123456789abcdef";
    let body = json!({"incoming_phone_numbers": [], "page": 0,
        "first_page_uri": format!("/2010-04-01/Accounts/{sid}/IncomingPhoneNumbers.json?PageSize=1&Page=0")});
    let account = verified("twilio", 200, &body).account;
    assert_eq!(
        (account.id.as_deref(), account.label.as_deref()),
        (Some(sid), Some(sid))
    );

    let body =
        json!({"sites": [{"id": "b", "displayName": "Blog"}, {"id": "a", "displayName": "Shop"}]});
    let account = verified("webflow", 200, &body).account;
    assert_eq!(account.id.as_deref(), Some("a,b"));
    assert_eq!(account.label.as_deref(), Some("Blog, Shop"));
    assert!(verified("webflow", 200, &json!({"sites": []})).ok);
}

#[test]
fn errors_may_be_plain_text() {
    for slug in ["trello", "toggl-track", "dropbox"] {
        let refused = Answer::new(401, [("Content-Type", "text/plain")], b"invalid token");
        let failure = app(slug).call_failure(&refused).unwrap();
        assert!(failure.unauthorized, "{slug}");
        assert_eq!(failure.message.as_deref(), Some("invalid token"), "{slug}");
    }
}

#[test]
fn whatsapp_says_400_for_a_token_that_ended() {
    let body = json!({"error": {"message": "Error validating access token: Session has expired", "type": "OAuthException", "code": 190}});
    // The rule counts at any status.
    let failure = app("whatsapp-business")
        .call_failure(&answer(400, &body))
        .unwrap();
    assert!(failure.unauthorized);
}

#[test]
fn lists_of_changes_hold_more_than_the_news() {
    let body = json!({"data": [
        {"gid": "1", "created_at": "2026-09-21T14:13:30.123Z", "modified_at": "2026-09-21T14:13:30.123Z"},
        {"gid": "2", "created_at": "2020-01-01T00:00:00.000Z", "modified_at": "2026-09-21T14:13:31.000Z"}
    ]});
    let since = json!("2026-09-21T14:13:00Z");
    assert_eq!(polled("asana", "new_task", &since, &body).0, ["1"]);
    assert_eq!(polled("asana", "changed_task", &since, &body).0.len(), 2);
    let body = json!([{"id": 1, "created_at": "2026-09-21T14:13:30Z"}, {"id": 2, "created_at": "2020-01-01T00:00:00Z"}]);
    let (ids, cursor) = polled("freshdesk", "new_ticket", &since, &body);
    assert_eq!(
        (ids.as_slice(), &cursor),
        (["1".to_owned()].as_slice(), &json!("2026-09-21T14:13:30Z"))
    );
    // Nothing new: what was remembered stays.
    assert_eq!(
        polled("freshdesk", "new_ticket", &since, &json!([])),
        (vec![], since)
    );
}

#[test]
fn dropbox_and_box_remember_the_place_themselves() {
    let first = json!({"cursor": "AAA"});
    assert_eq!(
        polled("dropbox", "new_file", &Value::Null, &first),
        (vec![], json!("AAA"))
    );
    let news = json!({"entries": [
        {".tag": "file", "id": "id:1", "rev": "01", "server_modified": "2026-09-21T14:13:30Z"},
        {".tag": "folder", "id": "id:2"}, {".tag": "deleted", "name": "x"}
    ], "cursor": "BBB", "has_more": false});
    assert_eq!(
        polled("dropbox", "new_file", &json!("AAA"), &news),
        (vec!["id:1:01".to_owned()], json!("BBB"))
    );
    let events = json!({"entries": [
        {"event_id": "e1", "event_type": "ITEM_UPLOAD", "source": {"id": "1"}},
        {"event_id": "e2", "event_type": "ITEM_TRASH", "source": {"id": "1"}}
    ], "next_stream_position": 30_401_068_076_164_269_i64});
    assert_eq!(
        polled("box", "new_file", &json!("now"), &events),
        (vec!["e1".to_owned()], json!(30_401_068_076_164_269_i64))
    );
}

#[test]
fn dates_without_a_zone_are_remembered_in_utc() {
    let posts =
        json!([{"id": 5, "date": "2026-09-21T16:13:30", "date_gmt": "2026-09-21T14:13:30"}]);
    assert_eq!(
        polled(
            "wordpress",
            "new_post",
            &json!("2026-09-21T14:13:00Z"),
            &posts
        ),
        (vec!["5".to_owned()], json!("2026-09-21T14:13:30Z"))
    );
}

fn logged_in(app: &App, body: &Value) -> Result<TokenAnswer, TokenFailure> {
    let kind = [("content-type", "application/json")];
    let method = app.method("token_exchange").unwrap();
    app.token_answer(method, 200, &kind, body.to_string().as_bytes(), NOW)
}

#[test]
fn tiktok_puts_an_error_into_every_answer() {
    let tiktok = app("tiktok");
    let body = json!({"error": "invalid_grant", "error_description": "Authorization code is expired.", "log_id": "1"});
    assert_eq!(
        refused(&tiktok, &body).error.as_deref(),
        Some("invalid_grant")
    );
    let body = json!({"open_id": "o", "access_token": "act", "refresh_token": "rft", "expires_in": 86_400,
        "refresh_expires_in": 31_536_000, "scope": "user.info.basic,video.list", "token_type": "Bearer"});
    let answer = granted(&tiktok, &body);
    assert_eq!(answer.scopes.unwrap(), ["user.info.basic", "video.list"]);
    assert_eq!(Value::Object(answer.keep), json!({"open_id": "o"}));

    let fine = json!({"data": {"user": {"open_id": "o", "display_name": "Ana"}}, "error": {"code": "ok", "message": ""}});
    assert_eq!(tiktok.call_failure(&answer_200(&fine)), None);
    assert!(verified("tiktok", 200, &fine).ok);
    let ended = json!({"error": {"code": "access_token_invalid", "message": "The access token is invalid"}});
    assert!(
        tiktok
            .call_failure(&answer_200(&ended))
            .unwrap()
            .unauthorized
    );
}

#[test]
fn threads_exchanges_an_hour_for_two_months() {
    let threads = app("threads");
    let method = threads.method("oauth2").unwrap();
    let first = granted(
        &threads,
        &json!({"access_token": "short", "user_id": 17_841}),
    );
    assert_eq!(Value::Object(first.keep), json!({"user_id": 17_841}));
    let kind = [("content-type", "application/json")];
    let body = br#"{"access_token": "long", "token_type": "bearer", "expires_in": 5183944}"#;
    let long = threads
        .exchange_answer(
            method,
            &method.oauth.as_ref().unwrap().exchange[0],
            200,
            &kind,
            body,
            NOW,
        )
        .unwrap_or_else(|e| panic!("{e:?}"));
    assert_eq!(long.access_token, "long");
    assert_eq!(
        (long.expires_in, long.refresh_token),
        (Some(5_183_944), None)
    );
}

#[test]
fn uptimerobot_and_mandrill_refuse_keys_in_their_own_ways() {
    let failed = |slug: &str, status: u16, body: Value| {
        app(slug).call_failure(&answer(status, &body)).unwrap()
    };
    let wrong = json!({"stat": "fail", "error": {"type": "invalid_parameter", "parameter_name": "api_key", "message": "api_key is wrong."}});
    let failure = failed("uptimerobot", 200, wrong);
    assert!(failure.unauthorized);
    assert_eq!(failure.message.as_deref(), Some("api_key is wrong."));
    let wrong =
        json!({"status": "error", "code": -1, "name": "Invalid_Key", "message": "Invalid API key"});
    assert!(failed("mailchimp-transactional", 500, wrong).unauthorized);
    let other = json!({"status": "error", "code": 5, "name": "Unknown_Template", "message": "No such template"});
    assert!(!failed("mailchimp-transactional", 500, other).unauthorized);
}

#[test]
fn logins_answer_with_a_token_and_where_one_is() {
    let body = json!({"token": "eyJ", "record": {"id": "r1", "email": "ana@acme.com"}});
    let answer = logged_in(&app("pocketbase"), &body).unwrap_or_else(|e| panic!("{e:?}"));
    assert_eq!(
        (answer.access_token.as_str(), answer.expires_in),
        ("eyJ", Some(86_400))
    );
    let body = json!({"credentials": {"token": "tok", "site": {"id": "s1", "contentUrl": "acme"}, "user": {"id": "u1"},
        "estimatedTimeToExpiration": "177:05:49"}});
    let answer = logged_in(&app("tableau"), &body).unwrap_or_else(|e| panic!("{e:?}"));
    assert_eq!(answer.access_token, "tok");
    assert_eq!(
        Value::Object(answer.keep),
        json!({"site_id": "s1", "user_id": "u1"})
    );
    assert!(
        logged_in(
            &app("pocketbase"),
            &json!({"message": "Failed to authenticate."})
        )
        .is_err()
    );
}
