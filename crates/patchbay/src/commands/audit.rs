//! `patchbay audit verify`: whether the audit log is as it was written.

use std::process::ExitCode;

use patchbay_store::audit::{self, AUDIT_KEY_LABEL, AuditFault, AuditKey};
use serde_json::{Value, json};

use crate::{
    cli::AuditArgs,
    data,
    print::{self, plain},
};

/// Goes through every chain, as of one moment; also beside a running server.
pub(crate) async fn verify(args: AuditArgs) -> anyhow::Result<ExitCode> {
    let store = data::attach(&args.data).await?;
    let vault = data::vault_attach(&store, &args.data).await?;
    let key = |version: u16| {
        let derived = vault.derive_at(version, AUDIT_KEY_LABEL).ok()?;
        Some(AuditKey::new(version, derived.expose()))
    };
    let snapshot = store.snapshot().await?;
    let mut entries = 0;
    let mut faults = Vec::new();
    let chains = audit::chains(&*snapshot).await?;
    let count = chains.len();
    for project in chains {
        let report = audit::verify(&*snapshot, project.as_ref(), key).await?;
        entries += report.entries;
        let chain = project.map(|project| project.to_string());
        faults.extend(
            report
                .faults
                .into_iter()
                .map(|fault| (chain.clone(), fault)),
        );
    }
    snapshot.rollback().await?;
    store.close().await?;

    let good = faults.is_empty();
    if args.json {
        let faults: Vec<Value> = faults
            .iter()
            .map(|(project, fault)| json!({"project": project, "problem": fault.to_string(), "seq": place(fault)}))
            .collect();
        print::json(&json!({"ok": good, "entries": entries, "chains": count, "faults": faults}));
    } else if let Some((project, fault)) = faults.first() {
        let chain = match project {
            Some(project) => format!("project {}", plain(project)),
            None => "the workspace".to_owned(),
        };
        eprintln!("patchbay: the audit log of {chain} is not as it was written: {fault}");
        if faults.len() > 1 {
            eprintln!(
                "patchbay: {} more places are wrong; --json names them all",
                faults.len() - 1
            );
        }
    } else {
        print::line(format!(
            "The audit log is as it was written: {entries} entries in {count} chains (each project's, and the workspace's)."
        ));
    }
    Ok(if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn place(fault: &AuditFault) -> Option<i64> {
    match fault {
        AuditFault::Altered { seq } | AuditFault::KeyUnknown { seq, .. } => Some(*seq),
        AuditFault::Missing { from, .. } => Some(*from),
        AuditFault::HeadAltered => None,
    }
}
