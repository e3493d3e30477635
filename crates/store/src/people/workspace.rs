//! The workspace: one row.

use patchbay_model::{Plan, Timestamp};
use sea_orm::{ActiveValue::Set, EntityTrait, QuerySelect, sea_query::OnConflict};

use super::{entity::workspace, stored};
use crate::{Db, StoreError, StoreResult, Tx};

const ROW: i32 = 1;

/// What all projects of an installation share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// Names this installation; sealed records are bound to it.
    pub instance_id: String,
    /// As people see it.
    pub name: String,
    /// What it is on.
    pub plan: Plan,
    /// When it was made.
    pub created: Timestamp,
}

fn read(row: workspace::Model) -> StoreResult<Workspace> {
    Ok(Workspace {
        plan: stored("workspace", &row.plan)?,
        instance_id: row.instance_id,
        name: row.name,
        created: Timestamp::from_millis(row.created),
    })
}

/// The workspace, made with this instance id and name when there is none yet.
pub async fn workspace_ensure(
    db: &impl Db,
    instance_id: &str,
    name: &str,
) -> StoreResult<Workspace> {
    let row = workspace::ActiveModel {
        id: Set(ROW),
        instance_id: Set(instance_id.to_owned()),
        name: Set(name.to_owned()),
        plan: Set(Plan::default().as_str().to_owned()),
        created: Set(Timestamp::now().millis()),
    };
    workspace::Entity::insert(row)
        .on_conflict(
            OnConflict::column(workspace::Column::Id)
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    workspace_get(db).await?.ok_or(StoreError::Conflict)
}

/// The workspace, if the installation has been started before.
pub async fn workspace_get(db: &impl Db) -> StoreResult<Option<Workspace>> {
    let row = workspace::Entity::find_by_id(ROW).one(db).await?;
    row.map(read).transpose()
}

/// The workspace, locked until the write unit ends: plan limits are counted under this lock.
pub async fn workspace_lock(tx: &Tx) -> StoreResult<Workspace> {
    let row = workspace::Entity::find_by_id(ROW)
        .lock_exclusive()
        .one(&**tx)
        .await?;
    read(row.ok_or(StoreError::Conflict)?)
}

/// Gives the workspace a name and a plan.
pub async fn workspace_update(tx: &Tx, name: &str, plan: Plan) -> StoreResult<()> {
    let row = workspace::ActiveModel {
        id: Set(ROW),
        name: Set(name.to_owned()),
        plan: Set(plan.as_str().to_owned()),
        ..Default::default()
    };
    workspace::Entity::update(row)
        .exec_without_returning(&**tx)
        .await?;
    Ok(())
}
