//! What people do through the core, as plain calls.

use kefu_chat::{Core, CoreError};
use kefu_proto::v1::{self, act_request::Action, body};

pub async fn send(
    core: &Core,
    token: &str,
    id: u64,
    client_id: &str,
    text: &str,
) -> Result<v1::Accepted, CoreError> {
    let message = v1::SendMessage {
        conversation_id: id,
        client_id: client_id.to_owned(),
        body: Some(text_body(text)),
        ..Default::default()
    };
    let request = v1::SendRequest {
        session: token.to_owned(),
        message: Some(message),
        language: String::new(),
    };
    core.send(request).await
}

pub fn text_body(text: &str) -> v1::Body {
    let text = v1::Text {
        text: text.to_owned(),
        ..Default::default()
    };
    v1::Body {
        kind: Some(body::Kind::Text(text)),
    }
}

pub async fn act(
    core: &Core,
    token: &str,
    id: u64,
    action: Action,
    agent: u64,
) -> Result<v1::Conversation, CoreError> {
    core.act(v1::ActRequest {
        session: token.to_owned(),
        conversation_id: id,
        action: action.into(),
        agent_id: agent,
        expected_version: 0,
        priority: v1::Priority::Unspecified.into(),
        ..Default::default()
    })
    .await
}

pub async fn get(core: &Core, token: &str, id: u64) -> Result<v1::Conversation, CoreError> {
    core.get_conversation(v1::GetConversationRequest {
        session: token.to_owned(),
        conversation_id: id,
    })
    .await
}

pub async fn history(core: &Core, token: &str, id: u64) -> Result<Vec<v1::Message>, CoreError> {
    let mut all = Vec::new();
    loop {
        let request = v1::ListMessagesRequest {
            session: token.to_owned(),
            conversation_id: id,
            after_seq: all.last().map_or(0, |message: &v1::Message| message.seq),
            limit: 200,
            ..Default::default()
        };
        let page = core.list_messages(request).await?.messages;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}
