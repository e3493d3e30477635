//! Where triggers read on when more came than one answer holds, and where they stop.

use patchbay_catalog::{Answer, CallContext, RequestParts, check_text};
use serde_json::{Value, json};

use crate::{app, method_settings};

const NOW: i64 = 1_790_000_000;

/// What a poll with a full first page asks next; `None` where it stops.
fn second(
    slug: &str,
    method: &str,
    trigger: &str,
    input: &Value,
    cursor: &Value,
    first: &Answer,
) -> Option<RequestParts> {
    let app = app(slug);
    let method = app.method(method).unwrap();
    let settings = method_settings(&app, method);
    let hosts = app.hosts_of(method, &settings).unwrap();
    let context = CallContext {
        now: Some(NOW),
        ..CallContext::new(&settings).with_method(method)
    };
    let context = context.with_input(input).with_cursor(cursor);
    let trigger = &app.triggers[trigger];
    let next = trigger.page(first, &context, 0).next?;
    let context = CallContext {
        page: Some(&next),
        ..context
    };
    let request = app.trigger_request(trigger, &context, &hosts);
    Some(request.unwrap_or_else(|e| panic!("{slug}: {e}")))
}

fn answer(body: &Value) -> Answer {
    Answer::new(200, [], body.to_string().as_bytes())
}

fn many(count: usize, item: impl Fn(usize) -> Value) -> Value {
    (0..count).map(item).collect()
}

fn query(request: &RequestParts, name: &str) -> Option<String> {
    let mut pairs = request.url.query_pairs();
    let found = pairs.find(|(n, _)| n == name);
    found.map(|(_, value)| value.into_owned())
}

fn body(request: &RequestParts) -> Value {
    serde_json::from_slice(request.body.as_deref().unwrap()).unwrap()
}

const SINCE: &str = "2026-01-01T00:00:00Z";
const LATER: &str = "2026-02-01T00:00:00Z";

#[test]
fn pages_are_numbered_or_counted() {
    let since = json!(SINCE);
    let tickets = many(
        100,
        |n| json!({"id": n, "created_at": LATER, "updated_at": LATER}),
    );
    let next = second(
        "freshdesk",
        "api_key",
        "new_ticket",
        &json!({}),
        &since,
        &answer(&tickets),
    );
    assert_eq!(query(&next.unwrap(), "page").as_deref(), Some("2"));
    let few = json!([{"id": 1, "created_at": LATER}]);
    assert!(
        second(
            "freshdesk",
            "api_key",
            "new_ticket",
            &json!({}),
            &since,
            &answer(&few)
        )
        .is_none()
    );

    let invoices = many(500, |n| json!({"Id": n, "MetaData": {"CreateTime": LATER}}));
    let invoices = answer(&json!({"QueryResponse": {"Invoice": invoices}}));
    let next = second(
        "quickbooks",
        "oauth2",
        "new_invoice",
        &json!({}),
        &since,
        &invoices,
    );
    let asked = query(&next.unwrap(), "query").unwrap();
    assert!(
        asked.ends_with("startposition 501 maxresults 500"),
        "{asked}"
    );

    let list = json!({"list": "l1"});
    let members = many(500, |n| json!({"id": n, "timestamp_opt": LATER}));
    let members = answer(&json!({"members": members}));
    let next = second(
        "mailchimp",
        "oauth2",
        "new_subscriber",
        &list,
        &since,
        &members,
    );
    assert_eq!(query(&next.unwrap(), "offset").as_deref(), Some("500"));

    // WordPress refuses a page behind the last one, so the number of pages counts, not that one is full.
    let posts = many(100, |n| json!({"id": n, "date_gmt": "2026-02-01T00:00:00"}));
    let posts = posts.to_string();
    for (pages, expected) in [("1", None), ("3", Some("2"))] {
        let answer = Answer::new(200, [("X-WP-TotalPages", pages)], posts.as_bytes());
        let next = second(
            "wordpress",
            "basic",
            "new_post",
            &json!({}),
            &since,
            &answer,
        );
        let asked = next.and_then(|next| query(&next, "page"));
        assert_eq!(asked.as_deref(), expected, "{pages} pages");
    }
}

