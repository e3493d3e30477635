use std::fmt;

use patchbay_model::AuthMethodKind;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::app::App;
use crate::auth::{default_title, method_id, shown_kind};
use crate::check;
use crate::manifest::Category;
use crate::outline;

/// What the list of apps shows of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The app's id.
    pub slug: String,
    /// The app's name.
    pub name: String,
    /// Where it stands in the catalog.
    pub category: Category,
    /// One line on what it is for.
    pub description: String,
    /// Other words for it.
    pub aliases: Vec<String>,
    /// `#rrggbb`.
    pub brand_color: Option<String>,
    /// Ways in, the preferred one first.
    pub auth_methods: Vec<MethodSummary>,
    /// How many actions it has.
    pub action_count: usize,
    /// How many triggers it has.
    pub trigger_count: usize,
}

/// What the list of apps shows of an auth method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MethodSummary {
    /// As [`crate::AuthMethod::id`].
    pub id: String,
    /// The kind of credential.
    pub kind: AuthMethodKind,
    /// What people choose it by.
    pub title: String,
}

impl From<&App> for Summary {
    fn from(app: &App) -> Self {
        Self {
            slug: app.slug.clone(),
            name: app.name.clone(),
            category: app.category,
            description: app.description.clone(),
            aliases: app.aliases.clone(),
            brand_color: app.brand_color.clone(),
            auth_methods: app
                .auth
                .iter()
                .map(|m| MethodSummary {
                    id: m.id.clone(),
                    kind: m.kind,
                    title: m.title.clone(),
                })
                .collect(),
            action_count: app.actions.len(),
            trigger_count: app.triggers.len(),
        }
    }
}

/// The parts of a manifest that a summary needs; the rest is skipped.
#[derive(Deserialize)]
struct Head {
    slug: String,
    name: String,
    category: Category,
    #[serde(default)]
    description: String,
    #[serde(default)]
    aliases: Vec<String>,
    brand_color: Option<String>,
    auth: Vec<MethodOutline>,
    #[serde(default)]
    actions: Count,
    #[serde(default)]
    triggers: Count,
}

#[derive(Deserialize)]
struct MethodOutline {
    method: AuthMethodKind,
    title: Option<String>,
    authorize_url: Option<IgnoredAny>,
}

/// How many entries a map has.
#[derive(Default)]
struct Count(usize);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Counter;

        impl<'de> Visitor<'de> for Counter {
            type Value = Count;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Count, A::Error> {
                let mut count = 0;
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                    count += 1;
                }
                Ok(Count(count))
            }
        }

        deserializer.deserialize_map(Counter)
    }
}

impl Summary {
    /// Reads just the summary out of a manifest.
    pub(crate) fn read(text: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(text).map_err(|e| e.to_string())?;
        // An alias may need an anchor that was cut away; then the whole is read.
        if let Some(cut) = outline::cut(text)
            && let Ok(head) = check::yaml::<Head>(&cut.text)
        {
            return Ok(Self::from_head(head, cut.actions, cut.triggers));
        }
        let head: Head = check::yaml(text).map_err(|e| e.to_string())?;
        let (actions, triggers) = (head.actions.0, head.triggers.0);
        Ok(Self::from_head(head, actions, triggers))
    }

    fn from_head(head: Head, action_count: usize, trigger_count: usize) -> Self {
        let kinds: Vec<AuthMethodKind> = head.auth.iter().map(|m| m.method).collect();
        Self {
            slug: head.slug,
            name: head.name,
            category: head.category,
            description: head.description,
            aliases: head.aliases,
            brand_color: head.brand_color,
            auth_methods: head
                .auth
                .into_iter()
                .enumerate()
                .map(|(index, method)| MethodSummary {
                    id: method_id(&kinds, index),
                    kind: shown_kind(method.method, method.authorize_url.is_some()),
                    title: method
                        .title
                        .unwrap_or_else(|| default_title(method.method).to_owned()),
                })
                .collect(),
            action_count,
            trigger_count,
        }
    }
}
