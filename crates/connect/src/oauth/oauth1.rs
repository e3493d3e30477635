//! Signing in by OAuth 1.0a (RFC 5849 §2): a temporary token before the browser leaves, the lasting one when it is back.

use patchbay_catalog::{App, AuthMethod, OAuth1Answer, SigningScope};
use patchbay_egress::{EgressRequest, Limits};
use patchbay_vault::{Secret, SecretMap};
use url::Url;

use super::{
    Client, TokenError, TokenErrorClass,
    token::{redirected, refused, unanswered, unrendered},
};
use crate::{
    Connector,
    sign::oauth1::{OAuth1Key, OAuth1Request, authorization},
};

/// A sign-in that has begun.
pub(crate) struct OAuth1Start {
    /// Where the person signs in.
    pub(crate) authorize_url: Url,
    /// The temporary token, which the redirect names.
    pub(crate) token: String,
    pub(crate) secret: Secret,
}

impl Connector {
    /// Asks for a temporary token (§2.1). `callback` carries the state, for there is no parameter of that name.
    pub(crate) async fn oauth1_begin(
        &self,
        app: &App,
        method: &AuthMethod,
        client: &Client,
        settings: &patchbay_catalog::Settings,
        callback: &Url,
    ) -> Result<OAuth1Start, TokenError> {
        let urls = app
            .oauth1_urls(method, &client.context(settings))
            .map_err(|error| unrendered(&error))?;
        let key = self.oauth1_key(app, method, client, settings, None)?;
        let more = vec![("oauth_callback", callback.to_string())];
        let answer = self
            .oauth1_ask(app, method, client, &key, urls.request_token, more, false)
            .await?;
        let mut authorize_url = urls.authorize;
        authorize_url
            .query_pairs_mut()
            .append_pair("oauth_token", &answer.token);
        Ok(OAuth1Start {
            authorize_url,
            token: answer.token,
            secret: Secret::new(answer.secret),
        })
    }

    /// Exchanges the temporary token (§2.3). What comes back holds all that signs requests from now on.
    pub(crate) async fn oauth1_finish(
        &self,
        app: &App,
        method: &AuthMethod,
        client: &Client,
        settings: &patchbay_catalog::Settings,
        temporary: (&str, &Secret),
        verifier: &str,
    ) -> Result<(SecretMap, patchbay_catalog::Settings), TokenError> {
        let urls = app
            .oauth1_urls(method, &client.context(settings))
            .map_err(|error| unrendered(&error))?;
        let key = self.oauth1_key(app, method, client, settings, Some(temporary))?;
        let more = vec![("oauth_verifier", verifier.to_owned())];
        let answer = self
            .oauth1_ask(app, method, client, &key, urls.access_token, more, true)
            .await?;
        let secrets = SecretMap::from_iter([
            ("consumer_key".to_owned(), Secret::new(&*client.id)),
            ("consumer_secret".to_owned(), key.consumer_secret),
            ("token".to_owned(), Secret::new(answer.token)),
            ("token_secret".to_owned(), Secret::new(answer.secret)),
        ]);
        Ok((secrets, answer.keep))
    }

    #[allow(clippy::unused_self)] // stands beside those that send
    fn oauth1_key(
        &self,
        app: &App,
        method: &AuthMethod,
        client: &Client,
        settings: &patchbay_catalog::Settings,
        token: Option<(&str, &Secret)>,
    ) -> Result<OAuth1Key, TokenError> {
        let scope = app
            .signing_scope(method, settings)
            .map_err(|error| unrendered(&error))?;
        let Some(SigningScope::OAuth1 { signature, realm }) = scope else {
            return Err(TokenError {
                class: TokenErrorClass::App,
                provider: None,
                message: format!("{} does not sign in this way.", app.name),
            });
        };
        Ok(OAuth1Key {
            consumer_key: client.id.clone(),
            consumer_secret: client
                .secret
                .as_ref()
                .map_or_else(|| Secret::new(""), Secret::duplicate),
            token: token.map(|(token, secret)| (token.to_owned(), secret.duplicate())),
            signature,
            realm,
        })
    }

    #[allow(clippy::too_many_arguments)] // two legs of one exchange
    async fn oauth1_ask(
        &self,
        app: &App,
        method: &AuthMethod,
        client: &Client,
        key: &OAuth1Key,
        url: Url,
        more: Vec<(&'static str, String)>,
        keeps: bool,
    ) -> Result<OAuth1Answer, TokenError> {
        let signed = OAuth1Request {
            method: "POST",
            url: &url,
            form: &[],
            more,
        };
        let mut value =
            http::HeaderValue::from_str(&authorization(key, &signed)).map_err(|_| TokenError {
                class: TokenErrorClass::App,
                provider: None,
                message: format!(
                    "The OAuth client of {} holds characters that cannot be sent.",
                    app.name
                ),
            })?;
        value.set_sensitive(true);
        let mut out = EgressRequest::new(http::Method::POST, url);
        out.headers.insert(http::header::AUTHORIZATION, value);
        out.limits = Limits::TOKEN;
        out.tls12 = client.tls12;
        let answer = self
            .inner
            .egress
            .send_bytes(out)
            .await
            .map_err(|error| unanswered(app, &error))?;
        let status = answer.status.as_u16();
        if answer.status.is_redirection() {
            return Err(redirected(app, status));
        }
        app.oauth1_answer(method, status, &answer.body, keeps)
            .map_err(|failure| refused(app, &failure, &[]))
    }
}
