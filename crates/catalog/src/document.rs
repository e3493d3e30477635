//! Pages about apps for people, in Markdown: how to connect each, what it can do.

use std::fmt::Write as _;

use serde_json::Value as Json;

use crate::app::App;
use crate::auth::{AuthMethod, OAuth};
use crate::manifest::{Field, Idempotent, Limits, RefreshKind, Setting, TriggerKind};

/// The page of one app.
pub fn page(app: &App) -> String {
    let mut out = String::new();
    let description = inline(&app.description);
    let _ = writeln!(out, "# {}\n\n{description}.\n", inline(&app.name));
    about(app, &mut out);
    let _ = writeln!(out, "## Connect\n");
    for method in &app.auth {
        method_section(app, method, &mut out);
    }
    settings(app, &mut out);
    if !app.actions.is_empty() {
        let _ = writeln!(out, "## Actions\n");
        for action in app.actions.values() {
            let _ = writeln!(out, "### {}\n", inline(&action.title));
            let twice = match action.idempotent {
                Idempotent::Yes => "Sent twice it has the effect of once.".to_owned(),
                Idempotent::Header => format!(
                    "It carries `{}`, so that a repeated step happens once.",
                    app.idempotency_header
                ),
                Idempotent::No => "Sent twice it happens twice.".to_owned(),
            };
            let what = sentence(action.description.as_deref());
            let _ = writeln!(out, "`{}`{what} {twice}\n", action.key);
            inputs(action.input.schema(), &mut out);
        }
    }
    if !app.triggers.is_empty() {
        let _ = writeln!(out, "## Triggers\n");
        for trigger in app.triggers.values() {
            let _ = writeln!(out, "### {}\n", inline(&trigger.title));
            let kind = match trigger.kind {
                TriggerKind::Poll => "Patchbay asks now and then.",
                TriggerKind::Webhook => "The app calls Patchbay.",
            };
            let what = sentence(trigger.description.as_deref());
            let _ = writeln!(out, "`{}`{what} {kind}\n", trigger.key);
            inputs(trigger.input.schema(), &mut out);
        }
    }
    let _ = writeln!(
        out,
        "---\n\nMade from [`apps/{0}.yaml`](../../apps/{0}.yaml). `patchbay apps dry-run {0}` shows the requests.",
        app.slug
    );
    out
}

/// The page that lists them, in the order given.
pub fn index<'a>(apps: impl Iterator<Item = &'a App>) -> String {
    let mut rows = String::new();
    let mut count = 0;
    for app in apps {
        count += 1;
        let ways: Vec<String> = app
            .auth
            .iter()
            .map(|method| inline(&method.title))
            .collect();
        let _ = writeln!(
            rows,
            "| [{}]({}.md) | {} | {} | {} | {} |",
            cell(&app.name),
            app.slug,
            app.category.as_str(),
            cell(&ways.join(", ")),
            app.actions.len(),
            app.triggers.len()
        );
    }
    format!(
        "# Apps\n\n{count} apps, with how to connect each and what it can do. Add one in ten minutes: see \
         [CONTRIBUTING.md](../../CONTRIBUTING.md#add-an-app-in-ten-minutes-without-rust). Where apps differ from the \
         standards: [quirks](quirks.md).\n\n\
         | app | category | connect by | actions | triggers |\n|---|---|---|---|---|\n{rows}"
    )
}

fn about(app: &App, out: &mut String) {
    let hosts: Vec<String> = app.host_templates().map(code).collect();
    let _ = writeln!(
        out,
        "| | |\n|---|---|\n| Category | {} |",
        app.category.as_str()
    );
    let _ = writeln!(
        out,
        "| Credentials go to | {} |",
        hosts.join(", ").replace('|', "\\|")
    );
    if let Some(limits) = limits(app.limits) {
        let _ = writeln!(out, "| Requests from one connection | {limits} |");
    }
    if let Some(url) = &app.docs_url {
        let _ = writeln!(out, "| API documentation | <{url}> |");
    }
    out.push('\n');
}

