//! Attempts to authorize at a provider: each lives ten minutes and ends in exactly one outcome.

use patchbay_model::{
    AccountIdentity, ConnectSessionId, ConnectionId, ProjectId, Timestamp, UserId, Visibility,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect,
    sea_query::Expr,
};
use serde_json::{Map, Value};

use crate::{Db, StoreError, StoreResult, Tx};

mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "connect_sessions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub project: String,
        pub user_id: String,
        pub browser: String,
        pub app: String,
        pub auth_method: String,
        pub name: Option<String>,
        pub visibility: String,
        pub settings: String,
        pub state_hash: Option<String>,
        pub verifier: Option<Vec<u8>>,
        pub snapshot: String,
        pub client_secret: Option<Vec<u8>>,
        pub reconnect: Option<String>,
        pub return_to: Option<String>,
        pub state: String,
        pub error: Option<String>,
        pub account_id: Option<String>,
        pub account_label: Option<String>,
        pub connection: Option<String>,
        pub held: Option<String>,
        pub held_secret: Option<Vec<u8>>,
        pub created_at: i64,
        pub expires_at: i64,
        pub updated_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{ActiveModel, Column, Entity};

/// How an attempt is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SessionState {
    /// The person is at the provider.
    Pending,
    /// The code came back and is being exchanged and checked.
    Exchanging,
    /// The connection is there.
    Connected,
    /// The person said no at the provider.
    Declined,
    /// It did not work; the error says why.
    Failed,
    /// Nobody came back in time.
    Expired,
    /// A reconnect signed in as another account; the person has to choose.
    DifferentAccount,
    /// The person stopped it here.
    Cancelled,
}

impl SessionState {
    const ALL: [Self; 8] = [
        Self::Pending,
        Self::Exchanging,
        Self::Connected,
        Self::Declined,
        Self::Failed,
        Self::Expired,
        Self::DifferentAccount,
        Self::Cancelled,
    ];

    /// The word in the database and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Exchanging => "exchanging",
            Self::Connected => "connected",
            Self::Declined => "declined",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::DifferentAccount => "different_account",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more will happen.
    pub const fn ended(self) -> bool {
        !matches!(
            self,
            Self::Pending | Self::Exchanging | Self::DifferentAccount
        )
    }
}

/// An attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct ConnectSessionRow {
    /// Its id.
    pub id: ConnectSessionId,
    /// The project.
    pub project: ProjectId,
    /// Who began it.
    pub user: UserId,
    /// Hexadecimal SHA-256 of what ties it to the browser it was begun in.
    pub browser: String,
    /// Slug of the app.
    pub app: String,
    /// Id of the auth method.
    pub auth_method: String,
    /// The name wanted for a new connection.
    pub name: Option<String>,
    /// Who shall be able to use a new connection.
    pub visibility: Visibility,
    /// Non-secret fields.
    pub settings: Map<String, Value>,
    /// Hexadecimal SHA-256 of the `state` parameter, until it has come back.
    pub state_hash: Option<String>,
    /// The sealed PKCE verifier, until it has been used.
    pub verifier: Option<Vec<u8>>,
    /// Endpoints, client id and scopes as they were when it began, as JSON of the caller's.
    pub snapshot: Value,
    /// The sealed client secret as it was when it began.
    pub client_secret: Option<Vec<u8>>,
    /// The connection to be given a fresh credential, if any.
    pub reconnect: Option<ConnectionId>,
    /// The dashboard path a full-page sign-in goes back to.
    pub return_to: Option<String>,
    /// How it is.
    pub state: SessionState,
    /// Why it failed, as JSON of the caller's.
    pub error: Option<Value>,
    /// The account that signed in.
    pub account: Option<AccountIdentity>,
    /// The connection that came of it.
    pub connection: Option<ConnectionId>,
    /// What is held back until the person chooses, as JSON of the caller's.
    pub held: Option<Value>,
    /// The sealed credential that is held back.
    pub held_secret: Option<Vec<u8>>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt {
        table: "connect_sessions",
        what: what.to_owned(),
    }
}

fn json(value: &impl serde::Serialize) -> StoreResult<String> {
    serde_json::to_string(value).map_err(|_| corrupt("json"))
}

