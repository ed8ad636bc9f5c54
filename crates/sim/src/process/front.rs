//! The calls that the world makes. A process that dies answers nobody.

use std::{collections::BTreeMap, future::Future, sync::Arc};

use kefu_chat::{Core, CoreError, Link, LinkEvents, TurnStream};
use kefu_proto::v1::{self, link_down};

use super::settings::AWAY_REASON;
use crate::{
    counters::Counted,
    disk::Fence,
    log::{self, Event, Place, Reader},
    planted::Planted,
    run::Run,
};

/// What became of a call.
#[derive(Debug)]
pub(crate) enum Answer<T> {
    Done(T),
    Refused(CoreError),
    /// The process ended first. What was asked for may have happened.
    Lost,
}

/// One process, as the world sees it.
pub(crate) struct Front {
    pub(super) run: Arc<Run>,
    pub(super) core: Arc<Core>,
    fence: Fence,
}

impl Front {
    pub(super) fn new(run: &Arc<Run>, core: &Arc<Core>, fence: &Fence) -> Self {
        Self {
            run: run.clone(),
            core: core.clone(),
            fence: fence.clone(),
        }
    }

    pub(crate) async fn fallen(&self) {
        self.fence.fallen().await;
    }

    /// How many changes wait for the store.
    pub(crate) fn waiting_changes(&self) -> usize {
        self.core.waiting_changes()
    }

    /// Whether the core says that it takes changes.
    pub(crate) fn is_ready(&self) -> bool {
        self.core.ready().is_ok()
    }

    async fn call<T>(&self, work: impl Future<Output = Result<T, CoreError>>) -> Answer<T> {
        let answer = tokio::select! {
            biased;
            () = self.fence.fallen() => Answer::Lost,
            done = work => match done {
                Ok(done) => Answer::Done(done),
                Err(refused) => Answer::Refused(refused),
            },
        };
        match &answer {
            Answer::Lost => self.run.tally.count(Counted::LostAnswer),
            Answer::Refused(CoreError::Overloaded { .. }) => {
                self.run.tally.count(Counted::Overloaded);
                self.run.troubled();
            }
            Answer::Refused(CoreError::Unavailable { .. }) => {
                self.run.tally.count(Counted::Unavailable);
                self.run.troubled();
            }
            _ => {}
        }
        answer
    }

    pub(crate) async fn create_visitor(&self, tenant: &str) -> Answer<v1::SessionCreated> {
        let request = v1::CreateVisitorRequest {
            tenant: tenant.to_owned(),
            language: "en".to_owned(),
            name: String::new(),
        };
        self.call(self.core.create_visitor(request)).await
    }

    pub(crate) async fn send(&self, request: v1::SendRequest) -> Answer<v1::Accepted> {
        self.call(self.core.send(request)).await
    }

    pub(crate) async fn page(&self, request: v1::ListMessagesRequest) -> Answer<v1::MessagePage> {
        self.call(self.core.list_messages(request)).await
    }

    pub(crate) async fn conversation(&self, session: &str, id: u64) -> Answer<v1::Conversation> {
        let request = v1::GetConversationRequest {
            session: session.to_owned(),
            conversation_id: id,
        };
        let floors = self.run.log.ask(|checker| checker.places(id));
        let answer = self.call(self.core.get_conversation(request)).await;
        self.shown(&answer);
        if let Answer::Done(conversation) = &answer {
            self.reached(&conversation.cursors, floors);
        }
        answer
    }

    /// Everybody who was acknowledged to be somewhere is there, and nobody is where they never said.
    fn reached(&self, cursors: &[v1::Cursor], floors: Vec<(Reader, Place)>) {
        let mut floors: BTreeMap<Reader, Place> = floors.into_iter().collect();
        for (reader, told) in cursors.iter().map(log::place) {
            let floor = floors.remove(&reader).unwrap_or_default();
            self.run.log.add(Event::Reached {
                reader,
                told,
                floor,
            });
        }
        for (reader, floor) in floors {
            self.run.log.add(Event::Reached {
                reader,
                told: (0, 0),
                floor,
            });
        }
    }

    pub(crate) async fn mark(&self, request: v1::MarkRequest) -> Answer<v1::Cursor> {
        self.call(self.core.mark(request)).await
    }

    pub(crate) async fn missed(&self, request: v1::MissedRequest) -> Answer<v1::MissedPage> {
        let answer = self.call(self.core.missed(request)).await;
        if let Answer::Done(page) = &answer {
            let heads = page.conversations.iter();
            let heads = heads.filter_map(|missed| missed.conversation.as_ref());
            heads.for_each(|head| self.run.log.add(log::shown(head)));
        }
        answer
    }

    pub(crate) async fn listed(&self, session: &str) -> Answer<v1::Conversations> {
        let request = v1::ListConversationsRequest {
            session: session.to_owned(),
            ..v1::ListConversationsRequest::default()
        };
        let answer = self.call(self.core.list_conversations(request)).await;
        if let Answer::Done(listed) = &answer {
            let events = listed.conversations.iter().map(log::shown);
            events.for_each(|event| self.run.log.add(event));
        }
        answer
    }

