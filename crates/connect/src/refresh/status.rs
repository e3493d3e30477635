//! What a connection's status says about its renewal. A token that still works keeps the connection active, whatever
//! its renewal does; when it has run out, the status says so.

use patchbay_model::{Actor, ConnectionStatus, StatusReason, Timestamp};
use patchbay_store::connections::{
    ConnectionRow, StatusChange, connection_get, connection_status_set,
};
use serde_json::json;

use super::{Standing, failure, standing};
use crate::{ConnectResult, ConnectionEventKind, Connector};

/// Marks the row as what its renewal has come to.
pub(super) async fn settle(connector: &Connector, row: &ConnectionRow) -> ConnectResult<()> {
    settle_with(connector, row, None).await
}

/// The same for the row as it is now.
pub(super) async fn settle_again(
    connector: &Connector,
    row: &ConnectionRow,
    provider: Option<&str>,
) -> ConnectResult<()> {
    match connection_get(connector.store().reader(), &row.project, &row.id).await? {
        Some(now) if now.generation == row.generation && now.deleted_at.is_none() => {
            settle_with(connector, &now, provider).await
        }
        _ => Ok(()),
    }
}

async fn settle_with(
    connector: &Connector,
    row: &ConnectionRow,
    provider: Option<&str>,
) -> ConnectResult<()> {
    let Some(reason) = failure::reason(row) else {
        return Ok(());
    };
    let provider = provider.or(row.provider_error.as_deref());
    if standing(row, Timestamp::now()) == Standing::Over {
        let known = row.status == failure::OVER && row.status_reason == Some(reason);
        if !known && row.status != ConnectionStatus::Revoked {
            connector.mark(row, failure::OVER, reason, provider).await?;
        }
        return Ok(());
    }
    let worth_a_note = matches!(
        reason,
        StatusReason::RefreshRejected
            | StatusReason::RotationInterrupted
            | StatusReason::AppMisconfigured
    );
    if worth_a_note && row.status == ConnectionStatus::Active && row.status_reason != Some(reason) {
        note(connector, row, reason, provider).await?;
    }
    Ok(())
}

/// Says on a connection that still works why it will not for long.
async fn note(
    connector: &Connector,
    row: &ConnectionRow,
    reason: StatusReason,
    provider: Option<&str>,
) -> ConnectResult<()> {
    let now = Timestamp::now();
    let change = StatusChange {
        status: ConnectionStatus::Active,
        reason: Some(reason),
        provider_error: provider,
    };
    let tx = connector.store().begin().await?;
    if connection_status_set(&*tx, &row.project, &row.id, row.generation, change, now).await? {
        let system = Actor::system(row.project.clone());
        let details = json!({
            "reason": reason.as_str(),
            "providerError": provider,
            "worksUntil": row.expires_at,
        });
        connector
            .audit(
                &tx,
                &system,
                "connection.refresh_fail",
                (&row.id, &row.name),
                details,
            )
            .await?;
    }
    tx.commit().await?;
    connector.emit(row, ConnectionEventKind::Changed);
    Ok(())
}
