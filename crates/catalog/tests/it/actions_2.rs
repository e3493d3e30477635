//! What Asana, Box, Calendly, ClickUp, Dropbox, Linear, Mailchimp, Mixpanel, monday.com, Supabase, Twilio, Webflow,
//! WhatsApp, WooCommerce and others are sent, where it takes some making.

use patchbay_catalog::{App, CallContext, RequestParts};
use serde_json::{Value, json};

use crate::{app, sample_settings};

const NOW: i64 = 1_790_000_000;

fn with<T>(
    app: &App,
    input: &Value,
    cursor: Option<&Value>,
    make: impl FnOnce(&CallContext<'_>, &[patchbay_catalog::HostPort]) -> T,
) -> T {
    let settings = sample_settings(app);
    let hosts = app.hosts(&settings).unwrap();
    let mut context = CallContext {
        now: Some(NOW),
        ..CallContext::new(&settings).with_input(input)
    };
    if let Some(cursor) = cursor {
        context = context.with_cursor(cursor);
    }
    make(&context, &hosts)
}

fn action(slug: &str, key: &str, input: &Value) -> RequestParts {
    let app = app(slug);
    let action = &app.actions[key];
    action
        .input
        .check(input)
        .unwrap_or_else(|p| panic!("{slug} {key}: {p:?}"));
    with(&app, input, None, |context, hosts| {
        app.action_request(action, context, hosts)
            .unwrap_or_else(|e| panic!("{slug} {key}: {e}"))
    })
}

fn trigger(slug: &str, key: &str, input: &Value, cursor: Option<&Value>) -> RequestParts {
    let app = app(slug);
    with(&app, input, cursor, |context, hosts| {
        app.trigger_request(&app.triggers[key], context, hosts)
            .unwrap_or_else(|e| panic!("{slug} {key}: {e}"))
    })
}

fn list(slug: &str, key: &str, input: &Value) -> String {
    let app = app(slug);
    with(&app, input, None, |context, hosts| {
        app.options_request(&app.options[key], context, hosts)
            .unwrap_or_else(|e| panic!("{slug} {key}: {e}"))
            .url
            .to_string()
    })
}

fn body(request: &RequestParts) -> Value {
    serde_json::from_slice(request.body.as_deref().unwrap()).unwrap()
}

fn text(request: &RequestParts) -> &str {
    std::str::from_utf8(request.body.as_deref().unwrap()).unwrap()
}

fn line(request: &RequestParts) -> String {
    format!("{} {}", request.method, request.url)
}

#[test]
fn graphql_leaves_out_what_is_not_given() {
    let sent = body(&action(
        "linear",
        "create_issue",
        &json!({"team": "T", "title": "a \"b\" {c}"}),
    ));
    assert_eq!(
        sent["variables"],
        json!({"input": {"teamId": "T", "title": "a \"b\" {c}"}})
    );
    let sent = body(&action("linear", "find_issues", &json!({"text": "x"})));
    assert_eq!(
        sent["variables"],
        json!({"first": 50, "filter": {"searchableContent": {"contains": "x"}}})
    );
    let sent = body(&action("linear", "find_issues", &json!({})));
    assert_eq!(sent["variables"], json!({"first": 50}));
    // Column values are JSON in text.
    let input = json!({"board": "1", "name": "n", "values": {"status": {"label": "Done"}}});
    let sent = body(&action("monday", "create_item", &input));
    assert_eq!(
        sent["variables"]["values"],
        json!("{\"status\":{\"label\":\"Done\"}}")
    );
    let sent = body(&action(
        "monday",
        "create_item",
        &json!({"board": "1", "name": "n"}),
    ));
    assert_eq!(sent["variables"], json!({"board": "1", "name": "n"}));
}

#[test]
fn a_task_goes_into_a_project_or_into_a_section_of_it() {
    let sent = |input: Value| body(&action("asana", "create_task", &input))["data"].clone();
    assert_eq!(
        sent(json!({"workspace": "W", "project": "P", "name": "n"})),
        json!({"workspace": "W", "projects": ["P"], "name": "n"})
    );
    assert_eq!(
        sent(json!({"workspace": "W", "project": "P", "section": "S", "name": "n"})),
        json!({"workspace": "W", "memberships": [{"project": "P", "section": "S"}], "name": "n"})
    );
    let listed = action(
        "asana",
        "list_tasks",
        &json!({"project": "P", "open": false}),
    );
    assert!(!listed.url.as_str().contains("completed_since"));
}

#[test]
fn clickup_counts_milliseconds_and_keeps_lists_in_folders_or_spaces() {
    let input = json!({"list": "9", "name": "n", "due": "2026-09-21T14:13:20Z"});
    let sent = body(&action("clickup", "create_task", &input));
    assert_eq!(sent, json!({"name": "n", "due_date": NOW * 1000}));
    let sent = body(&action(
        "clickup",
        "update_task",
        &json!({"task": "t", "add_assignees": [5]}),
    ));
    assert_eq!(sent, json!({"assignees": {"add": [5], "rem": []}}));
    let base = "https://api.clickup.com/api/v2";
    assert_eq!(
        list("clickup", "lists", &json!({"space": "1"})),
        format!("{base}/space/1/list?archived=false")
    );
    let clickup = app("clickup");
    let outside = json!({"space": "1", "folder": "2/../3"});
    let refused = with(&clickup, &outside, None, |context, hosts| {
        clickup.options_request(&clickup.options["lists"], context, hosts)
    });
    assert!(refused.is_err());
    let since = trigger("clickup", "new_task", &json!({"list": "9"}), None);
    assert!(
        since
            .url
            .query()
            .unwrap()
            .contains(&format!("date_created_gt={}", (NOW - 60) * 1000))
    );
}

#[test]
fn dropbox_takes_its_argument_in_the_query_and_bytes_in_the_body() {
    let sent = action(
        "dropbox",
        "upload_text",
        &json!({"path": "/Ü/a.txt", "content": "ß"}),
    );
    assert_eq!(sent.url.host_str(), Some("content.dropboxapi.com"));
    let (_, argument) = sent.url.query_pairs().next().unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(&argument).unwrap(),
        json!({"path": "/Ü/a.txt", "mode": "add", "autorename": true})
    );
    assert_eq!(text(&sent), "ß");
    assert!(sent.headers.contains(&(
        "Content-Type".to_owned(),
        "application/octet-stream".to_owned()
    )));

    let first = trigger("dropbox", "new_file", &json!({}), None);
    assert!(
        first
            .url
            .path()
            .ends_with("/files/list_folder/get_latest_cursor")
    );
    assert_eq!(body(&first), json!({"path": "", "recursive": true}));
    let next = trigger("dropbox", "new_file", &json!({}), Some(&json!("AAA")));
    assert!(next.url.path().ends_with("/files/list_folder/continue"));
    assert_eq!(body(&next), json!({"cursor": "AAA"}));
}

