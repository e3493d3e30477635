//! Lists and counts of connections against the plain definition of what they are, for many filters.

use std::{cmp::Ordering, collections::BTreeMap, time::Duration};

use patchbay_model::{
    AccountIdentity, AuthMethodKind, ConnectionId, ConnectionStatus, ProjectId, StatusReason,
    Timestamp, UserId, Visibility,
};
use patchbay_store::{
    Page, Store,
    connections::{
        ConnectionFilter, ConnectionNew, ConnectionOrder, ConnectionRow, ConnectionSort, Grant,
        StatusChange, TabLimits, UsedRecently, connection_apps, connection_insert,
        connection_rename, connection_revoke, connection_status_set, connection_trash,
        connections_count, connections_list, connections_total, name_key, used_record,
    },
    testing::{TestStore, on_both},
};
use sea_orm::ConnectionTrait;
use serde_json::Map;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const ORDERS: [ConnectionOrder; 6] = [
    ConnectionOrder::Name,
    ConnectionOrder::Status,
    ConnectionOrder::LastUsed,
    ConnectionOrder::Created,
    ConnectionOrder::App,
    ConnectionOrder::Flows,
];
const WORDS: [&str; 6] = ["Sales", "Größe", "مالية", "50% off", "a_b", "Team 🚀"];
const APPS: [&str; 3] = ["acme", "bolt", "cosmos"];

/// Numbers that look random and are the same every time (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) as usize % end
    }

    fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    fn of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }
}

fn days(count: usize) -> Duration {
    Duration::from_secs(count as u64 * 86_400)
}

struct World {
    project: ProjectId,
    people: Vec<UserId>,
    dice: Dice,
}

impl World {
    fn new() -> Self {
        Self {
            project: ProjectId::new(),
            people: (0..3).map(|_| UserId::new()).collect(),
            dice: Dice(7),
        }
    }

    fn connection(&mut self, at: usize) -> ConnectionNew {
        let dice = &mut self.dice;
        let label = dice.one_in(2).then(|| format!("Account{at}@Example.com"));
        ConnectionNew {
            id: ConnectionId::new(),
            project: self.project.clone(),
            app: dice.of(&APPS).to_owned(),
            name: format!("{} {at}", dice.of(&WORDS)),
            owner: dice.of(&self.people),
            visibility: dice.of(&[Visibility::Project, Visibility::Private]),
            grant: Grant {
                auth_method: "api_key".to_owned(),
                kind: AuthMethodKind::ApiKey,
                status: ConnectionStatus::Active,
                status_reason: None,
                expires_at: dice.one_in(3).then(|| NOW.plus(days(dice.below(20)))),
                refreshable: dice.one_in(3),
                next_refresh_at: None,
                account: AccountIdentity { id: None, label },
                scopes: vec![],
                hosts: vec![],
                settings: Map::new(),
                hint: None,
            },
        }
    }

    /// `count` connections in every state there is.
    async fn fill(&mut self, store: &Store, count: usize) {
        let tx = store.begin().await.expect("a write unit");
        for at in 0..count {
            let new = self.connection(at);
            let (project, id) = (&new.project, &new.id);
            let made = NOW.minus(days(self.dice.below(5)));
            connection_insert(&*tx, &new, made)
                .await
                .expect("a connection");
            if self.dice.one_in(2) {
                let used = UsedRecently {
                    project: project.clone(),
                    connection: id.clone(),
                    at: NOW.minus(days(self.dice.below(60))),
                    run: None,
                    count: 1,
                };
                used_record(&tx, &[used]).await.expect("a use");
            }
            if self.dice.one_in(10) {
                let broken = StatusChange {
                    status: self
                        .dice
                        .of(&[ConnectionStatus::Expired, ConnectionStatus::Error]),
                    reason: Some(StatusReason::CredentialRejected),
                    provider_error: None,
                };
                connection_status_set(&*tx, project, id, 1, broken, NOW)
                    .await
                    .expect("a status");
            }
            if self.dice.one_in(40) {
                connection_revoke(&*tx, project, id, StatusReason::RevokedHere, NOW)
                    .await
                    .expect("a revocation");
            }
            if self.dice.one_in(15) {
                connection_trash(&*tx, project, id, NOW)
                    .await
                    .expect("the trash");
            }
            if self.dice.one_in(4) {
                let flows = self.dice.below(4);
                tx.execute_unprepared(&format!(
                    "UPDATE connections SET flow_count = {flows} WHERE id = '{id}'"
                ))
                .await
                .expect("flows");
            }
        }
        tx.commit().await.expect("a commit");
    }

