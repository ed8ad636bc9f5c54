//! A small world whose history is like a real one: a few conversations and agents, in which anything
//! may happen that can.

use kefu_proto::v1::{self, AgentStatus, history_event::Kind};

/// 2026-11-22 10:40 in Shanghai.
pub(super) const BEGAN_MS: i64 = 1_795_315_200_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Bot,
    Waiting { since_ms: i64 },
    Served { agent: u64, since_ms: i64 },
    Tidied { agent: u64 },
    Closed,
}

#[derive(Debug)]
pub(super) struct World {
    pub(super) now_ms: i64,
    pub(super) events: Vec<v1::HistoryEvent>,
    places: [(Place, u64); 4],
    /// Until when the first reply and the end of each talk are promised; 0: they are not.
    due_ms: [(i64, i64); 4],
    online: [bool; 3],
}

impl Default for World {
    fn default() -> Self {
        Self {
            now_ms: BEGAN_MS,
            events: Vec::new(),
            places: [(Place::Bot, 0); 4],
            due_ms: [(0, 0); 4],
            online: [false; 3],
        }
    }
}

const STATUSES: [AgentStatus; 4] = [
    AgentStatus::Free,
    AgentStatus::Busy,
    AgentStatus::Away,
    AgentStatus::WrapUp,
];

impl World {
    fn tell(&mut self, event: v1::HistoryEvent) {
        self.events.push(v1::HistoryEvent {
            id: self.events.len() as u64 + 1,
            at_ms: self.now_ms,
            ..event
        });
    }

    /// Something that can happen now, to this conversation or agent.
    pub(super) fn does(&mut self, what: u8, whom: u8, later_ms: i64) {
        self.now_ms += later_ms;
        match what % 16 {
            0 if whom.is_multiple_of(8) => self.restarts(),
            0..=3 => self.comes_or_goes(what, whom),
            4 => self.offers(what, whom),
            _ => self.moves(what, whom),
        }
    }

    /// The core begins anew and says what it found.
    pub(super) fn restarts(&mut self) {
        self.tell(about(Kind::Started));
        self.online = [false; 3];
        for (at, (place, group)) in self.places.into_iter().enumerate() {
            let found = match place {
                Place::Waiting { since_ms } => v1::HistoryEvent {
                    value: self.now_ms - since_ms,
                    ..about(Kind::Waiting)
                },
                Place::Served { agent, .. } | Place::Tidied { agent } => v1::HistoryEvent {
                    agent_id: agent,
                    ..about(Kind::Owned)
                },
                Place::Bot | Place::Closed => continue,
            };
            self.tell(v1::HistoryEvent {
                conversation_id: at as u64 + 1,
                group_id: group,
                ..found
            });
            self.tells_promises(at);
        }
    }

    /// Says until when, also where it is not.
    fn tells_promises(&mut self, at: usize) {
        let (reply, resolution) = self.due_ms[at];
        for (kind, value) in [(Kind::ReplyDue, reply), (Kind::ResolutionDue, resolution)] {
            self.tell(v1::HistoryEvent {
                conversation_id: at as u64 + 1,
                group_id: self.places[at].1,
                value,
                ..about(kind)
            });
        }
    }

    /// What such a move promises, or fulfils.
    fn promises(&mut self, at: usize, kind: Kind, lot: u8) {
        let now_ms = self.now_ms;
        let until = |lot: u8| match lot % 4 {
            0 => 0,
            _ => now_ms + i64::from(lot) * 60_000,
        };
        match kind {
            Kind::FirstReply => self.due_ms[at].0 = 0,
            Kind::WrapUp | Kind::LeftQueue | Kind::Returned | Kind::Closed => {
                self.due_ms[at] = (0, 0);
            }
            Kind::Queued | Kind::Taken | Kind::Resumed | Kind::Regrouped => {
                self.due_ms[at] = (until(lot), until(lot.rotate_left(3)));
                self.tells_promises(at);
            }
            _ => {}
        }
    }

