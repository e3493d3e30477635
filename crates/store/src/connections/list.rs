//! Pages of a project's connections, quick at 100,000 of them whatever is asked for.
//!
//! One of these ways leads to a page:
//! - **gather**: a part of the filter is known to leave few; those are read by its index and sorted. A text is such a part
//!   too: `connection_texts` tells who has it;
//! - **walk**: what passes a filter often is found among the first rows of the order's own index;
//! - **look up**: on PostgreSQL, which finds a text within all of them at once, who has one is sorted by name where it was
//!   found;
//! - **scan**: otherwise every connection of the project is looked at: not its row, which is wide, but its entry in
//!   `connections_listed`, where all that lists filter and sort by stands together, in the order of names. Only the
//!   rows of the page are read as a whole.

use patchbay_model::{ConnectionId, ConnectionStatus, ProjectId, UserId};
use sea_orm::{
    ColumnTrait, Condition, DbBackend, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select, Statement,
    sea_query::{Alias, Asterisk, Expr, ExprTrait, Func, Query, SelectStatement},
};

use super::{
    entity::connection::{Column, Entity},
    filter::{
        ConnectionFilter, ConnectionOrder, ConnectionSort, attention, expiring, in_status, of_apps,
        of_project,
    },
    row::ConnectionRow,
    texts::{having, ids_of_text, one_of},
};
use crate::{Db, Page, Paged, StoreResult};

/// How many rows are walked in order before every entry is looked at instead.
const WALKED: u64 = 2_000;
/// The same in the order of names on SQLite, where not the rows are walked but the narrow index.
const WALKED_NARROW: u64 = 10_000;
/// The same in the order of names on PostgreSQL: enough to find a text that almost all have, which would take long to sort.
const WALKED_BRIEFLY: u64 = 500;
/// How many have a text at most to be gathered in the order of names: were they more, the walk would have found a page
/// of them, unless they stand close together behind it.
const FEW_BEHIND: u64 = 1_000;
/// How many are gathered and sorted at most: as costly as the walk, which finds a page where more than these pass.
pub(super) const FEW: u64 = 2_500;
/// Enough to decide on any filter and to sort by anything.
const DECIDING: [Column; 12] = [
    Column::Id,
    Column::NameKey,
    Column::Status,
    Column::Visibility,
    Column::Owner,
    Column::App,
    Column::LastUsedAt,
    Column::FlowCount,
    Column::ExpiresAt,
    Column::Refreshable,
    Column::CreatedAt,
    Column::Search,
];

/// The index that holds all that lists filter and sort by.
pub(super) const LISTED: &str = "connections_listed";
/// The index over what is not active.
const ATTENTION: &str = "connections_attention";
/// What SQLite calls the index behind the primary key.
pub(super) const BY_ID: &str = "sqlite_autoindex_connections_1";

/// One page that is asked for.
pub(super) struct Wanted<'a> {
    pub(super) project: &'a ProjectId,
    pub(super) filter: &'a ConnectionFilter,
    pub(super) sort: ConnectionSort,
    pub(super) page: &'a Page,
}

