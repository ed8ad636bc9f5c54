//! The board over the real service: its numbers against the history that the API gives, on every
//! screen the same; each event once, although the core is killed; and somebody who is logged out.

use std::collections::BTreeMap;

use kefu_proto::v1::{
    Board, BoardAgent, BoardDay, HistoryEvent, HistoryPage, Phase, client_frame,
    history_event::Kind, server_frame,
};
use kefu_tests::{Agent, Api, Codec, Options, PASSWORD, Service, Socket, Visitor};
use serde_json::{Value, json};

async fn read(api: &Api, path: &str) -> Value {
    let (status, body) = api.get(path).await.expect("an answer");
    assert_eq!(status, 200, "{path}: {body}");
    body
}

async fn board(api: &Api) -> Board {
    serde_json::from_value(read(api, "/api/v1/board").await).expect("a board")
}

/// All events, by small pages.
async fn history(api: &Api) -> Vec<HistoryEvent> {
    let (mut events, mut after) = (Vec::new(), 0);
    loop {
        let path = format!("/api/v1/events?limit=3&after={after}");
        let page: HistoryPage = serde_json::from_value(read(api, &path).await).expect("a page");
        events.extend(page.events);
        if page.next_after_id == 0 {
            return events;
        }
        after = page.next_after_id;
    }
}

/// A user of this role who has no workspace open, with their session.
async fn user(admin: &Agent, login: &str, role: &str) -> Api {
    let body = json!({
        "login": login, "name": login, "password": PASSWORD, "role": role, "capacity": 5,
    });
    let (status, user) = admin
        .api
        .post("/api/v1/users", body)
        .await
        .expect("an answer");
    assert_eq!(status, 201, "{user}");
    let api = Api::new(admin.api.base());
    let body = json!({ "login": login, "password": PASSWORD });
    let (status, session) = api.post("/api/v1/login", body).await.expect("an answer");
    assert_eq!(status, 200, "{session}");
    api.with_token(session["token"].as_str().expect("a token"))
}

async fn does(visitor: &Visitor, action: &str) {
    let path = format!("/api/v1/conversations/{}/actions", visitor.conversation);
    let done = visitor.api.post(&path, json!({ "action": action })).await;
    let (status, answer) = done.expect("an answer");
    assert_eq!(status, 200, "{answer}");
}

/// The day's counts, from the events alone.
fn counted(events: &[HistoryEvent]) -> BoardDay {
    let all = |kind: Kind| events.iter().filter(move |event| event.kind() == kind);
    let many = |kind: Kind| u32::try_from(all(kind).count()).expect("few");
    let mut waits: Vec<i64> = all(Kind::Assigned)
        .map(|event| event.value / 1_000)
        .collect();
    waits.sort_unstable();
    let rank = |percent: usize| {
        let place = (waits.len() * percent).div_ceil(100).max(1) - 1;
        let wait = waits.get(place).copied().unwrap_or(0);
        u32::try_from(wait).expect("no wait is negative")
    };
    let mean = |kind: Kind| {
        let sum: i64 = all(kind).map(|event| event.value).sum();
        sum / i64::from(many(kind)).max(1)
    };
    let scores: i64 = all(Kind::Rated).map(|event| event.value).sum();
    let alone = all(Kind::Closed).filter(|event| event.value == 1);
    BoardDay {
        queued: many(Kind::Queued),
        assigned: many(Kind::Assigned),
        wait_p50_s: rank(50),
        wait_p90_s: rank(90),
        wait_max_s: rank(100),
        replied: many(Kind::FirstReply),
        first_reply_mean_ms: mean(Kind::FirstReply),
        // Nobody here goes on after the end.
        served: many(Kind::WrapUp),
        handling_mean_ms: mean(Kind::WrapUp),
        closed: many(Kind::Closed),
        bot_only: u32::try_from(alone.count()).expect("few"),
        abandoned: many(Kind::LeftQueue),
        transfers: many(Kind::Transferred) + many(Kind::Regrouped),
        offered: many(Kind::Offered),
        declined: many(Kind::Declined),
        missed: many(Kind::Missed),
        sla_kept: many(Kind::SlaKept),
        sla_broken: many(Kind::SlaBroken),
        rated: many(Kind::Rated),
        score_sum: u32::try_from(scores).expect("few"),
    }
}

