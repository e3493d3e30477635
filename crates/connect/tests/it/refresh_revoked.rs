//! Revocation and deletion while a renewal is under way (S-41), and tokens that the API refuses.

use patchbay_connect::{Purpose, RevokeRequest, UseError};
use patchbay_model::{AuthMethodKind, ConnectionStatus, StatusReason, Timestamp};

use crate::{
    refresh_provider::{Rotation, Take},
    refresh_world::{Rota, Token, token_of},
};

#[tokio::test]
async fn s41_a_renewal_under_way_brings_a_revoked_connection_nothing() {
    let rota = Rota::new(Rotation::Rotates).await;
    let id = rota.connection(Token::Due).await;
    rota.tokens.next([Take::ActAndHold]);
    rota.use_it(&id).await.expect("a token");
    rota.tokens.arrived().await;
    let request = RevokeRequest { at_provider: false };
    rota.node
        .connection_revoke(&rota.admin, &id, request)
        .await
        .expect("a revocation");
    let revoked = rota.row(&id).await;
    assert!(matches!(
        rota.use_it(&id).await,
        Err(UseError::Unusable { .. })
    ));
    rota.tokens.release();
    // The fresh token is given back to the provider.
    while rota.tokens.revoked().is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert!(rota.tokens.revoked().contains(&"refresh-1".to_owned()));
    let row = rota.row(&id).await;
    assert_eq!(row.status, ConnectionStatus::Revoked);
    assert_eq!(row.generation, revoked.generation);
    assert!(matches!(
        rota.use_it(&id).await,
        Err(UseError::Unusable { .. })
    ));
}

/// Whoever waits for the renewal learns that the connection may come back, not that there never was one.
#[tokio::test]
async fn a_connection_deleted_under_its_renewal_is_told_to_be_in_the_trash() {
    let rota = Rota::new(Rotation::Rotates).await;
    let id = rota.connection(Token::Over).await;
    rota.tokens.next([Take::ActAndHold]);
    let used = async {
        rota.use_it(&id)
            .await
            .expect_err("a token out of the trash")
    };
    let deleted = async {
        rota.tokens.arrived().await;
        rota.node
            .connection_delete(&rota.admin, &id, false)
            .await
            .expect("a deletion");
        rota.tokens.release();
    };
    let (refused, ()) = tokio::join!(used, deleted);
    assert!(
        matches!(&refused, UseError::Deleted { connection, .. } if *connection == id),
        "{refused}"
    );
}

#[tokio::test]
async fn s26_a_refused_token_of_an_older_generation_gets_the_current_one() {
    let rota = Rota::new(Rotation::Strict).await;
    let id = rota.connection(Token::Over).await;
    rota.use_it(&id).await.expect("a token");
    let live = rota
        .node
        .credential_refused(&rota.admin, &id, 1)
        .await
        .expect("a token");
    assert_eq!((token_of(&live).as_str(), live.generation), ("access-1", 2));
    assert_eq!(rota.tokens.requests(), 1);
}

#[tokio::test]
async fn s28_a_refused_token_forces_one_renewal_and_not_another() {
    let rota = Rota::new(Rotation::Strict).await;
    let id = rota.connection(Token::Fresh).await;
    let live = rota
        .node
        .credential_refused(&rota.admin, &id, 1)
        .await
        .expect("a token");
    assert_eq!((token_of(&live).as_str(), live.generation), ("access-1", 2));
    // Refused again: the app is asked whether the credential works at all. It does, so the refusal stands for itself.
    let live = rota
        .node
        .credential_refused(&rota.admin, &id, 2)
        .await
        .expect("the same");
    assert_eq!(live.generation, 2);
    assert_eq!(rota.tokens.requests(), 1);
    rota.tokens.api_refuses();
    let refused = rota.node.credential_refused(&rota.admin, &id, 2).await;
    assert!(matches!(refused, Err(UseError::Unusable { .. })));
    let (status, reason) = rota.status(&id).await;
    assert_eq!(status, ConnectionStatus::Error);
    assert_eq!(reason, Some(StatusReason::CredentialRejected));
    assert_eq!(rota.tokens.requests(), 1);
}

#[tokio::test]
async fn s26_a_token_refused_by_both_is_over_whatever_its_end() {
    let rota = Rota::new(Rotation::Strict).await;
    let id = rota
        .connect(
            "bare",
            AuthMethodKind::OAuth2,
            Token::Fresh,
            Timestamp::now(),
        )
        .await;
    rota.tokens.forget();
    let refused = rota.node.credential_refused(&rota.admin, &id, 1).await;
    assert!(matches!(refused, Err(UseError::Unusable { .. })));
    let (status, reason) = rota.status(&id).await;
    assert_eq!(status, ConnectionStatus::Expired);
    assert_eq!(reason, Some(StatusReason::RefreshRejected));
}

#[tokio::test]
async fn s26_an_api_refusal_while_the_provider_is_down_breaks_nothing() {
    let rota = Rota::new(Rotation::Strict).await;
    let id = rota.connection(Token::Fresh).await;
    rota.tokens.always(Take::Say(500, "", "down"));
    let refused = rota.node.credential_refused(&rota.admin, &id, 1).await;
    assert!(matches!(refused, Err(UseError::Unavailable { .. })));
    assert_eq!(rota.status(&id).await.0, ConnectionStatus::Active);
    let live = rota
        .node
        .credential_use(&rota.admin, &id, Purpose::Request)
        .await;
    assert_eq!(token_of(&live.expect("a token")), "access-0");
}
