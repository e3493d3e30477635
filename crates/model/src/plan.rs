//! The workspace's plan and what it limits.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// What the workspace is on. A self-hosted installation is `Enterprise` unless its owner sets another.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Plan {
    /// One user, one project.
    Free,
    /// One user, one project.
    Pro,
    /// Ten members, five projects, thirty days of audit log.
    Team,
    /// No limits, one year of audit log.
    #[default]
    Enterprise,
}

/// The numbers of a plan; `None` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanLimits {
    /// Projects in the workspace.
    pub projects: Option<u32>,
    /// People in the workspace.
    pub members: Option<u32>,
    /// Days that audit entries can be read back.
    pub audit_days: u32,
}

impl Plan {
    /// The word as it stands in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Pro => "pro",
            Self::Team => "team",
            Self::Enterprise => "enterprise",
        }
    }

    /// What the plan limits.
    pub const fn limits(self) -> PlanLimits {
        match self {
            Self::Free | Self::Pro => PlanLimits {
                projects: Some(1),
                members: Some(1),
                audit_days: 30,
            },
            Self::Team => PlanLimits {
                projects: Some(5),
                members: Some(10),
                audit_days: 30,
            },
            Self::Enterprise => PlanLimits {
                projects: None,
                members: None,
                audit_days: 365,
            },
        }
    }

    /// Whether connections belong to the whole project (requirement T1) rather than to their creator alone.
    pub const fn shares_connections(self) -> bool {
        matches!(self, Self::Team | Self::Enterprise)
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Plan {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "free" => Ok(Self::Free),
            "pro" => Ok(Self::Pro),
            "team" => Ok(Self::Team),
            "enterprise" => Ok(Self::Enterprise),
            other => Err(format!(
                "`{other}` is no plan; use free, pro, team or enterprise"
            )),
        }
    }
}
