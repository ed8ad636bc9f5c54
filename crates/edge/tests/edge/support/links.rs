//! What an edge says on its link.

use kefu_proto::v1::*;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};

use super::core::{Core, Link, TENANT};

/// A link that has begun, and what comes down it.
pub fn accept(core: &Core, mut up: Streaming<LinkUp>) -> ReceiverStream<Result<LinkDown, Status>> {
    let (down, stream) = mpsc::channel(100_000);
    let epoch = core.state.lock().epoch;
    let protocol = kefu_proto::LINK_PROTOCOL;
    let ready = link_down::Body::Ready(LinkReady { epoch, protocol });
    down.try_send(Ok(LinkDown { body: Some(ready) }))
        .expect("room");
    let id = core.state.lock().id();
    let link = Link {
        down,
        watches: Default::default(),
        workspaces: Default::default(),
        id,
    };
    core.state.lock().links.push(link);
    let core = core.clone();
    tokio::spawn(async move {
        while let Ok(Some(up)) = up.message().await {
            core.linked(id, up);
        }
        core.state.lock().links.retain(|link| link.id != id);
    });
    ReceiverStream::new(stream)
}

impl Core {
    pub fn linked(&self, id: u64, up: LinkUp) {
        let mut state = self.state.lock();
        let Some(at) = state.links.iter().position(|link| link.id == id) else {
            return;
        };
        match up.body {
            Some(link_up::Body::Watch(watch)) => {
                let head = state
                    .allowed(&watch.session, watch.conversation_id)
                    .map(|talk| talk.head.clone());
                let body = match head {
                    Ok(head) => {
                        state.links[at].watches.insert(watch.conversation_id);
                        let changed = ConversationChanged {
                            tenant_id: TENANT,
                            conversation: Some(head),
                        };
                        link_down::Body::Changed(changed)
                    }
                    Err(_) => link_down::Body::Refused(WatchRefused {
                        conversation_id: watch.conversation_id,
                        socket_id: 0,
                        problem: Some(Problem {
                            code: "not_found".into(),
                            ..Problem::default()
                        }),
                    }),
                };
                let _ = state.links[at]
                    .down
                    .try_send(Ok(LinkDown { body: Some(body) }));
            }
            Some(link_up::Body::Unwatch(unwatch)) => {
                state.links[at].watches.remove(&unwatch.conversation_id);
            }
            Some(link_up::Body::WatchWorkspace(watch)) => {
                let Ok(who) = state.who(&watch.session) else {
                    return;
                };
                state.links[at].workspaces.insert(watch.socket_id);
                let agent = Some(Agent {
                    id: who.id,
                    online: true,
                    ..Agent::default()
                });
                let body = link_down::Body::Agent(AgentChanged {
                    tenant_id: TENANT,
                    agent,
                });
                let _ = state.links[at]
                    .down
                    .try_send(Ok(LinkDown { body: Some(body) }));
            }
            Some(link_up::Body::UnwatchWorkspace(unwatch)) => {
                state.links[at].workspaces.remove(&unwatch.socket_id);
            }
            Some(link_up::Body::Typing(typing)) => {
                state.tell_all(link_down::Body::Typing(typing.typing.unwrap_or_default()));
            }
            Some(
                link_up::Body::Hello(_)
                | link_up::Body::Look(_)
                | link_up::Body::Unlook(_)
                | link_up::Body::TypingText(_),
            )
            | None => {}
        }
    }
}
