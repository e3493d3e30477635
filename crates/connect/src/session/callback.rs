//! The browser comes back from the provider.

use std::{collections::BTreeMap, time::Duration};

use patchbay_catalog::{App, AuthMethod, Settings};
use patchbay_model::{
    Actor, AuthMethodKind, Code, ConnectSessionId, Problem, ProjectId, Role, Timestamp, UserId,
};
use patchbay_store::connect_sessions::{
    ConnectSessionRow, SessionOutcome, SessionState, session_settle, session_take,
};
use patchbay_vault::Secret;
use serde::Deserialize;

use super::{snapshot::Snapshot, view::SessionError};
use crate::{
    ConnectResult, Connector,
    oauth::{SECRET_FIELD, answer_words},
    random,
    sign::hmac_sha256_holds,
};

/// What the provider put into the redirect (RFC 6749 §4.1.2, RFC 9207). Of the parameters that providers add, those
/// count that the app's manifest names.
#[derive(Debug, Default, Clone, Deserialize)]
pub struct CallbackQuery {
    /// The code to exchange.
    pub code: Option<String>,
    /// What we sent.
    pub state: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
    /// The same in words.
    pub error_description: Option<String>,
    /// Which authorization server answers.
    pub iss: Option<String>,
    /// What the provider added.
    #[serde(flatten)]
    pub other: BTreeMap<String, String>,
}

impl CallbackQuery {
    /// The parameter of this name, whichever it is.
    fn parameter(&self, name: &str) -> Option<&str> {
        let known = match name {
            "code" => &self.code,
            "state" => &self.state,
            "error" => &self.error,
            "error_description" => &self.error_description,
            "iss" => &self.iss,
            _ => return self.other.get(name).map(String::as_str),
        };
        known.as_deref()
    }

    /// The code, under the name that the app gives it.
    fn code_of(&self, method: &AuthMethod) -> Option<&str> {
        let oauth = method.oauth.as_ref();
        let name = oauth.and_then(|oauth| oauth.callback.code.as_deref());
        // RFC 5849 §2.2.
        let usual = if method.kind == AuthMethodKind::OAuth1 {
            "oauth_verifier"
        } else {
            "code"
        };
        self.parameter(name.unwrap_or(usual))
            .filter(|code| !code.is_empty() && code.len() <= PARAMETER_MAX)
    }

    /// Whether the parameter `hmac` is that of the others in order of name, by the client's secret.
    fn hmac_holds(&self, secret: &Secret) -> bool {
        let mut pairs = self.other.clone();
        let Some(given) = pairs.remove("hmac") else {
            return false;
        };
        for name in ["code", "state", "error", "error_description", "iss"] {
            if let Some(value) = self.parameter(name) {
                pairs.insert(name.to_owned(), value.to_owned());
            }
        }
        let text: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let key = secret.expose().as_bytes();
        hmac_sha256_holds(key, text.join("&").as_bytes(), &given)
    }

    /// The parameters that an app's rules may keep.
    fn pairs(&self) -> Vec<(String, String)> {
        let short = self
            .other
            .iter()
            .filter(|(_, value)| value.len() <= PARAMETER_MAX);
        short
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }
}

/// What a redirect back brought that goes on to the exchange.
pub(super) struct Brought {
    pub(super) code: String,
    /// What is kept of the other parameters.
    pub(super) kept: Settings,
}

/// The browser that came back.
pub struct CallbackBrowser {
    /// Who is signed in there, with their name.
    pub user: (UserId, String),
    /// Whether that is the owner of the workspace, who is admin everywhere.
    pub is_owner: bool,
    /// Its session token.
    pub token: String,
}

/// Where the browser goes next.
#[derive(Debug, Clone)]
pub struct CallbackEnd {
    /// The attempt.
    pub session: ConnectSessionId,
    /// Its project.
    pub project: ProjectId,
}

/// How long the answer to the browser waits for the exchange, so that most people see the end at once.
const WAIT: Duration = Duration::from_secs(5);
/// Longest value of a parameter that is looked at.
const PARAMETER_MAX: usize = 8192;

