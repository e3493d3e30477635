//! One attempt: whether it may be made now, the lease, the question, and what is done with the answer.

use std::time::Duration;

use patchbay_catalog::{App, AuthMethod, Grant, OAuth};
use patchbay_model::{AuthMethodKind, ConnectionStatus, Timestamp};
use patchbay_store::connections::{
    ConnectionRow, LeaseClaim, OrphanToken, RefreshFailure, connection_get, database_now,
    orphan_delete, orphan_newest, refresh_claim, refresh_failed, refresh_postpone,
};
use patchbay_vault::{Secret, SecretMap};

use super::{
    Outcome, Want, elsewhere,
    failure::{self, Class, Failed},
    gate::{Pass, Shut},
    keep, status,
};
use crate::{
    ConnectResult, Connector,
    credential::part,
    oauth::{Client, Granted, TokenError, TokenErrorClass},
    secrets::Place,
};

/// What comes after an attempt.
pub(super) enum Step {
    Done(Outcome),
    /// Another attempt after this pause. Who waits is told meanwhile, unless there is no pause.
    Again(Duration, Outcome),
}

/// What is presented to the provider.
pub(super) enum Presented {
    RefreshToken {
        token: Secret,
        /// The late answer it comes from, if not from the connection itself.
        orphan: Option<String>,
    },
    /// The client itself; the fields it was made of.
    Client(SecretMap),
    /// The access token itself, which is renewed.
    Access(Secret),
    /// The fields of a login, and what an earlier one left to renew it with.
    Login {
        fields: SecretMap,
        refresh: Option<Secret>,
    },
}

/// An attempt that the provider may know of.
pub(super) struct Attempt {
    /// The row as it was before.
    pub(super) row: ConnectionRow,
    pub(super) epoch: i64,
    /// Names it.
    pub(super) id: String,
}

/// Makes an attempt to follow the generation of `asked`, unless there is a reason not to.
pub(super) async fn once(
    connector: &Connector,
    asked: &ConnectionRow,
    want: Want,
    tries: usize,
) -> ConnectResult<Step> {
    let reader = connector.store().reader();
    let now = Timestamp::now();
    let settled = || Ok(Step::Done(Outcome::Settled));
    let Some(row) = connection_get(reader, &asked.project, &asked.id).await? else {
        return settled();
    };
    if row.generation != asked.generation
        || row.deleted_at.is_some()
        || row.status == ConnectionStatus::Revoked
    {
        return settled();
    }
    if failure::has_ended(&row) || !row.refreshable {
        status::settle(connector, &row).await?;
        return settled();
    }
    let timings = connector.inner.refresher.timings();
    if let Some(wait) = failure::wait_before(&row, want, now, timings) {
        status::settle(connector, &row).await?;
        return Ok(Step::Done(Outcome::later(Class::of(&row), wait)));
    }
    let app = connector.app(&row.app)?;
    let method = connector.method(&app, &row.auth_method)?;
    let Some((client, presented)) = prepare(connector, &row, &app, method).await? else {
        return missing(connector, &row).await;
    };
    let pass = match connector
        .inner
        .refresher
        .gates
        .enter(&row, &app, want)
        .await
    {
        Ok(pass) => pass,
        Err(shut) => return postponed(connector, &row, &shut).await,
    };
    let Some(attempt) = claim(connector, &row).await? else {
        if want == Want::Ahead {
            return Ok(Step::Done(Outcome::Elsewhere));
        }
        return elsewhere::wait(connector, &row).await.map(Step::Done);
    };
    match ask(connector, &attempt, &app, method, &client, &presented).await {
        Ok(granted) => {
            pass.good();
            keep::keep(connector, attempt, method, granted, presented).await
        }
        Err(error) => {
            report(pass, &error, timings);
            failed(connector, attempt, &error, presented, tries).await
        }
    }
}

/// T1: takes the lease and announces the attempt, durably, before the token is spent.
async fn claim(connector: &Connector, row: &ConnectionRow) -> ConnectResult<Option<Attempt>> {
    let now = database_now(connector.store().reader()).await?;
    let id = crate::random::hex_id();
    let claim = LeaseClaim {
        owner: &connector.inner.node,
        attempt: &id,
        now,
        until: now.plus(connector.inner.refresher.timings().lease),
    };
    let tx = connector.store().begin_uncounted().await?;
    let epoch = refresh_claim(&*tx, &row.project, &row.id, row.generation, claim).await?;
    tx.commit().await?;
    Ok(epoch.map(|epoch| Attempt {
        row: row.clone(),
        epoch,
        id,
    }))
}

