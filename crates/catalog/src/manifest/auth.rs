use std::borrow::Cow;
use std::fmt;

use indexmap::IndexMap;
use patchbay_model::AuthMethodKind;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer, StrDeserializer};
use serde::de::{self, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::call::RequestTemplate;
use super::connect::{CallbackManifest, DiscoverManifest};
use super::form::Field;
use super::keep::{Keep, ResponseManifest};
use super::signed::{AwsManifest, JwtManifest, OAuth1Signature};
use super::template::Text;
use super::template::word_or_map;

/// One way into an app, as written. Which fields apply depends on `method`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthManifest {
    /// The kind of credential.
    #[schemars(schema_with = "method_schema")]
    pub method: AuthMethodKind,
    /// Shown where an app has several methods.
    pub title: Option<String>,
    /// What the user fills in. Implied for `basic`, and for `api_key` with one key.
    pub fields: Option<Vec<Field>>,
    /// Names of the settings this method needs; all when absent.
    pub settings: Option<Vec<String>>,
    /// How the credential is put on a request. OAuth: bearer header unless said otherwise.
    pub attach: Option<AttachManifest>,
    /// In place of the app's `base_url`, for connections made with this method.
    pub base_url: Option<Text>,
    /// In place of the app's `hosts`, for connections made with this method.
    pub hosts: Option<Vec<Text>>,
    /// Calls made once the credential is there and before it is checked; what they answer is kept as settings.
    pub discover: Option<Vec<DiscoverManifest>>,
    /// OAuth: what the redirect back carries besides the code.
    pub callback: Option<CallbackManifest>,

    /// OAuth: where the user signs in.
    pub authorize_url: Option<Text>,
    /// OAuth: where codes and refresh tokens are exchanged.
    pub token_url: Option<Text>,
    /// OAuth: where tokens are refreshed, if elsewhere.
    pub refresh_url: Option<Text>,
    /// OAuth: RFC 7009 revocation endpoint.
    pub revoke_url: Option<Text>,
    /// OAuth: how to revoke, where it is not RFC 7009.
    pub revoke: Option<RevokeManifest>,
    /// OAuth: the `iss` that the callback must carry (RFC 9207).
    pub issuer: Option<Text>,
    /// OAuth: what is asked for by default. One entry may render to several, split at spaces.
    pub scopes: Option<Vec<Text>>,
    /// OAuth: between scopes.
    pub scope_separator: Option<ScopeSeparator>,
    /// OAuth: proof key for code exchange (RFC 7636).
    pub pkce: Option<Pkce>,
    /// OAuth: where client id and secret go in token requests.
    pub client_auth: Option<ClientAuths>,
    /// OAuth: other names of the standard parameters; null for one that is not sent.
    pub param_names: Option<IndexMap<String, Option<String>>>,
    /// OAuth: how token requests are written.
    pub token_format: Option<TokenFormat>,
    /// OAuth: further parameters of the authorize URL.
    pub authorize_params: Option<IndexMap<String, Text>>,
    /// OAuth: further parameters of the token request.
    pub token_params: Option<IndexMap<String, Text>>,
    /// OAuth: further parameters of the refresh request.
    pub refresh_params: Option<IndexMap<String, Text>>,
    /// OAuth: where the answer differs from RFC 6749 §5.
    pub response: Option<ResponseManifest>,
    /// OAuth: seconds a token lives when the answer says nothing; absent = it does not expire.
    pub default_ttl: Option<u32>,
    /// OAuth: what becomes of the refresh token when it is used, or the request that renews the token.
    pub refresh: Option<RefreshManifest>,
    /// OAuth: further exchanges right after the code, one or a list; the last one's answer is the token.
    pub exchange: Option<Exchanges>,
    /// OAuth: seconds a used refresh token still works.
    pub refresh_grace: Option<u32>,
    /// `token_exchange`, `jwt_bearer`: the request whose answer is the token. Uses `settings` and `credential`.
    pub request: Option<RequestTemplate>,
    /// `token_exchange`: how the login itself is signed in.
    pub login_attach: Option<AttachManifest>,
    /// `jwt_bearer`: the token that is signed here.
    pub jwt: Option<JwtManifest>,
    /// `oauth1`: where a sign-in begins (RFC 5849 §2.1).
    pub request_token_url: Option<Text>,
    /// `oauth1`: how requests are signed (RFC 5849 §3.4).
    pub signature: Option<OAuth1Signature>,
    /// `oauth1`: the realm beside the signature.
    pub realm: Option<Text>,
    /// `aws_sigv4`: what requests are signed for.
    pub aws: Option<AwsManifest>,
    /// OAuth: where an admin registers the client.
    pub setup_url: Option<String>,
    /// OAuth: what to do there, in the order of its pages: what kind of client, where the redirect URI and
    /// which permissions go, where id and secret are shown.
    pub setup_help: Option<String>,
}