fn limits(limits: Option<Limits>) -> Option<String> {
    let limits = limits?;
    let parts: Vec<String> = [
        limits.requests_per_second.map(|n| format!("{n} a second")),
        limits.requests_per_minute.map(|n| format!("{n} a minute")),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| format!("at most {}", parts.join(" and ")))
}

fn method_section(app: &App, method: &AuthMethod, out: &mut String) {
    let _ = writeln!(out, "### {}\n", inline(&method.title));
    match &method.oauth {
        Some(oauth) if oauth.authorize_url.is_some() => client_setup(app, oauth, out),
        Some(oauth) => {
            let _ = writeln!(
                out,
                "`{}`. The client signs in by itself, without a person.\n",
                method.id
            );
            setup_help(oauth, out);
            scopes(oauth, out);
        }
        None => {
            let _ = writeln!(
                out,
                "`{}`. Patchbay asks {} whether it is right before it is kept.\n",
                method.id,
                inline(&app.name)
            );
        }
    }
    particulars(app, method, out);
    if method.fields.is_empty() {
        return;
    }
    let _ = writeln!(out, "| field | | where to find it |\n|---|---|---|");
    for field in &method.fields {
        let _ = writeln!(
            out,
            "| {} | {} | {} |",
            cell(&field.title),
            kind(field),
            found(field)
        );
    }
    out.push('\n');
}

/// Where a method differs from the rest of its app: hosts, and what is asked besides.
fn particulars(app: &App, method: &AuthMethod, out: &mut String) {
    if let Some(hosts) = &method.hosts {
        let hosts: Vec<String> = hosts.iter().map(|host| code(host.source())).collect();
        let _ = writeln!(out, "Its credentials go to {}.\n", hosts.join(", "));
    }
    if method.settings.is_some() && !app.settings.is_empty() {
        let asked: Vec<String> = app.settings_of(method).map(|s| inline(&s.title)).collect();
        let asked = if asked.is_empty() {
            "nothing".to_owned()
        } else {
            asked.join(", ")
        };
        let _ = writeln!(out, "Asked besides (see below): {asked}.\n");
    }
}

fn kind(field: &Field) -> &'static str {
    match (field.secret, field.required) {
        (true, true) => "secret",
        (true, false) => "secret, optional",
        (false, true) => "",
        (false, false) => "optional",
    }
}

fn found(field: &Field) -> String {
    let help = field.help.as_deref().map(cell).unwrap_or_default();
    match &field.help_url {
        Some(url) if help.is_empty() => format!("<{}>", cell_url(url)),
        Some(url) => format!("{help}: <{}>", cell_url(url)),
        None => help,
    }
}

/// A URL as it may stand between angle brackets in a table.
fn cell_url(url: &str) -> String {
    url.replace('|', "%7C")
        .replace('<', "%3C")
        .replace('>', "%3E")
}

fn client_setup(app: &App, oauth: &OAuth, out: &mut String) {
    let _ = writeln!(
        out,
        "In a browser window of {}. An admin registers an OAuth client once:\n",
        inline(&app.name)
    );
    setup_help(oauth, out);
    let _ = writeln!(
        out,
        "- Redirect URI: `<public URL>/oauth/callback/{}`, to the letter.",
        app.slug
    );
    let _ = writeln!(
        out,
        "- Enter client id and secret in Patchbay under Settings → OAuth clients."
    );
    scopes(oauth, out);
    let renewal = match oauth.refresh {
        RefreshKind::Rotates => {
            "Tokens are renewed without anybody noticing; each renewal brings a new refresh token."
        }
        RefreshKind::None => {
            "Tokens cannot be renewed: when one expires, the connection asks for Reconnect."
        }
        RefreshKind::Static => "Tokens are renewed without anybody noticing.",
    };
    let _ = writeln!(out, "{renewal}\n");
}

