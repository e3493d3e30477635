//! The clients registered at providers, one an app and project.

use patchbay_model::{ProjectId, Timestamp, UserId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::OnConflict,
};
use serde_json::{Map, Value};

use crate::{Db, Page, Paged, StoreError, StoreResult};

mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "oauth_clients")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub project: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub app: String,
        pub client_id: String,
        pub secret: Option<Vec<u8>>,
        pub scopes: Option<String>,
        pub endpoints: String,
        pub tls12: bool,
        pub revision: i64,
        pub updated_at: i64,
        pub updated_by: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity};

/// An OAuth client of a project.
#[derive(Debug, Clone, PartialEq)]
pub struct OAuthClientRow {
    /// The project.
    pub project: ProjectId,
    /// Slug of the app.
    pub app: String,
    /// The id the provider gave.
    pub client_id: String,
    /// The sealed secret, if the provider gave one.
    pub secret: Option<Vec<u8>>,
    /// What to ask for instead of the manifest's scopes.
    pub scopes: Option<Vec<String>>,
    /// Endpoints instead of the manifest's: `authorizeUrl`, `tokenUrl`, `revokeUrl`, `issuer`.
    pub endpoints: Map<String, Value>,
    /// Whether this app may be spoken to over TLS 1.2.
    pub tls12: bool,
    /// Counts changes; the secret is sealed under it.
    pub revision: i64,
    /// When it was set.
    pub updated_at: Timestamp,
    /// By whom.
    pub updated_by: UserId,
}

fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt {
        table: "oauth_clients",
        what: what.to_owned(),
    }
}

fn read(model: entity::Model) -> StoreResult<OAuthClientRow> {
    Ok(OAuthClientRow {
        project: model.project.parse().map_err(|_| corrupt("project"))?,
        app: model.app,
        client_id: model.client_id,
        secret: model.secret,
        scopes: model
            .scopes
            .map(|scopes| serde_json::from_str(&scopes).map_err(|_| corrupt("scopes")))
            .transpose()?,
        endpoints: serde_json::from_str(&model.endpoints).map_err(|_| corrupt("endpoints"))?,
        tls12: model.tls12,
        revision: model.revision,
        updated_at: Timestamp::from_millis(model.updated_at),
        updated_by: model
            .updated_by
            .parse()
            .map_err(|_| corrupt("updated_by"))?,
    })
}

/// The project's client for an app.
pub async fn oauth_client_get(
    db: &impl Db,
    project: &ProjectId,
    app: &str,
) -> StoreResult<Option<OAuthClientRow>> {
    Entity::find_by_id((project.to_string(), app.to_owned()))
        .one(db)
        .await?
        .map(read)
        .transpose()
}

/// Sets the project's client for an app.
pub async fn oauth_client_put(db: &impl Db, row: &OAuthClientRow) -> StoreResult<()> {
    let json = |value: Result<String, serde_json::Error>| value.map_err(|_| corrupt("json"));
    Entity::insert(entity::ActiveModel {
        project: Set(row.project.to_string()),
        app: Set(row.app.clone()),
        client_id: Set(row.client_id.clone()),
        secret: Set(row.secret.clone()),
        scopes: Set(row
            .scopes
            .as_ref()
            .map(|scopes| json(serde_json::to_string(scopes)))
            .transpose()?),
        endpoints: Set(json(serde_json::to_string(&row.endpoints))?),
        tls12: Set(row.tls12),
        revision: Set(row.revision),
        updated_at: Set(row.updated_at.millis()),
        updated_by: Set(row.updated_by.to_string()),
    })
    .on_conflict(
        OnConflict::columns([Column::Project, Column::App])
            .update_columns([
                Column::ClientId,
                Column::Secret,
                Column::Scopes,
                Column::Endpoints,
                Column::Tls12,
                Column::Revision,
                Column::UpdatedAt,
                Column::UpdatedBy,
            ])
            .to_owned(),
    )
    .exec_without_returning(db)
    .await?;
    Ok(())
}

/// Removes the project's client for an app. Says whether there was one.
pub async fn oauth_client_delete(
    db: &impl Db,
    project: &ProjectId,
    app: &str,
) -> StoreResult<bool> {
    let done = Entity::delete_by_id((project.to_string(), app.to_owned()))
        .exec(db)
        .await?;
    Ok(done.rows_affected > 0)
}

/// A page of the project's clients, by app.
pub async fn oauth_clients_list(
    db: &impl Db,
    project: &ProjectId,
    page: &Page,
) -> StoreResult<Paged<OAuthClientRow>> {
    use sea_orm::QuerySelect;
    let mut query = Entity::find()
        .filter(Column::Project.eq(project.as_str()))
        .order_by_asc(Column::App)
        .limit(page.fetch());
    if let Some(app) = page.after::<String>()? {
        query = query.filter(Column::App.gt(app));
    }
    let rows = query
        .all(db)
        .await?
        .into_iter()
        .map(read)
        .collect::<StoreResult<Vec<_>>>()?;
    Ok(page.finish(rows, |row| row.app.clone()))
}
