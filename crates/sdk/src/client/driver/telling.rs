//! What the application is told, and what happens when it does not take it: a room is left for the
//! moment, a workspace's lists are asked for anew. So nothing is lost, and nothing grows.

use std::collections::BTreeMap;

use kefu_proto::v1::{Conversation, Cursor, Message};
use tokio::sync::mpsc::{Sender, error::TrySendError};

use super::{Driver, RoomEvent, WorkspaceEvent};
use crate::machine::{Input, News};

/// Where events of a room go. Messages wait at the server when they are not taken; of heads and
/// cursors the newest waits here.
pub(super) struct Listener {
    pub(super) events: Sender<RoomEvent>,
    /// Messages were not taken: the server was asked to stop.
    paused: bool,
    rewound: bool,
    head: Option<Box<Conversation>>,
    cursors: BTreeMap<(i32, u64), Cursor>,
}

impl Listener {
    pub(super) const fn new(events: Sender<RoomEvent>) -> Self {
        Self {
            events,
            paused: false,
            rewound: false,
            head: None,
            cursors: BTreeMap::new(),
        }
    }

    /// Whether it is to be looked after when time has passed.
    pub(super) fn owes(&self) -> bool {
        self.paused || self.rewound || self.head.is_some() || !self.cursors.is_empty()
    }

    /// False when that all is forgotten could not be told.
    fn tells_rewound(&mut self) -> bool {
        if self.rewound {
            self.rewound = is_full(&self.events.try_send(RoomEvent::Rewound));
        }
        !self.rewound
    }

    /// Tells what waits here. The last place is for messages: what is asked for again must not keep
    /// them out for ever.
    fn settle(&mut self) {
        while self.tells_rewound() && self.events.capacity() > 1 {
            let event = match self.head.take() {
                Some(head) => RoomEvent::Head(head),
                None => match self.cursors.pop_first() {
                    Some((_, cursor)) => RoomEvent::Cursor(cursor),
                    None => return,
                },
            };
            let _ = self.events.try_send(event);
        }
    }

    /// False when they were not taken.
    fn tells(&mut self, messages: Vec<Message>) -> bool {
        let is_open = !self.paused && self.tells_rewound();
        is_open && !is_full(&self.events.try_send(RoomEvent::Messages(messages)))
    }
}

const fn is_full<T>(sent: &Result<(), TrySendError<T>>) -> bool {
    matches!(sent, Err(TrySendError::Full(_)))
}

impl Driver {
    pub(super) fn tell(&mut self, news: News) {
        match news {
            News::State(state) => drop(self.state.send_replace(state)),
            News::Welcome(_) => {}
            News::Messages(conversation, messages) => self.tell_messages(conversation, messages),
            News::Rewound(conversation) => self.with_room(conversation, |room| {
                room.cursors.clear();
                room.rewound = true;
            }),
            News::Refused(conversation, problem) => self.with_room(conversation, |room| {
                let _ = room.events.try_send(RoomEvent::Refused(problem));
            }),
            News::Cursor(cursor) => self.with_room(cursor.conversation_id, |room| {
                let key = (cursor.who, cursor.who_id);
                room.cursors.insert(key, cursor);
            }),
            News::Typing(typing) => self.with_room(typing.conversation_id, |room| {
                // May be lost.
                if room.events.capacity() > 1 {
                    let _ = room.events.try_send(RoomEvent::Typing(typing));
                }
            }),
            News::Head(head) => {
                self.with_room(head.id, |room| room.head = Some(head.clone()));
                self.tell_workspace(WorkspaceEvent::Head(head));
            }
            News::Agent(agent) => self.tell_workspace(WorkspaceEvent::Agent(agent)),
            News::Workspace(lists) => self.tell_workspace(WorkspaceEvent::Lists(Box::new(lists))),
        }
    }

    fn with_room(&mut self, conversation: u64, what: impl FnOnce(&mut Listener)) {
        if let Some(room) = self.rooms.get_mut(&conversation) {
            what(room);
            room.settle();
        }
    }

    fn tell_messages(&mut self, conversation: u64, messages: Vec<Message>) {
        let before = messages.first().map_or(0, |first| first.seq - 1);
        if let Some(room) = self.rooms.get_mut(&conversation)
            && !room.tells(messages)
        {
            room.paused = true;
            let pause = Input::Pause(conversation, before);
            self.inputs.push_back(pause);
        }
    }

    fn tell_workspace(&mut self, event: WorkspaceEvent) {
        if let Some(workspace) = &self.workspace
            && is_full(&workspace.try_send(event))
        {
            self.workspace_stale = true;
        }
    }

    /// Whoever took nothing may have room again.
    pub(super) fn catch_up(&mut self) {
        let mut resumed = Vec::new();
        for (conversation, room) in &mut self.rooms {
            // All that was told has been taken.
            let is_free = room.events.capacity() == room.events.max_capacity();
            if room.paused && is_free {
                room.paused = false;
                resumed.push(*conversation);
            }
            room.settle();
        }
        for conversation in resumed {
            self.step(Input::Resume(conversation));
        }
        let workspace = self.workspace.as_ref();
        let has_room = workspace.is_some_and(|it| it.capacity() * 2 >= it.max_capacity());
        if self.workspace_stale && has_room {
            self.workspace_stale = false;
            self.step(Input::Workspace);
        }
    }
}
