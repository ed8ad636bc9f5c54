//! What both databases say of proposed replies and of visitors' pages.

use kefu_chat::store::StoreError;
use kefu_proto::v1;

use crate::rows::{Cells, unsigned};

/// Adds to the counts of one intent on one day. The parameters are tenant, day, intent, and what is
/// added to each count. Written so that both databases take it.
pub(crate) const ADD: &str = "INSERT INTO assist_counts (tenant_id, day, intent, proposed, taken, edited) \
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, day, intent) DO UPDATE SET \
    proposed = assist_counts.proposed + excluded.proposed, taken = assist_counts.taken + excluded.taken, \
    edited = assist_counts.edited + excluded.edited";

/// The parameters are tenant and first day. In an order of our own: databases sort texts as they like.
pub(crate) const COUNTS: &str = "SELECT intent, day, proposed, taken, edited FROM assist_counts \
    WHERE tenant_id = $1 AND day >= $2";

/// The parameters are tenant, visitor, id, time, address, title and where from.
pub(crate) const SEE: &str = "INSERT INTO page_trail (tenant_id, visitor_id, id, seen_at_ms, url, title, referrer) \
    VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// Takes away all but the newest pages. The parameters are tenant, visitor, and how many stay.
pub(crate) const TRIM: &str = "DELETE FROM page_trail WHERE tenant_id = $1 AND visitor_id = $2 AND id NOT IN \
    (SELECT id FROM page_trail WHERE tenant_id = $1 AND visitor_id = $2 ORDER BY id DESC LIMIT $3)";

/// The parameters are tenant, visitor, and how many at most.
pub(crate) const PAGES: &str = "SELECT id, seen_at_ms, url, title, referrer FROM page_trail \
    WHERE tenant_id = $1 AND visitor_id = $2 ORDER BY id DESC LIMIT $3";

/// Rows of [`COUNTS`], by intent, then by day.
pub(crate) fn counts<R: Cells>(rows: &[R]) -> Result<Vec<v1::AssistCount>, StoreError> {
    let count = |row: &R| -> Result<v1::AssistCount, StoreError> {
        Ok(v1::AssistCount {
            intent: row.text("intent")?,
            day: row.int("day")?,
            proposed: unsigned(row.int("proposed")?),
            taken: unsigned(row.int("taken")?),
            edited: unsigned(row.int("edited")?),
        })
    };
    let mut counts = rows.iter().map(count).collect::<Result<Vec<_>, _>>()?;
    counts.sort_by(|a, b| (&a.intent, a.day).cmp(&(&b.intent, b.day)));
    Ok(counts)
}

/// A row of [`PAGES`].
pub(crate) fn page(row: &impl Cells) -> Result<v1::PageSeen, StoreError> {
    Ok(v1::PageSeen {
        url: row.text("url")?,
        title: row.text("title")?,
        referrer: row.text("referrer")?,
        id: unsigned(row.int("id")?),
        seen_at_ms: row.int("seen_at_ms")?,
    })
}
