//! The OAuth client a request is made for.

use patchbay_catalog::{App, ClientRef, Endpoints, OAuthContext, Settings};
use patchbay_model::ProjectId;
use patchbay_store::oauth_clients::{OAuthClientRow, oauth_client_get};
use patchbay_vault::{Secret, SecretMap};
use serde_json::{Map, Value};

use crate::{ConnectResult, Connector, secrets::Place};

/// A client with its secret. Kept no longer than a request takes.
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) secret: Option<Secret>,
    pub(crate) endpoints: Endpoints,
    /// In place of the manifest's scopes.
    pub(crate) scopes: Option<Vec<String>>,
    /// In place of the manifest's issuer.
    pub(crate) issuer: Option<String>,
    pub(crate) tls12: bool,
}

/// The field a client's secret is sealed under.
pub(crate) const SECRET_FIELD: &str = "client_secret";

impl Client {
    pub(crate) fn context<'a>(&'a self, settings: &'a Settings) -> OAuthContext<'a> {
        OAuthContext {
            settings,
            client: ClientRef {
                id: &self.id,
                secret: self.secret.as_ref().map(Secret::expose),
            },
            endpoints: &self.endpoints,
        }
    }
}

/// The endpoints an admin set, as stored.
fn endpoints(stored: &Map<String, Value>) -> Endpoints {
    let text = |name: &str| stored.get(name).and_then(Value::as_str).map(str::to_owned);
    Endpoints {
        authorize_url: text("authorizeUrl"),
        token_url: text("tokenUrl"),
        refresh_url: text("refreshUrl"),
        revoke_url: text("revokeUrl"),
    }
}

impl Connector {
    /// The project's client for an app; `None` when no admin has set one.
    pub(crate) async fn oauth_client(
        &self,
        project: &ProjectId,
        app: &App,
    ) -> ConnectResult<Option<Client>> {
        match oauth_client_get(self.store().reader(), project, &app.slug).await? {
            Some(row) if !row.client_id.is_empty() => {
                self.oauth_client_opened(&row).await.map(Some)
            }
            _ => Ok(self.installed_client(&app.slug)),
        }
    }

    fn installed_client(&self, app: &str) -> Option<Client> {
        let client = self.inner.installed_clients.get(app)?;
        Some(Client {
            id: client.id.clone(),
            secret: Some(client.secret.duplicate()),
            endpoints: Endpoints::default(),
            scopes: None,
            issuer: None,
            tls12: false,
        })
    }

    async fn oauth_client_opened(&self, row: &OAuthClientRow) -> ConnectResult<Client> {
        let secret = match &row.secret {
            None => None,
            Some(sealed) => {
                let place = Place::oauth_client(&row.project, &row.app, row.revision);
                self.inner
                    .secrets
                    .open(place, sealed)
                    .await?
                    .remove(SECRET_FIELD)
            }
        };
        Ok(Client {
            id: row.client_id.clone(),
            secret,
            endpoints: endpoints(&row.endpoints),
            scopes: row.scopes.clone(),
            issuer: row
                .endpoints
                .get("issuer")
                .and_then(Value::as_str)
                .map(str::to_owned),
            tls12: row.tls12,
        })
    }

    /// The client that client credentials are for: the id and secret the user gave.
    pub(crate) async fn own_client(
        &self,
        project: &ProjectId,
        app: &App,
        fields: &SecretMap,
    ) -> ConnectResult<Client> {
        let text = |name: &str| fields.expose(name).unwrap_or_default();
        Ok(Client {
            id: text("client_id").to_owned(),
            secret: Some(Secret::new(text("client_secret"))),
            endpoints: Endpoints::default(),
            scopes: None,
            issuer: None,
            tls12: self.tls12(project, &app.slug).await?,
        })
    }

    /// Whether an admin of the project allowed TLS 1.2 for this app.
    pub async fn tls12(&self, project: &ProjectId, app: &str) -> ConnectResult<bool> {
        let key = (project.clone(), app.to_owned());
        if let Some(known) = self.inner.tls12.get(&key).await {
            return Ok(known);
        }
        let allowed = oauth_client_get(self.store().reader(), project, app)
            .await?
            .is_some_and(|row| row.tls12);
        self.inner.tls12.insert(key, allowed).await;
        Ok(allowed)
    }
}
