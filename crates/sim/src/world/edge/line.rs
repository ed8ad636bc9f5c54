//! What comes down a link, over a line that may lose it.

use std::sync::Arc;

use kefu_proto::v1::{self, link_down, link_up};

use super::{AGAIN, Edge, Socket, State, watch, watch_workspace};
use crate::{
    counters::Counted,
    log::{Event, left_row, place, rows, shown},
    world::World,
};

impl Edge {
    /// The line between: it may lose an event (and is then cut), or turn two around.
    pub(super) fn line(&self, world: &Arc<World>, body: link_down::Body) {
        world.run.tally.count(Counted::Push);
        let (first, second) = {
            let mut state = self.state.lock();
            if state.lose > 0 {
                state.lose -= 1;
                state.lossy = true;
                world.run.tally.count(Counted::Dropped);
                if state.lose == 0 {
                    // Noticed within two heartbeats.
                    self.cut.notify_one();
                }
                return;
            }
            match state.held.take() {
                Some(held) => (body, Some(held)),
                None if state.swap > 0 => {
                    state.swap -= 1;
                    state.held = Some(body);
                    world.run.tally.count(Counted::Reordered);
                    return;
                }
                None => (body, None),
            }
        };
        self.heard(world, first);
        if let Some(second) = second {
            self.heard(world, second);
        }
    }

    pub(super) fn heard(&self, world: &Arc<World>, body: link_down::Body) {
        match body {
            link_down::Body::Appended(appended) => {
                self.told_of(
                    world,
                    appended.tenant_id,
                    appended.conversation,
                    &appended.messages,
                );
            }
            link_down::Body::Changed(changed) => {
                self.told_of(world, changed.tenant_id, changed.conversation, &[]);
            }
            link_down::Body::Agent(changed) => {
                let told = changed.agent.unwrap_or_default();
                let agent = if told.online { told.id } else { 0 };
                let mut state = self.state.lock();
                let mut sockets = state.sockets.values();
                let socket = sockets.find(|socket| socket.agent == agent);
                let session = socket.map(|socket| socket.session);
                if session.is_some() {
                    state.online.insert(agent);
                }
                drop(state);
                world.told_of_agent(self.index, &told, session);
            }
            link_down::Body::Lagged(_) => {
                world.run.tally.count(Counted::Lagged);
                self.resync();
            }
            link_down::Body::SessionEnded(ended) => {
                let mut state = self.state.lock();
                state
                    .sockets
                    .retain(|_, socket| socket.session != ended.session_id);
            }
            link_down::Body::Refused(refused) => self.refused(world, &refused),
            link_down::Body::Cursor(moved) => {
                // It may be old by now; it is no less true for that.
                let (reader, told) = place(&moved.cursor.unwrap_or_default());
                world.run.tally.count(Counted::Cursor);
                world.run.log.add(Event::Reached {
                    reader,
                    told,
                    floor: (0, 0),
                });
            }
            link_down::Body::Left(changed) => {
                // It may be old by now; it is no less true for that.
                let row = left_row(&changed.message.unwrap_or_default());
                world.run.log.add(Event::LeftTold { row });
            }
            link_down::Body::Ready(_)
            | link_down::Body::Typing(_)
            | link_down::Body::Noted(_)
            | link_down::Body::Viewers(_)
            | link_down::Body::Mentions(_)
            | link_down::Body::Tags(_)
            | link_down::Body::Proposed(_)
            | link_down::Body::Trail(_)
            | link_down::Body::TypingText(_)
            | link_down::Body::Words(_)
            | link_down::Body::Board(_)
            | link_down::Body::Sla(_) => {}
        }
    }

    fn told_of(
        &self,
        world: &World,
        tenant: u64,
        head: Option<v1::Conversation>,
        messages: &[v1::Message],
    ) {
        let Some(head) = head else { return };
        let mut state = self.state.lock();
        let wanted =
            state.asked.contains(&(tenant, head.id)) || state.asked_tenants.contains(&tenant);
        let rows = rows(messages);
        for device in &mut state.devices {
            if device.eyes.conversation == head.id {
                device.pushed(&rows);
                device.told(head.last_seq);
            }
        }
        drop(state);
        world.run.log.add(Event::Pushed {
            edge: self.index,
            wanted,
            tenant,
            conversation: head.id,
            rows,
        });
        if head.version > 0 {
            world.run.log.add(shown(&head));
        }
    }

    /// Nobody knows what was dropped, answers to watches may be among it: everything is asked for
    /// again, and everybody reads the store.
    fn resync(&self) {
        let mut state = self.state.lock();
        let State {
            devices,
            sockets,
            up,
            ..
        } = &mut *state;
        devices.iter_mut().for_each(|device| device.behind = true);
        up.extend(devices.iter().map(watch));
        let again = |(number, socket): (&u64, &Socket)| watch_workspace(*number, socket);
        up.extend(sockets.iter().map(again));
        self.to_say.notify_one();
    }

    /// Asks again later, unless the session is over.
    fn refused(&self, world: &Arc<World>, refused: &v1::WatchRefused) {
        let mut state = self.state.lock();
        let code = refused.problem.as_ref().map_or("", |problem| &problem.code);
        if code == "unauthenticated" {
            state.sockets.remove(&refused.socket_id);
            return;
        }
        let watches = state
            .devices
            .iter()
            .filter(|device| device.eyes.conversation == refused.conversation_id);
        let socket = state.sockets.get(&refused.socket_id);
        let workspace = socket.map(|socket| watch_workspace(refused.socket_id, socket));
        let again: Vec<link_up::Body> = watches.map(watch).chain(workspace).collect();
        drop(state);
        let (world, index) = (world.clone(), self.index);
        tokio::spawn(async move {
            tokio::time::sleep(AGAIN).await;
            again
                .into_iter()
                .for_each(|body| world.edges[index].say(body));
        });
    }
}
