//! The service that edges call.

use std::{pin::Pin, sync::Arc};

use futures::{Stream, StreamExt as _};
use kefu_chat::{Core, Link};
use kefu_proto::v1::{self, chat_server, send_down::Answer};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

use crate::status::status_of;

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
                self.open_link(request)
            }

            async fn sends(&self, request: Request<Streaming<v1::SendUp>>) -> Result<Response<SendsStream>, Status> {
                Ok(Response::new(self.open_sends(request)))
            }
        }
    };
}

calls! {
    create_visitor(CreateVisitorRequest) -> SessionCreated;
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
}

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

    fn open_link(
        &self,
        request: Request<Streaming<v1::LinkUp>>,
    ) -> Result<Response<LinkStream>, Status> {
        let (link, events) = self.core.open_link().map_err(|error| status_of(&error))?;
        // The link lives as long as both its halves: an edge that is gone takes its watches with it.
        let ended = CancellationToken::new();
        tokio::spawn(receive(link, request.into_inner(), ended.clone()));
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
