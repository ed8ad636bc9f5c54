//! A commit whose answer is lost is a commit: what follows from it happens, once. A change that never
//! gets to the store has no followers either: what was due is looked at again.

mod forgetful;
mod looked_again;

use std::{sync::Arc, time::Duration};

use forgetful::Forgetful;
use kefu_chat::{ChatSettings, Core, Hashing, Link, LinkEvents};
use kefu_dialog::{Event, Policy, State, Understanding, step};
use kefu_proto::v1::{self, body, link_down, link_up};
use kefu_types::{ManualClock, SeededEntropy, Snowflake};

struct Office {
    store: Arc<Forgetful>,
    clock: Arc<ManualClock>,
    core: Arc<Core>,
    token: String,
    conversation: u64,
    _link: Link,
    events: LinkEvents,
}

async fn office() -> Office {
    office_with(ChatSettings::default()).await
}

async fn office_with(settings: ChatSettings) -> Office {
    let store = Arc::new(Forgetful::new(kefu_sim::disk::faultless()));
    let clock = Arc::new(ManualClock::new(1_790_000_000_000));
    let ids = Snowflake::new(clock.clone(), 1).expect("the node fits");
    let mut settings = ChatSettings {
        hashing: Hashing {
            memory_kib: 8,
            passes: 1,
            lanes: 1,
        },
        ..settings
    };
    settings.timing.store_stall = Duration::from_millis(200);
    let entropy = Arc::new(SeededEntropy::new(1));
    let core = Core::start(store.clone(), clock.clone(), entropy, ids, settings)
        .await
        .expect("the core starts");
    let created = core
        .create_visitor(v1::CreateVisitorRequest::default())
        .await
        .expect("a visitor comes");
    let conversation = created.principal.expect("somebody").conversation_id;
    let (link, events) = core.open_link().expect("there is room");
    let watch = v1::Watch {
        session: created.token.clone(),
        conversation_id: conversation,
    };
    link.receive(v1::LinkUp {
        body: Some(link_up::Body::Watch(watch)),
    })
    .await;
    Office {
        store,
        clock,
        core,
        token: created.token,
        conversation,
        _link: link,
        events,
    }
}

fn text(text: &str) -> Option<v1::Body> {
    let text = v1::Text {
        text: text.to_owned(),
        ..Default::default()
    };
    Some(v1::Body {
        kind: Some(body::Kind::Text(text)),
    })
}

impl Office {
    fn words(&self, client_id: &str) -> v1::SendRequest {
        let message = v1::SendMessage {
            conversation_id: self.conversation,
            client_id: client_id.to_owned(),
            body: text("hello"),
            ..Default::default()
        };
        v1::SendRequest {
            session: self.token.clone(),
            message: Some(message),
            language: String::new(),
        }
    }

    async fn says(&self, client_id: &str) -> Result<v1::Accepted, kefu_chat::CoreError> {
        self.core.send(self.words(client_id)).await
    }

    /// Sequences of the next messages that come down the link.
    async fn is_told(&mut self) -> Vec<u64> {
        loop {
            let event = self.events.next().await.expect("the link is open");
            if let Some(link_down::Body::Appended(appended)) = event.body {
                return appended
                    .messages
                    .iter()
                    .map(|message| message.seq)
                    .collect();
            }
        }
    }

    fn bot(&self) -> kefu_chat::TurnStream {
        let request = v1::SubscribeRequest {
            bot_id: "b".to_owned(),
            max_in_flight: 1,
        };
        self.core.subscribe(&request).expect("there is room")
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_is_acknowledged_fanned_out_and_handed_to_a_bot() {
    let mut office = office().await;
    let mut bot = office.bot();
    office.store.lose(1);
    let accepted = office.says("a").await.expect("it is stored");
    assert_eq!((accepted.seq, accepted.duplicate), (1, false));
    assert_eq!(office.is_told().await, [1]);
    assert_eq!(bot.next().await.expect("a turn").messages.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_was_given_up_is_followed_up_when_the_store_is_well() {
    let mut office = office().await;
    let mut bot = office.bot();
    // More than the writer's patience of 200 ms holds tries.
    office.store.lose(100);
    let refused = office.says("a").await.expect_err("nobody knows");
    assert!(refused.retry_after_ms() > 0);
    office.store.lose(0);
    assert_eq!(office.is_told().await, [1]);
    assert_eq!(bot.next().await.expect("a turn").turn, 1);
    let again = office.says("a").await.expect("it is stored");
    assert_eq!((again.seq, again.duplicate), (1, true));
}

#[tokio::test(start_paused = true)]
async fn a_bots_reply_is_applied_and_not_stale() {
    let mut office = office().await;
    let mut bot = office.bot();
    office.says("a").await.expect("it is stored");
    let turn = bot.next().await.expect("a turn");
    let what = Understanding::Fallback;
    let understood = Event::Understood {
        turn: turn.turn,
        what,
    };
    let state = State::from_json(&turn.state).expect("a state");
    let (state, _) = step(&state, &understood, &Policy::default());
    let commit = v1::CommitTurn {
        tenant_id: turn.tenant_id,
        conversation_id: turn.conversation_id,
        turn: turn.turn,
        expected_version: turn.version,
        new_state: state.to_json(),
        messages: vec![v1::BotMessage {
            body: text("what?"),
            trace: None,
        }],
        ..v1::CommitTurn::default()
    };
    office.store.lose(1);
    let done = office.core.commit_turn(commit).await.expect("an answer");
    assert_eq!(done.outcome(), v1::commit_result::Outcome::Applied);
    assert_eq!(office.is_told().await, [1]);
    assert_eq!(office.is_told().await, [2]);
}

#[tokio::test(start_paused = true)]
async fn a_session_has_ended_when_the_logout_says_so() {
    let office = office().await;
    let who = v1::WhoamiRequest {
        session: office.token.clone(),
    };
    assert!(office.core.whoami(who.clone()).await.is_ok());
    office.store.lose(1);
    let request = v1::LogoutRequest {
        session: office.token.clone(),
        everywhere: false,
    };
    office.core.logout(request).await.expect("it has ended");
    assert!(office.core.whoami(who).await.is_err());
}