    pub(crate) async fn act(&self, request: v1::ActRequest) -> Answer<v1::Conversation> {
        let mut answer = self.call(self.core.act(request.clone())).await;
        if self.run.planted == Some(Planted::DoubledOwner)
            && let Answer::Refused(CoreError::Conflict(_)) = &answer
            && let Some(forged) = self.claim_anyway(&request).await
        {
            answer = Answer::Done(forged);
        }
        self.shown(&answer);
        answer
    }

    pub(crate) async fn set_status(
        &self,
        session: &str,
        status: v1::AgentStatus,
    ) -> Answer<v1::Agent> {
        let request = v1::SetStatusRequest {
            session: session.to_owned(),
            status: status.into(),
            reason: if status == v1::AgentStatus::Away {
                AWAY_REASON.to_owned()
            } else {
                String::new()
            },
        };
        self.call(self.core.set_status(request)).await
    }

    pub(crate) async fn logout(&self, session: &str) -> Answer<v1::Empty> {
        let request = v1::LogoutRequest {
            session: session.to_owned(),
            everywhere: false,
        };
        self.call(self.core.logout(request)).await
    }

    pub(crate) async fn whoami(&self, session: &str) -> Answer<v1::Principal> {
        let request = v1::WhoamiRequest {
            session: session.to_owned(),
        };
        self.call(self.core.whoami(request)).await
    }

    pub(crate) async fn commit(&self, commit: v1::CommitTurn) -> Answer<v1::CommitResult> {
        let mut answer = self.call(self.core.commit_turn(commit.clone())).await;
        if self.run.planted == Some(Planted::StaleCommit)
            && let Answer::Done(result) = &mut answer
            && result.outcome() == v1::commit_result::Outcome::Stale
            && self.speak_anyway(&commit)
        {
            result.set_outcome(v1::commit_result::Outcome::Applied);
        }
        answer
    }

    pub(crate) async fn leave(&self, request: v1::LeaveMessageRequest) -> Answer<v1::LeftMessage> {
        self.call(self.core.leave_message(request)).await
    }

    pub(crate) async fn move_left(&self, request: v1::MoveLeftRequest) -> Answer<v1::LeftMessage> {
        let mut answer = self.call(self.core.move_left(request.clone())).await;
        if self.run.planted == Some(Planted::DoubledClaim)
            && let Answer::Refused(CoreError::Conflict(_)) = &answer
            && let Some(forged) = self.claim_left_anyway(&request).await
        {
            answer = Answer::Done(forged);
        }
        if let Answer::Done(left) = &answer {
            let row = log::left_row(left);
            self.run.log.add(Event::LeftTold { row });
        }
        answer
    }

    pub(crate) async fn answer_left(
        &self,
        request: v1::AnswerLeftRequest,
    ) -> Answer<v1::LeftMessage> {
        self.call(self.core.answer_left(request)).await
    }

    pub(crate) async fn list_left(&self, request: v1::ListLeftRequest) -> Answer<v1::LeftMessages> {
        self.call(self.core.list_left(request)).await
    }

    /// A bot subscribes.
    pub(crate) fn subscribe(&self, bot: u64, max_in_flight: u32) -> Option<TurnStream> {
        let request = v1::SubscribeRequest {
            bot_id: bot.to_string(),
            max_in_flight,
        };
        self.core.subscribe(&request).ok()
    }

    /// An edge connects.
    pub(crate) fn link(&self) -> Option<(Uplink, Downlink)> {
        let (link, events) = self.core.open_link().ok()?;
        let down = Downlink {
            run: self.run.clone(),
            events,
        };
        Some((Uplink(link), down))
    }

    fn shown(&self, answer: &Answer<v1::Conversation>) {
        if let Answer::Done(conversation) = answer {
            self.run.log.add(log::shown(conversation));
        }
    }
}

/// The way up of a link.
pub(crate) struct Uplink(Link);

impl Uplink {
    pub(crate) async fn say(&self, body: v1::link_up::Body) {
        self.0.receive(v1::LinkUp { body: Some(body) }).await;
    }
}

/// The way down.
pub(crate) struct Downlink {
    run: Arc<Run>,
    events: LinkEvents,
}

impl Downlink {
    pub(crate) async fn next(&mut self) -> Option<link_down::Body> {
        loop {
            let body = self.events.next().await?.body?;
            let appended = matches!(body, link_down::Body::Appended(_));
            match self.run.planted {
                Some(Planted::LostFanOut) if appended && self.run.dice.chance(10) => {}
                Some(Planted::WrongWatcher) if appended && self.run.dice.chance(10) => {
                    return Some(self.run.somebody_elses().unwrap_or(body));
                }
                _ => return Some(body),
            }
        }
    }
}

impl Run {
    /// A planted bug: the newest message of any conversation of any tenant.
    fn somebody_elses(&self) -> Option<link_down::Body> {
        let heads = self.disk.heads();
        let head = self.dice.pick(&heads)?;
        let messages = self.disk.newest(head);
        self.log
            .add(Event::Did("fans out to whoever is there", head.id.0));
        Some(link_down::Body::Appended(v1::Appended {
            tenant_id: head.tenant.0,
            conversation: Some(v1::Conversation {
                id: head.id.0,
                ..v1::Conversation::default()
            }),
            messages,
        }))
    }
}
