//! Messages left, for edges.

use std::sync::Arc;

use kefu_chat::Core;
use kefu_proto::v1::{self, left_server};
use tonic::{Request, Response, Status};

use crate::status::status_of;

/// The service of messages left.
pub(crate) struct Left {
    pub(crate) core: Arc<Core>,
}

fn reply<T>(done: Result<T, kefu_chat::CoreError>) -> Result<Response<T>, Status> {
    done.map(Response::new).map_err(|error| status_of(&error))
}

#[tonic::async_trait]
impl left_server::Left for Left {
    async fn leave(
        &self,
        request: Request<v1::LeaveMessageRequest>,
    ) -> Result<Response<v1::LeftMessage>, Status> {
        reply(self.core.leave_message(request.into_inner()).await)
    }

    async fn list_left(
        &self,
        request: Request<v1::ListLeftRequest>,
    ) -> Result<Response<v1::LeftMessages>, Status> {
        reply(self.core.list_left(request.into_inner()).await)
    }

    async fn move_left(
        &self,
        request: Request<v1::MoveLeftRequest>,
    ) -> Result<Response<v1::LeftMessage>, Status> {
        reply(self.core.move_left(request.into_inner()).await)
    }

    async fn answer_left(
        &self,
        request: Request<v1::AnswerLeftRequest>,
    ) -> Result<Response<v1::LeftMessage>, Status> {
        reply(self.core.answer_left(request.into_inner()).await)
    }
}
