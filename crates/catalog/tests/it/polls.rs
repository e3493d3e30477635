//! What polls ask and what is read out of the answers, for apps whose lists are odd.

use patchbay_catalog::{Answer, CallContext, Catalog, ItemOrder, PollItem};
use serde_json::{Value, json};

use crate::{app, sample_settings};

const NOW: i64 = 1_790_000_000;

fn answer(status: u16, body: &Value) -> Answer {
    Answer::new(status, [], body.to_string().as_bytes())
}

fn ids(items: &[PollItem]) -> Vec<&str> {
    items.iter().map(|item| item.id.as_str()).collect()
}

#[test]
fn a_message_that_is_only_an_id_is_fetched_and_laid_over_it() {
    let gmail = app("gmail");
    let settings = sample_settings(&gmail);
    let hosts = gmail.hosts(&settings).unwrap();
    let trigger = &gmail.triggers["new_email"];
    assert_eq!(trigger.order, ItemOrder::NewestFirst);
    assert!(trigger.has_detail());
    let input = json!({"filter": "from:ana"});
    let context = CallContext {
        now: Some(NOW),
        ..CallContext::new(&settings).with_input(&input)
    };
    let listed = answer(
        200,
        &json!({"messages": [{"id": "m2", "threadId": "t"}], "nextPageToken": "p2"}),
    );
    let page = trigger.page(&listed, &context, 0);
    assert_eq!(ids(&page.items), ["m2"]);
    assert_eq!(page.next, Some(json!("p2")));
    let second = CallContext {
        page: page.next.as_ref(),
        ..context
    };
    let request = gmail.trigger_request(trigger, &second, &hosts).unwrap();
    let query = request.url.query().unwrap();
    assert!(query.contains("pageToken=p2"), "{query}");
    assert_eq!(
        trigger.cursor(&listed, &page.items, &context),
        Some(json!(NOW - 300))
    );
    let item = &page.items[0].value;
    let detail = CallContext {
        item: Some(item),
        ..context
    };
    let request = gmail
        .trigger_detail_request(trigger, &detail, &hosts)
        .unwrap();
    assert!(request.url.path().ends_with("/users/me/messages/m2"));
    let whole = answer(
        200,
        &json!({"id": "m2", "threadId": "t", "snippet": "Hello", "internalDate": "1790000000000",
            "payload": {"headers": [{"name": "Subject", "value": "Hi"}, {"name": "From", "value": "ana@example.com"}]}}),
    );
    let item = trigger.detailed(item, &whole, &context);
    assert_eq!(
        (
            &item["id"],
            &item["subject"],
            &item["from"],
            &item["snippet"]
        ),
        (
            &json!("m2"),
            &json!("Hi"),
            &json!("ana@example.com"),
            &json!("Hello")
        )
    );
    assert_eq!(item["to"], Value::Null);
    assert_eq!(item["date"], json!("2026-09-21T14:13:20Z"));
}

#[test]
fn an_old_issue_that_changed_is_no_new_one() {
    let github = app("github");
    let settings = sample_settings(&github);
    let (input, cursor) = (json!({"repository": "o/r"}), json!("2026-09-01T00:00:00Z"));
    let context = CallContext::new(&settings)
        .with_input(&input)
        .with_cursor(&cursor);
    let trigger = &github.triggers["new_issue"];
    let listed = answer(
        200,
        &json!([
            {"id": 3, "created_at": "2026-09-02T00:00:00Z"},
            {"id": 2, "created_at": "2026-09-01T12:00:00Z", "pull_request": {"url": "x"}},
            {"id": 1, "created_at": "2026-01-01T00:00:00Z"},
        ]),
    );
    let poll = trigger.poll(&listed, &context);
    assert_eq!(ids(&poll.items), ["3"]);
    assert_eq!(poll.cursor, Some(json!("2026-09-02T00:00:00Z")));
}

const ODD: &str = r#"
slug: odd
name: Odd
category: developer
description: Lists of all kinds
base_url: https://api.odd.example/v1
hosts: [api.odd.example]
auth:
  - method: api_key
    attach: {header: {X-Key: "{{ credential.api_key }}"}}
triggers:
  in_a_map:
    title: In a map
    kind: poll
    request: GET /map
    items: "{{ response.body.all }}"
  without_ids:
    title: Without ids
    kind: poll
    interval: 300
    request: GET /list
    items: "{{ response.body }}"
    next: "{{ response.body[0].next }}"
"#;

#[test]
fn maps_things_without_ids_and_addresses_of_pages() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("odd.yaml"), ODD).unwrap();
    let catalog = Catalog::load(&[directory.path().to_owned()]).unwrap();
    let odd = catalog.get("odd").unwrap();
    let settings = serde_json::Map::new();
    let context = CallContext::new(&settings);
    let hosts = odd.hosts(&settings).unwrap();

    let map = &odd.triggers["in_a_map"];
    assert_eq!((map.interval, map.order), (60, ItemOrder::OldestFirst));
    let all = json!({"all": {"a": {"n": 1}, "b": {"id": 7}}});
    assert_eq!(
        ids(&map.poll(&answer(200, &all), &context).items),
        ["a", "7"]
    );
    // A map of other things is an error that the app did not call one.
    let error = json!({"all": {"error": "no"}});
    assert!(map.poll(&answer(200, &error), &context).items.is_empty());

    let list = &odd.triggers["without_ids"];
    assert_eq!(list.interval, 300);
    let twice = json!([{"n": 1}, {"n": 2}, {"n": 1}]);
    let found = list.poll(&answer(200, &twice), &context).items;
    assert_eq!(found.len(), 2);
    assert_ne!(found[0].id, found[1].id);

    let to = |next: &str| {
        let listed = Answer::new(200, [], json!([{"next": next}]).to_string().as_bytes());
        let page = list.page(&listed, &context, 0).next;
        let context = CallContext {
            page: page.as_ref(),
            ..context
        };
        let request = odd.trigger_request(list, &context, &hosts);
        request.map(|request| request.url.to_string())
    };
    assert_eq!(
        to("/v1/list?p=2").unwrap(),
        "https://api.odd.example/v1/list?p=2"
    );
    assert_eq!(
        to("https://api.odd.example/x").unwrap(),
        "https://api.odd.example/x"
    );
    assert!(to("https://evil.example/x").is_err());
    assert!(to("http://api.odd.example/x").is_err());
}
