//! Pages of a project's connections, quick at 100,000 of them whatever is asked for.
//!
//! Every order has an index that starts with project and trash, and is walked in that order. What passes a filter often
//! is found among the first [`WALKED`] rows of it. What passes seldom is not, so then every connection of the project
//! is looked at: not its row, which is wide, but its entry in `connections_listed`, where all that lists filter and
//! sort by stands together. Only the rows of the page are read as a whole.

use patchbay_model::{ConnectionId, ProjectId};
use sea_orm::{
    Condition, DbBackend, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select, Statement,
    sea_query::{Alias, Asterisk, Expr, ExprTrait, Query, SelectStatement},
};

use super::{
    entity::connection::{Column, Entity},
    filter::{ConnectionFilter, ConnectionSort, of_project},
    row::ConnectionRow,
};
use crate::{Db, Page, Paged, StoreResult};

/// How many rows are walked in order before every entry is looked at instead: about a millisecond's worth.
const WALKED: u64 = 1_000;
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
        let range = of_project(self.project, self.filter.deleted);
        let Some((key, id)) = self.page.after::<(serde_json::Value, ConnectionId)>()? else {
            return Ok(range);
        };
        // A row value is compared as a whole, which both engines turn into one range of the index.
        let row = Expr::tuple([Expr::col(self.column()), Expr::col(Column::Id)]);
        let after = Expr::tuple([self.sort.by.value(&key)?, Expr::value(id.as_str())]);
        Ok(range.add(if self.sort.descending {
            row.lt(after)
        } else {
            row.gt(after)
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

    /// Those among the first rows in order that pass.
    pub(super) fn walk(&self, narrowing: Condition, backend: DbBackend) -> StoreResult<Statement> {
        let first = Entity::find()
            .select_only()
            .columns(DECIDING)
            .filter(self.range()?)
            .order_by(self.column(), self.order())
            .order_by(Column::Id, self.order())
            .limit(WALKED)
            .into_query();
        let passing = Query::select()
            .column(Column::Id)
            .from_subquery(first, Entity)
            .cond_where(narrowing)
            .order_by(self.column(), self.order())
            .order_by(Column::Id, self.order())
            .limit(self.page.fetch())
            .take();
        Ok(backend.build(&self.rows_of(passing)))
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
        Ok(by_listed(backend.build(&self.rows_of(passing))))
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

/// Makes SQLite read `connections` by the narrow index. It keeps no statistics, so it would rather go by an index that
/// names one more column, and look into a wide row for each of its entries. PostgreSQL decides by what it has counted.
pub(super) fn by_listed(mut statement: Statement) -> Statement {
    if statement.db_backend == DbBackend::Sqlite {
        statement.sql = statement.sql.replace(
            r#"FROM "connections" WHERE"#,
            r#"FROM "connections" INDEXED BY "connections_listed" WHERE"#,
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
    let found = read(wanted.walk(narrowing.clone(), backend)?).await?;
    if found.len() as u64 == wanted.page.fetch() {
        return Ok(found);
    }
    read(wanted.scan(Some(narrowing), backend)?).await
}