impl Connector {
    /// Takes a browser back. A `state` works once, whoever brings it: the attempt it belongs to ends here or goes on to
    /// the exchange, which runs on when the browser goes away.
    ///
    /// # Errors
    /// `CONNECT_SESSION_NOT_FOUND` for a missing, made-up or used state; `CONNECT_SESSION_ENDED` for one that came too
    /// late; `CONNECT_SESSION_FOREIGN` when the browser is not the one it was begun in. The token endpoint is not
    /// asked then.
    pub async fn session_callback(
        &self,
        app: &str,
        browser: Option<CallbackBrowser>,
        query: CallbackQuery,
    ) -> ConnectResult<CallbackEnd> {
        let state = query
            .state
            .as_deref()
            .filter(|state| !state.is_empty() && state.len() <= PARAMETER_MAX)
            .ok_or_else(unknown_state)?;
        let now = Timestamp::now();
        let tx = self.store().begin().await?;
        let row = session_take(&tx, &random::hash(state), now).await?;
        tx.commit().await?;
        let row = row.ok_or_else(unknown_state)?;
        self.session_changed(&row.id);
        if row.state != SessionState::Pending {
            return Err(unknown_state().into());
        }
        if row.expires_at <= now {
            let expired = SessionOutcome::plain(SessionState::Expired);
            self.session_end(&row, &expired).await?;
            return Err(Problem::new(
                Code::ConnectSessionEnded,
                "This sign-in took longer than ten minutes and has expired. Start it again from the dashboard.",
            )
            .into());
        }
        let Some(browser) = browser.filter(|browser| {
            browser.user.0 == row.user && random::hash(&browser.token) == row.browser
        }) else {
            self.session_fail(
                &row,
                SessionError::new(
                    "session_foreign",
                    "The sign-in was finished in another browser or by somebody else, so it was stopped. Start it again.",
                ),
            )
            .await?;
            return Err(Problem::new(
                Code::ConnectSessionForeign,
                "This sign-in was begun in another browser or by somebody else. Nothing was connected; start it again here.",
            )
            .into());
        };
        let end = CallbackEnd {
            session: row.id.clone(),
            project: row.project.clone(),
        };
        let brought = match self.brought(app, &row, &query).await? {
            Ok(brought) => brought,
            Err(outcome) => {
                self.session_end(&row, &outcome).await?;
                return Ok(end);
            }
        };
        let actor = self.callback_actor(&row, browser).await?;
        let connector = self.clone();
        let task = self.inner.tasks.spawn(async move {
            connector.session_exchange(actor, row, brought).await;
        });
        // The task goes on when this wait ends.
        let _ = tokio::time::timeout(WAIT, task).await;
        Ok(end)
    }

    /// What there is to be exchanged, or how the attempt ends without an exchange.
    async fn brought(
        &self,
        app: &str,
        row: &ConnectSessionRow,
        query: &CallbackQuery,
    ) -> ConnectResult<Result<Brought, SessionOutcome>> {
        let failed = |error: SessionError| Ok(Err(error.outcome()));
        if app != row.app {
            return failed(SessionError::new(
                "app_mismatch",
                "The provider sent the browser to another app's address, so the sign-in was stopped.",
            ));
        }
        let snapshot: Snapshot = super::exchange::snapshot_read(row)?;
        // RFC 9207 §2.4: compared as strings, for errors as well.
        if let (Some(expected), Some(given)) = (&snapshot.issuer, &query.iss)
            && expected != given
        {
            return failed(SessionError::new(
                "issuer_mismatch",
                "Another sign-in server answered than the one that was asked, so the sign-in was stopped.",
            ));
        }
        let app = self.app(&row.app)?;
        let method = self.method(&app, &row.auth_method)?;
        let name = &app.name;
        let denied = method.kind == AuthMethodKind::OAuth1 && query.parameter("denied").is_some();
        let error = denied.then_some("access_denied").or(query.error.as_deref());
        if let Some(error) = error.filter(|error| !error.is_empty()) {
            let error = shortened(error);
            let words = query.error_description.as_deref().map(shortened);
            let provider = answer_words(Some(&error), words.as_deref());
            if error == "access_denied" {
                let mut outcome = SessionError::new("declined", &format!("You said no at {name}."))
                    .provider(provider)
                    .outcome();
                outcome.state = SessionState::Declined;
                return Ok(Err(outcome));
            }
            let message = format!("{name} did not let you in: {}.", words.unwrap_or(error));
            return failed(SessionError::new("provider_refused", &message).provider(provider));
        }
        let Some(code) = query.code_of(method) else {
            return failed(SessionError::new(
                "unexpected_answer",
                &format!("{name} sent the browser back without a code. Try again."),
            ));
        };
        if let Some(what) = self.tampered(&app, method, row, &snapshot, query).await? {
            return failed(SessionError::new("callback_refused", &what));
        }
        let kept = match app.callback_settings(method, &query.pairs()) {
            Ok(kept) => kept,
            Err(error) => {
                let message = error.sentence(name, "when it sent the browser back");
                return failed(SessionError::new(
                    "unexpected_answer",
                    &crate::error::sentence(&message),
                ));
            }
        };
        let code = code.to_owned();
        Ok(Ok(Brought { code, kept }))
    }