impl Wanted<'_> {
    fn column(&self) -> Column {
        self.sort.by.column()
    }

    fn order(&self) -> Order {
        if self.sort.descending {
            Order::Desc
        } else {
            Order::Asc
        }
    }

    /// The project's, from where the page starts.
    fn range(&self) -> StoreResult<Condition> {
        Ok(of_project(self.project, self.filter.deleted).add_option(self.after()?))
    }

    /// Behind the row that the page before ended with.
    fn after(&self) -> StoreResult<Option<Expr>> {
        let Some((key, id)) = self.page.after::<(serde_json::Value, ConnectionId)>()? else {
            return Ok(None);
        };
        // A row value is compared as a whole, which both engines turn into one range of the index.
        let row = Expr::tuple([Expr::col(self.column()), Expr::col(Column::Id)]);
        let before = Expr::tuple([self.sort.by.value(&key)?, Expr::value(id.as_str())]);
        Ok(Some(if self.sort.descending {
            row.lt(before)
        } else {
            row.gt(before)
        }))
    }

    /// The page's rows where no filter is: the index gives them as they are.
    pub(super) fn plain(&self) -> StoreResult<Select<Entity>> {
        Ok(Entity::find()
            .filter(self.range()?)
            .order_by(self.column(), self.order())
            .order_by(Column::Id, self.order())
            .limit(self.page.fetch()))
    }

    /// The parts of the filter that have an index of their own.
    pub(super) fn parts(&self) -> Vec<(&'static str, Condition)> {
        let Self { filter, .. } = self;
        let owner = |user: &UserId| {
            let owned = Condition::all().add(Column::Owner.eq(user.as_str()));
            ("connections_owner", owned)
        };
        let mut parts: Vec<_> = filter
            .only_of
            .iter()
            .chain(&filter.owner)
            .map(owner)
            .collect();
        if filter.attention {
            parts.push((ATTENTION, attention()));
        }
        if !filter.statuses.is_empty() {
            let index = if filter.statuses.contains(&ConnectionStatus::Active) {
                "connections_status"
            } else {
                ATTENTION
            };
            parts.push((index, in_status(&filter.statuses)));
        }
        if !filter.apps.is_empty() {
            parts.push(("connections_app", of_apps(&filter.apps)));
        }
        if let Some(before) = filter.expiring_before {
            parts.push(("connections_expiring", expiring(before)));
        }
        parts
    }

    /// How many pass a part, counted as far as it matters.
    pub(super) fn few(&self, part: &Condition, index: &str, backend: DbBackend) -> Statement {
        let some = Entity::find()
            .select_only()
            .expr(Expr::value(1))
            .filter(of_project(self.project, false).add(part.clone()))
            .limit(FEW + 1)
            .into_query();
        let count = Query::select()
            .expr(Func::count(Expr::value(1)))
            .from_subquery(some, Alias::new("some"))
            .take();
        by_index(backend.build(&count), index)
    }

    /// All that pass, found by the index of the part that leaves few.
    pub(super) fn gather(
        &self,
        narrowing: Condition,
        index: &str,
        backend: DbBackend,
    ) -> StoreResult<Statement> {
        let mut few = Entity::find()
            .select_only()
            .columns([Column::Id, self.column()])
            .filter(of_project(self.project, false).add(narrowing))
            .into_query();
        if backend != DbBackend::Sqlite {
            // Without it PostgreSQL likes to read in order until a page is full, hoping that it soon is; with it these are
            // found before they are sorted (a subquery that has an OFFSET is not merged into what is around it).
            few.offset(0);
        }
        let after = Condition::all().add_option(self.after()?);
        let page = Query::select()
            .column(Column::Id)
            .from_subquery(few, Entity)
            .cond_where(after)
            .order_by(self.column(), self.order())
            .order_by(Column::Id, self.order())
            .limit(self.page.fetch())
            .take();
        Ok(by_index(backend.build(&self.rows_of(page)), index))
    }

    /// Those among the first rows in order that pass.
    pub(super) fn walk(&self, narrowing: Condition, backend: DbBackend) -> StoreResult<Statement> {
        let by_name = self.sort.by == ConnectionOrder::Name;
        let narrow = by_name && backend == DbBackend::Sqlite;
        let walked = match (by_name, narrow) {
            (true, true) => WALKED_NARROW,
            (true, false) => WALKED_BRIEFLY,
            (false, _) => WALKED,
        };
        let first = Entity::find()
            .select_only()
            .columns(DECIDING)
            .filter(self.range()?)
            .order_by(self.column(), self.order())
            .order_by(Column::Id, self.order())
            .limit(walked)
            .into_query();
        let passing = Query::select()
            .column(Column::Id)
            .from_subquery(first, Entity)
            .cond_where(narrowing)
            .order_by(self.column(), self.order())
            .order_by(Column::Id, self.order())
            .limit(self.page.fetch())
            .take();
        let walk = backend.build(&self.rows_of(passing));
        Ok(if narrow { by_index(walk, LISTED) } else { walk })
    }

    /// All that pass, found in the narrow index.
    pub(super) fn scan(
        &self,
        narrowing: Option<Condition>,
        backend: DbBackend,
    ) -> StoreResult<Statement> {
        let passing = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(self.range()?.add_option(narrowing))
            .order_by(self.column(), self.order())
            .order_by(Column::Id, self.order())
            .limit(self.page.fetch())
            .into_query();
        Ok(by_index(backend.build(&self.rows_of(passing)), LISTED))
    }

    /// All that have the text, on PostgreSQL: found, and put in the order of names, in `connection_texts`.
    fn look_up(&self, text: &str) -> StoreResult<Statement> {
        let found = Query::select()
            .expr_as(Expr::col(Alias::new("first")), Column::Id)
            .column(Column::NameKey)
            .from_as(Alias::new("connection_texts"), Entity)
            .cond_where(having(self.project, text))
            .and_where(Expr::col(Column::Trashed).eq(""))
            .cond_where(
                Condition::all()
                    .add_option(self.filter.sight())
                    .add_option(self.filter.chosen()),
            )
            .take();
        let page = Query::select()
            .column(Column::Id)
            .from_subquery(found, Entity)
            .cond_where(Condition::all().add_option(self.after()?))
            .order_by(Column::NameKey, self.order())
            .order_by(Column::Id, self.order())
            .limit(self.page.fetch())
            .take();
        Ok(DbBackend::Postgres.build(&self.rows_of(page)))
    }

    fn rows_of(&self, ids: SelectStatement) -> SelectStatement {
        let page = Alias::new("page");
        Query::select()
            .column((page.clone(), Asterisk))
            .from_as(Entity, page.clone())
            .and_where(Expr::col((page.clone(), Column::Id)).in_subquery(ids))
            .order_by((page.clone(), self.column()), self.order())
            .order_by((page, Column::Id), self.order())
            .take()
    }
}

