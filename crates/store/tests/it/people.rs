use std::time::Duration;

use patchbay_model::{
    InvitationId, KeyId, KeyScope, Plan, ProjectId, Role, SessionId, Timestamp, UserId,
};
use patchbay_store::{
    Page, Store, StoreError,
    people::{
        ApiKey, Attempts, Invitation, MemberOrInvited, NewApiKey, NewInvitation, NewSession,
        Project, Session, User, attempts_clear, attempts_lock, attempts_prune, attempts_put,
        invitation_accept, invitation_by_token, invitation_insert, invitation_open_count, key_get,
        key_grant, key_insert, key_list, key_revoke, key_revoke_all, key_touch,
        member_admins_besides, member_counts, member_delete, member_get, member_insert,
        member_list, member_role_set, project_by_name, project_count, project_delete, project_get,
        project_insert, project_list, project_list_all, project_rename, session_by_token,
        session_delete, session_delete_all, session_insert, session_list, session_prune,
        session_touch, user_by_email, user_count, user_get, user_insert, user_lock, user_names,
        user_owner, user_update, workspace_ensure, workspace_get, workspace_update,
    },
    testing::on_both,
};

const DAY: Duration = Duration::from_hours(24);

fn now() -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000)
}

fn person(name: &str) -> User {
    User {
        id: UserId::new(),
        email: format!("{name}@Example.com"),
        name: name.to_owned(),
        password_hash: None,
        is_owner: false,
        created: now(),
        disabled: false,
    }
}

async fn user(store: &Store, name: &str) -> User {
    let user = person(name);
    let tx = store.begin().await.expect("a write unit");
    user_insert(&tx, &user).await.expect("a user");
    tx.commit().await.expect("a commit");
    user
}

async fn project(store: &Store, name: &str) -> ProjectId {
    let project = Project {
        id: ProjectId::new(),
        name: name.to_owned(),
        created: now(),
    };
    let tx = store.begin().await.expect("a write unit");
    project_insert(&tx, &project).await.expect("a project");
    tx.commit().await.expect("a commit");
    project.id
}

#[tokio::test]
async fn the_workspace_is_made_once() {
    on_both(async |test| {
        let db = test.store.reader();
        assert_eq!(workspace_get(db).await.expect("reads"), None);
        let first = workspace_ensure(db, "inst_1", "One").await.expect("makes");
        let second = workspace_ensure(db, "inst_2", "Two").await.expect("keeps");
        assert_eq!(first, second);
        let tx = test.store.begin().await.expect("a write unit");
        workspace_update(&tx, "Acme", Plan::Team)
            .await
            .expect("writes");
        tx.commit().await.expect("a commit");
        let after = workspace_get(db).await.expect("reads").expect("is there");
        assert_eq!(
            (after.instance_id.as_str(), after.name.as_str(), after.plan),
            ("inst_1", "Acme", Plan::Team)
        );
    })
    .await;
}

#[tokio::test]
async fn addresses_are_unique_in_any_case() {
    on_both(async |test| {
        let db = test.store.reader();
        let ana = user(&test.store, "ana").await;
        let tx = test.store.begin().await.expect("a write unit");
        let twin = User {
            email: "ANA@example.COM".to_owned(),
            ..person("twin")
        };
        let refused = user_insert(&tx, &twin).await;
        assert!(matches!(refused, Err(StoreError::Duplicate)), "{refused:?}");
        drop(tx);

        let found = user_by_email(db, " aNa@example.com ").await.expect("reads");
        assert_eq!(found.as_ref(), Some(&ana));
        assert_eq!(user_owner(db).await.expect("reads"), None);
        let tx = test.store.begin().await.expect("a write unit");
        let mut changed = user_lock(&tx, &ana.id)
            .await
            .expect("reads")
            .expect("is there");
        changed.name = "Ana B.".to_owned();
        changed.disabled = true;
        user_update(&tx, &changed).await.expect("writes");
        tx.commit().await.expect("a commit");
        assert_eq!(user_get(db, &ana.id).await.expect("reads"), Some(changed));
        assert_eq!(user_count(db).await.expect("counts"), 0);
        let names = user_names(db, [&ana.id]).await.expect("reads");
        assert_eq!(names.get(&ana.id).map(String::as_str), Some("Ana B."));
        assert!(user_names(db, []).await.expect("reads").is_empty());
    })
    .await;
}