#[test]
fn box_knows_its_root_as_zero() {
    assert!(
        line(&action("box", "list_folder", &json!({})))
            .starts_with("GET https://api.box.com/2.0/folders/0/items?limit=100")
    );
    let sent = body(&action(
        "box",
        "create_folder",
        &json!({"name": "n", "folder": "77"}),
    ));
    assert_eq!(sent, json!({"name": "n", "parent": {"id": "77"}}));
    let sent = body(&action(
        "box",
        "move_file",
        &json!({"file": "1", "name": "n"}),
    ));
    assert_eq!(sent, json!({"name": "n"}));
}

#[test]
fn calendly_is_asked_for_a_person_or_for_everybody() {
    let mine = action("calendly", "list_events", &json!({}));
    let query = mine.url.query().unwrap();
    assert!(
        query.contains("user=user-1") && !query.contains("organization="),
        "{query}"
    );
    let all = action("calendly", "list_events", &json!({"everybody": true}));
    let query = all.url.query().unwrap();
    assert!(
        query.contains("organization=organization-1") && !query.contains("user="),
        "{query}"
    );
}

#[test]
fn mailchimp_knows_subscribers_by_their_address_in_small_letters() {
    let input = json!({"list": "L", "email": "Ana+x@Acme.com", "first_name": "Ana", "fields": {"PHONE": "1"}});
    let sent = action("mailchimp", "save_member", &input);
    assert_eq!(
        line(&sent),
        "PUT https://us19.api.mailchimp.com/3.0/lists/L/members/ana%2Bx%40acme.com"
    );
    assert_eq!(
        body(&sent),
        json!({"email_address": "Ana+x@Acme.com", "status_if_new": "subscribed", "merge_fields": {"PHONE": "1", "FNAME": "Ana"}})
    );
    let input = json!({"list": "L", "email": "a@b.c", "tags": ["x\"y", "z"], "remove": true});
    assert_eq!(
        body(&action("mailchimp", "add_tags", &input)),
        json!({"tags": [{"name": "x\"y", "status": "inactive"}, {"name": "z", "status": "inactive"}]})
    );
}