    fn filter(&mut self) -> ConnectionFilter {
        let dice = &mut self.dice;
        let person = dice.of(&self.people);
        let mut filter = ConnectionFilter::default();
        match dice.below(4) {
            0 => filter.visible_to = Some(person.clone()),
            1 => filter.only_of = Some(person.clone()),
            _ => {}
        }
        if dice.one_in(3) {
            let texts = [
                "sales 1",
                "GRÖSS",
                "größe",
                "%",
                "a_b",
                "7",
                "acme",
                "example.com",
                "🚀",
                "nothing",
                "\\",
            ];
            filter.q = Some(dice.of(&texts).to_owned());
        }
        if dice.one_in(4) {
            filter.apps = vec![dice.of(&APPS).to_owned(), dice.of(&APPS).to_owned()];
        }
        if dice.one_in(5) {
            filter.owner = Some(dice.of(&self.people));
        }
        if dice.one_in(5) {
            filter.statuses = vec![
                dice.of(ConnectionStatus::ALL),
                dice.of(ConnectionStatus::ALL),
            ];
        }
        filter.attention = dice.one_in(6);
        filter.unused_since = dice.one_in(5).then(|| NOW.minus(days(30)));
        filter.expiring_before = dice.one_in(5).then(|| NOW.plus(days(7)));
        filter.deleted = dice.one_in(8);
        filter
    }
}

/// What the filter means, said without a database.
fn passes(filter: &ConnectionFilter, row: &ConnectionRow) -> bool {
    let active = row.status == ConnectionStatus::Active;
    let texts = [
        Some(row.name.as_str()),
        row.account.label.as_deref(),
        Some(row.app.as_str()),
    ];
    let q = filter.q.as_deref().map(name_key);
    filter
        .visible_to
        .as_ref()
        .is_none_or(|user| row.visibility == Visibility::Project || row.owner == *user)
        && filter
            .only_of
            .as_ref()
            .is_none_or(|user| row.owner == *user)
        && q.is_none_or(|q| {
            texts
                .iter()
                .flatten()
                .any(|text| text.to_lowercase().contains(&q))
        })
        && (filter.apps.is_empty() || filter.apps.contains(&row.app))
        && filter.owner.as_ref().is_none_or(|user| row.owner == *user)
        && (filter.statuses.is_empty() || filter.statuses.contains(&row.status))
        && !(filter.attention && active)
        && filter
            .unused_since
            .is_none_or(|since| row.flow_count == 0 && row.last_used_at.is_none_or(|at| at < since))
        && filter.expiring_before.is_none_or(|before| {
            active && !row.refreshable && row.expires_at.is_some_and(|at| at < before)
        })
        && filter.deleted == row.deleted_at.is_some()
}

fn compare(sort: ConnectionSort, a: &ConnectionRow, b: &ConnectionRow) -> Ordering {
    let by = match sort.by {
        // The engines order letters as their collation says; what matters is that pages agree with each other.
        ConnectionOrder::Name => Ordering::Equal,
        ConnectionOrder::Status => a.status.as_str().cmp(b.status.as_str()),
        ConnectionOrder::LastUsed => a.last_used_at.cmp(&b.last_used_at),
        ConnectionOrder::Created => a.created_at.cmp(&b.created_at),
        ConnectionOrder::App => a.app.cmp(&b.app),
        ConnectionOrder::Flows => a.flow_count.cmp(&b.flow_count),
    };
    if sort.descending { by.reverse() } else { by }
}