#[tokio::test]
async fn s34_sessions_end_by_time_by_hand_and_with_their_person() {
    on_both(async |test| {
        let db = test.store.reader();
        let ana = user(&test.store, "ana").await;
        let begin = async |n: u8| {
            let session = Session {
                id: SessionId::new(),
                user: ana.id.clone(),
                created: now().plus(Duration::from_secs(u64::from(n))),
                last_used: now(),
                expires: now().plus(DAY),
                user_agent: "Test/1".to_owned(),
                ip: "192.0.2.1".to_owned(),
            };
            let tx = test.store.begin().await.expect("a write unit");
            let new = NewSession {
                token_hash: &[n; 32],
                session: &session,
            };
            session_insert(&tx, &new).await.expect("begins");
            tx.commit().await.expect("a commit");
            session
        };
        let known = async |n: u8, at: Timestamp| {
            session_by_token(db, &[n; 32], at)
                .await
                .expect("reads")
                .is_some()
        };
        let (first, second, third) = (begin(1).await, begin(2).await, begin(3).await);
        let found = session_by_token(db, &[1; 32], now()).await.expect("reads");
        assert_eq!(found, Some((first.clone(), ana.clone())));
        assert!(!known(9, now()).await);
        assert!(!known(1, now().plus(DAY)).await);

        let page = Page::new(Some(2), None).expect("a limit");
        let listed = session_list(db, &ana.id, now(), &page)
            .await
            .expect("lists");
        assert_eq!(listed.items, [third.clone(), second.clone()]);
        let page = Page::new(Some(2), listed.cursor).expect("a limit");
        let listed = session_list(db, &ana.id, now(), &page)
            .await
            .expect("lists");
        assert_eq!(listed.items, std::slice::from_ref(&first));

        let tx = test.store.begin().await.expect("a write unit");
        let later = now().plus(DAY * 2);
        session_touch(&tx, &first.id, now().plus(DAY), later)
            .await
            .expect("writes");
        let foreign = session_delete(&tx, &UserId::new(), &first.id).await;
        assert!(!foreign.expect("deletes nothing"));
        session_prune(&tx, now().plus(DAY * 3 / 2))
            .await
            .expect("prunes");
        tx.commit().await.expect("a commit");
        assert!(known(1, now().plus(DAY)).await);
        assert!(!known(2, now()).await);

        begin(4).await;
        let tx = test.store.begin().await.expect("a write unit");
        let ended = session_delete_all(&tx, &ana.id, Some(&first.id)).await;
        assert_eq!(ended.expect("deletes"), 1);
        tx.commit().await.expect("a commit");
        assert!(known(1, now()).await && !known(4, now()).await);

        let tx = test.store.begin().await.expect("a write unit");
        let disabled = User {
            disabled: true,
            ..ana.clone()
        };
        user_update(&tx, &disabled).await.expect("writes");
        tx.commit().await.expect("a commit");
        assert!(!known(1, now()).await);
    })
    .await;
}

#[tokio::test]
async fn s36_attempts_at_once_are_all_counted() {
    on_both(async |test| {
        let account = [5_u8; 32];
        let mut tasks = Vec::new();
        for _ in 0..20 {
            let store = test.store.clone();
            tasks.push(tokio::spawn(async move {
                let tx = store.begin().await.expect("a write unit");
                let mut attempts = attempts_lock(&tx, &account).await.expect("locks");
                attempts.failures += 1;
                attempts.last = now();
                attempts_put(&tx, &account, &attempts)
                    .await
                    .expect("writes");
                tx.commit().await.expect("a commit");
            }));
        }
        for task in tasks {
            task.await.expect("ends");
        }
        let tx = test.store.begin().await.expect("a write unit");
        let seen = attempts_lock(&tx, &account).await.expect("locks");
        assert_eq!(seen.failures, 20);
        let locked = Attempts {
            locked_until: Some(now()),
            ..seen
        };
        attempts_put(&tx, &account, &locked).await.expect("writes");
        assert_eq!(attempts_lock(&tx, &account).await.expect("locks"), locked);
        attempts_clear(&tx, &account).await.expect("clears");
        let fresh = attempts_lock(&tx, &account).await.expect("locks");
        assert_eq!(fresh.failures, 0);
        attempts_put(&tx, &account, &seen).await.expect("writes");
        attempts_prune(&tx, now().plus(DAY)).await.expect("prunes");
        assert_eq!(
            attempts_lock(&tx, &account).await.expect("locks"),
            Attempts::default()
        );
    })
    .await;
}

