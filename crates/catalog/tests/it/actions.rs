use patchbay_catalog::{Answer, App, CallContext, RequestParts, Settings, options_items};
use serde_json::{Value, json};

use crate::{app, sample_settings};

const NOW: i64 = 1_790_000_000;

fn action(app: &App, key: &str, input: &Value) -> RequestParts {
    let settings = sample_settings(app);
    let hosts = app.hosts(&settings).unwrap();
    app.actions[key]
        .input
        .check(input)
        .unwrap_or_else(|p| panic!("{key}: {p:?}"));
    let context = CallContext {
        now: Some(NOW),
        ..CallContext::new(&settings).with_input(input)
    };
    app.action_request(&app.actions[key], &context, &hosts)
        .unwrap_or_else(|e| panic!("{key}: {e}"))
}

fn body(request: &RequestParts) -> Value {
    serde_json::from_slice(request.body.as_deref().unwrap()).unwrap()
}

fn text(request: &RequestParts) -> String {
    String::from_utf8(request.body.clone().unwrap()).unwrap()
}

fn answer(status: u16, body: &Value) -> Answer {
    Answer::new(
        status,
        [("Content-Type", "application/json")],
        body.to_string().as_bytes(),
    )
}

#[test]
fn optional_inputs_are_left_out() {
    let slack = app("slack");
    let request = action(
        &slack,
        "send_message",
        &json!({"channel": "C1", "text": "Hi {{ x }}"}),
    );
    assert_eq!(
        request.url.as_str(),
        "https://slack.com/api/chat.postMessage"
    );
    assert_eq!(
        body(&request),
        json!({"channel": "C1", "text": "Hi {{ x }}"})
    );
    let openai = app("openai");
    let request = action(&openai, "ask", &json!({"model": "m", "prompt": "p"}));
    assert_eq!(
        body(&request),
        json!({"model": "m", "messages": [{"role": "user", "content": "p"}]})
    );
    let request = action(
        &openai,
        "ask",
        &json!({"model": "m", "prompt": "p", "system": "s", "json": true, "temperature": 0.5}),
    );
    assert_eq!(
        body(&request),
        json!({"model": "m", "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "p"}],
               "temperature": 0.5, "response_format": {"type": "json_object"}})
    );
}

#[test]
fn forms_nest_with_brackets() {
    let stripe = app("stripe");
    let input = json!({"email": "a+b@x.example", "metadata": {"order id": "7"}});
    assert_eq!(
        text(&action(&stripe, "create_customer", &input)),
        "email=a%2Bb%40x.example&metadata%5Border+id%5D=7"
    );
    let request = action(
        &stripe,
        "create_payment_intent",
        &json!({"amount": 100, "currency": "EUR"}),
    );
    assert_eq!(
        text(&request),
        "amount=100&currency=eur&automatic_payment_methods%5Benabled%5D=true"
    );
    assert!(
        request
            .headers
            .iter()
            .any(|(n, v)| n == "Content-Type" && v == "application/x-www-form-urlencoded")
    );
}

#[test]
fn gmail_builds_a_message_that_cannot_grow_headers() {
    let gmail = app("gmail");
    let input =
        json!({"to": "a@x.example\r\nBcc: evil@x.example", "subject": "Grüße", "body": "Hallo\n"});
    let request = action(&gmail, "send_email", &input);
    let raw = body(&request)["raw"].as_str().unwrap().to_owned();
    let message = data_encoding::BASE64URL_NOPAD
        .decode(raw.as_bytes())
        .unwrap();
    assert_eq!(
        String::from_utf8(message).unwrap(),
        "To: a@x.example Bcc: evil@x.example\r\nSubject: =?UTF-8?B?R3LDvMOfZQ==?=\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nSGFsbG8K"
    );
    assert!(body(&request).get("threadId").is_none());
}

#[test]
fn sheets_rows_and_ranges() {
    let sheets = app("google-sheets");
    let input = json!({"spreadsheet": "S/1", "sheet": "My sheet", "values": ["a", 1, null]});
    let request = action(&sheets, "append_row", &input);
    assert_eq!(
        request.url.as_str(),
        "https://sheets.googleapis.com/v4/spreadsheets/S%2F1/values/'My%20sheet':append?valueInputOption=USER_ENTERED&insertDataOption=INSERT_ROWS"
    );
    assert_eq!(body(&request), json!({"values": [["a", 1, null]]}));
    let request = action(
        &sheets,
        "get_rows",
        &json!({"spreadsheet": "S", "range": "Sheet1!A2:D"}),
    );
    assert!(
        request
            .url
            .as_str()
            .contains("/values/Sheet1%21A2%3AD?majorDimension=ROWS")
    );
}

