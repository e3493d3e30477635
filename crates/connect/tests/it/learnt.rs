//! What connecting learns besides the token: from the redirect's query, and from second calls.

use patchbay_connect::{CallbackQuery, ConnectSessionView, SessionCreate};
use patchbay_model::AuthMethodKind;
use patchbay_store::connections::ConnectionRow;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::world::{KEY, World, form, good};

/// As QuickBooks, Zoho and the Selling Partner API send the browser back.
const REDIRECTED: &str = r#"
slug: redirected
name: Redirected
category: developer
base_url: http://{{ settings.api_host }}/company/{{ settings.realm_id }}
hosts: ["{{ settings.api_host }}"]
auth:
  - method: oauth2
    authorize_url: http://HOST/authorize
    token_url: http://{{ settings.accounts_host }}/token
    callback:
      code: spapi_oauth_code
      keep:
        realm_id: {path: realmId, required: true}
        accounts_host: {path: accounts-server, host_within: [127.0.0.1], required: true}
        api_host: {path: api_access_point, host_within: [127.0.0.1]}
verify:
  request: GET /me
  account: {id: "{{ response.body.id }}", label: "{{ response.body.email }}"}
"#;

/// As Jira, Mailchimp and DocuSign are asked for site, data centre and host.
const ASKED: &str = r#"
slug: asked
name: Asked
category: developer
base_url: http://{{ settings.api_host }}/ex/{{ settings.site_id }}
hosts: ["{{ settings.api_host }}"]
settings:
  - {name: site, title: Site, pattern: "[a-z]+", example: acme, required: false}
auth:
  - method: oauth2
    authorize_url: http://HOST/authorize
    token_url: http://HOST/token
    discover: &sites
      - request: GET http://HOST/oauth2/metadata
        attach: {header: {Authorization: "OAuth {{ credential.access_token }}"}}
        keep: {api_host: {path: api_endpoint, host_within: [127.0.0.1], required: true}}
      - request: GET http://HOST/accessible-resources
        items: "{{ response.body }}"
        where: "{{ not settings.site or item.name == settings.site }}"
        missing: This account may use no such site.
        keep: {site_id: {path: id, required: true}, site_name: name}
  - method: api_key
    base_url: http://HOST/plain
    hosts: ["HOST"]
    attach: {header: {Authorization: "Bearer {{ credential.api_key }}"}}
    discover:
      - request: GET /sites
        items: "{{ response.body.sites }}"
        keep: {site_name: name}
verify:
  request: GET /me
  account: {id: "{{ response.body.id }}", label: "{{ response.body.email }}"}
"#;

fn of(app: &str) -> SessionCreate {
    SessionCreate {
        app: Some(app.to_owned()),
        ..SessionCreate::default()
    }
}

fn me() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"id": "ana", "email": "ana@example.com"}))
}

async fn redirected(world: &World, more: &[(&str, &str)]) -> ConnectSessionView {
    let created = world
        .begin(&world.editor, of("redirected"))
        .await
        .expect("a connect session");
    let given = good(&created);
    let mut other: std::collections::BTreeMap<String, String> = more
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    other.insert("spapi_oauth_code".to_owned(), "good-code".to_owned());
    let query = CallbackQuery {
        code: None,
        other,
        ..given
    };
    world
        .come_back_to("redirected", Some(&world.editor), query)
        .await
        .expect("a callback");
    world.settled(&world.editor, &created.id).await
}

async fn world() -> World {
    World::of_apps(&[("redirected", REDIRECTED), ("asked", ASKED)]).await
}

fn row(view: ConnectSessionView) -> ConnectionRow {
    let error = view.error.map(|error| error.message);
    view.connection
        .unwrap_or_else(|| panic!("no connection: {error:?}"))
        .row
}

#[tokio::test]
async fn quickbooks_zoho_and_amazon_say_things_in_the_redirect_only() {
    let world = world().await;
    let host = world.provider.host();
    world
        .provider
        .answers("GET", "/company/9130/me", me())
        .await;
    let view = redirected(
        &world,
        &[
            ("realmId", "9130"),
            ("accounts-server", &host),
            ("api_access_point", &host),
            ("location", "us"),
        ],
    )
    .await;
    let row = row(view);
    assert_eq!(row.settings["realm_id"], "9130");
    assert_eq!(row.hosts, [host]);
    assert_eq!(row.settings.get("location"), None, "nothing else is kept");
    assert_eq!(row.account.id.as_deref(), Some("ana"));
}

#[tokio::test]
async fn s08_a_redirect_cannot_lead_token_or_code_elsewhere() {
    let world = world().await;
    let host = world.provider.host();
    for evil in [
        "evil.example",
        "127.0.0.1.evil.example",
        "127.0.0.1@evil.example",
    ] {
        let given = [
            ("realmId", "1"),
            ("accounts-server", evil),
            ("api_access_point", &*host),
        ];
        let view = redirected(&world, &given).await;
        let error = view.error.expect("an error");
        assert_eq!(error.code, "unexpected_answer");
        assert_eq!(
            error.message,
            "Redirected named a host outside 127.0.0.1 when it sent the browser back, so nothing was saved."
        );
    }
    for odd in ["../../other", "1?x=", "a b", "%2e%2e", ""] {
        let given = [
            ("realmId", odd),
            ("accounts-server", &*host),
            ("api_access_point", &*host),
        ];
        assert!(redirected(&world, &given).await.error.is_some(), "{odd:?}");
    }
    let view = redirected(&world, &[("accounts-server", &host)]).await;
    assert_eq!(
        view.error.expect("an error").message,
        "Redirected did not say `realmId` when it sent the browser back, without which there is no `realm_id`, so nothing was saved."
    );
    assert_eq!(world.provider.token_calls(), 0, "no code was exchanged");
}

