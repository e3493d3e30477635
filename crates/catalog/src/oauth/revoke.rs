use serde_json::json;

use super::token_request::{client_auth, client_basic, write};
use super::{OAuthContext, TokenRequest};
use crate::app::App;
use crate::auth::AuthMethod;
use crate::context::CallContext;
use crate::error::RenderError;
use crate::manifest::{RequestTemplate, RevokeAuth, Text, TokenFormat};
use crate::request::set_header;

/// The tokens of a connection that is to be revoked. No `Debug`.
#[derive(Clone, Copy)]
pub struct RevokedToken<'a> {
    /// Access token.
    pub access_token: &'a str,
    /// Refresh token, when there is one.
    pub refresh_token: Option<&'a str>,
}

/// A revocation ready to be sent. No `Debug`.
#[derive(Clone)]
pub struct Revocation {
    /// The request.
    pub request: TokenRequest,
    /// Whether the caller must still attach the credential, as on any request.
    pub attach_credential: bool,
}

impl App {
    /// The request that withdraws access at the provider; `None` where the app
    /// has no such endpoint. RFC 7009 §2.1 with the refresh token, which ends
    /// the access token too, or the access token where there is none.
    pub fn revocation(
        &self,
        method: &AuthMethod,
        context: &OAuthContext<'_>,
        tokens: RevokedToken<'_>,
    ) -> Result<Option<Revocation>, RenderError> {
        let oauth = self.oauth(method)?;
        let given = context.endpoints.revoke_url.as_deref();
        if given.is_none()
            && let Some(revoke) = &oauth.revoke
        {
            return self
                .own_revocation(method, &revoke.request, revoke.auth, context, tokens)
                .map(Some);
        }
        let template = match (&oauth.revoke_url, given) {
            (Some(template), _) => template.clone(),
            (None, Some(url)) => Text::new(url),
            (None, None) => return Ok(None),
        };
        let url = self.endpoint(given, &template, &context.scope(), "revoke_url")?;
        let (token, hint) = match tokens.refresh_token {
            Some(token) => (token, "refresh_token"),
            None => (tokens.access_token, "access_token"),
        };
        let mut params = vec![
            ("token".to_owned(), token.to_owned()),
            ("token_type_hint".to_owned(), hint.to_owned()),
        ];
        let mut headers = vec![("Accept".to_owned(), "application/json".to_owned())];
        client_auth(
            oauth.client_auth.code,
            context.client,
            &mut headers,
            &mut params,
        );
        Ok(Some(Revocation {
            request: write(url, headers, params, TokenFormat::Form),
            attach_credential: false,
        }))
    }

    fn own_revocation(
        &self,
        method: &AuthMethod,
        template: &RequestTemplate,
        auth: RevokeAuth,
        context: &OAuthContext<'_>,
        tokens: RevokedToken<'_>,
    ) -> Result<Revocation, RenderError> {
        let credential = json!({
            "access_token": tokens.access_token,
            "refresh_token": tokens.refresh_token,
        });
        let extra = context.secret_scope().with("credential", &credential);
        let hosts = self.hosts_of(method, context.settings)?;
        let parts = self
            .request_in(
                template,
                &CallContext::new(context.settings).with_method(method),
                &extra,
                &hosts,
            )
            .map_err(|_| RenderError::Template {
                app: self.slug.clone(),
                place: "revocation".to_owned(),
                message: "it uses a value that is not there".to_owned(),
            })?;
        let mut headers = parts.headers;
        if auth == RevokeAuth::Client {
            set_header(&mut headers, "Authorization", client_basic(context.client));
        }
        Ok(Revocation {
            request: TokenRequest {
                method: parts.method,
                url: parts.url,
                headers,
                body: parts.body.unwrap_or_default(),
            },
            attach_credential: auth == RevokeAuth::Credential,
        })
    }
}
