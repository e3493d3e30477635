//! Listing, counting and grouping the connections of a project. Fast at 100,000 of them: every order has an index
//! that starts with what every list filters by.

use patchbay_model::{ConnectionId, ConnectionStatus, ProjectId, Timestamp, UserId, Visibility};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, Order, QueryFilter, QueryOrder,
    QuerySelect, Select,
    sea_query::{Expr, ExprTrait, Func, LikeExpr},
};

use super::{
    entity::connection::{Column, Entity},
    row::{ConnectionRow, name_key},
};
use crate::{Db, Page, Paged, StoreError, StoreResult};

/// Which of a project's connections. An empty filter is all that are not in the trash.
#[derive(Debug, Clone, Default)]
pub struct ConnectionFilter {
    /// Only what this person may see: the project's, and their own private ones. `None` sees all.
    pub visible_to: Option<UserId>,
    /// Only this person's, whatever else is asked for.
    pub only_of: Option<UserId>,
    /// Only this text in name, account or app.
    pub q: Option<String>,
    /// Only these apps.
    pub apps: Vec<String>,
    /// Only this owner's.
    pub owner: Option<UserId>,
    /// Only in one of these states.
    pub statuses: Vec<ConnectionStatus>,
    /// Only what is not active.
    pub attention: bool,
    /// Only what no flow names and nobody has used since this moment.
    pub unused_since: Option<Timestamp>,
    /// Only what is active, is not renewed by itself and runs out before this moment.
    pub expiring_before: Option<Timestamp>,
    /// What is in the trash instead of what is not.
    pub deleted: bool,
}

/// What a list goes by; ties go by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionOrder {
    /// Name, whatever the case.
    Name,
    /// The word of the status.
    Status,
    /// When it was used last; never is the oldest.
    LastUsed,
    /// When it was made.
    Created,
    /// Slug of the app.
    App,
    /// Number of flows.
    Flows,
}

impl ConnectionOrder {
    const fn column(self) -> Column {
        match self {
            Self::Name => Column::NameKey,
            Self::Status => Column::Status,
            Self::LastUsed => Column::LastUsedAt,
            Self::Created => Column::CreatedAt,
            Self::App => Column::App,
            Self::Flows => Column::FlowCount,
        }
    }

    fn key(self, row: &ConnectionRow) -> serde_json::Value {
        match self {
            Self::Name => name_key(&row.name).into(),
            Self::Status => row.status.as_str().into(),
            Self::LastUsed => row.last_used_at.map_or(0, Timestamp::millis).into(),
            Self::Created => row.created_at.millis().into(),
            Self::App => row.app.clone().into(),
            Self::Flows => row.flow_count.into(),
        }
    }

    fn value(self, key: &serde_json::Value) -> StoreResult<Expr> {
        let number = || key.as_i64().map(Expr::value);
        let text = || key.as_str().map(|text| Expr::value(text.to_owned()));
        match self {
            Self::Name | Self::Status | Self::App => text(),
            Self::LastUsed | Self::Created | Self::Flows => number(),
        }
        .ok_or(StoreError::Cursor)
    }
}

/// An order and its direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionSort {
    /// What it goes by.
    pub by: ConnectionOrder,
    /// Largest first.
    pub descending: bool,
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_")
}

pub(super) fn like_prefix(text: &str) -> LikeExpr {
    LikeExpr::new(format!("{}%", escaped(text))).escape('\\')
}

fn like_anywhere(text: &str) -> LikeExpr {
    LikeExpr::new(format!("%{}%", escaped(text))).escape('\\')
}

fn attention() -> Condition {
    Condition::all().add(Column::Status.ne(ConnectionStatus::Active.as_str()))
}

fn unused(since: Timestamp) -> Condition {
    Condition::all()
        .add(Column::FlowCount.eq(0))
        .add(Column::LastUsedAt.lt(since.millis()))
}

fn expiring(before: Timestamp) -> Condition {
    Condition::all()
        .add(Column::Status.eq(ConnectionStatus::Active.as_str()))
        .add(Column::Refreshable.eq(false))
        .add(Column::ExpiresAt.lt(before.millis()))
}

