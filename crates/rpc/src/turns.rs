//! The service that bots call.

use std::{pin::Pin, sync::Arc};

use futures::Stream;
use kefu_chat::Core;
use kefu_proto::v1::{self, turns_server};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use crate::status::status_of;

/// Bots' service.
pub(crate) struct Turns {
    pub(crate) core: Arc<Core>,
    pub(crate) stop: CancellationToken,
}

#[tonic::async_trait]
impl turns_server::Turns for Turns {
    type SubscribeStream = Pin<Box<dyn Stream<Item = Result<v1::Turn, Status>> + Send>>;

    async fn subscribe(
        &self,
        request: Request<v1::SubscribeRequest>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        let turns = self
            .core
            .subscribe(request.get_ref())
            .map_err(|error| status_of(&error))?;
        let stop = self.stop.clone();
        let turns = futures::stream::unfold(turns, move |mut turns| {
            let stop = stop.clone();
            async move {
                let turn = tokio::select! {
                    () = stop.cancelled() => None,
                    turn = turns.next() => turn,
                };
                turn.map(|turn| (Ok(turn), turns))
            }
        });
        Ok(Response::new(Box::pin(turns)))
    }

    async fn commit(
        &self,
        request: Request<v1::CommitTurn>,
    ) -> Result<Response<v1::CommitResult>, Status> {
        let committed = self.core.commit_turn(request.into_inner()).await;
        committed
            .map(Response::new)
            .map_err(|error| status_of(&error))
    }
}
