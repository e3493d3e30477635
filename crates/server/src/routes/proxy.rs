//! Sends a request to an app with a connection's credential attached; the answer streams through.

use std::convert::Infallible;

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, header},
    response::Response,
    routing::any,
};
use bytes::Bytes;
use patchbay_connect::Purpose;
use patchbay_egress::{Body as OutBody, Limits};
use patchbay_gateway::{GatewayRequest, GatewayResponse, response_headers_keep};
use patchbay_model::{Code, ConnectionId, Problem};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    AppState,
    http::{
        ApiPath, ApiResult, ProjectActor,
        error::{ErrorAnswer, method_not_allowed},
        security_headers,
    },
};

pub(crate) fn router() -> OpenApiRouter<AppState> {
    let (schemas, paths, methods) = routes!(connection_proxy);
    // Methods that OpenAPI has no word for (WebDAV's, QUERY) are the app's to know.
    let documented = (schemas, paths, methods.fallback(connection_proxy));
    OpenApiRouter::new()
        .routes(documented)
        // The base address itself, as it stands in the manifest and with a slash behind it.
        .route("/connections/{id}/proxy", any(connection_proxy))
        .route("/connections/{id}/proxy/", any(connection_proxy))
}

/// What an address of this route names, as written.
pub(crate) struct Address<'p> {
    pub(crate) project: Option<&'p str>,
    pub(crate) connection: &'p str,
}

impl<'p> Address<'p> {
    /// Reads a path; `None` when it is not one of this route.
    pub(crate) fn of(path: &'p str) -> Option<Self> {
        let rest = path.strip_prefix("/api/v1/")?;
        let (project, rest) = match rest.strip_prefix("projects/") {
            Some(rest) => {
                let (project, rest) = rest.split_once('/')?;
                (Some(project), rest)
            }
            None => (None, rest),
        };
        let (connection, rest) = rest.strip_prefix("connections/")?.split_once('/')?;
        let behind = rest.strip_prefix("proxy")?;
        let named = !connection.is_empty() && project != Some("");
        (named && (behind.is_empty() || behind.starts_with('/'))).then_some(Self {
            project,
            connection,
        })
    }
}

#[derive(Deserialize)]
struct ProxyPath {
    id: String,
}

/// Send a request to the app
///
/// Everything after `/proxy`, the query, the headers and the body go to the app below its base address, with the
/// connection's credential attached; without anything after it they go to the base address itself. Any method passes but
/// `TRACE`, whose answer would hold the credential. The app's answer comes back as it is; only headers of one hop, cookies
/// and headers that would act on Patchbay's own address are left out. `Authorization` and cookies of the caller do not
/// reach the app.
#[utoipa::path(
    method(get, head, post, put, patch, delete, options),
    path = "/connections/{id}/proxy/{*path}",
    tag = "connections",
    params(
        ("id" = String, Path, description = "The connection."),
        ("path" = String, Path, description = "Path below the app's base address."),
    ),
    responses(
        (status = "default", description = "The app's answer."),
        (status = 403, description = "FORBIDDEN: the role or key scope does not allow it.", body = ErrorAnswer),
        (status = 404, description = "CONNECTION_NOT_FOUND", body = ErrorAnswer),
        (status = 422, description = "CONNECTION_UNUSABLE, HOST_NOT_ALLOWED or REQUEST_INVALID", body = ErrorAnswer),
        (status = 502, description = "UPSTREAM_FAILED: no answer from the app.", body = ErrorAnswer),
        (status = 504, description = "UPSTREAM_TIMEOUT", body = ErrorAnswer),
    ),
    security(("key" = []), ("session" = [])),
)]
async fn connection_proxy(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(ProxyPath { id }): ApiPath<ProxyPath>,
    request: Request,
) -> ApiResult<Response> {
    if matches!(*request.method(), Method::TRACE | Method::CONNECT) {
        return Err(method_not_allowed());
    }
    own_page_only(request.headers())?;
    let head = request.method() == Method::HEAD;
    let connection = connection(&id)?;
    let answer = state
        .gateway()
        .send(&actor, &connection, outgoing(request))
        .await?;
    let mut answer = passed_on(answer);
    if head && !answer.headers().contains_key(header::CONTENT_LENGTH) {
        // The router would take the body that is not there for one of no length, and say so.
        *answer.body_mut() =
            Body::from_stream(futures::stream::empty::<Result<Bytes, Infallible>>());
    }
    answer.extensions_mut().insert(security_headers::OfTheApp);
    Ok(answer)
}

