//! For SQLite's FTS5: terms between spaces, read by its `ascii` tokenizer as they are.

use kefu_proto::v1;
use kefu_text::search::{Phrase, Query};
use kefu_types::{ConversationId, TenantId};

use super::{conditions, each};

/// What FTS5 is given of a message; none when there is nothing to find it by.
pub(crate) fn fts_document(tenant: TenantId, message: &v1::Message) -> Option<String> {
    let mut document = String::new();
    let any = each(tenant, message, |key, term| {
        if !document.is_empty() {
            document.push(' ');
        }
        document.push_str(key);
        document.push_str(term);
    });
    any.then_some(document)
}

/// The right side of `MATCH`; none for a query that asks for nothing.
pub(crate) fn fts_query(
    tenant: TenantId,
    query: &Query,
    conversation: Option<ConversationId>,
) -> Option<String> {
    let mark = |mark: &str| format!("\"{mark}\"");
    conditions((tenant, query), conversation, mark, quoted).map(|all| all.join(" AND "))
}

fn quoted(key: &str, phrase: &Phrase) -> String {
    let terms = phrase.terms.iter().map(|term| format!("{key}{term}"));
    let terms = terms.collect::<Vec<_>>().join(" ");
    let open = if phrase.open { " *" } else { "" };
    format!("\"{terms}\"{open}")
}

#[cfg(test)]
mod tests {
    use kefu_text::search::Query;
    use kefu_types::{ConversationId, TenantId};

    use super::fts_query;

    #[test]
    fn a_query_names_its_tenant_in_every_term() {
        let query = Query::of("退货 \"a-b\" AND");
        let place = Some(ConversationId(32));
        assert_eq!(
            fts_query(TenantId(1), &query, place).as_deref(),
            Some(
                "\"0000000000001\u{E000}0000000000010\" AND \"0000000000001退货\" AND \
                 \"0000000000001a 0000000000001b\" AND \"0000000000001and\""
            )
        );
        assert_eq!(
            fts_query(TenantId(1), &Query::of("退"), None).as_deref(),
            Some("\"0000000000001退\" *")
        );
        assert_eq!(fts_query(TenantId(1), &Query::of("*"), place), None);
    }
}