impl AuthManifest {
    /// Every rule that keeps a value as a setting: its path in the manifest, its name, the rule.
    pub fn keeps(&self) -> impl Iterator<Item = (String, &String, &Keep)> {
        let callback = self.callback.iter().flat_map(|callback| {
            let rules = callback.keep.iter();
            rules.map(|(name, rule)| (format!("callback.keep.{name}"), name, rule))
        });
        let response = self.response.iter().flat_map(|response| {
            let rules = response.keep.iter();
            rules.map(|(name, rule)| (format!("response.keep.{name}"), name, rule))
        });
        let discover = self.discover.iter().flatten().enumerate();
        let discover = discover.flat_map(|(nth, step)| {
            let rules = step.keep.iter();
            rules.map(move |(name, rule)| (format!("discover[{nth}].keep.{name}"), name, rule))
        });
        let exchange = self.exchanges().flat_map(|(at, exchange)| {
            let rules = exchange.response.iter().flat_map(|r| &r.keep);
            rules.map(move |(name, rule)| (format!("{at}.response.keep.{name}"), name, rule))
        });
        callback.chain(response).chain(exchange).chain(discover)
    }

    /// The exchanges after the code, with their paths in the manifest.
    pub fn exchanges(&self) -> impl Iterator<Item = (String, &ExchangeManifest)> {
        let exchanges = self
            .exchange
            .iter()
            .flat_map(|all| all.0.iter().enumerate());
        exchanges.map(|(nth, exchange)| {
            let at = match &self.exchange {
                Some(Exchanges(all)) if all.len() > 1 => format!("exchange[{nth}]"),
                _ => "exchange".to_owned(),
            };
            (at, exchange)
        })
    }
}

fn method_schema(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<&str> = AuthMethodKind::ALL.iter().map(|k| k.as_str()).collect();
    json_schema!({"type": "string", "enum": names})
}

/// How a credential is put on a request; parts may be combined.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttachManifest {
    /// Headers; names may be templates too.
    #[serde(default)]
    pub header: IndexMap<String, Text>,
    /// Query parameters; names may be templates too.
    #[serde(default)]
    pub query: IndexMap<String, Text>,
    /// HTTP Basic (RFC 7617).
    pub basic: Option<BasicAttach>,
    /// Put before the request's path.
    pub path: Option<Text>,
    /// Put into the JSON object or form that a request sends; GET and HEAD carry it in the query.
    #[serde(default)]
    pub body: IndexMap<String, Text>,
    /// How a body is made where a request has none.
    #[serde(default)]
    pub body_format: AttachBodyFormat,
}

/// How a body is made of a credential alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AttachBodyFormat {
    /// A JSON object.
    #[default]
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
}

/// The two halves of HTTP Basic.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BasicAttach {
    /// Before the colon.
    pub username: Text,
    /// After the colon.
    pub password: Text,
}

/// What separates scopes in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
pub enum ScopeSeparator {
    /// RFC 6749 §3.3.
    #[default]
    #[serde(rename = " ")]
    Space,
    /// Comma.
    #[serde(rename = ",")]
    Comma,
    /// A literal plus sign in the URL.
    #[serde(rename = "+")]
    Plus,
}

/// Proof key for code exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
pub enum Pkce {
    /// SHA-256 challenge.
    #[default]
    S256,
    /// Not sent.
    #[serde(rename = "none")]
    None,
}

