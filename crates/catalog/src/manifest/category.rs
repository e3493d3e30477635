use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! categories {
    ($($name:ident = $text:literal,)*) => {
        /// Where an app stands in the catalog; a closed list.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum Category {
            $(#[doc = $text] #[serde(rename = $text)] $name,)*
        }

        impl Category {
            /// Every category, in order of name.
            pub const ALL: &'static [Category] = &[$(Category::$name,)*];

            /// The word in manifests and in the API.
            pub const fn as_str(self) -> &'static str {
                match self { $(Category::$name => $text,)* }
            }
        }

        impl std::str::FromStr for Category {
            type Err = ();

            fn from_str(text: &str) -> Result<Self, ()> {
                match text { $($text => Ok(Category::$name),)* _ => Err(()) }
            }
        }
    };
}

categories! {
    Accounting = "accounting",
    Ai = "ai",
    Analytics = "analytics",
    Calendar = "calendar",
    Cms = "cms",
    Commerce = "commerce",
    Communication = "communication",
    Community = "community",
    Crm = "crm",
    Database = "database",
    Design = "design",
    Developer = "developer",
    Documents = "documents",
    Email = "email",
    Erp = "erp",
    Forms = "forms",
    Health = "health",
    Hr = "hr",
    Identity = "identity",
    Iot = "iot",
    Marketing = "marketing",
    Payments = "payments",
    Productivity = "productivity",
    Social = "social",
    Storage = "storage",
    Support = "support",
    Video = "video",
}