async fn pages(
    store: &Store,
    project: &ProjectId,
    filter: &ConnectionFilter,
    sort: ConnectionSort,
    limit: u32,
) -> Vec<ConnectionRow> {
    let mut all = Vec::new();
    let mut cursor = None;
    loop {
        let page = Page::new(Some(limit), cursor).expect("a page");
        let paged = connections_list(store.reader(), project, filter, sort, &page)
            .await
            .expect("a list");
        assert!(paged.items.len() <= limit as usize);
        assert_eq!(paged.has_more, paged.cursor.is_some());
        all.extend(paged.items);
        cursor = paged.cursor;
        if cursor.is_none() {
            return all;
        }
    }
}

fn ids(rows: &[ConnectionRow]) -> Vec<ConnectionId> {
    let mut ids: Vec<ConnectionId> = rows.iter().map(|row| row.id.clone()).collect();
    ids.sort();
    ids
}

async fn everything(store: &Store, project: &ProjectId) -> Vec<ConnectionRow> {
    let sort = ConnectionSort {
        by: ConnectionOrder::Created,
        descending: false,
    };
    let mut all = Vec::new();
    for deleted in [false, true] {
        let filter = ConnectionFilter {
            deleted,
            ..ConnectionFilter::default()
        };
        all.extend(pages(store, project, &filter, sort, 100).await);
    }
    all
}

/// More rows than are walked in order before the narrow index is read, so that both ways are gone.
#[tokio::test]
async fn m1_filters_mean_what_they_say_in_every_order() {
    on_both(async |test: TestStore| {
        let mut world = World::new();
        world.fill(&test.store, 2_600).await;
        let project = world.project.clone();
        let elsewhere = World::new();
        assert_eq!(everything(&test.store, &elsewhere.project).await.len(), 0);
        let all = everything(&test.store, &project).await;
        assert_eq!(all.len(), 2_600);
        for at in 0..48 {
            let filter = world.filter();
            let sort = ConnectionSort {
                by: ORDERS[at % ORDERS.len()],
                descending: world.dice.one_in(2),
            };
            let expected: Vec<_> = all
                .iter()
                .filter(|row| passes(&filter, row))
                .cloned()
                .collect();
            let limit = world.dice.of(&[50, 100]);
            let seen = pages(&test.store, &project, &filter, sort, limit).await;
            assert_eq!(ids(&seen), ids(&expected), "{filter:?} {sort:?}");
            for pair in seen.windows(2) {
                let order = compare(sort, &pair[0], &pair[1]);
                let by_id = if sort.descending {
                    pair[0].id > pair[1].id
                } else {
                    pair[0].id < pair[1].id
                };
                assert!(
                    order == Ordering::Less
                        || order == Ordering::Equal && (by_id || sort.by == ConnectionOrder::Name),
                    "{filter:?} {sort:?}"
                );
            }
        }
    })
    .await;
}

