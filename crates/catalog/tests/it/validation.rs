//! Mistakes are found where they stand, in one sentence.

use std::fmt::Write as _;

use patchbay_catalog::check_text;
use proptest::prelude::*;

const GOOD: &str = r#"slug: acme
name: Acme
category: crm
description: Things
base_url: https://{{ settings.sub }}.acme.example/v1
hosts: ["{{ settings.sub }}.acme.example"]
settings:
  - {name: sub, title: Subdomain, pattern: "[a-z]+", example: team}
auth:
  - method: oauth2
    authorize_url: https://{{ settings.sub }}.acme.example/authorize
    token_url: https://{{ settings.sub }}.acme.example/token
    response:
      keep:
        account: account.id
  - method: api_key
    fields:
      - {name: api_key, title: Key, pattern: "\\S+"}
    attach:
      header: {X-Key: "{{ credential.api_key }}"}
verify:
  request: GET /me
  ok: "{{ response.status == 200 }}"
actions:
  make:
    title: Make
    input:
      type: object
      required: [name]
      properties:
        name: {type: string, title: Name, options: names}
    request:
      method: POST
      path: /things/{{ input.name }}
      body: {name: "{{ input.name }}"}
options:
  names: {request: GET /names, items: "{{ response.body }}", value: id, label: name}
triggers:
  fresh:
    title: Fresh
    kind: poll
    request: GET /things
    items: "{{ response.body }}"
    id: "{{ item.id }}"
"#;

#[test]
fn the_good_one_is_good() {
    check_text("acme.yaml", GOOD).unwrap();
}

