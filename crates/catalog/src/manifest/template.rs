//! Templates as manifest fields: kept as written, compiled at first use.

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

use patchbay_expr::{Engine, ExprError, Scope, Template, ValueTemplate};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

macro_rules! text_template {
    ($(#[$doc:meta])* $name:ident, $engine:expr, $description:literal) => {
        $(#[$doc])*
        pub struct $name {
            source: String,
            compiled: OnceLock<Template>,
        }

        impl $name {
            /// A template of this source; read when first used.
            pub fn new(source: impl Into<String>) -> Self {
                Self { source: source.into(), compiled: OnceLock::new() }
            }

            /// As written in the manifest.
            pub fn source(&self) -> &str {
                &self.source
            }

            /// The compiled template.
            pub fn template(&self) -> Result<&Template, ExprError> {
                if let Some(done) = self.compiled.get() {
                    return Ok(done);
                }
                let compiled = $engine.compile(&self.source)?;
                Ok(self.compiled.get_or_init(|| compiled))
            }
        }

        impl Clone for $name {
            fn clone(&self) -> Self {
                Self::new(self.source.clone())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.source.fmt(f)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(Self::new)
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "string", "description": $description})
            }
        }
    };
}

/// Reads either one word or a map, keeping the place of a mistake in either.
macro_rules! word_or_map {
    ($name:ident, $expecting:literal, $word:ty, $parts:ty, |$w:ident| $of_word:expr, |$p:ident| $of_parts:expr) => {
        impl $name {
            fn of_word($w: $word) -> Self {
                $of_word
            }
            fn of_parts($p: $parts) -> Self {
                $of_parts
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Either;

                impl<'de> Visitor<'de> for Either {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expecting)
                    }

                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        let word: StrDeserializer<'_, E> = text.into_deserializer();
                        <$word>::deserialize(word).map($name::of_word)
                    }

                    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<$name, A::Error> {
                        <$parts>::deserialize(MapAccessDeserializer::new(map)).map($name::of_parts)
                    }
                }

                deserializer.deserialize_any(Either)
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let word = generator.subschema_for::<$word>();
                let parts = generator.subschema_for::<$parts>();
                json_schema!({"anyOf": [word, parts]})
            }
        }
    };
}
pub(super) use word_or_map;

text_template!(
    /// Text to be sent: every value it uses must be there.
    Text,
    Engine::new(),
    "Text with {{ expressions }}."
);
text_template!(
    /// A look into an answer: whatever is missing reads as null.
    Probe,
    Engine::lenient(),
    "An {{ expression }} on the answer; missing values read as null."
);

impl Text {
    /// Renders to text.
    pub fn render(&self, scope: &Scope) -> Result<String, ExprError> {
        self.template()?.render_str(scope)
    }
}

impl Probe {
    /// Renders to a value; a value that cannot be made is null.
    pub fn value(&self, scope: &Scope) -> Json {
        self.template()
            .and_then(|t| t.render(scope))
            .unwrap_or_default()
    }

    /// Whether it holds; what cannot be evaluated does not.
    pub fn holds(&self, scope: &Scope) -> bool {
        self.template()
            .and_then(|t| t.is_true(scope))
            .unwrap_or(false)
    }

    /// Renders to text for people; `None` when there is nothing to show.
    pub fn text(&self, scope: &Scope) -> Option<String> {
        let text = self
            .template()
            .and_then(|t| t.render_str(scope))
            .ok()?
            .trim()
            .to_owned();
        (!text.is_empty()).then_some(text)
    }
}

/// A value of any shape whose strings are templates.
pub struct Tree {
    source: Json,
    compiled: OnceLock<ValueTemplate>,
}

impl Tree {
    /// A tree of this source; read when first used.
    pub fn new(source: Json) -> Self {
        Self {
            source,
            compiled: OnceLock::new(),
        }
    }

    /// As written in the manifest.
    pub fn source(&self) -> &Json {
        &self.source
    }

    /// The compiled tree.
    pub fn template(&self) -> Result<&ValueTemplate, ExprError> {
        if let Some(done) = self.compiled.get() {
            return Ok(done);
        }
        let compiled = Engine::new().compile_value(&self.source)?;
        Ok(self.compiled.get_or_init(|| compiled))
    }

    /// Renders, leaving out optional values that were not given.
    pub fn render(&self, scope: &Scope) -> Result<Option<Json>, ExprError> {
        self.template()?.render_omitting(scope)
    }
}

impl Clone for Tree {
    fn clone(&self) -> Self {
        Self::new(self.source.clone())
    }
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Json::deserialize(deserializer).map(Self::new)
    }
}

impl JsonSchema for Tree {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Tree".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"description": "Any value; strings in it are templates."})
    }
}
