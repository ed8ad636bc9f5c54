//! Whether a visitor keeps an agent waiting, told from what was said. Pure.
//!
//! Nothing of it is stored: the messages say it, so a core that starts again reads the last of them
//! and knows what it knew. What is remembered beside them can therefore be neither lost nor doubled.

use kefu_proto::v1::{self, Sender, body, notice};
use kefu_types::Millis;

/// An agent has spoken and the visitor has not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Silence {
    /// UTC milliseconds of what the visitor did not answer: the agent's last words, or the reminder.
    pub(crate) since_ms: Millis,
    /// The visitor was reminded.
    pub(crate) reminded: bool,
}

/// What one message of a talk means.
enum Sign {
    /// The visitor owes nothing: they spoke, or a talk begins or ends.
    Over,
    /// The agent spoke.
    Agent,
    /// The service spoke; while an agent serves it says nothing but the reminder.
    Service,
    /// Says nothing about it.
    None,
}

/// After `message`.
pub(crate) fn after(before: Option<Silence>, message: &v1::Message) -> Option<Silence> {
    let since_ms = message.created_at_ms;
    match sign(message) {
        Sign::Over => None,
        Sign::None => before,
        Sign::Agent => Some(Silence {
            since_ms,
            reminded: false,
        }),
        Sign::Service => before.map(|silence| Silence {
            // A second one, if there ever was one, gives no second delay.
            since_ms: if silence.reminded {
                silence.since_ms
            } else {
                since_ms
            },
            reminded: true,
        }),
    }
}

fn sign(message: &v1::Message) -> Sign {
    use notice::Kind::{
        Assigned, Closed, LeftQueue, Queued, Reopened, Requeued, ReturnedToBot, Transferred,
    };

    let kind = message.body.as_ref().and_then(|body| body.kind.as_ref());
    if let Some(body::Kind::Notice(said)) = kind {
        return match said.kind() {
            Assigned | Closed | LeftQueue | Queued | Reopened | Requeued | ReturnedToBot
            | Transferred => Sign::Over,
            _ => Sign::None,
        };
    }
    match (message.sender(), kind) {
        // A visitor who takes something back is there.
        (Sender::Visitor, _) => Sign::Over,
        (Sender::Agent, Some(body::Kind::Recall(_))) => Sign::None,
        // Recalled meanwhile or not: somebody spoke.
        (Sender::Agent, _) => Sign::Agent,
        (Sender::System, _) => Sign::Service,
        (Sender::Bot | Sender::Unspecified, _) => Sign::None,
    }
}

#[cfg(test)]
mod tests {
    use kefu_proto::v1::{Body, Message, Notice, Recall, Sender, Text, body::Kind, notice};

    use super::{Silence, after};

    /// After these, which are consecutive.
    fn of<'a>(messages: impl IntoIterator<Item = &'a Message>) -> Option<Silence> {
        messages.into_iter().fold(None, after)
    }

    fn text(sender: Sender, created_at_ms: i64) -> Message {
        let text = Kind::Text(Text::default());
        message(sender, created_at_ms, text)
    }

    fn message(sender: Sender, created_at_ms: i64, kind: Kind) -> Message {
        Message {
            sender: sender.into(),
            created_at_ms,
            body: Some(Body { kind: Some(kind) }),
            ..Message::default()
        }
    }

    fn notice(kind: notice::Kind, at_ms: i64) -> Message {
        let kind = Notice {
            kind: kind.into(),
            ..Notice::default()
        };
        message(Sender::System, at_ms, Kind::Notice(kind))
    }

    fn recall(sender: Sender, at_ms: i64) -> Message {
        message(sender, at_ms, Kind::Recall(Recall { seq: 1 }))
    }

    const fn silent(since_ms: i64, reminded: bool) -> Option<Silence> {
        Some(Silence { since_ms, reminded })
    }

    #[test]
    fn only_an_agent_who_spoke_can_be_kept_waiting() {
        let assigned = notice(notice::Kind::Assigned, 1);
        assert_eq!(of(std::slice::from_ref(&assigned)), None);
        assert_eq!(of(&[assigned.clone(), text(Sender::Visitor, 2)]), None);
        let talk = [
            assigned,
            text(Sender::Visitor, 2),
            text(Sender::Agent, 3),
            text(Sender::Agent, 4),
        ];
        assert_eq!(of(&talk), silent(4, false), "from the last words on");
    }

    #[test]
    fn what_the_service_said_before_the_agent_came_is_no_reminder() {
        let talk = [
            text(Sender::System, 1),
            notice(notice::Kind::Assigned, 2),
            text(Sender::Agent, 3),
        ];
        assert_eq!(of(&talk), silent(3, false));
        assert_eq!(of(&talk[..2]), None);
    }

    #[test]
    fn a_reminder_counts_once_and_ends_with_any_sign_of_life() {
        let mut talk = vec![text(Sender::Agent, 3), text(Sender::System, 9)];
        assert_eq!(of(&talk), silent(9, true));
        talk.push(recall(Sender::Agent, 10));
        talk.push(text(Sender::System, 11));
        assert_eq!(
            of(&talk),
            silent(9, true),
            "a second reminder would give no second delay"
        );
        for life in [text(Sender::Visitor, 12), recall(Sender::Visitor, 12)] {
            let mut talk = talk.clone();
            talk.push(life);
            assert_eq!(of(&talk), None);
        }
        talk.push(text(Sender::Agent, 13));
        assert_eq!(
            of(&talk),
            silent(13, false),
            "the agent asks again: all of it again"
        );
    }

    #[test]
    fn a_talk_that_changes_hands_or_ends_begins_anew() {
        use notice::Kind::{Closed, Requeued, ReturnedToBot, Transferred};
        for kind in [Closed, Requeued, ReturnedToBot, Transferred] {
            assert_eq!(of(&[text(Sender::Agent, 1), notice(kind, 2)]), None);
        }
    }
}
