use patchbay_catalog::FieldProblem;
use serde_json::json;

use crate::{app, settings};

fn names(problems: &[FieldProblem]) -> Vec<&str> {
    problems.iter().map(|p| p.field.as_str()).collect()
}

#[test]
fn settings_are_checked_on_the_server() {
    let zendesk = app("zendesk");
    let method = zendesk.method("api_key").unwrap();
    let check = |value| zendesk.settings_check(method, &settings(value));
    assert_eq!(
        check(json!({"subdomain": " acme "})).unwrap(),
        settings(json!({"subdomain": "acme"}))
    );
    for bad in [
        "evil.example/",
        "a.b",
        "ACME",
        "acme\n",
        "a@b",
        "",
        "-a",
        "acme\n.evil",
    ] {
        let result = check(json!({"subdomain": bad}));
        if bad.trim() == "acme" {
            assert!(result.is_ok());
        } else {
            assert_eq!(names(&result.unwrap_err()), ["subdomain"], "{bad}");
        }
    }
    assert_eq!(names(&check(json!({})).unwrap_err()), ["subdomain"]);
    assert_eq!(
        names(&check(json!({"subdomain": "a", "x": "y"})).unwrap_err()),
        ["x"]
    );
    assert_eq!(
        names(&check(json!({"subdomain": 7})).unwrap_err()),
        ["subdomain"]
    );
    assert_eq!(
        names(&check(json!({"subdomain": "a".repeat(5000)})).unwrap_err()),
        ["subdomain"]
    );
}

#[test]
fn defaults_and_optional_settings() {
    let salesforce = app("salesforce");
    let method = &salesforce.auth[0];
    let given = salesforce
        .settings_check(method, &settings(json!({})))
        .unwrap();
    assert_eq!(
        given,
        settings(json!({"login_host": "login.salesforce.com"}))
    );
    for host in [
        "test.salesforce.com",
        "acme.my.salesforce.com",
        "acme--uat.sandbox.my.salesforce.com",
    ] {
        salesforce
            .settings_check(method, &settings(json!({"login_host": host})))
            .unwrap();
    }
    for host in [
        "evil.example",
        "login.salesforce.com.evil.example",
        "evil.example/.my.salesforce.com",
        "xlogin.salesforce.com",
    ] {
        assert!(
            salesforce
                .settings_check(method, &settings(json!({"login_host": host})))
                .is_err(),
            "{host}"
        );
    }
    let http = app("http");
    let bearer = http.method("api_key").unwrap();
    assert_eq!(
        http.settings_of(bearer)
            .map(|s| s.name.as_str())
            .collect::<Vec<_>>(),
        ["base_url", "check_path"]
    );
    let oauth = http.method("oauth2_client_credentials").unwrap();
    let given = json!({"base_url": "https://api.example.com", "token_url": "https://login.example.com/token"});
    let checked = http.settings_check(oauth, &settings(given)).unwrap();
    assert!(http.scopes(oauth, &checked).unwrap().is_empty());
    for bad in [
        "api.example.com",
        "ftp://a",
        "https://u@a",
        "https://a b",
        "https://",
        "https://a\\@b",
        "https://a?b",
        "https://a#b",
    ] {
        assert!(
            http.settings_check(bearer, &settings(json!({"base_url": bad})))
                .is_err(),
            "{bad}"
        );
    }
}

#[test]
fn c2_api_key_form_is_checked_without_showing_the_key() {
    let stripe = app("stripe");
    let method = stripe.method("api_key").unwrap();
    let check = |value| method.fields_check(&settings(value));
    assert_eq!(
        check(json!({"api_key": " sk_live_1 \n"})).unwrap(),
        [("api_key".to_owned(), "sk_live_1".to_owned())]
    );
    for bad in [
        json!({"api_key": "pk_wrong"}),
        json!({"api_key": ""}),
        json!({}),
        json!({"api_key": null}),
        json!({"api_key": ["x"]}),
    ] {
        let problems = check(bad).unwrap_err();
        assert_eq!(names(&problems), ["api_key"]);
        assert!(
            !problems[0].message.contains("pk_wrong"),
            "{}",
            problems[0].message
        );
    }
    assert_eq!(
        names(&check(json!({"api_key": "sk_live_1", "extra": "x"})).unwrap_err()),
        ["extra"]
    );
    assert_eq!(
        names(&check(json!({"api_key": format!("sk_live_{}", "x".repeat(20_000))})).unwrap_err()),
        ["api_key"]
    );
}

#[test]
fn c2_basic_form_keeps_spaces_in_passwords() {
    let basic = app("sandbox-basic");
    let fields = basic.auth[0]
        .fields_check(&settings(json!({"username": " ana ", "password": " p w "})))
        .unwrap();
    assert_eq!(
        fields,
        [
            ("username".to_owned(), "ana".to_owned()),
            ("password".to_owned(), " p w ".to_owned())
        ]
    );
}
