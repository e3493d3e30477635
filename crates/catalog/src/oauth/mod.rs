//! OAuth 2.0 as each app speaks it: what to send, and how to read the answer.
//! Nothing here sends anything.

mod ambiguous;
mod authorize;
mod jwt;
mod login;
mod oauth1_answer;
mod open_host;
mod revoke;
mod signed;
mod token_answer;
mod token_request;

use indexmap::IndexMap;
use patchbay_expr::Scope;
use serde_json::{Value as Json, json};
use url::Url;

pub use authorize::AuthorizeInput;
pub use jwt::JwtParts;
pub use login::LoginContext;
pub use oauth1_answer::OAuth1Answer;
pub use revoke::{Revocation, RevokedToken};
pub use signed::{OAuth1Urls, SigningScope};
pub use token_answer::{TokenAnswer, TokenFailure, TokenFailureKind};
pub use token_request::{Grant, TokenRequest};

use crate::app::{App, parse_url};
use crate::auth::{AuthMethod, OAuth};
use crate::context::{Settings, settings_scope};
use crate::error::RenderError;
use crate::json_path;
use crate::manifest::Text;

/// Endpoints that an admin set for a project's OAuth client in place of the
/// manifest's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// In place of `authorize_url`.
    pub authorize_url: Option<String>,
    /// In place of `token_url`, and of `refresh_url` unless that is given.
    pub token_url: Option<String>,
    /// In place of `refresh_url`.
    pub refresh_url: Option<String>,
    /// In place of `revoke_url` and `revoke`: RFC 7009.
    pub revoke_url: Option<String>,
}

/// The OAuth client a request is made for. No `Debug`.
#[derive(Clone, Copy)]
pub struct ClientRef<'a> {
    /// Client id.
    pub id: &'a str,
    /// Client secret; public clients have none.
    pub secret: Option<&'a str>,
}

/// What an OAuth template may use besides the request's own values.
#[derive(Clone, Copy)]
pub struct OAuthContext<'a> {
    /// The connection's settings.
    pub settings: &'a Settings,
    /// The client.
    pub client: ClientRef<'a>,
    /// An admin's endpoints.
    pub endpoints: &'a Endpoints,
}

/// Standard parameters under the names that an app gives them.
pub(crate) fn renamed<T>(
    names: &IndexMap<String, Option<String>>,
    pairs: Vec<(String, T)>,
) -> Vec<(String, T)> {
    let called = |name: String| match names.get(&name) {
        None => Some(name),
        Some(other) => other.clone(),
    };
    pairs
        .into_iter()
        .filter_map(|(name, value)| Some((called(name)?, value)))
        .collect()
}

impl OAuthContext<'_> {
    /// The same with the client's secret, for requests of an app's own.
    fn secret_scope(&self) -> Scope {
        let client = json!({"id": self.client.id, "secret": self.client.secret});
        settings_scope(self.settings).with("client", &client)
    }

    fn scope(&self) -> Scope {
        let mut scope = settings_scope(self.settings);
        scope.insert("client", &json!({"id": self.client.id}));
        scope
    }
}

impl App {
    /// The OAuth part of `method`, or an error that says it has none.
    pub(crate) fn oauth<'m>(&self, method: &'m AuthMethod) -> Result<&'m OAuth, RenderError> {
        method.oauth.as_ref().ok_or_else(|| RenderError::Missing {
            app: self.slug.clone(),
            what: "OAuth sign-in with this auth method",
        })
    }

    /// The scopes asked for by default with these settings.
    pub fn scopes(
        &self,
        method: &AuthMethod,
        settings: &Settings,
    ) -> Result<Vec<String>, RenderError> {
        let scope = settings_scope(settings);
        let mut out = Vec::new();
        for template in &self.oauth(method)?.scopes {
            let template = template
                .template()
                .map_err(|e| RenderError::template(&self.slug, "scopes", &e))?;
            // An optional setting that was left empty asks for nothing.
            let value = template
                .render_optional(&scope)
                .map_err(|e| RenderError::template(&self.slug, "scopes", &e))?;
            if let Some(Json::String(text)) = value {
                out.extend(text.split_whitespace().map(str::to_owned));
            }
        }
        Ok(out)
    }

    /// What `iss` in a callback must be; `None` where the app does not say.
    pub fn issuer(
        &self,
        method: &AuthMethod,
        settings: &Settings,
    ) -> Result<Option<String>, RenderError> {
        self.oauth(method)?
            .issuer
            .as_ref()
            .map(|t| {
                t.render(&settings_scope(settings))
                    .map_err(|e| RenderError::template(&self.slug, "issuer", &e))
            })
            .transpose()
    }

    fn endpoint(
        &self,
        given: Option<&str>,
        template: &Text,
        scope: &Scope,
        place: &str,
    ) -> Result<Url, RenderError> {
        if let Some(url) = given {
            return parse_url(&self.slug, place, url);
        }
        let text = template
            .render(scope)
            .map_err(|e| RenderError::template(&self.slug, place, &e))?;
        parse_url(&self.slug, place, &text)
    }

    fn params<'t>(
        &self,
        params: impl IntoIterator<Item = (&'t String, &'t Text)>,
        scope: &Scope,
        place: &str,
    ) -> Result<Vec<(String, String)>, RenderError> {
        let mut out = Vec::new();
        for (name, text) in params {
            // One that only uses optional settings that were left empty is left out.
            let value = text
                .template()
                .and_then(|template| template.render_optional(scope))
                .map_err(|e| RenderError::template(&self.slug, format!("{place} {name}"), &e))?;
            if let Some(value) = value.as_ref().and_then(json_path::text) {
                out.push((name.clone(), value));
            }
        }
        Ok(out)
    }
}
