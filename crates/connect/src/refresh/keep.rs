//! T2: storing what the provider answered, come what may. From here on the old refresh token may be spent, so the
//! answer is not let go before it is stored, revoked or out of use.

use std::time::Duration;

use patchbay_catalog::AuthMethod;
use patchbay_model::{Actor, ConnectionStatus, StatusReason, Timestamp};
use patchbay_store::connections::{
    ConnectionRow, OrphanToken, Refreshed, connection_get, connection_lock, orphan_delete,
    orphan_put, refresh_commit, refresh_reopen,
};
use patchbay_vault::SecretMap;
use serde_json::json;

use super::{
    Outcome, Presented,
    attempt::{Attempt, Step},
    schedule::next_renewal_at,
};
use crate::{
    ConnectError, ConnectResult, ConnectionEventKind, Connector, credential::part, oauth::Granted,
    secrets::Place,
};

/// How long an answer that came too late is kept.
const ORPHAN_KEPT: Duration = Duration::from_hours(24);
/// First pause after a failed write, which doubles …
const PAUSE: Duration = Duration::from_millis(50);
/// … up to this.
const PAUSE_MAX: Duration = Duration::from_secs(2);
/// How often sealing is tried; unlike a database, a vault that fails does not come back by itself.
const VAULT_TRIES: u32 = 5;