/// P: one request, with a deadline that is shorter than the lease. `token_ask` follows no redirect and repeats nothing.
async fn ask(
    connector: &Connector,
    attempt: &Attempt,
    app: &App,
    method: &AuthMethod,
    client: &Client,
    presented: &Presented,
) -> Result<Granted, TokenError> {
    let context = client.context(&attempt.row.settings);
    let grant = match presented {
        Presented::RefreshToken { token, .. } => Grant::Refresh {
            refresh_token: token.expose(),
        },
        Presented::Client(_) => Grant::ClientCredentials {
            scopes: client.scopes.as_deref(),
        },
        Presented::Access(token) => Grant::Renew {
            access_token: token.expose(),
        },
        Presented::Login { fields, refresh } => {
            let settings = &attempt.row.settings;
            let asking = connector.login_ask(
                app,
                method,
                settings,
                fields,
                refresh.as_ref(),
                client.tls12,
            );
            return in_time(connector, app, asking).await;
        }
    };
    let asking = connector.token_ask(app, method, &context, &grant, client.tls12);
    in_time(connector, app, asking).await
}

async fn in_time(
    connector: &Connector,
    app: &App,
    asking: impl Future<Output = Result<Granted, TokenError>>,
) -> Result<Granted, TokenError> {
    let limit = connector.inner.refresher.timings().answer_within;
    match tokio::time::timeout(limit, asking).await {
        Ok(answer) => answer,
        Err(_) => Err(TokenError {
            class: TokenErrorClass::Uncertain,
            provider: None,
            message: format!("{} did not answer in time.", app.name),
        }),
    }
}

/// The client to ask as and what to present; `None` when one of them is not there (any more).
async fn prepare(
    connector: &Connector,
    row: &ConnectionRow,
    app: &App,
    method: &AuthMethod,
) -> ConnectResult<Option<(Client, Presented)>> {
    if method.login.is_some() {
        return login(connector, row, app).await;
    }
    if row.kind == AuthMethodKind::OAuth2ClientCredentials {
        let Some(fields) = connector.part_open(row, part::FIELDS).await? else {
            return Ok(None);
        };
        let client = connector.own_client(&row.project, app, &fields).await?;
        return Ok(Some((client, Presented::Client(fields))));
    }
    let Some(client) = connector.oauth_client(&row.project, app).await? else {
        return Ok(None);
    };
    if method
        .oauth
        .as_ref()
        .is_some_and(OAuth::renews_by_access_token)
    {
        let token = connector
            .part_open(row, part::ACCESS)
            .await?
            .and_then(|mut fields| fields.remove("access_token"));
        return Ok(token.map(|token| (client, Presented::Access(token))));
    }
    // The answer to an earlier question about this very generation: what the row holds is spent.
    if let Some(orphan) = orphan(connector, row).await? {
        let place = Place::orphan(&row.project, &orphan.id, orphan.generation);
        let mut fields = connector.inner.secrets.open(place, &orphan.sealed).await?;
        if let Some(token) = fields.remove("refresh_token") {
            let orphan = Some(orphan.id);
            return Ok(Some((client, Presented::RefreshToken { token, orphan })));
        }
    }
    let token = connector
        .part_open(row, part::REFRESH)
        .await?
        .and_then(|mut fields| fields.remove("refresh_token"));
    Ok(token.map(|token| {
        let orphan = None;
        (client, Presented::RefreshToken { token, orphan })
    }))
}

/// A login is made again with the fields of its form, or by what it left to renew it with.
async fn login(
    connector: &Connector,
    row: &ConnectionRow,
    app: &App,
) -> ConnectResult<Option<(Client, Presented)>> {
    let Some(fields) = connector.part_open(row, part::FIELDS).await? else {
        return Ok(None);
    };
    let refresh = connector
        .part_open(row, part::REFRESH)
        .await?
        .and_then(|mut fields| fields.remove("refresh_token"));
    let nobody = SecretMap::new();
    let client = connector.own_client(&row.project, app, &nobody).await?;
    Ok(Some((client, Presented::Login { fields, refresh })))
}

/// The newest late answer to a question about the row's generation.
async fn orphan(connector: &Connector, row: &ConnectionRow) -> ConnectResult<Option<OrphanToken>> {
    let reader = connector.store().reader();
    Ok(
        orphan_newest(reader, &row.project, &row.id, Timestamp::now())
            .await?
            .filter(|orphan| orphan.generation == row.generation),
    )
}

