//! Who is given what: offers, groups, and why agents are away.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Routing. Groups themselves are made in the workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RoutingConfig {
    /// An agent who is asked about a conversation has this long to answer.
    pub offer_s: u64,
    /// Who declined or missed one is not asked about it again before this.
    pub offer_again_s: u64,
    /// Offers in a row that an agent may leave unanswered before they are taken to be away.
    pub offers_missed_max: u32,
    /// Groups of one tenant.
    pub groups_max: usize,
    /// Places in queues announced at once; the rest is said the next time.
    pub announcements_max: usize,
    /// Reasons that an agent may give for being away.
    pub away_reasons: Vec<String>,
}

impl Default for RoutingConfig {
    fn default() -> Self {
        Self {
            offer_s: 20,
            offer_again_s: 60,
            offers_missed_max: 3,
            groups_max: 200,
            announcements_max: 500,
            away_reasons: ["小休", "用餐", "会议", "培训"].map(String::from).to_vec(),
        }
    }
}
