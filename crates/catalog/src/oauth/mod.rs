//! OAuth 2.0 as each app speaks it: what to send, and how to read the answer.
//! Nothing here sends anything.

mod authorize;
mod open_host;
mod revoke;
mod token_answer;
mod token_request;

use patchbay_expr::Scope;
use serde_json::{Value as Json, json};
use url::Url;

pub use authorize::AuthorizeInput;
pub use revoke::{Revocation, RevokedToken};
pub use token_answer::{TokenAnswer, TokenFailure, TokenFailureKind};
pub use token_request::{Grant, TokenRequest};

use crate::app::{App, parse_url};
use crate::auth::{AuthMethod, OAuth};
use crate::context::{Settings, settings_scope};
use crate::error::RenderError;
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

impl OAuthContext<'_> {
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
        params
            .into_iter()
            .map(|(name, template)| {
                template
                    .render(scope)
                    .map(|value| (name.clone(), value))
                    .map_err(|e| RenderError::template(&self.slug, format!("{place} {name}"), &e))
            })
            .collect()
    }
}
