//! Port, TLS, public URL, the way out, app manifests.

use std::net::TcpListener;

use http::Method;
use patchbay_egress::{AllowList, Egress, EgressPolicy, EgressRequest};
use patchbay_server::listener;
use url::{Host, Url};

use super::Findings;
use crate::{cli::ServeArgs, commands, data::sentence, wiring};

const PORT: &str = "port";
const TLS: &str = "TLS";
const PUBLIC_URL: &str = "public URL";
const EGRESS: &str = "private addresses";
const APPS: &str = "apps";

/// Looks whether the port is free, or in use by Patchbay.
pub(super) async fn port(findings: &mut Findings, args: &ServeArgs, running: bool) {
    let listen = args.listen;
    let encrypted = args.tls_cert.is_some() || args.behind_proxy;
    if !listen.ip().is_loopback() && !encrypted {
        findings.fail(
            PORT,
            format!("{listen} can be reached from other machines, without TLS"),
            "give --tls-cert and --tls-key, or --behind-proxy when a proxy in front ends TLS",
        );
        return;
    }
    match TcpListener::bind(listen) {
        Ok(_) if running => findings.warn(
            PORT,
            format!("{listen} is free, though a server runs on the data directory"),
            "give this command the same --listen as the server",
        ),
        Ok(_) => findings.ok(PORT, format!("{listen} is free")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            if args.tls_cert.is_some() && running {
                findings.ok(PORT, format!("{listen} is in use, as it should be while the server runs"));
            } else if args.tls_cert.is_none() && answers(args).await {
                findings.ok(PORT, format!("a server answers on {listen}"));
            } else {
                findings.fail(
                    PORT,
                    format!("something else listens on {listen}"),
                    "stop it, or choose another address with --listen",
                );
            }
        }
        Err(error) => findings.fail(
            PORT,
            format!("{listen} cannot be listened on: {error}"),
            "choose an address of this machine, and a port above 1023 unless the server may use lower ones",
        ),
    }
}

/// Whether a Patchbay answers on the address.
async fn answers(args: &ServeArgs) -> bool {
    let mut address = args.listen;
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            std::net::SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            std::net::SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    let asked = async {
        let allow: AllowList = address.to_string().parse().ok()?;
        let egress = Egress::new(EgressPolicy {
            allow,
            ..EgressPolicy::default()
        })
        .ok()?;
        let url = Url::parse(&format!("http://{address}/healthz")).ok()?;
        let answer = egress
            .send_bytes(EgressRequest::new(Method::GET, url))
            .await
            .ok()?;
        let ours = answer.headers.contains_key("x-request-id");
        (answer.status.is_success() && ours).then_some(())
    };
    asked.await.is_some()
}

/// Looks whether the certificate and its key can be used.
pub(super) fn tls(findings: &mut Findings, args: &ServeArgs) {
    let (Some(certificate), Some(key)) = (&args.tls_cert, &args.tls_key) else {
        return;
    };
    match listener::tls_acceptor(certificate, key) {
        Ok(_) => findings.ok(TLS, format!("{} and its key can be used", certificate.display())),
        Err(error) => findings.fail(
            TLS,
            sentence(&anyhow::Error::new(error)),
            "give a PEM file with the chain, the server's own certificate first, and one with its private key",
        ),
    }
}

/// Looks whether people and providers can use the public URL.
pub(super) fn public_url(findings: &mut Findings, args: &ServeArgs) {
    let url = match wiring::public_url(args, args.listen) {
        Ok(url) => url,
        Err(error) => {
            findings.fail(PUBLIC_URL, sentence(&error), "mend --public-url");
            return;
        }
    };
    let shown = url.as_str().trim_end_matches('/').to_owned();
    let here = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
        Some(Host::Ipv6(address)) => address.is_loopback() || address.is_unspecified(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    let open = !args.listen.ip().is_loopback() || args.behind_proxy;
    if here && open {
        findings.fail(
            PUBLIC_URL,
            format!("{shown} leads nowhere but to this machine"),
            "set --public-url to the address people type; redirect URIs and webhook addresses start with it",
        );
    } else if url.scheme() == "http" && !here {
        findings.warn(
            PUBLIC_URL,
            format!("{shown} is not encrypted: cookies go in the clear and most providers refuse its redirect URI"),
            "use https",
        );
    } else if here {
        findings.ok(
            PUBLIC_URL,
            format!("{shown}: for this machine only, so that apps cannot call webhooks"),
        );
    } else {
        findings.ok(PUBLIC_URL, shown);
    }
}

/// Looks at the list of private addresses that connections may reach.
pub(super) fn egress(findings: &mut Findings, args: &ServeArgs) {
    match args.egress_allow.parse::<AllowList>() {
        Ok(list) if list.is_empty() => findings.ok(EGRESS, "none may be reached"),
        Ok(list) => findings.ok(EGRESS, format!("only these may be reached: {list}")),
        Err(error) => findings.fail(
            EGRESS,
            error.to_string(),
            "mend PATCHBAY_EGRESS_ALLOW or --egress-allow",
        ),
    }
    if let Some(path) = &args.extra_ca
        && let Err(error) = wiring::roots(Some(path))
    {
        findings.fail(EGRESS, sentence(&error), "mend --extra-ca");
    }
}

/// Looks whether the catalog with the operator's own manifests can be used.
pub(super) fn apps(findings: &mut Findings, args: &ServeArgs) {
    match commands::apps::load(&args.apps) {
        Ok(catalog) => findings.ok(
            APPS,
            format!("{} in the catalog", catalog.search("", None).len()),
        ),
        Err(error) => findings.fail(
            APPS,
            sentence(&error),
            "mend the manifest; patchbay apps check shows every mistake with its place",
        ),
    }
}
