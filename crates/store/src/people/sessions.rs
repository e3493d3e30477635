//! Signed-in browsers.

use patchbay_model::{SessionId, Timestamp, UserId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, JoinType, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::{
    User,
    entity::{sessions, users},
    stored, users as people,
};
use crate::{Db, Page, Paged, StoreResult, Tx};

/// A browser somebody is signed in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Names it in lists; says nothing about its token.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// When they signed in.
    pub created: Timestamp,
    /// When it was used last, to the minute.
    pub last_used: Timestamp,
    /// When it ends unless it is used.
    pub expires: Timestamp,
    /// What the browser called itself.
    pub user_agent: String,
    /// Where it signed in from.
    pub ip: String,
}

/// A session about to begin.
pub struct NewSession<'a> {
    /// SHA-256 of the token in the cookie.
    pub token_hash: &'a [u8; 32],
    /// What is to be listed.
    pub session: &'a Session,
}

fn read(row: sessions::Model) -> StoreResult<Session> {
    Ok(Session {
        id: stored("sessions", &row.id)?,
        user: stored("sessions", &row.user_id)?,
        created: Timestamp::from_millis(row.created),
        last_used: Timestamp::from_millis(row.last_used),
        expires: Timestamp::from_millis(row.expires),
        user_agent: row.user_agent,
        ip: row.ip,
    })
}

/// Begins a session.
pub async fn session_insert(tx: &Tx, new: &NewSession<'_>) -> StoreResult<()> {
    let session = new.session;
    sessions::Entity::insert(sessions::ActiveModel {
        id: Set(session.id.to_string()),
        token_hash: Set(new.token_hash.to_vec()),
        user_id: Set(session.user.to_string()),
        created: Set(session.created.millis()),
        last_used: Set(session.last_used.millis()),
        expires: Set(session.expires.millis()),
        user_agent: Set(session.user_agent.clone()),
        ip: Set(session.ip.clone()),
    })
    .exec_without_returning(&**tx)
    .await?;
    Ok(())
}

/// The session of a token and its person, unless it has ended or they are shut out.
pub async fn session_by_token(
    db: &impl Db,
    token_hash: &[u8; 32],
    now: Timestamp,
) -> StoreResult<Option<(Session, User)>> {
    let to_user = sessions::Entity::belongs_to(users::Entity)
        .from(sessions::Column::UserId)
        .to(users::Column::Id)
        .into();
    let found = sessions::Entity::find()
        .join(JoinType::InnerJoin, to_user)
        .select_also(users::Entity)
        .filter(sessions::Column::TokenHash.eq(token_hash.to_vec()))
        .filter(sessions::Column::Expires.gt(now.millis()))
        .filter(users::Column::Disabled.eq(false))
        .one(db)
        .await?;
    match found {
        Some((session, Some(user))) => Ok(Some((read(session)?, people::read(user)?))),
        _ => Ok(None),
    }
}

/// Writes down that a session was used, and until when it now lasts.
pub async fn session_touch(
    tx: &Tx,
    id: &SessionId,
    now: Timestamp,
    expires: Timestamp,
) -> StoreResult<()> {
    sessions::Entity::update_many()
        .col_expr(sessions::Column::LastUsed, now.millis().into())
        .col_expr(sessions::Column::Expires, expires.millis().into())
        .filter(sessions::Column::Id.eq(id.as_str()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Ends one session of a person; says whether there was one.
pub async fn session_delete(tx: &Tx, user: &UserId, id: &SessionId) -> StoreResult<bool> {
    let gone = sessions::Entity::delete_many()
        .filter(sessions::Column::Id.eq(id.as_str()))
        .filter(sessions::Column::UserId.eq(user.as_str()))
        .exec(&**tx)
        .await?;
    Ok(gone.rows_affected > 0)
}

/// Ends all sessions of a person, or all but one; says how many.
pub async fn session_delete_all(
    tx: &Tx,
    user: &UserId,
    but: Option<&SessionId>,
) -> StoreResult<u64> {
    let mut which = Condition::all().add(sessions::Column::UserId.eq(user.as_str()));
    if let Some(but) = but {
        which = which.add(sessions::Column::Id.ne(but.as_str()));
    }
    let gone = sessions::Entity::delete_many()
        .filter(which)
        .exec(&**tx)
        .await?;
    Ok(gone.rows_affected)
}

/// A person's sessions that have not ended, newest first.
pub async fn session_list(
    db: &impl Db,
    user: &UserId,
    now: Timestamp,
    page: &Page,
) -> StoreResult<Paged<Session>> {
    let mut query = sessions::Entity::find()
        .filter(sessions::Column::UserId.eq(user.as_str()))
        .filter(sessions::Column::Expires.gt(now.millis()));
    if let Some((created, id)) = page.after::<(i64, String)>()? {
        query = query.filter(
            Condition::any()
                .add(sessions::Column::Created.lt(created))
                .add(
                    Condition::all()
                        .add(sessions::Column::Created.eq(created))
                        .add(sessions::Column::Id.lt(id)),
                ),
        );
    }
    let rows = query
        .order_by_desc(sessions::Column::Created)
        .order_by_desc(sessions::Column::Id)
        .limit(page.fetch())
        .all(db)
        .await?;
    let items = rows
        .into_iter()
        .map(read)
        .collect::<StoreResult<Vec<_>>>()?;
    Ok(page.finish(items, |last| (last.created.millis(), last.id.to_string())))
}

/// Removes sessions that ended before a moment.
pub async fn session_prune(tx: &Tx, before: Timestamp) -> StoreResult<()> {
    sessions::Entity::delete_many()
        .filter(sessions::Column::Expires.lt(before.millis()))
        .exec(&**tx)
        .await?;
    Ok(())
}
