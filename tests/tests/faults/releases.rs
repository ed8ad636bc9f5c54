//! Row 21, a node of another version: an edge and a core of two releases refuse each other when the
//! link begins, with words that say so; nothing is asked and nothing is answered meanwhile. Once they
//! are of one release again, they go on by themselves.

use std::{
    pin::Pin,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{Stream, StreamExt as _};
use kefu_proto::{
    LINK_PROTOCOL,
    transport::{Address, channel, listen_unix},
    v1::{self, chat_client::ChatClient, chat_server, link_down, link_up},
};
use kefu_tests::{Api, Codec, Service, Socket, Visitor, binary, workspace_root};
use serde_json::json;
use tonic::{Code, Request, Response, Status, Streaming};

use crate::common::{quick, until};

fn hello(protocol: u32) -> v1::LinkUp {
    let edge_id = "edge-of-tomorrow".to_owned();
    v1::LinkUp {
        body: Some(link_up::Body::Hello(v1::LinkHello { edge_id, protocol })),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_core_refuses_an_edge_of_another_release_and_serves_its_own() {
    let service = Service::start(quick()).await;
    let mut visitor = Visitor::arrive(&service, "zh").await;
    let socket = Address::Unix(service.data_dir.join("run/chat.sock"));
    let mut chat = ChatClient::new(channel(&socket).expect("an address"));
    // 0 is what an edge says that knows of no versions yet.
    for protocol in [LINK_PROTOCOL + 1, 0] {
        let ups = futures::stream::iter([hello(protocol)]).chain(futures::stream::pending());
        let refused = chat.link(ups).await.expect_err("refused");
        assert_eq!(refused.code(), Code::FailedPrecondition);
        let words = format!("version {LINK_PROTOCOL} of the link, the edge version {protocol}");
        assert!(refused.message().contains(&words), "{refused:?}");
    }
    service
        .until_logged("an edge of another release is refused")
        .await;
    visitor.says("还在吗").await;
}

/// A core that speaks the link in the version it is told to, and counts what else it is asked.
#[derive(Clone)]
struct Core {
    protocol: Arc<AtomicU32>,
    asked: Arc<AtomicUsize>,
}

type Answers = Pin<Box<dyn Stream<Item = Result<v1::SendDown, Status>> + Send>>;
type Downs = Pin<Box<dyn Stream<Item = Result<v1::LinkDown, Status>> + Send>>;

macro_rules! counts {
    ($($name:ident($request:ident) -> $reply:ident;)*) => {
        #[tonic::async_trait]
        impl chat_server::Chat for Core {
            type LinkStream = Downs;
            type SendsStream = Answers;

            $(async fn $name(&self, _: Request<v1::$request>) -> Result<Response<v1::$reply>, Status> {
                self.asked.fetch_add(1, Ordering::SeqCst);
                Err(Status::unavailable("this core is a test's"))
            })*

            async fn sends(&self, _: Request<Streaming<v1::SendUp>>) -> Result<Response<Answers>, Status> {
                assert_eq!(self.protocol.load(Ordering::SeqCst), LINK_PROTOCOL, "it is not linked");
                Ok(Response::new(Box::pin(futures::stream::pending())))
            }

            async fn link(&self, _: Request<Streaming<v1::LinkUp>>) -> Result<Response<Downs>, Status> {
                let protocol = self.protocol.load(Ordering::SeqCst);
                let ready = v1::LinkReady { protocol, epoch: 1 };
                let down = v1::LinkDown { body: Some(link_down::Body::Ready(ready)) };
                let downs = futures::stream::iter([Ok(down)]).chain(futures::stream::pending());
                Ok(Response::new(Box::pin(downs)))
            }
        }
    };
}

counts! {
    create_visitor(CreateVisitorRequest) -> SessionCreated;
    identify(IdentifyRequest) -> SessionCreated;
    login(LoginRequest) -> SessionCreated;
    whoami(WhoamiRequest) -> Principal;
    logout(LogoutRequest) -> Empty;
    check_setup(CheckSetupRequest) -> Empty;
    complete_setup(CompleteSetupRequest) -> SessionCreated;
    list_groups(ListGroupsRequest) -> Groups;
    create_group(CreateGroupRequest) -> Group;
    update_group(UpdateGroupRequest) -> Group;
    list_users(ListUsersRequest) -> Users;
    create_user(CreateUserRequest) -> Agent;
    update_user(UpdateUserRequest) -> Agent;
    send(SendRequest) -> Accepted;
    get_conversation(GetConversationRequest) -> Conversation;
    list_conversations(ListConversationsRequest) -> Conversations;
    list_messages(ListMessagesRequest) -> MessagePage;
    mark(MarkRequest) -> Cursor;
    missed(MissedRequest) -> MissedPage;
    search(SearchRequest) -> SearchPage;
    act(ActRequest) -> Conversation;
    set_status(SetStatusRequest) -> Agent;
    list_agents(ListAgentsRequest) -> Users;
    write_note(WriteNoteRequest) -> NoteWritten;
    list_notes(ListNotesRequest) -> NotePage;
    list_mentions(ListMentionsRequest) -> Mentions;
    read_mentions(ReadMentionsRequest) -> Empty;
    list_canned(ListCannedRequest) -> CannedReplies;
    save_canned(SaveCannedRequest) -> CannedReply;
    delete_canned(DeleteCannedRequest) -> Empty;
    get_tags(GetTagsRequest) -> Tags;
    change_tags(ChangeTagsRequest) -> Tags;
    list_tags(ListTagsRequest) -> TagNames;
    rename_visitor(RenameVisitorRequest) -> Conversation;
    reserve_media(ReserveMediaRequest) -> MediaRecord;
    seal_media(SealMediaRequest) -> MediaRecord;
    open_media(OpenMediaRequest) -> MediaRecord;
    expired_media(ExpiredMediaRequest) -> MediaRecords;
    forget_media(MediaRecords) -> Empty;
}

/// What `/readyz` says of the edge itself.
async fn edge_says(api: &Api) -> (bool, String) {
    let Ok((_, told)) = api.get("/readyz").await else {
        return (false, "nothing".to_owned());
    };
    let edge = &told["roles"][0];
    let detail = edge["detail"].as_str().unwrap_or_default();
    (edge["ready"] == json!(true), detail.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edge_refuses_a_core_of_another_release_and_asks_it_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let run = dir.path().join("run");
    std::fs::create_dir_all(&run).expect("a directory");
    let core = Core {
        protocol: Arc::new(AtomicU32::new(LINK_PROTOCOL + 1)),
        asked: Arc::default(),
    };
    let listener = listen_unix(&run.join("chat.sock")).await;
    let serving = tonic::transport::Server::builder()
        .add_service(chat_server::ChatServer::new(core.clone()))
        .serve_with_incoming(listener.expect("it listens"));
    tokio::spawn(serving);
    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = free.local_addr().expect("an address").to_string();
    drop(free);
    let _edge = tokio::process::Command::new(binary())
        .args(["edge", "--listen", &address, "--data-dir"])
        .arg(dir.path())
        .current_dir(workspace_root())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("the binary starts");
    let base = format!("http://{address}");
    let api = Api::new(&base).within(Duration::from_secs(10));
    until("the edge says why it is not ready", async || {
        edge_says(&api)
            .await
            .1
            .contains("run both from one release")
    })
    .await;
    let session = api.post("/api/v1/visitor/session", json!({ "language": "zh" }));
    let (status, told) = session.await.expect("an answer");
    assert_eq!((status, &told["code"]), (503, &json!("unavailable")));
    let words = told["detail"].as_str().expect("words");
    assert!(words.contains("one release"), "{words}");
    assert!(told["retryAfterMs"].as_u64() > Some(0), "{told}");
    assert!(Socket::connect(&base, Codec::Proto).await.is_err());
    let asked = || core.asked.load(Ordering::SeqCst);
    assert_eq!(asked(), 0, "nothing is asked of it");

    // The core is brought to the edge's release.
    core.protocol.store(LINK_PROTOCOL, Ordering::SeqCst);
    until("the edge is linked by itself", async || {
        edge_says(&api).await.0
    })
    .await;
    let session = api.post("/api/v1/visitor/session", json!({ "language": "zh" }));
    let (status, _) = session.await.expect("an answer");
    assert_eq!((status, asked()), (503, 1), "it is asked now");
}
