//! The hub without a wire: what goes up, and who is told what comes down.

use std::sync::Arc;

use kefu_proto::v1::{
    Agent, AgentChanged, Appended, Conversation, ConversationChanged, LinkDown, LinkUp, Look,
    MentionsRead, MentionsSeen, Message, Note, NoteBody, Noted, Problem, Proposals, Proposed,
    SessionEnded, Tags, TagsChanged, Trail, TrailChanged, TypingText, TypingTextChanged, Viewers,
    ViewersChanged, WatchRefused, link_down, link_up::Body,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Event, Events, Hub, Mailbox, Member, hub::Line};

const TENANT: u64 = 1;
const CONVERSATION: u64 = 7;

struct Stage {
    hub: Arc<Hub>,
    up: mpsc::Receiver<LinkUp>,
    broken: CancellationToken,
}

fn stage(queue_max: usize) -> Stage {
    let hub = Arc::new(Hub::default());
    let (sender, up) = mpsc::channel(queue_max);
    let broken = CancellationToken::new();
    hub.registry.lock().line = Some(Line {
        up: sender,
        broken: broken.clone(),
    });
    Stage { hub, up, broken }
}

impl Stage {
    /// A user's.
    fn socket(&self, id: u64, tenant_id: u64) -> Events {
        self.joined(id, tenant_id, true)
    }

    fn joined(&self, id: u64, tenant_id: u64, is_user: bool) -> Events {
        let (mailbox, events) = Mailbox::new(8);
        let session = format!("session-{id}");
        let member = Member {
            mailbox,
            session,
            session_id: id,
            tenant_id,
            principal_id: id,
            is_user,
        };
        self.hub.join(id, member);
        events
    }

    /// Starts to watch, and lets it run until it waits for the core.
    async fn watching(&self, socket: u64) -> tokio::task::JoinHandle<Result<(), Problem>> {
        let hub = self.hub.clone();
        let task = tokio::spawn(async move { hub.watch(CONVERSATION, socket).await });
        tokio::task::yield_now().await;
        task
    }

    fn down(&self, body: link_down::Body) {
        self.hub.dispatch(LinkDown { body: Some(body) });
    }

    fn confirm(&self) {
        let conversation = Some(Conversation {
            id: CONVERSATION,
            ..Conversation::default()
        });
        let changed = ConversationChanged {
            tenant_id: TENANT,
            conversation,
        };
        self.down(link_down::Body::Changed(changed));
    }

    fn sent(&mut self) -> Option<Body> {
        self.up.try_recv().ok().and_then(|up| up.body)
    }

    fn asked_with(&mut self) -> Option<String> {
        match self.sent()? {
            Body::Watch(watch) => Some(watch.session),
            other => panic!("expected a watch, got {other:?}"),
        }
    }
}

#[tokio::test]
async fn two_sockets_of_one_conversation_ask_the_core_once_and_both_wait_for_it() {
    let mut stage = stage(8);
    let (_one, _two) = (stage.socket(1, TENANT), stage.socket(2, TENANT));
    let (first, second) = (stage.watching(1).await, stage.watching(2).await);
    assert_eq!(stage.asked_with().as_deref(), Some("session-1"));
    assert_eq!(stage.asked_with(), None);
    assert!(!first.is_finished() && !second.is_finished());
    stage.confirm();
    assert_eq!(
        (
            first.await.expect("no panic"),
            second.await.expect("no panic")
        ),
        (Ok(()), Ok(()))
    );
}

#[tokio::test]
async fn a_refused_session_does_not_take_the_others_watch_along() {
    let mut stage = stage(8);
    let (_one, _two) = (stage.socket(1, TENANT), stage.socket(2, TENANT));
    let (first, second) = (stage.watching(1).await, stage.watching(2).await);
    stage.asked_with();
    let why = Problem {
        code: "unauthenticated".into(),
        ..Problem::default()
    };
    let refused = WatchRefused {
        conversation_id: CONVERSATION,
        socket_id: 0,
        problem: Some(why.clone()),
    };
    stage.down(link_down::Body::Refused(refused));
    assert_eq!(first.await.expect("no panic"), Err(why));
    assert_eq!(
        stage.asked_with().as_deref(),
        Some("session-2"),
        "asked again with the other's"
    );
    stage.confirm();
    assert_eq!(second.await.expect("no panic"), Ok(()));
}

