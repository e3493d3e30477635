//! Credentials that are filled into a form: API keys, user names and passwords, fields of an app's own, and client
//! credentials. They are checked against the app before anything is stored.

use std::sync::Arc;

use patchbay_catalog::{App, AuthMethod, ConnectionFacts, HostPort, Settings};
use patchbay_model::{
    AccountIdentity, Actor, AuthMethodKind, Code, ConnectionId, Problem, ProjectId, Right,
    Timestamp, Visibility,
};
use patchbay_store::connections::{ConnectionRow, Grant};
use patchbay_vault::{Secret, SecretMap};
use serde_json::{Map, Value, json};

use crate::{
    ConnectError, ConnectResult, Connector,
    connector::person,
    credential::part,
    error::fields_problem,
    oauth::{Granted, TokenError, TokenErrorClass},
    refresh::next_refresh_at,
    save::{Nothing, SignIn, Wanted, fresh_status, name_checked},
    verify::{Candidate, Rejection, RejectionReason},
};

/// A connection to be made from a form.
pub struct ConnectionCreate {
    /// Its name.
    pub name: String,
    /// Slug of the app.
    pub app: String,
    /// The kind of auth method, as the API's `type`.
    pub kind: Option<AuthMethodKind>,
    /// The auth method itself; else the app's first of that kind.
    pub auth_method: Option<String>,
    /// The credential's fields.
    pub value: Map<String, Value>,
    /// Non-secret fields.
    pub settings: Map<String, Value>,
    /// Whether to check the credential against the app first.
    pub verify: bool,
    /// Who may use it; everybody in the project when left out, as far as the plan shares connections.
    pub visibility: Option<Visibility>,
}

/// A fresh credential for a connection made from a form.
pub struct FormReconnect {
    /// The credential's fields.
    pub value: Map<String, Value>,
    /// Non-secret fields that change; the others stay.
    pub settings: Map<String, Value>,
    /// Whether to check the credential against the app first.
    pub verify: bool,
    /// Accept a credential of another account than before.
    pub replace_account: bool,
}

/// A form whose fields are as they must be.
struct Filled<'a> {
    app: &'a App,
    method: &'a AuthMethod,
    settings: Settings,
    hosts: Vec<HostPort>,
    fields: SecretMap,
    project: &'a ProjectId,
    tls12: bool,
}

impl Connector {
    /// Makes a connection from a form.
    ///
    /// # Errors
    /// `NEEDS_BROWSER` for methods that sign in at the provider, `CREDENTIAL_REJECTED` with the reason, and
    /// `CONNECTION_NAME_TAKEN`; nothing is stored then.
    pub async fn connection_create(
        &self,
        actor: &Actor,
        request: ConnectionCreate,
    ) -> ConnectResult<ConnectionRow> {
        actor.require(Right::ConnectionCreate)?;
        let owner = person(actor)?;
        let name = name_checked(&request.name)?;
        let app = self.app(&request.app)?;
        let method = method_wanted(&app, request.kind, request.auth_method.as_deref())?;
        let visibility = self.visibility_wanted(request.visibility).await?;
        let settings = app
            .settings_check(method, &request.settings)
            .map_err(|problems| fields_problem("settings", &problems))?;
        let filled = self
            .filled(&app, method, settings, &request.value, &actor.project)
            .await?;
        self.name_is_free(&actor.project, &name).await?;
        let sign_in = self.signed_in_by_form(filled, request.verify).await?;
        let wanted = Wanted {
            project: &actor.project,
            app: &app.slug,
            name: &name,
            owner,
            visibility,
        };
        self.save_new(actor, &wanted, &sign_in, &Nothing)
            .await?
            .ok_or_else(|| Problem::internal().into())
    }