/// The connection that an address names.
fn connection(named: &str) -> Result<ConnectionId, Problem> {
    named.parse().map_err(|_| {
        Problem::new(
            Code::ConnectionNotFound,
            "There is no such connection in this project.",
        )
    })
}

/// What goes to the connection's app: what follows `/proxy` in the address, with the caller's headers and body.
pub(crate) fn outgoing(request: Request) -> GatewayRequest {
    let (parts, body) = request.into_parts();
    let mut out = GatewayRequest::new(Purpose::Request, parts.method, target(&parts.uri));
    out.headers = parts.headers;
    out.body = OutBody::stream(body);
    out.limits = Limits::STREAM;
    out
}

/// The app's answer as the caller gets it.
pub(crate) fn passed_on(answer: GatewayResponse) -> Response {
    let mut response = Response::new(Body::new(answer.body));
    *response.status_mut() = answer.status;
    let mut headers = answer.headers;
    response_headers_keep(&mut headers);
    // A page of the app must not run as a page of ours.
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox; default-src 'none'; frame-ancestors 'none'"),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    *response.headers_mut() = headers;
    response
}

/// Path and query as the caller wrote them, not decoded: an encoded slash stays one. It is empty or starts with a slash or
/// a question mark, so it can never be taken for an absolute URL.
fn target(uri: &axum::http::Uri) -> String {
    let path = uri.path();
    let rest = path
        .find("/proxy/")
        .map_or("", |at| &path[at + "/proxy".len()..]);
    match uri.query() {
        Some(query) => format!("{rest}?{query}"),
        None => rest.to_owned(),
    }
}

/// A `GET` can change things at some apps. So a request by cookie must come from our own page whatever its method: a
/// link or an image elsewhere must not send one.
fn own_page_only(headers: &HeaderMap) -> Result<(), Problem> {
    let by_key = headers.contains_key(header::AUTHORIZATION);
    let from_elsewhere = headers
        .get("sec-fetch-site")
        .is_some_and(|site| site.as_bytes() != b"same-origin");
    if !by_key && from_elsewhere {
        return Err(Problem::new(
            Code::CrossSite,
            "This request came from another site and was refused. Open Patchbay itself and try there.",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_is_what_follows_proxy_as_written() {
        for (uri, expected) in [
            (
                "/connections/conn_1/proxy/users/me?x=1&y=%20",
                "/users/me?x=1&y=%20",
            ),
            ("/projects/p/connections/conn_1/proxy/a%2Fb/", "/a%2Fb/"),
            (
                "/connections/conn_1/proxy//evil.example/x",
                "//evil.example/x",
            ),
            (
                "/connections/conn_1/proxy/https://evil.example/",
                "/https://evil.example/",
            ),
            ("/connections/conn_1/proxy/x/proxy/y?", "/x/proxy/y?"),
            ("/connections/conn_1/proxy/", "/"),
            ("/connections/conn_1/proxy", ""),
            ("/connections/conn_1/proxy?x=://y", "?x=://y"),
        ] {
            assert_eq!(target(&uri.parse().expect("a URI")), expected);
        }
    }

    #[test]
    fn s35_other_sites_cannot_send_through_a_cookie() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            headers
        };
        for site in ["cross-site", "same-site", "none"] {
            assert!(own_page_only(&headers(&[("sec-fetch-site", site)])).is_err());
        }
        assert!(own_page_only(&headers(&[("sec-fetch-site", "same-origin")])).is_ok());
        assert!(own_page_only(&headers(&[])).is_ok());
        let by_key = [
            ("sec-fetch-site", "cross-site"),
            ("authorization", "Bearer pb_live_x"),
        ];
        assert!(own_page_only(&headers(&by_key)).is_ok());
    }
}