#[test]
fn webflow_makes_slugs_itself_unless_one_is_given() {
    let sent = action(
        "webflow",
        "create_item",
        &json!({"collection": "C", "name": "n", "fields": {"color": "red"}}),
    );
    assert_eq!(
        line(&sent),
        "POST https://api.webflow.com/v2/collections/C/items"
    );
    assert_eq!(
        body(&sent),
        json!({"isDraft": false, "fieldData": {"color": "red", "name": "n"}})
    );
    let sent = action(
        "webflow",
        "create_item",
        &json!({"collection": "C", "name": "n", "slug": "s", "live": true}),
    );
    assert!(line(&sent).ends_with("/collections/C/items/live"));
    assert_eq!(body(&sent)["fieldData"], json!({"name": "n", "slug": "s"}));
    let sent = action(
        "webflow",
        "update_item",
        &json!({"collection": "C", "item": "I", "fields": {"a": 1}}),
    );
    assert!(line(&sent).ends_with("/collections/C/items/I"));
}

#[test]
fn whatsapp_numbers_the_values_of_a_template() {
    let input =
        json!({"to": "49301", "template": "hello", "language": "de", "values": ["Ana \"A\"", "7"]});
    let sent = body(&action("whatsapp-business", "send_template", &input));
    assert_eq!(
        sent["template"],
        json!({"name": "hello", "language": {"code": "de"}, "components": [{"type": "body", "parameters": [
            {"type": "text", "text": "Ana \"A\""}, {"type": "text", "text": "7"}]}]})
    );
    let input = json!({"to": "49301", "template": "hello", "language": "de"});
    let sent = body(&action("whatsapp-business", "send_template", &input));
    assert_eq!(
        sent["template"],
        json!({"name": "hello", "language": {"code": "de"}})
    );
    let input =
        json!({"to": "49301", "kind": "audio", "link": "https://a.example/x.ogg", "caption": "no"});
    let sent = body(&action("whatsapp-business", "send_media", &input));
    assert_eq!(sent["audio"], json!({"link": "https://a.example/x.ogg"}));
}

#[test]
fn supabase_filters_stand_in_the_query() {
    let input = json!({"table": "customers", "filter": {"id": "eq.7"}, "order": "id.desc"});
    let sent = action("supabase", "find_rows", &input);
    assert_eq!(
        line(&sent),
        "GET https://abcdefghijklmnopqrst.supabase.co/rest/v1/customers?id=eq.7&select=%2A&order=id.desc&limit=100"
    );
    let sent = action("supabase", "find_rows", &json!({"table": "customers"}));
    assert!(line(&sent).ends_with("/customers?select=%2A&limit=100"));
    let sent = action(
        "supabase",
        "insert_row",
        &json!({"table": "t", "row": {"a": 1}, "upsert": true}),
    );
    assert!(sent.headers.contains(&(
        "Prefer".to_owned(),
        "return=representation,resolution=merge-duplicates".to_owned()
    )));
    let sent = trigger(
        "supabase",
        "new_row",
        &json!({"table": "t", "column": "made"}),
        Some(&json!("2026-01-01T00:00:00Z")),
    );
    let query = sent.url.query().unwrap();
    assert!(
        query.contains("order=made.desc&made=gte.2026-01-01T00%3A00%3A00Z"),
        "{query}"
    );
    let all = app("supabase").actions["delete_rows"]
        .input
        .check(&json!({"table": "t", "filter": {}}));
    assert!(all.is_err(), "no filter would delete every row");
}

