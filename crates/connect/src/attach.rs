//! Putting a credential on a request: the only place where secrets meet templates and signatures.

use http::{
    HeaderMap, Method,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue},
};
use patchbay_catalog::{
    App, AttachParts, AuthMethod, BodyParts, ConnectionFacts, HostPort, RenderError, Settings,
    SigningScope,
};
use patchbay_egress::{Body, EgressRequest};
use patchbay_model::Timestamp;
use patchbay_store::connections::ConnectionRow;
use patchbay_vault::{Secret, SecretMap};

use crate::{
    ConnectResult, Connector, LiveCredential,
    sign::{
        aws::{self, AwsKey, AwsRequest},
        jwt,
        oauth1::{self, OAuth1Key, OAuth1Request},
    },
};

/// Most of a body, in bytes, that is read whole to be signed or joined with a key.
pub const BODY_WHOLE_MAX: usize = 10 * 1024 * 1024;

/// What a credential does to a request. Holds secrets: no `Debug`.
pub struct Attached {
    parts: AttachParts,
    headers: Vec<(HeaderName, HeaderValue)>,
    signer: Option<Signer>,
}

enum Signer {
    OAuth1(OAuth1Key),
    Aws(AwsKey),
}

impl Attached {
    pub(crate) fn new(
        app: &App,
        method: &AuthMethod,
        settings: &Settings,
        facts: &ConnectionFacts,
        secrets: &SecretMap,
    ) -> Result<Self, RenderError> {
        let jwt = per_request_jwt(app, method, settings, secrets)?;
        let mut fields = exposed(secrets);
        if let Some(jwt) = &jwt {
            fields.push(("jwt", jwt.expose()));
        }
        let parts = app.attach(method, settings, facts, &fields)?;
        Self::of(parts, signer(app, method, settings, secrets)?)
    }

    /// Of parts that are rendered already.
    pub(crate) fn of_parts(parts: AttachParts) -> Result<Self, RenderError> {
        Self::of(parts, None)
    }

    fn of(parts: AttachParts, signer: Option<Signer>) -> Result<Self, RenderError> {
        let mut headers = Vec::with_capacity(parts.headers.len());
        for (name, value) in &parts.headers {
            let unsendable = || RenderError::BadValue {
                place: "a header of the credential".to_owned(),
                what: "characters that headers do not have",
            };
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable())?;
            let mut value = HeaderValue::from_str(value).map_err(|_| unsendable())?;
            value.set_sensitive(true);
            headers.push((name, value));
        }
        Ok(Self {
            parts,
            headers,
            signer,
        })
    }

    /// Whether the credential is part of the path, so that the app's own URLs hold it already.
    pub fn is_in_path(&self) -> bool {
        self.parts.path_prefix.is_some()
    }

    /// Whether a body has to be there whole before the credential can be put on its request: because a key goes into
    /// it, or because it is signed.
    pub fn reads_body(&self, method: &Method, headers: &HeaderMap) -> bool {
        let joins = !self.parts.body.is_empty() && !matches!(*method, Method::GET | Method::HEAD);
        joins
            || match &self.signer {
                None => false,
                Some(Signer::OAuth1(_)) => is_form(headers),
                Some(Signer::Aws(key)) => !key.unsigned,
            }
    }

    /// Puts the credential on a request, replacing whatever stood there. Each attempt is signed anew.
    ///
    /// # Errors
    /// When the body is a stream although [`Self::reads_body`] asks for a whole one, or is of a kind that the key
    /// cannot be put into.
    pub fn put(&self, request: &mut EgressRequest) -> Result<(), RenderError> {
        self.parts.apply_url(&mut request.url);
        for (name, value) in &self.headers {
            request.headers.insert(name.clone(), value.clone());
        }
        if self.parts.body.is_empty() && self.signer.is_none() {
            return Ok(());
        }
        if !self.parts.body.is_empty() {
            self.join(request)?;
        }
        match &self.signer {
            None => Ok(()),
            Some(Signer::OAuth1(key)) => oauth1_put(key, request),
            Some(Signer::Aws(key)) => aws_put(key, request),
        }
    }

    fn join(&self, request: &mut EgressRequest) -> Result<(), RenderError> {
        let kind = request.headers.get(CONTENT_TYPE);
        let kind = kind.and_then(|value| value.to_str().ok().map(str::to_owned));
        let verb = request.method.as_str().to_owned();
        let mut url = request.url.clone();
        let in_query = matches!(request.method, Method::GET | Method::HEAD);
        let body = if in_query { &[] } else { whole(request)? };
        let joined = self
            .parts
            .apply_body(&verb, &mut url, kind.as_deref(), body)?;
        request.url = url;
        let Some(BodyParts {
            bytes,
            content_type,
        }) = joined
        else {
            return Ok(());
        };
        if let Some(content_type) = content_type {
            let content_type = HeaderValue::from_static(content_type);
            request.headers.insert(CONTENT_TYPE, content_type);
        }
        request.body = Body::from(bytes);
        Ok(())
    }
}

