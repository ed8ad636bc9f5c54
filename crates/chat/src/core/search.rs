//! Searching what was said, for users of the workspace.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::atomic::Ordering,
    time::Duration,
};

use kefu_proto::v1;
use kefu_text::search::{Query, Snippet, snippet};
use kefu_types::{ConversationId, TenantId};

use super::Core;
use crate::{error::CoreError, model::searched};

/// Hits when a request names no number.
const PAGE_DEFAULT: u32 = 20;
/// The longest that a search waits for others to end.
const TURN_WAIT: Duration = Duration::from_secs(2);

impl Core {
    /// A page of what was said in the tenant, or in one conversation, newest first.
    ///
    /// # Errors
    /// `forbidden` to visitors and while search is off, `invalid` for an empty query or a page
    /// that is too large, `too_large` for a query that is too long, `not_found` for a conversation
    /// that is not there, `overloaded` while others search.
    pub async fn search(&self, request: v1::SearchRequest) -> Result<v1::SearchPage, CoreError> {
        let (user, _) = self.user(&request.session).await?;
        let settings = &self.settings.search;
        if !settings.enabled {
            return Err(CoreError::Forbidden(
                "search is off: an operator can switch it on with search.enabled = true",
            ));
        }
        let query = self.query(&request.query)?;
        let limit = self.hits(request.limit)?;
        let conversation = match request.conversation_id {
            0 => None,
            id => Some(self.committed(user.tenant, ConversationId(id)).await?.id),
        };
        let before = match request.before_id {
            0 => u64::MAX,
            id => id,
        };
        let catching_up = !self.search.caught_up.load(Ordering::Relaxed);
        let turn = tokio::time::timeout(TURN_WAIT, self.search.turns.acquire()).await;
        let Ok(Ok(_turn)) = turn else {
            return Err(CoreError::Overloaded {
                what: "search",
                limit: "search.at_once_max",
                retry_after: Duration::from_secs(1),
            });
        };
        let found = match query.is_empty() {
            true => Vec::new(),
            false => {
                let searching = self
                    .store
                    .search(user.tenant, &query, conversation, before, limit);
                searching.await?
            }
        };
        let next_before_id = match found.last() {
            Some(last) if found.len() as u64 == u64::from(limit) => last.id,
            _ => 0,
        };
        Ok(v1::SearchPage {
            hits: self.shown(user.tenant, &query, found).await?,
            next_before_id,
            catching_up,
        })
    }

    fn query(&self, text: &str) -> Result<Query, CoreError> {
        let most = self.settings.search.query_chars_max;
        if text.trim().is_empty() {
            return Err(CoreError::Invalid("the query is empty".to_owned()));
        }
        if text.len() > most * 4 || text.chars().count() > most {
            return Err(CoreError::TooLarge(format!(
                "the query is too long: {most} characters at most"
            )));
        }
        Ok(Query::of(text))
    }

    fn hits(&self, limit: u32) -> Result<u32, CoreError> {
        let most = self.settings.search.page_max;
        match limit {
            0 => Ok(PAGE_DEFAULT.min(most)),
            limit if limit > most => Err(CoreError::Invalid(format!(
                "a page has {most} hits at most"
            ))),
            limit => Ok(limit),
        }
    }

    async fn shown(
        &self,
        tenant: TenantId,
        query: &Query,
        found: Vec<v1::Message>,
    ) -> Result<Vec<v1::SearchHit>, CoreError> {
        let mut heads: HashMap<u64, v1::Conversation> = HashMap::new();
        let mut hits = Vec::with_capacity(found.len());
        for message in found {
            let id = message.conversation_id;
            let head = match heads.entry(id) {
                Entry::Occupied(known) => known.get().clone(),
                Entry::Vacant(place) => {
                    let head = self.committed(tenant, ConversationId(id)).await?;
                    place.insert(self.conversation(&head)).clone()
                }
            };
            let Snippet { text, spans } = self.snippet(&message, query);
            let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            hits.push(v1::SearchHit {
                conversation: Some(head),
                message: Some(message),
                snippet: text,
                spans: spans
                    .into_iter()
                    .map(|span| v1::TextSpan {
                        start: place(span.start),
                        end: place(span.end),
                    })
                    .collect(),
            });
        }
        Ok(hits)
    }

    /// Of the first text of the message in which something was found.
    fn snippet(&self, message: &v1::Message, query: &Query) -> Snippet {
        let most = self.settings.search.snippet_chars_max;
        let mut snippets = searched(message)
            .into_iter()
            .map(|text| snippet(text, query, most));
        let first = snippets.next().unwrap_or_default();
        if !first.spans.is_empty() {
            return first;
        }
        snippets.find(|one| !one.spans.is_empty()).unwrap_or(first)
    }
}
