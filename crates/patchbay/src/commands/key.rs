//! `patchbay key create`: an API key without a browser.

use std::process::ExitCode;

use serde_json::json;

use crate::{cli::KeyCreateArgs, data};

/// Makes the key and prints it, once.
pub(crate) async fn create(args: KeyCreateArgs) -> anyhow::Result<ExitCode> {
    let opened = data::open(&args.data, 2).await?;
    let access = opened.access("")?;
    let made = access
        .key_create_by_operator(&args.project, &args.name, args.scope)
        .await?;
    opened.store.close().await?;
    if args.json {
        println!("{}", json!({"id": made.view.key.id, "key": made.secret}));
    } else {
        println!("{}", made.secret);
        eprintln!("This is the only time the key is shown.");
    }
    Ok(ExitCode::SUCCESS)
}
