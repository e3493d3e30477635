//! What Google, Microsoft, Atlassian and other apps are sent, where it takes some making.

use data_encoding::BASE64;
use patchbay_catalog::{Answer, App, CallContext, Poll, RequestParts};
use serde_json::{Value, json};

use crate::{app, sample_settings};

const NOW: i64 = 1_790_000_000;

fn request(app: &App, key: &str, input: &Value) -> RequestParts {
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

fn sent(slug: &str, key: &str, input: &Value) -> Value {
    let request = request(&app(slug), key, input);
    serde_json::from_slice(request.body.as_deref().unwrap()).unwrap()
}

fn query(slug: &str, key: &str, input: &Value) -> Vec<(String, String)> {
    let request = request(&app(slug), key, input);
    request.url.query_pairs().into_owned().collect()
}

fn poll(slug: &str, key: &str, input: &Value, cursor: Option<&Value>, body: &Value) -> Poll {
    let app = app(slug);
    let settings = sample_settings(&app);
    let mut context = CallContext {
        now: Some(NOW),
        ..CallContext::new(&settings).with_input(input)
    };
    if let Some(cursor) = cursor {
        context = context.with_cursor(cursor);
    }
    let kind = [("Content-Type", "application/json")];
    let answer = Answer::new(200, kind, body.to_string().as_bytes());
    app.triggers[key].poll(&answer, &context)
}

fn ids(poll: &Poll) -> Vec<&str> {
    poll.items.iter().map(|item| item.id.as_str()).collect()
}

#[test]
fn a_drive_file_is_described_and_sent_in_one_request() {
    let content = "--patchbay\r\nÜber: \"x\"";
    let input = json!({"name": "a\"\r\n--patchbay.txt", "content": content, "folder": "F1"});
    let request = request(&app("google-drive"), "create_text_file", &input);
    assert!(request.headers.contains(&(
        "Content-Type".to_owned(),
        "multipart/related; boundary=patchbay".to_owned()
    )));
    let body = String::from_utf8(request.body.unwrap()).unwrap();
    let parts: Vec<&str> = body.split("--patchbay\r\n").collect();
    assert_eq!(parts.len(), 3, "{body}");
    let (_, described) = parts[1].split_once("\r\n\r\n").unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(described).unwrap(),
        json!({"name": "a\"\r\n--patchbay.txt", "parents": ["F1"], "mimeType": "text/plain"})
    );
    let (_, encoded) = parts[2].split_once("\r\n\r\n").unwrap();
    let encoded = encoded.strip_suffix("\r\n--patchbay--\r\n").unwrap();
    assert_eq!(
        BASE64.decode(encoded.as_bytes()).unwrap(),
        content.as_bytes()
    );
}

#[test]
fn drive_searches_cannot_be_broken_out_of() {
    let found = query(
        "google-drive",
        "find_files",
        &json!({"name": "a' or '1'='1", "folder": "F\\"}),
    );
    let q = &found.iter().find(|(name, _)| name == "q").unwrap().1;
    let words: Vec<&str> = q.split_whitespace().collect();
    assert_eq!(
        words.join(" "),
        r"trashed = false and name contains 'a\' or \'1\'=\'1' and 'F\\' in parents"
    );
}

#[test]
fn calendar_tells_days_from_times() {
    let days =
        json!({"calendar": "primary", "title": "T", "start": "2026-05-04", "end": "2026-05-05"});
    let body = sent("google-calendar", "create_event", &days);
    assert_eq!(body["start"], json!({"date": "2026-05-04"}));
    let times = json!({"calendar": "primary", "title": "T", "start": "2026-05-04T10:00:00Z",
        "end": "2026-05-04T11:00:00Z", "time_zone": "Europe/Berlin", "attendees": ["a@x.example"]});
    let body = sent("google-calendar", "create_event", &times);
    assert_eq!(
        body["start"],
        json!({"dateTime": "2026-05-04T10:00:00Z", "timeZone": "Europe/Berlin"})
    );
    assert_eq!(body["attendees"], json!([{"email": "a@x.example"}]));
    assert!(body.get("conferenceData").is_none());
    let change = json!({"calendar": "primary", "event": "e", "title": "T"});
    assert_eq!(
        sent("google-calendar", "update_event", &change),
        json!({"summary": "T"})
    );
}

