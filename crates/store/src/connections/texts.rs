//! Finding a project's connections by a text in their name, account or app.

use patchbay_model::ProjectId;
use sea_orm::{
    Condition, DbBackend, Statement,
    sea_query::{Alias, Expr, ExprTrait, Order, Query, SelectStatement},
};

use super::{filter::like_anywhere, row::corrupt};
use crate::{Db, StoreResult, database::is_sqlite};

/// Blocks read at once on SQLite: so few that a text which many have is soon seen to be one, so many that one that few
/// have is found at once.
const BLOCKS: u64 = 128;

/// The form of a text within a JSON string.
fn within_json(text: &str) -> StoreResult<String> {
    let quoted = super::row::json(&text)?;
    Ok(quoted[1..quoted.len() - 1].to_owned())
}

/// The blocks behind `after` that hold the text, as `texts`, `ids` and `first`; on SQLite.
pub(super) fn blocks(project: &ProjectId, text: &str, after: &str) -> StoreResult<Statement> {
    let texts = Expr::col(Alias::new("texts"));
    let query = Query::select()
        .columns(["texts", "ids", "first"].map(Alias::new))
        .from(Alias::new("connection_texts"))
        .and_where(Expr::col(Alias::new("project")).eq(project.as_str()))
        .and_where(texts.like(like_anywhere(&within_json(text)?)))
        .and_where(Expr::col(Alias::new("first")).gt(after))
        .order_by(Alias::new("first"), Order::Asc)
        .limit(BLOCKS)
        .take();
    Ok(DbBackend::Sqlite.build(&query))
}

/// Being of the project and having the text, in `connection_texts` of PostgreSQL.
pub(super) fn having(project: &ProjectId, text: &str) -> Condition {
    let texts = if text.chars().nth(2).is_some() {
        Expr::col(Alias::new("texts")).like(like_anywhere(text))
    } else if text.len() < 3 {
        // So few letters make no trigram: going by that index would be reading all of it, and the table too.
        Expr::cust_with_values("connection_pairs(texts) @> string_to_array($1, '')", [text])
    } else {
        // Two letters at most, but not to a database that takes bytes for letters (SQL_ASCII): the project is read through.
        return Condition::all()
            .add(Expr::col(Alias::new("project")).eq(project.as_str()))
            .add(Expr::cust_with_values("strpos(texts, $1) > 0", [text]));
    };
    // A prepared statement is planned without its text, and then the project's index looks the better way, which is
    // reading all of it. This is no column of an index.
    let of_project = Expr::cust_with_values("project || '' = $1", [project.as_str()]);
    Condition::all().add(of_project).add(texts)
}

/// The ids of all that have the text, those in the trash too; `None` where they are more than `most`.
pub(super) async fn ids_of_text(
    db: &impl Db,
    project: &ProjectId,
    text: &str,
    most: u64,
) -> StoreResult<Option<Vec<String>>> {
    let found = if is_sqlite(db) {
        ids_in_blocks(db, project, text, most).await?
    } else {
        let statement = db.get_database_backend().build(&ids(project, text, most));
        let rows = db.query_all_raw(statement).await?;
        let ids = rows.iter().map(|row| row.try_get_by_index(0));
        ids.collect::<Result<_, _>>()?
    };
    Ok((found.len() as u64 <= most).then_some(found))
}

/// One more than `most` at most, on PostgreSQL.
fn ids(project: &ProjectId, text: &str, most: u64) -> SelectStatement {
    Query::select()
        .column(Alias::new("first"))
        .from(Alias::new("connection_texts"))
        .cond_where(having(project, text))
        .limit(most + 1)
        .take()
}

