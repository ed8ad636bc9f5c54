//! What bots propose to agents.

use std::{pin::Pin, sync::Arc};

use futures::Stream;
use kefu_chat::Core;
use kefu_proto::v1::{self, assist_server};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use crate::status::status_of;

/// The service of proposed replies.
pub(crate) struct Assist {
    pub(crate) core: Arc<Core>,
    pub(crate) stop: CancellationToken,
}

#[tonic::async_trait]
impl assist_server::Assist for Assist {
    type SubscribeStream = Pin<Box<dyn Stream<Item = Result<v1::AssistAsk, Status>> + Send>>;

    async fn subscribe(
        &self,
        request: Request<v1::AssistSubscribe>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        let asks = self
            .core
            .subscribe_assist(request.get_ref())
            .map_err(|error| status_of(&error))?;
        let stop = self.stop.clone();
        let asks = futures::stream::unfold(asks, move |mut asks| {
            let stop = stop.clone();
            async move {
                let ask = tokio::select! {
                    () = stop.cancelled() => None,
                    ask = asks.next() => ask,
                };
                ask.map(|ask| (Ok(ask), asks))
            }
        });
        Ok(Response::new(Box::pin(asks)))
    }

    async fn propose(
        &self,
        request: Request<v1::AssistAnswer>,
    ) -> Result<Response<v1::AssistReply>, Status> {
        let shown = self.core.propose(request.into_inner());
        shown.map(Response::new).map_err(|error| status_of(&error))
    }

    async fn counts(
        &self,
        request: Request<v1::AssistCountsRequest>,
    ) -> Result<Response<v1::AssistCounts>, Status> {
        let counts = self.core.assist_counts(request.into_inner()).await;
        counts.map(Response::new).map_err(|error| status_of(&error))
    }
}
