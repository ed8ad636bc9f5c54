//! What supervisors watch: the board, the history behind it, words that were found. For edges.

use std::sync::Arc;

use kefu_chat::Core;
use kefu_proto::v1::{self, boards_server};
use tonic::{Request, Response, Status};

use crate::status::status_of;

/// The service of the board.
pub(crate) struct Boards {
    pub(crate) core: Arc<Core>,
}

fn reply<T>(done: Result<T, kefu_chat::CoreError>) -> Result<Response<T>, Status> {
    done.map(Response::new).map_err(|error| status_of(&error))
}

#[tonic::async_trait]
impl boards_server::Boards for Boards {
    async fn get_board(
        &self,
        request: Request<v1::GetBoardRequest>,
    ) -> Result<Response<v1::Board>, Status> {
        reply(self.core.get_board(request.into_inner()).await)
    }

    async fn list_events(
        &self,
        request: Request<v1::ListEventsRequest>,
    ) -> Result<Response<v1::HistoryPage>, Status> {
        reply(self.core.list_events(request.into_inner()).await)
    }

    async fn list_word_alerts(
        &self,
        request: Request<v1::ListWordAlertsRequest>,
    ) -> Result<Response<v1::WordAlerts>, Status> {
        reply(self.core.list_word_alerts(request.into_inner()).await)
    }

    async fn see_word_alerts(
        &self,
        request: Request<v1::SeeWordAlertsRequest>,
    ) -> Result<Response<v1::WordSeen>, Status> {
        reply(self.core.see_word_alerts(request.into_inner()).await)
    }

    async fn force_logout(
        &self,
        request: Request<v1::ForceLogoutRequest>,
    ) -> Result<Response<v1::Agent>, Status> {
        reply(self.core.force_logout(request.into_inner()).await)
    }
}
