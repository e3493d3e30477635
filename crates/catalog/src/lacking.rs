//! What a manifest without mistakes still lacks for people who do not know the app.

use crate::app::App;

/// What reviewers would ask for before the app joins the catalog, a sentence each. `has_icon` tells whether there is a
/// drawing for it.
pub fn lacking(app: &App, has_icon: bool) -> Vec<String> {
    let mut out = Vec::new();
    if !has_icon && app.brand_color.is_none() {
        out.push(format!(
            "give it an icon at icons/{}.svg, or a `brand_color` for its letters",
            app.slug
        ));
    }
    if app.description.is_empty() {
        out.push("say in `description` what the app is for".to_owned());
    }
    if app.verify.is_none() {
        out.push("give it `verify`, so that a wrong key is found when it is entered".to_owned());
    }
    if app.actions.is_empty() {
        out.push("give it an action, if only `api_request`".to_owned());
    }
    for action in app.actions.values() {
        let properties = action.input.schema()["properties"].as_object();
        for (name, property) in properties.into_iter().flatten() {
            if !property["title"].is_string() {
                out.push(format!("give {name} of {} a `title`", action.key));
            }
        }
    }
    for method in &app.auth {
        for field in method.fields.iter().filter(|field| field.secret) {
            let is_known = matches!(field.name.as_str(), "password" | "client_secret");
            if field.help.is_none() && !is_known {
                out.push(format!("say in `help` where to find {}", field.name));
            }
        }
    }
    out
}
