//! One renewal: lease, question, answer, commit.

use std::time::Duration;

use patchbay_catalog::Grant;
use patchbay_model::{
    Actor, AuthMethodKind, ConnectionStatus, StatusReason, Timestamp,
};
use patchbay_store::connections::{
    ConnectionRow, IntentPhase, LeaseClaim, RefreshFailure, Refreshed, connection_get,
    database_now, refresh_claim, refresh_commit, refresh_failed,
};
use patchbay_vault::{Secret, SecretMap};
use serde_json::json;

use super::{Outcome, Standing, next_refresh_at, standing};
use crate::{
    ConnectResult, ConnectionEventKind, Connector,
    credential::part,
    oauth::{Client, Granted, TokenError, TokenErrorClass},
};

/// How long a lease holds: longer than the token endpoint may take (30 s).
const LEASE: Duration = Duration::from_secs(60);
/// How long another node's renewal is waited for.
const OTHER_NODE: Duration = Duration::from_secs(35);

pub(super) async fn run(connector: &Connector, row: &ConnectionRow) -> Outcome {
    match renewed(connector, row).await {
        Ok(outcome) => outcome,
        Err(error) => {
            tracing::error!(connection = %row.id, %error, "renewal failed on our side");
            Outcome::Later {
                message: "Something failed on our side.".to_owned(),
                retry_after: Duration::from_secs(5),
            }
        }
    }
}

/// What is presented to the provider.
enum Presented {
    RefreshToken(Secret),
    Client,
}

async fn renewed(connector: &Connector, row: &ConnectionRow) -> ConnectResult<Outcome> {
    let app = connector.app(&row.app)?;
    let method = connector.method(&app, &row.auth_method)?;
    let prepared = presented(connector, row, &app).await?;
    let Some((client, presented)) = prepared else {
        return unrenewable(connector, row).await;
    };
    if row.refresh.fail_class.as_deref() == Some(TokenErrorClass::Permanent.as_str()) {
        return settled(connector, row, StatusReason::RefreshRejected, None).await;
    }
    let now = database_now(connector.store().reader()).await?;
    let attempt = crate::random::hex_id();
    let claim = LeaseClaim {
        owner: &connector.inner.node,
        attempt: &attempt,
        now,
        until: now.plus(LEASE),
    };
    let tx = connector.store().begin().await?;
    let epoch = refresh_claim(&*tx, &row.project, &row.id, row.generation, claim).await?;
    tx.commit().await?;
    let Some(epoch) = epoch else {
        return other_node(connector, row).await;
    };
    let context = client.context(&row.settings);
    let grant = match &presented {
        Presented::RefreshToken(token) => Grant::Refresh {
            refresh_token: token.expose(),
        },
        Presented::Client => Grant::ClientCredentials {
            scopes: client.scopes.as_deref(),
        },
    };
    match connector.token_ask(&app, method, &context, &grant, client.tls12).await {
        Ok(granted) => stored(connector, row, epoch, granted, presented).await,
        Err(error) => failed(connector, row, epoch, &error).await,
    }
}

async fn presented(
    connector: &Connector,
    row: &ConnectionRow,
    app: &patchbay_catalog::App,
) -> ConnectResult<Option<(Client, Presented)>> {
    if row.kind == AuthMethodKind::OAuth2ClientCredentials {
        let Some(fields) = connector.part_open(row, part::FIELDS).await? else {
            return Ok(None);
        };
        let client = connector.own_client(&row.project, app, &fields).await?;
        return Ok(Some((client, Presented::Client)));
    }
    let Some(client) = connector.oauth_client(&row.project, app).await? else {
        return Ok(None);
    };
    let token = connector
        .part_open(row, part::REFRESH)
        .await?
        .and_then(|mut fields| fields.remove("refresh_token"));
    Ok(token.map(|token| (client, Presented::RefreshToken(token))))
}

/// There is nothing to renew it with: it ends when it ends.
async fn unrenewable(connector: &Connector, row: &ConnectionRow) -> ConnectResult<Outcome> {
    let reason = if row.refreshable {
        StatusReason::AppMisconfigured
    } else {
        StatusReason::TokenExpired
    };
    settled(connector, row, reason, None).await
}

/// Turns it Expired when it has run out, not before.
async fn settled(
    connector: &Connector,
    row: &ConnectionRow,
    reason: StatusReason,
    provider: Option<&str>,
) -> ConnectResult<Outcome> {
    if standing(row, Timestamp::now()) == Standing::Over {
        let status = if reason == StatusReason::AppMisconfigured {
            ConnectionStatus::Error
        } else {
            ConnectionStatus::Expired
        };
        connector.mark(row, status, reason, provider).await?;
    }
    Ok(Outcome::Settled)
}

