//! Counts of proposed replies, and pages that visitors were on.

use std::collections::BTreeMap;

use kefu_proto::v1;
use kefu_types::{TenantId, VisitorId};

use crate::assist::day_of;

/// What an intent proposed on a UTC day, since it was last counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedCount {
    /// Whose.
    pub tenant: TenantId,
    /// Days since 1970-01-01.
    pub day: i64,
    /// Which intent.
    pub intent: String,
    /// How often.
    pub count: u64,
}

/// A visitor was on a page. The visitor's oldest pages go beyond `pages_max`.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPage {
    /// Whose.
    pub tenant: TenantId,
    /// Who.
    pub visitor: VisitorId,
    /// Whole.
    pub page: v1::PageSeen,
    /// Pages that stay.
    pub pages_max: u32,
}

/// What messages say about proposals that were taken: how often, and how often edited, by tenant,
/// UTC day and intent, in the order in which every store writes them.
#[must_use]
pub fn taken_in<'a>(
    messages: impl Iterator<Item = (TenantId, &'a v1::Message)>,
) -> BTreeMap<(TenantId, i64, String), (u64, u64)> {
    let mut counts = BTreeMap::new();
    for (tenant, message) in messages {
        let assist = message.trace.as_ref().and_then(|it| it.assist.as_ref());
        let Some(assist) = assist else { continue };
        let day = day_of(message.created_at_ms);
        let row: &mut (u64, u64) = counts
            .entry((tenant, day, assist.intent.clone()))
            .or_default();
        row.0 += 1;
        row.1 += u64::from(assist.edited);
    }
    counts
}