#[tokio::test]
async fn project_names_are_unique_until_they_are_deleted() {
    on_both(async |test| {
        let db = test.store.reader();
        let ana = user(&test.store, "ana").await;
        let first = project(&test.store, "Beta").await;
        let second = project(&test.store, "alpha").await;
        let tx = test.store.begin().await.expect("a write unit");
        member_insert(&tx, &first, &ana.id, Role::Editor, now())
            .await
            .expect("joins");
        tx.commit().await.expect("a commit");

        let tx = test.store.begin().await.expect("a write unit");
        let refused = project_rename(&tx, &first, "ALPHA").await;
        assert!(matches!(refused, Err(StoreError::Duplicate)), "{refused:?}");
        drop(tx);

        let names = |list: Vec<(Project, Option<Role>)>| {
            list.into_iter()
                .map(|(project, role)| (project.name, role))
                .collect::<Vec<_>>()
        };
        let all = project_list_all(db, &ana.id, false).await.expect("lists");
        assert_eq!(
            names(all),
            [
                ("alpha".to_owned(), None),
                ("Beta".to_owned(), Some(Role::Editor))
            ]
        );
        let own = project_list_all(db, &ana.id, true).await.expect("lists");
        assert_eq!(names(own), [("Beta".to_owned(), Some(Role::Editor))]);
        let page = Page::new(Some(1), None).expect("a limit");
        let paged = project_list(db, &ana.id, false, &page)
            .await
            .expect("lists");
        assert!(paged.has_more);
        let page = Page::new(Some(1), paged.cursor).expect("a limit");
        let paged = project_list(db, &ana.id, false, &page)
            .await
            .expect("lists");
        assert_eq!(
            (paged.items[0].0.name.as_str(), paged.has_more),
            ("Beta", false)
        );

        let tx = test.store.begin().await.expect("a write unit");
        project_delete(&tx, &second, now()).await.expect("deletes");
        project_rename(&tx, &first, "ALPHA").await.expect("is free");
        tx.commit().await.expect("a commit");
        assert_eq!(project_get(db, &second).await.expect("reads"), None);
        let found = project_by_name(db, "alpha").await.expect("reads");
        assert_eq!(found.map(|project| project.id), Some(first));
        assert_eq!(project_count(db).await.expect("counts"), 1);
    })
    .await;
}

