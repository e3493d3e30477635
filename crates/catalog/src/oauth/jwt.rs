use serde_json::{Map, Value as Json};

use crate::app::App;
use crate::attach;
use crate::auth::AuthMethod;
use crate::context::{Settings, settings_scope};
use crate::error::RenderError;
use crate::manifest::{JwtAlgorithm, KeyFormat, Tree};

/// A token to be signed. No `Debug`: it holds the key.
pub struct JwtParts {
    /// How.
    pub algorithm: JwtAlgorithm,
    /// With what, as it is written.
    pub key: String,
    /// How that is written.
    pub key_format: KeyFormat,
    /// Header parameters.
    pub header: Map<String, Json>,
    /// Claims.
    pub claims: Map<String, Json>,
}

/// Clocks differ: a token is dated this many seconds back.
const BACKDATED: i64 = 30;

impl App {
    /// The token that `method` signs at `now`, in epoch seconds; `None` where it signs none.
    pub fn jwt(
        &self,
        method: &AuthMethod,
        settings: &Settings,
        credential: &[(&str, &str)],
        now: i64,
    ) -> Result<Option<JwtParts>, RenderError> {
        let Some(jwt) = &method.jwt else {
            return Ok(None);
        };
        let scope = settings_scope(settings)
            .with("credential", &attach::fields(credential))
            .with_now(now);
        let secret = |place: &str, error: &patchbay_expr::ExprError| {
            RenderError::secret_template(&self.slug, place, error)
        };
        let key = jwt
            .key
            .render(&scope)
            .map_err(|error| secret("signing key", &error))?;
        let values = |trees: &indexmap::IndexMap<String, Tree>, place: &str| {
            let mut out = Map::new();
            for (name, tree) in trees {
                let value = tree.render(&scope).map_err(|error| secret(place, &error))?;
                if let Some(value) = value.filter(|value| !value.is_null()) {
                    out.insert(name.clone(), value);
                }
            }
            Ok::<_, RenderError>(out)
        };
        let mut header = values(&jwt.header, "header of the signed token")?;
        header.insert("alg".to_owned(), Json::from(jwt.algorithm.as_str()));
        header.entry("typ").or_insert_with(|| Json::from("JWT"));
        let mut claims = values(&jwt.claims, "claims of the signed token")?;
        let issued = now - BACKDATED;
        claims.entry("iat").or_insert_with(|| Json::from(issued));
        let ends = issued + i64::from(jwt.lifetime);
        claims.entry("exp").or_insert_with(|| Json::from(ends));
        let usual = match jwt.algorithm {
            JwtAlgorithm::HS256 => KeyFormat::Text,
            JwtAlgorithm::RS256 | JwtAlgorithm::ES256 => KeyFormat::Pem,
        };
        Ok(Some(JwtParts {
            algorithm: jwt.algorithm,
            key,
            key_format: jwt.key_format.unwrap_or(usual),
            header,
            claims,
        }))
    }
}
