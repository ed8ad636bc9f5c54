//! Tags on their way to the store.

use kefu_types::{ConversationId, TenantId};

/// Tags that come and go. Refused as a whole when too many would stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagChange {
    /// Whose.
    pub tenant: TenantId,
    /// Where.
    pub conversation: ConversationId,
    /// What comes; what is there already stays.
    pub add: Vec<String>,
    /// What goes, after the others came; what is not there is fine.
    pub remove: Vec<String>,
    /// Tags that one conversation may have.
    pub tags_max: usize,
}

impl TagChange {
    /// The tags after it, sorted; none when they would be too many.
    #[must_use]
    pub fn after(&self, before: impl IntoIterator<Item = String>) -> Option<Vec<String>> {
        let mut tags: std::collections::BTreeSet<String> = before.into_iter().collect();
        tags.extend(self.add.iter().cloned());
        tags.retain(|tag| !self.remove.contains(tag));
        (tags.len() <= self.tags_max).then(|| tags.into_iter().collect())
    }
}
