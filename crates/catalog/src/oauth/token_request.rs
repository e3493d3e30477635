use data_encoding::BASE64;
use patchbay_expr::Scope;
use serde_json::{Map, Value as Json, json};
use url::Url;

use super::{ClientRef, OAuthContext, renamed};
use crate::app::App;
use crate::auth::{AuthMethod, OAuth};
use crate::context::{CallContext, Settings};
use crate::error::RenderError;
use crate::manifest::{ClientAuth, ExchangeManifest, RequestTemplate, ScopeSeparator, TokenFormat};
use crate::request::{form_encode, set_header};

/// What is exchanged for a token. No `Debug`: all of it is secret.
#[derive(Clone, Copy)]
pub enum Grant<'a> {
    /// A code from the callback (RFC 6749 §4.1.3).
    Code {
        /// The code.
        code: &'a str,
        /// The redirect URI of the authorize request.
        redirect_uri: &'a str,
        /// The PKCE verifier; left out where the app takes none.
        verifier: &'a str,
    },
    /// A refresh token (RFC 6749 §6).
    Refresh {
        /// The refresh token.
        refresh_token: &'a str,
    },
    /// The access token itself, where there is no refresh token.
    Renew {
        /// The access token.
        access_token: &'a str,
    },
    /// The client's own right (RFC 6749 §4.4).
    ClientCredentials {
        /// In place of the manifest's scopes.
        scopes: Option<&'a [String]>,
    },
}

/// A request to a token or revocation endpoint. Holds secrets: no `Debug`.
#[derive(Clone)]
pub struct TokenRequest {
    /// Always POST unless a revocation says otherwise.
    pub method: String,
    /// Where to. Never holds a secret in its query (RFC 6749 §2.3.1), though a
    /// revocation of an app's own may in its path.
    pub url: Url,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Body; empty when there is none.
    pub body: Vec<u8>,
}

impl App {
    /// The request that exchanges `grant` for a token.
    pub fn token_request(
        &self,
        method: &AuthMethod,
        context: &OAuthContext<'_>,
        grant: &Grant<'_>,
    ) -> Result<TokenRequest, RenderError> {
        let oauth = self.oauth(method)?;
        if let Some(request) = self.own_refresh(method, oauth, context, grant)? {
            return Ok(request);
        }
        let scope = context.scope();
        let endpoints = context.endpoints;
        let refresh_url = endpoints
            .refresh_url
            .as_deref()
            .or(endpoints.token_url.as_deref());
        let url = match (grant, &oauth.refresh_url) {
            (Grant::Refresh { .. }, Some(template)) => {
                self.endpoint(refresh_url, template, &scope, "refresh_url")?
            }
            (Grant::Refresh { .. }, None) => {
                self.endpoint(refresh_url, &oauth.token_url, &scope, "token_url")?
            }
            _ => self.endpoint(
                endpoints.token_url.as_deref(),
                &oauth.token_url,
                &scope,
                "token_url",
            )?,
        };
        let mut params = self.grant_params(method, oauth, context, grant)?;
        let (extra, how) = match grant {
            Grant::Refresh { .. } => (&oauth.refresh_params, oauth.client_auth.refresh),
            _ => (&oauth.token_params, oauth.client_auth.code),
        };
        let mut headers = vec![("Accept".to_owned(), "application/json".to_owned())];
        params = renamed(&oauth.param_names, params);
        for (name, value) in self.params(extra, &scope, "token parameter")? {
            params.retain(|(n, _)| *n != name);
            params.push((name, value));
        }
        // Version and agent headers matter at the token endpoint too; its
        // answers are JSON whatever type the API has of its own.
        let own = self.headers.iter();
        for (name, value) in own.filter(|(n, _)| !n.eq_ignore_ascii_case("accept")) {
            let value = value
                .render(&scope)
                .map_err(|e| RenderError::template(&self.slug, format!("header {name}"), &e))?;
            set_header(&mut headers, name, value);
        }
        let mut client = Vec::new();
        client_auth(how, context.client, &mut headers, &mut client);
        for (name, value) in renamed(&oauth.param_names, client) {
            // What the manifest says of the same name stands.
            if params.iter().all(|(n, _)| *n != name) {
                params.push((name, value));
            }
        }
        Ok(write(url, headers, params, oauth.token_format))
    }

    /// One of the exchanges that follow a code, with the token that was got last.
    pub fn exchange_request(
        &self,
        method: &AuthMethod,
        exchange: &ExchangeManifest,
        context: &OAuthContext<'_>,
        access_token: &str,
    ) -> Result<TokenRequest, RenderError> {
        let credential = json!({"access_token": access_token});
        let scope = context.secret_scope().with("credential", &credential);
        self.secret_request(method, &exchange.request, context.settings, &scope)
    }

