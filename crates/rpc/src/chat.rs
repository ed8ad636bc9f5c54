//! The service that edges call.

use std::{pin::Pin, sync::Arc, time::Duration};

use futures::{Stream, StreamExt as _};
use kefu_chat::{Core, Link};
use kefu_proto::{
    LINK_PROTOCOL,
    v1::{self, chat_server, link_up, send_down::Answer},
};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

use crate::status::{other_release, status_of};

/// Edges' service.
pub(crate) struct Chat {
    pub(crate) core: Arc<Core>,
    pub(crate) stop: CancellationToken,
    /// Messages of one edge that may be under way.
    pub(crate) sends_max: usize,
}

type SendsStream = Pin<Box<dyn Stream<Item = Result<v1::SendDown, Status>> + Send>>;
type LinkStream = Pin<Box<dyn Stream<Item = Result<v1::LinkDown, Status>> + Send>>;

/// Every unary call is one use case of the core.
macro_rules! calls {
    ($($name:ident($request:ident) -> $reply:ident;)*) => {
        #[tonic::async_trait]
        impl chat_server::Chat for Chat {
            type LinkStream = LinkStream;
            type SendsStream = SendsStream;

            $(async fn $name(&self, request: Request<v1::$request>) -> Result<Response<v1::$reply>, Status> {
                self.core.$name(request.into_inner()).await.map(Response::new).map_err(|error| status_of(&error))
            })*

            async fn link(&self, request: Request<Streaming<v1::LinkUp>>) -> Result<Response<LinkStream>, Status> {
                self.open_link(request).await
            }

            async fn sends(&self, request: Request<Streaming<v1::SendUp>>) -> Result<Response<SendsStream>, Status> {
                Ok(Response::new(self.open_sends(request)))
            }
        }
    };
}

calls! {
    create_visitor(CreateVisitorRequest) -> SessionCreated;
    identify(IdentifyRequest) -> SessionCreated;
    login(LoginRequest) -> SessionCreated;
    whoami(WhoamiRequest) -> Principal;
    logout(LogoutRequest) -> Empty;
    check_setup(CheckSetupRequest) -> Empty;
    complete_setup(CompleteSetupRequest) -> SessionCreated;
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
    list_groups(ListGroupsRequest) -> Groups;
    create_group(CreateGroupRequest) -> Group;
    update_group(UpdateGroupRequest) -> Group;
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

/// An edge says hello within this.
const HELLO_TIMEOUT: Duration = Duration::from_secs(5);

impl Chat {
    /// An edge's messages, side by side. When it is told to stop, no more are taken, and those
    /// that were are answered.
    fn open_sends(&self, request: Request<Streaming<v1::SendUp>>) -> SendsStream {
        let core = self.core.clone();
        let ups = request
            .into_inner()
            .take_until(self.stop.clone().cancelled_owned());
        let answers = ups.map(move |up| {
            let core = core.clone();
            async move {
                let v1::SendUp { number, request } = up?;
                let answer = match core.send(request.unwrap_or_default()).await {
                    Ok(accepted) => Answer::Accepted(accepted),
                    Err(refused) => Answer::Problem(refused.problem()),
                };
                Ok(v1::SendDown {
                    number,
                    answer: Some(answer),
                })
            }
        });
        Box::pin(answers.buffer_unordered(self.sends_max.max(1)))
    }

    /// The answer comes after the hello: an edge of another release is told before anything is read
    /// or written in words that it may take for others.
    async fn open_link(
        &self,
        request: Request<Streaming<v1::LinkUp>>,
    ) -> Result<Response<LinkStream>, Status> {
        let mut ups = request.into_inner();
        let hello = greeted(&mut ups).await?;
        let (link, events) = self.core.open_link().map_err(|error| status_of(&error))?;
        link.receive(hello).await;
        // The link lives as long as both its halves: an edge that is gone takes its watches with it.
        let ended = CancellationToken::new();
        tokio::spawn(receive(link, ups, ended.clone()));
        let state = (events, ended.clone().drop_guard());
        let stop = self.stop.clone();
        let downs = futures::stream::unfold(state, move |(mut events, guard)| {
            let (stop, ended) = (stop.clone(), ended.clone());
            async move {
                let down = tokio::select! {
                    () = stop.cancelled() => None,
                    () = ended.cancelled() => None,
                    down = events.next() => down,
                };
                down.map(|down| (Ok(down), (events, guard)))
            }
        });
        Ok(Response::new(Box::pin(downs)))
    }
}

/// The hello of an edge that speaks as we do.
async fn greeted(ups: &mut Streaming<v1::LinkUp>) -> Result<v1::LinkUp, Status> {
    let first = tokio::time::timeout(HELLO_TIMEOUT, ups.message()).await;
    let first = first.map_err(|_| Status::deadline_exceeded("no hello in time"))??;
    let protocol = match first.as_ref().and_then(|up| up.body.as_ref()) {
        Some(link_up::Body::Hello(hello)) => hello.protocol,
        // Whoever does not begin with a hello speaks something else.
        _ => 0,
    };
    match first {
        Some(hello) if protocol == LINK_PROTOCOL => Ok(hello),
        _ => {
            tracing::error!(
                theirs = protocol,
                ours = LINK_PROTOCOL,
                "an edge of another release is refused"
            );
            Err(other_release("edge", protocol))
        }
    }
}

/// Does what the edge asks until either half of the link ends.
async fn receive(link: Link, mut ups: Streaming<v1::LinkUp>, ended: CancellationToken) {
    let _guard = ended.clone().drop_guard();
    loop {
        let up = tokio::select! {
            () = ended.cancelled() => return,
            up = ups.next() => up,
        };
        match up {
            Some(Ok(up)) => link.receive(up).await,
            Some(Err(error)) => {
                tracing::debug!(%error, "an edge's link broke");
                return;
            }
            None => return,
        }
    }
}
