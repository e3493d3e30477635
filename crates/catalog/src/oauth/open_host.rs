//! Whether whoever connects decides on the host that gets the OAuth client's secret.

use crate::app::App;
use crate::auth::AuthMethod;
use crate::check::authority;
use crate::form_check::is_closed;

impl App {
    /// Whether the host of the token endpoint is whatever the person who connects fills in. A subdomain of a fixed
    /// domain, a choice among fixed words, and a host kept within known domains are the provider's whatever is chosen.
    pub fn token_host_is_open(&self, method: &AuthMethod) -> bool {
        let Some(oauth) = &method.oauth else {
            return false;
        };
        let (authority, _) = authority(oauth.token_url.source());
        let Ok(template) = patchbay_expr::Engine::new().compile(authority) else {
            return true;
        };
        let references = template.references();
        let mut names = references.iter().map(|name| {
            let name = name.strip_prefix("settings.").unwrap_or(name);
            name.split('.').next().unwrap_or(name)
        });
        !names.all(|name| self.is_guarded(method, name)) && !has_fixed_domain(authority)
    }

    fn is_guarded(&self, method: &AuthMethod, name: &str) -> bool {
        let setting = self.settings.iter().find(|setting| setting.name == name);
        match setting.map(|setting| setting.pattern.as_deref()) {
            Some(pattern) => pattern.is_some_and(is_closed),
            None => method
                .kept
                .iter()
                .any(|kept| kept.name == name && !kept.host_within.is_empty()),
        }
    }
}

/// Whether what is filled in ends before a dot with at least two labels behind it that nobody fills in.
fn has_fixed_domain(authority: &str) -> bool {
    let Some((_, domain)) = authority.rsplit_once("}}") else {
        return true;
    };
    let Some(domain) = domain.strip_prefix('.') else {
        return false;
    };
    domain.contains('.') && authority.matches("}}").count() == 1
}

#[cfg(test)]
mod tests {
    use crate::check::check_text;

    const APP: &str = r#"
slug: acme
name: Acme
category: developer
base_url: https://api.acme.example
hosts: [api.acme.example]
settings:
  - {name: any, title: Any, pattern: "[a-z.-]+", example: login.acme.example, required: false}
  - {name: one, title: One, pattern: "acme\\.(com|eu)|acme\\.co\\.uk", example: acme.eu, required: false}
auth:
  - method: oauth2
    authorize_url: https://login.acme.example/authorize
    token_url: "TOKEN"
    callback: {keep: {server: {path: accounts-server, host_within: [acme.com, acme.eu]}}}
"#;

    fn is_open(token_url: &str) -> bool {
        let app = check_text("acme.yaml", &APP.replace("TOKEN", token_url))
            .unwrap_or_else(|problems| panic!("{token_url}: {problems:?}"));
        app.token_host_is_open(&app.auth[0])
    }

    #[test]
    fn s18_open_token_hosts_are_known() {
        for open in [
            "https://{{ settings.any }}/oauth/token",
            "https://{{ settings.any }}.{{ settings.one }}/token",
            "https://{{ settings.any }}.com/token",
            "https://{{ settings.any }}:443/token",
        ] {
            assert!(is_open(open), "{open}");
        }
        for fixed in [
            "https://login.example.com/token",
            "https://{{ settings.any }}.zendesk.com/oauth/tokens",
            "https://login.example.com/{{ settings.any }}/token",
            "https://accounts.{{ settings.one }}/oauth/v2/token",
            "https://{{ settings.server }}/oauth/v2/token",
        ] {
            assert!(!is_open(fixed), "{fixed}");
        }
    }
}
