//! Searching, as the in-memory core does it: it says what it was asked, as a snippet.

use kefu_proto::v1::{Message, SearchHit, SearchPage, SearchRequest, TextSpan, principal::Kind};
use tonic::Status;

use super::core::{Core, refusal};

impl Core {
    pub fn asked(&self, request: SearchRequest) -> Result<SearchPage, Status> {
        let state = self.state.lock();
        if state.who(&request.session)?.kind() != Kind::User {
            return Err(refusal("forbidden", 0));
        }
        if request.query.is_empty() {
            return Err(refusal("invalid", 0));
        }
        let place = state.talks.get(&request.conversation_id);
        let message = Message {
            id: request.before_id,
            ..Message::default()
        };
        let hit = SearchHit {
            message: Some(message),
            conversation: place.map(|talk| talk.head.clone()),
            snippet: request.query,
            spans: vec![TextSpan { start: 0, end: 2 }],
        };
        Ok(SearchPage {
            hits: vec![hit; request.limit as usize],
            next_before_id: request.before_id,
            catching_up: true,
        })
    }
}
