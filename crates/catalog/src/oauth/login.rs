use super::TokenRequest;
use super::token_request::write;
use crate::app::App;
use crate::attach;
use crate::auth::{AuthMethod, Login, LoginRequest};
use crate::context::{ConnectionFacts, Settings, settings_scope};
use crate::error::RenderError;

/// What a login is made with. No `Debug`.
#[derive(Clone, Copy)]
pub struct LoginContext<'a> {
    /// The connection's settings.
    pub settings: &'a Settings,
    /// The fields of the form, `jwt` where one is signed, and `refresh_token` for a renewal.
    pub credential: &'a [(&'a str, &'a str)],
}

impl App {
    /// The request that exchanges the fields for a token.
    pub fn login_request(
        &self,
        method: &AuthMethod,
        context: &LoginContext<'_>,
    ) -> Result<TokenRequest, RenderError> {
        let login = self.login(method)?;
        let scope = settings_scope(context.settings)
            .with("credential", &attach::fields(context.credential));
        let mut request = match &login.how {
            LoginRequest::Own(template) => {
                self.secret_request(method, template, context.settings, &scope)?
            }
            LoginRequest::Assertion {
                url,
                params,
                format,
            } => {
                let url = self.endpoint(None, url, &scope, "token_url")?;
                let jwt = context.credential.iter().find(|(name, _)| *name == "jwt");
                let mut pairs = vec![
                    (
                        "grant_type".to_owned(),
                        "urn:ietf:params:oauth:grant-type:jwt-bearer".to_owned(),
                    ),
                    (
                        "assertion".to_owned(),
                        jwt.map(|(_, jwt)| (*jwt).to_owned()).unwrap_or_default(),
                    ),
                ];
                for (name, value) in self.params(params, &scope, "token parameter")? {
                    pairs.retain(|(n, _)| *n != name);
                    pairs.push((name, value));
                }
                let headers = vec![("Accept".to_owned(), "application/json".to_owned())];
                write(url, headers, pairs, *format)
            }
        };
        if let Some(how) = &login.attach {
            let facts = ConnectionFacts::default();
            let parts =
                attach::render_for(self, how, context.settings, &facts, context.credential)?;
            parts.apply_url(&mut request.url);
            parts.apply_headers(&mut request.headers);
        }
        Ok(request)
    }

    /// The request that renews a login by its refresh token; `None` where the login is made again.
    pub fn login_refresh_request(
        &self,
        method: &AuthMethod,
        context: &LoginContext<'_>,
    ) -> Result<Option<TokenRequest>, RenderError> {
        let Some(template) = &self.login(method)?.refresh else {
            return Ok(None);
        };
        let scope = settings_scope(context.settings)
            .with("credential", &attach::fields(context.credential));
        self.secret_request(method, template, context.settings, &scope)
            .map(Some)
    }

    fn login<'m>(&self, method: &'m AuthMethod) -> Result<&'m Login, RenderError> {
        method.login.as_ref().ok_or_else(|| RenderError::Missing {
            app: self.slug.clone(),
            what: "login with this auth method",
        })
    }
}