/// Conversations whose first reply is overdue, from the events alone.
fn overdue(events: &[HistoryEvent], now_ms: i64) -> u32 {
    use Kind::{Closed, FirstReply, LeftQueue, ReplyDue, Returned, WrapUp};

    let mut due: BTreeMap<u64, i64> = BTreeMap::new();
    for event in events {
        match event.kind() {
            ReplyDue => due.insert(event.conversation_id, event.value),
            FirstReply | WrapUp | LeftQueue | Returned | Closed => {
                due.remove(&event.conversation_id)
            }
            _ => None,
        };
    }
    let late = due.values().filter(|due_ms| **due_ms < now_ms);
    u32::try_from(late.count()).expect("few")
}

/// Asks until the board says what is wanted: it follows what is stored, a moment later.
async fn shows(api: &Api, wanted: impl Fn(&Board) -> bool) -> Board {
    loop {
        let board = board(api).await;
        if wanted(&board) {
            return board;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

fn row(board: &Board, id: u64) -> BoardAgent {
    let row = board.agents.iter().find(|agent| agent.agent_id == id);
    row.cloned().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_board_says_what_the_history_says_on_every_screen() {
    let options = Options::default().without_model();
    let service = Service::start(options.env("KEFU_SLA__FIRST_REPLY_S", 1)).await;
    let mut admin = Agent::first_admin(&service).await;
    let boss = user(&admin, "boss", "ROLE_SUPERVISOR").await;
    // Ended, closed.
    let mut first = Visitor::arrive(&service, "zh").await;
    does(&first, "ACTION_REQUEST_HUMAN").await;
    first.until_phase(Phase::Serving).await;
    admin
        .until(first.conversation, |head| head.phase() == Phase::Serving)
        .await;
    admin.says(first.conversation, "您好").await;
    for action in ["ACTION_END", "ACTION_FINISH"] {
        let (status, answer) = admin.acts(first.conversation, action).await;
        assert_eq!(status, 200, "{answer}");
    }
    first.until_phase(Phase::Closed).await;
    // By the bot alone; then one who waits for nobody, and one who gives up.
    let alone = Visitor::arrive(&service, "zh").await;
    does(&alone, "ACTION_CLOSE").await;
    let busy = json!({ "status": "AGENT_STATUS_AWAY" });
    let put = admin
        .api
        .call(reqwest::Method::PUT, "/api/v1/me/status", Some(busy));
    assert_eq!(put.await.expect("an answer").0, 200);
    let waits = Visitor::arrive(&service, "zh").await;
    does(&waits, "ACTION_REQUEST_HUMAN").await;
    let gives_up = Visitor::arrive(&service, "zh").await;
    does(&gives_up, "ACTION_REQUEST_HUMAN").await;
    does(&gives_up, "ACTION_LEAVE_QUEUE").await;
    let wanted = |board: &Board| {
        let day = board.day.unwrap_or_default();
        let counted = day.abandoned == 1 && day.closed == 2 && board.waiting == 1;
        // Who waits is promised a word within a second.
        counted && board.overdue == 1
    };
    let shown = shows(&admin.api, wanted).await;
    let events = history(&admin.api).await;
    let today: Vec<HistoryEvent> = events
        .iter()
        .filter(|event| event.at_ms >= shown.day_from_ms)
        .cloned()
        .collect();
    assert_eq!(shown.day.unwrap_or_default(), counted(&today));
    assert_eq!(shown.reply_overdue, overdue(&events, shown.at_ms));
    let queued = events
        .iter()
        .rfind(|event| event.kind() == Kind::Queued && event.conversation_id == waits.conversation);
    assert_eq!(
        queued.map(|event| event.at_ms),
        Some(shown.longest_since_ms)
    );
    let mine = row(&shown, admin.id);
    assert!(mine.online, "{mine:?}");
    let away = events
        .iter()
        .rfind(|event| event.kind() == Kind::Status && event.agent_id == admin.id);
    assert_eq!(away.map(|event| event.at_ms), Some(mine.since_ms));
    // The other screen.
    let theirs = board(&boss).await;
    assert_eq!(theirs.day, shown.day);
    assert_eq!(theirs.groups, shown.groups);
    assert_eq!(row(&theirs, admin.id).since_ms, mine.since_ms);
    // Nobody else has any.
    for (api, path) in [
        (&boss, "/api/v1/events"),
        (&waits.api, "/api/v1/events"),
        (&waits.api, "/api/v1/board"),
    ] {
        let (status, refused) = api.get(path).await.expect("an answer");
        assert_eq!(status, 403, "{path}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_is_told_once_although_the_core_is_killed() {
    let service = Service::start(Options::default().without_model()).await;
    let admin = Agent::first_admin(&service).await;
    let mut visitors = Vec::new();
    for round in 0..3 {
        let mut visitor = Visitor::arrive(&service, "zh").await;
        visitor.says("你好").await;
        let (status, answer) = admin.acts(visitor.conversation, "ACTION_CLAIM").await;
        assert_eq!(status, 200, "{answer}");
        if round == 1 {
            let (status, answer) = admin.acts(visitor.conversation, "ACTION_END").await;
            assert_eq!(status, 200, "{answer}");
        }
        visitors.push(visitor);
        let dead = service.kill_role("chat");
        service.until_restarted("chat", dead).await;
        service.until_ready().await;
    }
    let events = loop {
        let events = history(&admin.api).await;
        let began = events.iter().filter(|event| event.kind() == Kind::Started);
        if began.count() == 4 {
            break events;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    let mut ids: Vec<u64> = events.iter().map(|event| event.id).collect();
    let all = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), all, "no event twice");
    assert!(ids.is_sorted());
    let told = |id: u64, wanted: &[Kind]| {
        let own = events.iter().filter(|event| event.conversation_id == id);
        own.filter(|event| wanted.contains(&event.kind())).count()
    };
    for (round, visitor) in visitors.iter().enumerate() {
        let id = visitor.conversation;
        // Claimed out of the bot's hands, or out of the line where the bot was away.
        assert_eq!(told(id, &[Kind::Taken, Kind::Assigned]), 1, "{events:?}");
        let ended = usize::from(round == 1);
        assert_eq!(told(id, &[Kind::WrapUp]), ended, "{events:?}");
    }
    let last = visitors.last().expect("three");
    let owned = |board: &Board| row(board, admin.id).load >= 2;
    let shown = shows(&admin.api, owned).await;
    assert_eq!(shown.waiting, 0);
    assert!(told(last.conversation, &[Kind::Owned]) >= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_is_logged_out_with_the_name_of_who_did_it() {
    let service = Service::start(Options::default().without_model()).await;
    let admin = Agent::first_admin(&service).await;
    let boss = user(&admin, "boss", "ROLE_SUPERVISOR").await;
    let agent = user(&admin, "li", "ROLE_AGENT").await;
    let me = read(&agent, "/api/v1/me").await;
    let id = me["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/v1/users/{id}/logout");
    let mut socket = Socket::hello(agent.base(), Codec::Json, agent.token())
        .await
        .expect("a welcome");
    let open = client_frame::Body::Workspace(kefu_proto::v1::OpenWorkspace {});
    socket.send(open).await.expect("connected");
    while !matches!(
        socket.next().await.expect("the lists").body,
        Some(server_frame::Body::Workspace(_))
    ) {}
    let (status, refused) = agent.post(&path, json!({})).await.expect("an answer");
    assert_eq!(status, 403, "{refused}");
    let (status, gone) = boss.post(&path, json!({})).await.expect("an answer");
    assert_eq!((status, &gone["name"]), (200, &json!("li")), "{gone}");
    // The socket is told, and the session is worth nothing any more.
    let said = loop {
        let frame = socket.next().await.expect("a goodbye comes first");
        if let Some(server_frame::Body::Goodbye(goodbye)) = frame.body {
            break goodbye.problem.unwrap_or_default();
        }
    };
    assert_eq!(
        (said.code.as_str(), said.message.as_str()),
        ("logged_out", "boss")
    );
    let (status, _) = agent.get("/api/v1/me").await.expect("an answer");
    assert_eq!(status, 401);
    let id: u64 = id.parse().expect("a number");
    let shown = shows(&boss, |board| row(board, id).logged_out_by == "boss").await;
    assert!(!row(&shown, id).online);
}