    fn own_refresh(
        &self,
        method: &AuthMethod,
        oauth: &OAuth,
        context: &OAuthContext<'_>,
        grant: &Grant<'_>,
    ) -> Result<Option<TokenRequest>, RenderError> {
        let credential = match grant {
            Grant::Refresh { refresh_token } => json!({"refresh_token": refresh_token}),
            Grant::Renew { access_token } => json!({"access_token": access_token}),
            Grant::Code { .. } | Grant::ClientCredentials { .. } => return Ok(None),
        };
        let Some(request) = &oauth.refresh_request else {
            return Ok(None);
        };
        let scope = context.secret_scope().with("credential", &credential);
        self.secret_request(method, request, context.settings, &scope)
            .map(Some)
    }

    /// Renders a request that holds secrets; no error quotes one.
    pub(super) fn secret_request(
        &self,
        method: &AuthMethod,
        template: &RequestTemplate,
        settings: &Settings,
        scope: &Scope,
    ) -> Result<TokenRequest, RenderError> {
        let context = CallContext::new(settings).with_method(method);
        let parts =
            self.endpoint_request(template, &context, scope)
                .map_err(|error| match error {
                    RenderError::Template { app, place, .. } => RenderError::Template {
                        app,
                        place,
                        message: "it uses a value that is not there or does not fit".to_owned(),
                    },
                    other => other,
                })?;
        Ok(TokenRequest {
            method: parts.method,
            url: parts.url,
            headers: parts.headers,
            body: parts.body.unwrap_or_default(),
        })
    }

    fn grant_params(
        &self,
        method: &AuthMethod,
        oauth: &OAuth,
        context: &OAuthContext<'_>,
        grant: &Grant<'_>,
    ) -> Result<Vec<(String, String)>, RenderError> {
        let pair = |n: &str, v: &str| (n.to_owned(), v.to_owned());
        Ok(match grant {
            Grant::Code {
                code,
                redirect_uri,
                verifier,
            } => {
                let mut out = vec![
                    pair("grant_type", "authorization_code"),
                    pair("code", code),
                    pair("redirect_uri", redirect_uri),
                ];
                if oauth.pkce == crate::manifest::Pkce::S256 {
                    out.push(pair("code_verifier", verifier));
                }
                out
            }
            Grant::Refresh { refresh_token } => vec![
                pair("grant_type", "refresh_token"),
                pair("refresh_token", refresh_token),
            ],
            // Without a request of its own an app renews by refresh token only.
            Grant::Renew { .. } => {
                return Err(RenderError::Missing {
                    app: self.slug.clone(),
                    what: "request that renews a token by itself",
                });
            }
            Grant::ClientCredentials { scopes } => {
                let scopes = match scopes {
                    Some(scopes) => scopes.to_vec(),
                    None => self.scopes(method, context.settings)?,
                };
                let mut out = vec![pair("grant_type", "client_credentials")];
                if !scopes.is_empty() {
                    let separator = match oauth.scope_separator {
                        ScopeSeparator::Comma => ",",
                        ScopeSeparator::Space | ScopeSeparator::Plus => " ",
                    };
                    out.push(("scope".to_owned(), scopes.join(separator)));
                }
                out
            }
        })
    }
}

/// Adds the client's identity (RFC 6749 §2.3.1).
pub(super) fn client_auth(
    how: ClientAuth,
    client: ClientRef<'_>,
    headers: &mut Vec<(String, String)>,
    params: &mut Vec<(String, String)>,
) {
    match how {
        ClientAuth::Header => {
            set_header(headers, "Authorization", client_basic(client));
        }
        ClientAuth::Body => {
            params.push(("client_id".to_owned(), client.id.to_owned()));
            if let Some(secret) = client.secret {
                params.push(("client_secret".to_owned(), secret.to_owned()));
            }
        }
        ClientAuth::Omit => {}
        ClientAuth::None => params.push(("client_id".to_owned(), client.id.to_owned())),
    }
}

/// HTTP Basic of a client: id and secret are form-encoded first, unlike in
/// ordinary Basic (RFC 6749 §2.3.1).
pub(super) fn client_basic(client: ClientRef<'_>) -> String {
    let encode =
        |text: &str| -> String { url::form_urlencoded::byte_serialize(text.as_bytes()).collect() };
    let pair = format!(
        "{}:{}",
        encode(client.id),
        encode(client.secret.unwrap_or_default())
    );
    format!("Basic {}", BASE64.encode(pair.as_bytes()))
}

pub(super) fn write(
    url: Url,
    mut headers: Vec<(String, String)>,
    params: Vec<(String, String)>,
    format: TokenFormat,
) -> TokenRequest {
    let (body, content_type) = match format {
        TokenFormat::Form => (form_encode(&params), "application/x-www-form-urlencoded"),
        TokenFormat::Json => {
            let map: Map<String, Json> = params
                .into_iter()
                .map(|(n, v)| (n, Json::String(v)))
                .collect();
            (Json::Object(map).to_string(), "application/json")
        }
    };
    set_header(&mut headers, "Content-Type", content_type.to_owned());
    TokenRequest {
        method: "POST".to_owned(),
        url,
        headers,
        body: body.into_bytes(),
    }
}
