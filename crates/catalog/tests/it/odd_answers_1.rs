//! Odd answers of Zoho, Pipedrive, QuickBooks, Jira, Confluence, Xero, Docusign, Harvest, PayPal, Jotform, Firecrawl and Fireflies.

use patchbay_catalog::{Answer, App, DiscoverError, Settings, TokenAnswer, TokenFailure};
use serde_json::{Value, json};

use crate::{app, settings};

const NOW: i64 = 1_790_000_000;

fn token(app: &App, body: &Value) -> Result<TokenAnswer, TokenFailure> {
    let kind = [("content-type", "application/json")];
    let method = app.method("oauth2").unwrap();
    app.token_answer(method, 200, &kind, body.to_string().as_bytes(), NOW)
}

fn answer(status: u16, body: &Value) -> Answer {
    Answer::new(
        status,
        [("Content-Type", "application/json")],
        body.to_string().as_bytes(),
    )
}

fn redirect(app: &App, query: &[(&str, &str)]) -> Result<Settings, String> {
    let query: Vec<(String, String)> = query
        .iter()
        .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
        .collect();
    app.callback_settings(app.method("oauth2").unwrap(), &query)
        .map_err(|e| format!("{e:?}"))
}

fn learnt(app: &App, known: Value, body: &Value) -> Result<Settings, DiscoverError> {
    let method = app.method("oauth2").unwrap();
    app.discovered(&method.discover[0], &settings(known), &answer(200, body))
}

#[test]
fn zoho_says_no_with_status_200() {
    let failure = token(&app("zoho-crm"), &json!({"error": "invalid_code"}));
    let failure = failure.err().expect("an error is no token");
    assert_eq!(failure.error.as_deref(), Some("invalid_code"));
}

#[test]
fn zoho_names_the_host_of_its_data() {
    let zoho = app("zoho-crm");
    let body = |domain: &str| json!({"access_token": "1000.a", "refresh_token": "1000.r", "expires_in": 3600, "api_domain": domain});
    let Ok(answer) = token(&zoho, &body("https://www.zohoapis.eu")) else {
        panic!("no token");
    };
    assert_eq!(
        Value::Object(answer.keep.clone()),
        json!({"api_host": "www.zohoapis.eu"})
    );
    assert!(token(&zoho, &body("https://zohoapis.eu.evil.example")).is_err());
    assert!(token(&zoho, &json!({"access_token": "1000.a"})).is_err());

    let code = [("code", "c"), ("location", "eu")];
    assert!(redirect(&zoho, &code).unwrap().is_empty());
    let with = |server| redirect(&zoho, &[("code", "c"), ("accounts-server", server)]);
    assert_eq!(
        Value::Object(with("https://accounts.zoho.eu").unwrap()),
        json!({"accounts_host": "accounts.zoho.eu"})
    );
    assert!(with("https://accounts.zoho.eu.evil.example").is_err());
}

#[test]
fn zoho_refuses_records_with_status_200() {
    let body = json!({"data": [{"status": "error", "code": "MANDATORY_NOT_FOUND", "message": "required field not found"}]});
    let failure = app("zoho-crm").call_failure(&answer(200, &body)).unwrap();
    assert!(!failure.unauthorized);
    assert_eq!(failure.message.as_deref(), Some("required field not found"));
    let body = json!({"data": [{"status": "success", "details": {"id": "1"}}]});
    assert_eq!(app("zoho-crm").call_failure(&answer(200, &body)), None);
    let body = json!({"code": "INVALID_TOKEN", "message": "invalid oauth token"});
    let failure = app("zoho-crm").call_failure(&answer(401, &body)).unwrap();
    assert!(failure.unauthorized);
}

#[test]
fn pipedrive_names_the_host_of_the_company() {
    let pipedrive = app("pipedrive");
    let body = |domain: &str| json!({"access_token": "v1u:a", "refresh_token": "1:2:r", "expires_in": 3599, "scope": "base", "api_domain": domain});
    let Ok(answer) = token(&pipedrive, &body("https://acme.pipedrive.com")) else {
        panic!("no token");
    };
    assert_eq!(
        Value::Object(answer.keep),
        json!({"api_host": "acme.pipedrive.com"})
    );
    assert!(token(&pipedrive, &body("https://evil.example")).is_err());
}

#[test]
fn quickbooks_names_the_company_in_the_redirect() {
    let quickbooks = app("quickbooks");
    let good = redirect(
        &quickbooks,
        &[("code", "c"), ("realmId", "9130347957983000")],
    );
    assert_eq!(
        Value::Object(good.unwrap()),
        json!({"realm_id": "9130347957983000"})
    );
    assert!(redirect(&quickbooks, &[("code", "c")]).is_err());
    assert!(redirect(&quickbooks, &[("code", "c"), ("realmId", "1/../2")]).is_err());
}

