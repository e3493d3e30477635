//! What `serve` cannot be started with: exit code 2 and a sentence that names the setting.

use crate::support::{Installation, command, outcome};

#[test]
fn settings_that_cannot_be_are_told_with_exit_code_2() {
    let installation = Installation::new();
    for (args, named) in [
        (&["--listen", "nonsense"][..], "--listen"),
        (&["--listen", "0.0.0.0:0"], "--tls-cert"),
        (&["--roles", "bogus"], "--roles"),
        (&["--tls-cert", "cert.pem"], "--tls-key"),
        (&["--public-url", "nonsense"], "--public-url"),
        (&["--public-url", "ftp://patchbay.example"], "--public-url"),
        (
            &["--public-url", "https://patchbay.example/below"],
            "--public-url",
        ),
        (&["--egress-allow", "garbage"], "garbage"),
        (&["--egress-allow", "*:443"], "wildcards"),
        (&["--rate-limit", "0"], "--rate-limit"),
        (&["--workers", "0"], "--workers"),
        (&["--log", "!!"], "--log"),
        (&["--unknown"], "--unknown"),
    ] {
        let mut all = vec!["serve"];
        if !args.contains(&"--listen") {
            all.extend(["--listen", "127.0.0.1:0"]);
        }
        all.extend(args);
        let said = installation.run(&all).failure(2);
        assert!(said.contains(named), "{args:?}: {said}");
    }
    for args in [
        &[][..],
        &["bogus"],
        &["keys"],
        &["key", "create"],
        &["apps", "check"],
    ] {
        outcome(&mut command(args)).failure(2);
    }
}

#[test]
fn log_lines_in_a_file_have_no_colours() {
    let installation = Installation::new();
    let said = installation
        .run(&[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--public-url",
            "ftp://x",
        ])
        .failure(2);
    assert!(!said.contains('\u{1b}'), "{said:?}");
}