    /// What about the redirect shows that it is not the provider's answer to this attempt, if anything.
    async fn tampered(
        &self,
        app: &App,
        method: &AuthMethod,
        row: &ConnectSessionRow,
        snapshot: &Snapshot,
        query: &CallbackQuery,
    ) -> ConnectResult<Option<String>> {
        let name = &app.name;
        if let Some(token) = &snapshot.oauth1_token
            && query.parameter("oauth_token") != Some(token)
        {
            return Ok(Some(format!(
                "{name} answered to another sign-in than this one, so it was stopped."
            )));
        }
        let oauth = method.oauth.as_ref();
        if oauth.is_some_and(|oauth| oauth.callback.hmac.is_some()) {
            let secret = self
                .session_secret(row, SECRET_FIELD, row.client_secret.as_deref())
                .await?;
            if !secret.is_some_and(|secret| query.hmac_holds(&secret)) {
                return Ok(Some(format!(
                    "The signature of {name} on its answer does not match the secret of the OAuth client, so the sign-in was stopped; check the secret under Settings, OAuth clients."
                )));
            }
        }
        if app.callback_holds(method, &row.settings, &query.pairs()) {
            return Ok(None);
        }
        Ok(Some(format!(
            "{name} answered for something else than what was asked, so the sign-in was stopped; check the settings and try again."
        )))
    }

    async fn callback_actor(
        &self,
        row: &ConnectSessionRow,
        browser: CallbackBrowser,
    ) -> ConnectResult<Actor> {
        let (id, name) = browser.user;
        let reader = self.store().reader();
        let member = patchbay_store::people::member_get(reader, &row.project, &id).await?;
        // Somebody who was removed meanwhile may do nothing: the exchange refuses a viewer.
        let role = match member {
            _ if browser.is_owner => Role::Admin,
            Some((role, _)) => role,
            None => Role::Viewer,
        };
        Ok(Actor {
            principal: patchbay_model::Principal::User { id, name },
            project: row.project.clone(),
            role,
        })
    }

    pub(super) async fn session_fail(
        &self,
        row: &ConnectSessionRow,
        error: SessionError,
    ) -> ConnectResult<()> {
        self.session_end(row, &error.outcome()).await
    }

    pub(super) async fn session_end(
        &self,
        row: &ConnectSessionRow,
        outcome: &SessionOutcome,
    ) -> ConnectResult<()> {
        let open = [
            SessionState::Pending,
            SessionState::Exchanging,
            SessionState::DifferentAccount,
        ];
        let tx = self.store().begin().await?;
        session_settle(
            &*tx,
            &row.project,
            &row.id,
            &open,
            outcome,
            Timestamp::now(),
        )
        .await?;
        tx.commit().await?;
        self.session_changed(&row.id);
        Ok(())
    }
}

fn unknown_state() -> Problem {
    Problem::new(
        Code::ConnectSessionNotFound,
        "This sign-in was already used, or it is not one of ours. Nothing was connected; start again from the dashboard.",
    )
}

/// A provider's words: one line, at most 300 characters.
fn shortened(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(300)
        .collect()
}