/// An answer, ready to be stored.
struct Answer {
    expires_at: Option<Timestamp>,
    lifetime: Option<Duration>,
    scopes: Option<Vec<String>>,
    parts: Vec<(&'static str, SecretMap)>,
    /// Whether there is a new refresh token in it.
    rotated: bool,
    /// The access token renews itself.
    by_access_token: bool,
    /// The late answer whose refresh token was presented.
    orphan: Option<String>,
}

/// Stores the answer, however often that takes.
pub(super) async fn keep(
    connector: &Connector,
    attempt: Attempt,
    method: &AuthMethod,
    granted: Granted,
    presented: Presented,
) -> ConnectResult<Step> {
    let has_more = method
        .oauth
        .as_ref()
        .is_some_and(|oauth| !oauth.response.tokens.is_empty());
    let before = if has_more {
        connector.part_open(&attempt.row, part::ACCESS).await?
    } else {
        None
    };
    let by_access_token = matches!(presented, Presented::Access(_));
    let answer = Answer::new(granted, presented, before, by_access_token);
    let mut pause = PAUSE;
    let mut vault_tries = 0;
    loop {
        let error = match stored(connector, &attempt, &answer).await {
            Ok(step) => return Ok(step),
            Err(error) => error,
        };
        if matches!(error, ConnectError::Vault(_)) {
            vault_tries += 1;
            if vault_tries >= VAULT_TRIES {
                return Err(error);
            }
        }
        metrics::counter!("patchbay_refresh_store_failures_total").increment(1);
        tracing::error!(connection = %attempt.row.id, %error, "a renewed token is not stored yet; trying again");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

impl Answer {
    /// `before` is what was sent until now: further tokens that this answer does not repeat stay (RFC 6749 §6).
    fn new(
        granted: Granted,
        presented: Presented,
        before: Option<SecretMap>,
        by_access_token: bool,
    ) -> Self {
        let rotated = granted.refresh_token.is_some();
        let mut access = before.unwrap_or_default();
        if let Presented::Login { fields, .. } = &presented {
            access = fields.duplicate();
        }
        access.insert("access_token", granted.access_token);
        for (name, token) in granted.tokens {
            access.insert(name, token);
        }
        let mut parts = vec![(part::ACCESS, access)];
        let mut from = None;
        match presented {
            Presented::RefreshToken { token, orphan } => {
                // No new refresh token: the old one stays (RFC 6749 §6).
                let token = granted.refresh_token.unwrap_or(token);
                parts.push((
                    part::REFRESH,
                    SecretMap::from_iter([("refresh_token".to_owned(), token)]),
                ));
                from = orphan;
            }
            Presented::Client(fields) => parts.push((part::FIELDS, fields)),
            Presented::Access(_) => {}
            Presented::Login { fields, refresh } => {
                parts.push((part::FIELDS, fields));
                if let Some(token) = granted.refresh_token.or(refresh) {
                    parts.push((
                        part::REFRESH,
                        SecretMap::from_iter([("refresh_token".to_owned(), token)]),
                    ));
                }
            }
        }
        Self {
            expires_at: granted.expires_at,
            lifetime: granted.lifetime,
            scopes: granted.scopes,
            parts,
            rotated,
            by_access_token,
            orphan: from,
        }
    }

    fn part(&self, name: &str) -> Option<&SecretMap> {
        self.parts
            .iter()
            .find(|(part, _)| *part == name)
            .map(|(_, fields)| fields)
    }
}

async fn stored(connector: &Connector, attempt: &Attempt, answer: &Answer) -> ConnectResult<Step> {
    let Attempt { row, epoch, .. } = attempt;
    let now = Timestamp::now();
    let sealed = connector
        .parts_seal(&row.project, &row.id, row.generation + 1, &answer.parts)
        .await?;
    let heals = row.status_reason != Some(StatusReason::PermissionMissing);
    let refreshed = Refreshed {
        expires_at: answer.expires_at,
        next_refresh_at: next_renewal_at(
            answer.by_access_token,
            answer.expires_at,
            answer.lifetime,
        ),
        refreshable: true,
        heals,
        scopes: answer.scopes.clone(),
        parts: sealed,
    };
    let lost = lost_scopes(row, answer);
    let recovered = heals && row.status != ConnectionStatus::Active;
    let tx = connector.store().begin().await?;
    let won = refresh_commit(
        &tx,
        &row.project,
        &row.id,
        row.generation,
        *epoch,
        refreshed,
        now,
    )
    .await?;
    if !won {
        tx.rollback().await?;
        return late(connector, attempt, answer).await;
    }
    if let Some(orphan) = &answer.orphan {
        orphan_delete(&*tx, &row.project, orphan).await?;
    }
    let system = Actor::system(row.project.clone());
    let subject = (&row.id, row.name.as_str());
    if recovered {
        connector
            .audit(&tx, &system, "connection.recover", subject, json!({}))
            .await?;
    }
    if !lost.is_empty() {
        let details = json!({ "lost": lost });
        connector
            .audit(&tx, &system, "connection.scopes_shrink", subject, details)
            .await?;
    }
    tx.commit().await?;
    if !lost.is_empty() {
        tracing::warn!(connection = %row.id, app = %row.app, ?lost, "the provider took scopes away");
    }
    metrics::counter!("patchbay_refresh_total", "outcome" => "renewed").increment(1);
    let news = if recovered {
        ConnectionEventKind::Usable
    } else {
        ConnectionEventKind::Changed
    };
    connector.emit(row, news);
    Ok(Step::Done(Outcome::Settled))
}

/// Scopes that were granted before and are not any more.
fn lost_scopes(row: &ConnectionRow, answer: &Answer) -> Vec<String> {
    let Some(now) = &answer.scopes else {
        return Vec::new();
    };
    row.scopes
        .iter()
        .filter(|scope| !now.contains(scope))
        .cloned()
        .collect()
}

/// The fence kept the answer out. What is there is never overwritten.
async fn late(connector: &Connector, attempt: &Attempt, answer: &Answer) -> ConnectResult<Step> {
    let Attempt { row, epoch, id } = attempt;
    let done = Ok(Step::Done(Outcome::Settled));
    let Some(now) = connection_get(connector.store().reader(), &row.project, &row.id).await? else {
        return done;
    };
    let ours = now.generation == row.generation + 1
        && now.refresh.lease_epoch == *epoch
        && now.refresh.intent_attempt.as_deref() == Some(id)
        && now.last_refreshed_at.is_some();
    if ours && now.status != ConnectionStatus::Revoked {
        // An earlier commit came to pass although its acknowledgement was lost.
        return done;
    }
    metrics::counter!("patchbay_refresh_total", "outcome" => "late").increment(1);
    if now.status == ConnectionStatus::Revoked {
        tracing::info!(connection = %row.id, "revoked while it was renewed; the fresh token is revoked at the provider");
        if let Some(access) = answer.part(part::ACCESS)
            && let Err(error) = connector
                .tokens_revoke(row, access, answer.part(part::REFRESH))
                .await
        {
            tracing::warn!(connection = %row.id, %error, "a fresh token was not revoked at the provider");
        }
        return done;
    }
    tracing::warn!(connection = %row.id, "a renewal came too late; its answer is kept aside");
    if answer.rotated {
        orphan_keep(connector, row, answer).await?;
    }
    if now.generation == row.generation && answer.rotated {
        // Nothing has come of the other attempt yet: what was presented is spent, this answer is the way on.
        return Ok(Step::Again(Duration::ZERO, Outcome::Elsewhere));
    }
    done
}

async fn orphan_keep(
    connector: &Connector,
    row: &ConnectionRow,
    answer: &Answer,
) -> ConnectResult<()> {
    let Some(fields) = answer.part(part::REFRESH) else {
        return Ok(());
    };
    let id = crate::random::hex_id();
    let now = Timestamp::now();
    let place = Place::orphan(&row.project, &id, row.generation);
    let sealed = connector.inner.secrets.seal(place, fields).await?;
    let orphan = OrphanToken {
        id,
        project: row.project.clone(),
        connection: row.id.clone(),
        generation: row.generation,
        sealed,
        expires_at: now.plus(ORPHAN_KEPT),
    };
    let tx = connector.store().begin_uncounted().await?;
    if connection_lock(&tx, &row.project, &row.id).await?.is_none() {
        // Destroyed meanwhile: nothing of its credential stays.
        return Ok(());
    }
    orphan_put(&*tx, &orphan, now).await?;
    refresh_reopen(&*tx, &row.project, &row.id, row.generation, now).await?;
    Ok(tx.commit().await?)
}