async fn sites(world: &World, sites: Value) {
    let host = world.provider.host();
    let metadata =
        ResponseTemplate::new(200).set_body_json(json!({"dc": "us1", "api_endpoint": host}));
    world
        .provider
        .answers("GET", "/oauth2/metadata", metadata)
        .await;
    let answer = ResponseTemplate::new(200).set_body_json(sites);
    world
        .provider
        .answers("GET", "/accessible-resources", answer)
        .await;
}

async fn asked(world: &World, site: Option<&str>) -> ConnectSessionView {
    let mut request = of("asked");
    if let Some(site) = site {
        request.settings.insert("site".to_owned(), site.into());
    }
    let created = world
        .begin(&world.editor, request)
        .await
        .expect("a session");
    world
        .come_back_to("asked", Some(&world.editor), good(&created))
        .await
        .expect("a callback");
    world.settled(&world.editor, &created.id).await
}

#[tokio::test]
async fn mailchimp_and_jira_are_asked_for_host_and_site_after_connecting() {
    let world = world().await;
    sites(
        &world,
        json!([{"id": "s1", "name": "first"}, {"id": "s2", "name": "acme"}]),
    )
    .await;
    world.provider.answers("GET", "/ex/s1/me", me()).await;
    world.provider.answers("GET", "/ex/s2/me", me()).await;
    let first = row(asked(&world, None).await);
    assert_eq!(first.settings["site_id"], "s1");
    let chosen = row(asked(&world, Some("acme")).await);
    assert_eq!(chosen.settings["site_id"], "s2");
    assert_eq!(chosen.settings["site_name"], "acme");
    assert_eq!(chosen.hosts, [world.provider.host()]);
    let metadata = world.provider.sent_to("/oauth2/metadata").await;
    let auth = metadata[0].headers["authorization"].to_str().expect("text");
    assert!(auth.starts_with("OAuth access-"), "{auth}");
    let resources = world.provider.sent_to("/accessible-resources").await;
    let auth = resources[0].headers["authorization"]
        .to_str()
        .expect("text");
    assert!(auth.starts_with("Bearer access-"), "{auth}");
}

#[tokio::test]
async fn a_reconnect_asks_for_the_site_again() {
    let world = world().await;
    sites(&world, json!([{"id": "s1", "name": "old"}])).await;
    world.provider.answers("GET", "/ex/s1/me", me()).await;
    let before = row(asked(&world, None).await);
    world.provider.server.reset().await;
    let token = json!({"access_token": "access-2", "expires_in": 3600});
    let token = ResponseTemplate::new(200).set_body_json(token);
    world.provider.answers("POST", "/token", token).await;
    sites(&world, json!([{"id": "s9", "name": "moved"}])).await;
    world.provider.answers("GET", "/ex/s9/me", me()).await;
    let request = SessionCreate {
        reconnect: Some(before.id.clone()),
        ..SessionCreate::default()
    };
    let created = world
        .begin(&world.editor, request)
        .await
        .expect("a session");
    world
        .come_back_to("asked", Some(&world.editor), good(&created))
        .await
        .expect("a callback");
    let after = row(world.settled(&world.editor, &created.id).await);
    assert_eq!(after.id, before.id);
    assert_eq!(after.settings["site_id"], "s9");
}

#[tokio::test]
async fn what_a_second_call_does_not_find_is_said() {
    let world = world().await;
    sites(&world, json!([{"id": "s1", "name": "first"}])).await;
    let error = asked(&world, Some("gone")).await.error.expect("an error");
    assert_eq!(error.code, "no_permission");
    assert_eq!(error.message, "This account may use no such site.");
    let world = World::of_apps(&[("asked", ASKED)]).await;
    sites(&world, json!([])).await;
    let error = asked(&world, None).await.error.expect("an error");
    assert_eq!(error.message, "This account may use no such site.");
    let host = ResponseTemplate::new(200).set_body_json(json!({"api_endpoint": "evil.example"}));
    let world = World::of_apps(&[("asked", ASKED)]).await;
    world
        .provider
        .answers("GET", "/oauth2/metadata", host)
        .await;
    let error = asked(&world, None).await.error.expect("an error");
    assert_eq!(
        error.message,
        "Asked named a host outside 127.0.0.1 when it was asked about the account, so nothing was saved."
    );
    let world = World::of_apps(&[("asked", ASKED)]).await;
    let no = ResponseTemplate::new(403).set_body_json(json!({"error": "no"}));
    world.provider.answers("GET", "/oauth2/metadata", no).await;
    let error = asked(&world, None).await.error.expect("an error");
    assert_eq!(error.code, "no_permission");
}

#[tokio::test]
async fn one_method_has_its_own_base_url_and_second_call() {
    let world = world().await;
    let found = ResponseTemplate::new(200).set_body_json(json!({"sites": [{"name": "plain"}]}));
    world.provider.answers("GET", "/plain/sites", found).await;
    world.provider.answers("GET", "/plain/me", me()).await;
    let mut create = form("By key", AuthMethodKind::ApiKey, json!({ "api_key": KEY }));
    create.app = "asked".to_owned();
    let row = world
        .connector
        .connection_create(&world.editor, create)
        .await
        .expect("a connection");
    assert_eq!(row.settings["site_name"], "plain");
    assert_eq!(row.account.label.as_deref(), Some("ana@example.com"));
}