#[test]
fn quickbooks_may_fault_with_status_200() {
    let body = json!({"Fault": {"Error": [{"Message": "Duplicate Name", "Detail": "The name supplied already exists."}], "type": "ValidationFault"}});
    let failure = app("quickbooks").call_failure(&answer(200, &body)).unwrap();
    assert!(!failure.unauthorized);
    assert_eq!(
        failure.message.as_deref(),
        Some("The name supplied already exists.")
    );
}

#[test]
fn atlassian_sites_are_chosen_by_name() {
    let sites = json!([
        {"id": "c-1", "url": "https://acme.atlassian.net", "name": "acme"},
        {"id": "c-2", "url": "https://other.atlassian.net", "name": "other"}
    ]);
    for slug in ["jira", "confluence"] {
        let app = app(slug);
        let cloud = |known| learnt(&app, known, &sites).unwrap()["cloud_id"].clone();
        assert_eq!(cloud(json!({})), "c-1", "{slug}");
        assert_eq!(cloud(json!({"choose_site": "other"})), "c-2", "{slug}");
        for (known, body) in [
            (json!({"choose_site": "third"}), &sites),
            (json!({}), &json!([])),
        ] {
            let Err(DiscoverError::Nothing(said)) = learnt(&app, known, body) else {
                panic!("{slug}: a site was found");
            };
            assert!(said.contains("site"), "{said}");
        }
    }
}

#[test]
fn xero_organisations_are_chosen_by_name() {
    let xero = app("xero");
    let body = json!([
        {"tenantId": "p-0", "tenantType": "PRACTICE", "tenantName": "Books & Co"},
        {"tenantId": "t-1", "tenantType": "ORGANISATION", "tenantName": "Acme Ltd"},
        {"tenantId": "t-2", "tenantType": "ORGANISATION", "tenantName": "Other Ltd"}
    ]);
    let tenant = |known| learnt(&xero, known, &body).unwrap()["tenant_id"].clone();
    assert_eq!(tenant(json!({})), "t-1");
    assert_eq!(tenant(json!({"organisation": "Other Ltd"})), "t-2");
    assert!(learnt(&xero, json!({"organisation": "Third"}), &body).is_err());
}

#[test]
fn docusign_accounts_have_hosts_of_their_own() {
    let docusign = app("docusign");
    let account = |default: bool, id: &str, uri: &str| json!({"account_id": id, "is_default": default, "base_uri": uri});
    let body = |uri: &str| json!({"accounts": [account(false, "a-1", "https://na2.docusign.net"), account(true, "a-2", uri)]});
    let good = learnt(&docusign, json!({}), &body("https://eu1.docusign.net")).unwrap();
    assert_eq!(
        Value::Object(good),
        json!({"account_id": "a-2", "api_host": "eu1.docusign.net"})
    );
    assert!(
        learnt(
            &docusign,
            json!({}),
            &body("https://docusign.net.evil.example")
        )
        .is_err()
    );
    let harvest =
        json!({"accounts": [{"id": 1, "product": "forecast"}, {"id": 2, "product": "harvest"}]});
    let good = learnt(&app("harvest"), json!({}), &harvest).unwrap();
    assert_eq!(good["account_id"], json!(2));
}

#[test]
fn what_verify_tells_of_an_account() {
    let read = |slug: &str, status, body: &Value| {
        app(slug).verification(&answer(status, body), &Settings::new())
    };
    // PayPal may keep from an app who it belongs to; its credentials work all the same.
    assert!(read("paypal", 403, &json!({"name": "NOT_AUTHORIZED"})).ok);
    assert!(!read("paypal", 401, &json!({"error": "invalid_token"})).ok);
    let body = json!({"user_id": "u", "payer_id": "P1", "emails": [{"value": "a@x.example"}, {"value": "b@x.example", "primary": true}]});
    let account = read("paypal", 200, &body).account;
    assert_eq!(account.id.as_deref(), Some("P1"));
    assert_eq!(account.label.as_deref(), Some("b@x.example"));
    // Attio knows no error status for a token it does not know.
    assert!(!read("attio", 200, &json!({"active": false})).ok);
    // Confluence lets everybody ask who they are.
    assert!(!read("confluence", 200, &json!({"type": "anonymous"})).ok);
    // A Google account need not have a channel.
    let account = read("youtube", 200, &json!({"items": []}));
    assert!(account.ok && account.account.label.is_none());
}

#[test]
fn failures_with_status_200() {
    let failure = |slug: &str, body: &Value| app(slug).call_failure(&answer(200, body));
    let refused = failure(
        "jotform",
        &json!({"responseCode": 401, "message": "You're not authorized"}),
    );
    assert!(refused.unwrap().unauthorized);
    let failed = failure(
        "firecrawl",
        &json!({"success": false, "error": "No such page"}),
    );
    assert_eq!(failed.unwrap().message.as_deref(), Some("No such page"));
    let refused = failure(
        "fireflies",
        &json!({"errors": [{"code": "auth_failed", "message": "Invalid key"}]}),
    );
    assert!(refused.unwrap().unauthorized);
    assert_eq!(failure("fireflies", &json!({"data": {"user": null}})), None);
}
