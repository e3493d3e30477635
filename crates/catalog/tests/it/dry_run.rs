//! Requests shown without being sent.

use patchbay_catalog::{
    App, Catalog, DryCall, DryRun, DryRunCalls, DryRunError, DryRunRequest, check_text,
};
use serde_json::json;

use crate::{app, settings};

fn shown(app: &App, wanted: &DryRunRequest<'_>) -> Vec<DryRun> {
    let wanted = DryRunRequest {
        redirect_uri: "https://patchbay.example/oauth/callback/app".to_owned(),
        ..wanted.clone()
    };
    app.dry_run(&wanted)
        .unwrap_or_else(|error| panic!("{}: {error}", app.slug))
}

fn call<'r>(run: &'r DryRun, name: &str) -> &'r DryCall {
    run.calls
        .iter()
        .find(|call| call.name == name)
        .unwrap_or_else(|| panic!("no {name}"))
}

fn header<'c>(call: &'c DryCall, name: &str) -> &'c str {
    let found = call
        .headers
        .iter()
        .find(|(n, _)| n.eq_ignore_ascii_case(name));
    found.map_or("", |(_, value)| value)
}

#[test]
fn every_request_of_every_app_is_shown() {
    let catalog = Catalog::embedded();
    let mut problems = Vec::new();
    for slug in catalog.slugs() {
        let app = catalog.get(slug).unwrap();
        let wanted = DryRunRequest {
            calls: DryRunCalls::All,
            ..DryRunRequest::default()
        };
        for run in shown(&app, &wanted) {
            for call in run.calls {
                if let Some(error) = call.error {
                    problems.push(format!("{slug} {}: {}: {error}", run.method, call.name));
                }
                let text = format!("{} {:?} {:?}", call.url, call.headers, call.body);
                assert!(!text.contains("zq9xph0"), "{slug} {}: {text}", call.name);
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn an_oauth_method_shows_how_it_connects() {
    let runs = shown(&app("github"), &DryRunRequest::default());
    let run = &runs[0];
    let authorize = call(run, "authorize");
    assert!(
        authorize.url.contains("client_id=‹client_id›"),
        "{}",
        authorize.url
    );
    assert!(authorize.url.contains("state=‹state›"), "{}", authorize.url);
    let token = call(run, "token");
    let body = token.body.as_deref().unwrap();
    assert!(body.contains("code=‹code›"), "{body}");
    let verify = call(run, "verify");
    assert_eq!(header(verify, "Authorization"), "Bearer ‹access_token›");
}

#[test]
fn basic_halves_are_readable() {
    let wanted = DryRunRequest {
        method: Some("basic"),
        settings: settings(json!({"subdomain": "acme"})),
        ..DryRunRequest::default()
    };
    let runs = shown(
        &app("sandbox-basic"),
        &DryRunRequest {
            settings: settings(json!({})),
            ..wanted
        },
    );
    let verify = call(&runs[0], "verify");
    assert_eq!(
        header(verify, "Authorization"),
        "Basic base64(‹username›:‹password›)"
    );
}

#[test]
fn an_actions_request_is_the_one_of_its_input() {
    let app = app("sandbox-key");
    let wanted = DryRunRequest {
        calls: DryRunCalls::Action("create_contact"),
        ..DryRunRequest::default()
    };
    let runs = shown(&app, &wanted);
    assert_eq!((runs.len(), runs[0].calls.len()), (1, 1));
    let body = runs[0].calls[0].body.as_deref();
    assert_eq!(body, Some(r#"{"name":"‹name›","email":"‹email›"}"#));
    let given = DryRunRequest {
        input: Some(json!({"name": "Ana", "email": "a@b.c"})),
        ..wanted.clone()
    };
    let runs = shown(&app, &given);
    assert_eq!(
        runs[0].calls[0].body.as_deref(),
        Some(r#"{"name":"Ana","email":"a@b.c"}"#)
    );
    assert_eq!(header(&runs[0].calls[0], "X-Api-Key"), "‹api_key›");

    let wrong = app.dry_run(&DryRunRequest {
        input: Some(json!({"name": "Ana"})),
        ..wanted
    });
    assert!(matches!(wrong, Err(DryRunError::Input(_))), "{wrong:?}");
    let unknown = app.dry_run(&DryRunRequest {
        calls: DryRunCalls::Trigger("nothing"),
        ..DryRunRequest::default()
    });
    assert_eq!(
        unknown.unwrap_err().to_string(),
        "Sandbox (API key) has no trigger `nothing`; it has: new_contact"
    );
}

#[test]
fn what_is_signed_is_shown_before_it_is() {
    let runs = shown(&app("ghost"), &DryRunRequest::default());
    let token = &runs[0].calls[0];
    assert_eq!(token.name, "signed token");
    let body = token.body.as_deref().unwrap_or_default();
    assert!(body.contains(r#""aud":"/admin/""#), "{body}");
    assert!(body.contains("‹now + 240 s›"), "{body}");
    let wanted = DryRunRequest {
        method: Some("jwt_bearer"),
        ..DryRunRequest::default()
    };
    let runs = shown(&app("github"), &wanted);
    let body = runs[0].calls[0].body.as_deref().unwrap_or_default();
    assert!(body.contains(r#""iss":"123456""#), "{body}");
}

#[test]
fn settings_are_held_to_their_patterns() {
    let app = app("zendesk");
    let wanted = |value: &str| DryRunRequest {
        settings: settings(json!({"subdomain": value})),
        ..DryRunRequest::default()
    };
    assert_eq!(shown(&app, &wanted("acme"))[0].hosts, ["acme.zendesk.com"]);
    let refused = app.dry_run(&wanted("evil.example/"));
    assert!(
        matches!(refused, Err(DryRunError::Settings(_))),
        "{refused:?}"
    );
}

#[test]
fn what_cannot_be_rendered_says_why() {
    let text = r#"slug: odd
name: Odd
category: developer
base_url: https://api.example.com
hosts: [api.example.com]
auth: [{method: api_key, attach: {header: {X-Key: "{{ credential.api_key }}"}}}]
actions:
  ask: {title: Ask, input: {type: object, properties: {path: {type: string}}}, request: "GET /{{ input.path }}"}
"#;
    let app = check_text("odd.yaml", text).unwrap();
    let wanted = DryRunRequest {
        calls: DryRunCalls::Action("ask"),
        input: Some(json!({"path": ".."})),
        ..DryRunRequest::default()
    };
    let runs = shown(&app, &wanted);
    let error = runs[0].calls[0].error.as_deref().unwrap_or_default();
    assert!(error.contains("would lead elsewhere"), "{error}");
}
