//! What both databases say of talks that ended.

use kefu_chat::store::StoreError;
use kefu_proto::v1;
use prost::Message as _;

use crate::rows::{Cells, unreadable, unsigned};

/// The newest talks of a conversation of which anything is known. The parameters are tenant,
/// conversation, and how many.
pub(crate) const ENDINGS: &str = "SELECT talk.ended_seq AS ended_seq, ratings.body AS rating, summaries.body AS summary \
    FROM (SELECT tenant_id, conversation_id, ended_seq FROM ratings WHERE tenant_id = $1 AND conversation_id = $2 \
    UNION SELECT tenant_id, conversation_id, ended_seq FROM summaries WHERE tenant_id = $1 AND conversation_id = $2) AS talk \
    LEFT JOIN ratings ON ratings.tenant_id = talk.tenant_id AND ratings.conversation_id = talk.conversation_id \
    AND ratings.ended_seq = talk.ended_seq \
    LEFT JOIN summaries ON summaries.tenant_id = talk.tenant_id AND summaries.conversation_id = talk.conversation_id \
    AND summaries.ended_seq = talk.ended_seq \
    ORDER BY talk.ended_seq DESC LIMIT $3";

/// A row of [`ENDINGS`].
pub(crate) fn ending(row: &impl Cells) -> Result<v1::Ending, StoreError> {
    let summary =
        |bytes: &[u8]| v1::Summary::decode(bytes).map_err(|error| unreadable("summaries", error));
    Ok(v1::Ending {
        ended_seq: unsigned(row.int("ended_seq")?),
        rating: row.maybe_bytes("rating")?.map(rating_of).transpose()?,
        summary: row.maybe_bytes("summary")?.map(summary).transpose()?,
    })
}

/// A rating as it is stored.
pub(crate) fn rating_of(bytes: &[u8]) -> Result<v1::Rating, StoreError> {
    v1::Rating::decode(bytes).map_err(|error| unreadable("ratings", error))
}