#[tokio::test]
async fn the_last_one_to_leave_ends_the_watch() {
    let mut stage = stage(8);
    let (_one, _two) = (stage.socket(1, TENANT), stage.socket(2, TENANT));
    let (first, second) = (stage.watching(1).await, stage.watching(2).await);
    stage.confirm();
    first.await.expect("no panic").expect("watched");
    second.await.expect("no panic").expect("watched");
    stage.asked_with();
    stage.hub.leave(1, [CONVERSATION]);
    assert_eq!(stage.sent(), None);
    stage.hub.leave(2, [CONVERSATION]);
    assert!(matches!(stage.sent(), Some(Body::Unwatch(_))));
}

#[tokio::test]
async fn nothing_crosses_a_tenant() {
    let stage = stage(8);
    let (mut own, mut foreign) = (stage.socket(1, TENANT), stage.socket(2, 2));
    for socket in [1, 2] {
        let hub = stage.hub.clone();
        tokio::spawn(async move { hub.watch_workspace(socket).await });
    }
    tokio::task::yield_now().await;
    let agent = Some(Agent {
        id: 5,
        ..Agent::default()
    });
    stage.down(link_down::Body::Agent(AgentChanged {
        tenant_id: TENANT,
        agent,
    }));
    stage.confirm();
    assert!(matches!(own.next().await, Event::Agent(_)));
    assert!(matches!(own.next().await, Event::Head(_)));
    stage.down(link_down::Body::SessionEnded(SessionEnded {
        session_id: 2,
        ..SessionEnded::default()
    }));
    assert!(
        matches!(foreign.next().await, Event::Look),
        "the first it hears is its own end"
    );
    assert!(foreign.ended() && !own.ended());
}

#[tokio::test]
async fn messages_go_to_those_who_watch_and_heads_to_workspaces_too() {
    let stage = stage(8);
    let (mut watcher, mut workspace) = (stage.socket(1, TENANT), stage.socket(2, TENANT));
    let watching = stage.watching(1).await;
    stage.confirm();
    watching.await.expect("no panic").expect("watched");
    let hub = stage.hub.clone();
    tokio::spawn(async move { hub.watch_workspace(2).await });
    tokio::task::yield_now().await;
    assert!(matches!(watcher.next().await, Event::Head(_)));
    let message = Message {
        conversation_id: CONVERSATION,
        seq: 1,
        ..Message::default()
    };
    let head = Conversation {
        id: CONVERSATION,
        ..Conversation::default()
    };
    stage.down(link_down::Body::Appended(Appended {
        tenant_id: TENANT,
        conversation: Some(head),
        messages: vec![message],
    }));
    assert!(matches!(watcher.next().await, Event::Appended(_)));
    assert!(matches!(watcher.next().await, Event::Head(_)));
    assert!(matches!(workspace.next().await, Event::Head(_)));
}

fn note(mentioned: &[u64]) -> link_down::Body {
    let note = Note {
        conversation_id: CONVERSATION,
        body: Some(NoteBody {
            mentioned_ids: mentioned.to_vec(),
            ..NoteBody::default()
        }),
        ..Note::default()
    };
    link_down::Body::Noted(Noted {
        tenant_id: TENANT,
        note: Some(note),
    })
}

