//! Beginning an attempt.

use std::time::Duration;

use patchbay_catalog::{App, AuthMethod, AuthorizeInput};
use patchbay_model::{
    Actor, AuthMethodKind, Code, ConnectSessionId, ConnectionId, Problem, Right, Timestamp,
    Visibility,
};
use patchbay_store::{
    connect_sessions::{ConnectSessionRow, SessionState, session_insert},
    connections::ConnectionRow,
};
use patchbay_vault::{Secret, SecretMap};
use serde_json::{Map, Value, json};
use url::Url;

use super::{return_to_checked, snapshot::Snapshot};
use crate::{
    ConnectResult, Connector,
    connector::signed_in,
    error::fields_problem,
    forms::settings_changed,
    oauth::{Client, SECRET_FIELD},
    oauth_clients::{setup_help, setup_url},
    random,
    save::name_checked,
    secrets::Place,
};

/// How long somebody may take at the provider.
const LIFETIME: Duration = Duration::from_mins(10);

/// What an attempt is begun with.
#[derive(Default)]
pub struct SessionCreate {
    /// Slug of the app; may be left out for a reconnect.
    pub app: Option<String>,
    /// The auth method; else the app's first that uses a browser.
    pub auth_method: Option<String>,
    /// Name of the new connection; made of app and account when left out.
    pub name: Option<String>,
    /// Non-secret fields.
    pub settings: Map<String, Value>,
    /// The connection to be given a fresh credential.
    pub reconnect: Option<ConnectionId>,
    /// The dashboard path a full-page sign-in goes back to.
    pub return_to: Option<String>,
    /// Who may use a new connection.
    pub visibility: Option<Visibility>,
}

/// An attempt that was begun.
#[derive(Debug, Clone)]
pub struct SessionCreated {
    /// Its id.
    pub id: ConnectSessionId,
    /// Where to send the browser.
    pub authorize_url: Url,
    /// Until when it can be finished.
    pub expires_at: Timestamp,
}

