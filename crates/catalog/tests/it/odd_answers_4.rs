//! Odd answers of Shopify, Google Calendar, Typeform and Perplexity, and of keys with few rights.

use patchbay_catalog::{Answer, CallContext, Idempotent, Poll};
use serde_json::{Value, json};

use crate::{app, sample_settings, settings};

const NOW: i64 = 1_790_000_000;
const KIND: [(&str, &str); 1] = [("content-type", "application/json")];

fn answer(status: u16, body: &Value) -> Answer {
    Answer::new(status, KIND, body.to_string().as_bytes())
}

fn poll(slug: &str, key: &str, cursor: &str, body: &Value) -> Poll {
    let app = app(slug);
    let settings = sample_settings(&app);
    let (input, cursor) = (json!({"calendar": "primary", "form": "f"}), json!(cursor));
    let context = CallContext {
        now: Some(NOW),
        ..CallContext::new(&settings).with_input(&input)
    };
    app.triggers[key].poll(&answer(200, body), &context.with_cursor(&cursor))
}

#[test]
fn shopify_says_what_is_wrong_in_its_answer() {
    let shopify = app("shopify");
    let message = |body: Value| {
        shopify
            .call_failure(&answer(200, &body))
            .map(|f| f.message.unwrap_or_default())
    };
    let wrong = json!({"data": {"done": {"product": null,
        "userErrors": [{"field": ["title"], "message": "Title can't be blank"}]}}});
    assert!(message(wrong).unwrap().contains("Title can't be blank"));
    let refused =
        json!({"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]});
    assert!(message(refused).unwrap().contains("Throttled"));
    let nothing = json!({"data": {"order": null}, "errors": [{"message": "Access denied"}]});
    assert!(message(nothing).unwrap().contains("Access denied"));
    let wrong_key = answer(401, &json!({"errors": "[API] Invalid API key"}));
    let failure = shopify.call_failure(&wrong_key).unwrap();
    assert!(failure.unauthorized && failure.message.unwrap().contains("Invalid API key"));
    // Who the customer is may be withheld; the order is there all the same.
    let part = json!({"data": {"order": {"id": "gid://shopify/Order/1", "customer": null}},
        "errors": [{"message": "Not approved", "path": ["order", "customer"]}]});
    assert!(message(part).is_none());
    assert!(message(json!({"data": {"done": {"product": {}, "userErrors": []}}})).is_none());
}

#[test]
fn keys_of_few_rights_are_good_all_the_same() {
    let good = |slug: &str, status: u16, body: &Value| {
        app(slug)
            .verification(&answer(status, body), &settings(json!({})))
            .ok
    };
    let may_not = json!({"error": {"message": "You have insufficient permissions for this operation. Missing scopes: api.model.read."}});
    let restricted =
        json!({"error": {"message": "The provided key does not have the required permissions"}});
    assert!(good("stripe", 403, &restricted));
    assert!(!good(
        "stripe",
        401,
        &json!({"error": {"message": "Invalid API Key provided"}})
    ));
    assert!(good("openai", 403, &may_not));
    assert!(good("openai", 401, &may_not));
    assert!(!good(
        "openai",
        401,
        &json!({"error": {"message": "Incorrect API key provided"}})
    ));
    let country = json!({"error": {"message": "Country, region, or territory not supported"}});
    assert!(!good("openai", 403, &country));
    assert!(good("paypal", 403, &json!({})));
    assert!(!good("paypal", 401, &json!({})));
}

#[test]
fn lists_of_news_hold_deleted_and_late_things() {
    let since = "2026-09-21T14:00:00Z";
    let events = json!({"items": [
        {"id": "new", "status": "confirmed", "created": "2026-09-21T14:10:00Z", "updated": "2026-09-21T14:10:00Z"},
        {"id": "gone", "status": "cancelled", "created": "2026-09-21T14:11:00Z", "updated": "2026-09-21T14:12:00Z"}
    ]});
    for key in ["new_event", "changed_event"] {
        let found = poll("google-calendar", key, since, &events);
        assert_eq!(found.items.len(), 1, "{key}");
        assert_eq!(found.items[0].value["id"], "new", "{key}");
    }
    // Typeform may list a response half an hour after it was sent.
    let one = json!({"items": [{"token": "t", "submitted_at": "2026-09-21T14:10:00Z"}]});
    let found = poll("typeform", "new_response", since, &one);
    assert_eq!(found.cursor, Some(json!("2026-09-21T13:30:00Z")));
    // A full page is followed by the next one.
    let many: Vec<_> = (0..1000)
        .map(|n| json!({"token": n.to_string(), "submitted_at": "2026-09-21T14:10:00Z"}))
        .collect();
    let found = poll("typeform", "new_response", since, &json!({"items": many}));
    assert_eq!(found.cursor, Some(json!("2026-09-21T14:10:00Z")));
}

#[test]
fn webflow_is_asked_for_both_ends_of_its_list() {
    let webflow = app("webflow");
    let settings = sample_settings(&webflow);
    let (input, cursor) = (json!({"site": "s"}), json!("2026-09-21T14:00:00Z"));
    let context = CallContext {
        now: Some(NOW),
        ..CallContext::new(&settings).with_input(&input)
    };
    let context = context.with_cursor(&cursor);
    let old = json!({"id": "o", "dateSubmitted": "2020-01-01T00:00:00Z"});
    let body =
        json!({"formSubmissions": [old], "pagination": {"limit": 100, "offset": 0, "total": 250}});
    let trigger = &webflow.triggers["form_submission"];
    let first = trigger.page(&answer(200, &body), &context, 0);
    assert_eq!((first.items.len(), first.next), (0, Some(json!(150))));
    let last = json!(150);
    let context = CallContext {
        page: Some(&last),
        ..context
    };
    let second = trigger.page(&answer(200, &body), &context, 0);
    assert_eq!(second.next, None);
}

#[test]
fn paypal_has_a_name_of_its_own_for_repeated_calls() {
    let paypal = app("paypal");
    assert_eq!(paypal.idempotency_header, "PayPal-Request-Id");
    for key in ["create_order", "capture_order", "refund_payment"] {
        assert_eq!(paypal.actions[key].idempotent, Idempotent::Header, "{key}");
    }
    assert_eq!(app("stripe").idempotency_header, "Idempotency-Key");
}

#[test]
fn perplexity_searches_several_times_and_may_fail_with_200() {
    let perplexity = app("perplexity");
    let found = |url: &str| json!({"type": "search_results", "results": [{"url": url}]});
    let said = json!({"type": "message", "role": "assistant",
        "content": [{"type": "output_text", "text": "Because", "annotations": []}]});
    let body = json!({"status": "completed", "model": "perplexity/sonar", "error": null,
        "output": [found("https://a.example"), found("https://b.example"), said]});
    assert!(perplexity.call_failure(&answer(200, &body)).is_none());
    let output = perplexity.actions["ask"].output(&answer(200, &body), &json!({}));
    assert_eq!(output["text"], "Because");
    assert_eq!(
        output["sources"],
        json!([{"url": "https://a.example"}, {"url": "https://b.example"}])
    );
    let failed =
        json!({"status": "failed", "error": {"message": "Model unavailable"}, "output": []});
    let failure = perplexity.call_failure(&answer(200, &failed)).unwrap();
    assert_eq!(failure.message.as_deref(), Some("Model unavailable"));
    let nothing = perplexity.actions["ask"].output(&answer(200, &failed), &json!({}));
    assert_eq!(
        (&nothing["text"], &nothing["sources"]),
        (&json!(""), &json!([]))
    );
}
