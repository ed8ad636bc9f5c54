//! What a visitor may see. The core's records say more than is for visitors: how the bot came to
//! a reply, why a human was called, what agents' lists preview.

use kefu_proto::v1::{Conversation, Message, Priority, body::Kind};

/// Takes out of a message what only agents see.
pub(crate) fn message_for_visitor(mut message: Message) -> Message {
    message.trace = None;
    if let Some(Kind::Notice(notice)) = message.body.as_mut().and_then(|body| body.kind.as_mut()) {
        notice.reason.clear();
    }
    message
}

/// Takes out of a head what only agents see.
pub(crate) fn conversation_for_visitor(mut conversation: Conversation) -> Conversation {
    conversation.preview.clear();
    conversation.set_priority(Priority::Unspecified);
    conversation.preview_seq = 0;
    conversation.handoff_reason.clear();
    conversation
}

#[cfg(test)]
mod tests {
    use kefu_proto::v1::{Body, Conversation, Message, Notice, Trace, body::Kind};

    use super::{conversation_for_visitor, message_for_visitor};

    #[test]
    fn a_visitor_sees_no_trace_reason_or_preview() {
        let notice = Notice {
            reason: "angry".into(),
            agent_name: "Wang".into(),
            ..Notice::default()
        };
        let message = message_for_visitor(Message {
            seq: 3,
            trace: Some(Trace {
                tier: "keyword".into(),
                ..Trace::default()
            }),
            body: Some(Body {
                kind: Some(Kind::Notice(notice)),
            }),
            ..Message::default()
        });
        let expected = Notice {
            agent_name: "Wang".into(),
            ..Notice::default()
        };
        assert_eq!(message.trace, None);
        assert_eq!(
            message.body,
            Some(Body {
                kind: Some(Kind::Notice(expected))
            })
        );
        assert_eq!(message.seq, 3);

        let head = conversation_for_visitor(Conversation {
            id: 1,
            preview: "hello".into(),
            preview_seq: 4,
            handoff_reason: "angry".into(),
            queue_position: 2,
            ..Conversation::default()
        });
        assert_eq!(
            head,
            Conversation {
                id: 1,
                queue_position: 2,
                ..Conversation::default()
            }
        );
    }
}