#[test]
fn mistakes_are_named_with_their_place() {
    // What is replaced by what, and the problem that follows.
    let table = [
        ("category: crm", "category: crmx", "3:11: "),
        (
            "slug: acme",
            "slug: Acme",
            "1:1: a slug is lower-case letters",
        ),
        (
            "name: Acme",
            "name: ''",
            "2:1: this is one line of text, and not empty",
        ),
        (
            "description: Things",
            "description: Things\ncolour: red",
            "5:1: ",
        ),
        (
            "description: Things",
            "description: Things\ndescription: More",
            "5:1: ",
        ),
        (
            "description: Things",
            "description: Things\nbrand_color: red",
            "5:1: a colour is written `#rrggbb`",
        ),
        (
            "description: Things",
            "description: Things\ndocs_url: acme",
            "5:1: a link is an absolute",
        ),
        (
            "description: Things",
            "description: Things\nheaders: {Host: x}",
            "5:11: a header name holds a name that steers",
        ),
        ("description: Things", "description: [", "4:14: "),
        (
            r#"hosts: ["{{ settings.sub }}.acme.example"]"#,
            "hosts: []",
            "6:1: an app needs at least one host",
        ),
        (
            r#"hosts: ["{{ settings.sub }}.acme.example"]"#,
            "hosts: [api.acme.example]",
            "5:1: the host team.acme.example is not among `hosts` (api.acme.example)",
        ),
        (
            r#"hosts: ["{{ settings.sub }}.acme.example"]"#,
            r#"hosts: ["*.acme.example"]"#,
            "6:1: with the examples of the settings",
        ),
        (
            r#"hosts: ["{{ settings.sub }}.acme.example"]"#,
            r#"hosts: ["{{ credential.api_key }}.acme.example"]"#,
            "6:9: `credential` may be used in `attach` only",
        ),
        (
            r#"hosts: ["{{ settings.sub }}.acme.example"]"#,
            r#"hosts: ["{{ settings.account }}.acme.example"]"#,
            "`account` is kept from an answer and decides on a host, so it needs `host_within`",
        ),
        (
            r#"pattern: "[a-z]+", example: team"#,
            "example: team",
            "5:1: `settings.sub` decides on a host, so it needs a `pattern`",
        ),
        (
            r#"pattern: "[a-z]+""#,
            r#"pattern: ".+""#,
            "5:1: the pattern of `settings.sub` lets `evil.example/` through",
        ),
        (
            r#"pattern: "[a-z]+""#,
            r#"pattern: "[a-z""#,
            "8:35: the pattern is no regular expression",
        ),
        (
            "example: team",
            "example: TEAM",
            "8:54: `TEAM` does not match the pattern",
        ),
        (
            "  - {name: sub,",
            "  - {name: sub, title: S, pattern: x}\n  - {name: sub,",
            "9:6: the setting `sub` is there already",
        ),
        (
            "{name: sub,",
            "{name: Sub,",
            "8:6: a name is lower-case letters",
        ),
        (
            "method: api_key",
            "method: aws_sigv4",
            "16:5: `aws_sigv4` needs `aws`",
        ),
        ("method: api_key", "method: telepathy", "16:13: "),
        (
            "method: api_key",
            "method: custom\n    pkce: none",
            "17:5: `pkce` belongs to OAuth methods; `custom` does not use it",
        ),
        (
            "    token_url: https://{{ settings.sub }}.acme.example/token\n",
            "",
            "10:5: `oauth2` needs `token_url`",
        ),
        (
            "    response:\n",
            "    pkce: plain\n    response:\n",
            "13:11: ",
        ),
        (
            "    response:\n",
            "    fields: []\n    response:\n",
            "13:5: `oauth2` takes no `fields`",
        ),
        (
            "    response:\n",
            "    setup_url: here\n    response:\n",
            "13:5: a link is an absolute",
        ),
        (
            "    response:\n",
            "    issuer: '{{ acme }}'\n    response:\n",
            "13:5: `acme` is not in scope here; there are `settings`, `client`",
        ),
        (
            "    response:\n",
            "    settings: [nope]\n    response:\n",
            "13:16: there is no setting `nope`",
        ),
        (
            "        account: account.id",
            "        account: 'account id'",
            "15:9: `account id` is no path",
        ),
        (
            "        account: account.id",
            "        sub: account.id",
            "15:9: `sub` is a setting the user gives already",
        ),
        (
            r#"    attach:
      header: {X-Key: "{{ credential.api_key }}"}
"#,
            "",
            "16:5: `api_key` needs `attach`",
        ),
        (
            r#"header: {X-Key: "{{ credential.api_key }}"}"#,
            "header: {}",
            "19:5: `attach` puts nothing on the request",
        ),
        (
            r#"{X-Key: "{{ credential.api_key }}"}"#,
            r#"{X-Key: "{{ credential.token }}"}"#,
            "20:16: `credential.token` is no field of this auth method; there are `api_key`",
        ),
        (
            r#"{X-Key: "{{ credential.api_key }}"}"#,
            r#"{X-Key: "{{ response.body }}"}"#,
            "20:16: `response` is not in scope here",
        ),
        (
            r#"{X-Key: "{{ credential.api_key }}"}"#,
            r#"{X-Key: "{{ credential.api_key "}"#,
            "20:16: the expression that starts with {{ has no closing }}",
        ),
        (
            r#"{X-Key: "{{ credential.api_key }}"}"#,
            r#"{Content-Length: "{{ credential.api_key }}"}"#,
            "20:16: a header name holds a name that steers",
        ),
        (
            "      - {name: api_key,",
            "      - {name: api_key, title: K}\n      - {name: api_key,",
            "19:10: the field `api_key` is there already",
        ),
        (
            "request: GET /me",
            "request: GET https://evil.example/me",
            "22:3: the host evil.example is not among `hosts` (team.acme.example)",
        ),
        ("request: GET /me", "request: /me", "22:12: "),
        (
            "request: GET /me",
            "request: FETCH /me",
            "22:3: `FETCH` is no method",
        ),
        (
            "request: GET /me",
            "request: {path: /me, body: {a: 1}}",
            "22:24: GET requests have no body",
        ),
        (
            "request: GET /me",
            "request: {path: /me, when: now}",
            "22:24: ",
        ),
        (
            "request: GET /me",
            "request: GET /me?x={{ settings.sub }}",
            "22:3: put query parameters with values under `query`",
        ),
        (
            "response.status == 200",
            "response.code == 200",
            "23:3: `response.code` does not exist",
        ),
        (
            "response.status == 200",
            "response.status ==",
            "23:3: the expression cannot be read",
        ),
        (
            "  make:",
            "  Make-It:",
            "25:3: a name is lower-case letters",
        ),
        (
            "required: [name]",
            "required: [nme]",
            "29:7: `nme` is required but not among the properties",
        ),
        (
            "options: names",
            "options: nobody",
            "31:43: there is no list \"nobody\" under `options`",
        ),
        (
            "name: {type: string,",
            "name: {type: strin,",
            "31:16: this is no JSON Schema",
        ),
        (
            "path: /things/{{ input.name }}",
            "path: /things/{{ input.nam }}",
            "34:7: `input.nam` is not among the properties of `input`",
        ),
        (
            r#"body: {name: "{{ input.name }}"}"#,
            r#"body: {name: "{{ input.name"}"#,
            "35:14: the expression that starts with",
        ),
        (
            "kind: poll",
            "kind: webhook",
            "41:5: webhook triggers are not supported yet in this version",
        ),
        ("kind: poll", "kind: push", "41:11: "),
        (
            r#"    items: "{{ response.body }}"
    id"#,
            "    id",
            "39:3: a poll trigger needs `items`",
        ),
        ("value: id", "value: 'i d'", "37:62: `i d` is no path"),
    ];
    let mut wrong = String::new();
    for (from, to, expected) in table {
        assert!(GOOD.contains(from), "{from}");
        let text = GOOD.replacen(from, to, 1);
        let shown: Vec<String> = match check_text("acme.yaml", &text) {
            Ok(_) => Vec::new(),
            Err(problems) => problems.iter().map(ToString::to_string).collect(),
        };
        let placed = expected.starts_with(|c: char| c.is_ascii_digit());
        let wanted = format!("acme.yaml:{expected}");
        let found = shown
            .iter()
            .any(|s| s.starts_with(&wanted) || (!placed && s.contains(expected)));
        if !found {
            writeln!(wrong, "{to}\n  wanted {expected}\n  found {shown:#?}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn yaml_cannot_blow_up() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for n in 1..12 {
        let refs = vec![format!("*a{}", n - 1); 10].join(", ");
        writeln!(bomb, "a{n}: &a{n} [{refs}]").unwrap();
    }
    assert!(check_text("bomb.yaml", &bomb).is_err());
    assert!(check_text("deep.yaml", &"[".repeat(100_000)).is_err());
    assert!(check_text("large.yaml", &"# x\n".repeat(200_000)).is_err());
    assert!(check_text("empty.yaml", "").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn damaged_manifests_never_panic(cut in 0..GOOD.len(), length in 0..40_usize, put in "[ -~\n]{0,12}") {
        let end = (cut + length).min(GOOD.len());
        let text = format!("{}{put}{}", &GOOD[..cut], &GOOD[end..]);
        let _ = check_text("acme.yaml", &text);
    }
}

/// The example of the manifest contract, and what people may leave out.
#[test]
fn the_contracts_example_is_accepted() {
    let text = r#"
slug: zendesk
name: Zendesk
category: support
description: Customer support tickets
aliases: [zd]
docs_url: https://developer.zendesk.com/
base_url: https://{{ settings.subdomain }}.zendesk.com/api/v2
hosts: ["{{ settings.subdomain }}.zendesk.com"]
settings:
  - {name: subdomain, title: Subdomain, pattern: "^[a-z0-9][a-z0-9-]{0,62}$", example: acme, help: "acme in acme.zendesk.com"}
auth:
  - method: oauth2
    authorize_url: https://{{ settings.subdomain }}.zendesk.com/oauth/authorizations/new
    token_url: https://{{ settings.subdomain }}.zendesk.com/oauth/tokens
    refresh_url: https://{{ settings.subdomain }}.zendesk.com/oauth/refresh
    revoke_url: https://{{ settings.subdomain }}.zendesk.com/oauth/revoke
    issuer: https://{{ settings.subdomain }}.zendesk.com
    scopes: [read, write]
    scope_separator: " "
    pkce: S256
    client_auth: body
    token_format: form
    authorize_params: {access_type: offline}
    token_params: {}
    refresh_params: {}
    response:
      access_token: access_token
      refresh_token: refresh_token
      expires_in: expires_in
      failed: "{{ response.body.ok == false }}"
      error: error
      keep:
        api_host: {path: instance_url, host_within: [salesforce.com, force.com]}
    default_ttl: 7200
    refresh: rotates
    refresh_grace: 30
    setup_url: https://example.com
    attach: &bearer
      header: {Authorization: "Bearer {{ credential.access_token }}"}
  - method: api_key
    title: API token
    fields:
      - {name: email, title: E-mail, secret: false}
      - {name: api_key, title: API token, secret: true, pattern: "^\\S+$", help: "Admin Center → Apps → APIs", help_url: https://example.com}
    attach:
      basic: {username: "{{ credential.email }}/token", password: "{{ credential.api_key }}"}
  - method: basic
    attach: {basic: {username: "{{ credential.username }}", password: "{{ credential.password }}"}}
verify:
  request: GET /users/me.json
  ok: "{{ response.status == 200 and response.body.user.id }}"
  account: {id: "{{ response.body.user.id }}", label: "{{ response.body.user.email }}"}
limits: {requests_per_minute: 400}
headers: {User-Agent: Patchbay, X-Version: 2}
actions:
  create_ticket:
    title: Create ticket
    input:
      type: object
      required: [subject, body]
      properties:
        subject: {type: string, title: Subject}
        body: {type: string, title: Text, format: multiline}
        assignee: {type: string, title: Assignee, options: list_agents}
    request:
      method: POST
      path: /tickets.json
      body: {ticket: {subject: "{{ input.subject }}", comment: {body: "{{ input.body }}"}}}
    output: "{{ response.body.ticket }}"
    idempotent: header
options:
  list_agents: {request: GET /users.json?role=agent, items: "{{ response.body.users }}", value: id, label: name}
triggers:
  new_ticket:
    title: New ticket
    kind: poll
    request: {method: GET, path: /incremental/tickets.json, query: {start_time: "{{ cursor or now_epoch }}"}}
    items: "{{ response.body.tickets }}"
    id: "{{ item.id }}"
    cursor: "{{ response.body.end_time }}"
"#;
    if let Err(problems) = check_text("zendesk.yaml", text) {
        panic!("{problems:#?}");
    }
    let short = "
slug: local
name: Local
category: developer
base_url: http://127.0.0.1:9801
hosts: [127.0.0.1]
auth:
  - method: api_key
    attach: {header: {Authorization: \"Token {{ credential.api_key }}\"}}
  - method: basic
  - method: oauth2
    authorize_url: http://127.0.0.1:9801/auth
    token_url: http://127.0.0.1:9801/token
    authorize_params: {offline: true, depth: 2}
actions:
  say:
    title: Say
    input: {type: object, properties: {text: {type: string}}}
    request: {method: post, path: /say, body: {text: \"{{ input.text }}\"}}
";
    let app = check_text("local.yaml", short).unwrap_or_else(|p| panic!("{p:#?}"));
    let hosts = app.hosts(&patchbay_catalog::Settings::new()).unwrap();
    assert_eq!(hosts[0].to_string(), "127.0.0.1:9801");
}