fn read(model: entity::Model) -> StoreResult<ConnectSessionRow> {
    let value = |text: &str, what: &str| serde_json::from_str(text).map_err(|_| corrupt(what));
    let connection = |text: Option<String>| {
        text.map(|id| id.parse().map_err(|_| corrupt("connection")))
            .transpose()
    };
    let account =
        (model.account_id.is_some() || model.account_label.is_some()).then_some(AccountIdentity {
            id: model.account_id,
            label: model.account_label,
        });
    Ok(ConnectSessionRow {
        id: model.id.parse().map_err(|_| corrupt("id"))?,
        project: model.project.parse().map_err(|_| corrupt("project"))?,
        user: model.user_id.parse().map_err(|_| corrupt("user_id"))?,
        browser: model.browser,
        app: model.app,
        auth_method: model.auth_method,
        name: model.name,
        visibility: model
            .visibility
            .parse()
            .map_err(|_| corrupt("visibility"))?,
        settings: serde_json::from_str(&model.settings).map_err(|_| corrupt("settings"))?,
        state_hash: model.state_hash,
        verifier: model.verifier,
        snapshot: value(&model.snapshot, "snapshot")?,
        client_secret: model.client_secret,
        reconnect: connection(model.reconnect)?,
        return_to: model.return_to,
        state: SessionState::ALL
            .into_iter()
            .find(|state| state.as_str() == model.state)
            .ok_or_else(|| corrupt("state"))?,
        error: model.error.map(|text| value(&text, "error")).transpose()?,
        account,
        connection: connection(model.connection)?,
        held: model.held.map(|text| value(&text, "held")).transpose()?,
        held_secret: model.held_secret,
        created_at: Timestamp::from_millis(model.created_at),
        expires_at: Timestamp::from_millis(model.expires_at),
    })
}

/// Stores a new attempt.
pub async fn session_insert(db: &impl Db, row: &ConnectSessionRow) -> StoreResult<()> {
    Entity::insert(ActiveModel {
        id: Set(row.id.to_string()),
        project: Set(row.project.to_string()),
        user_id: Set(row.user.to_string()),
        browser: Set(row.browser.clone()),
        app: Set(row.app.clone()),
        auth_method: Set(row.auth_method.clone()),
        name: Set(row.name.clone()),
        visibility: Set(row.visibility.to_string()),
        settings: Set(json(&row.settings)?),
        state_hash: Set(row.state_hash.clone()),
        verifier: Set(row.verifier.clone()),
        snapshot: Set(json(&row.snapshot)?),
        client_secret: Set(row.client_secret.clone()),
        reconnect: Set(row.reconnect.as_ref().map(ToString::to_string)),
        return_to: Set(row.return_to.clone()),
        state: Set(row.state.as_str().to_owned()),
        error: Set(row.error.as_ref().map(json).transpose()?),
        account_id: Set(row.account.as_ref().and_then(|account| account.id.clone())),
        account_label: Set(row
            .account
            .as_ref()
            .and_then(|account| account.label.clone())),
        connection: Set(row.connection.as_ref().map(ToString::to_string)),
        held: Set(row.held.as_ref().map(json).transpose()?),
        held_secret: Set(row.held_secret.clone()),
        created_at: Set(row.created_at.millis()),
        expires_at: Set(row.expires_at.millis()),
        updated_at: Set(row.created_at.millis()),
    })
    .exec_without_returning(db)
    .await?;
    Ok(())
}

/// One attempt.
pub async fn session_get(
    db: &impl Db,
    project: &ProjectId,
    id: &ConnectSessionId,
) -> StoreResult<Option<ConnectSessionRow>> {
    Entity::find_by_id(id.as_str())
        .filter(Column::Project.eq(project.as_str()))
        .one(db)
        .await?
        .map(read)
        .transpose()
}

/// Takes the attempt a `state` belongs to, once: whoever comes second with the same state finds nothing. The hash
/// stands for a secret of 256 bits, so it needs no project to say whose it is. Afterwards the attempt is `exchanging`
/// and its one-time secrets are only in the row that is answered.
pub async fn session_take(
    tx: &Tx,
    state_hash: &str,
    now: Timestamp,
) -> StoreResult<Option<ConnectSessionRow>> {
    let found = Entity::find()
        .filter(Column::StateHash.eq(state_hash))
        .lock_exclusive()
        .one(&**tx)
        .await?;
    let Some(model) = found else { return Ok(None) };
    let taken = Entity::update_many()
        .filter(Column::Id.eq(model.id.as_str()))
        .filter(Column::StateHash.eq(state_hash))
        .col_expr(Column::StateHash, Expr::value(None::<String>))
        .col_expr(Column::Verifier, Expr::value(None::<Vec<u8>>))
        .col_expr(Column::ClientSecret, Expr::value(None::<Vec<u8>>))
        .col_expr(
            Column::State,
            Expr::case(
                Column::State.eq(SessionState::Pending.as_str()),
                Expr::value(SessionState::Exchanging.as_str()),
            )
            .finally(Expr::col(Column::State))
            .into(),
        )
        .col_expr(Column::UpdatedAt, Expr::value(now.millis()))
        .exec(&**tx)
        .await?;
    if taken.rows_affected == 0 {
        return Ok(None);
    }
    read(model).map(Some)
}