    /// Gives a connection made from a form a fresh credential; its id and all that uses it stay.
    ///
    /// # Errors
    /// `CREDENTIAL_REJECTED`; `CONFLICT` with both accounts when the credential belongs to another account and that
    /// was not accepted.
    pub async fn connection_reconnect_by_form(
        &self,
        actor: &Actor,
        id: &ConnectionId,
        request: FormReconnect,
    ) -> ConnectResult<ConnectionRow> {
        let row = self.row_managed(actor, id).await?;
        let app = self.app(&row.app)?;
        let method = self.method(&app, &row.auth_method)?;
        if method.needs_browser() {
            return Err(needs_browser(&app));
        }
        let settings = settings_changed(&app, method, &row.settings, &request.settings)?;
        let filled = self
            .filled(&app, method, settings, &request.value, &row.project)
            .await?;
        let sign_in = self.signed_in_by_form(filled, request.verify).await?;
        if row.account.differs_from(&sign_in.grant.account) && !request.replace_account {
            return Err(other_account(&row.account, &sign_in.grant.account));
        }
        self.save_reconnect(actor, &row.project, id, &sign_in, &Nothing)
            .await?
            .ok_or_else(|| Problem::internal().into())
    }

    pub(crate) async fn visibility_wanted(
        &self,
        wanted: Option<Visibility>,
    ) -> ConnectResult<Visibility> {
        let default = self.visibility_default().await?;
        match wanted {
            Some(Visibility::Project) if default == Visibility::Private => Err(Problem::new(
                Code::PlanLimit,
                "On this plan a connection belongs to its creator alone. The Team plan shares connections in a project.",
            )
            .into()),
            Some(wanted) => Ok(wanted),
            None => Ok(default),
        }
    }

    /// Tells that a name is taken before the app is asked; the database decides when it is stored.
    async fn name_is_free(&self, project: &ProjectId, name: &str) -> ConnectResult<()> {
        let reader = self.store().reader();
        if patchbay_store::connections::connection_name_taken(reader, project, name).await? {
            return Err(crate::save::name_taken(name));
        }
        Ok(())
    }

    /// The form with its fields as they must be. Where it may go is known only once it was asked what it needs to know.
    async fn filled<'a>(
        &self,
        app: &'a App,
        method: &'a AuthMethod,
        settings: Settings,
        value: &Map<String, Value>,
        project: &'a ProjectId,
    ) -> ConnectResult<Filled<'a>> {
        let fields = method
            .fields_check(value)
            .map_err(|problems| fields_problem("value", &problems))?;
        let hosts = if method.kept.is_empty() {
            app.hosts_of(method, &settings)?
        } else {
            Vec::new()
        };
        Ok(Filled {
            app,
            method,
            settings,
            hosts,
            fields: fields
                .into_iter()
                .map(|(name, value)| (name, Secret::new(value)))
                .collect(),
            project,
            tls12: self.tls12(project, &app.slug).await?,
        })
    }

    /// Makes the method's second calls, pins the hosts, and asks the app whether the credential works.
    async fn form_checked(
        &self,
        filled: &mut Filled<'_>,
        secrets: &SecretMap,
        verify: bool,
    ) -> ConnectResult<AccountIdentity> {
        let Filled { app, method, .. } = *filled;
        self.discover(app, method, &mut filled.settings, secrets, filled.tls12)
            .await
            .map_err(|rejection| rejection.problem(method, &filled.settings))?;
        filled.hosts = app.hosts_of(method, &filled.settings)?;
        if !verify {
            return Ok(nobody());
        }
        let account = self
            .verify(&candidate(filled, secrets))
            .await
            .map_err(|rejection| rejection.problem(method, &filled.settings))?;
        Ok(account)
    }

    async fn signed_in_by_form(
        &self,
        mut filled: Filled<'_>,
        verify: bool,
    ) -> ConnectResult<SignIn> {
        if filled.method.kind == AuthMethodKind::OAuth2ClientCredentials {
            return self.signed_in_by_client(filled, verify).await;
        }
        if filled.method.login.is_some() {
            return self.signed_in_by_login(filled, verify).await;
        }
        let fields = filled.fields.duplicate();
        let account = self.form_checked(&mut filled, &fields, verify).await?;
        let grant = grant(&filled, account, verify);
        Ok(SignIn {
            grant,
            parts: vec![(part::FIELDS, filled.fields)],
        })
    }

    /// A login: its answer is part of the check, so there is none without it.
    async fn signed_in_by_login(
        &self,
        mut filled: Filled<'_>,
        verify: bool,
    ) -> ConnectResult<SignIn> {
        let granted = self
            .login_ask(
                filled.app,
                filled.method,
                &filled.settings,
                &filled.fields,
                None,
                filled.tls12,
            )
            .await
            .map_err(|error| rejection_of(&error).problem(filled.method, &filled.settings))?;
        let mut access = filled.fields.duplicate();
        for (name, token) in access_fields(&granted).iter() {
            access.insert(name, token.duplicate());
        }
        filled.settings.extend(granted.keep.clone());
        let account = self.form_checked(&mut filled, &access, verify).await?;
        let mut grant = grant(&filled, account, verify);
        grant.expires_at = granted.expires_at;
        // Whoever logged in once can do so again.
        grant.refreshable = true;
        grant.next_refresh_at = next_refresh_at(granted.expires_at, granted.lifetime);
        grant.scopes = granted.scopes.unwrap_or_default();
        let mut parts = vec![(part::FIELDS, filled.fields), (part::ACCESS, access)];
        if let Some(token) = granted.refresh_token {
            let refresh = SecretMap::from_iter([("refresh_token".to_owned(), token)]);
            parts.push((part::REFRESH, refresh));
        }
        Ok(SignIn { grant, parts })
    }

    /// Client credentials: the first token is part of the check.
    async fn signed_in_by_client(
        &self,
        mut filled: Filled<'_>,
        verify: bool,
    ) -> ConnectResult<SignIn> {
        let client = self
            .own_client(filled.project, filled.app, &filled.fields)
            .await?;
        let context = client.context(&filled.settings);
        let ask = patchbay_catalog::Grant::ClientCredentials { scopes: None };
        let granted = self
            .token_ask(filled.app, filled.method, &context, &ask, client.tls12)
            .await;
        let granted = match granted {
            Ok(granted) => granted,
            Err(_) if !verify && filled.method.kept.is_empty() => {
                // Asked for again at the first use.
                filled.hosts = filled.app.hosts_of(filled.method, &filled.settings)?;
                let mut grant = grant(&filled, nobody(), false);
                grant.expires_at = Some(Timestamp::now());
                grant.refreshable = true;
                return Ok(SignIn {
                    grant,
                    parts: vec![(part::FIELDS, filled.fields)],
                });
            }
            Err(error) => {
                return Err(rejection_of(&error)
                    .problem(filled.method, &filled.settings)
                    .into());
            }
        };
        let access = access_fields(&granted);
        filled.settings.extend(granted.keep.clone());
        let account = self.form_checked(&mut filled, &access, verify).await?;
        let mut grant = grant(&filled, account, verify);
        grant.expires_at = granted.expires_at;
        grant.refreshable = granted.expires_at.is_some();
        grant.next_refresh_at = next_refresh_at(granted.expires_at, granted.lifetime);
        grant.scopes = granted.scopes.unwrap_or_default();
        Ok(SignIn {
            grant,
            parts: vec![(part::FIELDS, filled.fields), (part::ACCESS, access)],
        })
    }
}