impl Connector {
    /// What the credential does to a request of its connection. The caller has made sure that the request's host is
    /// one of [`pinned_hosts`].
    pub fn attach(&self, live: &LiveCredential) -> ConnectResult<Attached> {
        let row = &live.connection;
        let app = self.app(&row.app)?;
        let method = self.method(&app, &row.auth_method)?;
        Ok(Attached::new(
            &app,
            method,
            &row.settings,
            &facts(row),
            &live.secrets,
        )?)
    }
}

/// The fields of a credential, as templates take them.
pub(crate) fn exposed(secrets: &SecretMap) -> Vec<(&str, &str)> {
    secrets
        .iter()
        .map(|(name, secret)| (name, secret.expose()))
        .collect()
}

/// A token signed with the fields of a form.
pub(crate) fn jwt_signed(
    app: &App,
    method: &AuthMethod,
    settings: &Settings,
    secrets: &SecretMap,
) -> Result<Option<Secret>, RenderError> {
    let now = Timestamp::now().seconds();
    let Some(parts) = app.jwt(method, settings, &exposed(secrets), now)? else {
        return Ok(None);
    };
    let signed = jwt::signed(&parts).map_err(|error| RenderError::Template {
        app: app.slug.clone(),
        place: "signed token".to_owned(),
        message: error.to_string(),
    })?;
    Ok(Some(signed))
}

/// The token that is itself the credential, where no login exchanges it.
fn per_request_jwt(
    app: &App,
    method: &AuthMethod,
    settings: &Settings,
    secrets: &SecretMap,
) -> Result<Option<Secret>, RenderError> {
    if method.login.is_some() {
        return Ok(None);
    }
    jwt_signed(app, method, settings, secrets)
}

fn signer(
    app: &App,
    method: &AuthMethod,
    settings: &Settings,
    secrets: &SecretMap,
) -> Result<Option<Signer>, RenderError> {
    let text = |name: &str| secrets.expose(name).unwrap_or_default().to_owned();
    let secret = |name: &str| secrets.get(name).map(Secret::duplicate);
    let needed = |name: &str| secret(name).unwrap_or_else(|| Secret::new(""));
    Ok(match app.signing_scope(method, settings)? {
        None => None,
        Some(SigningScope::OAuth1 { signature, realm }) => Some(Signer::OAuth1(OAuth1Key {
            consumer_key: text("consumer_key"),
            consumer_secret: needed("consumer_secret"),
            token: Some((text("token"), needed("token_secret"))),
            signature,
            realm,
        })),
        Some(SigningScope::Aws {
            service,
            region,
            unsigned,
        }) => Some(Signer::Aws(AwsKey {
            access_key_id: text("access_key_id"),
            secret_access_key: needed("secret_access_key"),
            session_token: secret("session_token"),
            service,
            region,
            unsigned,
        })),
    })
}

fn oauth1_put(key: &OAuth1Key, request: &mut EgressRequest) -> Result<(), RenderError> {
    let form = if is_form(&request.headers) {
        whole(request)?
    } else {
        &[]
    };
    let value = oauth1::authorization(
        key,
        &OAuth1Request {
            method: request.method.as_str(),
            url: &request.url,
            form,
            more: Vec::new(),
        },
    );
    signed_header(&mut request.headers, AUTHORIZATION, &value)
}

fn aws_put(key: &AwsKey, request: &mut EgressRequest) -> Result<(), RenderError> {
    aws::url_canonical(&mut request.url);
    let body = if key.unsigned { &[] } else { whole(request)? };
    let payload = aws::payload(key, body);
    let covered = |name: &HeaderName| *name == CONTENT_TYPE || name.as_str().starts_with("x-amz-");
    let headers = request.headers.iter().filter(|(name, _)| covered(name));
    let headers = headers
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect();
    let signed = AwsRequest {
        method: request.method.as_str(),
        url: &request.url,
        headers,
        payload,
    };
    for (name, value) in aws::headers(key, signed, Timestamp::now()) {
        signed_header(&mut request.headers, HeaderName::from_static(name), &value)?;
    }
    Ok(())
}

fn signed_header(
    headers: &mut HeaderMap,
    name: HeaderName,
    value: &str,
) -> Result<(), RenderError> {
    let mut value = HeaderValue::from_str(value).map_err(|_| RenderError::BadValue {
        place: "a field of the credential".to_owned(),
        what: "characters that headers do not have",
    })?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(())
}

fn is_form(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
}

/// The body, which the caller has read.
fn whole(request: &EgressRequest) -> Result<&[u8], RenderError> {
    request.body.whole().ok_or_else(|| RenderError::BadValue {
        place: "the request".to_owned(),
        what: "a body that is still arriving, which cannot be signed",
    })
}

/// What templates may know of a connection.
pub fn facts(row: &ConnectionRow) -> ConnectionFacts {
    ConnectionFacts {
        id: row.id.to_string(),
        name: row.name.clone(),
        account: row.account.label.clone(),
    }
}

/// The only hosts the connection's credential may be sent to, as pinned when it was connected.
pub fn pinned_hosts(row: &ConnectionRow) -> Vec<HostPort> {
    row.hosts
        .iter()
        .filter_map(|host| host.parse().ok())
        .collect()
}