#[test]
fn http_actions_take_any_path_query_and_body() {
    let http = app("http");
    let request = action(
        &http,
        "get",
        &json!({"path": "/users/a b", "query": {"q": "x&y", "tag": ["1", "2"]}}),
    );
    assert_eq!(
        request.url.as_str(),
        "https://api.example.com/v1/users/a%20b?q=x%26y&tag=1&tag=2"
    );
    let request = action(&http, "get", &json!({"path": "https://evil.example/"}));
    assert_eq!(request.url.host_str(), Some("api.example.com"));
    let request = action(&http, "post", &json!({"path": "x", "body": [1]}));
    assert_eq!(text(&request), "[1]");
    let request = action(&http, "post", &json!({"path": "x"}));
    assert_eq!(request.body, None);
}

#[test]
fn inputs_are_checked_and_not_quoted() {
    let slack = app("slack");
    let check = |input: Value| {
        slack.actions["send_message"]
            .input
            .check(&input)
            .unwrap_err()
    };
    assert!(check(json!({"channel": "C1"}))[0].message.contains("text"));
    let problems = check(json!({"channel": "C1", "text": {"sEcret": 1}}));
    assert_eq!(problems[0].path, "text");
    assert!(!problems[0].message.contains("sEcret"));
    check(json!([]));
}

#[test]
fn outputs_come_from_the_answer() {
    let slack = app("slack");
    let answered = answer(200, &json!({"ok": true, "user": {"id": "U1"}}));
    let find = &slack.actions["find_user"];
    assert_eq!(find.output(&answered, &json!({})), json!({"id": "U1"}));
    assert_eq!(
        find.output(&Answer::new(200, [], b"<html>"), &json!({})),
        Value::Null
    );
    let update = &app("salesforce");
    let output =
        update.actions["update_record"].output(&Answer::new(204, [], b""), &json!({"id": "1"}));
    assert_eq!(output, json!({"id": "1"}));
}

#[test]
fn verification_tells_good_from_bad() {
    let slack = app("slack");
    let good = slack.verification(
        &answer(
            200,
            &json!({"ok": true, "team": "Acme", "team_id": "T1", "user": "ana", "user_id": "U1"}),
        ),
        &Settings::new(),
    );
    assert!(good.ok);
    assert_eq!(good.account.id.as_deref(), Some("T1:U1"));
    assert_eq!(good.account.label.as_deref(), Some("Acme / ana"));
    let bad = slack.verification(
        &answer(200, &json!({"ok": false, "error": "invalid_auth"})),
        &Settings::new(),
    );
    assert!(!bad.ok && bad.account.id.is_none());
    assert_eq!(bad.message.as_deref(), Some("invalid_auth"));
    let failure = slack
        .call_failure(&answer(
            200,
            &json!({"ok": false, "error": "token_revoked"}),
        ))
        .unwrap();
    assert!(failure.unauthorized);
    let failure = slack
        .call_failure(&answer(
            200,
            &json!({"ok": false, "error": "channel_not_found"}),
        ))
        .unwrap();
    assert!(!failure.unauthorized);
    assert!(
        slack
            .call_failure(&answer(200, &json!({"ok": true})))
            .is_none()
    );

    let zendesk = app("zendesk");
    assert!(
        !zendesk
            .verification(
                &answer(
                    200,
                    &json!({"user": {"id": null, "name": "Anonymous user"}})
                ),
                &Settings::new()
            )
            .ok
    );
    assert!(
        !zendesk
            .verification(
                &Answer::new(200, [], b"<html>Sign in</html>"),
                &Settings::new()
            )
            .ok
    );
    let github = app("github").verification(
        &answer(200, &json!({"id": 7, "login": "ana"})),
        &Settings::new(),
    );
    assert_eq!(
        (
            github.account.id.as_deref(),
            github.account.label.as_deref()
        ),
        (Some("7"), Some("ana"))
    );
    for (status, ok) in [
        (200, true),
        (404, true),
        (401, false),
        (403, false),
        (500, false),
    ] {
        assert_eq!(
            app("http")
                .verification(&Answer::new(status, [], b""), &Settings::new())
                .ok,
            ok,
            "{status}"
        );
    }
}