    fn comes_or_goes(&mut self, what: u8, whom: u8) {
        let at = usize::from(whom % 3);
        let status = STATUSES[usize::from(whom / 3 % 4)];
        let kind = match (what % 4, self.online[at]) {
            (0, _) => Kind::Status,
            (1, true) => Kind::LoggedOut,
            (_, true) => Kind::Offline,
            (_, false) => Kind::Online,
        };
        match kind {
            Kind::Offline => self.online[at] = false,
            Kind::Online => self.online[at] = true,
            _ => {}
        }
        let says = matches!(kind, Kind::Status | Kind::Online);
        let away = says && status == AgentStatus::Away;
        self.tell(v1::HistoryEvent {
            agent_id: u64::from(whom % 3) + 1,
            by_id: if kind == Kind::LoggedOut { 9 } else { 0 },
            value: if says { i32::from(status).into() } else { 0 },
            reason: if away {
                "用餐".to_owned()
            } else {
                String::new()
            },
            ..about(kind)
        });
    }

    fn offers(&mut self, _: u8, whom: u8) {
        let kinds = [Kind::Offered, Kind::Declined, Kind::Missed, Kind::Rated];
        self.tell(v1::HistoryEvent {
            agent_id: u64::from(whom % 3) + 1,
            conversation_id: 1,
            value: i64::from(whom % 5) + 1,
            ..about(kinds[usize::from(whom / 3 % 4)])
        });
    }

    fn moves(&mut self, what: u8, whom: u8) {
        let at = usize::from(whom % 4);
        let (place, group) = self.places[at];
        let agent = u64::from(whom / 4 % 3) + 1;
        let now_ms = self.now_ms;
        let waits = Place::Waiting { since_ms: now_ms };
        let serves = |agent| Place::Served {
            agent,
            since_ms: now_ms,
        };
        let lines = u64::from(what / 16 % 2);
        let (kind, agent_id, by_id, value, next, group) = match (place, what % 5) {
            (Place::Closed, _) => (Kind::Reopened, 0, 0, 0, Place::Bot, group),
            (Place::Bot, 0) => (Kind::Taken, agent, 0, 0, serves(agent), group),
            (Place::Bot, 1) => (
                Kind::Closed,
                0,
                0,
                i64::from(what % 2),
                Place::Closed,
                group,
            ),
            (Place::Bot, _) => (Kind::Queued, 0, 0, 0, waits, lines),
            (Place::Waiting { since_ms }, 0) => {
                (Kind::LeftQueue, 0, 0, now_ms - since_ms, Place::Bot, group)
            }
            (Place::Waiting { .. }, 1) => (Kind::Regrouped, 0, 0, 0, place, lines),
            (Place::Waiting { since_ms }, _) => {
                let waited_ms = now_ms - since_ms;
                (Kind::Assigned, agent, 0, waited_ms, serves(agent), group)
            }
            (Place::Served { agent: of, .. }, 0) => (Kind::Requeued, of, 0, 0, waits, group),
            (Place::Served { agent: of, .. }, 1) => {
                let to = if what > 127 { 0 } else { agent };
                let next = if to == 0 { waits } else { serves(to) };
                (Kind::Transferred, to, of, 0, next, group)
            }
            (
                Place::Served {
                    agent: of,
                    since_ms,
                },
                2,
            ) => {
                let kind = if what > 127 {
                    Kind::FirstReply
                } else {
                    Kind::SlaKept
                };
                let next = Place::Served {
                    agent: of,
                    since_ms,
                };
                (kind, of, 0, now_ms - since_ms, next, group)
            }
            (
                Place::Served {
                    agent: of,
                    since_ms,
                },
                _,
            ) => {
                let took_ms = now_ms - since_ms;
                (
                    Kind::WrapUp,
                    of,
                    0,
                    took_ms,
                    Place::Tidied { agent: of },
                    group,
                )
            }
            (Place::Tidied { agent: of }, 0 | 1) => (Kind::Resumed, of, 0, 0, serves(of), group),
            (Place::Tidied { agent: of }, 2) => (Kind::Returned, of, 0, 0, Place::Bot, group),
            (Place::Tidied { agent: of }, _) => (Kind::Closed, of, 0, 0, Place::Closed, group),
        };
        self.places[at] = (next, group);
        self.tell(v1::HistoryEvent {
            conversation_id: u64::from(whom % 4) + 1,
            agent_id,
            by_id,
            group_id: group,
            value,
            ..about(kind)
        });
        self.promises(at, kind, what ^ whom);
    }
}

fn about(kind: Kind) -> v1::HistoryEvent {
    v1::HistoryEvent {
        kind: kind.into(),
        ..Default::default()
    }
}
