use patchbay_expr::percent_encode;
use url::Url;

use super::{OAuthContext, renamed};
use crate::app::App;
use crate::auth::AuthMethod;
use crate::error::RenderError;
use crate::manifest::{Pkce, ScopeSeparator};
use crate::request::{append_query, append_raw_query};

/// What one sign-in puts into the authorize URL.
#[derive(Debug, Clone, Copy)]
pub struct AuthorizeInput<'a> {
    /// The redirect URI registered for the app.
    pub redirect_uri: &'a str,
    /// The single-use state.
    pub state: &'a str,
    /// S256 challenge (RFC 7636 §4.2); left out where the app takes none.
    pub code_challenge: &'a str,
    /// In place of the manifest's scopes.
    pub scopes: Option<&'a [String]>,
}

impl App {
    /// Where to send the user's browser (RFC 6749 §4.1.1).
    pub fn authorize_url(
        &self,
        method: &AuthMethod,
        context: &OAuthContext<'_>,
        input: &AuthorizeInput<'_>,
    ) -> Result<Url, RenderError> {
        let oauth = self.oauth(method)?;
        let template = oauth
            .authorize_url
            .as_ref()
            .ok_or_else(|| RenderError::Missing {
                app: self.slug.clone(),
                what: "sign-in page for this auth method",
            })?;
        let scope = context.scope();
        let mut url = self.endpoint(
            context.endpoints.authorize_url.as_deref(),
            template,
            &scope,
            "authorize_url",
        )?;
        let pair = |n: &str, v: &str| (n.to_owned(), v.to_owned());
        let named = |pairs: Vec<(String, String)>| renamed(&oauth.param_names, pairs);
        append_query(
            &mut url,
            &named(vec![
                pair("response_type", "code"),
                pair("client_id", context.client.id),
                pair("redirect_uri", input.redirect_uri),
            ]),
        );
        let scopes = match input.scopes {
            Some(scopes) => scopes.to_vec(),
            None => self.scopes(method, context.settings)?,
        };
        if !scopes.is_empty() {
            let separator = match oauth.scope_separator {
                ScopeSeparator::Space => "%20",
                ScopeSeparator::Comma => "%2C",
                ScopeSeparator::Plus => "+",
            };
            let encoded: Vec<String> = scopes.iter().map(|s| percent_encode(s)).collect();
            for (name, ()) in renamed(&oauth.param_names, vec![("scope".to_owned(), ())]) {
                let name = percent_encode(&name);
                append_raw_query(&mut url, &format!("{name}={}", encoded.join(separator)));
            }
        }
        append_query(&mut url, &[pair("state", input.state)]);
        if oauth.pkce == Pkce::S256 {
            append_query(
                &mut url,
                &[
                    pair("code_challenge", input.code_challenge),
                    pair("code_challenge_method", "S256"),
                ],
            );
        }
        let extra = self.params(&oauth.authorize_params, &scope, "authorize parameter")?;
        append_query(&mut url, &extra);
        Ok(url)
    }
}