/// Makes SQLite read `connections` by this index. It keeps no statistics, so it would rather go by an index that names
/// one more column, and look into a wide row for each of its entries. PostgreSQL decides by what it has counted.
pub(super) fn by_index(mut statement: Statement, index: &str) -> Statement {
    if statement.db_backend == DbBackend::Sqlite {
        statement.sql = statement.sql.replace(
            r#"FROM "connections" WHERE"#,
            &format!(r#"FROM "connections" INDEXED BY "{index}" WHERE"#),
        );
    }
    statement
}

/// A page of a project's connections.
pub async fn connections_list(
    db: &impl Db,
    project: &ProjectId,
    filter: &ConnectionFilter,
    sort: ConnectionSort,
    page: &Page,
) -> StoreResult<Paged<ConnectionRow>> {
    let wanted = Wanted {
        project,
        filter,
        sort,
        page,
    };
    let rows = rows(db, &wanted).await?;
    Ok(page.finish(rows, |row| (sort.by.key(row), row.id.clone())))
}

async fn rows(db: &impl Db, wanted: &Wanted<'_>) -> StoreResult<Vec<ConnectionRow>> {
    let backend = db.get_database_backend();
    let read = async |statement: Statement| -> StoreResult<Vec<ConnectionRow>> {
        let rows = Entity::find().from_raw_sql(statement).all(db).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    };
    let narrowing = wanted.filter.narrowing();
    // The trash has no order of its own.
    if wanted.filter.deleted {
        return read(wanted.scan(narrowing, backend)?).await;
    }
    let Some(narrowing) = narrowing else {
        return read(wanted.plain()?.build(backend)).await;
    };
    for (index, part) in wanted.parts() {
        let count = db.query_one_raw(wanted.few(&part, index, backend)).await?;
        let count: i64 = count.map_or(Ok(0), |row| row.try_get_by_index(0))?;
        if count.unsigned_abs() <= FEW {
            return read(wanted.gather(narrowing, index, backend)?).await;
        }
    }
    let text = wanted.filter.text();
    // The narrow index stands in the order of names: reading it is the walk.
    if text.is_some() || wanted.sort.by != ConnectionOrder::Name {
        let found = read(wanted.walk(narrowing.clone(), backend)?).await?;
        if found.len() as u64 == wanted.page.fetch() {
            return Ok(found);
        }
    }
    let by_name = wanted.sort.by == ConnectionOrder::Name;
    if let Some(text) = &text
        && by_name
        && backend == DbBackend::Postgres
        && wanted.filter.tabs().is_none()
    {
        return read(wanted.look_up(text)?).await;
    }
    let few = if by_name { FEW_BEHIND } else { FEW };
    if let Some(text) = text
        && let Some(ids) = ids_of_text(db, wanted.project, &text, few).await?
    {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let having = narrowing.add(one_of(backend, &ids));
        return read(wanted.gather(having, BY_ID, backend)?).await;
    }
    read(wanted.scan(Some(narrowing), backend)?).await
}