#[test]
fn twilio_is_written_as_a_form() {
    let sent = action(
        "twilio",
        "send_sms",
        &json!({"to": "+49301", "from": "+1555", "body": "hi & bye"}),
    );
    assert_eq!(
        line(&sent),
        "POST https://api.twilio.com/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages.json"
    );
    assert_eq!(text(&sent), "To=%2B49301&From=%2B1555&Body=hi+%26+bye");
    let sent = action("twilio", "list_messages", &json!({"since": "2026-11-01"}));
    assert_eq!(sent.url.query(), Some("DateSent%3E=2026-11-01&PageSize=50"));
    let sent = action("twilio", "look_up_number", &json!({"number": "+49301"}));
    assert_eq!(
        line(&sent),
        "GET https://lookups.twilio.com/v2/PhoneNumbers/%2B49301"
    );
}

#[test]
fn woocommerce_wants_objects_for_categories() {
    let input = json!({"name": "n", "price": "1.50", "stock": 3, "categories": [4, 5]});
    assert_eq!(
        body(&action("woocommerce", "create_product", &input)),
        json!({"name": "n", "type": "simple", "regular_price": "1.50", "manage_stock": true, "stock_quantity": 3,
            "categories": [{"id": 4}, {"id": 5}]})
    );
    assert_eq!(
        body(&action(
            "woocommerce",
            "create_product",
            &json!({"name": "n"})
        )),
        json!({"name": "n", "type": "simple"})
    );
}

#[test]
fn mixpanel_counts_an_event_of_the_same_id_once() {
    let input = json!({"event": "Signed up", "distinct_id": "u1", "insert_id": "i1", "time": "2026-09-21T14:13:20Z", "properties": {"plan": "pro"}});
    let sent = action("mixpanel", "import_event", &input);
    assert_eq!(
        line(&sent),
        "POST https://api.mixpanel.com/import?strict=1&project_id=1234567"
    );
    assert_eq!(
        body(&sent),
        json!([{"event": "Signed up", "properties": {"plan": "pro", "distinct_id": "u1", "time": NOW, "$insert_id": "i1"}}])
    );
}

#[test]
fn text_or_html_stands_under_a_name_of_its_own() {
    let input = |html: bool| json!({"from": "a@b.c", "to": "d@e.f", "subject": "s", "body": "b", "html": html});
    let sent = body(&action("sendgrid", "send_email", &input(true)));
    assert_eq!(
        sent["content"],
        json!([{"type": "text/html", "value": "b"}])
    );
    assert_eq!(
        sent["personalizations"],
        json!([{"to": [{"email": "d@e.f"}]}])
    );
    let sent = body(&action("mailjet", "send_email", &input(false)));
    assert_eq!(sent["Messages"][0]["TextPart"], "b");
    assert!(sent["Messages"][0].get("HTMLPart").is_none());
    let mut input = input(false);
    input["domain"] = json!("mg.acme.com");
    let sent = action("mailgun", "send_email", &input);
    assert_eq!(text(&sent), "from=a%40b.c&to=d%40e.f&subject=s&text=b");
}

#[test]
fn dates_are_written_as_each_app_wants_them() {
    let input = json!({"list": "L", "title": "t", "due": "2026-12-31T17:00:00+01:00"});
    assert_eq!(
        body(&action("microsoft-todo", "create_task", &input))["dueDateTime"],
        json!({"dateTime": "2026-12-31T16:00:00", "timeZone": "UTC"})
    );
    let input = json!({"title": "t", "due": "2026-12-31T17:00:00Z"});
    assert_eq!(
        body(&action("ticktick", "create_task", &input))["dueDate"],
        "2026-12-31T17:00:00+0000"
    );
    let sent = trigger(
        "surveymonkey",
        "new_response",
        &json!({"survey": "1"}),
        None,
    );
    assert!(
        sent.url
            .query()
            .unwrap()
            .starts_with("start_modified_at=2026-09-21T14%3A13%3A20&")
    );
    let sent = trigger("wrike", "new_task", &json!({}), None);
    let (name, value) = sent.url.query_pairs().next().unwrap();
    assert_eq!(
        (&*name, &*value),
        ("createdDate", "{\"start\":\"2026-09-21T14:13:20Z\"}")
    );
}

#[test]
fn a_page_of_onenote_cannot_close_its_title() {
    let sent = action(
        "microsoft-onenote",
        "create_page",
        &json!({"section": "S", "title": "a</title>&b", "body": "<p>x</p>"}),
    );
    assert_eq!(
        text(&sent),
        "<!DOCTYPE html><html><head><title>a&lt;/title>&amp;b</title></head><body><p>x</p></body></html>"
    );
}
