//! The OAuth clients of a project, set by its admins. The secret goes in and never comes out.

use std::collections::HashMap;

use patchbay_catalog::App;
use patchbay_model::{Actor, Code, Problem, Right, Timestamp};
use patchbay_store::{
    Page, Paged,
    audit::AuditSubject,
    connections::{ConnectionFilter, connection_apps, refresh_unblock},
    oauth_clients::{
        OAuthClientRow, oauth_client_delete, oauth_client_get, oauth_client_put, oauth_clients_list,
    },
};
use patchbay_vault::{Secret, SecretMap};
use serde_json::{Map, Value, json};

use crate::{
    ConnectResult, Connector, connector::person, oauth::SECRET_FIELD, refresh, secrets::Place,
};

/// Longest client id or secret, in bytes.
const CLIENT_MAX: usize = 4096;
/// Most scopes, and longest scope.
const SCOPES_MAX: usize = 200;
const SCOPE_MAX: usize = 500;

/// The endpoints that can be set instead of the manifest's, by their names in the API.
pub const ENDPOINTS: [&str; 5] = [
    "authorizeUrl",
    "tokenUrl",
    "refreshUrl",
    "revokeUrl",
    "issuer",
];

/// A client as admins see it.
#[derive(Debug, Clone)]
pub struct OAuthClientView {
    /// What is stored, the secret sealed.
    pub row: OAuthClientRow,
    /// The app's name.
    pub app_name: String,
    /// What to register at the provider.
    pub redirect_uri: String,
    /// Where to register it.
    pub setup_url: Option<String>,
    /// What to do there.
    pub setup_help: Option<String>,
    /// Connections of the app.
    pub connections: i64,
}

/// What an admin sets.
#[derive(Default)]
pub struct OAuthClientPut {
    /// The id the provider gave; stays as it is when left out.
    pub client_id: Option<String>,
    /// The secret the provider gave; stays as it is when left out, and goes when empty.
    pub client_secret: Option<String>,
    /// What to ask for instead of the manifest's scopes; `Some(None)` goes back to those.
    pub scopes: Option<Option<Vec<String>>>,
    /// Endpoints instead of the manifest's, by [`ENDPOINTS`]; stay as they are when left out.
    pub endpoints: Option<Map<String, Value>>,
    /// Whether this app may be spoken to over TLS 1.2.
    pub tls12: Option<bool>,
}

impl Connector {
    /// A page of the project's clients, by app.
    pub async fn oauth_clients_list(
        &self,
        actor: &Actor,
        page: &Page,
    ) -> ConnectResult<Paged<OAuthClientView>> {
        actor.require(Right::OAuthClientManage)?;
        let reader = self.store().reader();
        let paged = oauth_clients_list(reader, &actor.project, page).await?;
        let counts: HashMap<String, i64> =
            connection_apps(reader, &actor.project, &ConnectionFilter::default())
                .await?
                .into_iter()
                .map(|row| (row.app, row.count))
                .collect();
        Ok(paged.map(|row| self.oauth_client_view(row, &counts)))
    }

    fn oauth_client_view(
        &self,
        row: OAuthClientRow,
        counts: &HashMap<String, i64>,
    ) -> OAuthClientView {
        let app = self.inner.catalog.get(&row.app);
        OAuthClientView {
            app_name: app
                .as_ref()
                .map_or_else(|| row.app.clone(), |app| app.name.clone()),
            redirect_uri: self.redirect_uri(&row.app),
            setup_url: app.as_deref().and_then(setup_url),
            setup_help: app.as_deref().and_then(setup_help),
            connections: counts.get(&row.app).copied().unwrap_or_default(),
            row,
        }
    }

    /// Sets the project's client for an app.
    pub async fn oauth_client_put(
        &self,
        actor: &Actor,
        app: &str,
        request: OAuthClientPut,
    ) -> ConnectResult<OAuthClientView> {
        actor.require(Right::OAuthClientManage)?;
        let app = self.app(app)?;
        let before = oauth_client_get(self.store().reader(), &actor.project, &app.slug).await?;
        let signs_in = app
            .auth
            .iter()
            .any(patchbay_catalog::AuthMethod::needs_browser);
        let client_id = match request.client_id.as_deref().map(str::trim) {
            Some(id) => checked("clientId", id)?.to_owned(),
            None => before
                .as_ref()
                .map(|row| row.client_id.clone())
                .unwrap_or_default(),
        };
        if signs_in && client_id.is_empty() && request.tls12.is_none() {
            return Err(
                Problem::field("clientId", "Give the client id that the provider shows.").into(),
            );
        }
        let endpoints = match &request.endpoints {
            Some(given) => self.endpoints_checked(given)?,
            None => before
                .as_ref()
                .map(|row| row.endpoints.clone())
                .unwrap_or_default(),
        };
        let scopes = match request.scopes {
            Some(given) => given.map(scopes_checked).transpose()?,
            None => before.as_ref().and_then(|row| row.scopes.clone()),
        };
        let revision = before.as_ref().map_or(1, |row| row.revision + 1);
        let secret = match request.client_secret.as_deref().map(str::trim) {
            Some("") => None,
            Some(secret) => Some(Secret::new(checked("clientSecret", secret)?)),
            None => self.oauth_client_secret(before.as_ref()).await?,
        };
        let sealed = match secret {
            None => None,
            Some(secret) => {
                let place = Place::oauth_client(&actor.project, &app.slug, revision);
                let fields = SecretMap::from_iter([(SECRET_FIELD.to_owned(), secret)]);
                Some(self.inner.secrets.seal(place, &fields).await?)
            }
        };
        let row = OAuthClientRow {
            project: actor.project.clone(),
            app: app.slug.clone(),
            client_id,
            secret: sealed,
            scopes,
            endpoints,
            tls12: request
                .tls12
                .unwrap_or_else(|| before.as_ref().is_some_and(|row| row.tls12)),
            revision,
            updated_at: Timestamp::now(),
            updated_by: person(actor)?.clone(),
        };
        let tx = self.store().begin().await?;
        oauth_client_put(&*tx, &row).await?;
        refresh_unblock(&*tx, &actor.project, &app.slug, refresh::BLOCKED_BY_CLIENT).await?;
        let details = json!({
            "clientId": row.client_id,
            "hasSecret": row.secret.is_some(),
            "endpoints": row.endpoints,
            "scopes": row.scopes,
            "tls12": row.tls12,
        });
        let subject = AuditSubject::new("oauth_client", &app.slug, app.name.clone());
        self.audit_subject(&tx, actor, "oauth_client.set", subject, details)
            .await?;
        tx.commit().await?;
        self.refresh_unblocked(&actor.project, &app.slug);
        self.inner
            .tls12
            .invalidate(&(actor.project.clone(), app.slug.clone()))
            .await;
        let mut counts = HashMap::new();
        let filter = ConnectionFilter {
            apps: vec![app.slug.clone()],
            ..ConnectionFilter::default()
        };
        for row in connection_apps(self.store().reader(), &actor.project, &filter).await? {
            counts.insert(row.app, row.count);
        }
        Ok(self.oauth_client_view(row, &counts))
    }

