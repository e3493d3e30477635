//! Counting and grouping the connections of a project.

use patchbay_model::{ProjectId, Timestamp, UserId};
use sea_orm::{
    ColumnTrait, Condition, DbBackend, EntityTrait, FromQueryResult, QueryFilter, QuerySelect,
    Select, Statement,
    sea_query::{Expr, Func, FunctionCall, Query, SelectStatement},
};

use super::{
    entity::connection::{Column, Entity},
    filter::{ConnectionFilter, attention, expiring, of_project, unused},
    list::{BY_ID, FEW, LISTED, by_index},
    texts::{ids_of_text, one_of},
};
use crate::{Db, StoreResult};

/// How many connections stand under each tab of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, FromQueryResult)]
pub struct ConnectionCounts {
    /// Not in the trash.
    pub all: i64,
    /// Not active.
    pub needs_attention: i64,
    /// Run out soon and are not renewed by themselves.
    pub expiring_soon: i64,
    /// Named by no flow and not used lately.
    pub unused: i64,
    /// Owned by the person who asks.
    pub mine: i64,
    /// In the trash.
    pub deleted: i64,
}

/// What the tabs mean by soon, lately and mine.
#[derive(Debug, Clone)]
pub struct TabLimits {
    /// Before when "expiring soon" ends.
    pub expiring_before: Timestamp,
    /// Since when "unused" counts.
    pub unused_since: Timestamp,
    /// Who is "mine".
    pub me: Option<UserId>,
}

impl TabLimits {
    /// The tabs of what lives, besides the one of all.
    fn conditions(&self) -> [(&'static str, Condition); 4] {
        let me = self.me.as_ref().map_or("", |user| user.as_str());
        [
            ("needs_attention", attention()),
            ("expiring_soon", expiring(self.expiring_before)),
            ("unused", unused(self.unused_since)),
            ("mine", Condition::all().add(Column::Owner.eq(me))),
        ]
    }
}

/// Counting what is not null stays an integer on both engines; PostgreSQL sums integers into NUMERIC.
fn count() -> FunctionCall {
    Func::count(Expr::value(1))
}

fn counted(condition: Condition) -> Expr {
    let select = Query::select()
        .expr(count())
        .from(Entity)
        .cond_where(condition)
        .take();
    Expr::SubQuery(None, Box::new(select.into()))
}

/// Each tab counted by itself, from an index that holds its connections side by side.
fn counts_apart(
    project: &ProjectId,
    filter: &ConnectionFilter,
    tabs: &TabLimits,
) -> SelectStatement {
    let of = |deleted| of_project(project, deleted).add_option(filter.sight());
    let mut all = Query::select();
    all.expr_as(counted(of(false)), "all");
    for (name, condition) in tabs.conditions() {
        all.expr_as(counted(of(false).add(condition)), name);
    }
    all.expr_as(counted(of(true)), "deleted");
    all
}

/// Everything counted in one pass over what the search leaves.
fn counts_together(
    project: &ProjectId,
    filter: &ConnectionFilter,
    tabs: &TabLimits,
    among: Option<&Condition>,
) -> SelectStatement {
    let of = |deleted| {
        of_project(project, deleted)
            .add_option(filter.sight())
            .add_option(filter.search())
            .add_option(among.cloned())
    };
    let mut live = Query::select();
    live.expr_as(count(), "all");
    for (name, condition) in tabs.conditions() {
        live.expr_as(count().filter(condition), name);
    }
    live.expr_as(counted(of(true)), "deleted");
    live.from(Entity).cond_where(of(false));
    live
}

/// `ids`: those that have the text of the filter, where it has one and they are few.
pub(super) fn counts_statement(
    backend: DbBackend,
    project: &ProjectId,
    filter: &ConnectionFilter,
    tabs: &TabLimits,
    ids: Option<&[String]>,
) -> Statement {
    if filter.search().is_none() && filter.only_of.is_none() {
        return backend.build(&counts_apart(project, filter, tabs));
    }
    let among = ids.map(|ids| one_of(backend, ids));
    let index = if among.is_some() { BY_ID } else { LISTED };
    let together = counts_together(project, filter, tabs, among.as_ref());
    by_index(backend.build(&together), index)
}

/// The counts of the tabs under the same search, app and owner as the list.
pub async fn connections_count(
    db: &impl Db,
    project: &ProjectId,
    filter: &ConnectionFilter,
    tabs: &TabLimits,
) -> StoreResult<ConnectionCounts> {
    let ids = match filter.text() {
        Some(text) => ids_of_text(db, project, &text, FEW).await?,
        None => None,
    };
    let backend = db.get_database_backend();
    let statement = counts_statement(backend, project, filter, tabs, ids.as_deref());
    let counts = ConnectionCounts::find_by_statement(statement)
        .one(db)
        .await?;
    Ok(counts.unwrap_or_default())
}

/// An app the project has connections of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppInUse {
    /// Slug of the app.
    pub app: String,
    /// How many connections.
    pub count: i64,
    /// When one of them was used last.
    pub last_used_at: Option<Timestamp>,
}

pub(super) fn apps_query(project: &ProjectId, filter: &ConnectionFilter) -> Select<Entity> {
    let condition = of_project(project, filter.deleted).add_option(filter.narrowing());
    Entity::find()
        .select_only()
        .column(Column::App)
        .column_as(Column::Id.count(), "count")
        .column_as(Column::LastUsedAt.max(), "last")
        .filter(condition)
        .group_by(Column::App)
}

/// The apps of the connections that pass the filter, the one used last in front.
pub async fn connection_apps(
    db: &impl Db,
    project: &ProjectId,
    filter: &ConnectionFilter,
) -> StoreResult<Vec<AppInUse>> {
    let mut rows: Vec<(String, i64, i64)> =
        apps_query(project, filter).into_tuple().all(db).await?;
    rows.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
    Ok(rows
        .into_iter()
        .map(|(app, count, last)| AppInUse {
            app,
            count,
            last_used_at: (last > 0).then(|| Timestamp::from_millis(last)),
        })
        .collect())
}

/// How many connections a project has that are not in the trash.
pub async fn connections_total(db: &impl Db, project: &ProjectId) -> StoreResult<u64> {
    let total: Option<i64> = Entity::find()
        .select_only()
        .expr(count())
        .filter(of_project(project, false))
        .into_tuple()
        .one(db)
        .await?;
    Ok(total.unwrap_or_default().unsigned_abs())
}
