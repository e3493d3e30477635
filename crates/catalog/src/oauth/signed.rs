use url::Url;

use super::OAuthContext;
use crate::app::App;
use crate::auth::{AuthMethod, OAuth1, Signing};
use crate::context::{Settings, settings_scope};
use crate::error::RenderError;
use crate::manifest::{AwsPayload, OAuth1Signature};
use crate::request::append_query;

/// What requests of a connection are signed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SigningScope {
    /// OAuth 1.0a.
    OAuth1 {
        /// How.
        signature: OAuth1Signature,
        /// Beside the signature.
        realm: Option<String>,
    },
    /// AWS Signature Version 4.
    Aws {
        /// Signing name.
        service: String,
        /// Region.
        region: String,
        /// The body is not part of what is signed.
        unsigned: bool,
    },
}

/// The addresses of a sign-in by OAuth 1.0a (RFC 5849 §2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuth1Urls {
    /// Where it begins.
    pub request_token: Url,
    /// Where the user signs in; the temporary token is to be added.
    pub authorize: Url,
    /// Where the token is fetched.
    pub access_token: Url,
}

impl App {
    /// What requests are signed for with these settings; `None` where they are not signed.
    pub fn signing_scope(
        &self,
        method: &AuthMethod,
        settings: &Settings,
    ) -> Result<Option<SigningScope>, RenderError> {
        let scope = settings_scope(settings);
        let text = |text: &crate::manifest::Text, place: &str| {
            text.render(&scope)
                .map_err(|error| RenderError::template(&self.slug, place, &error))
        };
        Ok(Some(match &method.signing {
            None => return Ok(None),
            Some(Signing::OAuth1(oauth1)) => SigningScope::OAuth1 {
                signature: oauth1.signature,
                realm: oauth1
                    .realm
                    .as_ref()
                    .map(|realm| text(realm, "realm"))
                    .transpose()?,
            },
            Some(Signing::Aws(aws)) => SigningScope::Aws {
                service: text(&aws.service, "service to sign for")?,
                region: text(&aws.region, "region to sign for")?,
                unsigned: aws.payload == AwsPayload::Unsigned,
            },
        }))
    }

    /// The addresses of a sign-in by OAuth 1.0a.
    pub fn oauth1_urls(
        &self,
        method: &AuthMethod,
        context: &OAuthContext<'_>,
    ) -> Result<OAuth1Urls, RenderError> {
        let oauth = self.oauth(method)?;
        let missing = || RenderError::Missing {
            app: self.slug.clone(),
            what: "sign-in page for this auth method",
        };
        let Some(Signing::OAuth1(OAuth1 {
            request_token_url: Some(request_token),
            ..
        })) = &method.signing
        else {
            return Err(missing());
        };
        let authorize = oauth.authorize_url.as_ref().ok_or_else(missing)?;
        let scope = context.scope();
        let endpoints = context.endpoints;
        let given = endpoints.authorize_url.as_deref();
        let mut authorize = self.endpoint(given, authorize, &scope, "authorize_url")?;
        let extra = self.params(&oauth.authorize_params, &scope, "authorize parameter")?;
        append_query(&mut authorize, &extra);
        let given = endpoints.token_url.as_deref();
        Ok(OAuth1Urls {
            request_token: self.endpoint(None, request_token, &scope, "request_token_url")?,
            authorize,
            access_token: self.endpoint(given, &oauth.token_url, &scope, "token_url")?,
        })
    }
}