/// What becomes of an attempt.
#[derive(Debug, Clone)]
pub struct SessionOutcome {
    /// How it is from now on.
    pub state: SessionState,
    /// Why it failed.
    pub error: Option<Value>,
    /// The account that signed in.
    pub account: Option<AccountIdentity>,
    /// The connection that came of it.
    pub connection: Option<ConnectionId>,
    /// What is held back until the person chooses: a description and the sealed credential.
    pub held: Option<(Value, Vec<u8>)>,
}

impl SessionOutcome {
    /// An outcome of which there is nothing to say but its name.
    pub const fn plain(state: SessionState) -> Self {
        Self {
            state,
            error: None,
            account: None,
            connection: None,
            held: None,
        }
    }
}

/// Moves an attempt on, if it is still in one of these states. Says whether it was moved. One-time secrets and what
/// was held back are dropped.
pub async fn session_settle(
    db: &impl Db,
    project: &ProjectId,
    id: &ConnectSessionId,
    from: &[SessionState],
    outcome: &SessionOutcome,
    now: Timestamp,
) -> StoreResult<bool> {
    let mut update = Entity::update_many()
        .filter(Column::Id.eq(id.as_str()))
        .filter(Column::Project.eq(project.as_str()))
        .filter(Column::State.is_in(from.iter().map(|state| state.as_str())))
        .col_expr(Column::State, Expr::value(outcome.state.as_str()))
        .col_expr(
            Column::Error,
            Expr::value(outcome.error.as_ref().map(json).transpose()?),
        )
        .col_expr(Column::StateHash, Expr::value(None::<String>))
        .col_expr(Column::Verifier, Expr::value(None::<Vec<u8>>))
        .col_expr(Column::ClientSecret, Expr::value(None::<Vec<u8>>))
        .col_expr(
            Column::Held,
            Expr::value(
                outcome
                    .held
                    .as_ref()
                    .map(|(held, _)| json(held))
                    .transpose()?,
            ),
        )
        .col_expr(
            Column::HeldSecret,
            Expr::value(outcome.held.as_ref().map(|(_, sealed)| sealed.clone())),
        )
        .col_expr(Column::UpdatedAt, Expr::value(now.millis()));
    if let Some(account) = &outcome.account {
        update = update
            .col_expr(Column::AccountId, Expr::value(account.id.clone()))
            .col_expr(Column::AccountLabel, Expr::value(account.label.clone()));
    }
    if let Some(connection) = &outcome.connection {
        update = update.col_expr(Column::Connection, Expr::value(connection.as_str()));
    }
    Ok(update.exec(db).await?.rows_affected > 0)
}

/// Ends the attempts whose time is over and forgets those that ended before `forget_before`.
pub async fn sessions_sweep(
    db: &impl Db,
    now: Timestamp,
    forget_before: Timestamp,
) -> StoreResult<u64> {
    let open = [
        SessionState::Pending,
        SessionState::Exchanging,
        SessionState::DifferentAccount,
    ];
    let expired = Entity::update_many()
        .filter(
            Condition::all()
                .add(Column::ExpiresAt.lte(now.millis()))
                .add(Column::State.is_in(open.map(SessionState::as_str))),
        )
        .col_expr(Column::State, Expr::value(SessionState::Expired.as_str()))
        .col_expr(Column::StateHash, Expr::value(None::<String>))
        .col_expr(Column::Verifier, Expr::value(None::<Vec<u8>>))
        .col_expr(Column::ClientSecret, Expr::value(None::<Vec<u8>>))
        .col_expr(Column::Held, Expr::value(None::<String>))
        .col_expr(Column::HeldSecret, Expr::value(None::<Vec<u8>>))
        .col_expr(Column::UpdatedAt, Expr::value(now.millis()))
        .exec(db)
        .await?;
    Entity::delete_many()
        .filter(Column::ExpiresAt.lte(forget_before.millis()))
        .exec(db)
        .await?;
    Ok(expired.rows_affected)
}
