//! Wrapped keys: roots of the installation and data keys of the projects. Useless without the key-encryption key,
//! which is never here.

use patchbay_model::{ProjectId, Timestamp};
use sea_orm::{
    ActiveValue::Set, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

use crate::{Db, StoreError, StoreResult, Tx};

mod root {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "key_roots")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i64,
        pub kek_id: String,
        pub wrapped: Vec<u8>,
        pub created_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod dek {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "key_deks")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub dek_id: String,
        pub project: String,
        pub root_version: i64,
        pub version: i64,
        pub wrapped: Vec<u8>,
        pub created_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A root key wrapped by the key-encryption key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootRow {
    /// Ascending from 1.
    pub version: u16,
    /// Which key-encryption key wrapped it.
    pub kek_id: String,
    /// The wrapped key.
    pub wrapped: Vec<u8>,
}

/// A project's data key wrapped by a root key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DekRow {
    /// Names it in sealed records, in lower-case hexadecimal.
    pub dek_id: String,
    /// Whose key it is.
    pub project: ProjectId,
    /// The root that wrapped it.
    pub root_version: u16,
    /// Ascending from 1 in the project.
    pub version: u32,
    /// The wrapped key.
    pub wrapped: Vec<u8>,
}

fn corrupt(table: &'static str, what: &str) -> StoreError {
    StoreError::Corrupt {
        table,
        what: what.to_owned(),
    }
}

/// Every root, oldest first.
pub async fn roots(db: &impl Db) -> StoreResult<Vec<RootRow>> {
    let rows = root::Entity::find()
        .order_by_asc(root::Column::Version)
        .all(db)
        .await?;
    rows.into_iter().map(root_read).collect()
}

/// The same, for replacing them in this write unit: nobody else changes them until it ends.
pub async fn roots_lock(tx: &Tx) -> StoreResult<Vec<RootRow>> {
    let rows = root::Entity::find()
        .order_by_asc(root::Column::Version)
        .lock_exclusive()
        .all(&**tx)
        .await?;
    rows.into_iter().map(root_read).collect()
}

fn root_read(row: root::Model) -> StoreResult<RootRow> {
    Ok(RootRow {
        version: u16::try_from(row.version).map_err(|_| corrupt("key_roots", "version"))?,
        kek_id: row.kek_id,
        wrapped: row.wrapped,
    })
}

/// Adds a root.
///
/// # Errors
/// [`StoreError::Duplicate`] when another node stored this version first.
pub async fn root_insert(db: &impl Db, row: &RootRow) -> StoreResult<()> {
    root::Entity::insert(root::ActiveModel {
        version: Set(i64::from(row.version)),
        kek_id: Set(row.kek_id.clone()),
        wrapped: Set(row.wrapped.clone()),
        created_at: Set(Timestamp::now().millis()),
    })
    .exec_without_returning(db)
    .await?;
    Ok(())
}

/// Puts a rewrapped root in place of the stored one of the same version.
pub async fn root_update(db: &impl Db, row: &RootRow) -> StoreResult<()> {
    use sea_orm::{ColumnTrait, sea_query::Expr};
    root::Entity::update_many()
        .col_expr(root::Column::KekId, Expr::value(row.kek_id.clone()))
        .col_expr(root::Column::Wrapped, Expr::value(row.wrapped.clone()))
        .filter(root::Column::Version.eq(i64::from(row.version)))
        .exec(db)
        .await?;
    Ok(())
}

/// A project's data keys, oldest first.
pub async fn deks(db: &impl Db, project: &ProjectId) -> StoreResult<Vec<DekRow>> {
    use sea_orm::ColumnTrait;
    let rows = dek::Entity::find()
        .filter(dek::Column::Project.eq(project.as_str()))
        .order_by_asc(dek::Column::Version)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(DekRow {
                project: row
                    .project
                    .parse()
                    .map_err(|_| corrupt("key_deks", "project"))?,
                root_version: u16::try_from(row.root_version)
                    .map_err(|_| corrupt("key_deks", "root_version"))?,
                version: u32::try_from(row.version).map_err(|_| corrupt("key_deks", "version"))?,
                dek_id: row.dek_id,
                wrapped: row.wrapped,
            })
        })
        .collect()
}

/// Adds a data key.
///
/// # Errors
/// [`StoreError::Duplicate`] when another node stored this project's version first: read its row and use that.
pub async fn dek_insert(db: &impl Db, row: &DekRow) -> StoreResult<()> {
    dek::Entity::insert(dek::ActiveModel {
        dek_id: Set(row.dek_id.clone()),
        project: Set(row.project.to_string()),
        root_version: Set(i64::from(row.root_version)),
        version: Set(i64::from(row.version)),
        wrapped: Set(row.wrapped.clone()),
        created_at: Set(Timestamp::now().millis()),
    })
    .exec_without_returning(db)
    .await?;
    Ok(())
}

/// Whether anything is stored that a root key is needed for. A database for which this holds and [`roots`] is empty
/// has lost its keyring; making a new one would hide that.
pub async fn sealed_anything(db: &impl Db) -> StoreResult<bool> {
    if dek::Entity::find().count(db).await? > 0 {
        return Ok(true);
    }
    crate::connections::credentials_exist(db).await
}