#[test]
fn options_are_values_with_labels() {
    let slack = app("slack");
    let items = options_items(
        &slack.options["channels"],
        &answer(
            200,
            &json!({"channels": [{"id": "C1", "name": "general"}, {"name": "no id"}]}),
        ),
        &json!({}),
    );
    assert_eq!(items.len(), 1);
    assert_eq!(
        (items[0].value.clone(), items[0].label.as_str()),
        (json!("C1"), "#general")
    );
    let sheets = app("google-sheets");
    let answered = answer(
        200,
        &json!({"sheets": [{"properties": {"title": "Sheet1"}}]}),
    );
    assert_eq!(
        options_items(&sheets.options["sheets"], &answered, &json!({}))[0].label,
        "Sheet1"
    );
    assert!(
        options_items(
            &sheets.options["sheets"],
            &answer(200, &json!("x")),
            &json!({})
        )
        .is_empty()
    );
    let zendesk = app("zendesk");
    let settings = sample_settings(&zendesk);
    let hosts = zendesk.hosts(&settings).unwrap();
    let request = zendesk
        .options_request(
            &zendesk.options["agents"],
            &CallContext::new(&settings),
            &hosts,
        )
        .unwrap();
    assert_eq!(
        request.url.as_str(),
        "https://acme.zendesk.com/api/v2/users.json?role%5B%5D=agent&role%5B%5D=admin&per_page=100"
    );
}

#[test]
fn polls_remember_where_they_were() {
    let slack = app("slack");
    let settings = sample_settings(&slack);
    let hosts = slack.hosts(&settings).unwrap();
    let trigger = &slack.triggers["new_message"];
    let input = json!({"channel": "C1"});
    let first = CallContext {
        now: Some(NOW),
        ..CallContext::new(&settings).with_input(&input)
    };
    let request = slack.trigger_request(trigger, &first, &hosts).unwrap();
    assert_eq!(
        request.url.query(),
        Some("channel=C1&oldest=1790000000&limit=200")
    );
    let none = trigger.poll(&answer(200, &json!({"ok": true, "messages": []})), &first);
    assert!(none.items.is_empty());
    assert_eq!(none.cursor, Some(json!(NOW)));
    let some = trigger.poll(
        &answer(
            200,
            &json!({"messages": [{"ts": "3"}, {"ts": "2"}, {"ts": "3"}]}),
        ),
        &first,
    );
    assert_eq!(
        some.items
            .iter()
            .map(|item| item.id.as_str())
            .collect::<Vec<_>>(),
        ["3", "2"]
    );
    assert_eq!(some.cursor, Some(json!("3")));
    let cursor = json!("3");
    let next = first.with_cursor(&cursor);
    let request = slack.trigger_request(trigger, &next, &hosts).unwrap();
    assert_eq!(request.url.query(), Some("channel=C1&oldest=3&limit=200"));
    assert!(
        trigger
            .poll(&Answer::new(200, [], b"<html>"), &next)
            .items
            .is_empty()
    );

    let sheets = app("google-sheets");
    let (two, settings) = (json!(2), sample_settings(&sheets));
    let context = CallContext::new(&settings).with_cursor(&two);
    let poll = sheets.triggers["new_row"].poll(
        &answer(200, &json!({"values": [["h"], ["1"], ["2"], ["2"]]})),
        &context,
    );
    let ids: Vec<&str> = poll.items.iter().map(|item| item.id.as_str()).collect();
    assert_eq!(ids, ["3", "4"]);
    assert_eq!(poll.items[1].value, json!(["2"]));
    assert_eq!(poll.cursor, Some(json!(4)));
}

#[test]
fn every_trigger_renders_its_first_and_next_poll() {
    for slug in [
        "gmail",
        "github",
        "notion",
        "stripe",
        "hubspot",
        "salesforce",
        "zendesk",
        "shopify",
        "telegram",
        "sandbox-key",
    ] {
        let app = app(slug);
        let settings = sample_settings(&app);
        let hosts = app.hosts(&settings).unwrap();
        for trigger in app.triggers.values() {
            let input = json!({"repository": "o/r", "database": "d", "type": "invoice.paid", "object": "Lead"});
            let first = CallContext {
                now: Some(NOW),
                ..CallContext::new(&settings).with_input(&input)
            };
            app.trigger_request(trigger, &first, &hosts)
                .unwrap_or_else(|e| panic!("{slug}: {e}"));
            let cursor = trigger.poll(&answer(200, &json!({})), &first).cursor;
            let cursor = cursor.unwrap_or(json!(7));
            app.trigger_request(trigger, &first.with_cursor(&cursor), &hosts)
                .unwrap_or_else(|e| panic!("{slug}: {e}"));
        }
    }
}
