//! How talks ended, for edges.

use std::sync::Arc;

use kefu_chat::Core;
use kefu_proto::v1::{self, talks_server};
use tonic::{Request, Response, Status};

use crate::status::status_of;

/// The service of ratings and summaries.
pub(crate) struct Talks {
    pub(crate) core: Arc<Core>,
}

fn reply<T>(done: Result<T, kefu_chat::CoreError>) -> Result<Response<T>, Status> {
    done.map(Response::new).map_err(|error| status_of(&error))
}

#[tonic::async_trait]
impl talks_server::Talks for Talks {
    async fn rate(
        &self,
        request: Request<v1::RateRequest>,
    ) -> Result<Response<v1::Rating>, Status> {
        reply(self.core.rate(request.into_inner()).await)
    }

    async fn summarize(
        &self,
        request: Request<v1::SummarizeRequest>,
    ) -> Result<Response<v1::Summary>, Status> {
        reply(self.core.summarize(request.into_inner()).await)
    }

    async fn list_endings(
        &self,
        request: Request<v1::ListEndingsRequest>,
    ) -> Result<Response<v1::Endings>, Status> {
        reply(self.core.list_endings(request.into_inner()).await)
    }

    async fn list_choices(
        &self,
        request: Request<v1::ChoicesRequest>,
    ) -> Result<Response<v1::Choices>, Status> {
        reply(self.core.choices(request.into_inner()).await)
    }
}