impl Connector {
    /// Begins an attempt for a signed-in person in the browser that holds this session token.
    ///
    /// # Errors
    /// `OAUTH_CLIENT_MISSING` with what an admin has to do; `VALIDATION_FAILED`; `NEEDS_BROWSER` for API keys.
    pub async fn session_create(
        &self,
        actor: &Actor,
        browser_token: &str,
        request: SessionCreate,
    ) -> ConnectResult<SessionCreated> {
        actor.require(Right::ConnectionCreate)?;
        let user = signed_in(actor)?;
        let target = match &request.reconnect {
            Some(id) => Some(self.row_managed(actor, id).await?),
            None => None,
        };
        let app = self.app(app_wanted(&request, target.as_ref())?)?;
        let method = method_wanted(&app, &request, target.as_ref())?;
        let settings = match &target {
            Some(row) => settings_changed(&app, method, &row.settings, &request.settings)?,
            None => app
                .settings_check(method, &request.settings)
                .map_err(|problems| fields_problem("settings", &problems))?,
        };
        let name = request.name.as_deref().map(name_checked).transpose()?;
        let return_to = request
            .return_to
            .as_deref()
            .map(return_to_checked)
            .transpose()?;
        let visibility = self.visibility_wanted(request.visibility).await?;
        // The hosts must be ones that can be pinned before anybody signs in, unless connecting brings them.
        if method.kept.is_empty() {
            app.hosts_of(method, &settings)?;
        }
        let Some(client) = self.oauth_client(&actor.project, &app).await? else {
            return Err(self.client_missing(actor, &app).await?.into());
        };
        guard_client(actor, &app, method, &client)?;
        let state = random::token();
        let verifier = random::token();
        let begun = self
            .authorize(
                &app,
                method,
                &client,
                &settings,
                target.as_ref(),
                (&state, &verifier),
            )
            .await?;
        let Begun {
            authorize_url,
            snapshot,
            temporary,
        } = begun;
        let verifier = temporary.unwrap_or_else(|| Secret::new(verifier));
        let id = ConnectSessionId::new();
        let project = &actor.project;
        let now = Timestamp::now();
        let secret = |field: &'static str, value: &str| {
            SecretMap::from_iter([(field.to_owned(), Secret::new(value))])
        };
        let place = |field| Place::session(project, id.as_str(), field);
        let sealed_verifier = self
            .inner
            .secrets
            .seal(place("verifier"), &secret("verifier", verifier.expose()))
            .await?;
        let client_secret = match &client.secret {
            None => None,
            Some(value) => Some(
                self.inner
                    .secrets
                    .seal(
                        place("client_secret"),
                        &secret(SECRET_FIELD, value.expose()),
                    )
                    .await?,
            ),
        };
        let row = ConnectSessionRow {
            id: id.clone(),
            project: project.clone(),
            user: user.clone(),
            browser: random::hash(browser_token),
            app: app.slug.clone(),
            auth_method: method.id.clone(),
            name,
            visibility,
            settings,
            state_hash: Some(random::hash(&state)),
            verifier: Some(sealed_verifier),
            snapshot: serde_json::to_value(&snapshot).unwrap_or_default(),
            client_secret,
            reconnect: target.map(|row| row.id),
            return_to: return_to.map(str::to_owned),
            state: SessionState::Pending,
            error: None,
            account: None,
            connection: None,
            held: None,
            held_secret: None,
            created_at: now,
            expires_at: now.plus(LIFETIME),
        };
        let tx = self.store().begin().await?;
        session_insert(&*tx, &row).await?;
        tx.commit().await?;
        Ok(SessionCreated {
            id,
            authorize_url,
            expires_at: row.expires_at,
        })
    }

    async fn authorize(
        &self,
        app: &App,
        method: &AuthMethod,
        client: &Client,
        settings: &Map<String, Value>,
        target: Option<&ConnectionRow>,
        (state, verifier): (&str, &str),
    ) -> ConnectResult<Begun> {
        if method.kind == AuthMethodKind::OAuth1 {
            return self
                .oauth1_authorize(app, method, client, settings, state)
                .await;
        }
        let issuer = match &client.issuer {
            Some(issuer) => Some(issuer.clone()),
            // Another authorization server than the manifest's is not the manifest's issuer.
            None if client.endpoints.authorize_url.is_some() => None,
            None => app.issuer(method, settings)?,
        };
        let scopes = match &client.scopes {
            Some(scopes) => scopes.clone(),
            None => app.scopes(method, settings)?,
        };
        let input = AuthorizeInput {
            redirect_uri: &self.redirect_uri(&app.slug),
            state,
            code_challenge: &random::challenge(verifier),
            scopes: client.scopes.as_deref(),
        };
        let mut url = app.authorize_url(method, &client.context(settings), &input)?;
        // The person signs in as the account they had (OpenID Connect Core §3.1.2.1); others ignore it.
        if let Some(label) = target.and_then(|row| row.account.label.as_deref())
            && !url.query_pairs().any(|(name, _)| name == "login_hint")
        {
            url.query_pairs_mut().append_pair("login_hint", label);
        }
        self.inner
            .egress
            .url_check(&url)
            .map_err(|error| Problem::new(Code::RequestInvalid, error.to_string()))?;
        Ok(Begun {
            authorize_url: url,
            snapshot: Snapshot::new(client, issuer, scopes),
            temporary: None,
        })
    }

    async fn oauth1_authorize(
        &self,
        app: &App,
        method: &AuthMethod,
        client: &Client,
        settings: &Map<String, Value>,
        state: &str,
    ) -> ConnectResult<Begun> {
        let unusable = |message: String| Problem::new(Code::RequestInvalid, message);
        // The redirect has no parameter for a state (RFC 5849 §2.2), so the callback holds it.
        let mut callback = Url::parse(&self.redirect_uri(&app.slug))
            .map_err(|error| unusable(error.to_string()))?;
        callback.query_pairs_mut().append_pair("state", state);
        let start = self
            .oauth1_begin(app, method, client, settings, &callback)
            .await
            .map_err(|error| Problem::new(Code::UpstreamFailed, error.message))?;
        self.inner
            .egress
            .url_check(&start.authorize_url)
            .map_err(|error| unusable(error.to_string()))?;
        let mut snapshot = Snapshot::new(client, None, Vec::new());
        snapshot.oauth1_token = Some(start.token);
        Ok(Begun {
            authorize_url: start.authorize_url,
            snapshot,
            temporary: Some(start.secret),
        })
    }

    async fn client_missing(&self, actor: &Actor, app: &App) -> ConnectResult<Problem> {
        let can_configure = actor.can(Right::OAuthClientManage);
        let admins = self.admins(actor).await?;
        let what_to_do = if can_configure {
            "Register one at the provider and enter it under Settings, OAuth clients.".to_owned()
        } else {
            format!("Ask an admin to set it up: {}.", admins.join(", "))
        };
        Ok(Problem::new(
            Code::OAuthClientMissing,
            format!(
                "No OAuth client is set up for {} in this project. {what_to_do}",
                app.name
            ),
        )
        .with_details(json!({
            "redirectUri": self.redirect_uri(&app.slug),
            "setupUrl": setup_url(app),
            "setupHelp": setup_help(app),
            "canConfigure": can_configure,
            "admins": admins,
        })))
    }
}

