use patchbay_access::{AuditFilter, MemberId};
use patchbay_model::{KeyScope, Role};
use patchbay_store::{
    Page,
    audit::{chains, verify},
};

use crate::support::{PASSWORD, all, browser, key, world};

#[tokio::test]
async fn s31_everything_that_changes_leaves_an_entry() {
    let world = world().await;
    let admin = world.admin().await;
    let access = &world.access;
    let ben = world.join("Ben", Role::Editor).await;
    let id = MemberId::User(ben.person.id.clone());
    access
        .member_change(&admin, &id, Role::Admin)
        .await
        .expect("changes");
    let made = access
        .key_create(&world.actor(&ben.person).await, "CI", KeyScope::Read)
        .await
        .expect("makes");
    access
        .key_remove(&admin, &made.view.key.id)
        .await
        .expect("revokes");
    access.member_remove(&admin, &id).await.expect("removes");
    access
        .project_change(&admin, "Renamed")
        .await
        .expect("renames");

    let entries = access
        .audit_list(&admin, AuditFilter::default(), &all())
        .await
        .expect("lists");
    let told: Vec<(&str, &str)> = entries
        .items
        .iter()
        .map(|entry| (entry.action.as_str(), entry.actor.name.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("project.rename", "Olga"),
            ("member.remove", "Olga"),
            ("key.revoke", "Olga"),
            ("key.create", "Ben"),
            ("member.role_change", "Olga"),
            ("member.join", "Ben"),
            ("member.invite", "Olga"),
            ("project.create", "Olga"),
        ]
    );
    // No entry holds the key or a token.
    let text = format!("{:?}", entries.items);
    assert!(!text.contains(&made.secret) && !text.contains(&ben.token));
}

#[tokio::test]
async fn the_log_is_filtered_and_paged() {
    let world = world().await;
    let admin = world.admin().await;
    for n in 0..5 {
        world
            .access
            .project_change(&admin, &format!("Name {n}"))
            .await
            .expect("renames");
    }
    let ben = world.join("Ben", Role::Editor).await;
    let count = async |filter: AuditFilter| {
        world
            .access
            .audit_list(&admin, filter, &all())
            .await
            .expect("lists")
            .items
            .len()
    };
    let by = |actor: &str| AuditFilter {
        actor: Some(actor.to_owned()),
        ..AuditFilter::default()
    };
    let doing = |action: &str| AuditFilter {
        action: Some(action.to_owned()),
        ..AuditFilter::default()
    };
    let to = |subject: &str| AuditFilter {
        subject: Some(subject.to_owned()),
        ..AuditFilter::default()
    };
    assert_eq!(count(by(ben.person.id.as_str())).await, 1);
    assert_eq!(count(doing("project.rename")).await, 5);
    assert_eq!(count(doing("project")).await, 6);
    assert_eq!(count(doing("proj")).await, 0);
    assert_eq!(count(doing("%")).await, 0);
    assert_eq!(count(to(world.project.as_str())).await, 6);
    assert_eq!(count(to("invitation")).await, 1);

    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let page = Page::new(Some(3), cursor).expect("a valid limit");
        let paged = world
            .access
            .audit_list(&admin, doing("project"), &page)
            .await
            .expect("lists");
        seen.extend(paged.items.into_iter().map(|entry| entry.seq));
        if !paged.has_more {
            break;
        }
        cursor = paged.cursor;
    }
    assert_eq!(seen, [6, 5, 4, 3, 2, 1]);
}

#[tokio::test]
async fn s32_the_chains_of_a_workspace_verify() {
    let world = world().await;
    world.join("Ben", Role::Editor).await;
    world
        .access
        .login("olga@example.com", PASSWORD, &browser("192.0.2.1"))
        .await
        .expect("signs in");
    let db = world.store.store.reader();
    let chains = chains(db).await.expect("lists");
    assert_eq!(chains.len(), 2);
    for chain in chains {
        let report = verify(db, chain.as_ref(), |_| Some(key()))
            .await
            .expect("reads");
        assert!(report.entries > 0 && report.faults.is_empty(), "{report:?}");
    }
}
