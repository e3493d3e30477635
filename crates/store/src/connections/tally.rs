//! Counting and grouping the connections of a project.

use std::collections::BTreeMap;

use patchbay_model::{ProjectId, Timestamp, UserId};
use sea_orm::{
    ColumnTrait, Condition, DbBackend, DbErr, EntityTrait, FromQueryResult, QueryFilter,
    QueryResult, QuerySelect, Select, Statement,
    sea_query::{Alias, Expr, ExprTrait, Func, FunctionCall, Query, SelectStatement},
};

use super::{
    entity::connection::{Column, Entity},
    filter::{ConnectionFilter, attention, expiring, of_project, unnamed, unused, used_since},
    list::{BY_ID, FEW, LISTED, by_index},
    texts::{ids_of_text, one_of},
};
use crate::{Db, StoreResult};

/// Numbers of connections that are alike in what is counted.
const TALLIES: &str = "connection_tallies";
/// Apps times owners for which the last use is looked up one by one; where they are more, reading through is as quick.
const GROUPS: u64 = 2_000;

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

/// How many connections the tallies that pass stand for.
fn tallied(condition: Condition) -> Expr {
    let sum = Func::sum(Expr::col(Alias::new("count"))).filter(condition);
    Expr::from(Func::coalesce([sum.into(), Expr::value(0)])).cast_as(Alias::new("bigint"))
}

/// Summed up from `connection_tallies`, whose columns are named like those that they count. Only what has a moment in it
/// is counted from an index: unused is what no flow names, less what of it was used lately.
fn counts_apart(
    project: &ProjectId,
    filter: &ConnectionFilter,
    tabs: &TabLimits,
) -> SelectStatement {
    let passing = || {
        Condition::all()
            .add_option(filter.sight())
            .add_option(filter.search())
    };
    let live = |condition| of_project(project, false).add(condition);
    let me = tabs.me.as_ref().map_or("", |user| user.as_str());
    let used_lately = of_project(project, false)
        .add(used_since(tabs.unused_since))
        .add(passing());
    let expiring_soon = of_project(project, false)
        .add(expiring(tabs.expiring_before))
        .add(passing());
    let flowless = tallied(live(unnamed()));
    let mut all = Query::select();
    all.expr_as(tallied(of_project(project, false)), "all")
        .expr_as(tallied(live(attention())), "needs_attention")
        .expr_as(counted(expiring_soon), "expiring_soon")
        .expr_as(flowless.sub(counted(used_lately)), "unused")
        .expr_as(
            tallied(live(Condition::all().add(Column::Owner.eq(me)))),
            "mine",
        )
        .expr_as(tallied(of_project(project, true)), "deleted")
        .from_as(Alias::new(TALLIES), Entity)
        .and_where(Column::Project.eq(project.as_str()))
        .cond_where(passing());
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
    if filter.text().is_none() {
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

/// Those that pass, by app, read through.
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

/// Those that live and are seen, by app, visibility and owner, from the tallies and the end of a range each. At most so
/// many groups.
pub(super) fn apps_tallied(
    project: &ProjectId,
    filter: &ConnectionFilter,
    limit: u64,
) -> SelectStatement {
    let used = Alias::new("used");
    let same = |column: Column| Expr::col((used.clone(), column)).equals((Entity, column));
    let last = Query::select()
        .expr(Func::max(Expr::col((used.clone(), Column::LastUsedAt))))
        .from_as(Entity, used.clone())
        .and_where(Expr::col((used.clone(), Column::Project)).eq(project.as_str()))
        .and_where(Expr::col((used.clone(), Column::Trashed)).eq(""))
        .and_where(same(Column::App))
        .and_where(same(Column::Visibility))
        .and_where(same(Column::Owner))
        .take();
    let sum =
        || Expr::from(Func::sum(Expr::col(Alias::new("count")))).cast_as(Alias::new("bigint"));
    Query::select()
        .expr_as(Expr::col((Entity, Column::App)), "app")
        .expr_as(sum(), "number")
        .expr_as(Expr::SubQuery(None, Box::new(last.into())), "last")
        .from_as(Alias::new(TALLIES), Entity)
        .cond_where(of_project(project, false).add_option(filter.sight()))
        .group_by_columns([
            (Entity, Column::App),
            (Entity, Column::Visibility),
            (Entity, Column::Owner),
        ])
        .and_having(sum().gt(0))
        .limit(limit)
        .take()
}

/// The apps of the connections that pass the filter, the one used last in front.
pub async fn connection_apps(
    db: &impl Db,
    project: &ProjectId,
    filter: &ConnectionFilter,
) -> StoreResult<Vec<AppInUse>> {
    let mut rows = None;
    if !filter.deleted && filter.search().is_none() && filter.tabs().is_none() {
        let query = apps_tallied(project, filter, GROUPS + 1);
        let groups = db
            .query_all_raw(db.get_database_backend().build(&query))
            .await?;
        if groups.len() as u64 <= GROUPS {
            let read = |row: &QueryResult| -> Result<(String, i64, Option<i64>), DbErr> {
                Ok((
                    row.try_get_by_index(0)?,
                    row.try_get_by_index(1)?,
                    row.try_get_by_index(2)?,
                ))
            };
            let mut apps: BTreeMap<String, (i64, i64)> = BTreeMap::new();
            for group in &groups {
                let (app, count, last) = read(group)?;
                let sum = apps.entry(app).or_default();
                *sum = (sum.0 + count, Ord::max(sum.1, last.unwrap_or_default()));
            }
            rows = Some(
                apps.into_iter()
                    .map(|(app, sum)| (app, sum.0, sum.1))
                    .collect(),
            );
        }
    }
    let mut rows: Vec<(String, i64, i64)> = match rows {
        Some(rows) => rows,
        None => apps_query(project, filter).into_tuple().all(db).await?,
    };
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
    let query = Query::select()
        .expr(tallied(Condition::all()))
        .from_as(Alias::new(TALLIES), Entity)
        .cond_where(of_project(project, false))
        .take();
    let total = db
        .query_one_raw(db.get_database_backend().build(&query))
        .await?;
    let total: i64 = total.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    Ok(total.unsigned_abs())
}

#[cfg(test)]
mod tests;