#[tokio::test]
async fn m1_counts_and_apps_agree_with_the_list() {
    on_both(async |test: TestStore| {
        let mut world = World::new();
        world.fill(&test.store, 400).await;
        let (store, project) = (&test.store, world.project.clone());
        let all = everything(store, &project).await;
        let live = all.iter().filter(|row| row.deleted_at.is_none()).count();
        let total = connections_total(store.reader(), &project).await;
        assert_eq!(total.expect("a total"), live as u64);
        for _ in 0..30 {
            let drawn = world.filter();
            let filter = ConnectionFilter {
                visible_to: drawn.visible_to,
                only_of: drawn.only_of,
                q: drawn.q,
                apps: drawn.apps,
                owner: drawn.owner,
                ..ConnectionFilter::default()
            };
            let me = world.dice.of(&world.people);
            let tabs = TabLimits {
                expiring_before: NOW.plus(days(7)),
                unused_since: NOW.minus(days(30)),
                me: Some(me.clone()),
            };
            let counts = connections_count(store.reader(), &project, &filter, &tabs)
                .await
                .expect("counts");
            let number = |change: &dyn Fn(&mut ConnectionFilter)| {
                let mut tab = filter.clone();
                change(&mut tab);
                all.iter().filter(|row| passes(&tab, row)).count() as i64
            };
            let mine = all
                .iter()
                .filter(|row| passes(&filter, row) && row.owner == me);
            assert_eq!(counts.all, number(&|_| {}), "{filter:?}");
            assert_eq!(counts.needs_attention, number(&|tab| tab.attention = true));
            assert_eq!(
                counts.unused,
                number(&|tab| tab.unused_since = Some(tabs.unused_since))
            );
            assert_eq!(
                counts.expiring_soon,
                number(&|tab| tab.expiring_before = Some(tabs.expiring_before))
            );
            assert_eq!(counts.mine, mine.count() as i64);
            assert_eq!(counts.deleted, number(&|tab| tab.deleted = true));

            let mut expected: BTreeMap<String, (i64, Option<Timestamp>)> = BTreeMap::new();
            for row in all.iter().filter(|row| passes(&filter, row)) {
                let app = expected.entry(row.app.clone()).or_default();
                *app = (app.0 + 1, app.1.max(row.last_used_at));
            }
            let apps = connection_apps(store.reader(), &project, &filter)
                .await
                .expect("apps");
            let seen = apps
                .into_iter()
                .map(|app| (app.app, (app.count, app.last_used_at)));
            assert_eq!(seen.collect::<BTreeMap<_, _>>(), expected, "{filter:?}");
        }
    })
    .await;
}

/// While rows come, go and are renamed, what stays as it is comes once and only once.
#[tokio::test]
async fn m1_pages_have_no_gaps_while_rows_change() {
    on_both(async |test: TestStore| {
        let mut world = World::new();
        world.fill(&test.store, 1_500).await;
        let (store, project) = (&test.store, world.project.clone());
        for (by, attention) in [
            (ConnectionOrder::Name, false),
            (ConnectionOrder::Name, true),
            (ConnectionOrder::Created, true),
        ] {
            let sort = ConnectionSort {
                by,
                descending: false,
            };
            let filter = ConnectionFilter {
                attention,
                ..ConnectionFilter::default()
            };
            let before = pages(store, &project, &filter, sort, 100).await;
            let touched: Vec<ConnectionRow> = before.iter().step_by(7).cloned().collect();
            let mut seen = Vec::new();
            let mut cursor = None;
            let mut left = touched.iter();
            loop {
                let page = Page::new(Some(20), cursor).expect("a page");
                let paged = connections_list(store.reader(), &project, &filter, sort, &page)
                    .await
                    .expect("a list");
                seen.extend(paged.items);
                cursor = paged.cursor;
                if cursor.is_none() {
                    break;
                }
                let tx = store.begin().await.expect("a write unit");
                for row in left.by_ref().take(4) {
                    if world.dice.one_in(2) {
                        connection_trash(&*tx, &project, &row.id, NOW)
                            .await
                            .expect("the trash");
                    } else {
                        let name = format!("{} renamed {attention}", row.name);
                        connection_rename(&*tx, row, &name, NOW)
                            .await
                            .expect("a name");
                    }
                }
                let at = 10_000 + world.dice.below(1_000_000);
                let new = world.connection(at);
                connection_insert(&*tx, &new, NOW)
                    .await
                    .expect("a connection");
                tx.commit().await.expect("a commit");
            }
            let mut times: BTreeMap<&ConnectionId, usize> = BTreeMap::new();
            for row in &seen {
                *times.entry(&row.id).or_default() += 1;
            }
            for row in &before {
                let changed = touched.iter().any(|other| other.id == row.id);
                let count = times.get(&row.id).copied().unwrap_or_default();
                assert!(
                    changed || count == 1,
                    "{by:?}: {} came {count} times",
                    row.name
                );
            }
        }
    })
    .await;
}