#[test]
fn outlook_recipients_are_nested() {
    let input = json!({"to": ["a@x.example", "b@x.example"], "subject": "S", "body": "T"});
    assert_eq!(
        sent("microsoft-outlook", "send_email", &input),
        json!({
            "message": {
                "subject": "S",
                "body": {"contentType": "Text", "content": "T"},
                "toRecipients": [{"emailAddress": {"address": "a@x.example"}}, {"emailAddress": {"address": "b@x.example"}}]
            },
            "saveToSentItems": true
        })
    );
    let at = |input: &Value| {
        let request = request(&app("microsoft-outlook"), "find_emails", input);
        request.url.to_string()
    };
    assert_eq!(
        at(&json!({"search": "from:\"ana\""})),
        "https://graph.microsoft.com/v1.0/me/messages?%24search=%22from%3Aana%22&%24top=25"
    );
    assert!(
        at(&json!({"folder": "AAMk="})).contains("/me/mailFolders/AAMk%3D/messages?%24orderby=")
    );
}

#[test]
fn onedrive_paths_hold_names_as_they_are() {
    let input = json!({"name": "a b/ü?.txt", "content": "x"});
    let request = request(&app("onedrive"), "save_text_file", &input);
    assert_eq!(
        request.url.as_str(),
        "https://graph.microsoft.com/v1.0/me/drive/items/root:/a%20b%2F%C3%BC%3F.txt:/content"
    );
}

#[test]
fn jira_texts_are_documents() {
    let input = json!({"project": "SHOP", "type": "10001", "summary": "S", "description": "One \"x\"\n\nTwo"});
    let paragraph =
        |text: &str| json!({"type": "paragraph", "content": [{"type": "text", "text": text}]});
    assert_eq!(
        sent("jira", "create_issue", &input),
        json!({"fields": {
            "project": {"key": "SHOP"}, "issuetype": {"id": "10001"}, "summary": "S",
            "description": {"type": "doc", "version": 1, "content": [paragraph("One \"x\""), paragraph("Two")]}
        }})
    );
    let input = json!({"issue": "SHOP-1", "labels": ["a"]});
    assert_eq!(
        sent("jira", "update_issue", &input),
        json!({"fields": {"labels": ["a"]}})
    );
}

#[test]
fn quickbooks_queries_cannot_be_broken_out_of() {
    let found = query(
        "quickbooks",
        "find_customer",
        &json!({"email": "o'x@y.example"}),
    );
    assert_eq!(
        found[0].1,
        r"select * from Customer where PrimaryEmailAddr = 'o\'x@y.example'"
    );
}

#[test]
fn what_slides_into_a_list_is_no_news() {
    let deal = |id: i64, time: &str| json!({"id": id, "add_time": time});
    let none = json!({});
    let first = json!({"data": [deal(3, "2026-05-03T00:00:00Z"), deal(2, "2026-05-02T00:00:00Z")]});
    let began = poll("pipedrive", "new_deal", &none, None, &first);
    assert_eq!(ids(&began), ["3", "2"]);
    // One was deleted, so that an older one came up; another is new.
    let next = json!({"data": [deal(4, "2026-05-04T00:00:00Z"), deal(2, "2026-05-02T00:00:00Z"), deal(1, "2026-05-01T00:00:00Z")]});
    let went_on = poll("pipedrive", "new_deal", &none, began.cursor.as_ref(), &next);
    assert_eq!(ids(&went_on), ["4"]);
    assert_eq!(went_on.cursor, Some(json!("2026-05-04T00:00:00Z")));
    // Nothing there, nothing forgotten.
    let empty = poll("pipedrive", "new_deal", &none, None, &json!({"data": []}));
    assert_eq!((empty.items.len(), empty.cursor), (0, None));
    let rows = json!({"results": [{"id": 8}, {"id": 7}]});
    let table = json!({"table": 1});
    let began = poll("baserow", "new_row", &table, None, &rows);
    assert_eq!(
        (ids(&began), &began.cursor),
        (vec!["8", "7"], &Some(json!(8)))
    );
}

#[test]
fn onedrive_follows_the_feed_of_changes() {
    let none = json!({});
    let link = "https://graph.microsoft.com/v1.0/me/drive/root/delta?token=2";
    let body = json!({
        "value": [
            {"id": "new", "file": {}, "createdDateTime": "2026-09-21T14:13:20Z"},
            {"id": "old", "file": {}, "createdDateTime": "2020-01-01T00:00:00Z"},
            {"id": "gone", "file": {}, "deleted": {}, "createdDateTime": "2026-09-21T14:13:20Z"},
            {"id": "folder", "folder": {}, "createdDateTime": "2026-09-21T14:13:20Z"}
        ],
        "@odata.deltaLink": link
    });
    let cursor = json!({"link": "https://graph.microsoft.com/v1.0/me/drive/root/delta?token=1", "at": "2026-09-21T14:00:00Z"});
    let news = poll("onedrive", "new_file", &none, Some(&cursor), &body);
    assert_eq!(ids(&news), ["new"]);
    assert_eq!(news.cursor.unwrap()["link"], link);
    let news = poll("onedrive", "changed_file", &none, Some(&json!(link)), &body);
    assert_eq!(news.items.len(), 2);
}