/// Somebody else holds the lease, or the row has moved on: waits for what comes of it.
async fn other_node(connector: &Connector, row: &ConnectionRow) -> ConnectResult<Outcome> {
    let mut pause = Duration::from_millis(100);
    let end = tokio::time::Instant::now() + OTHER_NODE;
    while tokio::time::Instant::now() < end {
        let now = connection_get(connector.store().reader(), &row.project, &row.id).await?;
        match now {
            Some(now) if now.generation == row.generation && now.refresh.lease_until.is_some() => {}
            _ => return Ok(Outcome::Settled),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(1));
    }
    Ok(Outcome::Later {
        message: "Another node is renewing it and has not ended yet.".to_owned(),
        retry_after: Duration::from_secs(5),
    })
}

async fn stored(
    connector: &Connector,
    row: &ConnectionRow,
    epoch: i64,
    granted: Granted,
    presented: Presented,
) -> ConnectResult<Outcome> {
    let now = Timestamp::now();
    let mut parts = vec![(
        part::ACCESS,
        SecretMap::from_iter([("access_token".to_owned(), granted.access_token)]),
    )];
    match presented {
        Presented::RefreshToken(old) => {
            // No new refresh token: the old one stays (RFC 6749 §6).
            let token = granted.refresh_token.unwrap_or(old);
            parts.push((
                part::REFRESH,
                SecretMap::from_iter([("refresh_token".to_owned(), token)]),
            ));
        }
        Presented::Client => {
            if let Some(fields) = connector.part_open(row, part::FIELDS).await? {
                parts.push((part::FIELDS, fields));
            }
        }
    }
    let sealed = connector
        .parts_seal(&row.project, &row.id, row.generation + 1, &parts)
        .await?;
    let refreshed = Refreshed {
        expires_at: granted.expires_at,
        next_refresh_at: next_refresh_at(granted.expires_at, granted.lifetime),
        refreshable: true,
        scopes: granted.scopes,
        parts: sealed,
    };
    let tx = connector.store().begin().await?;
    let won = refresh_commit(
        &tx,
        &row.project,
        &row.id,
        row.generation,
        epoch,
        refreshed,
        now,
    )
    .await?;
    if won && row.status != ConnectionStatus::Active {
        let system = Actor::system(row.project.clone());
        connector
            .audit(&tx, &system, "connection.recover", (&row.id, &row.name), json!({}))
            .await?;
    }
    tx.commit().await?;
    if won {
        connector.emit(row, ConnectionEventKind::Usable);
    } else {
        tracing::warn!(connection = %row.id, "a renewal came too late and was dropped");
    }
    Ok(Outcome::Settled)
}

async fn failed(
    connector: &Connector,
    row: &ConnectionRow,
    epoch: i64,
    error: &TokenError,
) -> ConnectResult<Outcome> {
    let now = Timestamp::now();
    let attempts = u32::try_from(row.refresh.fail_count).unwrap_or(u32::MAX).min(8);
    let backoff = Duration::from_secs(1 << attempts);
    let retry_after = match error.class {
        TokenErrorClass::Throttled(Some(wait)) => wait,
        _ => backoff,
    };
    let uncertain = error.class == TokenErrorClass::Uncertain;
    let failure = RefreshFailure {
        class: error.class.as_str(),
        uncertain,
        next_try_at: Some(now.plus(retry_after)),
    };
    let tx = connector.store().begin().await?;
    refresh_failed(&*tx, &row.project, &row.id, epoch, failure).await?;
    tx.commit().await?;
    tracing::warn!(connection = %row.id, app = %row.app, class = error.class.as_str(), "renewal failed");
    let provider = error.provider.as_deref();
    match error.class {
        TokenErrorClass::Permanent => {
            let reason = if row.refresh.intent_phase == IntentPhase::None {
                StatusReason::RefreshRejected
            } else {
                StatusReason::RotationInterrupted
            };
            settled(connector, row, reason, provider).await
        }
        TokenErrorClass::App => {
            settled(connector, row, StatusReason::AppMisconfigured, provider).await
        }
        _ => {
            if standing(row, now) == Standing::Over {
                let reason = match error.class {
                    TokenErrorClass::NotSent => StatusReason::HostUnreachable,
                    _ => StatusReason::ProviderUnavailable,
                };
                connector
                    .mark(row, ConnectionStatus::Error, reason, provider)
                    .await?;
            }
            Ok(Outcome::Later {
                message: error.message.clone(),
                retry_after,
            })
        }
    }
}