    async fn oauth_client_secret(
        &self,
        row: Option<&OAuthClientRow>,
    ) -> ConnectResult<Option<Secret>> {
        let Some((row, sealed)) = row.and_then(|row| Some((row, row.secret.as_ref()?))) else {
            return Ok(None);
        };
        let place = Place::oauth_client(&row.project, &row.app, row.revision);
        Ok(self
            .inner
            .secrets
            .open(place, sealed)
            .await?
            .remove(SECRET_FIELD))
    }

    /// Endpoints are `https`, or plain `http` where the operator allows that host: the same rules as for sending.
    fn endpoints_checked(&self, given: &Map<String, Value>) -> ConnectResult<Map<String, Value>> {
        let mut out = Map::new();
        for (name, value) in given {
            let field = format!("endpoints.{name}");
            if !ENDPOINTS.contains(&name.as_str()) {
                return Err(Problem::field(&field, "There is no endpoint of this name.").into());
            }
            let text = match value {
                Value::Null => continue,
                Value::String(text) if text.trim().is_empty() => continue,
                Value::String(text) => text.trim(),
                _ => return Err(Problem::field(&field, "An endpoint is a URL.").into()),
            };
            let url = patchbay_egress::url_parse(text)
                .and_then(|url| self.inner.egress.url_check(&url).map(|()| url));
            if let Err(error) = url {
                return Err(Problem::field(&field, error.to_string()).into());
            }
            out.insert(name.clone(), text.into());
        }
        Ok(out)
    }

    /// Removes the project's client for an app. Its connections work until their tokens have run out.
    pub async fn oauth_client_delete(&self, actor: &Actor, app: &str) -> ConnectResult<()> {
        actor.require(Right::OAuthClientManage)?;
        let tx = self.store().begin().await?;
        if !oauth_client_delete(&*tx, &actor.project, app).await? {
            return Err(Problem::new(
                Code::OAuthClientNotFound,
                "No OAuth client is set for this app in this project.",
            )
            .into());
        }
        let name = self
            .inner
            .catalog
            .get(app)
            .map_or_else(|| app.to_owned(), |app| app.name.clone());
        let subject = AuditSubject::new("oauth_client", app, name);
        self.audit_subject(&tx, actor, "oauth_client.delete", subject, json!({}))
            .await?;
        tx.commit().await?;
        self.inner
            .tls12
            .invalidate(&(actor.project.clone(), app.to_owned()))
            .await;
        Ok(())
    }
}

/// Where an admin registers a client for the app.
pub(crate) fn setup_url(app: &App) -> Option<String> {
    app.auth
        .iter()
        .find_map(|method| method.oauth.as_ref()?.setup_url.clone())
}

/// What an admin does there.
pub(crate) fn setup_help(app: &App) -> Option<String> {
    app.auth
        .iter()
        .find_map(|method| method.oauth.as_ref()?.setup_help.clone())
}

fn checked<'a>(field: &str, text: &'a str) -> ConnectResult<&'a str> {
    if text.len() > CLIENT_MAX {
        return Err(Problem::field(field, "It is longer than 4096 bytes.").into());
    }
    if text.chars().any(char::is_control) {
        return Err(Problem::field(
            field,
            "It holds a line break or another character that cannot be sent.",
        )
        .into());
    }
    Ok(text)
}

fn scopes_checked(scopes: Vec<String>) -> ConnectResult<Vec<String>> {
    let odd = |scope: &String| {
        scope.is_empty()
            || scope.len() > SCOPE_MAX
            || scope.chars().any(|c| c.is_control() || c.is_whitespace())
    };
    if scopes.len() > SCOPES_MAX || scopes.iter().any(odd) {
        return Err(Problem::field("scopes", "Scopes are up to 200 words without spaces.").into());
    }
    Ok(scopes)
}