/// Everything of the filter but the tabs (attention, unused, expiring, deleted).
fn narrowed(project: &ProjectId, filter: &ConnectionFilter) -> Condition {
    let mut all = Condition::all().add(Column::Project.eq(project.as_str()));
    if let Some(user) = &filter.visible_to {
        all = all.add(
            Condition::any()
                .add(Column::Visibility.eq(Visibility::Project.as_str()))
                .add(Column::Owner.eq(user.as_str())),
        );
    }
    if let Some(user) = &filter.only_of {
        all = all.add(Column::Owner.eq(user.as_str()));
    }
    if let Some(q) = filter.q.as_deref().map(name_key).filter(|q| !q.is_empty()) {
        all = all.add(Expr::col(Column::Search).like(like_anywhere(&q)));
    }
    if !filter.apps.is_empty() {
        all = all.add(Column::App.is_in(filter.apps.iter().map(String::as_str)));
    }
    if let Some(owner) = &filter.owner {
        all = all.add(Column::Owner.eq(owner.as_str()));
    }
    if !filter.statuses.is_empty() {
        all = all.add(Column::Status.is_in(filter.statuses.iter().map(|status| status.as_str())));
    }
    all
}

fn selected(project: &ProjectId, filter: &ConnectionFilter) -> Select<Entity> {
    let mut all = narrowed(project, filter).add(if filter.deleted {
        Column::Trashed.ne("")
    } else {
        Column::Trashed.eq("")
    });
    if filter.attention {
        all = all.add(attention());
    }
    if let Some(since) = filter.unused_since {
        all = all.add(unused(since));
    }
    if let Some(before) = filter.expiring_before {
        all = all.add(expiring(before));
    }
    Entity::find().filter(all)
}

pub(super) fn list_query(
    project: &ProjectId,
    filter: &ConnectionFilter,
    sort: ConnectionSort,
    page: &Page,
) -> StoreResult<Select<Entity>> {
    let column = sort.by.column();
    let order = if sort.descending {
        Order::Desc
    } else {
        Order::Asc
    };
    let mut query = selected(project, filter)
        .order_by(column, order.clone())
        .order_by(Column::Id, order)
        .limit(page.fetch());
    if let Some((key, id)) = page.after::<(serde_json::Value, ConnectionId)>()? {
        // A row value is compared as a whole, which both engines turn into one range of the index.
        let row = Expr::tuple([Expr::col(column), Expr::col(Column::Id)]);
        let after = Expr::tuple([sort.by.value(&key)?, Expr::value(id.as_str())]);
        query = query.filter(if sort.descending {
            row.lt(after)
        } else {
            row.gt(after)
        });
    }
    Ok(query)
}

/// A page of a project's connections.
pub async fn connections_list(
    db: &impl Db,
    project: &ProjectId,
    filter: &ConnectionFilter,
    sort: ConnectionSort,
    page: &Page,
) -> StoreResult<Paged<ConnectionRow>> {
    let rows = list_query(project, filter, sort, page)?
        .all(db)
        .await?
        .into_iter()
        .map(TryInto::try_into)
        .collect::<StoreResult<Vec<ConnectionRow>>>()?;
    Ok(page.finish(rows, |row| (sort.by.key(row), row.id.clone())))
}

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

/// The counts of the tabs under the same search, app and owner as the list.
pub async fn connections_count(
    db: &impl Db,
    project: &ProjectId,
    filter: &ConnectionFilter,
    tabs: &TabLimits,
) -> StoreResult<ConnectionCounts> {
    let live = || Condition::all().add(Column::Trashed.eq(""));
    let me = tabs.me.as_ref().map_or("", |user| user.as_str());
    // PostgreSQL sums integers into NUMERIC; counting what is not null stays an integer on both.
    let count =
        |condition: Condition| Expr::from(Func::count(Expr::case(condition, Expr::value(1))));
    let counts = Entity::find()
        .select_only()
        .expr_as(count(live()), "all")
        .expr_as(count(live().add(attention())), "needs_attention")
        .expr_as(
            count(live().add(expiring(tabs.expiring_before))),
            "expiring_soon",
        )
        .expr_as(count(live().add(unused(tabs.unused_since))), "unused")
        .expr_as(count(live().add(Column::Owner.eq(me))), "mine")
        .expr_as(
            count(Condition::all().add(Column::Trashed.ne(""))),
            "deleted",
        )
        .filter(narrowed(project, filter))
        .into_model::<ConnectionCounts>()
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

/// The apps of the connections that pass the filter, the one used last in front.
pub async fn connection_apps(
    db: &impl Db,
    project: &ProjectId,
    filter: &ConnectionFilter,
) -> StoreResult<Vec<AppInUse>> {
    let mut rows: Vec<(String, i64, i64)> = selected(project, filter)
        .select_only()
        .column(Column::App)
        .column_as(Column::Id.count(), "count")
        .column_as(Column::LastUsedAt.max(), "last")
        .group_by(Column::App)
        .into_tuple()
        .all(db)
        .await?;
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
    use sea_orm::PaginatorTrait;
    Ok(selected(project, &ConnectionFilter::default())
        .count(db)
        .await?)
}
