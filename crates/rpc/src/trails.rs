//! On which pages visitors are.

use std::sync::Arc;

use kefu_chat::Core;
use kefu_proto::v1::{self, trails_server};
use tonic::{Request, Response, Status};

use crate::status::status_of;

/// The service of visitors' pages.
pub(crate) struct Trails {
    pub(crate) core: Arc<Core>,
}

#[tonic::async_trait]
impl trails_server::Trails for Trails {
    async fn see_page(
        &self,
        request: Request<v1::SeePageRequest>,
    ) -> Result<Response<v1::SeePageReply>, Status> {
        let kept = self.core.see_page(request.into_inner()).await;
        kept.map(Response::new).map_err(|error| status_of(&error))
    }

    async fn get_trail(
        &self,
        request: Request<v1::GetTrailRequest>,
    ) -> Result<Response<v1::Trail>, Status> {
        let trail = self.core.get_trail(request.into_inner()).await;
        trail.map(Response::new).map_err(|error| status_of(&error))
    }
}