#[tokio::test]
async fn members_come_before_the_invited_page_by_page() {
    on_both(async |test| {
        let db = test.store.reader();
        let project = project(&test.store, "Main").await;
        let mut people = Vec::new();
        for n in 0..3 {
            people.push(user(&test.store, &format!("m{n}")).await);
        }
        let tx = test.store.begin().await.expect("a write unit");
        for user in &people {
            // All at the same moment, so that the id decides.
            member_insert(&tx, &project, &user.id, Role::Admin, now())
                .await
                .expect("joins");
        }
        for n in 0_u8..3 {
            let invitation = Invitation {
                id: InvitationId::new(),
                project: project.clone(),
                email: format!("i{n}@example.com"),
                role: Role::Viewer,
                created: now(),
                expires: now().plus(DAY),
                accepted: None,
                created_by: people[0].id.clone(),
            };
            let new = NewInvitation {
                token_hash: &[n; 32],
                invitation: &invitation,
            };
            invitation_insert(&tx, &new).await.expect("invites");
        }
        tx.commit().await.expect("a commit");

        let mut seen = Vec::new();
        let mut cursor = None;
        loop {
            let page = Page::new(Some(2), cursor).expect("a limit");
            let paged = member_list(db, &project, now(), &page)
                .await
                .expect("lists");
            seen.extend(paged.items.into_iter().map(|row| match row {
                MemberOrInvited::Member(member) => member.user.name,
                MemberOrInvited::Invited(invitation) => invitation.email,
            }));
            if !paged.has_more {
                break;
            }
            cursor = paged.cursor;
        }
        assert_eq!(
            seen,
            [
                "m0",
                "m1",
                "m2",
                "i0@example.com",
                "i1@example.com",
                "i2@example.com"
            ]
        );
        assert_eq!(
            invitation_open_count(db, "I1@example.com", now())
                .await
                .expect("counts"),
            2
        );
        let counts = member_counts(db, std::slice::from_ref(&project))
            .await
            .expect("counts");
        assert_eq!(counts.get(&project), Some(&3));

        let tx = test.store.begin().await.expect("a write unit");
        let first = &people[0].id;
        let others = member_admins_besides(&tx, &project, first).await;
        assert_eq!(others.expect("counts"), 2);
        member_role_set(&tx, &project, &people[1].id, Role::Viewer)
            .await
            .expect("changes");
        member_delete(&tx, &project, &people[2].id)
            .await
            .expect("removes");
        let others = member_admins_besides(&tx, &project, first).await;
        assert_eq!(others.expect("counts"), 0);
        let open = invitation_by_token(&*tx, &[1; 32], now())
            .await
            .expect("reads")
            .expect("is open");
        invitation_accept(&tx, &open.id, now())
            .await
            .expect("accepts");
        tx.commit().await.expect("a commit");
        let again = invitation_by_token(db, &[1; 32], now()).await;
        assert_eq!(again.expect("reads"), None);
        let late = invitation_by_token(db, &[2; 32], now().plus(DAY)).await;
        assert_eq!(late.expect("reads"), None);
        let role = member_get(db, &project, &people[1].id)
            .await
            .expect("reads");
        assert_eq!(role, Some((Role::Viewer, now())));
    })
    .await;
}

#[tokio::test]
async fn s5_a_key_stands_for_what_its_person_is_now() {
    on_both(async |test| {
        let db = test.store.reader();
        let ana = user(&test.store, "ana").await;
        let (main, other) = (
            project(&test.store, "Main").await,
            project(&test.store, "Other").await,
        );
        let key = ApiKey {
            id: KeyId::new(),
            project: main.clone(),
            user: ana.id.clone(),
            name: "CI".to_owned(),
            scope: KeyScope::Write,
            hint: "abcd".to_owned(),
            created: now(),
            last_used: None,
        };
        let tx = test.store.begin().await.expect("a write unit");
        let new = NewApiKey {
            key_hash: &[1; 32],
            key: &key,
        };
        key_insert(&tx, &new).await.expect("makes");
        // A role elsewhere says nothing about this project.
        member_insert(&tx, &other, &ana.id, Role::Admin, now())
            .await
            .expect("joins");
        tx.commit().await.expect("a commit");
        let role = async || {
            key_grant(db, &[1; 32])
                .await
                .expect("reads")
                .map(|grant| grant.user_role)
        };
        assert_eq!(role().await, Some(None));
        let tx = test.store.begin().await.expect("a write unit");
        member_insert(&tx, &main, &ana.id, Role::Viewer, now())
            .await
            .expect("joins");
        key_touch(&tx, &key.id, now()).await.expect("writes");
        tx.commit().await.expect("a commit");
        assert_eq!(role().await, Some(Some(Role::Viewer)));
        assert_eq!(key_get(db, &other, &key.id).await.expect("reads"), None);
        let listed = key_list(db, &main, &Page::default()).await.expect("lists");
        assert_eq!(listed.items.len(), 1);
        assert_eq!(listed.items[0].last_used, Some(now()));

        let tx = test.store.begin().await.expect("a write unit");
        assert!(
            !key_revoke(&tx, &other, &key.id, now())
                .await
                .expect("finds none")
        );
        assert_eq!(
            key_revoke_all(&tx, &main, &ana.id, now())
                .await
                .expect("revokes"),
            1
        );
        assert!(
            !key_revoke(&tx, &main, &key.id, now())
                .await
                .expect("is revoked")
        );
        tx.commit().await.expect("a commit");
        assert_eq!(role().await, None);
    })
    .await;
}
