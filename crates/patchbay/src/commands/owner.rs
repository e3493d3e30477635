//! `patchbay owner create`: the first owner and project without a browser.

use std::process::ExitCode;

use anyhow::{Context, bail};
use patchbay_access::NewOwner;
use serde_json::json;

use crate::{cli::OwnerCreateArgs, data};

/// Makes the owner and the first project.
pub(crate) async fn create(args: OwnerCreateArgs) -> anyhow::Result<ExitCode> {
    let opened = data::open(&args.data, 2).await?;
    let access = opened.access("")?;
    let password = password()?;
    let (user, project) = access
        .owner_create(NewOwner {
            name: args.name,
            email: args.email,
            password,
            project_name: Some(args.project_name),
        })
        .await?;
    opened.store.close().await?;
    if args.json {
        println!(
            "{}",
            json!({"user": {"id": user}, "project": {"id": project}})
        );
    } else {
        println!("Owner {user} and project {project} are there. Start the server: patchbay serve");
    }
    Ok(ExitCode::SUCCESS)
}

fn password() -> anyhow::Result<String> {
    if let Ok(password) = std::env::var("PATCHBAY_OWNER_PASSWORD") {
        return Ok(password);
    }
    let first = rpassword::prompt_password("Password: ")
        .context("no password: set PATCHBAY_OWNER_PASSWORD or run this in a terminal")?;
    let second = rpassword::prompt_password("Again: ").context("the password was not repeated")?;
    if first != second {
        bail!("the two passwords differ; nothing was made");
    }
    Ok(first)
}
