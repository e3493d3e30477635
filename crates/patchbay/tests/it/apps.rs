//! `patchbay apps dry-run`.

use crate::support::{command, outcome, text};

#[test]
fn a_dry_run_shows_the_requests_of_an_app_or_a_file() {
    let shown = outcome(&mut command(&["apps", "dry-run", "sandbox-oauth"])).text();
    for part in [
        "-- authorize (opened in the browser)",
        "redirect_uri=http%3A%2F%2F127.0.0.1%3A8700%2Foauth%2Fcallback%2Fsandbox-oauth",
        "code_challenge=‹code_challenge›",
        "-- token",
        "-- refresh",
        "Authorization: Bearer ‹access_token›",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../apps/sandbox-key.yaml");
    let args = [
        "apps",
        "dry-run",
        &text(&file),
        "--action",
        "create_contact",
        "--input",
    ];
    let good = [
        &args[..],
        &[r#"{"name": "Ana", "email": "a@b.c"}"#, "--json"],
    ]
    .concat();
    let shown = outcome(&mut command(&good)).json();
    let call = &shown["methods"][0]["calls"][0];
    assert_eq!(call["url"], "http://127.0.0.1:8701/api/contacts");
    assert_eq!(call["body"], r#"{"name":"Ana","email":"a@b.c"}"#);
    let wrong = outcome(&mut command(&[&args[..], &["{}"]].concat())).failure(1);
    assert!(wrong.contains("required"), "{wrong}");
    let misused = outcome(&mut command(&[&args[..], &["{"]].concat())).failure(2);
    assert!(misused.contains("--input is not JSON"), "{misused}");
    let missing = outcome(&mut command(&["apps", "dry-run", "nobody"])).failure(1);
    assert!(missing.contains("there is no app `nobody`"), "{missing}");
}
