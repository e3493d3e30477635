//! Answers kept for a day, so that a repeated request with the same `Idempotency-Key` is answered and not done again.

use patchbay_model::Timestamp;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter,
    sea_query::OnConflict,
};

use crate::{Db, StoreResult};

mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "idempotency")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub fingerprint: String,
        pub status: Option<i32>,
        pub content_type: Option<String>,
        pub body: Option<Vec<u8>>,
        pub created: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// An answer that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The content type, if the answer had one.
    pub content_type: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// What is known of a request that names an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It is new and now ours to answer.
    New,
    /// It was answered.
    Answered(KeptAnswer),
    /// It is being answered right now.
    InFlight,
    /// The key was used with another request.
    Mismatch,
}

/// Claims a request: `id` stands for the caller and their key, `fingerprint` for what they ask. Claims made before
/// `expired_before` count as never made.
pub async fn claim(
    db: &impl Db,
    id: &str,
    fingerprint: &str,
    now: Timestamp,
    expired_before: Timestamp,
) -> StoreResult<Claim> {
    entity::Entity::delete_many()
        .filter(entity::Column::Id.eq(id))
        .filter(entity::Column::Created.lt(expired_before.millis()))
        .exec(db)
        .await?;
    let row = entity::ActiveModel {
        id: Set(id.to_owned()),
        fingerprint: Set(fingerprint.to_owned()),
        status: Set(None),
        content_type: Set(None),
        body: Set(None),
        created: Set(now.millis()),
    };
    let inserted = entity::Entity::insert(row)
        .on_conflict(
            OnConflict::column(entity::Column::Id)
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    if inserted > 0 {
        return Ok(Claim::New);
    }
    let Some(row) = entity::Entity::find_by_id(id).one(db).await? else {
        // Released between the two statements: its answerer failed, so the caller may try again.
        return Ok(Claim::InFlight);
    };
    if row.fingerprint != fingerprint {
        return Ok(Claim::Mismatch);
    }
    Ok(match row.status {
        None => Claim::InFlight,
        Some(status) => Claim::Answered(KeptAnswer {
            status: u16::try_from(status).unwrap_or(500),
            content_type: row.content_type,
            body: row.body.unwrap_or_default(),
        }),
    })
}

/// Keeps the answer for those who repeat the request.
pub async fn keep(db: &impl Db, id: &str, answer: KeptAnswer) -> StoreResult<()> {
    entity::ActiveModel {
        id: Set(id.to_owned()),
        status: Set(Some(i32::from(answer.status))),
        content_type: Set(answer.content_type),
        body: Set(Some(answer.body)),
        ..Default::default()
    }
    .update(db)
    .await?;
    Ok(())
}

/// Lets go of a claim whose request failed on our side, so that it can be tried again.
pub async fn release(db: &impl Db, id: &str) -> StoreResult<()> {
    entity::Entity::delete_by_id(id).exec(db).await?;
    Ok(())
}

/// Removes what is older; answers how many.
pub async fn purge(db: &impl Db, expired_before: Timestamp) -> StoreResult<u64> {
    let done = entity::Entity::delete_many()
        .filter(entity::Column::Created.lt(expired_before.millis()))
        .exec(db)
        .await?;
    Ok(done.rows_affected)
}