/// There is no OAuth client or no refresh token to renew it with.
async fn missing(connector: &Connector, row: &ConnectionRow) -> ConnectResult<Step> {
    let wait = connector.inner.refresher.timings().app_probe;
    let shut = Shut {
        class: Some(Class::App),
        wait,
    };
    postponed(connector, row, &shut).await
}

/// The gate is shut: notes until when, so that the schedule passes over it.
async fn postponed(connector: &Connector, row: &ConnectionRow, shut: &Shut) -> ConnectResult<Step> {
    let now = Timestamp::now();
    if row.refresh.next_try_at.is_none_or(|at| at <= now) {
        postpone(connector, row, shut).await?;
        if let Some(row) = connection_get(connector.store().reader(), &row.project, &row.id).await?
        {
            status::settle(connector, &row).await?;
        }
    }
    Ok(Step::Done(Outcome::later(shut.class, shut.wait)))
}

pub(super) async fn postpone(
    connector: &Connector,
    row: &ConnectionRow,
    shut: &Shut,
) -> ConnectResult<()> {
    // Spread, so that they do not all come back at the same moment.
    let spread = shut.wait.mul_f64(1.0 + rand::random::<f64>() / 4.0);
    let until = Timestamp::now().plus(spread);
    let class = shut.class.map(Class::as_str);
    let tx = connector.store().begin_uncounted().await?;
    refresh_postpone(&*tx, &row.project, &row.id, class, until).await?;
    Ok(tx.commit().await?)
}

fn report(pass: Pass, error: &TokenError, timings: &super::RefreshTimings) {
    match error.class {
        TokenErrorClass::Permanent | TokenErrorClass::Throttled(_) => pass.good(),
        TokenErrorClass::App => pass.bad(Class::App, timings.app_probe),
        TokenErrorClass::NotSent => pass.bad(Class::NotSent, timings.circuit_open),
        TokenErrorClass::Uncertain => pass.bad(Class::Uncertain, timings.circuit_open),
        TokenErrorClass::Malformed => pass.bad(Class::Malformed, timings.circuit_open),
    }
}

async fn failed(
    connector: &Connector,
    attempt: Attempt,
    error: &TokenError,
    presented: Presented,
    tries: usize,
) -> ConnectResult<Step> {
    let reader = connector.store().reader();
    let Attempt { row, epoch, .. } = &attempt;
    let refused = error.class == TokenErrorClass::Permanent;
    let mut orphan_waits = false;
    if refused {
        let current = connection_get(reader, &row.project, &row.id).await?;
        if current.is_none_or(|current| current.generation != row.generation) {
            // Somebody signed in again meanwhile: a race that was lost is no refusal.
            return Ok(Step::Done(Outcome::Settled));
        }
        let tried = match &presented {
            Presented::RefreshToken { orphan, .. } => orphan.as_deref(),
            Presented::Client(_) | Presented::Access(_) | Presented::Login { .. } => None,
        };
        if let Some(id) = tried {
            let tx = connector.store().begin_uncounted().await?;
            orphan_delete(&*tx, &row.project, id).await?;
            tx.commit().await?;
        }
        // After an orphan the row's own token has its turn, unless it was refused before.
        let own_turn = tried.is_some() && Class::of(row) != Some(Class::Permanent);
        orphan_waits = own_turn || orphan(connector, row).await?.is_some();
    }
    let failed = Failed {
        row,
        class: error.class,
        tries,
        orphan_waits,
        now: Timestamp::now(),
    };
    let consequence = failed.consequence(connector.inner.refresher.timings());
    let class = consequence.class.as_str();
    metrics::counter!("patchbay_refresh_total", "outcome" => class).increment(1);
    tracing::warn!(connection = %row.id, app = %row.app, class, tries, error = %error.message, "renewal failed");
    let tx = connector.store().begin_uncounted().await?;
    let noted = refresh_failed(
        &*tx,
        &row.project,
        &row.id,
        *epoch,
        RefreshFailure {
            class,
            phase: consequence.phase,
            next_try_at: consequence.next_try_at,
        },
    )
    .await?;
    tx.commit().await?;
    let wait = consequence
        .next_try_at
        .map_or(Duration::ZERO, |at| Timestamp::now().until(at));
    let outcome = Outcome::later(Some(consequence.class), wait).said(&error.message);
    if let Some(pause) = consequence.again.filter(|_| noted) {
        if !pause.is_zero() {
            status::settle_again(connector, row, error.provider.as_deref()).await?;
        }
        return Ok(Step::Again(pause, outcome));
    }
    status::settle_again(connector, row, error.provider.as_deref()).await?;
    Ok(Step::Done(outcome))
}