pub(crate) fn access_fields(granted: &Granted) -> SecretMap {
    let mut fields = SecretMap::new();
    fields.insert("access_token", granted.access_token.duplicate());
    for (name, token) in &granted.tokens {
        fields.insert(name.clone(), token.duplicate());
    }
    fields
}

pub(crate) fn nobody() -> AccountIdentity {
    AccountIdentity {
        id: None,
        label: None,
    }
}

fn candidate<'a>(filled: &'a Filled<'a>, secrets: &'a SecretMap) -> Candidate<'a> {
    Candidate {
        app: filled.app,
        method: filled.method,
        settings: &filled.settings,
        hosts: &filled.hosts,
        facts: NO_FACTS.get_or_init(ConnectionFacts::default),
        secrets,
        tls12: filled.tls12,
    }
}

static NO_FACTS: std::sync::OnceLock<ConnectionFacts> = std::sync::OnceLock::new();

fn grant(filled: &Filled<'_>, account: AccountIdentity, verified: bool) -> Grant {
    let verified = verified && filled.app.verify.is_some();
    let (status, status_reason) = fresh_status(verified || filled.app.verify.is_none());
    Grant {
        auth_method: filled.method.id.clone(),
        kind: filled.method.kind,
        status,
        status_reason,
        expires_at: None,
        refreshable: false,
        next_refresh_at: None,
        account,
        scopes: Vec::new(),
        hosts: filled.hosts.iter().map(ToString::to_string).collect(),
        settings: filled.settings.clone(),
        hint: hint(filled.method, &filled.fields),
    }
}

