//! A timer is a hint, and so is a head that is on its way to the store: what was due, met one that
//! never got there and did nothing, is looked at again. In each of these a change is held in front
//! of the store while the time comes, and then refused.

use std::time::Duration;

use kefu_chat::{ChatSettings, CoreError, Link, LinkEvents, Timing};
use kefu_proto::v1::{self, Phase, Sender, act_request::Action, body, link_up, notice};
use tokio::task::JoinHandle;

use super::{Office, office, office_with};

const MINUTE: Duration = Duration::from_secs(60);

fn timing() -> Timing {
    ChatSettings::default().timing
}

impl Office {
    /// Paused time moves on only when nobody can go on: what is under way has ended, or is held.
    async fn quiet(&self) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }

    /// Time passes, and what is due happens.
    async fn pass(&self, by: Duration) {
        self.clock.advance(by);
        self.core.tick();
        self.quiet().await;
    }

    /// Begins an act, which may be held.
    fn acts(&self, token: &str, action: Action) -> JoinHandle<Result<v1::Conversation, CoreError>> {
        let request = v1::ActRequest {
            session: token.to_owned(),
            conversation_id: self.conversation,
            action: action.into(),
            ..v1::ActRequest::default()
        };
        let core = self.core.clone();
        tokio::spawn(async move { core.act(request).await })
    }

    /// Acts, and everybody knows of it.
    async fn does(&self, token: &str, action: Action) {
        let done = self.acts(token, action).await.expect("no panic");
        done.expect("they may");
        self.quiet().await;
    }

    /// Begins to say something, which may be held.
    fn sends(&self, client_id: &str) -> JoinHandle<Result<v1::Accepted, CoreError>> {
        let (core, request) = (self.core.clone(), self.words(client_id));
        tokio::spawn(async move { core.send(request).await })
    }

    /// The first admin's session.
    async fn admin(&self) -> String {
        let link = self.core.ensure_setup().await.expect("the store works");
        let request = v1::CompleteSetupRequest {
            setup_token: link.expect("there is no user yet").token,
            login: "root".to_owned(),
            name: "Root".to_owned(),
            password: "correct horse".to_owned(),
        };
        let created = self.core.complete_setup(request).await;
        created.expect("the link is good").token
    }

    /// A workspace of this session, for as long as it is kept.
    async fn workspace(&self, token: &str) -> (Link, LinkEvents) {
        let (link, events) = self.core.open_link().expect("there is room");
        let watch = v1::WatchWorkspace {
            session: token.to_owned(),
            socket_id: 1,
        };
        let body = Some(link_up::Body::WatchWorkspace(watch));
        link.receive(v1::LinkUp { body }).await;
        (link, events)
    }

    async fn phase(&self) -> Phase {
        let request = v1::GetConversationRequest {
            session: self.token.clone(),
            conversation_id: self.conversation,
        };
        let seen = self.core.get_conversation(request).await;
        seen.expect("it is theirs").phase()
    }

    async fn history(&self) -> Vec<v1::Message> {
        let request = v1::ListMessagesRequest {
            session: self.token.clone(),
            conversation_id: self.conversation,
            limit: 50,
            ..v1::ListMessagesRequest::default()
        };
        let page = self.core.list_messages(request).await;
        page.expect("it is theirs").messages
    }

    /// How often the service itself said something.
    async fn service_said(&self) -> usize {
        let is = |message: &&v1::Message| {
            let kind = message.body.as_ref().and_then(|body| body.kind.as_ref());
            message.sender() == Sender::System && matches!(kind, Some(body::Kind::Text(_)))
        };
        self.history().await.iter().filter(is).count()
    }

    /// How often this happened.
    async fn facts(&self, wanted: notice::Kind) -> usize {
        let is = |message: &&v1::Message| {
            let kind = message.body.as_ref().and_then(|body| body.kind.as_ref());
            matches!(kind, Some(body::Kind::Notice(notice)) if notice.kind() == wanted)
        };
        self.history().await.iter().filter(is).count()
    }
}

