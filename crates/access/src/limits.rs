//! What the workspace's plan lets through.

use patchbay_model::{Code, Plan, Problem};

use crate::AccessResult;

/// Refuses one more when the plan's limit is reached.
pub(crate) fn room(
    plan: Plan,
    limit: Option<u32>,
    present: u64,
    one: &str,
    many: &str,
) -> AccessResult<()> {
    let Some(limit) = limit else {
        return Ok(());
    };
    if present < u64::from(limit) {
        return Ok(());
    }
    let things = if limit == 1 { one } else { many };
    Err(Problem::new(
        Code::PlanLimit,
        format!(
            "The {plan} plan has room for {limit} {things}. The workspace's owner can change the plan in Settings."
        ),
    )
    .with_details(serde_json::json!({ "plan": plan, "limit": limit, "present": present })))
}