fn setup_help(oauth: &OAuth, out: &mut String) {
    if let Some(url) = &oauth.setup_url {
        let _ = writeln!(out, "- Where: <{url}>");
    }
    if let Some(help) = &oauth.setup_help {
        let _ = writeln!(out, "- What to do there: {}", inline(help));
    }
}

fn scopes(oauth: &OAuth, out: &mut String) {
    let scopes: Vec<String> = oauth
        .scopes
        .iter()
        .map(|scope| code(scope.source()))
        .collect();
    if !scopes.is_empty() {
        let _ = writeln!(out, "- Scopes asked for: {}", scopes.join(", "));
    }
    for (name, value) in &oauth.authorize_params {
        if name.contains("scope") {
            let _ = writeln!(out, "- Asked for as `{name}`: {}", code(value.source()));
        }
    }
    out.push('\n');
}

fn settings(app: &App, out: &mut String) {
    if app.settings.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "### Asked besides\n\n| setting | example | where to find it |\n|---|---|---|"
    );
    for setting in &app.settings {
        let example = setting.example.as_deref().or(setting.default.as_deref());
        let example = example
            .filter(|text| !text.is_empty())
            .map(code)
            .unwrap_or_default();
        let _ = writeln!(
            out,
            "| {} | {} | {} |",
            title(setting),
            example.replace('|', "\\|"),
            setting.help.as_deref().map(cell).unwrap_or_default()
        );
    }
    out.push('\n');
}

fn title(setting: &Setting) -> String {
    let optional = if setting.required { "" } else { " (optional)" };
    format!("{}{optional}", cell(&setting.title))
}

fn inputs(schema: &Json, out: &mut String) {
    let Some(properties) = schema["properties"]
        .as_object()
        .filter(|map| !map.is_empty())
    else {
        return;
    };
    let required: Vec<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect();
    let _ = writeln!(out, "| input | | |\n|---|---|---|");
    for (name, property) in properties {
        let title = property["title"].as_str().unwrap_or(name);
        let needed = if required.contains(&name.as_str()) {
            "required"
        } else {
            ""
        };
        let _ = writeln!(
            out,
            "| {} (`{name}`) | {needed} | {} |",
            cell(title),
            input_kind(property)
        );
    }
    out.push('\n');
}

fn input_kind(property: &Json) -> String {
    let mut parts: Vec<String> = Vec::new();
    if let Some(values) = property["enum"].as_array() {
        let values: Vec<String> = values.iter().filter_map(Json::as_str).map(code).collect();
        parts.push(format!("one of {}", values.join(", ")));
    } else if property["options"].is_string() {
        parts.push("chosen from a list of the app's".to_owned());
    } else {
        let kind = property["type"]
            .as_str()
            .or_else(|| property["type"][0].as_str());
        parts.extend(match (kind, property["format"].as_str()) {
            (_, Some("date-time")) => Some("date and time".to_owned()),
            (_, Some("date")) => Some("date".to_owned()),
            (Some("integer"), _) => Some("whole number".to_owned()),
            (Some("boolean"), _) => Some("yes or no".to_owned()),
            (Some("array"), _) => Some("list".to_owned()),
            (Some(kind @ ("number" | "object")), _) => Some(kind.to_owned()),
            _ => None,
        });
    }
    parts.extend(property["description"].as_str().map(inline));
    parts.join(". ").replace('|', "\\|")
}

/// A description behind a key, as a sentence.
fn sentence(text: Option<&str>) -> String {
    match text.map(inline) {
        None => ".".to_owned(),
        Some(text) => format!(". {}.", text.trim_end_matches('.')),
    }
}

/// Text as Markdown takes it literally, on one line.
fn inline(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.replace('<', "&lt;").replace('*', "\\*");
    text.trim_end_matches('.').to_owned()
}

/// The same in a table.
fn cell(text: &str) -> String {
    inline(text).replace('|', "\\|")
}

fn code(text: &str) -> String {
    if text.contains('`') {
        format!("`` {text} ``")
    } else {
        format!("`{text}`")
    }
}