#[tokio::test(start_paused = true)]
async fn a_turn_still_gets_its_please_wait() {
    let mut office = office().await;
    office.says("a").await.expect("it is stored");
    assert_eq!(office.is_told().await, [1]);
    let mut held = office.store.hold();
    let asks = office.acts(&office.token, Action::RequestHuman);
    held.arrives().await;
    office.pass(timing().turn_deadline).await;
    held.refuse();
    asks.await.expect("no panic").expect_err("it is refused");
    assert_eq!(office.service_said().await, 0);
    office.pass(timing().turn_deadline).await;
    assert_eq!(office.service_said().await, 1);
    office
        .pass(timing().turn_deadline - Duration::from_millis(1))
        .await;
    assert_eq!(office.service_said().await, 1, "once");
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_bot_that_is_away_still_gets_people() {
    let mut office = office().await;
    office.says("a").await.expect("it is stored");
    assert_eq!(office.is_told().await, [1]);
    office.pass(timing().turn_deadline).await;
    assert_eq!(office.service_said().await, 1);
    let mut held = office.store.hold();
    let asks = office.acts(&office.token, Action::RequestHuman);
    held.arrives().await;
    office.pass(timing().bot_away).await;
    held.refuse();
    asks.await.expect("no panic").expect_err("it is refused");
    assert_eq!(office.phase().await, Phase::Bot);
    office.pass(timing().turn_deadline).await;
    assert_eq!(office.phase().await, Phase::Queued);
    office.pass(timing().bot_away).await;
    assert_eq!(office.facts(notice::Kind::Queued).await, 1, "once");
}

#[tokio::test(start_paused = true)]
async fn a_wrap_up_still_ends() {
    let office = office().await;
    let admin = office.admin().await;
    office.does(&admin, Action::Claim).await;
    office.does(&admin, Action::End).await;
    let mut held = office.store.hold();
    let says = office.sends("more");
    held.arrives().await;
    office.pass(timing().wrap_up).await;
    held.refuse();
    says.await.expect("no panic").expect_err("it is refused");
    assert_eq!(office.phase().await, Phase::WrapUp);
    office.pass(timing().turn_deadline).await;
    assert_eq!(office.phase().await, Phase::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_second_wrap_up_has_its_whole_time() {
    let office = office().await;
    let admin = office.admin().await;
    office.does(&admin, Action::Claim).await;
    office.does(&admin, Action::End).await;
    office.pass(timing().wrap_up / 2).await;
    office.says("more").await.expect("it is stored");
    assert_eq!(office.phase().await, Phase::Serving);
    office.does(&admin, Action::End).await;
    // The time of the first one is over.
    office.pass(timing().wrap_up * 3 / 4).await;
    assert_eq!(office.phase().await, Phase::WrapUp);
    office.pass(timing().wrap_up / 4).await;
    assert_eq!(office.phase().await, Phase::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_silent_visitor_is_still_reminded() {
    let mut settings = ChatSettings::default();
    settings.closing.remind_after = 10 * MINUTE;
    let office = office_with(settings).await;
    let admin = office.admin().await;
    office.does(&admin, Action::Claim).await;
    let asks = v1::SendRequest {
        session: admin.clone(),
        ..office.words("there")
    };
    office.core.send(asks).await.expect("it is stored");
    office.quiet().await;
    let mut held = office.store.hold();
    let says = office.sends("yes");
    held.arrives().await;
    office.pass(10 * MINUTE).await;
    held.refuse();
    says.await.expect("no panic").expect_err("it is refused");
    assert_eq!(office.service_said().await, 0);
    office.pass(timing().turn_deadline).await;
    assert_eq!(office.service_said().await, 1);
}

#[tokio::test(start_paused = true)]
async fn who_lost_an_agent_still_goes_back_to_the_line() {
    let office = office().await;
    let admin = office.admin().await;
    let workspace = office.workspace(&admin).await;
    office.does(&office.token, Action::RequestHuman).await;
    assert_eq!(office.phase().await, Phase::Serving);
    drop(workspace);
    office.quiet().await;
    let mut held = office.store.hold();
    let closes = office.acts(&office.token, Action::Close);
    held.arrives().await;
    office.pass(timing().agent_grace).await;
    held.refuse();
    closes.await.expect("no panic").expect_err("it is refused");
    assert_eq!(office.phase().await, Phase::Serving);
    office.pass(timing().agent_grace).await;
    assert_eq!(office.phase().await, Phase::Queued);
}

#[tokio::test(start_paused = true)]
async fn what_reaches_an_agent_after_their_grace_goes_back_to_the_line() {
    let office = office().await;
    let admin = office.admin().await;
    office.does(&office.token, Action::RequestHuman).await;
    let mut held = office.store.hold();
    let workspace = office.workspace(&admin).await;
    held.arrives().await;
    drop(workspace);
    office.pass(timing().agent_grace).await;
    held.store();
    office.quiet().await;
    assert_eq!(office.phase().await, Phase::Serving);
    office.pass(timing().agent_grace).await;
    assert_eq!(office.phase().await, Phase::Queued);
    assert_eq!(office.facts(notice::Kind::Requeued).await, 1);
}

#[tokio::test(start_paused = true)]
async fn an_assignment_that_is_refused_is_decided_anew() {
    let office = office().await;
    let admin = office.admin().await;
    office.does(&office.token, Action::RequestHuman).await;
    let mut held = office.store.hold();
    let _workspace = office.workspace(&admin).await;
    held.arrives().await;
    held.refuse();
    office.quiet().await;
    assert_eq!(office.phase().await, Phase::Queued);
    office.pass(Duration::from_secs(1)).await;
    assert_eq!(office.phase().await, Phase::Serving);
}