/// A sign-in that the browser is about to go to.
struct Begun {
    authorize_url: Url,
    snapshot: Snapshot,
    /// The secret of the temporary token of OAuth 1.0a, kept where the PKCE verifier is otherwise.
    temporary: Option<Secret>,
}

/// A client's secret goes to the token endpoint. Where whoever connects may name that endpoint's host, only an admin, who
/// knows the secret anyway, may do so; others need the endpoint to be set with the client.
fn guard_client(
    actor: &Actor,
    app: &App,
    method: &AuthMethod,
    client: &Client,
) -> ConnectResult<()> {
    if !app.token_host_is_open(method)
        || client.endpoints.token_url.is_some()
        || actor.can(Right::OAuthClientManage)
    {
        return Ok(());
    }
    Err(Problem::new(
        Code::Forbidden,
        format!(
            "The sign-in server of {} is not set with its OAuth client, so only an admin can connect it. Ask one to enter the token URL under Settings, OAuth clients.",
            app.name
        ),
    )
    .into())
}

fn app_wanted<'a>(
    request: &'a SessionCreate,
    target: Option<&'a ConnectionRow>,
) -> ConnectResult<&'a str> {
    match (&request.app, target) {
        (Some(app), Some(row)) if *app != row.app => {
            Err(Problem::field("app", "The connection to reconnect is of another app.").into())
        }
        (Some(app), _) => Ok(app),
        (None, Some(row)) => Ok(&row.app),
        (None, None) => Err(Problem::field("app", "Say which app to connect.").into()),
    }
}

fn method_wanted<'a>(
    app: &'a App,
    request: &SessionCreate,
    target: Option<&ConnectionRow>,
) -> ConnectResult<&'a AuthMethod> {
    let refuse = |what: String| Problem::new(Code::AuthMethodUnknown, what);
    let named = request
        .auth_method
        .as_deref()
        .or_else(|| target.map(|row| row.auth_method.as_str()));
    let method = match named {
        Some(id) => app.method(id),
        None => app.auth.iter().find(|method| method.needs_browser()),
    };
    let method = method.ok_or_else(|| {
        refuse(format!(
            "{} does not offer {}.",
            app.name,
            named.unwrap_or("signing in with a browser")
        ))
    })?;
    if method.needs_browser() {
        Ok(method)
    } else {
        Err(refuse(format!(
            "The auth method `{}` of {} takes no browser; send its fields to POST /connections.",
            method.id, app.name
        ))
        .into())
    }
}
