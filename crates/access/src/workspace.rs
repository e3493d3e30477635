//! The workspace's name and plan, which only its owner changes.

use patchbay_model::{Code, Plan, Problem};
use patchbay_store::{
    audit::AuditSubject,
    people::{Workspace, workspace_get, workspace_lock, workspace_update},
};

use crate::{Access, AccessResult, Person, check, login::own_entry};

impl Access {
    pub(crate) async fn workspace(&self) -> AccessResult<Workspace> {
        workspace_get(self.store().reader()).await?.ok_or_else(|| {
            tracing::error!("the workspace's row is missing");
            Problem::internal()
        })
    }

    /// The workspace's plan. Rooms that depend on it (who sees a connection) ask each time.
    pub async fn plan(&self) -> AccessResult<Plan> {
        Ok(self.workspace().await?.plan)
    }

    /// The workspace, for its owner.
    pub async fn workspace_view(&self, person: &Person) -> AccessResult<Workspace> {
        owner_only(person)?;
        self.workspace().await
    }

    /// Gives the workspace another name or plan. A smaller plan takes nothing away that is there; it lets nothing more in.
    pub async fn workspace_change(
        &self,
        person: &Person,
        name: Option<&str>,
        plan: Option<Plan>,
    ) -> AccessResult<Workspace> {
        owner_only(person)?;
        let name = name.map(|name| check::name("name", name)).transpose()?;
        let tx = self.store().begin().await?;
        let before = workspace_lock(&tx).await?;
        let after = Workspace {
            name: name.unwrap_or_else(|| before.name.clone()),
            plan: plan.unwrap_or(before.plan),
            ..before.clone()
        };
        workspace_update(&tx, &after.name, after.plan).await?;
        let mut entry = own_entry(person, "workspace.update");
        entry.subject = AuditSubject::new("workspace", &after.instance_id, after.name.clone());
        entry.details = serde_json::json!({
            "name": { "from": before.name, "to": after.name },
            "plan": { "from": before.plan, "to": after.plan },
        });
        self.audit_append(&tx, &entry).await?;
        tx.commit().await?;
        Ok(after)
    }
}

fn owner_only(person: &Person) -> AccessResult<()> {
    if person.is_owner {
        return Ok(());
    }
    Err(Problem::new(
        Code::Forbidden,
        "Only the workspace's owner can see and change its settings.",
    ))
}