/// The last four characters of an API key. A key so short that they would be most of it has none.
fn hint(method: &AuthMethod, fields: &SecretMap) -> Option<String> {
    const SHOWN: usize = 4;
    const SHORTEST: usize = 8;
    if method.kind != AuthMethodKind::ApiKey {
        return None;
    }
    let key = fields.expose(method.secret_fields().next()?)?;
    let length = key.chars().count();
    (length >= SHORTEST).then(|| key.chars().skip(length - SHOWN).collect())
}

fn needs_browser(app: &App) -> ConnectError {
    Problem::new(
        Code::NeedsBrowser,
        format!(
            "Signing in to {} needs a browser: open the dashboard, or POST /connect-sessions as a signed-in person.",
            app.name
        ),
    )
    .into()
}

fn method_wanted<'a>(
    app: &'a Arc<App>,
    kind: Option<AuthMethodKind>,
    id: Option<&str>,
) -> ConnectResult<&'a AuthMethod> {
    let unknown = |what: &str| {
        let offered: Vec<String> = app
            .auth
            .iter()
            .map(|method| method.kind.type_name())
            .collect();
        ConnectError::Refused(
            Problem::new(
                Code::AuthMethodUnknown,
                format!(
                    "{} does not offer {what}; it offers {}.",
                    app.name,
                    offered.join(", ")
                ),
            )
            .with_details(json!({ "offered": offered })),
        )
    };
    let method = match (id, kind) {
        (Some(id), _) => app.method(id).ok_or_else(|| unknown(id))?,
        (None, Some(kind)) => match app.auth.iter().find(|method| is_of_type(method, kind)) {
            Some(method) => method,
            None if kind.needs_browser() => return Err(needs_browser(app)),
            None => return Err(unknown(&kind.type_name())),
        },
        (None, None) => {
            return Err(Problem::field("type", "Say which type of credential it is.").into());
        }
    };
    if method.needs_browser() {
        return Err(needs_browser(app));
    }
    if kind.is_some_and(|kind| !is_of_type(method, kind)) {
        return Err(Problem::field("authMethod", "This auth method is of another type.").into());
    }
    Ok(method)
}

/// Forms with fields of an app's own are one type, whatever is made of the fields.
fn is_of_type(method: &AuthMethod, kind: AuthMethodKind) -> bool {
    method.kind.type_name() == kind.type_name()
}

/// The settings a connection has, with those given in place of the old. What was kept of a token answer stays.
pub(crate) fn settings_changed(
    app: &App,
    method: &AuthMethod,
    before: &Settings,
    given: &Map<String, Value>,
) -> ConnectResult<Settings> {
    if given.is_empty() {
        return Ok(before.clone());
    }
    let asked: Vec<&str> = app
        .settings_of(method)
        .map(|setting| setting.name.as_str())
        .collect();
    let mut all: Map<String, Value> = before
        .iter()
        .filter(|(name, _)| asked.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    all.extend(given.clone());
    let checked = app
        .settings_check(method, &all)
        .map_err(|problems| fields_problem("settings", &problems))?;
    let mut out = before.clone();
    out.extend(checked);
    Ok(out)
}

fn other_account(before: &AccountIdentity, now: &AccountIdentity) -> ConnectError {
    let shown = |account: &AccountIdentity| {
        account
            .label
            .clone()
            .or_else(|| account.id.clone())
            .unwrap_or_default()
    };
    Problem::new(
        Code::Conflict,
        format!(
            "This credential belongs to {}, the connection to {}. Send replaceAccount: true to switch every flow over.",
            shown(now),
            shown(before)
        ),
    )
    .with_details(json!({ "account": now, "previousAccount": before }))
    .into()
}

/// A token endpoint's refusal, in the words of a form.
pub(crate) fn rejection_of(error: &TokenError) -> Rejection {
    let reason = match error.class {
        TokenErrorClass::Permanent | TokenErrorClass::App => RejectionReason::WrongKey,
        TokenErrorClass::NotSent => RejectionReason::HostUnreachable,
        TokenErrorClass::Throttled(_) | TokenErrorClass::Uncertain => RejectionReason::ProviderDown,
        TokenErrorClass::Malformed => RejectionReason::UnexpectedAnswer,
    };
    Rejection {
        reason,
        provider: error.provider.clone(),
        message: error.message.clone(),
    }
}