/// How the client identifies itself in token requests (RFC 6749 §2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ClientAuth {
    /// `client_id` and `client_secret` in the body.
    #[default]
    Body,
    /// HTTP Basic.
    Header,
    /// `client_id` in the body, no secret.
    None,
    /// Nothing of the client is sent, but for what the parameters say.
    Omit,
}

/// How the client identifies itself, in one word or for each grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClientAuths {
    /// When a code or the client's own right is exchanged.
    pub code: ClientAuth,
    /// When a token is refreshed.
    pub refresh: ClientAuth,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ClientAuthsParts {
    /// When a code or the client's own right is exchanged.
    #[serde(default)]
    code: ClientAuth,
    /// When a token is refreshed.
    #[serde(default)]
    refresh: ClientAuth,
}

word_or_map!(
    ClientAuths,
    "`body`, `header`, `none` or `omit`, or a map of `code` and `refresh`",
    ClientAuth,
    ClientAuthsParts,
    |word| Self {
        code: word,
        refresh: word
    },
    |parts| Self {
        code: parts.code,
        refresh: parts.refresh
    }
);

/// How token requests are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TokenFormat {
    /// `application/x-www-form-urlencoded`.
    #[default]
    Form,
    /// JSON object.
    Json,
}

/// What becomes of a refresh token when it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RefreshKind {
    /// Each refresh gives a new one and the old one ends.
    Rotates,
    /// It stays.
    #[default]
    Static,
    /// There is none.
    None,
}

/// How a token is renewed: by the usual request, of which a word says what becomes of the refresh token, or by a
/// request of the app's own.
#[derive(Debug, Clone)]
pub enum RefreshManifest {
    /// RFC 6749 §6.
    Kind(RefreshKind),
    /// Uses `settings`, `client` and `credential`. One that uses `credential.access_token` renews a token that has no
    /// refresh token.
    Request(Box<RequestTemplate>),
}

impl<'de> Deserialize<'de> for RefreshManifest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = RefreshManifest;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`rotates`, `static`, `none`, or a request")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                let word: StrDeserializer<'_, E> = text.into_deserializer();
                if text.trim().contains(' ') {
                    let request = RequestTemplate::deserialize(word)?;
                    return Ok(RefreshManifest::Request(Box::new(request)));
                }
                RefreshKind::deserialize(word).map(RefreshManifest::Kind)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let request = RequestTemplate::deserialize(MapAccessDeserializer::new(map))?;
                Ok(RefreshManifest::Request(Box::new(request)))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

impl JsonSchema for RefreshManifest {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "RefreshManifest".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let kind = generator.subschema_for::<RefreshKind>();
        let request = generator.subschema_for::<RequestTemplate>();
        json_schema!({"anyOf": [kind, request]})
    }
}

/// Exchanges right after the code, in order. Each presents the token of the one before.
#[derive(Debug, Clone)]
pub struct Exchanges(pub Vec<ExchangeManifest>);

impl<'de> Deserialize<'de> for Exchanges {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Exchanges;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an exchange, or a list of exchanges")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let one = ExchangeManifest::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Exchanges(vec![one]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(list)).map(Exchanges)
            }
        }

        deserializer.deserialize_any(Either)
    }
}

impl JsonSchema for Exchanges {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Exchanges".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<ExchangeManifest>();
        let list = generator.subschema_for::<Vec<ExchangeManifest>>();
        json_schema!({"anyOf": [one, list]})
    }
}

/// An exchange of the token that was got last for another one.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExchangeManifest {
    /// What to send. Uses `settings`, `client` (its `secret` too) and `credential.access_token`.
    pub request: RequestTemplate,
    /// How its answer is read, where that is not as the code's.
    pub response: Option<ResponseManifest>,
}

/// A revocation that is not RFC 7009.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RevokeManifest {
    /// What to send. May use `settings`, `client.id` and `credential`.
    pub request: RequestTemplate,
    /// Who sends it.
    pub auth: RevokeAuth,
}

/// Who a revocation request is authenticated as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RevokeAuth {
    /// The OAuth client, by HTTP Basic.
    Client,
    /// The credential, attached as on any request.
    Credential,
    /// Nobody.
    None,
}