#[test]
fn pages_are_named_by_the_app() {
    let since = json!(SINCE);
    let none = json!({});
    let deals = many(100, |n| json!({"id": n, "add_time": LATER}));
    let deals = json!({"success": true, "data": deals, "additional_data": {"next_cursor": "eyJ"}});
    let next = second(
        "pipedrive",
        "oauth2",
        "new_deal",
        &none,
        &since,
        &answer(&deals),
    );
    assert_eq!(query(&next.unwrap(), "cursor").as_deref(), Some("eyJ"));
    // The first poll only learns where the news begin: it need not read all there ever was.
    let first = second(
        "pipedrive",
        "oauth2",
        "new_deal",
        &none,
        &Value::Null,
        &answer(&deals),
    );
    assert!(first.is_none());

    let issues = json!({"data": {"issues": {"nodes": [{"id": "i", "createdAt": LATER}],
        "pageInfo": {"hasNextPage": true, "endCursor": "c1"}}}});
    let next = second(
        "linear",
        "oauth2",
        "new_issue",
        &none,
        &since,
        &answer(&issues),
    )
    .unwrap();
    assert_eq!(body(&next)["variables"]["after"], "c1");

    let sid = "AC0123456789abcdef0123456789abcdef";
    let messages = json!({"messages": [{"sid": "SM1", "direction": "inbound"}],
        "next_page_uri": format!("/2010-04-01/Accounts/{sid}/Messages.json?PageSize=1000&Page=1&PageToken=PASM1")});
    let next = second(
        "twilio",
        "api_key",
        "new_message",
        &none,
        &since,
        &answer(&messages),
    );
    let next = next.unwrap();
    assert_eq!(next.url.host_str(), Some("api.twilio.com"));
    assert_eq!(query(&next, "PageToken").as_deref(), Some("PASM1"));
}

#[test]
fn monday_reads_on_by_another_query() {
    let board = json!({"board": "77"});
    let items = many(100, |n| json!({"id": n, "created_at": LATER}));
    let page = |cursor: &str| json!({"cursor": cursor, "items": items});
    let first = json!({"data": {"boards": [{"items_page": page("c1")}]}});
    let next = second(
        "monday",
        "oauth2",
        "new_item",
        &board,
        &json!(SINCE),
        &answer(&first),
    )
    .unwrap();
    let asked = body(&next);
    assert!(
        asked["query"]
            .as_str()
            .unwrap()
            .starts_with("query($page: String!) { next_items_page")
    );
    assert_eq!(asked["variables"], json!({"page": "c1"}));
    let later = json!({"data": {"next_items_page": page("c2")}});
    let next = second(
        "monday",
        "oauth2",
        "new_item",
        &board,
        &json!(SINCE),
        &answer(&later),
    )
    .unwrap();
    assert_eq!(body(&next)["variables"], json!({"page": "c2"}));
}

#[test]
fn confluence_names_pages_as_seen_from_its_site() {
    let pages = many(
        100,
        |n| json!({"id": n, "createdAt": LATER, "version": {"number": 1}}),
    );
    let pages =
        json!({"results": pages, "_links": {"next": "/wiki/api/v2/pages?limit=100&cursor=ab%3D"}});
    let path = |method: &str| {
        let next = second(
            "confluence",
            method,
            "new_page",
            &json!({}),
            &json!(SINCE),
            &answer(&pages),
        );
        let next = next.unwrap();
        assert_eq!(query(&next, "cursor").as_deref(), Some("ab="));
        format!("{}{}", next.url.host_str().unwrap(), next.url.path())
    };
    assert_eq!(path("basic"), "acme.atlassian.net/wiki/api/v2/pages");
    assert_eq!(
        path("oauth2"),
        "api.atlassian.com/ex/confluence/cloud_id-1/wiki/api/v2/pages"
    );
}

#[test]
fn teams_stops_at_messages_that_are_known() {
    let message =
        |id: usize, at: &str| json!({"id": id, "messageType": "message", "createdDateTime": at});
    let chat = json!({"chat": "19:x"});
    let link = "https://graph.microsoft.com/v1.0/chats/19%3Ax/messages?$skiptoken=s";
    let read = |messages: Value, cursor: Value| {
        let page = json!({"value": messages, "@odata.nextLink": link});
        second(
            "microsoft-teams",
            "oauth2",
            "new_chat_message",
            &chat,
            &cursor,
            &answer(&page),
        )
    };
    let new = read(json!([message(2, LATER)]), json!(SINCE)).unwrap();
    assert_eq!(new.url.query(), Some("$skiptoken=s"));
    let reaches_back = json!([message(2, LATER), message(1, "2025-12-31T00:00:00Z")]);
    assert!(read(reaches_back, json!(SINCE)).is_none());
    assert!(read(json!([]), json!(SINCE)).is_none());
    assert!(read(json!([message(2, LATER)]), Value::Null).is_none());
}

#[test]
fn a_revocation_goes_to_hosts_of_its_own_method() {
    let manifest = |hosts: &str| {
        format!(
            "slug: acme\nname: Acme\ncategory: developer\nbase_url: https://api.acme.example\nhosts: [api.acme.example]\nauth:\n  - method: oauth2\n    authorize_url: https://login.acme.example/authorize\n    token_url: https://login.acme.example/token\n    {hosts}\n    revoke: {{request: POST https://login.acme.example/leave, auth: credential}}\n"
        )
    };
    assert!(
        check_text(
            "acme.yaml",
            &manifest("hosts: [api.acme.example, login.acme.example]")
        )
        .is_ok()
    );
    let problems = check_text("acme.yaml", &manifest("refresh: none")).unwrap_err();
    assert!(
        problems[0]
            .to_string()
            .contains("login.acme.example is not among")
    );
}
