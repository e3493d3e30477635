//! Headers that tell browsers what our pages may do.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

/// No page of ours runs or loads anything from elsewhere. Inline style attributes are what positioned menus need.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'";

/// Marks an answer of an app, which has the headers it needs and is otherwise passed on as it is.
#[derive(Clone, Copy)]
pub(crate) struct OfTheApp;

/// Adds the headers to every answer of ours that does not bring its own.
pub(crate) async fn layer(
    State(over_tls): State<OverTls>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    if response.extensions().get::<OfTheApp>().is_none() {
        put_all(over_tls, response.headers_mut());
    }
    response
}

/// Whether browsers reach us over TLS.
#[derive(Clone, Copy)]
pub(crate) struct OverTls(pub(crate) bool);

pub(crate) fn put_all(OverTls(over_tls): OverTls, headers: &mut HeaderMap) {
    let mut put = |name: HeaderName, value: &'static str| {
        headers
            .entry(name)
            .or_insert_with(|| HeaderValue::from_static(value));
    };
    put(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(header::X_FRAME_OPTIONS, "DENY");
    put(header::REFERRER_POLICY, "no-referrer");
    // Pop-ups keep working (the provider's window), while a foreign opener cannot reach into our pages.
    put(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin-allow-popups",
    );
    put(
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    put(
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    );
    // What is shown to one caller is nobody's to keep; pages, files and icons say otherwise themselves.
    put(header::CACHE_CONTROL, "no-store");
    if over_tls {
        // A year, for this host alone: the names beside it are not ours.
        put(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}