#[tokio::test]
async fn what_agents_share_reaches_users_who_watch_or_are_meant_and_never_a_visitor() {
    let stage = stage(64);
    let mut visitor = stage.joined(1, TENANT, false);
    let (mut watcher, mut meant) = (stage.socket(2, TENANT), stage.socket(3, TENANT));
    let (mut other, mut foreign) = (stage.socket(4, TENANT), stage.socket(5, 2));
    for socket in [1, 2] {
        let watching = stage.watching(socket).await;
        stage.confirm();
        watching.await.expect("no panic").expect("watched");
    }
    for socket in [3, 4, 5] {
        let hub = stage.hub.clone();
        tokio::spawn(async move { hub.watch_workspace(socket).await });
    }
    tokio::task::yield_now().await;
    // Ids of visitors and users may meet, and a tenant's may be another's.
    stage.down(note(&[1, 2, 3, 5]));
    let viewers = Viewers {
        conversation_id: CONVERSATION,
        ..Viewers::default()
    };
    stage.down(link_down::Body::Viewers(ViewersChanged {
        tenant_id: TENANT,
        viewers: Some(viewers),
    }));
    let tags = Tags {
        conversation_id: CONVERSATION,
        ..Tags::default()
    };
    stage.down(link_down::Body::Tags(TagsChanged {
        tenant_id: TENANT,
        tags: Some(tags),
    }));
    let proposals = Proposals {
        conversation_id: CONVERSATION,
        ..Proposals::default()
    };
    stage.down(link_down::Body::Proposed(Proposed {
        tenant_id: TENANT,
        proposals: Some(proposals),
    }));
    let trail = Trail {
        conversation_id: CONVERSATION,
        ..Trail::default()
    };
    stage.down(link_down::Body::Trail(TrailChanged {
        tenant_id: TENANT,
        trail: Some(trail),
    }));
    let text = TypingText {
        conversation_id: CONVERSATION,
        ..TypingText::default()
    };
    // Of those whom the core names only users of the tenant who look are told.
    stage.down(link_down::Body::TypingText(TypingTextChanged {
        tenant_id: TENANT,
        text: Some(text.clone()),
        socket_ids: vec![1, 2, 3, 5],
    }));
    // Who looks and is not named is told nothing.
    stage.down(link_down::Body::TypingText(TypingTextChanged {
        tenant_id: TENANT,
        text: Some(text),
        socket_ids: vec![4],
    }));
    for agent_id in [1, 3, 5] {
        let read = MentionsRead {
            agent_id,
            ..MentionsRead::default()
        };
        stage.down(link_down::Body::Mentions(MentionsSeen {
            tenant_id: TENANT,
            read: Some(read),
        }));
    }
    let mut heard = Vec::new();
    for (id, events) in [
        (1, &mut visitor),
        (2, &mut watcher),
        (3, &mut meant),
        (4, &mut other),
        (5, &mut foreign),
    ] {
        stage.down(link_down::Body::SessionEnded(SessionEnded {
            session_id: id,
            ..SessionEnded::default()
        }));
        loop {
            match events.next().await {
                Event::Note(_) => heard.push((id, "note")),
                Event::Viewers(_) => heard.push((id, "viewers")),
                Event::Tags(_) => heard.push((id, "tags")),
                Event::Proposals(_) => heard.push((id, "proposals")),
                Event::Trail(_) => heard.push((id, "trail")),
                Event::TypingText(_) => heard.push((id, "typing text")),
                Event::MentionsRead(_) => heard.push((id, "read")),
                Event::Look => break,
                _ => {}
            }
        }
    }
    assert_eq!(
        heard,
        [
            (2, "note"),
            (2, "viewers"),
            (2, "tags"),
            (2, "proposals"),
            (2, "trail"),
            (2, "typing text"),
            (3, "note"),
            (3, "read")
        ]
    );
}

#[tokio::test]
async fn a_user_who_opens_is_seen_to_look_until_they_leave_and_a_visitor_never() {
    let mut stage = stage(64);
    let (_visitor, _user) = (stage.joined(1, TENANT, false), stage.socket(2, TENANT));
    for socket in [1, 2] {
        let watching = stage.watching(socket).await;
        stage.confirm();
        watching.await.expect("no panic").expect("watched");
    }
    stage.asked_with();
    stage.hub.look(CONVERSATION, 1);
    assert_eq!(stage.sent(), None);
    stage.hub.look(CONVERSATION, 2);
    let expected = Look {
        session: "session-2".into(),
        socket_id: 2,
        conversation_id: CONVERSATION,
    };
    assert_eq!(stage.sent(), Some(Body::Look(expected.clone())));
    // A link that was made anew is told again.
    let again = stage.hub.registry.lock().all_looks();
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].body, Some(Body::Look(expected)));
    stage.hub.leave(2, [CONVERSATION]);
    assert!(matches!(stage.sent(), Some(Body::Unlook(unlook)) if unlook.socket_id == 2));
    assert!(stage.hub.registry.lock().all_looks().is_empty());
}

#[tokio::test]
async fn a_full_queue_to_the_core_breaks_the_link_instead_of_losing_a_watch() {
    let stage = stage(1);
    let (_one, _two) = (stage.socket(1, TENANT), stage.socket(2, TENANT));
    let _first = stage.watching(1).await;
    assert!(!stage.broken.is_cancelled());
    let hub = stage.hub.clone();
    tokio::spawn(async move { hub.watch_workspace(2).await });
    tokio::task::yield_now().await;
    assert!(stage.broken.is_cancelled());
}
