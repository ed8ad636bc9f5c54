//! For PostgreSQL: a `tsvector` and a `tsquery` in their text form, made of our terms.
//!
//! PostgreSQL keeps 256 positions of a term in one text: where a pair stands oftener, a phrase
//! that has it is found only up to there.

use std::fmt::Write as _;

use kefu_proto::v1;
use kefu_text::search::{Phrase, Query};
use kefu_types::{ConversationId, TenantId};

use super::{conditions, each};

/// What is cast to `tsvector`; none when there is nothing to find the message by.
pub(crate) fn vector_document(tenant: TenantId, message: &v1::Message) -> Option<String> {
    let mut document = String::new();
    let mut position = 0_usize;
    let any = each(tenant, message, |key, term| {
        position += 1;
        // Writing to a String does not fail.
        let _ = write!(document, "'{key}{term}':{position} ");
    });
    any.then_some(document)
}

/// What is cast to `tsquery`; none for a query that asks for nothing.
pub(crate) fn vector_query(
    tenant: TenantId,
    query: &Query,
    conversation: Option<ConversationId>,
) -> Option<String> {
    let mark = |mark: &str| format!("'{mark}'");
    conditions((tenant, query), conversation, mark, joined).map(|all| all.join(" & "))
}

fn joined(key: &str, phrase: &Phrase) -> String {
    let terms = phrase.terms.iter().map(|term| format!("'{key}{term}'"));
    let terms = terms.collect::<Vec<_>>().join(" <-> ");
    let open = if phrase.open { ":*" } else { "" };
    format!("({terms}{open})")
}

#[cfg(test)]
mod tests {
    use kefu_text::search::Query;
    use kefu_types::{ConversationId, TenantId};

    use super::vector_query;

    #[test]
    fn a_query_names_its_tenant_in_every_term() {
        let query = Query::of("退货 \"a-b\" &");
        let place = Some(ConversationId(32));
        assert_eq!(
            vector_query(TenantId(1), &query, place).as_deref(),
            Some(
                "'0000000000001\u{E000}0000000000010' & ('0000000000001退货') & \
                 ('0000000000001a' <-> '0000000000001b')"
            )
        );
        assert_eq!(
            vector_query(TenantId(1), &Query::of("退"), None).as_deref(),
            Some("('0000000000001退':*)")
        );
        assert_eq!(vector_query(TenantId(1), &Query::of("&"), place), None);
    }
}
