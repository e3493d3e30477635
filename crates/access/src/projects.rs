//! Projects.

use std::collections::HashMap;

use patchbay_model::{Actor, Code, Problem, ProjectId, Right, Role};
use patchbay_store::{
    Page, Paged, StoreError,
    audit::{AuditSubject, NewAuditEntry},
    connections::connections_total,
    people::{
        Project, member_counts, member_insert, project_by_name, project_count, project_delete,
        project_get, project_insert, project_list, project_list_all, project_lock, project_rename,
        workspace_lock,
    },
};

use crate::{
    Access, AccessResult, Person, authenticate::project_not_found, check, limits, person_actor,
    project_entry,
};

/// A project as somebody in it sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectView {
    /// The project.
    pub project: Project,
    /// What they are in it.
    pub role: Role,
    /// How many people are in it.
    pub member_count: u64,
    /// How many connections it has.
    pub connection_count: u64,
}

fn name_taken(error: StoreError) -> Problem {
    match error {
        StoreError::Duplicate => Problem::new(
            Code::NameTaken,
            "Another project has this name. Choose another one.",
        ),
        other => other.into(),
    }
}

fn subject(project: &Project) -> AuditSubject {
    AuditSubject::new("project", &project.id, project.name.clone())
}

impl Access {
    /// The projects a person is in, by name; all there are for the owner.
    pub async fn project_list(
        &self,
        person: &Person,
        page: &Page,
    ) -> AccessResult<Paged<ProjectView>> {
        let db = self.store().reader();
        let rows = project_list(db, &person.id, !person.is_owner, page).await?;
        let ids: Vec<ProjectId> = rows.items.iter().map(|(row, _)| row.id.clone()).collect();
        let counts = member_counts(db, &ids).await?;
        let mut connections = HashMap::new();
        for id in ids {
            let total = connections_total(db, &id).await?;
            connections.insert(id, total);
        }
        Ok(rows.map(|(project, role)| ProjectView {
            role: present_role(person, role),
            member_count: counts.get(&project.id).copied().unwrap_or(0),
            connection_count: connections.get(&project.id).copied().unwrap_or(0),
            project,
        }))
    }

    pub(crate) async fn project_list_all(
        &self,
        person: &Person,
    ) -> AccessResult<Vec<(Project, Role)>> {
        let rows = project_list_all(self.store().reader(), &person.id, !person.is_owner).await?;
        Ok(rows
            .into_iter()
            .map(|(project, role)| (project, present_role(person, role)))
            .collect())
    }

    /// The actor's project.
    pub async fn project_view(&self, actor: &Actor) -> AccessResult<ProjectView> {
        actor.require(Right::ProjectView)?;
        let db = self.store().reader();
        let project = project_get(db, &actor.project)
            .await?
            .ok_or_else(project_not_found)?;
        let counts = member_counts(db, std::slice::from_ref(&project.id)).await?;
        Ok(ProjectView {
            role: actor.role,
            member_count: counts.get(&project.id).copied().unwrap_or(0),
            connection_count: connections_total(db, &project.id).await?,
            project,
        })
    }

    /// The project of this id or name, for the operator at the command line.
    pub async fn project_find(&self, id_or_name: &str) -> AccessResult<Project> {
        let db = self.store().reader();
        let found = match id_or_name.parse::<ProjectId>() {
            Ok(id) => project_get(db, &id).await?,
            Err(_) => project_by_name(db, id_or_name).await?,
        };
        found.ok_or_else(project_not_found)
    }

    /// Makes a project with the person as its admin.
    ///
    /// # Errors
    /// `FORBIDDEN` for somebody who is admin nowhere, `PLAN_LIMIT`, `NAME_TAKEN`, `VALIDATION_FAILED`.
    pub async fn project_create(&self, person: &Person, name: &str) -> AccessResult<ProjectView> {
        let admin = person.is_owner
            || self
                .project_list_all(person)
                .await?
                .iter()
                .any(|(_, role)| *role == Role::Admin);
        if !admin {
            return Err(Problem::new(
                Code::Forbidden,
                "Only the workspace's owner and admins of a project can make projects. Ask one of them.",
            ));
        }
        let now = self.now();
        let project = Project {
            id: ProjectId::new(),
            name: check::name("name", name)?,
            created: now,
        };
        let tx = self.store().begin().await?;
        let plan = workspace_lock(&tx).await?.plan;
        let present = project_count(&*tx).await?;
        limits::room(plan, plan.limits().projects, present, "project", "projects")?;
        project_insert(&tx, &project).await.map_err(name_taken)?;
        member_insert(&tx, &project.id, &person.id, Role::Admin, now).await?;
        let by = person_actor(&person.id, &person.name);
        let entry = project_entry(&project.id, by, "project.create", subject(&project));
        self.audit_append(&tx, &entry).await?;
        tx.commit().await?;
        Ok(ProjectView {
            project,
            role: Role::Admin,
            member_count: 1,
            connection_count: 0,
        })
    }

    /// Gives the actor's project another name.
    ///
    /// # Errors
    /// `NAME_TAKEN`, `VALIDATION_FAILED`.
    pub async fn project_change(&self, actor: &Actor, name: &str) -> AccessResult<ProjectView> {
        actor.require(Right::ProjectUpdate)?;
        let name = check::name("name", name)?;
        let tx = self.store().begin().await?;
        let before = project_lock(&tx, &actor.project)
            .await?
            .ok_or_else(project_not_found)?;
        project_rename(&tx, &before.id, &name)
            .await
            .map_err(name_taken)?;
        let entry = NewAuditEntry::new(actor, "project.rename", subject(&before))
            .details(serde_json::json!({ "from": before.name, "to": name }));
        self.audit_append(&tx, &entry).await?;
        tx.commit().await?;
        self.project_view(actor).await
    }

    /// Deletes the actor's project: nobody gets into it any more, its keys and flows stop.
    ///
    /// # Errors
    /// `CONFIRMATION_NEEDED` unless `confirm` is its name.
    pub async fn project_remove(&self, actor: &Actor, confirm: Option<&str>) -> AccessResult<()> {
        actor.require(Right::ProjectDelete)?;
        let tx = self.store().begin().await?;
        let project = project_lock(&tx, &actor.project)
            .await?
            .ok_or_else(project_not_found)?;
        if confirm != Some(project.name.as_str()) {
            return Err(Problem::new(
                Code::ConfirmationNeeded,
                format!(
                    "Deleting the project deletes its connections, flows and runs. Repeat with ?confirm= and its name, “{}”.",
                    project.name
                ),
            ));
        }
        project_delete(&tx, &project.id, self.now()).await?;
        let entry = NewAuditEntry::new(actor, "project.delete", subject(&project));
        self.audit_append(&tx, &entry).await?;
        Ok(tx.commit().await?)
    }
}

/// What a person is in a project of their list.
fn present_role(person: &Person, own: Option<Role>) -> Role {
    if person.is_owner {
        return Role::Admin;
    }
    own.unwrap_or(Role::Viewer)
}
