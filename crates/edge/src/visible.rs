//! What a visitor may see. The core's records say more than is for visitors: how the bot came to
//! a reply, why a human was called, what agents' lists preview.

use kefu_proto::v1::{Conversation, Message, Priority, SlaState, body::Kind};

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
    conversation.group_id = 0;
    conversation.fallbacks = 0;
    conversation.sla_due_at_ms = 0;
    conversation.set_sla_state(SlaState::Unspecified);
    conversation
}

/// Whether a visitor should be shown `after`, who was shown `before`: it says something that the
/// messages themselves do not say.
pub(crate) fn is_news_to_visitor(before: &Conversation, after: &Conversation) -> bool {
    // What every message moves, and what a visitor is not shown.
    let Conversation {
        version: _,
        last_seq: _,
        updated_at_ms: _,
        last_sender: _,
        preview: _,
        preview_seq: _,
        priority: _,
        handoff_reason: _,
        group_id: _,
        fallbacks: _,
        sla_due_at_ms: _,
        sla_state: _,
        id,
        visitor_id,
        visitor_name,
        phase,
        agent_id,
        agent_name,
        created_at_ms,
        queued_at_ms,
        language,
        queue_position,
        estimated_wait_s,
        cursors,
        epoch,
        out_of_hours,
        opens_at_ms,
        may_leave,
    } = after;
    before.id != *id
        || before.visitor_id != *visitor_id
        || before.visitor_name != *visitor_name
        || before.phase != *phase
        || before.agent_id != *agent_id
        || before.agent_name != *agent_name
        || before.created_at_ms != *created_at_ms
        || before.queued_at_ms != *queued_at_ms
        || before.language != *language
        || before.queue_position != *queue_position
        || before.estimated_wait_s != *estimated_wait_s
        || before.cursors != *cursors
        || before.epoch != *epoch
        || before.out_of_hours != *out_of_hours
        || before.opens_at_ms != *opens_at_ms
        || before.may_leave != *may_leave
}

#[cfg(test)]
mod tests {
    use kefu_proto::v1::{Body, Conversation, Message, Notice, Trace, body::Kind};

    use super::{conversation_for_visitor, is_news_to_visitor, message_for_visitor};

    #[test]
    fn what_messages_say_themselves_is_no_news_and_the_rest_is() {
        let before = Conversation {
            id: 1,
            ..Conversation::default()
        };
        let mut after = Conversation {
            version: 2,
            last_seq: 7,
            updated_at_ms: 3,
            last_sender: 1,
            preview: "hello".into(),
            preview_seq: 7,
            handoff_reason: "angry".into(),
            ..before.clone()
        };
        assert!(!is_news_to_visitor(&before, &after));
        after.queue_position = 2;
        assert!(is_news_to_visitor(&before, &after));
    }

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
            group_id: 7,
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
