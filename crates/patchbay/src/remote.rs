//! Speaking to a running server through its API, with an API key.

use anyhow::{Context, bail};
use http::{
    HeaderValue, Method, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, LOCATION},
};
use patchbay_egress::{
    AllowList, Body, BytesResponse, Egress, EgressError, EgressPolicy, EgressRequest, url_parse,
};
use serde_json::{Value, json};
use url::Url;

use crate::{Misuse, cli::RemoteArgs, print::plain, wiring};

/// Most rows the API gives at once.
const PAGE: usize = 100;

/// A server and the key to speak to it with.
pub(crate) struct Remote {
    egress: Egress,
    server: Url,
    authorization: HeaderValue,
}

/// Rows of a list, and whether there are more behind them.
pub(crate) struct Rows {
    pub(crate) data: Vec<Value>,
    pub(crate) more: bool,
}

impl Remote {
    /// Reads the address and the key; nothing is sent yet.
    pub(crate) fn new(args: &RemoteArgs) -> anyhow::Result<Self> {
        let server = server(&args.server)?;
        let key = std::env::var("PATCHBAY_KEY").unwrap_or_default();
        let key = key.trim();
        if key.is_empty() {
            return Err(Misuse::new(
                "no API key: set PATCHBAY_KEY to one of the project (Settings → API keys, or patchbay key create)",
            ));
        }
        let mut authorization = HeaderValue::from_str(&format!("Bearer {key}")).map_err(|_| {
            Misuse::new("PATCHBAY_KEY holds characters that no API key has; copy the key once more")
        })?;
        authorization.set_sensitive(true);
        // The server is named by whoever runs the command, so its address may be a private one.
        let host = server.host_str().unwrap_or_default();
        let port = server.port_or_known_default().unwrap_or_default();
        let allow: AllowList = format!("{host}:{port}").parse()?;
        let egress = Egress::new(EgressPolicy {
            allow,
            roots: wiring::roots(args.extra_ca.as_deref())?,
            ..EgressPolicy::default()
        })
        .context("cannot set up TLS")?;
        Ok(Self {
            egress,
            server,
            authorization,
        })
    }

    /// Reads something.
    pub(crate) async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> anyhow::Result<Value> {
        self.call(Method::GET, path, query, None).await
    }

    /// Makes or does something.
    pub(crate) async fn post(&self, path: &[&str], body: Option<&Value>) -> anyhow::Result<Value> {
        self.call(Method::POST, path, &[], body).await
    }

    /// Replaces something.
    pub(crate) async fn put(&self, path: &[&str], body: &Value) -> anyhow::Result<Value> {
        self.call(Method::PUT, path, &[], Some(body)).await
    }

    /// The first `limit` rows of a list.
    pub(crate) async fn list(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        limit: usize,
    ) -> anyhow::Result<Rows> {
        let mut rows = Rows {
            data: Vec::new(),
            more: true,
        };
        let mut cursor: Option<String> = None;
        while rows.more && rows.data.len() < limit {
            let page = (limit - rows.data.len()).min(PAGE).to_string();
            let mut query = query.to_vec();
            query.push(("limit", &page));
            if let Some(cursor) = &cursor {
                query.push(("cursor", cursor));
            }
            let answer = self.get(path, &query).await?;
            let data = answer["data"].as_array().cloned().unwrap_or_default();
            cursor = answer["cursor"].as_str().map(str::to_owned);
            rows.more = cursor.is_some() && !data.is_empty();
            rows.data.extend(data);
        }
        Ok(rows)
    }

