//! Mistakes in what a manifest says about connecting are found where they stand.

use std::fmt::Write as _;

use patchbay_catalog::check_text;

const GOOD: &str = r#"slug: acme
name: Acme
category: crm
base_url: https://{{ settings.api_host }}/v1/{{ settings.realm }}
hosts: ["{{ settings.api_host }}"]
auth:
  - method: oauth2
    base_url: https://api.acme.example/ex/{{ settings.site_id }}
    hosts: [api.acme.example]
    authorize_url: https://login.acme.example/authorize
    token_url: https://{{ settings.accounts_host }}/token
    callback:
      code: acme_code
      keep:
        realm: {path: realmId, required: true, pattern: "[0-9]+"}
        accounts_host: {path: accounts-server, host_within: [acme.example]}
    discover:
      - request: GET https://login.acme.example/metadata
        attach: {header: {Authorization: "OAuth {{ credential.access_token }}"}}
        keep: {api_host: {path: api_endpoint, host_within: [acme.example]}}
      - request: GET https://{{ settings.api_host }}/sites
        items: "{{ response.body }}"
        where: "{{ item.name == settings.realm }}"
        missing: No site.
        keep: {site_id: id}
"#;

/// Each replacement makes a mistake; the first problem that follows starts with, or holds, the text.
fn mistakes(good: &str, table: &[(&str, &str, &str)]) {
    check_text("acme.yaml", good).unwrap();
    let mut wrong = String::new();
    for (from, to, expected) in table {
        assert!(good.contains(from), "{from}");
        let text = good.replacen(from, to, 1);
        let shown = match check_text("acme.yaml", &text) {
            Ok(_) => "no mistake".to_owned(),
            Err(problems) => problems[0].to_string(),
        };
        let shown = shown.trim_start_matches("acme.yaml:");
        if !shown.starts_with(expected) {
            let _ = writeln!(wrong, "{from}\n  -> {to}\n  {shown}\n  expected {expected}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn mistakes_in_what_connecting_brings_are_named_with_their_place() {
    mistakes(
        GOOD,
        &[
            (
                "host_within: [acme.example]",
                "host_within: []",
                "16:9: `host_within` needs at least one domain",
            ),
            (
                "accounts_host: {path: accounts-server, host_within: [acme.example]}",
                "accounts_host: accounts-server",
                "11:5: `accounts_host` is kept from an answer and decides on a host, so it needs `host_within`",
            ),
            (
                "pattern: \"[0-9]+\"",
                "pattern: \"[0-9\"",
                "15:48: the pattern is no regular expression",
            ),
            (
                "host_within: [acme.example]",
                "host_within: [acme.example], pattern: x",
                "16:9: a host is held to `host_within`",
            ),
            (
                "path: realmId",
                "path: ''",
                "15:9: this is the name of a parameter",
            ),
            (
                "realm: {path",
                "Realm: {path",
                "4:1: `settings.realm` is neither under `settings` nor kept while connecting",
            ),
            ("code: acme_code", "codes: acme_code", "13:7: "),
            (
                "        keep: {site_id: id}\n",
                "        keep: {}\n",
                "7:5: with the examples of the settings",
            ),
            (
                "keep: {site_id: id}",
                "keep: {site_id: id d}",
                "25:16: `id d` is no path",
            ),
            (
                "        items: \"{{ response.body }}\"\n",
                "",
                "22:9: `where` belongs to `items`",
            ),
            (
                "item.name == settings.realm",
                "item.name == credential.access_token",
                "23:9: `credential` may be used in `attach` only",
            ),
            (
                "GET https://login.acme.example/metadata",
                "GET https://{{ settings.realm }}.example/metadata",
                "18:9: `realm` is kept from an answer and decides on a host",
            ),
            (
                "GET https://login.acme.example/metadata",
                "GET https://{{ credential.access_token }}.example/metadata",
                "18:9: ",
            ),
            (
                "GET https://login.acme.example/metadata",
                "LOOK https://login.acme.example/metadata",
                "18:9: `LOOK` is no method",
            ),
            (
                "hosts: [api.acme.example]",
                "hosts: []",
                "9:5: a method with hosts of its own needs at least one",
            ),
            (
                "hosts: [api.acme.example]",
                "hosts: [www.acme.example]",
                "8:5: the host api.acme.example is not among `hosts` (www.acme.example)",
            ),
            (
                "hosts: [api.acme.example]",
                "hosts: ['*']",
                "7:5: with the examples of the settings",
            ),
        ],
    );
}

#[test]
fn a_form_has_no_redirect() {
    let text = GOOD.replace("method: oauth2", "method: api_key");
    let problems = check_text("acme.yaml", &text).unwrap_err();
    let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert!(
        shown
            .iter()
            .any(|p| p.contains("`callback` belongs to OAuth methods")),
        "{shown:#?}"
    );
}

const LOGINS: &str = r#"slug: acme
name: Acme
category: crm
base_url: https://api.acme.example/v1
hosts: [api.acme.example]
settings:
  - {name: region, title: Region, pattern: "[a-z0-9-]+", example: eu-1, required: false}
auth:
  - method: oauth2
    authorize_url: https://login.acme.example/authorize
    token_url: https://login.acme.example/token
    client_auth: {code: body, refresh: header}
    param_names: {client_id: client_key, grant_type: null}
    response: {tokens: {user_token: user.token}, expires_in: expires_in_sec | expires_in}
    exchange:
      request: {method: GET, path: "https://login.acme.example/lasting", query: {token: "{{ credential.access_token }}", secret: "{{ client.secret }}"}}
    refresh: {path: "https://login.acme.example/renew", query: {token: "{{ credential.access_token }}"}}
    callback: {hmac: sha256, check: "{{ query.shop == 'x' }}"}
  - method: token_exchange
    fields: [{name: name, title: Name}]
    request: {method: POST, path: /login, body: {name: "{{ credential.name }}"}}
    refresh: {method: POST, path: /renew, body: {token: "{{ credential.refresh_token }}"}}
    attach: {body: {key: "{{ credential.access_token }}"}}
  - method: jwt_bearer
    fields: [{name: key, title: Key}]
    jwt: {algorithm: RS256, key: "{{ credential.key }}", claims: {iss: me}, lifetime: 60}
    token_url: https://login.acme.example/token
  - method: oauth1
    request_token_url: https://login.acme.example/request
    authorize_url: https://login.acme.example/sign-in
    token_url: https://login.acme.example/access
  - method: aws_sigv4
    aws: {service: s3, region: "{{ settings.region }}", payload: unsigned}
"#;

#[test]
fn mistakes_in_how_a_token_is_got_are_named_with_their_place() {
    mistakes(
        LOGINS,
        &[
            ("refresh: header}", "refresh: sometimes}", "12:"),
            (
                "client_auth: {code: body, refresh: header}",
                "client_auth: both",
                "12:",
            ),
            ("user.token", "user token", "14:25: `user token` is no path"),
            (
                "user_token: user",
                "User: user",
                "14:25: a name is lower-case letters",
            ),
            (
                "expires_in_sec | expires_in",
                "expires_in_sec | ",
                "14:50: `expires_in_sec |` is no path",
            ),
            (
                "client.secret",
                "client.password",
                "16:74: `client.password` does not exist",
            ),
            (
                "credential.access_token }}\"}}\n    callback",
                "credential.token }}\"}}\n    callback",
                "17:57: `credential.token` is no field",
            ),
            (
                "https://login.acme.example/renew",
                "https://{{ credential.access_token }}/renew",
                "17:5: `credential.access_token` decides on a host here",
            ),
            (
                "    refresh: {path",
                "    refresh_url: https://x.example\n    refresh: {path",
                "17:5: `refresh` is a request of its own",
            ),
            ("hmac: sha256", "hmac: md5", "18:22: unknown variant `md5`"),
            (
                "query.shop",
                "response.shop",
                "18:30: `response` is not in scope here",
            ),
            (
                "    request: {method: POST, path: /login, body: {name: \"{{ credential.name }}\"}}\n",
                "",
                "19:5: `token_exchange` needs `request`",
            ),
            (
                "path: /login",
                "path: \"/login?x={{ credential.name }}\"",
                "21:29: put query parameters with values under `query`",
            ),
            (
                "    refresh: {method: POST, path: /renew, body: {token: \"{{ credential.refresh_token }}\"}}\n",
                "    refresh: rotates\n",
                "22:5: `refresh` is a request here",
            ),
            ("{body: {key", "{bodies: {key", "23:14: "),
            (
                "    jwt: {algorithm: RS256",
                "    jwts: {algorithm: RS256",
                "26:5: ",
            ),
            ("algorithm: RS256", "algorithm: none", "26:22: "),
            (
                "lifetime: 60",
                "lifetime: 0",
                "26:77: a signed token lives from 1 to 86400 seconds",
            ),
            (
                "key: \"{{ credential.key }}\"",
                "key: \"{{ credential.pem }}\"",
                "26:29: `credential.pem` is no field",
            ),
            (
                "    token_url: https://login.acme.example/token\n  - method: oauth1",
                "    token_url: https://login.acme.example/token\n    request: GET /token\n  - method: oauth1",
                "28:5: give either `token_url` (RFC 7523) or `request`, not both",
            ),
            (
                "    request_token_url: https://login.acme.example/request\n",
                "",
                "28:5: `oauth1` needs both",
            ),
            (
                "    aws: {service: s3, region: \"{{ settings.region }}\", payload: unsigned}",
                "    signature: HMAC-SHA1",
                "32:5: `aws_sigv4` needs `aws`",
            ),
            (
                "settings.region }}\", payload",
                "credential.region }}\", payload",
                "33:24: `credential` may be used in `attach` only",
            ),
            (
                "payload: unsigned",
                "payload: maybe",
                "33:66: unknown variant `maybe`",
            ),
        ],
    );
}