/// Until they are more than `most`.
async fn ids_in_blocks(
    db: &impl Db,
    project: &ProjectId,
    text: &str,
    most: u64,
) -> StoreResult<Vec<String>> {
    let mut found = Vec::new();
    let mut after = String::new();
    loop {
        let rows = db.query_all_raw(blocks(project, text, &after)?).await?;
        for row in &rows {
            let (texts, ids): (String, String) =
                (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            let texts: Vec<String> = serde_json::from_str(&texts).map_err(|_| corrupt("texts"))?;
            let having = texts.iter().zip(ids.split_ascii_whitespace());
            found.extend(
                having
                    .filter(|(held, _)| held.contains(text))
                    .map(|(_, id)| id.to_owned()),
            );
        }
        match rows.last() {
            Some(last) if rows.len() as u64 == BLOCKS && found.len() as u64 <= most => {
                after = last.try_get_by_index(2)?;
            }
            _ => return Ok(found),
        }
    }
}

/// Being one of these. One value however many they are, so that the statement stays the same.
pub(super) fn one_of(backend: DbBackend, ids: &[String]) -> Condition {
    let (sql, list) = if backend == DbBackend::Sqlite {
        (
            r#""id" IN (SELECT "value" FROM json_each(?))"#,
            serde_json::Value::from(ids).to_string(),
        )
    } else {
        (r#""id" = ANY(string_to_array($1, ' '))"#, ids.join(" "))
    };
    Condition::all().add(Expr::cust_with_values(sql, [list]))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use patchbay_model::{
        AccountIdentity, AuthMethodKind, ConnectionId, ConnectionStatus, Timestamp, UserId,
        Visibility,
    };
    use sea_orm::ConnectionTrait;

    use super::*;
    use crate::{
        Store,
        connections::{
            ConnectionNew, Grant, connection_get, connection_insert, connection_purge,
            connection_rename, connection_trash,
        },
        testing::{TestStore, on_both, on_both_across},
    };

    const NAMES: [&str; 8] = [
        "Sales",
        "say \"hi\"",
        "back\\slash",
        "two\nlines\u{1f}apart",
        "50% off_all",
        "مالية",
        "🚀 Größe",
        "[\"x\",\"y\"]",
    ];
    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn connection(project: &ProjectId, id: ConnectionId, at: usize) -> ConnectionNew {
        let label = match at % 9 {
            0 => Some("long ".repeat(2_000)),
            1 => Some(format!("Ops{at}@Example.com")),
            _ => None,
        };
        ConnectionNew {
            id,
            project: project.clone(),
            app: "acme".to_owned(),
            name: format!("{} {at}", NAMES[at % NAMES.len()]),
            owner: UserId::new(),
            visibility: Visibility::Project,
            grant: Grant {
                auth_method: "api_key".to_owned(),
                kind: AuthMethodKind::ApiKey,
                status: ConnectionStatus::Active,
                status_reason: None,
                expires_at: None,
                refreshable: false,
                next_refresh_at: None,
                account: AccountIdentity { id: None, label },
                scopes: Vec::new(),
                hosts: Vec::new(),
                settings: serde_json::Map::new(),
                hint: None,
            },
        }
    }

    async fn rows<const N: usize>(store: &Store, sql: &str) -> Vec<[String; N]> {
        let rows = store
            .reader()
            .query_all_raw(Statement::from_string(
                store.reader().get_database_backend(),
                sql,
            ))
            .await
            .expect("rows");
        rows.iter()
            .map(|row| std::array::from_fn(|at| row.try_get_by_index(at).expect("a text")))
            .collect()
    }

    /// What the blocks hold is what the rows hold, each where it belongs; answers how many blocks there are.
    async fn agree(store: &Store) -> usize {
        let mut expected = BTreeMap::new();
        for [project, id, search] in
            rows(store, "SELECT project, id, search FROM connections").await
        {
            expected.insert((project, id), search);
        }
        if !is_sqlite(store.reader()) {
            let plain = "project, first, texts, name_key, trashed, visibility, owner, app";
            let of_rows = "project, id, search, name_key, trashed, visibility, owner, app";
            let sql =
                |columns: &str, table: &str| format!("SELECT {columns} FROM {table} ORDER BY 1, 2");
            let kept = rows::<8>(store, &sql(plain, "connection_texts")).await;
            assert_eq!(kept, rows::<8>(store, &sql(of_rows, "connections")).await);
            return kept.len();
        }
        let mut blocks = rows::<4>(
            store,
            "SELECT project, first, texts, ids FROM connection_texts",
        )
        .await;
        blocks.sort();
        let mut held = BTreeMap::new();
        for (at, [project, first, texts, ids]) in blocks.iter().enumerate() {
            let texts: Vec<String> = serde_json::from_str(texts).expect("an array");
            let ids: Vec<&str> = ids.split_terminator(' ').collect();
            assert_eq!(texts.len(), ids.len());
            assert!(!ids.is_empty(), "an empty block");
            let next = blocks.get(at + 1).filter(|next| next[0] == *project);
            for (id, text) in ids.into_iter().zip(texts) {
                assert!(first.as_str() <= id, "{id} before its block");
                assert!(next.is_none_or(|next| id < next[1].as_str()), "{id} behind");
                let before = held.insert((project.clone(), id.to_owned()), text);
                assert_eq!(before, None, "twice");
            }
        }
        assert_eq!(held, expected);
        blocks.len()
    }

    /// Ids in an order that is not theirs: clocks differ and are set back.
    fn id_at(at: usize) -> ConnectionId {
        let moment = at * 7_919 % 1_000;
        format!("conn_{moment:010}{at:016}").parse().expect("an id")
    }

    async fn fill(
        store: &Store,
        projects: &[ProjectId],
        ids: impl Iterator<Item = (usize, ConnectionId)>,
    ) {
        // Uncounted: some of this is written across a migration.
        let tx = store.begin_uncounted().await.expect("a write unit");
        for (at, id) in ids {
            let new = connection(&projects[at % projects.len()], id, at);
            connection_insert(&*tx, &new, NOW)
                .await
                .expect("a connection");
        }
        tx.commit().await.expect("a commit");
    }

    /// Also where the statement was prepared and is planned without the text that is looked for.
    #[tokio::test]
    async fn m1_a_text_is_found_by_its_trigrams_or_pairs_on_postgres() {
        let test = TestStore::postgres().await;
        let project = ProjectId::new();
        let tx = test.store.begin_uncounted().await.expect("a write unit");
        for sql in [
            &format!(
                "INSERT INTO connection_texts (project, first, texts, name_key, trashed, visibility, owner, app) \
                 SELECT '{project}', n::text, 'hay ' || n, n::text, '', '', '', '' FROM generate_series(1, 2000) AS n"
            ),
            "SET LOCAL plan_cache_mode = force_generic_plan",
            // So few rows are read through as quickly; which of the indexes is the question here.
            "SET LOCAL enable_seqscan = off",
        ] {
            tx.execute_unprepared(sql).await.expect("it is carried out");
        }
        for (text, bound, index) in [
            ("needle", "%needle%", "connection_texts_trigrams"),
            ("ne", "ne", "connection_texts_pairs"),
            ("é", "é", "connection_texts_pairs"),
        ] {
            let asked = DbBackend::Postgres.build(&ids(&project, text, 9)).sql;
            for sql in ["DEALLOCATE ALL", &format!("PREPARE asked AS {asked}")] {
                tx.execute_unprepared(sql).await.expect("it is carried out");
            }
            let explain = format!("EXPLAIN EXECUTE asked('{project}', '{bound}', 10)");
            let lines = tx
                .query_all_raw(Statement::from_string(DbBackend::Postgres, explain))
                .await
                .expect("a plan");
            let plan: Vec<String> = lines
                .iter()
                .map(|line| line.try_get_by_index(0).expect("a text"))
                .collect();
            let plan = plan.join("\n");
            assert!(plan.contains(index), "{plan}");
            assert!(!plan.contains("connection_texts_pkey"), "{plan}");
        }
    }

    #[tokio::test]
    async fn m1_texts_follow_every_write() {
        on_both(async |test: TestStore| {
            let store = &test.store;
            let projects = [ProjectId::new(), ProjectId::new()];
            fill(store, &projects, (0..300).map(|at| (at, id_at(at)))).await;
            agree(store).await;
            let tx = store.begin().await.expect("a write unit");
            for at in (0..300).step_by(3) {
                let (project, id) = (&projects[at % 2], id_at(at));
                let row = connection_get(&*tx, project, &id).await.expect("an answer");
                let row = row.expect("a connection");
                match at % 4 {
                    0 => connection_rename(&*tx, &row, &format!("Ren\"amed {at}"), NOW).await,
                    1 => connection_trash(&*tx, project, &id, NOW).await,
                    _ => connection_purge(&tx, project, &id).await,
                }
                .expect("a write");
            }
            tx.commit().await.expect("a commit");
            agree(store).await;
            for text in [
                "sales 8",
                "say \"hi\"",
                "\"",
                "\\",
                "\\s",
                "two\nlines",
                "%",
                "_",
                "مالية",
                "🚀",
                "größe",
                "zq",
                "7",
                "ren\"amed",
                "long long",
                "@example.com",
                "[\"x",
                "conn_",
                "\",\"",
                "acme",
            ] {
                for project in &projects {
                    let expected = rows(store, "SELECT project, id, search FROM connections").await;
                    let mut expected: Vec<String> = expected
                        .into_iter()
                        .filter(|[of, _, search]| of == project.as_str() && search.contains(text))
                        .map(|[_, id, _]| id)
                        .collect();
                    let found = ids_of_text(store.reader(), project, text, 200).await;
                    let mut found = found.expect("an answer").expect("few");
                    found.sort();
                    expected.sort();
                    assert_eq!(found, expected, "{text}");
                }
            }
            let many = ids_of_text(store.reader(), &projects[0], "acme", 20).await;
            assert_eq!(many.expect("an answer"), None);
            let tx = store.begin().await.expect("a write unit");
            for at in 0..300 {
                let purged = connection_purge(&tx, &projects[at % 2], &id_at(at)).await;
                purged.expect("a purge");
            }
            tx.commit().await.expect("a commit");
            assert_eq!(agree(store).await, 0);
        })
        .await;
    }

    /// Also with one id in the future among them, which every later one stands before.
    #[tokio::test]
    async fn m1_blocks_fill_pages_as_ids_grow() {
        let test = TestStore::sqlite().await;
        let project = [ProjectId::new()];
        let ids = (0..1_000).map(|at| {
            let moment = if at == 3 { 9_999 } else { at };
            let id = format!("conn_{moment:026}").parse().expect("an id");
            // None with a long label.
            (at * 9 + 2, id)
        });
        fill(&test.store, &project, ids).await;
        let blocks = agree(&test.store).await;
        assert!((15..=30).contains(&blocks), "{blocks} blocks");
        let longest = rows::<1>(
            &test.store,
            "SELECT CAST(max(octet_length(texts) + length(ids)) AS text) FROM connection_texts",
        )
        .await;
        let longest: usize = longest[0][0].parse().expect("a number");
        assert!(longest < 3_900, "{longest}");
    }

    #[tokio::test]
    async fn texts_of_before_are_found_afterwards() {
        let projects = [ProjectId::new(), ProjectId::new()];
        let before = async |store: &Store| {
            fill(store, &projects, (0..200).map(|at| (at, id_at(at)))).await;
        };
        let after = async |store: &Store| {
            agree(store).await;
            fill(store, &projects, (200..400).map(|at| (at, id_at(at)))).await;
            agree(store).await;
        };
        on_both_across("m0009_connection_texts", before, after).await;
    }
}