    async fn call(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let mut url = self.server.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["api", "v1"]).extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = EgressRequest::new(method, url);
        request
            .headers
            .insert(AUTHORIZATION, self.authorization.clone());
        if let Some(body) = body {
            request
                .headers
                .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            request.body = Body::from(serde_json::to_vec(body)?);
        }
        let answer = self
            .egress
            .send_bytes(request)
            .await
            .map_err(|error| self.unreachable(&error))?;
        self.read(&answer)
    }

    fn read(&self, answer: &BytesResponse) -> anyhow::Result<Value> {
        if answer.status == StatusCode::NO_CONTENT {
            return Ok(Value::Null);
        }
        if answer.status.is_redirection() {
            let to = answer
                .headers
                .get(LOCATION)
                .and_then(|to| to.to_str().ok())
                .unwrap_or("another address");
            bail!(
                "{} passes on to {}; give that server as --server",
                self.name(),
                plain(to)
            );
        }
        let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
        match body {
            Some(body) if answer.status.is_success() => Ok(body),
            Some(body) if body["error"]["code"].is_string() => {
                Err(self.refused(answer.status, &body))
            }
            _ => bail!(
                "{} answered {} but not as Patchbay does; is --server the right address?",
                self.name(),
                answer.status
            ),
        }
    }

    fn refused(&self, status: StatusCode, body: &Value) -> anyhow::Error {
        let error = &body["error"];
        let code = error["code"].as_str().unwrap_or_default();
        let message = plain(error["message"].as_str().unwrap_or_default());
        let advice = match (status.as_u16(), code) {
            (401, _) => {
                "; PATCHBAY_KEY must hold an API key of this server that has not been deleted \
                 (Settings → API keys, or patchbay key create)"
            }
            (403, _) => "; use a key with a wider scope",
            (404, "NOT_FOUND") => "; is --server the right address, and as new as this command?",
            (404, _) => "; the key sees its own project only",
            _ => "",
        };
        let mut fields = String::new();
        for (field, problem) in error["details"]["fields"].as_object().into_iter().flatten() {
            let problem = problem
                .as_str()
                .map_or_else(|| problem.to_string(), str::to_owned);
            fields.push_str("\n  ");
            fields.push_str(&plain(&format!("{field}: {problem}")));
        }
        anyhow::anyhow!(
            "{} ({code}, from {}){advice}{fields}",
            message.trim_end_matches('.'),
            self.name()
        )
    }

    fn unreachable(&self, error: &EgressError) -> anyhow::Error {
        match error {
            EgressError::Connect { message, .. } => anyhow::anyhow!(
                "cannot reach {} ({message}); is patchbay serve running there? --server names another address",
                self.name()
            ),
            other => anyhow::anyhow!("{other}"),
        }
    }

    fn name(&self) -> &str {
        self.server.as_str().trim_end_matches('/')
    }
}

impl Rows {
    /// As the API answers lists.
    pub(crate) fn json(self) -> Value {
        json!({"data": self.data, "hasMore": self.more})
    }
}

/// A server's address: nothing but scheme, host and port. The key must not travel in the clear.
fn server(text: &str) -> anyhow::Result<Url> {
    let odd = |problem: &str| Misuse::new(format!("--server {text}: {problem}"));
    let url = url_parse(text)
        .map_err(|_| odd("this is no address; write https://host or http://127.0.0.1:8700"))?;
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(odd("leave out everything behind host and port"));
    }
    let loopback = match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    if url.scheme() == "http" && !loopback {
        return Err(odd(
            "the API key would travel in the clear; use https, or http on this machine only",
        ));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::server;

    #[test]
    fn the_key_does_not_travel_in_the_clear() {
        for good in [
            "http://127.0.0.1:8700",
            "http://localhost:8700/",
            "http://[::1]:8700",
            "https://patchbay.example.com",
        ] {
            assert!(server(good).is_ok(), "{good}");
        }
        for bad in [
            "http://patchbay.example.com",
            "http://10.0.0.1:8700",
            "https://patchbay.example.com/api/v1",
            "https://patchbay.example.com/?a=b",
            "patchbay.example.com",
            "ftp://127.0.0.1",
        ] {
            assert!(server(bad).is_err(), "{bad}");
        }
    }
}
